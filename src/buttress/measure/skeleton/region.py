"""The region of a CT in which a bone is looked for: even voxels along the CT's own axes, grown until the bone fits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from buttress.measure.skeleton.bone_tissue import VOXEL_MM
from buttress.numerics.grid import Grid, Points, voxel_indices
from buttress.numerics.resample import resample_to
from buttress.records.image import Mask, Volume

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]

COARSE_MM = 3.0
"""Ours: follows a bone through the images eight times faster than the fine voxels, in the resolution of its slices."""
FIRST_MM = 70.0
"""Ours: the first look around a lesion; a scapula or half a hip bone fits."""
MORE_MM = 60.0
"""Ours: added on a side where the bone goes on."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Part of a CT by (fractional) index, ``low`` to ``high``, within ``first`` to ``last``, where there is data."""

    grid: Grid
    low: Floats
    high: Floats
    first: Floats
    last: Floats

    def box(self, voxel_mm: float = VOXEL_MM) -> Grid:
        """Even voxels along the CT's axes."""
        size = np.floor((self.high - self.low) * self.grid.spacing_mm / voxel_mm + 1e-6).astype(int) + 1
        affine = np.eye(4)
        affine[:3, :3] = self.grid.directions * voxel_mm
        affine[:3, 3] = self.grid.to_mm(self.low)
        i, j, k = size.tolist()
        return Grid((i, j, k), affine)

    def around(self, points_mm: Points, margin_mm: float) -> Region:
        """The region of points ``(n, 3)`` and a margin, within the data."""
        index, margin = self.grid.to_index(points_mm), margin_mm / self.grid.spacing_mm
        low = np.clip(index.min(axis=0) - margin, self.first, self.last)
        return replace(self, low=low, high=np.maximum(low, np.clip(index.max(axis=0) + margin, self.first, self.last)))

    def at_edge(self) -> Booleans:
        """Which of the six faces ``(3 axes, low and high)`` lie at the end of the data."""
        close = 1.01 * COARSE_MM / self.grid.spacing_mm
        return np.stack([self.low - self.first < close, self.last - self.high < close], axis=1)

    def grown(self, faces: Booleans) -> Region:
        """The region enlarged on the faces told."""
        more = MORE_MM / self.grid.spacing_mm
        low = np.where(faces[:, 0], np.maximum(self.first, self.low - more), self.low)
        return replace(self, low=low, high=np.where(faces[:, 1], np.minimum(self.last, self.high + more), self.high))


def data_region(ct: Volume) -> Region:
    """All of a CT but slices of a single value at its ends (padding)."""
    first, last = np.zeros(3), np.zeros(3)
    for axis in range(3):
        coarse = tuple(slice(None) if a == axis else slice(None, None, 2) for a in range(3))
        others = tuple(a for a in range(3) if a != axis)
        part = ct.values[coarse]
        filled = np.flatnonzero(part.max(axis=others) > part.min(axis=others))
        first[axis], last[axis] = (filled[0], filled[-1]) if len(filled) else (0, ct.grid.shape[axis] - 1)
    return Region(ct.grid, first, last, first, last)


def faces_touched(inside: Booleans) -> Booleans:
    """Which of the six faces ``(3 axes, low and high)`` of the array a mask reaches, to within one voxel."""
    return np.array([[inside.take((0, 1), a).any(), inside.take((-1, -2), a).any()] for a in range(3)])


def on_grid(inside: Booleans, box: Grid, grid: Grid) -> Mask:
    """A mask of a box on another grid (half of a voxel's interpolated value decides).

    A box ends up to one of its voxels before the images do: what reaches its faces goes on to theirs.
    """
    inside, box = np.pad(inside, 1, mode="edge"), _padded(box)
    whole = np.zeros(grid.shape, dtype=bool)
    at = voxel_indices(inside)
    if len(at):
        low, high = at.min(axis=0) - 1, at.max(axis=0) + 1
        corners = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, -1).T
        index = grid.to_index(box.to_mm(corners))
        start = np.clip(np.floor(index.min(axis=0)), 0, np.array(grid.shape) - 1).astype(int)
        stop = np.clip(np.ceil(index.max(axis=0)) + 1, start + 1, grid.shape).astype(int)
        window = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
        whole[window] = resample_to(inside, box, grid.crop(start, stop), outside=0.0) >= 0.5
    return Mask(grid, whole)


def _padded(box: Grid) -> Grid:
    """The box with one more voxel on every side."""
    i, j, k = (n + 2 for n in box.shape)
    affine = box.affine.copy()
    affine[:3, 3] = box.to_mm((-1.0, -1.0, -1.0))
    return Grid((i, j, k), affine)
