"""The inner loops of heat conduction on the processor: one stage of a super-step, and what is asked of its result.

The field is stored heat H (J/m³ above that at 37 °C) in float32, ``[i, j, k]`` with k contiguous. Along k the labels
are kept as runs, so that properties are scalars in loops the compiler turns into vector code. A loop writes one array:
the compiler then proves cheaply that nothing overlaps.

Within one material heat flows from cell to cell as the difference of Kirchhoff's variable Θ, the integral of
conductivity over temperature: exact for freezing and drying, one subtraction a face. Between two materials it flows as
2 A B / (A + B), with A and B the integrals of either conductivity over the temperatures between the two cells: exact
for a step of conductivity (a harmonic mean) too. Such faces are listed once and written over what the subtraction left
there. Rows that neither freeze nor boil have Θ in proportion to H.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import float32 as f4

from buttress.numerics.heat_supply import LEAST_RUN, add_life, add_source
from buttress.numerics.stored_heat import (
    BOIL,
    DRY,
    K_BOIL,
    K_FROZEN,
    K_MELT,
    LIQUID,
    ONE,
    PER_BOIL,
    PER_BOILING,
    PER_DRY,
    PER_FROZEN,
    PER_MELT,
    PER_MELTING,
    PER_THAWED,
    SOLID,
    ZERO,
    Array,
    Heat,
    Index,
    conducted,
    inlined,
    is_within,
    parts_of,
    temperature,
)

PLANES = 7
"""Planes of scratch a thread needs, each of rows one after another and a row of zeros before the first: Kirchhoff's
variable in two planes of tissue; fluxes along i through the near and the far faces of one; along j and k; rates."""

NEAR, ALONG_J, ALONG_K, RATES = (np.uint64(n) for n in (2, 4, 5, 6))


def scratch(parts: int, rows: int, cells: int) -> Heat:
    """Scratch for so many threads and planes of so many rows and cells a row."""
    return np.zeros((parts, PLANES, (rows + 1) * cells), np.float32)


@inlined
def _scale(y: Heat, i: Index, j: Index, a: Index, b: Index, slope: float, w: Heat, at: Index, e: Index) -> None:
    for n in range(a, b):
        w[at, e + n] = y[i, j, n] * slope


@inlined
def _scale_mixed(
    y: Heat, i: Index, j: Index, a: Index, b: Index, labels: Array, slopes: Heat, w: Heat, at: Index, e: Index
) -> None:
    for n in range(a, b):
        w[at, e + n] = y[i, j, n] * slopes[labels[i, j, n]]


@inlined
def _integrate(
    y: Heat, i: Index, j: Index, a: Index, b: Index, table: Heat, label: Index, w: Heat, at: Index, e: Index
) -> None:
    """Kirchhoff's variable of the cells ``a`` to ``b`` of a row of one label, into a plane, the row at ``e``."""
    solid, liquid, boil, dry = table[label, SOLID], table[label, LIQUID], table[label, BOIL], table[label, DRY]
    k_frozen, k_melt, k_boil = table[label, K_FROZEN], table[label, K_MELT], table[label, K_BOIL]
    k_thawed, half, melting, boiling = k_frozen + k_melt, f4(0.5), table[label, PER_MELTING], table[label, PER_BOILING]
    warm_1, ice_1 = k_thawed * table[label, PER_THAWED], k_frozen * table[label, PER_FROZEN]
    dry_1 = (k_thawed + k_boil) * table[label, PER_DRY]
    melt_1, melt_2 = k_thawed * melting, half * k_melt * table[label, PER_MELT] * melting
    boil_1, boil_2 = k_thawed * boiling, half * k_boil * table[label, PER_BOIL] * boiling
    for n in range(a, b):
        h = y[i, j, n]
        warm, melt, wet, over = parts_of(h, solid, liquid, boil, dry)
        ice = h - solid
        ice = f4(0.0) if ice > f4(0.0) else ice
        frozen = ice * ice_1 + melt * (melt_1 + melt * melt_2)
        w[at, e + n] = warm * warm_1 + frozen + (wet * (boil_1 + wet * boil_2) + over * dry_1)


@inlined
def _integrate_mixed(
    y: Heat, i: Index, j: Index, a: Index, b: Index, labels: Array, table: Heat, w: Heat, at: Index, e: Index
) -> None:
    """As ``_integrate`` for a row whose labels change too often for runs to pay."""
    for n in range(a, b):
        label = labels[i, j, n]
        w[at, e + n] = conducted(temperature(y[i, j, n], table, label), table, label)


