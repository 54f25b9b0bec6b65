"""The paper thaws actively for more than 15 min before cement (ahmed2019, "hot thaw"): does the simulation say why?

Two generic 17 gauge needles 15 mm apart in perfused lytic tumour, 10 min freeze, 5 min thaw, 10 min freeze; cement is
meant for a ball of 20 mm between them. Nothing was fitted to the paper's 15 min.
"""

from __future__ import annotations

import numpy as np
import pytest

from buttress.ablate.bench import bench_box, probe_layout
from buttress.ablate.cooling import cooling_needles, run_cooling
from buttress.ablate.heat_run import HeatRun, begin_run
from buttress.ablate.schedule import parse_schedule
from buttress.ablate.wait_for_cement import WaitForCement, wait_for_cement
from buttress.library.load import load_devices
from buttress.library.load_damage import load_curing
from buttress.records.applicator import CryoApplicator


def frozen() -> tuple[HeatRun, CryoApplicator, np.ndarray]:
    applicator = load_devices()["cryoprobe_17g"].applicator
    assert isinstance(applicator, CryoApplicator)
    tissue, grid = bench_box("lytic_tumour", 45.0, 2.0)
    needles = cooling_needles(applicator, grid, probe_layout(2, 15.0, applicator.active_length_mm.value))
    run = begin_run(tissue, grid, needles, laws=())
    assert run_cooling(run, applicator, parse_schedule("freeze 600, thaw 300, freeze 600")).status == "finished"
    axes = grid.to_mm(np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), axis=-1))
    return run, applicator, np.linalg.norm(axes, axis=-1) <= 10.0


def waited(*, is_active: bool, most_s: float) -> WaitForCement:
    run, applicator, place = frozen()
    kinetics = load_curing().kinetics["borzacchiello_a"]
    return wait_for_cement(run, applicator, kinetics, place, most_s, is_active=is_active)


def test_after_a_freeze_the_bone_is_full_of_ice() -> None:
    found = waited(is_active=True, most_s=0.0)
    assert found.verdict.is_too_cold
    assert found.verdict.ice_fraction == 1.0
    assert "still too cold for cement" in found.verdict.told


def test_active_thawing_takes_about_the_quarter_of_an_hour_that_the_paper_asks_for_and_then_cement_may_come() -> None:
    found = waited(is_active=True, most_s=1800.0)
    assert found.ice_gone_s is not None
    assert found.warm_s is not None
    assert 600.0 < found.ice_gone_s <= 1080.0
    assert found.ice_gone_s < found.warm_s <= 1500.0
    assert "warm enough for cement" in found.verdict.told


def test_waiting_without_warming_leaves_ice_for_longer() -> None:
    found = waited(is_active=False, most_s=900.0)
    assert found.warm_s is None
    assert found.ice_gone_s is None
    assert found.verdict.ice_fraction == pytest.approx(1.0, abs=0.05)
