"""Two bones side by side, and two end to end, on drawn tissue: which voxels are the neighbour's."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.measure.skeleton.bone_tissue import Tissue
from buttress.measure.skeleton.flat_joint import beyond_joints
from buttress.measure.skeleton.parallel import bone_beside
from buttress.measure.skeleton.region import COARSE_MM, data_region, on_grid
from buttress.numerics.grid import Grid
from buttress.records.image import Volume

VOXEL_MM = 1.5
SHAPE = (60, 40, 80)
X, Y, Z = np.indices(SHAPE)
Booleans = np.ndarray


def tissue(body: Booleans, gap: Booleans | None = None) -> Tissue:
    box = Grid.aligned(SHAPE, VOXEL_MM, np.zeros(3))
    hu = np.where(body, np.float32(400.0), np.float32(40.0))
    return Tissue(box, hu, body, body, np.zeros(SHAPE, np.float32), np.zeros(SHAPE, bool) if gap is None else gap)


def seat(x: int, y: int, z: int) -> Booleans:
    at = np.zeros(SHAPE, bool)
    at[x, y, z] = True
    return at


LARGE = (X - 20) ** 2 + (Y - 20) ** 2 <= 10**2
SMALL = ((X - 42) ** 2 + (Y - 20) ** 2 <= 5**2) & (Z < 70)
BRIDGE = (X >= 20) & (X <= 42) & (np.abs(Y - 20) <= 3) & (Z >= 60) & (Z < 66)


@pytest.mark.parametrize("key", ["tibia", "radius"])
def test_a_bone_beside_is_told_by_its_shaft_though_both_meet_at_an_end(key: str) -> None:
    other = bone_beside(tissue(LARGE | SMALL | BRIDGE), seat(20, 20, 30), key)
    assert other[SMALL].all()
    assert not other[LARGE].any()


def test_from_the_smaller_bone_the_larger_is_beside() -> None:
    other = bone_beside(tissue(LARGE | SMALL | BRIDGE), seat(42, 20, 30), "fibula")
    assert other[LARGE].all()
    assert not other[SMALL].any()


def test_where_both_have_met_the_seat_is_still_of_the_tibia() -> None:
    other = bone_beside(tissue(LARGE | SMALL | BRIDGE), seat(20, 20, 63), "tibia")
    assert other[SMALL].all()
    assert not other[LARGE].any()


def test_two_condyles_are_one_bone() -> None:
    short = SMALL & (Z >= 60)
    assert not bone_beside(tissue(LARGE | short | BRIDGE), seat(20, 20, 30), "tibia").any()


KNEE = (X - 20) ** 2 + (Y - 20) ** 2 <= 14**2
SPACE = KNEE & ((np.abs(X - 20) > 2) | (Y > 26)) & (Z >= 50) & (Z < 52)
"""A joint space under two condyles; a bridge of 8 mm between them, half through the bone, shows none."""


@pytest.mark.parametrize(("at", "beyond"), [(20, KNEE & (Z >= 52)), (70, KNEE & (Z < 50))])
def test_a_bone_ends_at_the_sheet_across_it_drawn_on_over_its_section(at: int, beyond: Booleans) -> None:
    cut = beyond_joints(tissue(KNEE, SPACE), seat(20, 20, at))
    assert cut[beyond].all()
    assert not cut[KNEE & ~beyond & ~((Z >= 50) & (Z < 52))].any()


def test_dark_layers_along_a_shaft_and_small_sheets_end_no_bone() -> None:
    layer = (np.abs(X - 14) <= 1) & KNEE
    spot = (X < 20) & KNEE & (np.abs(Z - 50) <= 1)
    assert not beyond_joints(tissue(KNEE, layer), seat(20, 20, 20)).any()
    assert not beyond_joints(tissue(KNEE, spot & (Y > 20)), seat(20, 20, 20)).any()


@pytest.mark.parametrize("slice_mm", [1.0, 2.0, 3.27])
def test_a_bone_cut_by_the_images_reaches_their_last_slice(slice_mm: float) -> None:
    grid = Grid.aligned((21, 22, 23), (1.0, 1.0, slice_mm), np.array([3.0, -7.0, 11.0]))
    values = np.random.default_rng(0).normal(500.0, 30.0, grid.shape).astype(np.float32)
    region = data_region(Volume(grid, values))
    for voxel_mm in (VOXEL_MM, COARSE_MM):
        box = region.box(voxel_mm)
        assert on_grid(np.ones(box.shape, bool), box, grid).inside.all()
