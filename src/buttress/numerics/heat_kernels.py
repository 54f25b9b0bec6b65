"""The inner loops of heat conduction on the processor: one stage of a super-step, and what is asked of its result.

The field is stored heat H (J/m³ above that at 37 °C) in float32, ``[i, j, k]`` with k contiguous. Along k the labels
are kept as runs, so that properties are scalars in loops the compiler turns into vector code. A loop writes one array:
the compiler then proves cheaply that nothing overlaps.

Between neighbours heat flows as 2 A B / (A + B), with A and B the integrals of either side's conductivity over the
temperatures between the two: exact for a step from one material to another (a harmonic mean), and exact for freezing
within one (Kirchhoff's variable). The integral of the melted fraction is the difference of what each cell keeps for
its own material, bounded by the two cells' fractions. A harmonic mean of the cells' conductivities instead makes an
ice ball 0.15 mm too small at 1 mm and 0.5 mm at 2 mm.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import float32 as f4
from numpy.typing import NDArray

Heat = NDArray[np.float32]
Array = NDArray[Any]
Index = Any
"""An unsigned 64-bit integer."""

FAST = {"contract", "reassoc", "nsz", "arcp"}
"""What the compiler may assume; not that numbers are finite, for a report has to notice when they are not."""

SOLID, LIQUID, BOIL, DRY = 0, 1, 2, 3
PER_FROZEN, PER_MELTING, PER_THAWED, PER_BOILING, PER_DRY, PER_MELT, PER_BOIL = 4, 5, 6, 7, 8, 9, 10
K_FROZEN, K_MELT, K_BOIL, PERFUSION, METABOLIC = 11, 12, 13, 14, 15

ZERO, ONE, TWO, THREE, FOUR, FIVE = (np.uint64(n) for n in range(6))
"""Unsigned indices: the compiler then need not ask whether to count from the end, and can use vector code."""

LEAST_RUN = np.uint64(12)
"""Rows whose runs are shorter than this on average are done cell by cell."""

PLANES = 13
"""Planes of scratch a thread needs: 0 to 4 and 5 to 9 for two planes of tissue, each temperature, melted fraction, its
integral over temperature, conductivity without melting and what melting adds; then two of fluxes along i (``NEAR``)
and rows (``ROWS``): fluxes along k, along j twice, rates, integrals."""

NEAR, ROWS = np.uint64(10), np.uint64(12)
LEAST_ROWS = 5


@numba.njit(cache=True, error_model="numpy")
def temperature(heat: float, row: Array) -> Any:
    """Kelvins above 37 °C of one cell's stored heat; ``row`` is its label's column of the table."""
    if heat < row[LIQUID]:
        if heat < row[SOLID]:
            return (
                row[LIQUID] * row[PER_THAWED]
                + (row[SOLID] - row[LIQUID]) * row[PER_MELTING]
                + (heat - row[SOLID]) * row[PER_FROZEN]
            )
        return row[LIQUID] * row[PER_THAWED] + (heat - row[LIQUID]) * row[PER_MELTING]
    if heat <= row[BOIL]:
        return heat * row[PER_THAWED]
    if heat <= row[DRY]:
        return row[BOIL] * row[PER_THAWED] + (heat - row[BOIL]) * row[PER_BOILING]
    return row[BOIL] * row[PER_THAWED] + (row[DRY] - row[BOIL]) * row[PER_BOILING] + (heat - row[DRY]) * row[PER_DRY]


@numba.njit(cache=True, error_model="numpy")
def conducted(kelvin: float, row: Array) -> Any:
    """Kirchhoff's variable, the integral of conductivity over temperature (W/m), of kelvins above 37 °C."""
    solid = row[LIQUID] * row[PER_THAWED] + (row[SOLID] - row[LIQUID]) * row[PER_MELTING]
    liquid, boil = row[LIQUID] * row[PER_THAWED], row[BOIL] * row[PER_THAWED]
    dry = boil + (row[DRY] - row[BOIL]) * row[PER_BOILING]
    thawed = row[K_FROZEN] + row[K_MELT]
    total = thawed * min(max(kelvin, liquid), boil)
    short = liquid - min(max(kelvin, solid), liquid)
    total -= short * (thawed - 0.5 * row[K_MELT] * short / (liquid - solid))
    total += row[K_FROZEN] * min(kelvin - solid, 0.0)
    over = min(max(kelvin, boil), dry) - boil
    total += over * (thawed + 0.5 * row[K_BOIL] * over / (dry - boil))
    return total + (thawed + row[K_BOIL]) * max(kelvin - dry, 0.0)


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def _fill_run(y: Heat, i: Index, j: Index, a: Index, b: Index, p: Heat, w: Heat, at: Index) -> None:
    """Planes ``at`` to ``at + 4`` for the cells ``a`` to ``b`` of a row, which have one label of properties ``p``."""
    solid, liquid, boil, dry = p[SOLID], p[LIQUID], p[BOIL], p[DRY]
    frozen, melting, thawed = p[PER_FROZEN], p[PER_MELTING], p[PER_THAWED]
    boiling, dried, per_boil, per_melt = p[PER_BOILING], p[PER_DRY], p[PER_BOIL], p[PER_MELT]
    k_frozen, k_melt, k_boil = p[K_FROZEN], p[K_MELT], p[K_BOIL]
    s_plane, m_plane, k_plane, d_plane = at + ONE, at + TWO, at + THREE, at + FOUR
    for n in range(a, b):
        e = y[i, j, n]
        e = liquid if e > liquid else e
        e = (solid if e < solid else e) - liquid
        w[s_plane, j, n] = f4(1.0) + e * per_melt
    for n in range(a, b):  # all but what is below the solidus
        e = y[i, j, n]
        below = liquid if e > liquid else e
        below = (solid if below < solid else below) - liquid
        warm = liquid if e < liquid else e
        steam = (boil if warm < boil else warm) - boil
        warm = boil if warm > boil else warm
        wet = dry - boil
        wet = wet if steam > wet else steam
        w[at, j, n] = warm * thawed + below * melting + wet * boiling + (steam - wet) * dried
    for n in range(a, b):
        below = (w[s_plane, j, n] - f4(1.0)) / per_melt
        w[m_plane, j, n] = w[at, j, n] + f4(0.5) * melting * below * (w[s_plane, j, n] - f4(1.0))
    for n in range(a, b):
        ice = y[i, j, n] - solid
        w[at, j, n] += (f4(0.0) if ice > f4(0.0) else ice) * frozen
    for n in range(a, b):
        v = (y[i, j, n] - boil) * per_boil
        v = f4(0.0) if v < f4(0.0) else v
        w[k_plane, j, n] = k_frozen + k_boil * (f4(1.0) if v > f4(1.0) else v)
    for n in range(a, b):
        w[d_plane, j, n] = k_melt


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def _fill_mixed(
    y: Heat, i: Index, j: Index, a: Index, b: Index, labels: Array, table: Heat, w: Heat, at: Index
) -> None:
    """As ``_fill_run`` for a row whose labels change too often for runs to pay."""
    for n in range(a, b):
        p, h = table[labels[i, j, n]], y[i, j, n]
        kelvin = temperature(h, p)
        melted = (h - p[SOLID]) * p[PER_MELT]
        melted = f4(1.0) if melted > f4(1.0) else melted
        melted = f4(0.0) if melted < f4(0.0) else melted
        dried = (h - p[BOIL]) * p[PER_BOIL]
        dried = f4(1.0) if dried > f4(1.0) else dried
        dried = f4(0.0) if dried < f4(0.0) else dried
        ice = h - p[SOLID]
        ice = f4(0.0) if ice > f4(0.0) else ice
        short = (f4(1.0) - melted) / p[PER_MELT] * p[PER_MELTING]
        w[at, j, n] = kelvin
        w[at + ONE, j, n] = melted
        w[at + TWO, j, n] = kelvin - ice * p[PER_FROZEN] + f4(0.5) * short * (f4(1.0) - melted)
        w[at + THREE, j, n] = p[K_FROZEN] + p[K_BOIL] * dried
        w[at + FOUR, j, n] = p[K_MELT]


