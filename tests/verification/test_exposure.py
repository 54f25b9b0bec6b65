"""What tissue has been through, on histories whose extremes, doses, times and rates are worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import exp, log

import numpy as np
import pytest

from buttress.ablate.ladder.samples import MUSCLE, materials, plain
from buttress.numerics.exposure import GAS_J_MOLK, Exposure, start_exposure

TISSUE = materials(plain(MUSCLE))
TABLE = TISSUE.table.T.astype(np.float32)
SHAPE = (3, 4, 5)
LABELS = np.zeros(SHAPE, np.uint8)
WHOLE = np.array([0, 3, 0, 4, 0, 5], dtype=np.int64)


def heat(temperature_c: float) -> np.ndarray:
    """Stored heat of a lattice at one temperature."""
    return np.full(SHAPE, TISSUE.enthalpy_j_m3(temperature_c, 0), np.float32)


def lived(history: Sequence[tuple[float, float]], exposure: Exposure | None = None, **asked: object) -> Exposure:
    """An exposure after straight lines between ``(seconds, °C)``, a step each."""
    found = exposure or start_exposure(np.full(SHAPE, history[0][1]), **asked)  # type: ignore[arg-type]
    for (start_s, before_c), (end_s, after_c) in pairwise(history):
        found.update(heat(before_c), heat(after_c), LABELS, TABLE, np.array([start_s, end_s]), WHOLE)
    return found


def test_extremes_are_those_of_the_history_and_of_its_start():
    found = lived([(0, 20.0), (10, -31.0), (20, 64.0), (30, 37.0)])
    assert found.least_c == pytest.approx(-31.0, abs=1e-4)
    assert found.greatest_c == pytest.approx(64.0, abs=1e-4)
    warmed = lived([(0, 20.0), (10, 30.0)])
    assert warmed.least_c == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("history", "minutes"),
    [
        # constant: minutes x 2^(T - 43) above 43 °C, x 4^(T - 43) below
        ([(0, 45.0), (60, 45.0)], 4.0),
        ([(0, 43.0), (600, 43.0)], 10.0),
        ([(0, 42.0), (60, 42.0)], 0.25),
        ([(0, 40.0), (6400, 40.0)], 6400 / 60 / 64),
        # 43 to 47 °C in 4 min: the integral of 2^t from 0 to 4
        ([(0, 43.0), (240, 47.0)], 15.0 / log(2.0)),
        # 41 to 45 °C in 4 min: of 4^t from -2 to 0, then of 2^t from 0 to 2
        ([(0, 41.0), (240, 45.0)], (1.0 - 1.0 / 16.0) / log(4.0) + 3.0 / log(2.0)),
        ([(0, 45.0), (240, 41.0)], (1.0 - 1.0 / 16.0) / log(4.0) + 3.0 / log(2.0)),
        # 37 to 57 °C and back, 10 K/min: twice of 2^(10 t) from 0 to 1.4, and of 4^(10 t) from -0.4 to 0
        ([(0, 37.0), (120, 57.0), (240, 37.0)], 2 * ((2**14 - 1) / log(2) + (1 - 4.0**-4) / log(4)) / 10),
        # body temperature for a day adds nothing: below 39 °C is left out
        ([(0, 37.0), (86_400, 37.0)], 0.0),
    ],
)
def test_equivalent_minutes_are_the_integral_of_the_dose(history: list[tuple[float, float]], minutes: float):
    assert lived(history).cem43_min == pytest.approx(minutes, rel=1e-4, abs=1e-9)


def test_a_history_cut_into_small_steps_has_the_dose_of_the_whole():
    warm = [(n * 2.0, 37.0 + 20.0 * n / 60.0) for n in range(61)]
    assert lived(warm).cem43_min == pytest.approx(lived([warm[0], warm[-1]]).cem43_min, rel=2e-4)


ONE_PER_SECOND = (exp(100.0), 100.0 * GAS_J_MOLK * 333.15)
"""A rate law that makes Ω grow by 1 a second at 60 °C (333.15 K), and by exp(100 (1 - 333.15 / T)) at T kelvin."""


@pytest.mark.parametrize(
    ("temperature_c", "per_second"),
    [
        (60.0, 1.0),
        (333.15 / (1.0 - log(2.0) / 100.0) - 273.15, 2.0),
        (333.15 / (1.0 + log(10.0) / 100.0) - 273.15, 0.1),
    ],
)
def test_damage_at_a_constant_temperature_is_the_rate_times_the_time(temperature_c: float, per_second: float):
    found = lived([(0, temperature_c), (7, temperature_c)], kinetics=(ONE_PER_SECOND,))
    assert found.damage[0] == pytest.approx(7.0 * per_second, rel=1e-5)


def test_each_rate_law_has_a_field_of_its_own_and_cold_damages_by_none_of_them():
    slower = (ONE_PER_SECOND[0] / 10.0, ONE_PER_SECOND[1])
    found = lived([(0, 60.0), (30, 60.0)], kinetics=(ONE_PER_SECOND, slower))
    assert found.damage.shape == (2, *SHAPE)
    assert found.damage[0] == pytest.approx(10.0 * found.damage[1], rel=1e-5)
    assert lived([(0, 10.0), (600, -150.0)], kinetics=(ONE_PER_SECOND,)).damage.max() == 0.0


def test_damage_of_a_slow_warming_is_its_integral():
    """From 55 to 65 °C at 0.1 K/s, against a sum of 20,000 midpoints of exp(100 (1 - 333.15 / T))."""
    middle = 328.15 + 10.0 * (np.arange(20_000) + 0.5) / 20_000
    exact = 100.0 * float(np.mean(np.exp(100.0 * (1.0 - 333.15 / middle))))
    warm = [(float(n), 55.0 + 0.1 * n) for n in range(101)]
    assert lived(warm, kinetics=(ONE_PER_SECOND,)).damage[0] == pytest.approx(exact, rel=1e-3)


def test_seconds_below_a_threshold_are_counted_within_a_step():
    cooling = [(0.0, 37.0), (80.0, -43.0)]  # 1 K/s: -20 °C after 57 s, -40 °C after 77 s
    found = lived(cooling)
    assert found.below_s[0] == pytest.approx(23.0, rel=1e-4)
    assert found.below_s[1] == pytest.approx(3.0, rel=1e-3)
    lived([(80.0, -43.0), (180.0, -43.0), (220.0, -3.0), (300.0, 37.0)], exposure=found)  # held, then thawed at 1 K/s
    assert found.below_s[0] == pytest.approx(23.0 + 100.0 + 23.0, rel=1e-4)
    assert found.below_s[1] == pytest.approx(3.0 + 100.0 + 3.0, rel=1e-3)


@pytest.mark.parametrize(
    ("history", "k_s"),
    [
        ([(0, 0.0), (50, -50.0)], 1.0),  # one step through both
        ([(0, 37.0), (42, -5.0), (62, -25.0), (112, -40.0)], 0.5),  # 35 K in 20 s and 50 s
        ([(0, 37.0), (42, -5.0), (392, -39.0)], 0.0),  # never as cold as -40 °C
        ([(0, 0.0), (5, -5.0), (75, -40.0), (80, 0.0), (85, -5.0), (92, -40.0)], 5.0),  # the faster of two freezes
        ([(0, 0.0), (5, -5.0), (12, -40.0), (20, 0.0), (25, -5.0), (95, -40.0)], 5.0),
        ([(0, 0.0), (10, -10.0), (20, -2.0), (23, -5.0), (58, -40.0)], 1.0),  # thawed in between: counted anew
        ([(0, 0.0), (5, -5.0), (20, -20.0), (30, -10.0), (75, -40.0)], 0.5),  # warmed, but not to -5 °C: one passage
    ],
)
def test_the_cooling_rate_is_the_mean_between_the_two_temperatures(history: list[tuple[float, float]], k_s: float):
    assert lived(history).cooling_k_s == pytest.approx(k_s, rel=1e-3)


def test_only_cells_of_the_mask_are_followed_wherever_it_lies():
    mask = np.zeros(SHAPE, bool)
    mask[1, 2, 3] = mask[2, 3, 4] = True
    found = lived([(0, 37.0), (60, 45.0)], mask=mask)
    assert found.box == (1, 3, 2, 4, 3, 5)
    inside = mask[1:3, 2:4, 3:5]
    assert found.greatest_c[inside] == pytest.approx(45.0, abs=1e-4)
    assert found.greatest_c[~inside] == pytest.approx(37.0)
    assert found.cem43_min[~inside].max() == 0.0


def test_each_cell_has_its_own_history_and_those_beyond_the_box_none():
    before, after = heat(37.0), heat(37.0)
    after[1, 1, 1] = TISSUE.enthalpy_j_m3(50.0, 0)
    after[2, 2, 2] = TISSUE.enthalpy_j_m3(60.0, 0)
    found = start_exposure(np.full(SHAPE, 37.0))
    found.update(before, after, LABELS, TABLE, np.array([0.0, 1.0]), np.array([0, 2, 0, 2, 0, 2]))
    assert found.greatest_c[1, 1, 1] == pytest.approx(50.0, abs=1e-4)
    assert found.greatest_c[2, 2, 2] == 37.0
    assert np.count_nonzero(found.cem43_min) == 1


@pytest.mark.parametrize(
    ("mask", "cooling_c", "told"),
    [
        (np.zeros(SHAPE, bool), (-5.0, -40.0), "at least one cell"),
        (np.ones((2, 2, 2), bool), (-5.0, -40.0), "lattice's shape"),
        (None, (-40.0, -5.0), "warmer to colder"),
    ],
)
def test_what_cannot_be_followed_is_refused(mask: np.ndarray | None, cooling_c: tuple[float, float], told: str):
    with pytest.raises(ValueError, match=told):
        start_exposure(np.full(SHAPE, 37.0), mask=mask, cooling_c=cooling_c)
