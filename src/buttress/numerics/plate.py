"""A plate between two surroundings, seen through a blur: where its faces lie, fitted to many profiles at once.

Along a profile at ``x`` (mm) the picture of a plate of height ``p`` between ``x₀`` and ``x₀ + t`` is

    y(x) = a + (p - a) Φ((x - x₀)/σ) + (c - p) Φ((x - x₀ - t)/σ)

with the levels ``a`` before and ``c`` behind it and Φ the normal distribution (Treece 2010). A plate thinner than the
blur shows by its area: with ``p`` and σ known ``t`` is found far below the blur's width.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, exp, pi, sqrt
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDS = 25
LEAST_MM = 0.05
"""A plate thinner than this has no faces to tell apart; the fit stops there."""


@dataclass(frozen=True, slots=True, eq=False)
class Plates:
    """Fitted plates, one a profile: front face (same zero as the depths), thickness, level before, behind, height.

    ``misfit`` is the root mean square of what the fit leaves.
    """

    front_mm: Floats
    thickness_mm: Floats
    before: Floats
    behind: Floats
    height: Floats
    misfit: Floats


def fit_plates(
    profiles: NDArray[Any], depths_mm: Floats, sigma_mm: Floats, height: float | None, start: Floats
) -> Plates:
    """Least-squares plates (Levenberg-Marquardt) through profiles ``(n, depths)``; NaN samples are left out.

    ``sigma_mm`` ``(n,)`` is the blur along each profile, ``height`` the plate's own value, or ``None`` to fit it too
    (only plates thicker than about 2.5 σ tell it). ``start`` ``(n, 3)`` holds front, thickness and height to begin at.
    Profiles with fewer than eight samples give NaN.
    """
    found = np.full((len(profiles), 6), np.nan)
    _fit_all(
        np.ascontiguousarray(profiles, dtype=np.float64),
        np.asarray(depths_mm, dtype=np.float64),
        np.asarray(sigma_mm, dtype=np.float64),
        np.ascontiguousarray(start, dtype=np.float64),
        height is None,
        found,
    )
    return Plates(*found.T)


@numba.njit(cache=True)
def _model(x: float, q: Floats, sigma: float, slope: Floats) -> float:
    """Value at ``x``, and into ``slope`` its derivatives by front, thickness, before, behind, height."""
    u, v = (x - q[0]) / sigma, (x - q[0] - q[1]) / sigma
    first, second = 0.5 * (1 + erf(u / sqrt(2.0))), 0.5 * (1 + erf(v / sqrt(2.0)))
    bell = 1.0 / (sigma * sqrt(2 * pi))
    du, dv = exp(-0.5 * u * u) * bell, exp(-0.5 * v * v) * bell
    slope[0] = -(q[4] - q[2]) * du - (q[3] - q[4]) * dv
    slope[1] = -(q[3] - q[4]) * dv
    slope[2] = 1.0 - first
    slope[3] = second
    slope[4] = first - second
    seen: float = q[2] + (q[4] - q[2]) * first + (q[3] - q[4]) * second
    return seen


@numba.njit(cache=True)
def _solve(matrix: Floats, right: Floats, found: Floats) -> None:
    """``matrix · found = right`` for a small positive definite matrix, which is overwritten (Cholesky)."""
    m = len(right)
    for a in range(m):
        for b in range(a + 1):
            rest = matrix[a, b]
            for c in range(b):
                rest -= matrix[a, c] * matrix[b, c]
            matrix[a, b] = sqrt(max(rest, 1e-12)) if a == b else rest / matrix[b, b]
    for a in range(m):
        rest = right[a]
        for c in range(a):
            rest -= matrix[a, c] * found[c]
        found[a] = rest / matrix[a, a]
    for a in range(m - 1, -1, -1):
        rest = found[a]
        for c in range(a + 1, m):
            rest -= matrix[c, a] * found[c]
        found[a] = rest / matrix[a, a]


@numba.njit(cache=True)
def _misfit(profile: Floats, depths: Floats, q: Floats, sigma: float) -> float:
    """Sum of squares; as ``_model``, without the derivatives and their exponentials."""
    total = 0.0
    for k in range(len(depths)):
        if not np.isnan(profile[k]):
            u, v = (depths[k] - q[0]) / sigma, (depths[k] - q[0] - q[1]) / sigma
            first, second = 0.5 * (1 + erf(u / sqrt(2.0))), 0.5 * (1 + erf(v / sqrt(2.0)))
            total += (profile[k] - (q[2] + (q[4] - q[2]) * first + (q[3] - q[4]) * second)) ** 2
    return total


@numba.njit(cache=True)
def _fit_all(profiles: Floats, depths: Floats, sigmas: Floats, starts: Floats, free: bool, found: Floats) -> None:
    m = 5 if free else 4
    slope, q, tried, step = np.empty(5), np.empty(5), np.empty(5), np.empty(m)
    for n in range(len(profiles)):
        profile, sigma = profiles[n], sigmas[n]
        known = np.flatnonzero(~np.isnan(profile))
        if len(known) < 8 or np.isnan(starts[n]).any():
            continue
        q[0], q[1], q[4] = starts[n, 0], max(LEAST_MM, starts[n, 1]), starts[n, 2]
        q[2], q[3] = profile[known[0]], profile[known[-1]]
        best, damping = _misfit(profile, depths, q, sigma), 1e-2
        for _ in range(ROUNDS):
            normal, right = np.zeros((m, m)), np.zeros(m)
            for k in known:
                rest = profile[k] - _model(depths[k], q, sigma, slope)
                for a in range(m):
                    right[a] += slope[a] * rest
                    for b in range(m):
                        normal[a, b] += slope[a] * slope[b]
            better = False
            for _again in range(6):
                damped = normal.copy()
                for a in range(m):
                    damped[a, a] += damping * normal[a, a] + 1e-9
                _solve(damped, right, step)
                tried[:] = q
                tried[:m] += step
                tried[0] = q[0] + min(1.0, max(-1.0, step[0]))
                tried[1] = max(LEAST_MM, q[1] + min(1.5, max(-1.5, step[1])))
                rest = _misfit(profile, depths, tried, sigma)
                if rest < best:
                    better = True
                    break
                damping *= 10.0
            if not better:
                break
            gain = (best - rest) / max(best, 1e-12)
            q[:], best, damping = tried, rest, damping * 0.2
            if gain < 1e-5:
                break
        found[n, 0], found[n, 1], found[n, 2], found[n, 3], found[n, 4] = q[0], q[1], q[2], q[3], q[4]
        found[n, 5] = np.sqrt(best / len(known))
