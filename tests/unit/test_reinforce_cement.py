"""Does the cement estimate count what lies inside the bone, with an honest interval?"""

from __future__ import annotations

import numpy as np
import pytest

from buttress.numerics.grid import Grid
from buttress.reinforce.cement import estimate_cement_fill
from lesion_phantom import ball, mask_of, seen_lesion, tube

GRID = Grid.aligned((41, 41, 41), 1.0, (-20.0, -20.0, -20.0))


def test_a_ball_inside_the_bone_takes_its_own_volume_and_the_interval_holds_half_a_voxel() -> None:
    seen = seen_lesion(mask_of(GRID, tube((0, 0, 1), 15.0)), mask_of(GRID, ball((0, 0, 0), 9.0)))
    fill = estimate_cement_fill(seen).volume_ml
    assert fill.value == pytest.approx(4 / 3 * np.pi * 9.0**3 / 1000, rel=0.02)
    assert fill.low is not None
    assert fill.high is not None
    assert fill.low == pytest.approx(4 / 3 * np.pi * 8.5**3 / 1000, rel=0.06)
    assert fill.high == pytest.approx(4 / 3 * np.pi * 9.5**3 / 1000, rel=0.06)
    assert "not simulated" in fill.note


def test_only_the_part_inside_the_bone_is_counted() -> None:
    bone = mask_of(GRID, lambda p: p[..., 0] <= 0.25)
    seen = seen_lesion(bone, mask_of(GRID, ball((0.25, 0, 0), 9.0)))
    assert estimate_cement_fill(seen).volume_ml.value == pytest.approx(2 / 3 * np.pi * 9.0**3 / 1000, rel=0.06)


def test_a_lesion_outside_the_bone_takes_no_cement_and_says_why() -> None:
    seen = seen_lesion(mask_of(GRID, tube((0, 0, 1), 4.0)), mask_of(GRID, ball((12, 0, 0), 5.0)))
    fill = estimate_cement_fill(seen).volume_ml
    assert fill.value is None
    assert fill.status == "not_applicable"
