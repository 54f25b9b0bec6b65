"""Rungs of damage laws and of curing cement, against integrals worked out apart: V13 and V14."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.integrate import quad

from buttress.ablate.curing import cure_adiabatic, cure_at
from buttress.ablate.damage import GAS_CONSTANT_J_MOLK, damage_over, dose_over
from buttress.library.load_damage import load_curing, load_damage
from buttress.numerics.rung import Rung, apart, relative
from buttress.records.damage import CuringKinetics

ZERO_C_K = 273.15


def damage(law: str = "liver_muscle", temperature_c: float = 55.0, time_s: float = 600.0) -> Iterator[Rung]:
    """V13: Ω at a constant temperature, and while it rises by a kelvin in ten seconds."""
    rates = load_damage().arrhenius[law]
    steady = rates.frequency_1_s * time_s * math.exp(-rates.energy_k / (temperature_c + ZERO_C_K))
    times = np.linspace(0.0, time_s, 61)
    found = float(damage_over(rates, times, np.full(61, temperature_c)))
    yield relative("V13", f"Ω, {law}", f"{temperature_c:g} °C for {time_s:g} s", steady, found, 1e-3)
    rising, _ = quad(
        lambda t: rates.frequency_1_s * math.exp(-rates.energy_k / (temperature_c + t / 10.0 + ZERO_C_K)), 0.0, 100.0,
        epsrel=1e-10,
    )  # fmt: skip
    steps = np.linspace(0.0, 100.0, 21)
    found = float(damage_over(rates, steps, temperature_c + steps / 10.0))
    yield relative("V13", f"Ω, {law}, rising", f"from {temperature_c:g} °C, 100 s", rising, found, 1e-3)


def dose(temperature_c: float = 44.0) -> Iterator[Rung]:
    """V13: CEM43 while temperature rises by a kelvin in twenty seconds, for 200 s."""
    exact, _ = quad(lambda t: 2.0 ** (temperature_c + t / 20.0 - 43.0) / 60.0, 0.0, 200.0, epsrel=1e-12)
    times = np.arange(0.0, 201.0, 10.0)
    found = float(dose_over(load_damage().dose, times, temperature_c + times / 20.0))
    yield relative("V13", "CEM43, min", f"from {temperature_c:g} °C, 200 s", exact, found, 1e-3)


def curing(key: str = "borzacchiello_a", temperature_c: float = 37.0) -> Iterator[Rung]:
    """V14: when cement cures fastest at a constant temperature, and its rise where no heat is lost."""
    own = load_curing().kinetics[key]
    peak_s = _peak_s(own, temperature_c)
    course = cure_at(own, temperature_c, 1.5 * peak_s, step_s=peak_s / 300.0)
    yield relative("V14", f"fastest curing, {key}, s", f"{temperature_c:g} °C", peak_s, course.peak_s, 5e-3)
    capacity = 1297.0
    course = cure_adiabatic(own, 23.0, capacity, 2500.0)
    rise = own.heat_j_kg.value * (course.fraction[-1] - own.start_fraction.value) / capacity
    told = f"no loss, from 23 °C, {capacity:g} J/(kg K)"
    yield apart("V14", f"rise, {key}, K", told, rise, float(course.temperature_c[-1] - 23.0), 5e-3 * rise, "K")


def _peak_s(own: CuringKinetics, temperature_c: float) -> float:
    """``∫ dw / (K w^m (wmax - w)^n)`` up to the fraction at which the rate is greatest."""
    kelvin = temperature_c + ZERO_C_K
    constant = own.rate_1_s.value * math.exp(-own.energy_j_mol.value / (GAS_CONSTANT_J_MOLK * kelvin))
    most = 1.0 if own.glass_c is None else kelvin / (own.glass_c.value + ZERO_C_K)
    m, n = own.order_grown.value, own.order_left.value
    time, _ = quad(
        lambda u: math.exp(u * (1.0 - m)) / (constant * (most - math.exp(u)) ** n),
        math.log(own.start_fraction.value),
        math.log(m * most / (m + n)),
        epsrel=1e-12,
    )
    return float(time)
