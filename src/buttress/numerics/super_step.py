"""One super-time-step of heat conduction: the stages of RKL1 with the needles between them, and what bounds a step.

RKL1 (Meyer, Balsara and Aslam 2014): with w = 2/(s² + s), Y₁ = Y₀ + w τ L(Y₀) and

    Y_j = (2j - 1)/j Y_{j-1} + (1 - j)/j Y_{j-2} + (2j - 1)/j w τ L(Y_{j-1}),   j = 2 … s

is stable for τ ≤ (s² + s)/2 explicit steps: s stages go (s + 1)/2 times as far as s explicit steps. Every stage moves
stored heat, so latent heat is conserved; energies are carried through the same recursion and balance to round-off.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import float32 as f4
from numpy.typing import NDArray

from buttress.numerics.heat_kernels import stage
from buttress.numerics.stored_heat import (
    FAST,
    K_BOIL,
    K_FROZEN,
    K_MELT,
    PER_DRY,
    PER_FROZEN,
    PER_THAWED,
    PERFUSION,
    conducted,
    temperature,
)

Heat = NDArray[np.float32]
Array = NDArray[Any]

OFF, HELD, POWERED = 0, 1, 2
"""What a needle does: nothing, hold a temperature, give a power."""


@numba.njit(cache=True, error_model="numpy")
def _needle_power(y: Heat, labels: Array, table: Heat, needles: Any, drive: Any, power: Array, total: Array) -> None:
    """Heat each node gives now (W) into ``power``, summed by needle into ``total``."""
    first, cells, weights, owner, length, ratio, film = needles
    kind, value = drive
    total[:] = 0.0
    for node in range(len(owner)):
        needle = owner[node]
        power[node] = 0.0
        if kind[needle] == POWERED:
            power[node] = value[needle] * length[node]
        elif kind[needle] == HELD:
            drop, mean = 0.0, 0.0
            for q in range(first[node], first[node + 1]):
                label = labels[cells[q]]
                kelvin = temperature(y[cells[q]], table, label)
                drop += weights[q] * (conducted(value[needle], table, label) - conducted(kelvin, table, label))
                mean += weights[q] * kelvin
            given = 2.0 * np.pi * length[node] * drop / ratio[needle]
            apart = value[needle] - mean
            if film[needle] < np.inf and apart != 0.0:
                given = given / (1.0 + given / (apart * film[needle] * length[node]))
            power[node] = given
        total[needle] += power[node]


@numba.njit(cache=True)
def _heat_cells(out: Heat, needles: Any, power: Array, scale: float) -> None:
    """Spread each node's heat over its cells; ``scale`` is time over the volume of a cell."""
    first, cells, weights = needles[0], needles[1], needles[2]
    for node in range(len(power)):
        if power[node] != 0.0:
            for q in range(first[node], first[node + 1]):
                out[cells[q]] += f4(weights[q] * power[node] * scale)


@numba.njit(cache=True)
def super_step(
    fields: Any, medium: Any, numbers: Any, box: Array, needles: Any, drive: Any, step: Any, work: Any
) -> None:
    """Advance ``fields[0]`` by one super-step, into ``fields[1]`` (s odd) or ``fields[2]`` (s even).

    ``fields``: three float32 arrays, alike beyond the box. ``medium``: runs, faces, labels, table, slopes, source, and
    ``numbers``: blood, 1/h² thrice, two heats (as ``stage`` takes them). ``step``: stages, seconds, volume of a cell.
    ``work``: scratch for stages, their tallies, node powers, and ``energy`` ``(2, 3 + needles)``, whose last row
    receives joules brought by blood, faces, sources and each needle, and ``now`` the watts of each needle at the end.
    """
    runs, faces, labels, table, slopes, source = medium
    stages, seconds, volume = step
    planes, tally, power, energy, now = work
    flat = labels.ravel()
    weight = 2.0 / (stages * stages + stages)
    before, last = fields[0], fields[0]
    energy[:] = 0.0
    for j in range(1, stages + 1):
        mu, nu = ((2.0 * j - 1.0) / j, (1.0 - j) / j) if j > 1 else (1.0, 0.0)
        mt = mu * weight * seconds
        out = fields[2 - (j & 1)]
        back = f4(1.0) - f4(mu)  # exactly: rounded apart, the two would slowly lose heat
        mix = (f4(mu), back, f4(mt))
        stage((last, before, out), runs, faces, table, slopes, source, box, planes, tally, numbers, mix, j > 2)
        _needle_power(last.ravel(), flat, table, needles, drive, power, now)
        _heat_cells(out.ravel(), needles, power, mt / volume)
        older, newer = (j & 1) ^ 1, j & 1
        for n in range(energy.shape[1]):
            rate = tally[:, n].sum() * volume if n < 3 else now[n - 3]
            carried = nu * energy[newer, n] + mu * energy[older, n] if j > 1 else 0.0
            energy[newer, n] = carried + mt * rate
        before, last = last, out
    if (stages & 1) == 0:
        energy[1] = energy[0]


