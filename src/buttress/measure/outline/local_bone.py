"""The bone about a click, on a small box of even voxels: all that an outline looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from buttress.numerics.distance import signed_distance_mm
from buttress.numerics.grid import Grid, Points, voxel_indices
from buttress.numerics.resample import add_to_blocks, resample_to
from buttress.records.image import Mask, Volume

Floats = NDArray[np.float32]
Window = tuple[slice, slice, slice]

STEP_MM = 1.0
"""Ours: even voxels about as fine as the CTs at hand; outlines are interpolated below it."""
REACH_MM = 42.0
"""Ours: how far from the click a lesion is looked for; nine in ten are shorter than 48 mm in all (note lesions.md)."""
ROOM_MM = 3.0
READ_MM = REACH_MM + ROOM_MM + 1.0
"""Ours: CT and bone further than this from the click are not read."""
SMOOTH_MM = 0.7
"""Ours: evens out the steps of a distance between voxels."""


@dataclass(frozen=True, slots=True, eq=False)
class LocalBone:
    """The voxels of the bone on a box of 1 mm voxels about a click, one entry each.

    ``index`` ``(n, 3)`` their places in ``grid``, ``points_mm`` ``(n, 3)``, ``hu`` ``(n,)``, ``depth_mm`` ``(n,)``
    under the bone's outer surface, ``apart_mm`` ``(n,)`` from the click.
    """

    grid: Grid
    index: NDArray[np.intp]
    points_mm: Points
    hu: Floats
    depth_mm: Floats
    apart_mm: Floats
    click_mm: Points

    def on_box(self, values: NDArray[np.floating], outside: float = 0.0) -> Floats:
        """Values of the bone's voxels ``(n,)`` on the box ``[i, j, k]``."""
        box = np.full(self.grid.shape, outside, dtype=np.float32)
        box[tuple(self.index.T)] = values
        return box

    def block_sums(self, values: NDArray[np.floating], size: int) -> NDArray[np.float64]:
        """Sums of values ``(n,)`` over blocks of ``size`` voxels each way, ``(a, b, c)``."""
        sums = np.zeros([-(-n // size) for n in self.grid.shape])
        add_to_blocks(sums, self.index, values, size)
        return sums


def look_at_bone(ct: Volume, bone: Mask, click_mm: Points) -> LocalBone | None:
    """The bone within ``REACH_MM`` of a click, or ``None`` where there is none. The mask lies on the CT's grid."""
    window, near = grid_window(ct.grid, click_mm, READ_MM)
    box = _box(near, bone.inside[window], click_mm, REACH_MM)
    if box is None:
        return None
    inside = resample_to(bone.inside[window], near, box, outside=0.0) >= 0.5
    if not inside.any():
        return None
    blur = 0.4 * np.sqrt(np.maximum(STEP_MM**2 - near.spacing_mm**2, 0.0)) / near.spacing_mm  # finer voxels: averaged
    values = ndimage.gaussian_filter(ct.values[window], blur) if blur.any() else ct.values[window]
    hu = resample_to(values, near, box, outside=-1000.0)
    index = voxel_indices(inside)
    at, points = tuple(index.T), box.to_mm(index)
    depth = ndimage.gaussian_filter(-signed_distance_mm(inside, STEP_MM), SMOOTH_MM / STEP_MM)[at].astype(np.float32)
    apart = np.linalg.norm(points - click_mm, axis=1).astype(np.float32)
    return LocalBone(box, index, points, hu[at], depth, apart, click_mm)


def grid_window(grid: Grid, centre_mm: Points, reach_mm: ArrayLike) -> tuple[Window, Grid]:
    """The part of a grid within ``reach_mm`` (one number or three, LPS) of a point: its slices and its own grid."""
    corners = centre_mm + np.asarray(reach_mm) * np.array(np.meshgrid(*[(-1.0, 1.0)] * 3)).reshape(3, -1).T
    index = grid.to_index(corners)
    low = np.clip(np.floor(index.min(axis=0)), 0, np.array(grid.shape) - 1).astype(int)
    high = np.clip(np.ceil(index.max(axis=0)) + 1, low + 1, grid.shape).astype(int)
    i, j, k = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return (i, j, k), grid.crop(low, high)


def _box(near: Grid, bone: NDArray[np.bool_], click_mm: Points, reach_mm: float) -> Grid | None:
    """Even voxels along the patient's axes about the bone within reach, with a little room around it."""
    points = near.to_mm(voxel_indices(bone))
    points = points[np.all(np.abs(points - click_mm) <= reach_mm, axis=1)]
    if len(points) == 0:
        return None
    low, high = points.min(axis=0) - ROOM_MM, points.max(axis=0) + ROOM_MM
    i, j, k = (np.floor((high - low) / STEP_MM).astype(int) + 1).tolist()
    return Grid.aligned((i, j, k), STEP_MM, low)
