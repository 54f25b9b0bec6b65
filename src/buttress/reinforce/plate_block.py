"""A piece of a bone without a shaft (a sternum, a ramus), along its longest direction; the lesion healed by depth."""

from __future__ import annotations

import numpy as np

from buttress.numerics.grid import Grid
from buttress.numerics.resample import resample_to
from buttress.records.findings import SeenLesion
from buttress.records.image import Mask, Volume
from buttress.reinforce.block import (
    GRIP_FREE_MM,
    GRIP_VOXELS,
    SPACING_MM,
    VOXELS_ACROSS,
    WINDOW_MM,
    BoneBlock,
    with_grips,
)
from buttress.reinforce.healed_by_depth import heal_by_depth
from buttress.reinforce.unrolled import BESIDE_MM

REACH_MM = 60.0
"""Bone this near to the lesion tells which way the bone is long (ours)."""

ELONGATED = 1.5
"""Ours: a bone is long one way where it spreads this many times as far as across it."""


def cut_plate(seen: SeenLesion, ct: Volume) -> BoneBlock:
    """The block about a lesion along the bone's longest direction near it, healed by depth.

    Raises ``ValueError`` with a sentence where the bone is not long one way, or too little of it is in the image.
    """
    lesion = Mask(seen.lesion.grid, seen.intraosseous)
    if not lesion.inside.any():
        raise ValueError("no part of the lesion lies inside the bone")
    grid, affected_mm = _grid_along(seen.bone, lesion)
    solid = resample_to(seen.bone.inside, seen.bone.grid, grid, outside=0.0) >= 0.5
    hu = resample_to(ct.values, ct.grid, grid, outside=-1000.0)
    cavity = np.where(solid, resample_to(lesion.inside, lesion.grid, grid, outside=0.0), 0.0).astype(np.float32)
    healed = heal_by_depth(hu, solid, cavity >= 0.5, grid)
    along = (np.arange(grid.shape[2]) + 0.5) * grid.spacing_mm[2]
    free = GRIP_FREE_MM + GRIP_VOXELS * float(grid.spacing_mm[2])
    levels = (along >= max(affected_mm[0] - WINDOW_MM, free)) & (
        along <= min(affected_mm[1] + WINDOW_MM, along[-1] - free)
    )
    return with_grips(grid, hu, healed, solid, cavity, np.broadcast_to(levels, solid.shape))


def _grid_along(bone: Mask, lesion: Mask) -> tuple[Grid, tuple[float, float]]:
    """Voxels along the bone's longest direction with grips, and where the lesion begins and ends along k, mm."""
    centre = lesion.points_mm().mean(axis=0)
    points = bone.points_mm()
    near = points[np.linalg.norm(points - centre, axis=1) <= REACH_MM]
    _, spread, frame = np.linalg.svd(near - near.mean(axis=0), full_matrices=False)
    if spread[0] < ELONGATED * spread[1]:
        raise ValueError("the bone is not long one way near the lesion: nothing to grip a piece by")
    along = frame[0] * (1.0 if frame[0][2] < 0 else -1.0)  # from the head to the feet, as an axis runs
    across = frame[1]
    axes = np.stack([across, np.cross(along, across), along])
    sick, whole = (lesion.points_mm() - centre) @ axes.T, (points - centre) @ axes.T
    low, high = sick[:, 2].min() - BESIDE_MM, sick[:, 2].max() + BESIDE_MM
    low, high = max(low, float(whole[:, 2].min())), min(high, float(whole[:, 2].max()))
    kept = whole[(whole[:, 2] >= low) & (whole[:, 2] <= high)]
    if high - low < 2 * GRIP_FREE_MM + WINDOW_MM or sick[:, 2].min() - low < GRIP_FREE_MM > high - sick[:, 2].max():
        raise ValueError("too little of the bone lies beyond the lesion to grip it by")
    start, stop = np.append(kept[:, :2].min(axis=0), low), np.append(kept[:, :2].max(axis=0), high)
    size = float(np.clip((stop - start)[:2].min() * 2 / VOXELS_ACROSS, *SPACING_MM))
    count = np.ceil((stop - start) / size).astype(int) + np.array([3, 3, 2 * GRIP_VOXELS])
    first = (start + stop) / 2 - (count - 1) * size / 2
    affine = np.eye(4)
    affine[:3, :3] = axes.T * size
    affine[:3, 3] = centre + axes.T @ first
    i, j, k = count.tolist()
    begins = float(sick[:, 2].min() - first[2] + size / 2)
    return Grid((i, j, k), affine), (begins, begins + float(np.ptp(sick[:, 2])))