@numba.njit(cache=True, parallel=True)
def survey(before: Heat, after: Heat, box: Array, bounds: Array) -> None:
    """Least and greatest heat in the box by plane, how much its cells changed near each side, and all together.

    ``bounds`` ``(ni, 8)``: least, greatest; largest change in the whole plane, for the two planes at each end, and in
    the first two and last two rows and the first two and last two cells of rows; the sum of changes. NaN for the least
    where the field is not finite.
    """
    edges = box.astype(np.uint64)
    two = np.uint64(2)
    for plane in numba.prange(box[0], box[1]):
        i = np.uint64(plane)
        j0, j1, k0, k1 = edges[2], edges[3], edges[4], edges[5]
        low, high = _extremes(after, i, j0, j1, k0, k1)
        gained = _gained(before, after, i, j0, j1, k0, k1)
        bounds[i, 0], bounds[i, 1], bounds[i, 2], bounds[i, 7] = low + gained * 0.0, high, 0.0, gained
        if i < edges[0] + two or i + two >= edges[1]:
            bounds[i, 2] = _moved(before, after, i, j0, j1, k0, k1)
        wide_j, wide_k = min(two, j1 - j0), min(two, k1 - k0)
        bounds[i, 3] = _moved(before, after, i, j0, j0 + wide_j, k0, k1)
        bounds[i, 4] = _moved(before, after, i, j1 - wide_j, j1, k0, k1)
        bounds[i, 5] = _moved(before, after, i, j0, j1, k0, k0 + wide_k)
        bounds[i, 6] = _moved(before, after, i, j0, j1, k1 - wide_k, k1)


@numba.njit(cache=True, fastmath=True)
def _extremes(heat: Heat, i: Any, j0: Any, j1: Any, k0: Any, k1: Any) -> Any:
    """Least and greatest value of part of a plane."""
    low, high = heat[i, j0, k0], heat[i, j0, k0]
    for j in range(j0, j1):
        for k in range(k0, k1):
            low, high = min(low, heat[i, j, k]), max(high, heat[i, j, k])
    return low, high


@numba.njit(cache=True, fastmath=FAST)
def _gained(before: Heat, after: Heat, i: Any, j0: Any, j1: Any, k0: Any, k1: Any) -> Any:
    """Sum of the changes in part of a plane; not finite where the field is not."""
    total = 0.0
    for j in range(j0, j1):
        for k in range(k0, k1):
            total += after[i, j, k] - before[i, j, k]
    return total


@numba.njit(cache=True)
def _moved(before: Heat, after: Heat, i: Any, j0: Any, j1: Any, k0: Any, k1: Any) -> Any:
    """Largest change in part of a plane."""
    change = f4(0.0)
    for j in range(j0, j1):
        for k in range(k0, k1):
            change = max(change, abs(after[i, j, k] - before[i, j, k]))
    return change


@numba.njit(cache=True, parallel=True)
def fastest_rate(labels: Array, phases: Any, c: Any, needle: Array) -> Any:
    """Upper bound of the rate at which any cell relaxes (1/s), by Gershgorin's circles: twice a row's conductances.

    ``phases``: what ``reachable_phases`` gives; ``needle``: what needles add to a cell's sum of conductances (W/m³K per
    W/mK), flat, or empty.
    """
    pairs, own, per, blood = phases
    ni, nj, nk = labels.shape
    worst = np.zeros(ni)
    for i in numba.prange(ni):
        top = 0.0
        for j in range(nj):
            for k in range(nk):
                a = labels[i, j, k]
                for phase in range(len(per)):
                    if per[phase, a] == 0.0:
                        continue
                    total = 0.0
                    for side in (-1, 1):
                        if 0 <= i + side < ni:
                            total += c[0] * pairs[phase, a, labels[i + side, j, k]]
                        if 0 <= j + side < nj:
                            total += c[1] * pairs[phase, a, labels[i, j + side, k]]
                        if 0 <= k + side < nk:
                            total += c[2] * pairs[phase, a, labels[i, j, k + side]]
                    total = 2.0 * total + blood[a]
                    if len(needle) > 0:
                        total += needle[(i * nj + j) * nk + k] * own[phase, a]
                    top = max(top, total * per[phase, a])
        worst[i] = top
    return worst.max()


def reachable_phases(table: NDArray[np.float64], freezes: bool, boils: bool) -> tuple[NDArray[np.float64], ...]:
    """What each label may be: thawed, frozen, dry. While it melts or boils it stores so much heat that it is slow.

    Half the harmonic mean of its conductivity in a phase and the greatest that a neighbour may have ``(3, n, n)``; its
    conductivity ``(3, n)``; kelvins per stored heat ``(3, n)``, 0 where it cannot come to that phase; blood flow.
    """
    thawed = table[:, K_FROZEN] + table[:, K_MELT]
    own = np.stack([thawed, table[:, K_FROZEN], thawed + table[:, K_BOIL]])
    per = np.stack([table[:, PER_THAWED], table[:, PER_FROZEN] * freezes, table[:, PER_DRY] * boils])
    most = np.where(per > 0.0, own, 0.0).max(axis=0)
    pairs = own[:, :, None] * most / (own[:, :, None] + most)
    return np.ascontiguousarray(pairs), own, per, np.ascontiguousarray(table[:, PERFUSION])