@numba.njit(cache=True)
def _fill_plane(
    y: Heat,
    i: Index,
    labels: Array,
    starts: Array,
    kinds: Array,
    first: Array,
    table: Heat,
    box: Array,
    w: Heat,
    at: Index,
) -> None:
    """The planes of scratch from ``at`` for plane ``i`` of the field, one cell beyond the box where it can."""
    nj, nk = np.uint64(y.shape[1]), np.uint64(y.shape[2])
    k0, k1 = box[4] - min(box[4], ONE), min(box[5] + ONE, nk)
    for j in range(box[2] - min(box[2], ONE), min(box[3] + ONE, nj)):
        row = i * nj + j
        runs, end = first[row], first[row + ONE]
        if (end - runs) * LEAST_RUN > nk:
            _fill_mixed(y, i, j, k0, k1, labels, table, w, at)
            continue
        for q in range(runs, end):
            a = max(np.uint64(starts[q]), k0)
            b = min(np.uint64(starts[q + ONE]) if q + ONE < end else nk, k1)
            if a < b:
                _fill_run(y, i, j, a, b, table[kinds[q]], w, at)


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def _flux(
    w: Heat, a: Index, ja: Index, b: Index, jb: Index, shift: Index, k0: Index, k1: Index, out: Index, jo: Index
) -> None:
    """Heat into cells of row ``ja`` (planes from ``a``) from those of ``jb`` (planes from ``b``, ``shift`` cells on).

    Written into row ``jo`` of plane ``out``, ``shift`` cells on: half the flux times the distance, W/m.
    """
    a1, a2, a3, a4 = a + ONE, a + TWO, a + THREE, a + FOUR
    b1, b2, b3, b4 = b + ONE, b + TWO, b + THREE, b + FOUR
    for n in range(k0, k1):
        m = n + shift
        apart = w[b, jb, m] - w[a, ja, n]
        one, two = w[a1, ja, n] * apart, w[b1, jb, m] * apart
        low, high = (two if two < one else one), (one if two < one else two)
        melted = w[b2, jb, m] - w[a2, ja, n]
        melted = low if melted < low else melted
        w[ROWS, FOUR, n] = high if melted > high else melted
    for n in range(k0, k1):
        m = n + shift
        apart, melted = w[b, jb, m] - w[a, ja, n], w[ROWS, FOUR, n]
        one = w[a3, ja, n] * apart + w[a4, ja, n] * melted
        two = w[b3, jb, m] * apart + w[b4, jb, m] * melted
        both = one + two
        w[out, jo, m] = one * two / (f4(1.0) if both == f4(0.0) else both)


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def _gather(w: Heat, j: Index, near: Index, far: Index, k0: Index, k1: Index, ci: float, cj: float, ck: float) -> None:
    """Heat that flows into each cell of a row through its six faces, W/m³, into the row of rates."""
    j0, j1 = ONE + (j & ONE), TWO - (j & ONE)
    for n in range(k0, k1):
        across = (w[ROWS, j1, n] - w[ROWS, j0, n]) * cj + (w[far, j, n] - w[near, j, n]) * ci
        w[ROWS, THREE, n] = across + (w[ROWS, ZERO, n + ONE] - w[ROWS, ZERO, n]) * ck


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def _add(w: Heat, source: Heat, i: Index, j: Index, k0: Index, k1: Index) -> Any:
    """Add a row of sources to the rates; returns their sum."""
    total = f4(0.0)
    for n in range(k0, k1):
        w[ROWS, THREE, n] += source[i, j, n]
        total += source[i, j, n]
    return total


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def _perfuse(w: Heat, at: Index, j: Index, a: Index, b: Index, flow: float, own: float, blood: float) -> Any:
    """Add blood flow and own heat of a run to the rates; returns what the blood brings, summed."""
    total = f4(0.0)
    s_plane = at + ONE
    for n in range(a, b):
        brought = flow * w[s_plane, j, n] * (blood - w[at, j, n])
        w[ROWS, THREE, n] += brought + own
        total += brought
    return total


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def _perfuse_mixed(
    w: Heat, at: Index, i: Index, j: Index, a: Index, b: Index, labels: Array, table: Heat, blood: float, tally: Array
) -> None:
    """As ``_perfuse`` for a row whose labels change too often."""
    total, own = f4(0.0), f4(0.0)
    for n in range(a, b):
        label = labels[i, j, n]
        brought = table[label, PERFUSION] * w[at + ONE, j, n] * (blood - w[at, j, n])
        w[ROWS, THREE, n] += brought + table[label, METABOLIC]
        total += brought
        own += table[label, METABOLIC]
    tally[0] += total
    tally[2] += own


