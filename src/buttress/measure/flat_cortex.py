"""Whether a lesion has broken through the cortex of a bone without a shaft."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from buttress.measure.place import slice_name
from buttress.numerics.grid import voxel_indices
from buttress.records.findings import Observation
from buttress.records.image import Mask, Volume

SHELL_MM = 2.0
"""Ours: the cortex of the pelvis or sternum with a CT's blur lies within this depth of the envelope."""
BROKEN_HU = 150.0
"""Ours: below partial-volumed thin cortex (400-900 HU peaks, note lesions.md 2), above a lytic lesion (20-110 HU)."""
LEAST_AREA_MM2 = 10.0
"""Ours: a smaller gap is a vessel channel or noise."""


def observe_breach(ct: Volume, envelope: Mask, lesion: Mask) -> Observation:
    """Largest patch of the envelope's surface that lies in the lesion and shows no cortex. Masks on the CT's grid."""
    index = voxel_indices(lesion.inside)
    reach = np.ceil(6.0 / ct.grid.spacing_mm).astype(int)
    low, high = np.maximum(0, index.min(axis=0) - reach), np.minimum(ct.grid.shape, index.max(axis=0) + reach + 1)
    window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    bone, sick, hu = envelope.inside[window], lesion.inside[window], ct.values[window]
    spacing = ct.grid.spacing_mm
    shell = bone & (ndimage.distance_transform_edt(bone, sampling=spacing) <= SHELL_MM)
    # cortex that is still there shows within the shell on the way in: the densest voxel nearby decides
    size = [2 * max(1, round(1.0 / s)) + 1 if s <= 1.5 else 1 for s in spacing]
    densest = ndimage.maximum_filter(np.where(shell, hu, -1000.0), size=size)
    bare = shell & ndimage.binary_dilation(sick) & (densest < BROKEN_HU)
    labels, count = ndimage.label(bare)
    volumes = np.bincount(labels.ravel(), minlength=count + 1) * float(np.prod(spacing))
    volumes[0] = 0.0
    area = float(volumes.max()) / SHELL_MM
    where = ""
    if count:
        middle = np.array(ndimage.center_of_mass(labels == volumes.argmax())) + low
        where = slice_name(ct.grid.to_mm(middle), ct.grid)
    return Observation(
        value=area >= LEAST_AREA_MM2,
        where=where,
        method=f"surface of the restored bone within the lesion and below {BROKEN_HU:.0f} HU; through from "
        f"{LEAST_AREA_MM2:.0f} mm² (our thresholds)",
        note=f"largest bare patch about {area:.0f} mm²",
    )
