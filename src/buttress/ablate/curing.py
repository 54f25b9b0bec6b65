"""Bone cement that cures: how fast PMMA polymerises, how much heat that makes, and whether the bone is too cold for it.

``dw/dt = K0 exp(-E/RT) w^m (wmax - w)^n``, heat ``ρ H dw/dt``; ``wmax = min(T/Tg, 1)`` at the greatest temperature so
far, or 1 (mhoggcement, after Quarini 2006). Sets of coefficients and their sources: ``cements/kinetics/pmma.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.ablate.damage import GAS_CONSTANT_J_MOLK, ZERO_C_K
from buttress.library.load_damage import load_curing
from buttress.records.damage import CuringKinetics

Floats = NDArray[np.float64]

BODY_C = 37.0

GROWTH_PER_STEP = 0.05
"""Ours: a step of the rate law is no longer than this share of its own time scale (numerical)."""

DONE_BELOW_1_S = 1e-9
"""Ours: a reaction slower than this is over (numerical; freshly mixed cement starts a thousand times as fast)."""

ICE_C = 0.0
"""Where a CT still shows ice: cement does not belong there (ahmed2019 thaws actively for more than 15 min first)."""

SLOWER_THAN_WARM = 2.0
"""Ours: cement that sets more than twice as slowly as at 37 °C is said to be too cold for the team's usual timing."""


def most_cured(kinetics: CuringKinetics, hottest_c: ArrayLike) -> Floats:
    """The fraction that can be reached, given the greatest temperature so far: glass stops the reaction."""
    hottest = np.asarray(hottest_c, dtype=float)
    if kinetics.glass_c is None:
        return np.ones_like(hottest)
    return np.asarray(np.minimum((hottest + ZERO_C_K) / (kinetics.glass_c.value + ZERO_C_K), 1.0))


def rate_constant_1_s(kinetics: CuringKinetics, temperature_c: ArrayLike) -> Floats:
    """``K0 exp(-E/RT)``, 1/s."""
    kelvin = np.asarray(temperature_c, dtype=float) + ZERO_C_K
    return np.asarray(kinetics.rate_1_s.value * np.exp(-kinetics.energy_j_mol.value / (GAS_CONSTANT_J_MOLK * kelvin)))


def cure_rate_1_s(
    kinetics: CuringKinetics, fraction: ArrayLike, temperature_c: ArrayLike, hottest_c: ArrayLike
) -> Floats:
    """``dw/dt`` of cement that has cured to ``fraction``; never negative."""
    grown = np.maximum(np.asarray(fraction, dtype=float), 0.0)
    left = np.maximum(most_cured(kinetics, hottest_c) - grown, 0.0)
    power = grown**kinetics.order_grown.value * left**kinetics.order_left.value
    return np.asarray(rate_constant_1_s(kinetics, temperature_c) * power)


@dataclass(slots=True)
class CuringState:
    """How far cement has cured: ``fraction`` and the greatest temperature so far, any shape."""

    fraction: Floats
    hottest_c: Floats

    @classmethod
    def mixed(cls, kinetics: CuringKinetics, temperature_c: ArrayLike) -> CuringState:
        """Freshly mixed cement at its temperature."""
        start = np.array(temperature_c, dtype=float)
        return cls(np.full_like(start, kinetics.start_fraction.value), start)


def advance_curing(kinetics: CuringKinetics, state: CuringState, temperature_c: ArrayLike, duration_s: float) -> Floats:
    """Cure for a while at given temperatures (held meanwhile); returns the mean ``dw/dt`` and moves the state on.

    Classical Runge-Kutta steps, short against the fastest voxel's own time scale.
    """
    now = np.asarray(temperature_c, dtype=float)
    np.maximum(state.hottest_c, now, out=state.hottest_c)
    fastest = float(np.max(rate_constant_1_s(kinetics, now), initial=0.0))
    steps = max(1, int(np.ceil(duration_s * fastest / GROWTH_PER_STEP)))
    dt, before, limit = duration_s / steps, state.fraction.copy(), most_cured(kinetics, state.hottest_c)
    for _ in range(steps):
        w = state.fraction
        k1 = cure_rate_1_s(kinetics, w, now, state.hottest_c)
        if not np.any(k1 > DONE_BELOW_1_S):
            break
        k2 = cure_rate_1_s(kinetics, w + 0.5 * dt * k1, now, state.hottest_c)
        k3 = cure_rate_1_s(kinetics, w + 0.5 * dt * k2, now, state.hottest_c)
        k4 = cure_rate_1_s(kinetics, w + dt * k3, now, state.hottest_c)
        grown = w + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        state.fraction = np.clip(grown, w, np.maximum(limit, w))
    return np.asarray((state.fraction - before) / duration_s)