@numba.njit(cache=True)
def _fill_plane(
    y: Heat, i: Index, labels: Array, starts: Array, kinds: Array, first: Array, table: Heat, slopes: Heat, box: Array,
    w: Heat, at: Index, low: float, high: float,
) -> None:  # fmt: skip
    """Kirchhoff's variable of plane ``i`` of the field, one cell beyond the box where it can, into plane ``at``."""
    nj, nk = np.uint64(y.shape[1]), np.uint64(y.shape[2])
    k0, k1 = box[4] - min(box[4], ONE), min(box[5] + ONE, nk)
    for j in range(box[2] - min(box[2], ONE), min(box[3] + ONE, nj)):
        row, e = i * nj + j, (j + ONE) * nk
        here, end = first[row], first[row + ONE]
        mixed = (end - here) * LEAST_RUN > nk
        thawed = is_within(y, i, j, k0, k1, low, high)
        if mixed and thawed:
            _scale_mixed(y, i, j, k0, k1, labels, slopes, w, at, e)
        elif mixed:
            _integrate_mixed(y, i, j, k0, k1, labels, table, w, at, e)
        else:
            for q in range(here, end):
                a = max(np.uint64(starts[q]), k0)
                b = min(np.uint64(starts[q + ONE]) if q + ONE < end else nk, k1)
                if a < b and thawed:
                    _scale(y, i, j, a, b, slopes[kinds[q]], w, at, e)
                elif a < b:
                    _integrate(y, i, j, a, b, table, kinds[q], w, at, e)


@inlined
def _subtract(w: Heat, a: Index, b: Index, shift: Index, begin: Index, end: Index, out: Index) -> None:
    """Heat into the cells of plane ``a`` from those of ``b``, ``shift`` on: the flux times the distance, W/m."""
    for e in range(begin, end):
        w[out, e] = w[b, e + shift] - w[a, e]


@numba.njit(cache=True, error_model="numpy")
def _between(h: float, label: Index, g: float, other: Index, table: Heat) -> Any:
    """Heat into a cell of stored heat ``h`` from its neighbour of ``g`` and another label, W/m."""
    here, there = temperature(h, table, label), temperature(g, table, other)
    if h <= table[label, SOLID] and g <= table[other, SOLID]:
        one, two = table[label, K_FROZEN], table[other, K_FROZEN]
        return f4(2.0) * one * two / (one + two) * (there - here)
    one = conducted(there, table, label) - conducted(here, table, label)
    two = conducted(there, table, other) - conducted(here, table, other)
    both = one + two
    return f4(0.0) if both == f4(0.0) else f4(2.0) * one * two / both


@inlined
def _amend(
    y: Heat, i: Index, j0: Index, j1: Index, k0: Index, k1: Index, di: Index, dj: Index, dk: Index, labels: Array,
    places: Array, gives: Heat, first: Array, table: Heat, w: Heat, out: Index, low: float, high: float,
) -> None:  # fmt: skip
    """Write the fluxes into rows ``j0`` to ``j1`` of a plane from the cells ``di, dj, dk`` on anew where labels differ.

    ``gives`` ``(faces, 2)``: W/m per stored heat of either cell while both are thawed.
    """
    nj, nk = np.uint64(y.shape[1]), np.uint64(y.shape[2])
    for j in range(j0, j1):
        row, e = i * nj + j, (j + ONE) * nk
        for q in range(first[row], first[row + ONE]):
            n = np.uint64(places[q])
            if k0 <= n < k1:
                h, g = y[i, j, n], y[i + di, j + dj, n + dk]
                if low <= h <= high and low <= g <= high:
                    w[out, e + n] = gives[q, ONE] * g - gives[q, ZERO] * h
                else:
                    w[out, e + n] = _between(h, labels[i, j, n], g, labels[i + di, j + dj, n + dk], table)


@inlined
def _gather(
    w: Heat, near: Index, far: Index, nk: Index, begin: Index, end: Index, ci: float, cj: float, ck: float
) -> None:
    """Heat that flows into each cell through its six faces, W/m³, into the plane of rates."""
    for e in range(begin, end):
        across = (w[ALONG_J, e] - w[ALONG_J, e - nk]) * cj + (w[far, e] - w[near, e]) * ci
        w[RATES, e] = across + (w[ALONG_K, e] - w[ALONG_K, e - ONE]) * ck


