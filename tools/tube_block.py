"""Blocks of bone made by hand: a tube of cortex about a canal, with parts of it gone, between two grips."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.grid import Grid
from buttress.records.implant import PlacedImplant
from buttress.reinforce.block import GRIP_VOXELS, BoneBlock, with_grips
from buttress.reinforce.bone_material import BoneMaterial

Floats = NDArray[np.float64]
Gone = Callable[[Floats, Floats, Floats, Floats], NDArray[np.bool_]]
"""Where bone is gone, by x, y, z from the tube's middle and the distance from its axis, mm."""

CORTEX_HU = 1500.0
LINEAR = BoneMaterial("linear", exponent=1.0, soft_hu=0.0, cortex_hu=CORTEX_HU, cortical_mpa=20_000.0)
"""A law under which a voxel's modulus is its share of cortex: blur costs nothing, and closed forms hold."""


def tube_block(
    outer_mm: float = 12.0,
    inner_mm: float = 6.0,
    length_mm: float = 60.0,
    spacing_mm: float = 1.0,
    gone: Gone | None = None,
) -> BoneBlock:
    """A straight tube, its cut voxels by their share; the cavity is where ``gone`` says."""
    across = int(2 * outer_mm / spacing_mm) + 4
    along = round(length_mm / spacing_mm) + 2 * GRIP_VOXELS
    start = (-(across - 1) * spacing_mm / 2,) * 2 + (-(along - 1) * spacing_mm / 2,)
    grid = Grid.aligned((across, across, along), spacing_mm, start)
    x, y, z = np.moveaxis(grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)
    radius = np.hypot(x, y)
    outer, inner = (np.clip((edge - radius) / spacing_mm + 0.5, 0.0, 1.0) for edge in (outer_mm, inner_mm))
    healed = (CORTEX_HU * (outer - inner)).astype(np.float32)
    missing = np.zeros(grid.shape, dtype=bool) if gone is None else gone(x, y, z, radius)
    solid = outer > 0.0
    found, cavity = np.where(missing, 0.0, healed).astype(np.float32), (missing & solid).astype(np.float32)
    return with_grips(grid, found, healed, solid, cavity, np.abs(z) < length_mm / 2 - 6.0)


def screws(*across_mm: float, half_mm: float = 25.0) -> list[PlacedImplant]:
    """Screws of 4.5 mm along the tube, each so far from its axis."""
    return [
        PlacedImplant(implant="cannulated_4_5_full", paths_mm=(((x, 0.0, -half_mm), (x, 0.0, half_mm)),))
        for x in across_mm
    ]
