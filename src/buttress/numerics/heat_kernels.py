"""The inner loops of heat conduction on the processor: one stage of a super-step, and what is asked of its result.

The field is stored heat H (J/m³ above that at 37 °C) in float32, ``[i, j, k]`` with k contiguous. Along k the labels are
kept as runs, so that properties are scalars in loops the compiler turns into vector code. A loop writes one array: the
compiler then proves cheaply that nothing overlaps.

Between neighbours the conductivity is the harmonic mean over material, each side taken at the mean melted fraction of
the two: exact for a step from one material to another, and for one material the trapezoid of ∫k dT across the melting
range (a plain harmonic mean makes an ice ball 0.15 mm too small at 1 mm and 0.5 mm at 2 mm).
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import float32 as f4
from numpy.typing import NDArray

Heat = NDArray[np.float32]
Array = NDArray[Any]

FAST = {"contract", "reassoc", "nsz", "arcp"}
"""What the compiler may assume; not that numbers are finite, for a report has to notice when they are not."""

SOLID, LIQUID, BOIL, DRY = 0, 1, 2, 3
PER_FROZEN, PER_MELTING, PER_THAWED, PER_BOILING, PER_DRY, PER_MELT, PER_BOIL = 4, 5, 6, 7, 8, 9, 10
K_FROZEN, K_MELT, K_BOIL, PERFUSION, METABOLIC = 11, 12, 13, 14, 15

PLANES = 11
"""Planes of scratch a thread needs: temperature, conductivity, melted fraction and slope for two planes, two of fluxes
along i, and rows."""


@numba.njit(cache=True)
def find_runs(labels: Array, starts: Array, kinds: Array, first: Array) -> int:
    """Runs of equal label along k: row r owns runs ``first[r]`` to ``first[r + 1]``. Returns how many there are.

    With empty ``starts`` it only counts.
    """
    ni, nj, nk = labels.shape
    count = 0
    write = len(starts) > 0
    for i in range(ni):
        for j in range(nj):
            first[i * nj + j] = count
            for k in range(nk):
                if k == 0 or labels[i, j, k] != labels[i, j, k - 1]:
                    if write:
                        starts[count], kinds[count] = k, labels[i, j, k]
                    count += 1
    first[ni * nj] = count
    return count


@numba.njit(cache=True, error_model="numpy")
def temperature(heat: float, row: Array) -> float:
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
def conducted(kelvin: float, row: Array) -> float:
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


@numba.njit(cache=True, fastmath=FAST)
def _fill_run(h: Heat, lo: int, hi: int, p: Heat, t: Heat, k: Heat, s: Heat, d: Heat) -> None:
    """Temperature, conductivity, melted fraction and what melting adds, of the cells ``lo`` to ``hi`` of one label."""
    solid, liquid, boil, dry = p[SOLID], p[LIQUID], p[BOIL], p[DRY]
    frozen, melting, thawed = p[PER_FROZEN], p[PER_MELTING], p[PER_THAWED]
    boiling, dried, per_boil = p[PER_BOILING], p[PER_DRY], p[PER_BOIL]
    melt, k_frozen, k_melt, k_boil = p[PER_MELT], p[K_FROZEN], p[K_MELT], p[K_BOIL]
    for n in range(lo, hi):
        e = h[n]
        below = liquid if e > liquid else e
        ice = solid if below > solid else below
        below = (solid if below < solid else below) - liquid
        warm = liquid if e < liquid else e
        steam = (boil if warm < boil else warm) - boil
        warm = boil if warm > boil else warm
        wet = dry - boil
        wet = wet if steam > wet else steam
        t[n] = warm * thawed + below * melting + (ice - solid) * frozen + wet * boiling + (steam - wet) * dried
    for n in range(lo, hi):
        e = h[n]
        e = liquid if e > liquid else e
        e = solid if e < solid else e
        s[n] = f4(1.0) + (e - liquid) * melt
    for n in range(lo, hi):
        steam = h[n] - boil
        steam = f4(0.0) if steam < f4(0.0) else steam
        v = steam * per_boil
        k[n] = k_frozen + k_melt * s[n] + k_boil * (f4(1.0) if v > f4(1.0) else v)
    for n in range(lo, hi):
        d[n] = k_melt


@numba.njit(cache=True)
def _fill_plane(y: Heat, i: int, box: Array, runs: Any, table: Heat, plane: Heat) -> None:
    """Temperature and conduction of plane ``i``, one cell beyond the box where the grid has one."""
    starts, kinds, first = runs
    _, nj, nk = y.shape
    k0, k1 = max(box[4] - 1, 0), min(box[5] + 1, nk)
    for j in range(max(box[2] - 1, 0), min(box[3] + 1, nj)):
        row = i * nj + j
        h = y[i, j]
        for q in range(first[row], first[row + 1]):
            lo = max(starts[q], k0)
            hi = min(starts[q + 1] if q + 1 < first[row + 1] else nk, k1)
            if lo < hi:
                _fill_run(h, lo, hi, table[kinds[q]], plane[0, j], plane[1, j], plane[2, j], plane[3, j])


@numba.njit(cache=True, fastmath=FAST)
def _flux(a: Heat, ja: int, b: Heat, jb: int, lo: int, hi: int, out: Heat) -> None:
    """Twice the flux from row ``jb`` of plane ``b`` into row ``ja`` of plane ``a`` times the distance, W/m."""
    ta, ka, sa, da = a[0, ja], a[1, ja], a[2, ja], a[3, ja]
    tb, kb, sb, db = b[0, jb], b[1, jb], b[2, jb], b[3, jb]
    for n in range(lo, hi):
        half = f4(0.5) * (sb[n] - sa[n])
        k1, k2 = ka[n] + da[n] * half, kb[n] - db[n] * half
        out[n] = (tb[n] - ta[n]) * (k1 * k2 / (k1 + k2))


@numba.njit(cache=True, fastmath=FAST)
def _flux_along(a: Heat, j: int, lo: int, hi: int, faces: Heat) -> None:
    """As ``_flux``, from each cell's next neighbour in the row into it; ``faces[n]`` is the lower face of cell n."""
    t, k, s, d = a[0, j], a[1, j], a[2, j], a[3, j]
    for n in range(lo, hi):
        half = f4(0.5) * (s[n + 1] - s[n])
        k1, k2 = k[n] + d[n] * half, k[n + 1] - d[n + 1] * half
        faces[n + 1] = (t[n + 1] - t[n]) * (k1 * k2 / (k1 + k2))


