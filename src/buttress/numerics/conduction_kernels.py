"""Sweeps over a lattice of cells that conduct to their six neighbours and, some of them, to a fixed potential.

All arrays are float32 with one layer of ghost cells on every side, whose conductances are zero. ``gi[i, j, k]``,
``gj`` and ``gk`` are the conductances of the faces towards the next cell along each axis, ``leak`` the conductance of
a cell to a fixed potential. The system is ``A x = b``, ``(A x)_c = leak_c x_c + sum over faces g (x_c - x_next)``:
symmetric, and positive definite where each connected part leaks. Differences are taken before they are scaled, so
float32 loses no digits where ``x`` is nearly even.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Unknown = NDArray[np.float32] | NDArray[np.float64]
"""A solution is kept in float64, a correction of it in float32; each makes its own compiled kernel."""

Edge = NDArray[np.int64]

sweep = numba.njit(fastmath=True, cache=True, error_model="numpy")
"""Compiles a loop over all cells: sums may be reordered; nothing here produces or tests for infinities."""


@numba.njit(inline="always", cache=True)
def _outflow(gi: Field, gj: Field, gk: Field, leak: Field, x: Unknown, i: int, j: int, k: int) -> Any:
    """``(A x)`` at one cell."""
    here = x[i, j, k]
    return (
        gi[i, j, k] * (here - x[i + 1, j, k])
        + gi[i - 1, j, k] * (here - x[i - 1, j, k])
        + gj[i, j, k] * (here - x[i, j + 1, k])
        + gj[i, j - 1, k] * (here - x[i, j - 1, k])
        + gk[i, j, k] * (here - x[i, j, k + 1])
        + gk[i, j, k - 1] * (here - x[i, j, k - 1])
        + leak[i, j, k] * here
    )


@sweep
def harmonic_faces(
    si: Field, sj: Field, sk: Field, hi: Field, hj: Field, hk: Field, gi: Field, gj: Field, gk: Field
) -> None:
    """Face conductances ``2 A σ σ' / (h σ' + h' σ)``: two half cells in series, exact in 1-D.

    ``si``, ``sj``, ``sk``: conductivity of the cells along each axis; ``hi``, ``hj``, ``hk``: their widths, ghosts too.
    """
    tiny, two = np.float32(1e-30), np.float32(2)
    for i in range(1, gi.shape[0] - 1):
        for j in range(1, gi.shape[1] - 1):
            for k in range(1, gi.shape[2] - 1):
                a, b, c = si[i + 1, j, k], sj[i, j + 1, k], sk[i, j, k + 1]
                u, v, w = si[i, j, k], sj[i, j, k], sk[i, j, k]
                gi[i, j, k] = two * hj[j] * hk[k] * u * a / (hi[i] * a + hi[i + 1] * u + tiny)
                gj[i, j, k] = two * hi[i] * hk[k] * v * b / (hj[j] * b + hj[j + 1] * v + tiny)
                gk[i, j, k] = two * hi[i] * hj[j] * w * c / (hk[k] * c + hk[k + 1] * w + tiny)


@sweep
def inverse_diagonal(gi: Field, gj: Field, gk: Field, leak: Field, out: Field) -> None:
    """Reciprocal of the diagonal of ``A``; 0 for a cell that conducts to nothing."""
    zero = np.float32(0)
    for i in range(1, out.shape[0] - 1):
        for j in range(1, out.shape[1] - 1):
            for k in range(1, out.shape[2] - 1):
                total = gi[i, j, k] + gi[i - 1, j, k] + gj[i, j, k] + gj[i, j - 1, k]
                total += gk[i, j, k] + gk[i, j, k - 1] + leak[i, j, k]
                out[i, j, k] = np.float32(1) / total if total > zero else zero


@sweep
def multiply(gi: Field, gj: Field, gk: Field, leak: Field, x: Field, out: Field) -> float:
    """``out = A x``; returns ``x . A x``."""
    total = 0.0
    for i in range(1, x.shape[0] - 1):
        plane = 0.0
        for j in range(1, x.shape[1] - 1):
            row = np.float32(0)
            for k in range(1, x.shape[2] - 1):
                flow = _outflow(gi, gj, gk, leak, x, i, j, k)
                out[i, j, k] = flow
                row += flow * x[i, j, k]
            plane += float(row)
        total += plane
    return total


@sweep
def residual(gi: Field, gj: Field, gk: Field, leak: Field, b: Field, x: Unknown, out: Field) -> None:
    """``out = b - A x``."""
    for i in range(1, x.shape[0] - 1):
        for j in range(1, x.shape[1] - 1):
            for k in range(1, x.shape[2] - 1):
                out[i, j, k] = b[i, j, k] - _outflow(gi, gj, gk, leak, x, i, j, k)


@sweep
def relax(
    gi: Field, gj: Field, gk: Field, leak: Field, inverse: Field, b: Field, x: Field, weight: float, out: Field
) -> None:
    """One weighted Jacobi step, ``out = x + weight D^-1 (b - A x)``."""
    w = np.float32(weight)
    for i in range(1, x.shape[0] - 1):
        for j in range(1, x.shape[1] - 1):
            for k in range(1, x.shape[2] - 1):
                wanting = b[i, j, k] - _outflow(gi, gj, gk, leak, x, i, j, k)
                out[i, j, k] = x[i, j, k] + w * inverse[i, j, k] * wanting


@sweep
def relax_from_zero(inverse: Field, b: Field, weight: float, out: Field) -> None:
    """The same step from ``x = 0``."""
    w = np.float32(weight)
    for i in range(1, b.shape[0] - 1):
        for j in range(1, b.shape[1] - 1):
            for k in range(1, b.shape[2] - 1):
                out[i, j, k] = w * inverse[i, j, k] * b[i, j, k]


@sweep
def restrict(fine: Field, ei: Edge, ej: Edge, ek: Edge, coarse: Field) -> None:
    """Sum of the fine cells of each coarse cell; ``ei``, ``ej``, ``ek`` tell where coarse cells begin, and the end."""
    row = np.empty(fine.shape[2], np.float32)
    for i in range(1, coarse.shape[0] - 1):
        for j in range(1, coarse.shape[1] - 1):
            row[:] = np.float32(0)
            for a in range(ei[i - 1] + 1, ei[i] + 1):
                for b in range(ej[j - 1] + 1, ej[j] + 1):
                    for c in range(fine.shape[2]):
                        row[c] += fine[a, b, c]
            for k in range(1, coarse.shape[2] - 1):
                total = np.float32(0)
                for c in range(ek[k - 1] + 1, ek[k] + 1):
                    total += row[c]
                coarse[i, j, k] = total


@sweep
def prolong_add(coarse: Field, oi: Edge, oj: Edge, ok: Edge, fine: Field) -> None:
    """Add to every fine cell the value of its coarse cell, the transpose of ``restrict``; ``oi`` …: which, by axis."""
    for i in range(1, fine.shape[0] - 1):
        for j in range(1, fine.shape[1] - 1):
            a, b = oi[i], oj[j]
            for k in range(1, fine.shape[2] - 1):
                fine[i, j, k] += coarse[a, b, ok[k]]


@sweep
def coarsen_faces(fine: Field, axis: int, ei: Edge, ej: Edge, ek: Edge, nearer: Field, coarse: Field) -> None:
    """Conductances between coarse cells along ``axis``: the fine faces between them in parallel, over a longer way.

    ``nearer``: for each coarse cell how far its last fine cell is from the next, over how far it is itself.
    """
    for i in range(1, coarse.shape[0] - 1):
        for j in range(1, coarse.shape[1] - 1):
            for k in range(1, coarse.shape[2] - 1):
                low, high = (ei[i - 1], ej[j - 1], ek[k - 1]), (ei[i], ej[j], ek[k])
                total = np.float32(0)
                for a in range(high[0] if axis == 0 else low[0] + 1, high[0] + 1):
                    for b in range(high[1] if axis == 1 else low[1] + 1, high[1] + 1):
                        for c in range(high[2] if axis == 2 else low[2] + 1, high[2] + 1):
                            total += fine[a, b, c]
                coarse[i, j, k] = total * nearer[(i, j, k)[axis]]


@sweep
def inner(a: Unknown, b: Unknown) -> float:
    """``a . b``, rows summed in float32, all else in float64."""
    total = 0.0
    for i in range(1, a.shape[0] - 1):
        plane = 0.0
        for j in range(1, a.shape[1] - 1):
            row = np.float32(0)
            for k in range(1, a.shape[2] - 1):
                row += a[i, j, k] * b[i, j, k]
            plane += float(row)
        total += plane
    return total


@sweep
def advance(x: Unknown, along: Field, remaining: Field, drop: Field, step: float) -> float:
    """``x += step along`` and ``remaining -= step drop``; returns the squared norm of what remains."""
    w = np.float32(step)
    total = 0.0
    for i in range(1, x.shape[0] - 1):
        plane = 0.0
        for j in range(1, x.shape[1] - 1):
            row = np.float32(0)
            for k in range(1, x.shape[2] - 1):
                x[i, j, k] += w * along[i, j, k]
                left = remaining[i, j, k] - w * drop[i, j, k]
                remaining[i, j, k] = left
                row += left * left
            plane += float(row)
        total += plane
    return total


@sweep
def redirect(along: Field, wanted: Field, keep: float) -> None:
    """``along = wanted + keep along``."""
    w = np.float32(keep)
    for i in range(1, along.shape[0] - 1):
        for j in range(1, along.shape[1] - 1):
            for k in range(1, along.shape[2] - 1):
                along[i, j, k] = wanted[i, j, k] + w * along[i, j, k]


@sweep
def face_losses(
    si: Field, sj: Field, sk: Field, hi: Field, hj: Field, hk: Field,
    gi: Field, gj: Field, gk: Field, x: Unknown, out: Field,
) -> None:  # fmt: skip
    """Power lost in each cell's halves of its six faces, ``g (x - x')²`` shared as the two half cells' resistances."""
    tiny = np.float32(1e-30)
    for i in range(1, x.shape[0] - 1):
        for j in range(1, x.shape[1] - 1):
            for k in range(1, x.shape[2] - 1):
                here, total = x[i, j, k], np.float32(0)
                u, v, w = si[i, j, k], sj[i, j, k], sk[i, j, k]
                for side in range(-1, 2, 2):
                    a, b, c = hi[i] * si[i + side, j, k], hj[j] * sj[i, j + side, k], hk[k] * sk[i, j, k + side]
                    back = side < 0
                    fi = gi[i - 1, j, k] if back else gi[i, j, k]
                    fj = gj[i, j - 1, k] if back else gj[i, j, k]
                    fk = gk[i, j, k - 1] if back else gk[i, j, k]
                    total += fi * (here - x[i + side, j, k]) ** 2 * a / (a + hi[i + side] * u + tiny)
                    total += fj * (here - x[i, j + side, k]) ** 2 * b / (b + hj[j + side] * v + tiny)
                    total += fk * (here - x[i, j, k + side]) ** 2 * c / (c + hk[k + side] * w + tiny)
                out[i, j, k] = total


@sweep
def per_volume(power: Field, hi: Field, hj: Field, hk: Field) -> None:
    """Divide each cell's value by its volume."""
    for i in range(1, power.shape[0] - 1):
        for j in range(1, power.shape[1] - 1):
            for k in range(1, power.shape[2] - 1):
                power[i, j, k] /= hi[i] * hj[j] * hk[k]
