"""Sums, smoothing steps and transfers of nodal vectors ``[component, i, j, k]``, over the parts of rows with tissue.

``spans`` ``(ni, nj, 2)`` holds the first node and one past the last of each row; nothing else is read or written.
``inverse`` is the reciprocal of the diagonal, zero where a component is held or touches nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32 as f4
from numpy.typing import NDArray

from buttress.numerics.threads import by_planes

Array = NDArray[Any]


@by_planes
def invert_diagonal(
    first: int, last: int, e: Array, corner: Array, free: Array, least: float, spans: Array, inverse: Array
) -> None:
    """Reciprocals of the diagonal: a node's voxels' moduli added up, times what a unit one adds at a corner."""
    ni, nj, nk = e.shape
    for i in range(first, last):
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


@by_planes
def begin_smoothing(
    first: int, last: int, r: Array, inverse: Array, weight: float, d: Array, x: Array, spans: Array
) -> None:
    """First step: ``d = weight D^-1 r``, ``x += d``."""
    w = f4(weight)
    for i in range(first, last):
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    step = w * inverse[c, i, j, k] * r[c, i, j, k]
                    d[c, i, j, k] = step
                    x[c, i, j, k] += step


@by_planes
def go_on_smoothing(
    first: int,
    last: int,
    r: Array,
    forces: Array,
    inverse: Array,
    keep: float,
    weight: float,
    d: Array,
    x: Array,
    spans: Array,
) -> None:
    """Next step: ``r -= K d``, ``d = keep d + weight D^-1 r``, ``x += d``."""
    a, w = f4(keep), f4(weight)
    for i in range(first, last):
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    left = r[c, i, j, k] - forces[c, i, j, k]
                    step = a * d[c, i, j, k] + w * inverse[c, i, j, k] * left
                    r[c, i, j, k] = left
                    d[c, i, j, k] = step
                    x[c, i, j, k] += step


@by_planes
def subtract(first: int, last: int, r: Array, forces: Array, inverse: Array, spans: Array) -> None:
    """``r -= K x``, and zero where nothing moves."""
    for i in range(first, last):
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    left = r[c, i, j, k] - forces[c, i, j, k]
                    r[c, i, j, k] = left if inverse[c, i, j, k] != 0 else f4(0.0)


@by_planes
def restrict(
    first: int, last: int, fine: Array, spans: Array, steps: Array, inverse: Array, coarse_spans: Array, coarse: Array
) -> None:
    """The transpose of ``prolong``: each node takes its own value and half of its neighbours' along joined axes."""
    si, sj, sk = steps
    ni, nj = spans.shape[0], spans.shape[1]
    for i in range(first, last):
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


@by_planes
def prolong(
    first: int,
    last: int,
    coarse: Array,
    coarse_spans: Array,
    steps: Array,
    inverse: Array,
    spans: Array,
    d: Array,
    x: Array,
) -> None:
    """``d`` = values of the coarse nodes, linear between them, where anything moves; ``x += d``."""
    si, sj, sk = steps
    for i in range(first, last):
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


@by_planes
def dot(first: int, last: int, a: Array, b: Array, spans: Array, sums: Array) -> None:
    """``a . b`` plane by plane into ``sums`` ``(ni,)``, float64."""
    for i in range(first, last):
        part = 0.0
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    part += float(a[c, i, j, k]) * float(b[c, i, j, k])
        sums[i] = part


@by_planes
def advance(
    first: int,
    last: int,
    x: Array,
    r: Array,
    along: Array,
    forces: Array,
    inverse: Array,
    step: float,
    spans: Array,
    sums: Array,
) -> None:
    """``x += step along``, ``r -= step forces`` where anything moves; ``r . r`` plane by plane into ``sums``."""
    for i in range(first, last):
        part = 0.0
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    left = r[c, i, j, k] - step * forces[c, i, j, k] if inverse[c, i, j, k] != 0 else 0.0
                    x[c, i, j, k] += step * along[c, i, j, k]
                    r[c, i, j, k] = left
                    part += left * left
        sums[i] = part


@by_planes
def redirect(first: int, last: int, along: Array, wanted: Array, size: float, keep: float, spans: Array) -> None:
    """``along = size wanted + keep along``."""
    for i in range(first, last):
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    along[c, i, j, k] = size * wanted[c, i, j, k] + keep * along[c, i, j, k]


@by_planes
def scale_into(first: int, last: int, r: Array, factor: float, out: Array, spans: Array) -> None:
    """``out = factor r`` in the precision of ``out``."""
    for i in range(first, last):
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    out[c, i, j, k] = factor * r[c, i, j, k]


@by_planes
def next_direction(
    first: int,
    last: int,
    forces: Array,
    inverse: Array,
    now: Array,
    before: Array,
    along: float,
    beside: float,
    spans: Array,
    sums: Array,
) -> None:
    """Lanczos: ``now, before = D^-1 K now - along now - beside before, now``; ``now . D now`` into ``sums``."""
    a, b = f4(along), f4(beside)
    for i in range(first, last):
        part = 0.0
        for c in range(3):
            for j in range(spans.shape[1]):
                for k in range(np.uint64(spans[i, j, 0]), np.uint64(spans[i, j, 1])):
                    scale = inverse[c, i, j, k]
                    new = scale * forces[c, i, j, k] - a * now[c, i, j, k] - b * before[c, i, j, k]
                    before[c, i, j, k] = now[c, i, j, k]
                    now[c, i, j, k] = new
                    part += float(new * new / scale) if scale > f4(0.0) else 0.0
        sums[i] = part