@numba.njit(cache=True, fastmath=FAST)
def _gather(out: Heat, x: Heat, y0: Heat, y1: Heat, z0: Heat, z1: Heat, c: Any, lo: int, hi: int) -> None:
    """Heat that flows into each cell of a row through its six faces, W/m³."""
    ci, cj, ck = c
    for n in range(lo, hi):
        out[n] = (y1[n] - y0[n]) * cj + (z1[n] - z0[n]) * ci
    for n in range(lo, hi):
        out[n] += (x[n + 1] - x[n]) * ck


@numba.njit(cache=True, fastmath=FAST)
def _add(out: Heat, more: Heat, lo: int, hi: int) -> f4:
    """Add a row to another; returns the sum of what was added."""
    total = f4(0.0)
    for n in range(lo, hi):
        out[n] += more[n]
        total += more[n]
    return total


@numba.njit(cache=True, fastmath=FAST)
def _perfuse(rate: Heat, t: Heat, s: Heat, lo: int, hi: int, flow: f4, own: f4, blood: f4) -> f4:
    """Add blood flow and own heat to a row's rate; returns what the blood brings, summed."""
    total = f4(0.0)
    for n in range(lo, hi):
        brought = flow * s[n] * (blood - t[n])
        rate[n] += brought + own
        total += brought
    return total


@numba.njit(cache=True, fastmath=FAST)
def _sum(row: Heat, lo: int, hi: int) -> f4:
    total = f4(0.0)
    for n in range(lo, hi):
        total += row[n]
    return total


@numba.njit(cache=True, fastmath=FAST)
def _combine(out: Heat, y1: Heat, y2: Heat, rate: Heat, lo: int, hi: int, mu: f4, nu: f4, mt: f4, over: bool) -> None:
    """``out = mu y1 + nu y2 + mt rate``; ``over``: out is y2, which the compiler must see to use vector code."""
    if over:
        for n in range(lo, hi):
            out[n] = mu * y1[n] + nu * out[n] + mt * rate[n]
    else:
        for n in range(lo, hi):
            out[n] = mu * y1[n] + nu * y2[n] + mt * rate[n]


