"""The cortical part of a bone: its dense outer layer, for masks that are handed on."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from buttress.records.image import Mask, Volume

CORTEX_HU = 300.0
"""Ours: the least HU called cortex; spongy bone of adults is 150-350 HU (note lesions.md)."""
PEAK_MM = 6.0
"""Ours: the peak of the cortex lies this near to any of its voxels; the layer ends at half of it."""
DEPTH_MM = 9.0
"""Ours: the thickest cortex of a shaft with a voxel to spare; denser spongy bone deeper in is no cortex."""


def cortical_part(ct: Volume, bone: Mask) -> Mask:
    """Voxels of a restored bone above half of the densest bone nearby, not deep in; a hole in the cortex stays open."""
    inside = np.zeros_like(bone.inside)
    if not bone.inside.any():
        return Mask(bone.grid, inside)
    box = bone.box(room=1)
    own, spacing = bone.inside[box], bone.grid.spacing_mm
    hu = np.where(own, ct.values[box], np.float32(-1000.0))
    size = tuple(2 * round(PEAK_MM / float(step)) + 1 for step in spacing)
    dense = hu > np.maximum(CORTEX_HU, 0.5 * ndimage.maximum_filter(hu, size))
    inside[box] = own & dense & (ndimage.distance_transform_edt(own, sampling=spacing) <= DEPTH_MM)
    return Mask(bone.grid, inside)
