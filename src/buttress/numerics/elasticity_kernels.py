"""Sweeps over a lattice of elastic voxels: what forces a displacement takes, row by row, and sums of vectors.

Displacements and forces are ``[component, i, j, k]`` at nodes, one more than voxels along every axis, k contiguous;
moduli ``[i, j, k]`` at voxels, already times the size of the brick. Rows along k are taken in blocks through a strip of
scratch whose rows lie a constant apart: the compiler then sees that nothing overlaps and uses vector code for a whole
voxel at once. Only rows and parts of rows with tissue are visited (``spans``: first and one past the last, per row).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from buttress.numerics.threads import FAST, by_planes, share

Array = NDArray[Any]

BLOCK, LENGTH = 64, 80
"""Voxels of a row taken together, and the length of a row of scratch: both chosen so that all scratch stays in the
nearest cache."""

N = [np.uint64(n * LENGTH + 8) for n in range(37)]
ONE, WIDE = np.uint64(1), np.uint64(BLOCK)
(US, UX, UY, UQ, VS, VX, VY, VQ, WS, WX, WY, WQ) = N[:12]
"""Displacement rows of the three components: sum over the four rows of nodes about a row of voxels, difference along
i, along j, and along both."""
LOW, HIGH, MODULUS = np.uint64(12 * LENGTH), np.uint64(24 * LENGTH), N[36]
"""Force rows at the nearer and at the farther nodes lie so far behind those of displacements; then the moduli."""

SCRATCH = 37 * LENGTH + 16


def inlined(function: Any) -> Any:
    """Compiled into its caller."""
    return numba.njit(cache=True, fastmath=FAST, error_model="numpy", forceinline=True)(function)


@inlined
def _linear(one: Any, two: Any, a: Any, b: Any, stiff: Any, lam: Any, mu2: Any) -> Any:
    """Forces of two modes that stretch along two axes in the same term of strain."""
    p, q = a * one, b * two
    both = lam * (p + q)
    return stiff * a * (both + mu2 * p), stiff * b * (both + mu2 * q)


@inlined
def _shear(one: Any, two: Any, a: Any, b: Any, stiff: Any) -> Any:
    """Forces of two modes that shear in the same term of strain."""
    both = stiff * (a * one + b * two)
    return a * both, b * both


@by_planes
def _voxels(w: Array, count: Any, sides: Array, lam: Any, mu: Any) -> None:
    """Forces of a block of voxels at their nearer and farther nodes, from displacements; modes as in ``brick``."""
    a, b, c = sides[0], sides[1], sides[2]
    third = sides[3]
    ninth, mu2 = third * third, mu + mu
    stiff7 = lam + mu2
    aa, bb, cc = a * a * ninth, b * b * ninth, c * c * ninth
    u77, v77, w77 = stiff7 * aa + mu * (bb + cc), stiff7 * bb + mu * (aa + cc), stiff7 * cc + mu * (aa + bb)
    for k in range(count):
        e = w[MODULUS + k]
        e3 = e * third
        m, m3 = e * mu, e3 * mu
        u3, u1, u6 = w[US + k + ONE] - w[US + k], w[UX + k + ONE] + w[UX + k], w[UX + k + ONE] - w[UX + k]
        u2, u5 = w[UY + k + ONE] + w[UY + k], w[UY + k + ONE] - w[UY + k]
        u4, u7 = w[UQ + k + ONE] + w[UQ + k], w[UQ + k + ONE] - w[UQ + k]
        v3, v1, v6 = w[VS + k + ONE] - w[VS + k], w[VX + k + ONE] + w[VX + k], w[VX + k + ONE] - w[VX + k]
        v2, v5 = w[VY + k + ONE] + w[VY + k], w[VY + k + ONE] - w[VY + k]
        v4, v7 = w[VQ + k + ONE] + w[VQ + k], w[VQ + k + ONE] - w[VQ + k]
        w3, w1, w6 = w[WS + k + ONE] - w[WS + k], w[WX + k + ONE] + w[WX + k], w[WX + k + ONE] - w[WX + k]
        w2, w5 = w[WY + k + ONE] + w[WY + k], w[WY + k + ONE] - w[WY + k]
        w4, w7 = w[WQ + k + ONE] + w[WQ + k], w[WQ + k + ONE] - w[WQ + k]
        xx, yy, zz = a * u1, b * v2, c * w3
        even = lam * (xx + yy + zz)
        fu1, fv2, fw3 = e * a * (even + mu2 * xx), e * b * (even + mu2 * yy), e * c * (even + mu2 * zz)
        fu2, fv1 = _shear(u2, v1, b, a, m)
        fv3, fw2 = _shear(v3, w2, c, b, m)
        fu3, fw1 = _shear(u3, w1, c, a, m)
        fv4, fw6 = _linear(v4, w6, b, c, e3, lam, mu2)
        fv6, fw4 = _shear(v6, w4, c, b, m3)
        fu4, fw5 = _linear(u4, w5, a, c, e3, lam, mu2)
        fu5, more = _shear(u5, w4, c, a, m3)
        fw4 += more
        fu6, fv5 = _linear(u6, v5, a, b, e3, lam, mu2)
        more_u, more_v = _shear(u5, v6, b, a, m3)
        fu5 += more_u
        fv6 += more_v
        fu4 += m3 * b * b * u4
        fu6 += m3 * c * c * u6
        fv4 += m3 * a * a * v4
        fv5 += m3 * c * c * v5
        fw5 += m3 * b * b * w5
        fw6 += m3 * a * a * w6
        fu7, fv7, fw7 = e * u77 * u7, e * v77 * v7, e * w77 * w7
        w[LOW + US + k], w[HIGH + US + k] = -fu3, fu3
        w[LOW + UX + k], w[HIGH + UX + k] = fu1 - fu6, fu1 + fu6
        w[LOW + UY + k], w[HIGH + UY + k] = fu2 - fu5, fu2 + fu5
        w[LOW + UQ + k], w[HIGH + UQ + k] = fu4 - fu7, fu4 + fu7
        w[LOW + VS + k], w[HIGH + VS + k] = -fv3, fv3
        w[LOW + VX + k], w[HIGH + VX + k] = fv1 - fv6, fv1 + fv6
        w[LOW + VY + k], w[HIGH + VY + k] = fv2 - fv5, fv2 + fv5
        w[LOW + VQ + k], w[HIGH + VQ + k] = fv4 - fv7, fv4 + fv7
        w[LOW + WS + k], w[HIGH + WS + k] = -fw3, fw3
        w[LOW + WX + k], w[HIGH + WX + k] = fw1 - fw6, fw1 + fw6
        w[LOW + WY + k], w[HIGH + WY + k] = fw2 - fw5, fw2 + fw5
        w[LOW + WQ + k], w[HIGH + WQ + k] = fw4 - fw7, fw4 + fw7


@inlined
def _across(w: Array, first: Any, count: Any) -> None:
    """Four rows of one component, nodes (0, 0), (1, 0), (0, 1), (1, 1), to sum and differences, or back."""
    x, y, q = first + np.uint64(LENGTH), first + np.uint64(2 * LENGTH), first + np.uint64(3 * LENGTH)
    for k in range(count):
        n00, n10, n01, n11 = w[first + k], w[x + k], w[y + k], w[q + k]
        near, far = n00 + n01, n10 + n11
        back, front = n01 - n00, n11 - n10
        w[first + k], w[x + k] = near + far, far - near
        w[y + k], w[q + k] = back + front, front - back


@inlined
def _back(w: Array, first: Any, count: Any) -> None:
    """Forces of modes at nearer and farther nodes to those of the four rows of nodes, into the displacement rows."""
    x, y, q = first + np.uint64(LENGTH), first + np.uint64(2 * LENGTH), first + np.uint64(3 * LENGTH)
    for k in range(count):
        s = w[LOW + first + k] + w[HIGH + first + k - ONE]
        dx = w[LOW + x + k] + w[HIGH + x + k - ONE]
        dy = w[LOW + y + k] + w[HIGH + y + k - ONE]
        dq = w[LOW + q + k] + w[HIGH + q + k - ONE]
        left, right = s - dy, s + dy
        low, high = dx - dq, dx + dq
        w[first + k], w[x + k] = left - low, left + low
        w[y + k], w[q + k] = right - high, right + high


@by_planes
def _row(
    u: Array, e: Array, out: Array, w: Array, i: Any, j: Any, start: Any, stop: Any, sides: Array, law: Any
) -> None:
    """Add the forces of one row of voxels."""
    while start < stop:
        count = min(stop - start, WIDE)
        nodes = count + ONE
        for k in range(count):
            w[MODULUS + k] = e[i, j, start + k]
        for c in range(np.uint64(3)):
            first = US + c * np.uint64(4 * LENGTH)
            for n in range(np.uint64(4)):
                at = first + n * np.uint64(LENGTH)
                a, b = i + (n & ONE), j + (n >> ONE)
                for k in range(nodes):
                    w[at + k] = u[c, a, b, start + k]
            _across(w, first, nodes)
        _voxels(w, count, sides, law[0], law[1])
        for n in range(np.uint64(12)):
            at = US + n * np.uint64(LENGTH)
            w[LOW + at + count] = 0.0
            w[HIGH + at - ONE] = 0.0
        for c in range(np.uint64(3)):
            first = US + c * np.uint64(4 * LENGTH)
            _back(w, first, nodes)
            for n in range(np.uint64(4)):
                at = first + n * np.uint64(LENGTH)
                a, b = i + (n & ONE), j + (n >> ONE)
                for k in range(nodes):
                    out[c, a, b, start + k] += w[at + k]
        start += count


@by_planes
def add_planes(first: int, last: int, u: Array, e: Array, out: Array, spans: Array, sides: Array, law: Array) -> None:
    """``out += K u`` of the planes of voxels ``first`` to ``last``; writes one plane of nodes more.

    ``sides``: 1/(4 side) along each axis and a third; ``law``: λ and μ over modulus.
    """
    w = np.empty(SCRATCH, u.dtype)
    for plane in range(first, last):
        for row in range(e.shape[1]):
            start, stop = np.uint64(spans[plane, row, 0]), np.uint64(spans[plane, row, 1])
            if start < stop:
                _row(u, e, out, w, np.uint64(plane), np.uint64(row), start, stop, sides, law)


PARTS = 8
"""A fixed number of parts: what is added to a node, and in which order, does not depend on the threads."""


def add_forces(u: Array, e: Array, out: Array, spans: Array, sides: Array, law: Array, threads: int) -> None:
    """``out += K u``, on so many threads: first all planes but the last of each part, then those, so none meet."""
    parts = max(1, min(PARTS, e.shape[0] // 2))
    ends = [e.shape[0] * n // parts for n in range(parts + 1)]
    for bodies in (True, False):
        ranges = [(a, b - 1) if bodies else (b - 1, b) for a, b in pairwise(ends)]
        share(_ranges, parts, threads, ranges, u, e, out, spans, sides, law)


def _ranges(first: int, last: int, ranges: list[tuple[int, int]], *given: Array) -> None:
    for low, high in ranges[first:last]:
        add_planes(low, high, *given)