@numba.njit(cache=True)
def _row(
    i: int, j: int, y: Any, runs: Any, table: Heat, source: Heat, box: Array, work: Any, numbers: Heat, over: bool
) -> None:
    """One row of a stage: fluxes through its far faces, blood, sources, and the new value."""
    y1, y2, out = y
    here, there, near, far, rows, tally = work
    blood, ci, cj, ck, mu, nu, mt = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]
    starts, kinds, first = runs
    ni, nj, nk = y1.shape
    k0, k1 = box[4], box[5]
    faces, j_near, j_far, rate = rows[0], rows[1 + (j & 1)], rows[2 - (j & 1)], rows[3]
    _flux_along(here, j, max(k0 - 1, 0), min(k1, nk - 1), faces)
    if j + 1 < nj:
        _flux(here, j, here, j + 1, k0, k1, j_far)
    else:
        j_far[k0:k1] = f4(0.0)
    if i + 1 < ni:
        _flux(here, j, there, j, k0, k1, far[j])
    else:
        far[j, k0:k1] = f4(0.0)
    _gather(rate, faces, j_near, j_far, near[j], far[j], (ci, cj, ck), k0, k1)
    row = i * nj + j
    for q in range(first[row], first[row + 1]):
        a = max(starts[q], k0)
        b = min(starts[q + 1] if q + 1 < first[row + 1] else nk, k1)
        p = table[kinds[q]]
        if a < b and (p[PERFUSION] != f4(0.0) or p[METABOLIC] != f4(0.0)):
            tally[0] += _perfuse(rate, here[0, j], here[2, j], a, b, p[PERFUSION], p[METABOLIC], blood)
            tally[2] += p[METABOLIC] * (b - a)
    if source.shape[0] == ni:
        tally[2] += _add(rate, source[i, j], k0, k1)
    through = ck * (faces[k1] - faces[k0])
    if j == box[2]:
        through -= cj * _sum(j_near, k0, k1)
    if j + 1 == box[3]:
        through += cj * _sum(j_far, k0, k1)
    if i == box[0]:
        through -= ci * _sum(near[j], k0, k1)
    if i + 1 == box[1]:
        through += ci * _sum(far[j], k0, k1)
    tally[1] += through
    _combine(out[i, j], y1[i, j], y2[i, j], rate, k0, k1, mu, nu, mt, over)


@numba.njit(cache=True)
def _planes(y: Any, runs: Any, table: Heat, source: Heat, box: Array, work: Any, numbers: Heat, over: bool) -> None:
    """The planes ``work[1]`` to ``work[2]`` of a stage, in order, each plane's temperatures computed once."""
    mine, low, high, tally = work
    y1 = y[0]
    rows = mine[10]
    _fill_plane(y1, low, box, runs, table, mine[0:4])
    mine[8, :, box[4] : box[5]] = f4(0.0)
    if low > 0:
        _fill_plane(y1, low - 1, box, runs, table, mine[4:8])
        for j in range(box[2], box[3]):
            _flux(mine[4:8], j, mine[0:4], j, box[4], box[5], mine[8, j])
    for i in range(low, high):
        odd = (i - low) & 1
        here, there = mine[4 * odd : 4 * odd + 4], mine[4 - 4 * odd : 8 - 4 * odd]
        if i + 1 < y1.shape[0]:
            _fill_plane(y1, i + 1, box, runs, table, there)
        rows[0:3] = f4(0.0)
        if box[2] > 0:
            _flux(here, box[2] - 1, here, box[2], box[4], box[5], rows[1 + (box[2] & 1)])
        planes = (here, there, mine[8 + odd], mine[9 - odd], rows, tally)
        for j in range(box[2], box[3]):
            _row(i, j, y, runs, table, source, box, planes, numbers, over)


@numba.njit(cache=True, parallel=True)
def stage(
    y: Any, runs: Any, table: Heat, source: Heat, box: Array, work: Heat, tally: Array, numbers: Heat, over: bool
) -> None:
    """One stage ``out = mu y1 + nu y2 + mt rate(y1)`` inside the box; cells beyond it are read and stay as they are.

    ``y`` is (y1, y2, out), ``over`` tells that out is y2; ``numbers`` (blood temperature above 37 °C, 2/h² along i, j, k,
    mu, nu, mt); ``table`` ``(labels, columns)``; ``source`` W/m³, or empty; ``work`` ``(parts, PLANES, max(nj, 4), nk + 1)``.
    ``tally`` ``(parts, 3)`` receives what blood, the box's faces and sources bring, W/m³ summed over cells.
    """
    parts = tally.shape[0]
    for part in numba.prange(parts):
        low = box[0] + (box[1] - box[0]) * part // parts
        high = box[0] + (box[1] - box[0]) * (part + 1) // parts
        tally[part] = 0.0
        if low < high:
            _planes(y, runs, table, source, box, (work[part], low, high, tally[part]), numbers, over)
