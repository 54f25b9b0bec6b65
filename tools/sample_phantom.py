"""A made-up leg: a tilted tube of cortex in soft tissue, eroded by an ellipsoid; for looking at paper and its tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.grid import Grid
from buttress.records.image import Imaging, Mask, Volume

CENTRE_MM = np.array([100.0, 20.0, -300.0])
AXIS = np.array([np.sin(np.radians(8.0)), 0.0, np.cos(np.radians(8.0))])
LESION_OFFSET_MM = np.array([-6.0, -5.0, 0.0])
LESION_HALF_MM = np.array([11.0, 11.0, 17.0])
OUTER_MM, INNER_MM, LEG_MM = 14.0, 9.0, 40.0
LESION_ID = "tibia"


def leg_grid(spacing_mm: float = 1.0) -> Grid:
    """An axis-aligned grid of 96 x 96 x 150 mm around the lesion's level."""
    shape = (round(96 / spacing_mm), round(96 / spacing_mm), round(150 / spacing_mm))
    return Grid.aligned(shape, spacing_mm, CENTRE_MM - spacing_mm * (np.array(shape) - 1) / 2)


def sample_imaging(grid: Grid | None = None, seed: int = 7) -> Imaging:
    """CT, restored bone and lesion mask of the made-up leg on ``grid`` (any orientation)."""
    grid = leg_grid() if grid is None else grid
    points = grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
    from_axis = _distance_from_axis(points)
    bone = from_axis <= OUTER_MM
    lesion_level = np.linalg.norm((points - CENTRE_MM - LESION_OFFSET_MM) / LESION_HALF_MM, axis=-1)
    lesion = (lesion_level <= 1.0) & bone
    hu = np.full(grid.shape, -1000.0)
    hu[np.hypot(points[..., 0] - CENTRE_MM[0], points[..., 1] - CENTRE_MM[1]) <= LEG_MM] = 50.0
    hu[bone] = 1300.0
    hu[from_axis <= INNER_MM] = -40.0
    hu[lesion] = 45.0
    hu += np.random.default_rng(seed).normal(0.0, 15.0, grid.shape)
    return Imaging(
        ct=Volume(grid, hu.astype(np.float32)),
        lesions={LESION_ID: Mask(grid, lesion)},
        bones={LESION_ID: Mask(grid, bone)},
    )


def _distance_from_axis(points: NDArray[np.float64]) -> NDArray[np.float64]:
    offset = points - CENTRE_MM
    return np.asarray(np.linalg.norm(offset - (offset @ AXIS)[..., None] * AXIS, axis=-1))
