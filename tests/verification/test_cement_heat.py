"""Curing cement coupled to heat: energy comes out whole, and a ball of cement warms its rim as far as it must."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.ablate.bench import UNPERFUSED
from buttress.ablate.cement_heat import run_curing, with_cement
from buttress.ablate.heat_run import begin_run
from buttress.ablate.materials import Mixture, build_materials, build_sigma
from buttress.ablate.tissue import TissueMap
from buttress.library.load_damage import load_curing
from buttress.numerics.grid import Grid


def block(shape: tuple[int, int, int], cement: np.ndarray, spacing_mm: float) -> tuple[TissueMap, Grid]:
    what = [Mixture.pure("cancellous"), Mixture.pure("cement")]
    tissue = TissueMap(
        cement.astype(np.uint8), ("cancellous", "cement"), build_materials(what, UNPERFUSED), build_sigma(what)
    )
    return tissue, Grid.aligned(shape, spacing_mm)


@pytest.mark.parametrize("key", ["borzacchiello_a", "borzacchiello_b", "li"])
def test_cement_that_loses_no_heat_ends_its_heat_over_capacity_above_its_start(key: str) -> None:
    shape = (5, 5, 5)
    tissue, grid = block(shape, np.ones(shape, dtype=bool), 2.0)
    kinetics = load_curing().kinetics[key]
    run = begin_run(tissue, grid, start_c=37.0, laws=(), edge="insulated")
    report = run_curing(run, kinetics, 1500.0)
    capacity = float(tissue.materials.capacity_thawed_j_m3k[1])
    cured = float(report.fraction.mean()) - kinetics.start_fraction.value
    expected = load_curing().density_kg_m3.value * kinetics.heat_j_kg.value * cured / capacity
    # Above 99 °C the shelf's cement has no water to boil: the rise stays straight.
    assert report.mean_c[-1] - 37.0 == pytest.approx(expected, rel=5e-3)
    assert cured > 0.98 * (1.0 if kinetics.glass_c is None else min((report.mean_c[-1] + 273.15) / 378.15, 1.0))


def test_the_heat_of_curing_is_all_in_the_balance() -> None:
    shape = (21, 21, 21)
    i, j, k = np.indices(shape) - 10
    ball = i**2 + j**2 + k**2 <= 16
    tissue, grid = block(shape, ball, 2.0)
    kinetics = load_curing().kinetics["li"]
    run = begin_run(tissue, grid, start_c=with_cement(np.full(shape, 37.0), ball), laws=("bone",))
    report = run_curing(run, kinetics, 1200.0)
    made = sum(one.sources_j for one in run.reports)
    per_voxel = load_curing().density_kg_m3.value * kinetics.heat_j_kg.value * 8e-9
    assert made == pytest.approx(per_voxel * float((report.fraction - kinetics.start_fraction.value).sum()), rel=1e-3)
    stored = sum(one.stored_j for one in run.reports)
    passed = sum(one.blood_j + one.faces_j + one.sources_j for one in run.reports)
    assert abs(stored - passed) < 1e-3 * made
    assert report.hottest_c.max() > 45.0


def test_cold_bone_delays_setting() -> None:
    shape = (13, 13, 13)
    i, j, k = np.indices(shape) - 6
    ball = i**2 + j**2 + k**2 <= 9
    times = []
    for bone_c in (37.0, 15.0):
        tissue, grid = block(shape, ball, 2.0)
        run = begin_run(tissue, grid, start_c=with_cement(np.full(shape, bone_c), ball), laws=(), edge="insulated")
        times.append(run_curing(run, load_curing().kinetics["borzacchiello_a"], 2400.0).set_after_s)
    warm, cold = times
    assert warm is not None
    assert cold is None or cold > 1.3 * warm


def test_cement_that_has_waited_brings_less_heat_with_it() -> None:
    shape = (13, 13, 13)
    i, j, k = np.indices(shape) - 6
    ball = i**2 + j**2 + k**2 <= 9
    made = []
    for waited_s in (0.0, 480.0):
        tissue, grid = block(shape, ball, 2.0)
        run = begin_run(tissue, grid, start_c=with_cement(np.full(shape, 37.0), ball), laws=())
        run_curing(run, load_curing().kinetics["borzacchiello_b"], 1200.0, waited_s=waited_s)
        made.append(sum(one.sources_j for one in run.reports))
    assert made[1] < 0.8 * made[0]


def test_a_run_without_cement_is_refused() -> None:
    shape = (5, 5, 5)
    tissue, grid = block(shape, np.zeros(shape, dtype=bool), 2.0)
    with pytest.raises(ValueError, match="no cement"):
        run_curing(begin_run(tissue, grid, laws=()), load_curing().kinetics["li"], 60.0)
