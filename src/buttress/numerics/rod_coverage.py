"""How much of every voxel a rod or tube fills: exact chords through it on a fine lattice of parallel lines.

Lines run along the voxel axis that lies most across the rod, so that a chord ends on the rod's curved side. Each chord
is the mean over the strip that its line stands for, in closed form, and is shared out exactly over the voxels it
crosses. A bent rod is a chain of straight pieces, each cut by the plane that halves the angle to the next one (a
mitre): pieces neither overlap nor leave a gap, and hold exactly area times length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics.grid import Grid, Points

Floats = NDArray[np.float64]

LINES_PER_RADIUS = 8
LINES_PER_VOXEL = 5
"""Lattice of lines: at least so many over the outer radius (and twice the wall of a tube) and over a voxel (ours). The
volume of a rod is then off by less than 0.1 %; see ``tests/verification/test_rod_coverage.py``."""

MOST_LINES_PER_VOXEL = 64


@dataclass(frozen=True, slots=True, eq=False)
class Rod:
    """A rod along ``path_mm`` ``(n, 3)``, LPS mm, n at least 2; hollow where ``inner_radius_mm`` is above zero."""

    path_mm: Points
    radius_mm: float
    inner_radius_mm: float = 0.0

    def __post_init__(self) -> None:
        path = np.asarray(self.path_mm, dtype=float)
        if path.ndim != 2 or path.shape[1:] != (3,) or len(path) < 2 or not np.isfinite(path).all():
            raise ValueError(f"a rod's path is at least two finite points (n, 3), not {path.shape}")
        if not 0.0 <= self.inner_radius_mm < self.radius_mm or not np.isfinite(self.radius_mm):
            raise ValueError("a rod's inner radius is at least 0 and below its radius")
        if np.linalg.norm(np.diff(path, axis=0), axis=1).min() <= 0.0:
            raise ValueError("neighbouring points of a rod's path must differ")
        object.__setattr__(self, "path_mm", path)

    @property
    def length_mm(self) -> float:
        """Length along the path."""
        return float(np.linalg.norm(np.diff(self.path_mm, axis=0), axis=1).sum())

    @property
    def area_mm2(self) -> float:
        """Area of the cross-section, without the hole."""
        return float(np.pi * (self.radius_mm**2 - self.inner_radius_mm**2))


def rod_fraction(grid: Grid, rod: Rod) -> Floats:
    """Volume fraction (0 to 1) of every voxel of ``grid`` that the rod fills, ``grid.shape``.

    What lies outside the grid is left out. A path bent so sharply that its pieces fold over themselves at the outer
    radius raises ``ValueError``.
    """
    filled = np.zeros(grid.shape)
    add_rod(filled, grid, rod)
    return np.minimum(filled, 1.0)


def add_rod(filled: Floats, grid: Grid, rod: Rod) -> None:
    """Add the rod's volume fractions to ``filled`` (``grid.shape``) in place; see ``rod_fraction``."""
    spacing = grid.spacing_mm
    path = grid.to_index(rod.path_mm) * spacing
    planes = mitres(path, rod.radius_mm)
    for piece in range(len(path) - 1):
        a, b = path[piece], path[piece + 1]
        axis = int(np.argmin(np.abs(b - a)))
        order = [*[k for k in range(3) if k != axis], axis]
        turned = np.transpose(filled, order)
        own = spacing[order]
        _fill(turned, a[order], b[order], planes[piece][:, order], rod.radius_mm, rod.inner_radius_mm, own,
              _lines(rod, own))  # fmt: skip


def _lines(rod: Rod, spacing: Floats) -> NDArray[np.int64]:
    wall = rod.radius_mm - rod.inner_radius_mm
    finest = min(rod.radius_mm, 2.0 * wall) / LINES_PER_RADIUS
    wanted = np.ceil(spacing[:2] / finest)
    return np.asarray(np.clip(wanted, LINES_PER_VOXEL, MOST_LINES_PER_VOXEL), dtype=np.int64)