@numba.njit(cache=True, error_model="numpy")
def _live(
    w: Heat, at: Index, i: Index, j: Index, labels: Array, starts: Array, kinds: Array, first: Array, table: Heat,
    box: Array, blood: float, tally: Array,
) -> None:  # fmt: skip
    """Add what blood and metabolism bring to a row's rates."""
    nk = np.uint64(labels.shape[2])
    row = i * np.uint64(labels.shape[1]) + j
    runs, end = first[row], first[row + ONE]
    if (end - runs) * LEAST_RUN > nk:
        _perfuse_mixed(w, at, i, j, box[4], box[5], labels, table, blood, tally)
        return
    for q in range(runs, end):
        a = max(np.uint64(starts[q]), box[4])
        b = min(np.uint64(starts[q + ONE]) if q + ONE < end else nk, box[5])
        flow, own = table[kinds[q], PERFUSION], table[kinds[q], METABOLIC]
        if a < b and (flow != f4(0.0) or own != f4(0.0)):
            tally[0] += _perfuse(w, at, j, a, b, flow, own, blood)
            tally[2] += own * f4(b - a)


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def _sum(w: Heat, plane: Index, j: Index, k0: Index, k1: Index) -> Any:
    total = f4(0.0)
    for n in range(k0, k1):
        total += w[plane, j, n]
    return total


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def _combine(
    y1: Heat, y2: Heat, out: Heat, w: Heat, i: Index, j: Index, k0: Index, k1: Index, numbers: Heat, over: bool
) -> None:
    """``out = mu y1 + nu y2 + mt rate``; ``over``: out is y2, which the compiler must see to use vector code."""
    mu, nu, mt = numbers[4], numbers[5], numbers[6]
    if over:
        for n in range(k0, k1):
            out[i, j, n] = mu * y1[i, j, n] + nu * out[i, j, n] + mt * w[ROWS, THREE, n]
    else:
        for n in range(k0, k1):
            out[i, j, n] = mu * y1[i, j, n] + nu * y2[i, j, n] + mt * w[ROWS, THREE, n]


