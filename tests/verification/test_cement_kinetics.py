"""PMMA cures as its rate law says: peak times worked out apart from this code, and the heat that must come out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from buttress.ablate.curing import (
    CuringState,
    advance_curing,
    cure_adiabatic,
    cure_at,
    cure_rate_1_s,
    heat_w_m3,
    judge_cold_for_cement,
)
from buttress.library.load_damage import load_curing
from buttress.records.damage import CuringKinetics

SETS = ("borzacchiello_a", "borzacchiello_b", "li")


def kinetics(key: str) -> CuringKinetics:
    return load_curing().kinetics[key]


def exact_peak(own: CuringKinetics, temperature_c: float) -> tuple[float, float]:
    """When the rate is greatest at a constant temperature (s), and what it then is (1/s).

    ``w^m (wmax - w)^n`` is greatest at ``w = m wmax / (m + n)``; the time is ``int dw / (K w^m (wmax - w)^n)``.
    """
    kelvin = temperature_c + 273.15
    constant = own.rate_1_s.value * math.exp(-own.energy_j_mol.value / (8.314462618 * kelvin))
    most = 1.0 if own.glass_c is None else kelvin / (own.glass_c.value + 273.15)
    m, n = own.order_grown.value, own.order_left.value
    fastest = m * most / (m + n)
    time, _ = quad(
        lambda u: math.exp(u * (1.0 - m)) / (constant * (most - math.exp(u)) ** n),
        math.log(own.start_fraction.value),
        math.log(fastest),
        epsrel=1e-12,
    )
    return time, constant * fastest**m * (most - fastest) ** n


@pytest.mark.parametrize("temperature_c", [5.0, 22.85, 36.85, 60.0])
@pytest.mark.parametrize("key", SETS)
def test_the_time_and_height_of_the_greatest_rate_at_a_constant_temperature(key: str, temperature_c: float) -> None:
    peak_s, rate = exact_peak(kinetics(key), temperature_c)
    course = cure_at(kinetics(key), temperature_c, 1.5 * peak_s, step_s=peak_s / 300.0)
    assert course.peak_s == pytest.approx(peak_s, rel=1e-3)
    assert course.rate_1_s.max() == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize(
    ("key", "at_296_s", "at_310_s", "megawatt"),
    [("borzacchiello_a", 947, 486, 0.51), ("borzacchiello_b", 531, 285, 1.12), ("li", 2161, 621, 0.47)],
)
def test_the_peaks_worked_out_for_our_notes_with_a_sampled_solver_are_met_within_its_samples(
    key: str, at_296_s: float, at_310_s: float, megawatt: float
) -> None:
    for temperature_c, noted in ((22.85, at_296_s), (36.85, at_310_s)):
        assert exact_peak(kinetics(key), temperature_c)[0] == pytest.approx(noted, abs=5.0)
    assert float(heat_w_m3(kinetics(key), exact_peak(kinetics(key), 36.85)[1])) / 1e6 == pytest.approx(
        megawatt, abs=0.006
    )


@pytest.mark.parametrize("key", SETS)
def test_the_whole_course_agrees_with_an_adaptive_solver(key: str) -> None:
    own = kinetics(key)
    exact = solve_ivp(
        lambda _, w: cure_rate_1_s(own, w, 37.0, 37.0), (0.0, 1500.0), [own.start_fraction.value], rtol=1e-9, atol=1e-13
    )
    course = cure_at(own, 37.0, 1500.0, step_s=5.0)
    assert course.fraction[-1] == pytest.approx(exact.y[0, -1], rel=1e-4)


@pytest.mark.parametrize("key", SETS)
@pytest.mark.parametrize("capacity", [1297.0, 2000.0])
def test_without_losses_the_temperature_rises_by_heat_over_capacity(key: str, capacity: float) -> None:
    own = kinetics(key)
    course = cure_adiabatic(own, 22.85, capacity, 2500.0)
    cured = course.fraction[-1] - own.start_fraction.value
    assert course.temperature_c[-1] - 22.85 == pytest.approx(own.heat_j_kg.value * cured / capacity, rel=1e-9)
    glass = own.glass_c
    expected = 1.0 if glass is None else min((course.temperature_c[-1] + 273.15) / (glass.value + 273.15), 1.0)
    assert course.fraction[-1] == pytest.approx(expected, rel=5e-3)


def test_cement_never_uncures_when_it_cools() -> None:
    own = kinetics("borzacchiello_a")
    state = CuringState.mixed(own, [60.0])
    advance_curing(own, state, [60.0], 1200.0)
    before = state.fraction.copy()
    assert np.all(advance_curing(own, state, [20.0], 600.0) >= 0.0)
    assert np.all(state.fraction >= before)


def test_the_sets_disagree_about_the_time_of_setting_and_keep_their_order() -> None:
    peaks = [cure_at(kinetics(key), 36.85, 1500.0).peak_s for key in ("borzacchiello_b", "borzacchiello_a", "li")]
    assert peaks == sorted(peaks)


@pytest.mark.parametrize(("key", "slower"), [("borzacchiello_a", 4.4), ("li", 20.7)])
def test_at_five_degrees_cement_sets_several_times_as_slowly(key: str, slower: float) -> None:
    # exp(E/R (1/278 - 1/310)), kelvin.
    found = judge_cold_for_cement(kinetics(key), np.full((2, 2, 2), 4.85), np.ones((2, 2, 2), dtype=bool))
    assert found.times_slower == pytest.approx(slower, rel=0.02)
    assert found.is_too_cold


def test_ice_in_the_place_of_the_cement_is_too_cold_and_warm_bone_is_not() -> None:
    place = np.ones((2, 2, 2), dtype=bool)
    field = np.full((2, 2, 2), 36.0)
    assert not judge_cold_for_cement(kinetics("li"), field, place).is_too_cold
    field[0, 0, 0] = -3.0
    verdict = judge_cold_for_cement(kinetics("li"), field, place)
    assert verdict.is_too_cold
    assert verdict.ice_fraction == pytest.approx(1 / 8)
    assert "12.5 %" in verdict.told
    with pytest.raises(ValueError, match="no voxel"):
        judge_cold_for_cement(kinetics("li"), field, np.zeros((2, 2, 2), dtype=bool))
