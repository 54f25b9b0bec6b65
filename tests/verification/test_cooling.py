"""Freezing and thawing by a schedule: what probes are told to do, and what the ice then does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from buttress.ablate.bench import UNPERFUSED, bench_box, measure_zone, probe_layout
from buttress.ablate.cooling import cooling_needles, phase_steps, run_cooling, supply_share
from buttress.ablate.heat_run import HeatRun, begin_run
from buttress.ablate.lethal_zone import criteria
from buttress.ablate.schedule import Phase, parse_schedule
from buttress.records.applicator import CryoApplicator
from buttress.records.document import ButtressError
from buttress.records.number import Assumed


def number(value: float) -> Assumed:
    return Assumed(value=value, unit="", low=value, high=value, ours="a test")


def probe(**changed: float) -> CryoApplicator:
    values = {
        "diameter_mm": 2.4,
        "active_length_mm": 30.0,
        "coldest_c": -140.0,
        "cooling_s": 30.0,
        "film_w_m2k": 1200.0,
        "hot_thaw_c": 40.0,
        **changed,
    }
    return CryoApplicator.model_validate({"kind": "cryo", **{k: number(v).model_dump() for k, v in values.items()}})


def frozen(applicator: CryoApplicator, schedule: str, probes: int = 1, spacing_mm: float = 15.0) -> HeatRun:
    tissue, grid = bench_box("muscle", 40.0, 2.0, UNPERFUSED)
    needles = cooling_needles(applicator, grid, probe_layout(probes, spacing_mm, applicator.active_length_mm.value))
    run = begin_run(tissue, grid, needles, laws=())
    assert run_cooling(run, applicator, parse_schedule(schedule)).status == "finished"
    return run


def ice_mm(run: HeatRun, key: str = "ice") -> float:
    return measure_zone(criteria(run.history())[key], run.grid.spacing_mm).diameter_mm


@pytest.mark.parametrize("text", ["freeze 600", "freeze 601 at 70%", "thaw 300", "hot-thaw 900", "freeze 7"])
def test_the_steps_of_a_phase_take_just_its_time(text: str) -> None:
    (phase,) = parse_schedule(text)
    assert sum(seconds for seconds, _ in phase_steps(probe(), phase, 1.0)) == pytest.approx(phase.duration_s)


def test_gas_cools_to_its_lowest_and_a_duty_switches_it_off() -> None:
    ((seconds, gas_c),) = phase_steps(probe(), Phase("freeze", 600.0), 1.0)
    assert seconds == 600.0
    assert callable(gas_c)
    tau = probe().cooling_s.value
    assert [gas_c(times * tau) for times in (0.0, 1.0, 20.0)] == pytest.approx([37.0, -140.0 + 177.0 / math.e, -140.0])
    half = list(phase_steps(probe(), Phase("freeze", 600.0, duty_fraction=0.5), 1.0))
    assert sum(seconds for seconds, value in half if value is None) == pytest.approx(300.0)


def test_a_thaw_lets_probes_float_and_a_hot_thaw_warms_them_as_told() -> None:
    assert list(phase_steps(probe(), Phase("thaw", 300.0), 1.0)) == [(300.0, None)]
    assert list(phase_steps(probe(), Phase("hot-thaw", 900.0), 1.0)) == [(900.0, 40.0)]
    assert list(phase_steps(probe(), Phase("hot-thaw", 900.0, tip_c=45.0), 1.0)) == [(900.0, 45.0)]


def test_a_supply_that_feeds_few_probes_is_shared_by_more() -> None:
    limited = probe(probes_at_full_supply=4.0)
    assert [supply_share(limited, n) for n in (1, 4, 8)] == [1.0, 1.0, 0.5]
    assert supply_share(probe(), 8) == 1.0


def test_what_a_cryoprobe_cannot_do_is_refused() -> None:
    tissue, grid = bench_box("muscle", 20.0, 4.0)
    run = begin_run(tissue, grid, laws=())
    with pytest.raises(ButtressError, match="cannot"):
        run_cooling(run, probe(), parse_schedule("heat 300 at 65 W"))


def test_a_longer_freeze_a_fuller_duty_and_more_probes_make_more_ice() -> None:
    short, long = frozen(probe(), "freeze 300"), frozen(probe(), "freeze 600")
    assert ice_mm(short) < ice_mm(long)
    assert ice_mm(frozen(probe(), "freeze 600 at 60%")) < ice_mm(long)
    assert ice_mm(frozen(probe(), "freeze 600", probes=2)) > ice_mm(long)


def test_the_hot_thaw_melts_more_than_waiting_does() -> None:
    passive, active = frozen(probe(), "freeze 600, thaw 600"), frozen(probe(), "freeze 600, hot-thaw 600")
    left = [float((run.temperature_c < 0.0).sum()) for run in (passive, active)]
    assert left[1] < left[0]
    assert np.min(active.history().coldest_c) < -40.0  # type: ignore[arg-type]


def test_tissue_spends_less_time_below_colder_thresholds_and_cooled_through_them_at_some_rate() -> None:
    history = frozen(probe(), "freeze 600").history()
    assert history.cooling_k_s is not None
    assert history.coldest_c is not None
    twenty, thirty, forty = (history.below_s[key] for key in ("minus_20", "minus_30", "minus_40"))
    assert np.all((twenty >= thirty) & (thirty >= forty))
    assert 300.0 < twenty.max() < 600.0
    assert np.array_equal(forty > 0.0, history.coldest_c < -40.0)
    assert np.array_equal(history.cooling_k_s > 0.0, history.coldest_c < -40.0)


def test_a_second_freeze_reaches_no_less_than_the_first() -> None:
    one, two = frozen(probe(), "freeze 600"), frozen(probe(), "freeze 600, thaw 300, freeze 600")
    assert ice_mm(two) >= ice_mm(one)
    assert ice_mm(two, "minus_40") >= ice_mm(one, "minus_40")


def test_the_heat_that_probes_draw_is_the_heat_that_tissue_lost() -> None:
    run = frozen(probe(), "freeze 600")
    drawn = -sum(sum(report.needles_j) for report in run.reports)
    lost = -sum(report.stored_j for report in run.reports)
    from_edge = sum(report.faces_j for report in run.reports)
    assert drawn == pytest.approx(lost + from_edge, rel=2e-3)


def test_blood_makes_the_ice_smaller() -> None:
    sizes = []
    for change in (UNPERFUSED, None):
        tissue, grid = bench_box("muscle", 40.0, 2.0, change)
        run = begin_run(tissue, grid, cooling_needles(probe(), grid, probe_layout(1, 0.0, 30.0)), laws=())
        run_cooling(run, probe(), parse_schedule("freeze 900"))
        sizes.append(ice_mm(run))
    assert sizes[1] < sizes[0]
