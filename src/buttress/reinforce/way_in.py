"""What lies about a bone that a screw must not pass on its way in: other bones, and what goes on of the bone itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.resample import box_grid, resample_to
from buttress.records.image import Mask, Volume
from buttress.reinforce.bone_lines import LINE_MM

DENSE_HU = 250.0
"""As dense as this is bone, metal or contrast: not passed (ours)."""

SPACING_MM = 2.0
"""Numerical: voxels in which it is looked for."""

OWN_MM = 3.0
"""Nearer than this to the outline, dense voxels are the blurred wall of the bone itself (ours)."""

CANAL_MM2 = 3000.0
"""A smaller hole within bone, in a section along any of the axes, is its marrow (ours: a canal 60 mm across)."""


def in_the_way(ct: Volume, bone: Mask, lesion: Mask) -> Mask:
    """Dense parts with their marrow about a lesion that is not empty, the outlined ``bone`` left out.

    An outline may end in the middle of a bone: behind such an end the rest of the bone is in the way.
    """
    at = lesion.points_mm()
    low, high = at.min(axis=0) - LINE_MM, at.max(axis=0) + LINE_MM
    grid = box_grid((low + high) / 2, (high - low) / 2, SPACING_MM)
    own = resample_to(bone.inside, bone.grid, grid, outside=0.0) >= 0.5
    dense = resample_to(ct.values, ct.grid, grid, outside=-1000.0) >= DENSE_HU
    solid = np.asarray(ndimage.binary_closing(dense | own))
    filled = solid.copy()
    for axis in range(3):
        for n in range(solid.shape[axis]):
            section = np.take(solid, n, axis=axis)
            if section.any():
                filled[(slice(None),) * axis + (n,)] |= _marrow(section)
    near = ndimage.distance_transform_edt(~own, sampling=SPACING_MM) < OWN_MM if own.any() else own
    # What is near the outline and joined to something farther off is no blurred wall: it goes on there.
    joined = ndimage.binary_dilation(filled & ~near, iterations=int(np.ceil(OWN_MM / SPACING_MM)), mask=filled & ~own)
    return Mask(grid, np.asarray(joined))


def _marrow(section: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Small holes of a section."""
    holes, count = ndimage.label(~section)
    areas = np.bincount(holes.ravel(), minlength=count + 1) * SPACING_MM**2
    is_small = areas < CANAL_MM2
    is_small[0] = False
    is_small[np.unique(np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]]))] = False
    return np.asarray(is_small[holes])
