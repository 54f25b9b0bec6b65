"""A lesion healed without an axis: by sound bone as deep under the surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from buttress.numerics.grid import Grid, Points

BLURRED_MM = 2.0
"""Beside a lesion the CT shows a mixture: it is healed as well (ours)."""

DEPTH_WEIGHT = 8.0
NEIGHBOURS = 12
"""Sound bone to heal from: so many voxels, a millimetre of depth counting as much as so many along (ours)."""


def heal_by_depth(
    hu: NDArray[np.float32], solid: NDArray[np.bool_], lesion: NDArray[np.bool_], grid: Grid
) -> NDArray[np.float32]:
    """Grey values with the lesion and what it blurs replaced by sound bone of the same depth.

    A lesion voxel takes the mean of the nearest sound voxels that lie as deep under the bone's surface: cortex comes
    back where cortex was; what is denser as it is stays, for lysis takes away. All ``(ni, nj, nk)``. Raises
    ``ValueError`` with a sentence where too little of the ``solid`` bone is sound.
    """
    spacing = grid.spacing_mm
    depth = ndimage.distance_transform_edt(solid, sampling=spacing)
    apart = ndimage.distance_transform_edt(~lesion, sampling=spacing)
    sick, sound = solid & (apart <= BLURRED_MM), solid & (apart > BLURRED_MM)
    if sound.sum() < NEIGHBOURS:
        raise ValueError("too little sound bone lies beside the lesion to heal it from")

    def place(where: NDArray[np.bool_]) -> Points:
        return np.column_stack([np.argwhere(where) * spacing, DEPTH_WEIGHT * depth[where]])

    _, nearest = cKDTree(place(sound)).query(place(sick), k=NEIGHBOURS)
    healed = hu.copy()
    healed[sick] = np.maximum(hu[sick], hu[sound][nearest].mean(axis=1))
    return healed
