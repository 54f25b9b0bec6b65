"""A device on the bench: one medium, probes side by side, and the size of what freezes or cooks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.ablate.heat_run import PlacedNeedle
from buttress.ablate.lethal_zone import Criterion
from buttress.ablate.materials import Mixture, PropertyChange, build_materials, build_sigma
from buttress.ablate.tissue import TissueMap
from buttress.numerics.grid import Grid

FINER = 5
"""Ours: how many times finer than a voxel an area is counted (numerical)."""

UNPERFUSED = PropertyChange(perfusion_factor=0.0)
"""A gel or an explanted organ: no blood."""


@dataclass(frozen=True, slots=True)
class ZoneSize:
    """Size of a zone about probes along k: across them on the longer and the shorter side, along them, its area across
    the middle as the diameter of a circle, and its volume. Zero where there is none."""

    longer_mm: float
    shorter_mm: float
    length_mm: float
    diameter_mm: float
    volume_ml: float

    @property
    def mean_width_mm(self) -> float:
        """Mean of the two widths across the probes."""
        return 0.5 * (self.longer_mm + self.shorter_mm)


def bench_box(
    medium: str, reach_mm: float, voxel_mm: float, change: PropertyChange | None = None
) -> tuple[TissueMap, Grid]:
    """A cube of one tissue of the shelf, ``reach_mm`` about the origin, as a tissue map on its grid."""
    count = 2 * int(np.ceil(reach_mm / voxel_mm)) + 1
    start = -0.5 * (count - 1) * voxel_mm
    grid = Grid.aligned((count, count, count), voxel_mm, (start, start, start))
    what = [Mixture.pure(medium)]
    labels = np.zeros(grid.shape, dtype=np.uint8)
    return TissueMap(labels, (medium,), build_materials(what, change), build_sigma(what, change)), grid


def probe_layout(probes: int, spacing_mm: float, active_length_mm: float) -> tuple[PlacedNeedle, ...]:
    """Parallel probes along k, centred on the origin: a line of two, a triangle, a square, then rings of equal spacing.

    Neighbours are ``spacing_mm`` apart. Raises ``ValueError`` for fewer than one.
    """
    if probes < 1:
        raise ValueError("a layout needs a probe")
    radius = 0.0 if probes == 1 else 0.5 * spacing_mm / np.sin(np.pi / probes)
    turns = 2.0 * np.pi * np.arange(probes) / probes
    low = -0.5 * active_length_mm
    return tuple(PlacedNeedle((radius * np.cos(a), radius * np.sin(a), low), (0.0, 0.0, 1.0)) for a in turns)


def measure_zone(criterion: Criterion, spacing_mm: NDArray[np.float64]) -> ZoneSize:
    """Size of a zone in the middle of a box, between voxel centres."""
    level = criterion.level
    middle = tuple((n - 1) // 2 for n in level.shape)
    plane, line = level[:, :, middle[2]], level[middle[0], middle[1], :]
    fine = ndimage.zoom(plane, FINER, order=1, grid_mode=True, mode="nearest") > 0.0
    area = float(fine.sum()) * spacing_mm[0] * spacing_mm[1] / FINER**2
    widths = sorted((_extent(plane.max(axis=1)) * spacing_mm[0], _extent(plane.max(axis=0)) * spacing_mm[1]))
    volume = float(np.clip(level / np.maximum(_step(level), 1e-6) + 0.5, 0.0, 1.0).sum()) * float(np.prod(spacing_mm))
    along = max(_extent(line), _extent(level.max(axis=(0, 1))))
    return ZoneSize(
        longer_mm=float(widths[1]),
        shorter_mm=float(widths[0]),
        length_mm=float(along * spacing_mm[2]),
        diameter_mm=2.0 * float(np.sqrt(area / np.pi)),
        volume_ml=volume / 1000.0,
    )


def _extent(line: NDArray[np.float32]) -> float:
    """Length in voxels over which a line of levels is positive, from first to last crossing."""
    inside = np.flatnonzero(line > 0.0)
    if len(inside) == 0:
        return 0.0
    first, last = int(inside[0]), int(inside[-1])
    before = float(line[first] / (line[first] - line[first - 1])) if first > 0 else 0.5
    after = float(line[last] / (line[last] - line[last + 1])) if last + 1 < len(line) else 0.5
    return last - first + before + after


def _step(level: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much the level changes over a voxel: the scale on which the surface cuts it."""
    slopes = np.gradient(level)
    return np.asarray(np.sqrt(sum(slope**2 for slope in slopes)), dtype=np.float32)
