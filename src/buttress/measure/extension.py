"""Lesion outside the bone."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from buttress.records.findings import Measure
from buttress.records.image import Mask


def measure_extension(lesion: Mask, bone: Mask) -> Measure:
    """Volume of a given lesion mask outside the restored bone.

    ``low`` leaves out what lies within one voxel of the bone's surface: both outlines are uncertain by that much.
    """
    box = lesion.box(room=2)  # what lies farther from the lesion changes nothing within it
    lesion, bone = lesion.cropped(box), bone.cropped(box)
    grown = ndimage.binary_dilation(bone.inside)
    voxel_ml = lesion.grid.voxel_volume_ml
    value = float(np.sum(lesion.inside & ~bone.inside) * voxel_ml)
    shrunk = ndimage.binary_erosion(bone.inside, border_value=1)
    return Measure(
        value=value,
        low=float(np.sum(lesion.inside & ~grown) * voxel_ml),
        high=float(np.sum(lesion.inside & ~shrunk) * voxel_ml),
        unit="ml",
        where="whole lesion",
        method="lesion mask outside the restored outer surface of the bone; interval: that surface moved by one voxel",
    )
