"""How well tissue conducts current at its present temperature, water and ice."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import float32 as f4
from numpy.typing import NDArray

from buttress.numerics.heat_problem import Heat, HeatProblem, HeatState
from buttress.numerics.stored_heat import BOIL, LIQUID, PER_BOIL, PER_MELT, PER_THAWED, SOLID, temperature

LEAST = np.float32(0.2)
"""Numerical, ours: the linear law is not followed below a fifth of the conductivity at 37 °C; there tissue freezes."""


def electrical_conductivity(
    problem: HeatProblem,
    state: HeatState,
    at_37_s_m: NDArray[Any],
    *,
    per_kelvin: float,
    boiled_factor: float,
    frozen_factor: float,
    out: Heat | None = None,
) -> Heat:
    """Conductivity now, S/m, float32 ``(ni, nj, nk)``: ``σ37 (1 + c (T - 37))`` up to boiling.

    From there it goes to ``boiled_factor`` of that with the share of water boiled off, and below freezing to
    ``frozen_factor`` with the share frozen, on a logarithmic scale.

    ``at_37_s_m`` ``(labels,)``. With ``out``, an earlier answer, only the state's box of disturbed tissue is renewed.
    Raises ``ValueError`` for a number of conductivities other than that of labels.
    """
    count = len(problem.materials)
    base = np.asarray(at_37_s_m, dtype=np.float32)
    if base.shape != (count,):
        raise ValueError(f"{base.shape} conductivities for {count} labels")
    whole = np.array([edge for size in problem.labels.shape for edge in (0, size)], dtype=np.int64)
    box = whole if out is None or state.box is None else state.box
    found = np.empty(problem.labels.shape, np.float32) if out is None else out
    factors = (np.float32(per_kelvin), np.float32(np.log(boiled_factor)), np.float32(np.log(frozen_factor)))
    _conduct(state.enthalpy, problem.labels, problem.table, base, factors, box, found)
    return found


@numba.njit(cache=True, parallel=True, error_model="numpy")
def _conduct(heat: Heat, labels: Any, table: Heat, base: Heat, factors: Any, box: Any, out: Heat) -> None:
    edges = box.astype(np.uint64)  # unsigned: nothing counts from the end
    for plane in numba.prange(box[0], box[1]):
        i = np.uint64(plane)
        for j in range(edges[2], edges[3]):
            changed = np.uint32(0)
            for k in range(edges[4], edges[5]):
                own, label = heat[i, j, k], labels[i, j, k]
                out[i, j, k] = base[label] * max(f4(1.0) + factors[0] * own * table[label, PER_THAWED], LEAST)
                changed += np.uint32((own > table[label, BOIL]) | (own < table[label, LIQUID]))
            if changed > 0:
                for k in range(edges[4], edges[5]):
                    out[i, j, k] = _frozen_or_boiled(heat[i, j, k], labels[i, j, k], table, base, factors, out[i, j, k])


@numba.njit(cache=True, error_model="numpy")
def _frozen_or_boiled(own: Any, label: Any, table: Heat, base: Heat, factors: Any, thawed: Any) -> Any:
    """Conductivity of a cell that may have changed its phase; ``thawed`` where it has not."""
    boil = table[label, BOIL]
    if table[label, LIQUID] <= own <= boil:
        return thawed
    kelvin = min(temperature(own, table, label), boil * table[label, PER_THAWED])
    boiled = min(max((own - boil) * table[label, PER_BOIL], f4(0.0)), f4(1.0))
    frozen = f4(1.0) - min(max((own - table[label, SOLID]) * table[label, PER_MELT], f4(0.0)), f4(1.0))
    change = np.exp(boiled * factors[1] + frozen * factors[2])
    return base[label] * max(f4(1.0) + factors[0] * kelvin, LEAST) * change