def heat_w_m3(kinetics: CuringKinetics, rate_1_s: ArrayLike) -> Floats:
    """``ρ H dw/dt``, W/m³."""
    per_fraction = load_curing().density_kg_m3.value * kinetics.heat_j_kg.value
    return np.asarray(per_fraction * np.asarray(rate_1_s, dtype=float))


@dataclass(frozen=True, slots=True, eq=False)
class CuringCourse:
    """A course of curing: times (s), fraction, rate (1/s) and temperature (°C), ``(n,)`` each."""

    times_s: Floats
    fraction: Floats
    rate_1_s: Floats
    temperature_c: Floats

    @property
    def peak_s(self) -> float:
        """When the reaction runs fastest: a parabola through the three greatest rates."""
        k = int(np.clip(np.argmax(self.rate_1_s), 1, len(self.times_s) - 2))
        left, top, right = self.rate_1_s[k - 1 : k + 2]
        bend = left - 2.0 * top + right
        shift = 0.0 if bend == 0.0 else 0.5 * (left - right) / bend
        return float(self.times_s[k] + shift * (self.times_s[k] - self.times_s[k - 1]))


def cure_at(kinetics: CuringKinetics, temperature_c: float, duration_s: float, step_s: float = 2.0) -> CuringCourse:
    """Curing at a constant temperature: no heat stays in the cement."""
    return _course(kinetics, temperature_c, duration_s, step_s, capacity_j_kgk=float("inf"))


def cure_adiabatic(
    kinetics: CuringKinetics, start_c: float, capacity_j_kgk: float, duration_s: float, step_s: float = 0.5
) -> CuringCourse:
    """Curing of cement that loses no heat: it ends ``H w / c`` above its start."""
    return _course(kinetics, start_c, duration_s, step_s, capacity_j_kgk)


def _course(
    kinetics: CuringKinetics, start_c: float, duration_s: float, step_s: float, capacity_j_kgk: float
) -> CuringCourse:
    state, temperature = CuringState.mixed(kinetics, [start_c]), np.array([start_c])
    rows = []
    for k in range(round(duration_s / step_s) + 1):
        rate = cure_rate_1_s(kinetics, state.fraction, temperature, np.maximum(state.hottest_c, temperature))
        rows.append((k * step_s, float(state.fraction[0]), float(rate[0]), float(temperature[0])))
        before = state.fraction
        advance_curing(kinetics, state, temperature, step_s)
        temperature = temperature + kinetics.heat_j_kg.value * (state.fraction - before) / capacity_j_kgk
    times, fraction, rates, temperatures = np.array(rows).T
    return CuringCourse(times, fraction, rates, temperatures)


@dataclass(frozen=True, slots=True)
class ColdForCement:
    """Whether bone is still too cold for cement, and by what: ice left, or how much more slowly it would set."""

    is_too_cold: bool
    coldest_c: float
    ice_fraction: float
    times_slower: float
    told: str


def judge_cold_for_cement(
    kinetics: CuringKinetics, temperature_c: NDArray[np.floating], place: NDArray[np.bool_]
) -> ColdForCement:
    """Is the place of the cement too cold? ``temperature_c`` and ``place`` share a shape.

    Raises ``ValueError`` for an empty place.
    """
    if not place.any():
        raise ValueError("no voxel is meant for cement")
    here = temperature_c[place].astype(float)
    coldest = float(here.min())
    ice = float(np.mean(here < ICE_C))
    slower = float(rate_constant_1_s(kinetics, BODY_C) / rate_constant_1_s(kinetics, np.median(here)))
    if ice > 0.0:
        told = f"still too cold for cement: {100 * ice:.1f} % of its place is ice, the coldest {coldest:.0f} °C"
    elif slower > SLOWER_THAN_WARM:
        told = f"still too cold for cement: at the median of its place it sets {slower:.1f} times as slowly as at 37 °C"
    else:
        pace = f"{slower:.1f} times as slowly" if slower >= 1.0 else f"{1.0 / slower:.1f} times as fast"
        told = f"warm enough for cement: no ice, the coldest {coldest:.0f} °C; it sets {pace} as at 37 °C"
    return ColdForCement(ice > 0.0 or slower > SLOWER_THAN_WARM, coldest, ice, slower, told)