def mitres(path: ArrayLike, radius: float) -> Floats:
    """Normals of the planes that cut each piece at its start and end, ``(n - 1, 2, 3)``, pointing along the path.

    Raises ``ValueError`` where two mitres of one piece meet inside the rod.
    """
    points = np.asarray(path, dtype=float)
    steps = np.diff(points, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    along = steps / lengths[:, None]
    halved = along[:-1] + along[1:]
    size = np.linalg.norm(halved, axis=1)
    if len(size) and size.min() < 1e-6:
        raise ValueError("a rod's path turns back on itself")
    joints = np.vstack([along[:1], halved / size[:, None] if len(size) else halved, along[-1:]])
    normals = np.stack([joints[:-1], joints[1:]], axis=1)
    cos = np.sum(normals * along[:, None, :], axis=2)
    lean = np.sqrt(np.maximum(0.0, 1.0 - cos**2)) / np.maximum(cos, 1e-12)
    if np.any(radius * lean.sum(axis=1) > lengths + 1e-9):
        raise ValueError("a rod's path bends too sharply for its radius: give it more points or a wider curve")
    return normals


@numba.njit(cache=True)
def _area(s: float, radius: float) -> float:
    """Area between a circle's middle and a line ``s`` away, half of it: the integral of its half chord."""
    part = min(max(s / radius, -1.0), 1.0)
    return float(0.5 * radius * radius * (part * np.sqrt(1.0 - part * part) + np.arcsin(part)))


@numba.njit(cache=True)
def _chord(q: Floats, d: Floats, radius: float, reach: float) -> tuple[float, float]:
    """Where lines about ``q + t e_3`` are inside an endless cylinder through the origin along ``d``; empty: low > high.

    The half chord is its mean over the lines within ``reach`` either side, seen along the cylinder.
    """
    across = 1.0 - d[2] * d[2]
    root = np.sqrt(across)
    s = (q[0] * d[1] - q[1] * d[0]) / root
    half = (_area(s + reach, radius) - _area(s - reach, radius)) / (2.0 * reach * root)
    if half <= 0.0:
        return 1.0, 0.0
    middle = ((q[0] * d[0] + q[1] * d[1] + q[2] * d[2]) * d[2] - q[2]) / across
    return middle - half, middle + half


@numba.njit(cache=True)
def _clip(
    low: float, high: float, q: Floats, normal: Floats, keep: float, reach: float
) -> tuple[float, float, float]:  # fmt: skip
    """The part of ``[low, high]`` where ``keep`` times the height above a plane through the origin is positive.

    Where the plane runs along the line it cuts the strip of lines around it, ``reach`` high each way, instead: the
    third number is the share of that strip that is kept.
    """
    slope = keep * normal[2]
    height = keep * (q[0] * normal[0] + q[1] * normal[1] + q[2] * normal[2])
    if abs(slope) * (high - low) < 2.0 * reach:
        middle = height + slope * 0.5 * (low + high)
        return low, high, min(max(0.5 + 0.5 * middle / reach, 0.0), 1.0)
    at = -height / slope
    return (max(low, at), high, 1.0) if slope > 0.0 else (low, min(high, at), 1.0)


@numba.njit(cache=True)
def _share(filled: Floats, i: int, j: int, low: float, high: float, step: float, weight: float) -> None:
    """Add the length of ``[low, high]`` inside each voxel of one column, times ``weight``."""
    n = filled.shape[2]
    first = max(0, int(np.floor(low / step + 0.5)))
    last = min(n - 1, int(np.floor(high / step + 0.5)))
    for k in range(first, last + 1):
        part = min(high, (k + 0.5) * step) - max(low, (k - 0.5) * step)
        if part > 0.0:
            filled[i, j, k] += weight * part


@numba.njit(cache=True)
def _fill(
    filled: Floats, a: Floats, b: Floats, normals: Floats, outer: float, inner: float, spacing: Floats,
    lines: NDArray[np.int64],
) -> None:  # fmt: skip
    """Add the volume of a straight piece, ``a`` to ``b`` (mm from the centre of voxel 0), to ``filled``, in voxels."""
    d = (b - a) / np.sqrt(np.sum((b - a) ** 2))
    wide, broad = spacing[0] / lines[0], spacing[1] / lines[1]
    share = 1.0 / (lines[0] * lines[1] * spacing[2])
    reach = np.empty(2)
    for end in range(2):
        reach[end] = 0.5 * (abs(normals[end, 0]) * wide + abs(normals[end, 1]) * broad) + 1e-12
    room = outer * 3.0
    low_i = max(0, int(np.floor((min(a[0], b[0]) - room) / spacing[0])))
    high_i = min(filled.shape[0] - 1, int(np.ceil((max(a[0], b[0]) + room) / spacing[0])))
    low_j = max(0, int(np.floor((min(a[1], b[1]) - room) / spacing[1])))
    high_j = min(filled.shape[1] - 1, int(np.ceil((max(a[1], b[1]) + room) / spacing[1])))
    side = 0.5 * np.hypot(wide * d[1], broad * d[0]) / np.sqrt(1.0 - d[2] * d[2])
    q, p = np.zeros(3), np.zeros(3)
    for i in range(low_i, high_i + 1):
        for j in range(low_j, high_j + 1):
            for m in range(lines[0] * lines[1]):
                x = (i - 0.5 + (m // lines[1] + 0.5) / lines[0]) * spacing[0]
                y = (j - 0.5 + (m % lines[1] + 0.5) / lines[1]) * spacing[1]
                q[0], q[1], q[2] = x - a[0], y - a[1], -a[2]
                low, high = _chord(q, d, outer, side)
                if low >= high:
                    continue
                p[0], p[1], p[2] = x - b[0], y - b[1], -b[2]
                low, high, begun = _clip(low, high, q, normals[0], 1.0, reach[0])
                low, high, ended = _clip(low, high, p, normals[1], -1.0, reach[1])
                weight = share * begun * ended
                if low >= high or weight <= 0.0:
                    continue
                hole_low, hole_high = _chord(q, d, inner, side) if inner > 0.0 else (1.0, 0.0)
                if hole_low >= hole_high or hole_low >= high or hole_high <= low:
                    _share(filled, i, j, low, high, spacing[2], weight)
                    continue
                _share(filled, i, j, low, min(high, hole_low), spacing[2], weight)
                _share(filled, i, j, max(low, hole_high), high, spacing[2], weight)
