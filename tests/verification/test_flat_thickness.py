"""How much of a flat bone is gone? A plate of known thickness with a pit of known depth."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.measure.flat_thickness import measure_thickness_loss
from buttress.numerics.grid import Grid
from buttress.records.image import Mask
from buttress.records.measure import Measure


def plate(thick_mm: float, deep_mm: float, turn_deg: float = 0.0, spacing_mm: float = 1.0) -> Measure:
    """A plate of 60 mm a side, turned about y, with a pit 20 mm wide and ``deep_mm`` deep from one face."""
    n = int(90 / spacing_mm)
    grid = Grid.aligned((n, n, n), spacing_mm, (-44.7, -44.6, -44.3))
    x, y, z = np.moveaxis(grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)
    turn = np.deg2rad(turn_deg)
    across, along = x * np.cos(turn) + z * np.sin(turn), -x * np.sin(turn) + z * np.cos(turn)
    bone = (np.abs(across) <= thick_mm / 2) & (np.abs(y) <= 30) & (np.abs(along) <= 30)
    pit = bone & (np.hypot(y, along) <= 10) & (across >= thick_mm / 2 - deep_mm)
    return measure_thickness_loss(Mask(grid, bone), Mask(grid, pit))


@pytest.mark.parametrize(("thick_mm", "deep_mm"), [(12.0, 3.0), (12.0, 6.0), (8.0, 6.0), (20.0, 15.0)])
@pytest.mark.parametrize("turn_deg", [0.0, 35.0])
def test_the_lost_share_of_the_thickness_is_found(thick_mm: float, deep_mm: float, turn_deg: float) -> None:
    found = plate(thick_mm, deep_mm, turn_deg)
    assert found.value == pytest.approx(deep_mm / thick_mm, abs=0.12)  # a voxel in eight
    assert found.low is not None
    assert found.high is not None
    assert found.low <= deep_mm / thick_mm <= found.high


def test_a_hole_through_the_plate_is_a_whole_loss() -> None:
    assert plate(10.0, 10.0).value == pytest.approx(1.0, abs=0.02)


def test_a_lesion_outside_the_bone_and_a_round_bone_are_refused() -> None:
    grid = Grid.aligned((40, 40, 40), 1.0, (-19.5, -19.5, -19.5))
    apart = np.linalg.norm(grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1)), axis=-1)
    ball, core = Mask(grid, apart < 15), Mask(grid, apart < 5)
    assert "not flat" in measure_thickness_loss(ball, core).note
    assert "outside" in measure_thickness_loss(core, Mask(grid, apart > 17)).note
