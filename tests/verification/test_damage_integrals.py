"""Damage at constant temperature has closed forms; the times below were worked out apart from this code."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.ablate.damage import damage_over, dose_over, seconds_to_dose, seconds_to_kill
from buttress.library.load_damage import load_damage

GAS_CONSTANT = 8.314462618

# Law, temperature °C, seconds to Ω = 1, from exp(Ea / RT) / A (rounded as printed).
TIMES = [("liver_muscle", 50, 61.4), ("liver_muscle", 55, 14.2), ("liver_muscle", 60, 3.45), ("liver_muscle", 70, 0.23),
         ("bone", 47, 5500), ("bone", 50, 625), ("bone", 55, 18.2), ("bone", 60, 0.59)]  # fmt: skip


@pytest.mark.parametrize(("law", "temperature_c", "seconds"), TIMES)
def test_the_time_to_kill_at_a_constant_temperature_is_the_known_one(
    law: str, temperature_c: float, seconds: float
) -> None:
    digits = len(str(seconds).replace(".", "").strip("0"))
    assert seconds_to_kill(load_damage().arrhenius[law], temperature_c) == pytest.approx(
        seconds, rel=0.6 * 10.0 ** (1 - digits)
    )


@pytest.mark.parametrize(("temperature_c", "seconds"), [(47, 900.0), (50, 112.5), (55, 3.515625), (43, 14400.0)])
def test_the_lethal_dose_halves_its_time_with_every_degree(temperature_c: float, seconds: float) -> None:
    assert seconds_to_dose(temperature_c) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize("law", ["liver_muscle", "artery", "bone"])
@pytest.mark.parametrize("temperature_c", [45.0, 50.0, 60.0, 80.0])
def test_damage_at_a_constant_temperature_is_the_rate_times_the_time(law: str, temperature_c: float) -> None:
    rates = load_damage().arrhenius[law]
    expected = rates.frequency_1_s * 600.0 / np.exp(rates.energy_k / (temperature_c + 273.15))
    found = damage_over(rates, [0.0, 7.0, 60.0, 600.0], np.full(4, temperature_c))
    assert float(found) == pytest.approx(expected, rel=1e-3)


def test_dose_at_a_constant_temperature_below_the_break_quarters_with_every_degree() -> None:
    assert float(dose_over(load_damage().dose, [0.0, 600.0], [41.0, 41.0])) == pytest.approx(10.0 / 16.0, rel=1e-12)


def test_a_warming_history_in_steps_of_a_second_is_within_a_thousandth_of_the_exact_integral() -> None:
    # T = 44 + t/20 for 200 s: CEM43 = 1/60 int 2^(1 + t/20) dt = 2/60 * 20/ln 2 * (2^10 - 1).
    times = np.arange(0.0, 201.0)
    exact = 2.0 / 60.0 * 20.0 / np.log(2.0) * (2.0**10 - 1.0)
    assert float(dose_over(load_damage().dose, times, 44.0 + times / 20.0)) == pytest.approx(exact, rel=1e-3)
    coarse = np.array([0.0, 200.0])
    assert float(dose_over(load_damage().dose, coarse, 44.0 + coarse / 20.0)) == pytest.approx(exact, rel=1e-3)


def test_a_warming_history_of_one_law_agrees_with_a_fine_sum() -> None:
    law = load_damage().arrhenius["liver_muscle"]
    fine = np.linspace(0.0, 300.0, 300_001)
    exact = np.trapezoid(law.frequency_1_s * np.exp(-law.energy_k / (310.15 + fine / 10.0)), fine)
    steps = np.linspace(0.0, 300.0, 61)
    assert float(damage_over(law, steps, 37.0 + steps / 10.0)) == pytest.approx(exact, rel=1e-3)


def test_energies_are_those_of_the_sources_over_the_gas_constant() -> None:
    laws = load_damage().arrhenius
    assert laws["liver_muscle"].energy_k * GAS_CONSTANT == pytest.approx(2.577e5, rel=1e-8)
    assert laws["artery"].energy_k * GAS_CONSTANT == pytest.approx(4.3e5, rel=1e-8)
    assert laws["bone"].energy_k == 7.5e4