@numba.njit(cache=True, error_model="numpy")
def _faces(w: Heat, i: Index, j: Index, here: Index, there: Index, far: Index, shape: Any, box: Array) -> None:
    """Fluxes through the faces of a row's cells that are not known yet: along k, towards j + 1, towards i + 1."""
    ni, nj, nk = shape
    k0, k1, j_far = box[4], box[5], TWO - (j & ONE)
    _flux(w, here, j, here, j, ONE, k0 - min(k0, ONE), min(k1, nk - ONE), ROWS, ZERO)
    if j + ONE < nj:
        _flux(w, here, j, here, j + ONE, ZERO, k0, k1, ROWS, j_far)
    else:
        _clear(w, ROWS, j_far, k0, k1)
    if i + ONE < ni:
        _flux(w, here, j, there, j, ZERO, k0, k1, far, j)
    else:
        _clear(w, far, j, k0, k1)


@numba.njit(cache=True)
def _clear(w: Heat, plane: Index, j: Index, k0: Index, k1: Index) -> None:
    for n in range(k0, k1):
        w[plane, j, n] = f4(0.0)


@numba.njit(cache=True)
def _through(w: Heat, i: Index, j: Index, near: Index, far: Index, box: Array, numbers: Heat) -> Any:
    """What a row takes in through the faces of the box, W/m³ summed over its cells; closed faces have no flux."""
    k0, k1 = box[4], box[5]
    total = numbers[3] * (w[ROWS, ZERO, k1] - w[ROWS, ZERO, k0])
    if j == box[2]:
        total -= numbers[2] * _sum(w, ROWS, ONE + (j & ONE), k0, k1)
    if j + ONE == box[3]:
        total += numbers[2] * _sum(w, ROWS, TWO - (j & ONE), k0, k1)
    if i == box[0]:
        total -= numbers[1] * _sum(w, near, j, k0, k1)
    if i + ONE == box[1]:
        total += numbers[1] * _sum(w, far, j, k0, k1)
    return total