@inlined
def _sum(w: Heat, plane: Index, begin: Index, end: Index) -> Any:
    total = f4(0.0)
    for e in range(begin, end):
        total += w[plane, e]
    return total


@inlined
def _combine(
    y1: Heat, y2: Heat, out: Heat, w: Heat, e: Index, i: Index, j: Index, k0: Index, k1: Index, mu: float, nu: float,
    mt: float, over: bool,
) -> None:  # fmt: skip
    """``out = mu y1 + nu y2 + mt rate``; ``over``: out is y2, which the compiler must see to use vector code."""
    if over:
        for n in range(k0, k1):
            out[i, j, n] = mu * y1[i, j, n] + nu * out[i, j, n] + mt * w[RATES, e + n]
    else:
        for n in range(k0, k1):
            out[i, j, n] = mu * y1[i, j, n] + nu * y2[i, j, n] + mt * w[RATES, e + n]


@inlined
def _clear(w: Heat, plane: Index, begin: Index, end: Index) -> None:
    for e in range(begin, end):
        w[plane, e] = f4(0.0)


@inlined
def _through(
    w: Heat,
    e: Index,
    nk: Index,
    i: Index,
    j: Index,
    near: Index,
    far: Index,
    box: Array,
    ci: float,
    cj: float,
    ck: float,
) -> Any:
    """What a row takes in through the faces of the box, W/m³ summed over its cells; closed faces have no flux."""
    begin, end = e + box[4], e + box[5]
    total = ck * (w[ALONG_K, end - ONE] - w[ALONG_K, begin - ONE])
    if j == box[2]:
        total -= cj * _sum(w, ALONG_J, begin - nk, end - nk)
    if j + ONE == box[3]:
        total += cj * _sum(w, ALONG_J, begin, end)
    if i == box[0]:
        total -= ci * _sum(w, near, begin, end)
    if i + ONE == box[1]:
        total += ci * _sum(w, far, begin, end)
    return total


@numba.njit(cache=True)
def _flow_along_i(
    y: Heat, i: Index, labels: Array, places: Array, gives: Heat, first: Array, table: Heat, box: Array, w: Heat,
    here: Index, there: Index, out: Index, low: float, high: float,
) -> None:  # fmt: skip
    """Fluxes from plane ``i + 1`` into plane ``i``; none beyond the lattice."""
    nk = np.uint64(y.shape[2])
    begin, end = (box[2] + ONE) * nk, (box[3] + ONE) * nk
    if i + ONE >= np.uint64(y.shape[0]):
        _clear(w, out, begin, end)
        return
    _subtract(w, here, there, ZERO, begin, end, out)
    extent = (box[2], box[3], box[4], box[5])
    _amend(y, i, *extent, ONE, ZERO, ZERO, labels, places, gives, first, table, w, out, low, high)


@numba.njit(cache=True)
def _flow_along_j(
    y: Heat, i: Index, labels: Array, places: Array, gives: Heat, first: Array, table: Heat, box: Array, w: Heat,
    here: Index, low: float, high: float,
) -> None:  # fmt: skip
    """Fluxes from every row of a plane into the one before; none beyond the lattice."""
    nj, nk = np.uint64(y.shape[1]), np.uint64(y.shape[2])
    start, stop = box[2] - min(box[2], ONE), min(box[3], nj - ONE)
    _subtract(w, here, here, nk, (start + ONE) * nk, (stop + ONE) * nk, ALONG_J)
    _clear(w, ALONG_J, (stop + ONE) * nk, (box[3] + ONE) * nk)
    extent = (start, stop, box[4], box[5])
    _amend(y, i, *extent, ZERO, ONE, ZERO, labels, places, gives, first, table, w, ALONG_J, low, high)


@numba.njit(cache=True)
def _flow_along_k(
    y: Heat, i: Index, labels: Array, places: Array, gives: Heat, first: Array, table: Heat, box: Array, w: Heat,
    here: Index, low: float, high: float,
) -> None:  # fmt: skip
    """Fluxes from every cell of a plane's rows into the one before; none beyond the lattice."""
    nk = np.uint64(y.shape[2])
    k0, k1 = box[4] - min(box[4], ONE), min(box[5], nk - ONE)
    _subtract(w, here, here, ONE, (box[2] + ONE) * nk, (box[3] + ONE) * nk - ONE, ALONG_K)
    for j in range(box[2], box[3] + ONE):
        w[ALONG_K, (j + ONE) * nk - ONE] = f4(0.0)
    extent = (box[2], box[3], k0, k1)
    _amend(y, i, *extent, ZERO, ZERO, ONE, labels, places, gives, first, table, w, ALONG_K, low, high)


