"""Sums, smoothing steps and transfers of nodal vectors ``[component, i, j, k]``, over the parts of rows with tissue.

``spans`` ``(ni, nj, 2)`` holds the first node and one past the last of each row; nothing else is read or written.
``inverse`` is the reciprocal of the diagonal, zero where a component is held or touches nothing.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import float32 as f4
from numpy.typing import NDArray

Array = NDArray[Any]

FAST = {"contract", "reassoc", "nsz", "arcp", "nnan", "ninf"}
sweep = numba.njit(cache=True, parallel=True, fastmath=FAST, error_model="numpy", boundscheck=False)


@sweep
def clear(x: Array, spans: Array) -> None:
    """Set to zero."""
    for i in numba.prange(spans.shape[0]):
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    x[c, i, j, k] = 0


@sweep
def invert_diagonal(e: Array, corner: Array, free: Array, least: float, spans: Array, inverse: Array) -> None:
    """Reciprocals of the diagonal: a node's voxels' moduli added up, times what a unit one adds at a corner."""
    ni, nj, nk = e.shape
    for i in numba.prange(spans.shape[0]):
        for j in range(spans.shape[1]):
            for k in range(spans[i, j, 0], spans[i, j, 1]):
                total = f4(0.0)
                for a in range(max(i - 1, 0), min(i + 1, ni)):
                    for b in range(max(j - 1, 0), min(j + 1, nj)):
                        for c in range(max(k - 1, 0), min(k + 1, nk)):
                            total += e[a, b, c]
                for c in range(3):
                    some = total > least and free[c, i, j, k] != 0
                    inverse[c, i, j, k] = f4(1.0) / (corner[c] * total) if some else f4(0.0)


@sweep
def mask(x: Array, inverse: Array, spans: Array) -> None:
    """Set to zero where nothing moves."""
    for i in numba.prange(spans.shape[0]):
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    if inverse[c, i, j, k] == 0:
                        x[c, i, j, k] = 0


@sweep
def begin_smoothing(r: Array, inverse: Array, weight: float, d: Array, x: Array, spans: Array) -> None:
    """First step: ``d = weight D^-1 r``, ``x += d``."""
    w = f4(weight)
    for i in numba.prange(spans.shape[0]):
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    step = w * inverse[c, i, j, k] * r[c, i, j, k]
                    d[c, i, j, k] = step
                    x[c, i, j, k] += step


@sweep
def go_on_smoothing(
    r: Array, forces: Array, inverse: Array, keep: float, weight: float, d: Array, x: Array, spans: Array
) -> None:
    """Next step: ``r -= K d``, ``d = keep d + weight D^-1 r``, ``x += d``."""
    a, w = f4(keep), f4(weight)
    for i in numba.prange(spans.shape[0]):
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    left = r[c, i, j, k] - forces[c, i, j, k]
                    step = a * d[c, i, j, k] + w * inverse[c, i, j, k] * left
                    r[c, i, j, k] = left
                    d[c, i, j, k] = step
                    x[c, i, j, k] += step


@sweep
def subtract(r: Array, forces: Array, inverse: Array, spans: Array) -> None:
    """``r -= K x``, and zero where nothing moves."""
    for i in numba.prange(spans.shape[0]):
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    left = r[c, i, j, k] - forces[c, i, j, k]
                    r[c, i, j, k] = left if inverse[c, i, j, k] != 0 else f4(0.0)


@sweep
def restrict(fine: Array, spans: Array, steps: Array, inverse: Array, coarse_spans: Array, coarse: Array) -> None:
    """The transpose of ``prolong``: each node takes its own value and half of its neighbours' along joined axes."""
    si, sj, sk = steps
    ni, nj = spans.shape[0], spans.shape[1]
    for i in numba.prange(coarse_spans.shape[0]):
        row = np.zeros(fine.shape[3] + 2, fine.dtype)
        for j in range(coarse_spans.shape[1]):
            start, stop = coarse_spans[i, j, 0], coarse_spans[i, j, 1]
            for c in range(3 if start < stop else 0):
                row[:] = 0
                for a in range(max(i * si - si + 1, 0), min(i * si + si, ni)):
                    for b in range(max(j * sj - sj + 1, 0), min(j * sj + sj, nj)):
                        share = f4((1.0 if a == i * si else 0.5) * (1.0 if b == j * sj else 0.5))
                        for k in range(np.uint64(spans[a, b, 0]), np.uint64(spans[a, b, 1])):
                            row[k + np.uint64(1)] += share * fine[c, a, b, k]
                for k in range(start, stop):
                    value = row[k * sk + 1]
                    if sk == 2:
                        value += f4(0.5) * (row[2 * k] + row[2 * k + 2])
                    coarse[c, i, j, k] = value if inverse[c, i, j, k] != 0 else f4(0.0)


@sweep
def prolong(coarse: Array, coarse_spans: Array, steps: Array, inverse: Array, spans: Array, d: Array, x: Array) -> None:
    """``d`` = values of the coarse nodes, linear between them, where anything moves; ``x += d``."""
    si, sj, sk = steps
    for i in numba.prange(spans.shape[0]):
        row = np.zeros(coarse.shape[3] + 1, coarse.dtype)
        for j in range(spans.shape[1]):
            start, stop = spans[i, j, 0], spans[i, j, 1]
            for c in range(3 if start < stop else 0):
                row[:] = 0
                for a in range(i // si, (i + si - 1) // si + 1):
                    for b in range(j // sj, (j + sj - 1) // sj + 1):
                        share = f4((1.0 if a * si == i else 0.5) * (1.0 if b * sj == j else 0.5))
                        for k in range(np.uint64(coarse_spans[a, b, 0]), np.uint64(coarse_spans[a, b, 1])):
                            row[k] += share * coarse[c, a, b, k]
                for k in range(start, stop):
                    near = k // sk
                    value = row[near] if near * sk == k else f4(0.5) * (row[near] + row[near + 1])
                    value = value if inverse[c, i, j, k] != 0 else f4(0.0)
                    d[c, i, j, k] = value
                    x[c, i, j, k] += value


@sweep
def dot(a: Array, b: Array, spans: Array) -> float:
    """``a . b`` in float64."""
    total = 0.0
    for i in numba.prange(spans.shape[0]):
        part = 0.0
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    part += float(a[c, i, j, k]) * float(b[c, i, j, k])
        total += part
    return total


@sweep
def advance(x: Array, r: Array, along: Array, forces: Array, inverse: Array, step: float, spans: Array) -> float:
    """``x += step along``, ``r -= step forces`` where anything moves; returns ``r . r``."""
    total = 0.0
    for i in numba.prange(spans.shape[0]):
        part = 0.0
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    left = r[c, i, j, k] - step * forces[c, i, j, k] if inverse[c, i, j, k] != 0 else 0.0
                    x[c, i, j, k] += step * along[c, i, j, k]
                    r[c, i, j, k] = left
                    part += left * left
        total += part
    return total


@sweep
def redirect(along: Array, wanted: Array, keep: float, spans: Array) -> None:
    """``along = wanted + keep along``."""
    for i in numba.prange(spans.shape[0]):
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    along[c, i, j, k] = wanted[c, i, j, k] + keep * along[c, i, j, k]


@sweep
def scale_into(r: Array, factor: float, out: Array, spans: Array) -> None:
    """``out = factor r`` in the precision of ``out``."""
    for i in numba.prange(spans.shape[0]):
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    out[c, i, j, k] = factor * r[c, i, j, k]
