"""The one description of where voxels lie: shape and an affine in LPS millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]
"""Positions, ``(..., 3)``, LPS millimetres (x to the patient's Left, y to Posterior, z to the head)."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A regular voxel grid in the patient: ``shape`` and ``affine`` (index ``[i, j, k]`` of a voxel centre to LPS mm).

    Always right-handed, with orthogonal axes and positive spacing; an oblique grid keeps its rotation in the affine.
    """

    shape: tuple[int, int, int]
    affine: NDArray[np.float64]

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.allclose(affine[3], (0, 0, 0, 1)):
            raise ValueError(f"affine must be 4x4 with last row 0 0 0 1, got shape {affine.shape}")
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise ValueError(f"shape must be three positive integers, got {self.shape}")
        spacing = np.linalg.norm(affine[:3, :3], axis=0)
        if not np.all(np.isfinite(affine)) or spacing.min() <= 0:
            raise ValueError("spacing must be positive and finite")
        directions = affine[:3, :3] / spacing
        if np.abs(directions.T @ directions - np.eye(3)).max() > 1e-3:
            raise ValueError("grid axes must be orthogonal (a sheared grid, such as gantry tilt, is resampled first)")
        if np.linalg.det(directions) < 0:
            raise ValueError("grid must be right-handed")
        affine.setflags(write=False)
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))
        object.__setattr__(self, "affine", affine)

    @classmethod
    def aligned(cls, shape: tuple[int, int, int], spacing_mm: ArrayLike, origin_mm: ArrayLike = (0, 0, 0)) -> Grid:
        """A grid along the patient's axes, with the centre of voxel ``[0, 0, 0]`` at ``origin_mm``."""
        affine = np.eye(4)
        affine[:3, :3] = np.diag(np.broadcast_to(np.asarray(spacing_mm, dtype=float), 3))
        affine[:3, 3] = np.asarray(origin_mm, dtype=float)
        return cls(shape, affine)

    @property
    def spacing_mm(self) -> NDArray[np.float64]:
        """Voxel edge lengths along i, j, k, ``(3,)``."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def directions(self) -> NDArray[np.float64]:
        """Unit vectors of the i, j, k axes in LPS, as columns, ``(3, 3)``."""
        return np.asarray(self.affine[:3, :3] / self.spacing_mm)

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return float(np.prod(self.spacing_mm) / 1000.0)

    def to_mm(self, index: ArrayLike) -> Points:
        """LPS positions of (fractional) indices ``(..., 3)``."""
        return _turned(np.asarray(index, dtype=float), self.affine[:3, :3]) + self.affine[:3, 3]

    def to_index(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Fractional indices of LPS positions ``(..., 3)``."""
        return _turned(np.asarray(points_mm, dtype=float) - self.affine[:3, 3], np.linalg.inv(self.affine[:3, :3]))

    def contains(self, points_mm: ArrayLike) -> NDArray[np.bool_]:
        """Whether positions ``(..., 3)`` lie inside the outer faces of the grid."""
        index = self.to_index(points_mm)
        return np.asarray(np.all((index >= -0.5) & (index <= np.array(self.shape) - 0.5), axis=-1))

    def is_close(self, other: Grid, tolerance_mm: float = 0.01) -> bool:
        """Whether two grids put every voxel at the same place, within ``tolerance_mm`` at the corners."""
        if self.shape != other.shape:
            return False
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in self.shape])).reshape(3, -1).T
        return bool(np.abs(self.to_mm(corners) - other.to_mm(corners)).max() <= tolerance_mm)

    def crop(self, start: ArrayLike, stop: ArrayLike) -> Grid:
        """The grid of ``values[start[0]:stop[0], start[1]:stop[1], start[2]:stop[2]]``."""
        low, high = np.asarray(start, dtype=int), np.asarray(stop, dtype=int)
        affine = self.affine.copy()
        affine[:3, 3] = self.to_mm(low)
        i, j, k = (high - low).tolist()
        return Grid((i, j, k), affine)


def _turned(rows: NDArray[np.float64], matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    """``rows @ matrix.T`` for rows ``(..., 3)``, column by column: threaded products of so few columns cost more."""
    turned = np.empty(rows.shape)
    for column, (a, b, c) in enumerate(matrix):
        turned[..., column] = a * rows[..., 0] + b * rows[..., 1] + c * rows[..., 2]
    return turned


def voxel_indices(inside: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Indices ``(n, 3)`` of the voxels inside, in the array's order: ``argwhere``, 25 times faster on a whole CT."""
    return np.stack(np.unravel_index(np.flatnonzero(inside), inside.shape), axis=1)