@numba.njit(cache=True)
def _planes(
    y: Any, runs: Any, faces: Any, table: Heat, slopes: Heat, source: Heat, box: Array, w: Heat, low: Index,
    high: Index, tally: Array, numbers: Any, mix: Any, over: bool,
) -> None:  # fmt: skip
    """The planes ``low`` to ``high`` of a stage, in order, so that each plane's integrals are computed once."""
    y1, y2, out = y
    labels, starts, kinds, first = runs
    places_i, gives_i, first_i, places_j, gives_j, first_j, places_k, gives_k, first_k = faces
    blood, ci, cj, ck, cold, hot = numbers
    mu, nu, mt = mix
    ni, nk = np.uint64(y1.shape[0]), np.uint64(y1.shape[2])
    k0, k1 = box[4], box[5]
    sourced = source.shape[0] == y1.shape[0]
    begin, end = (box[2] + ONE) * nk, (box[3] + ONE) * nk
    _fill_plane(y1, low, labels, starts, kinds, first, table, slopes, box, w, ZERO, cold, hot)
    if low > ZERO:
        _fill_plane(y1, low - ONE, labels, starts, kinds, first, table, slopes, box, w, ONE, cold, hot)
        _flow_along_i(y1, low - ONE, labels, places_i, gives_i, first_i, table, box, w, ONE, ZERO, NEAR, cold, hot)
    else:
        _clear(w, NEAR, begin, end)
    for i in range(low, high):
        odd = (i - low) & ONE
        here, there, near, far = odd, ONE - odd, NEAR + odd, NEAR + ONE - odd
        if i + ONE < ni:
            _fill_plane(y1, i + ONE, labels, starts, kinds, first, table, slopes, box, w, there, cold, hot)
        _flow_along_i(y1, i, labels, places_i, gives_i, first_i, table, box, w, here, there, far, cold, hot)
        _flow_along_j(y1, i, labels, places_j, gives_j, first_j, table, box, w, here, cold, hot)
        _flow_along_k(y1, i, labels, places_k, gives_k, first_k, table, box, w, here, cold, hot)
        _gather(w, near, far, nk, begin, end, ci, cj, ck)
        add_life(y1, i, labels, starts, kinds, first, table, box, w, RATES, tally, blood, cold, hot)
        for j in range(box[2], box[3]):
            e = (j + ONE) * nk
            if sourced:
                tally[2] += add_source(w, RATES, e, source, i, j, k0, k1)
            tally[1] += _through(w, e, nk, i, j, near, far, box, ci, cj, ck)
            _combine(y1, y2, out, w, e, i, j, k0, k1, mu, nu, mt, over)


@numba.njit(cache=True, parallel=True)
def stage(
    y: Any, runs: Any, faces: Any, table: Heat, slopes: Heat, source: Heat, box: Array, work: Heat, tally: Array,
    numbers: Any, mix: Any, over: bool,
) -> None:  # fmt: skip
    """One stage ``out = mu y1 + nu y2 + mt rate(y1)`` inside the box; cells beyond it are read and stay as they are.

    ``y`` is (y1, y2, out), ``over`` tells that out is y2; ``runs`` and ``faces`` as ``label_runs`` finds them;
    ``table`` ``(labels, columns)`` and ``slopes``, Kirchhoff's variable per stored heat of thawed tissue ``(labels,)``;
    ``numbers`` float32: blood temperature above 37 °C, 1/h² along i, j, k, and the heats between which every label is
    thawed and wet; ``mix`` float32: mu, nu, mt; ``source`` W/m³, or empty; ``work``: ``scratch``. ``tally``
    ``(parts, 3)`` receives what blood, the box's faces and sources bring, W/m³ summed over cells.
    """
    edges = box.astype(np.uint64)
    parts = tally.shape[0]
    for part in numba.prange(parts):
        low = edges[0] + (edges[1] - edges[0]) * np.uint64(part) // np.uint64(parts)
        high = edges[0] + (edges[1] - edges[0]) * np.uint64(part + 1) // np.uint64(parts)
        tally[part] = 0.0
        if low < high:
            _planes(
                y, runs, faces, table, slopes, source, edges, work[part], low, high, tally[part], numbers, mix, over
            )