@numba.njit(cache=True)
def _planes(
    y1: Heat, y2: Heat, out: Heat, labels: Array, starts: Array, kinds: Array, first: Array, table: Heat, source: Heat,
    box: Array, w: Heat, low: Index, high: Index, tally: Array, numbers: Heat, over: bool,
) -> None:  # fmt: skip
    """The planes ``low`` to ``high`` of a stage, in order, so that each plane's temperatures are computed once."""
    ni, nj, nk = np.uint64(y1.shape[0]), np.uint64(y1.shape[1]), np.uint64(y1.shape[2])
    k0, k1 = box[4], box[5]
    sourced = source.shape[0] == y1.shape[0]
    _fill_plane(y1, low, labels, starts, kinds, first, table, box, w, ZERO)
    if low > ZERO:
        _fill_plane(y1, low - ONE, labels, starts, kinds, first, table, box, w, FIVE)
    for j in range(box[2], box[3]):
        if low > ZERO:
            _flux(w, FIVE, j, ZERO, j, ZERO, k0, k1, NEAR, j)
        else:
            _clear(w, NEAR, j, k0, k1)
    for i in range(low, high):
        odd = (i - low) & ONE
        here, there, near, far = odd * FIVE, FIVE - odd * FIVE, NEAR + odd, NEAR + ONE - odd
        if i + ONE < ni:
            _fill_plane(y1, i + ONE, labels, starts, kinds, first, table, box, w, there)
        _clear(w, ROWS, ZERO, ZERO, nk + ONE)
        if box[2] > ZERO:
            _flux(w, here, box[2] - ONE, here, box[2], ZERO, k0, k1, ROWS, ONE + (box[2] & ONE))
        else:
            _clear(w, ROWS, ONE, k0, k1)
        for j in range(box[2], box[3]):
            _faces(w, i, j, here, there, far, (ni, nj, nk), box)
            _gather(w, j, near, far, k0, k1, numbers[1], numbers[2], numbers[3])
            _live(w, here, i, j, labels, starts, kinds, first, table, box, numbers[0], tally)
            if sourced:
                tally[2] += _add(w, source, i, j, k0, k1)
            tally[1] += _through(w, i, j, near, far, box, numbers)
            _combine(y1, y2, out, w, i, j, k0, k1, numbers, over)


@numba.njit(cache=True, parallel=True)
def stage(
    y: Any, runs: Any, table: Heat, source: Heat, box: Array, work: Heat, tally: Array, numbers: Heat, over: bool
) -> None:
    """One stage ``out = mu y1 + nu y2 + mt rate(y1)`` inside the box; cells beyond it are read and stay as they are.

    ``y`` is (y1, y2, out), ``over`` tells that out is y2; ``numbers`` (blood temperature above 37 °C, 2/h² along i, j,
    k, mu, nu, mt); ``table`` ``(labels, columns)``; ``source`` W/m³, or empty; ``work`` ``(parts, PLANES, max(nj, 5),
    nk + 1)``. ``tally`` ``(parts, 3)`` receives what blood, the box's faces and sources bring, W/m³ summed over cells.
    """
    y1, y2, out = y
    labels, starts, kinds, first = runs
    edges = box.astype(np.uint64)
    parts = tally.shape[0]
    for part in numba.prange(parts):
        low = edges[0] + (edges[1] - edges[0]) * np.uint64(part) // np.uint64(parts)
        high = edges[0] + (edges[1] - edges[0]) * np.uint64(part + 1) // np.uint64(parts)
        tally[part] = 0.0
        if low < high:
            _planes(
                y1, y2, out, labels, starts, kinds, first, table, source, edges, work[part], low, high, tally[part],
                numbers, over,
            )  # fmt: skip
