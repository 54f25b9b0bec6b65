"""What tissue has been through: extremes, thermal dose, damage and cold, kept as running fields while heat advances.

Within a super-step temperature is taken as linear in time, and each integral is exact for that: equivalent minutes at
43 °C, CEM43 = ∫ R^(43 - T) dt with R = 0.5 above 43 °C and 0.25 below (Sapareto and Dewey 1984), and damage
Ω = ∫ A exp(-E/(R T)) dt (Henriques 1947, part V of the studies with Moritz; its exponent taken as linear in time).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import Any

import numba
import numpy as np
from numba import float32 as f4
from numpy.typing import NDArray

from buttress.numerics.extent import extent_of
from buttress.numerics.phase_change import REFERENCE_C
from buttress.numerics.stored_heat import BOIL, LIQUID, PER_THAWED, temperature

Heat = NDArray[np.float32]
Array = NDArray[Any]

GAS_J_MOLK = 8.314462618
WARM_C = 39.0
"""Cooler tissue is spared the exponentials: 25 minutes at 39 °C would add 0.1 equivalent minutes."""

HALVING = log(2.0)


@dataclass(slots=True, eq=False)
class Exposure:
    """Running fields over ``box`` ``[i0, i1, j0, j1, k0, k1]`` of a lattice, float32, ``(i1 - i0, j1 - j0, k1 - k0)``.

    ``damage`` has one field for each of ``kinetics`` (A in 1/s, E in J/mol), ``below_s`` seconds below each of
    ``cold_c``, ``cooling_k_s`` the fastest mean cooling rate between the two of ``cooling_c`` (0: never passed). Cells
    outside ``mask`` are left alone.
    """

    box: tuple[int, int, int, int, int, int]
    mask: NDArray[np.uint8]
    cold_c: tuple[float, ...]
    kinetics: tuple[tuple[float, float], ...]
    cooling_c: tuple[float, float]
    least_c: Heat
    greatest_c: Heat
    cem43_min: Heat
    damage: Heat
    below_s: Heat
    cooling_k_s: Heat
    passed_s: Heat

    def update(
        self, before: Heat, after: Heat, labels: NDArray[np.uint8], table: Heat, span_s: Array, box: Array
    ) -> None:
        """Add a step from ``span_s[0]`` to ``span_s[1]`` seconds, from stored heat ``before`` to ``after``.

        Cells outside ``box`` are taken as unchanged and cool; ``table`` has one row a label (``ThermalMaterials``).
        """
        rates = np.array([(log(a), e / GAS_J_MOLK) for a, e in self.kinetics]).reshape(-1, 2)
        fields = (
            self.mask, self.least_c, self.greatest_c, self.cem43_min, self.damage, self.below_s, self.cooling_k_s,
            self.passed_s,
        )  # fmt: skip
        cold = np.array(self.cold_c, dtype=float)
        whole = np.array(self.box, dtype=np.int64)
        low, high = np.maximum(whole[::2], box[::2]), np.minimum(whole[1::2], box[1::2])
        if (low < high).all():
            inner = np.stack([low, high], axis=1).ravel()
            _update(
                before, after, labels, table, span_s, inner, whole[::2], fields, (rates, cold, np.array(self.cooling_c))
            )


def start_exposure(
    temperature_c: NDArray[Any],
    *,
    mask: NDArray[Any] | None = None,
    cold_c: tuple[float, ...] = (-20.0, -40.0),
    kinetics: tuple[tuple[float, float], ...] = (),
    cooling_c: tuple[float, float] = (-5.0, -40.0),
) -> Exposure:
    """Fields over the bounding box of ``mask`` (all cells when ``None``), before anything happened.

    ``temperature_c`` ``(ni, nj, nk)`` is the temperature to start from. Raises ``ValueError`` when ``mask`` is empty.
    """
    start = np.asarray(temperature_c, dtype=np.float32)
    inside = np.ones(start.shape, bool) if mask is None else np.asarray(mask, dtype=bool)
    if inside.shape != start.shape or not inside.any():
        raise ValueError("mask must have the lattice's shape and hold at least one cell")
    if cooling_c[0] <= cooling_c[1]:
        raise ValueError("cooling_c goes from warmer to colder")
    found = extent_of(inside.astype(np.float32))
    assert found is not None  # one cell is inside
    box = tuple(found.tolist())
    crop = tuple(slice(box[2 * axis], box[2 * axis + 1]) for axis in range(3))
    shape = start[crop].shape
    return Exposure(
        box=(box[0], box[1], box[2], box[3], box[4], box[5]),
        mask=np.ascontiguousarray(inside[crop], dtype=np.uint8),
        cold_c=cold_c,
        kinetics=kinetics,
        cooling_c=cooling_c,
        least_c=start[crop].copy(),
        greatest_c=start[crop].copy(),
        cem43_min=np.zeros(shape, np.float32),
        damage=np.zeros((len(kinetics), *shape), np.float32),
        below_s=np.zeros((len(cold_c), *shape), np.float32),
        cooling_k_s=np.zeros(shape, np.float32),
        passed_s=np.full(shape, np.nan, np.float32),
    )


@numba.njit(cache=True, error_model="numpy")
def _mean_exponential(a: float, b: float) -> float:
    """Mean of exp between two exponents; close ones by its series, which is short by less than 1e-6 there."""
    apart = b - a
    if abs(apart) < 0.2:
        return exp(0.5 * (a + b)) * (1.0 + apart * apart / 24.0)
    return (exp(b) - exp(a)) / apart


@numba.njit(cache=True, error_model="numpy")
def equivalent_minutes(from_c: float, to_c: float, seconds: float) -> float:
    """CEM43 of a change of temperature linear in time; below ``WARM_C`` nothing counts."""
    low, high = min(from_c, to_c), max(from_c, to_c)
    if high - low < 1e-6:
        return seconds / 60.0 * exp((1.0 if high > 43.0 else 2.0) * HALVING * (high - 43.0))
    total = 0.0
    if high > 43.0:
        a = max(low, 43.0)
        total += (high - a) * _mean_exponential(HALVING * (a - 43.0), HALVING * (high - 43.0))
    a, b = max(low, WARM_C), min(high, 43.0)
    if b > a:
        total += (b - a) * _mean_exponential(2.0 * HALVING * (a - 43.0), 2.0 * HALVING * (b - 43.0))
    return total * seconds / 60.0 / (high - low)


@numba.njit(cache=True, error_model="numpy")
def _share_below(from_c: float, to_c: float, level_c: float) -> float:
    """Fraction of a linear change spent below a temperature."""
    low, high = min(from_c, to_c), max(from_c, to_c)
    if high <= level_c:
        return 1.0
    return 0.0 if low >= level_c else (level_c - low) / (high - low)


@numba.njit(cache=True, error_model="numpy")
def _cool(at: Any, a: float, b: float, span: Array, cooling_c: Any, rate: Heat, passed: Heat) -> None:
    """Note when a cooling cell passes the upper temperature, and its mean rate when it passes the lower."""
    upper, lower = cooling_c[0], cooling_c[1]
    if b >= a:
        if b > upper:
            passed[at] = np.nan
        return
    pace = (span[1] - span[0]) / (a - b)
    if a > upper >= b:
        passed[at] = span[0] + (a - upper) * pace
    if a > lower >= b:
        took = span[0] + (a - lower) * pace - passed[at]
        if took > 0.0:
            rate[at] = max(rate[at], (upper - lower) / took)


@numba.njit(cache=True, parallel=True, error_model="numpy")
def _update(
    before: Heat, after: Heat, labels: Array, table: Heat, span: Array, box: Array, low: Array, fields: Any, asked: Any
) -> None:
    mask, least, greatest, cem43, damage, below, cooling, passed = fields
    rates, cold, cooling_c = asked
    seconds = span[1] - span[0]
    edges, origin = box.astype(np.uint64), low.astype(np.uint64)  # unsigned: nothing counts from the end
    warm, icy = f4(WARM_C - REFERENCE_C), f4(-REFERENCE_C)
    for plane in numba.prange(box[0], box[1]):
        i = np.uint64(plane)
        x = i - origin[0]
        for j in range(edges[2], edges[3]):
            y = j - origin[1]
            changing, enduring = np.uint32(0), np.uint32(0)
            for k in range(edges[4], edges[5]):
                was, own, label = before[i, j, k], after[i, j, k], labels[i, j, k]
                top, bottom = table[label, BOIL], table[label, LIQUID]
                changing += np.uint32((own > top) | (own < bottom) | (was > top) | (was < bottom))
                per = table[label, PER_THAWED]
                enduring += np.uint32((max(own, was) * per > warm) | (min(own, was) * per < icy))
            if changing == 0:  # temperatures without a branch, for vector code
                for k in range(edges[4], edges[5]):
                    z = k - origin[2]
                    kelvin = after[i, j, k] * table[labels[i, j, k], PER_THAWED]
                    b = f4(REFERENCE_C) + kelvin if mask[x, y, z] else least[x, y, z]
                    least[x, y, z] = min(least[x, y, z], b)
                    greatest[x, y, z] = max(greatest[x, y, z], b)
                if enduring == 0:
                    continue
            for k in range(edges[4], edges[5]):
                z = k - origin[2]
                was, own, label = before[i, j, k], after[i, j, k], labels[i, j, k]
                per = table[label, PER_THAWED]
                if changing == 0 and max(own, was) * per <= warm and min(own, was) * per >= icy:
                    continue
                if mask[x, y, z] == 0:
                    continue
                a, b = REFERENCE_C + temperature(was, table, label), REFERENCE_C + temperature(own, table, label)
                least[x, y, z] = min(least[x, y, z], f4(b))
                greatest[x, y, z] = max(greatest[x, y, z], f4(b))
                if max(a, b) > WARM_C:
                    cem43[x, y, z] += equivalent_minutes(a, b, seconds)
                    for n in range(len(rates)):
                        first = rates[n, 0] - rates[n, 1] / (a + 273.15)
                        last = rates[n, 0] - rates[n, 1] / (b + 273.15)
                        damage[n, x, y, z] += seconds * _mean_exponential(first, last)
                elif min(a, b) < 0.0:
                    for n in range(len(cold)):
                        below[n, x, y, z] += seconds * _share_below(a, b, cold[n])
                    _cool((x, y, z), a, b, span, cooling_c, cooling, passed)
