"""Every rung of the ladder of exact answers holds, and rungs can be asked with other numbers and can fail."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from buttress.ablate.ladder import conduction, current, freezing
from buttress.ablate.ladder.climb import LADDER
from buttress.numerics.rung import Rung, climb, relative
from buttress.reinforce import ladder as mechanics


@pytest.mark.parametrize("key", LADDER)
def test_every_rung_holds(key: str) -> None:
    rungs = list(climb(LADDER, key))
    assert rungs
    assert [rung for rung in rungs if not rung.passed] == []
    assert json.loads(json.dumps([asdict(rung) | {"passed": rung.passed} for rung in rungs]))


@pytest.mark.parametrize(
    "rungs",
    [
        conduction.slab(0.5, 15.0),
        conduction.line_source(200.0, 1.5, 0.45),
        freezing.planar_front(300.0, 2.0),
        freezing.line_sink(650.0, 1.0, 0.5),
        freezing.held_needle(10.0, 1.0, 2.0, 0.5),
        current.needle(45.0, 0.9, 15.0),
        current.two_balls(1.0, 10.0),
    ],
    ids=lambda rungs: rungs.__name__,
)
def test_other_numbers_can_be_asked(rungs: list[Rung]) -> None:
    found = list(rungs)
    assert found
    assert [rung for rung in found if not rung.passed] == []


def test_a_rung_that_is_off_or_no_number_does_not_hold() -> None:
    assert not relative("V0", "made up", "", 1.0, 1.03, 0.02).passed
    assert not relative("V0", "made up", "", 1.0, float("nan"), 0.02).passed


def test_a_mean_of_conductivities_that_is_not_harmonic_would_be_found() -> None:
    found = next(conduction.layers())
    wrong = np.mean([0.32, 0.1921]) / (2.0 / (1 / 0.32 + 1 / 0.1921))
    assert not relative("V9", "as if arithmetic", "", found.exact, found.exact * wrong, found.limit).passed


@pytest.mark.parametrize("key", mechanics.LADDER)
def test_every_rung_of_the_mechanics_holds(key: str) -> None:
    rungs = list(climb(mechanics.LADDER, key))
    assert rungs
    assert [rung for rung in rungs if not (rung.passed and rung.key == key)] == []


@pytest.mark.parametrize(
    "rungs",
    [mechanics.tube_section(9.0, 5.0), mechanics.bar_warping(16.0, 16.0), mechanics.even_strain((0.5, 1.0, 2.0), 7),
     mechanics.cantilever(80.0, 10.0, 1.0), mechanics.loaded_tube(10.0, 6.0, 0.75),
     mechanics.oblique_rod(5.0, 60.0, 0.8)],
    ids=lambda rungs: rungs.__name__,
)  # fmt: skip
def test_other_numbers_of_the_mechanics_can_be_asked(rungs: list[Rung]) -> None:
    found = list(rungs)
    assert found
    assert [rung for rung in found if not rung.passed] == []
