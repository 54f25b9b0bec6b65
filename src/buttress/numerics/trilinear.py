"""Trilinear values of a voxel array at many points, without an array of their coordinates where they lie on planes."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@numba.njit(inline="always", cache=True)
def _value(values: NDArray[Any], x: float, y: float, z: float, outside: float) -> float:
    """Value at a fractional index; the edge's value is held within half a voxel of the outer faces."""
    ni, nj, nk = values.shape
    slack = 0.5 + 1e-9
    if not (
        -slack <= x <= ni - 1 + slack and -slack <= y <= nj - 1 + slack and -slack <= z <= nk - 1 + slack
    ):  # also false for NaN
        return outside
    x, y, z = min(max(x, 0.0), ni - 1.0), min(max(y, 0.0), nj - 1.0), min(max(z, 0.0), nk - 1.0)
    i, j, k = int(x), int(y), int(z)
    u, v, w = x - i, y - j, z - k
    i1, j1, k1 = min(i + 1, ni - 1), min(j + 1, nj - 1), min(k + 1, nk - 1)
    near = (1 - w) * values[i, j, k] + w * values[i, j, k1]
    right = (1 - w) * values[i, j1, k] + w * values[i, j1, k1]
    below = (1 - w) * values[i1, j, k] + w * values[i1, j, k1]
    far = (1 - w) * values[i1, j1, k] + w * values[i1, j1, k1]
    return float((1 - u) * ((1 - v) * near + v * right) + u * ((1 - v) * below + v * far))


@numba.njit(cache=True)
def at_points(values: NDArray[Any], to_index: Floats, points: Floats, outside: float) -> NDArray[np.float32]:
    """Values at points ``(n, 3)``; ``to_index`` ``(3, 4)`` takes a point to a fractional index."""
    found = np.empty(len(points), dtype=np.float32)
    m = to_index
    for n in range(len(points)):
        p, q, r = points[n, 0], points[n, 1], points[n, 2]
        found[n] = _value(
            values,
            m[0, 0] * p + m[0, 1] * q + m[0, 2] * r + m[0, 3],
            m[1, 0] * p + m[1, 1] * q + m[1, 2] * r + m[1, 3],
            m[2, 0] * p + m[2, 1] * q + m[2, 2] * r + m[2, 3],
            outside,
        )
    return found


@numba.njit(cache=True)
def on_planes(
    values: NDArray[Any], origins: Floats, first: Floats, second: Floats, offsets: Floats, outside: float
) -> NDArray[np.float32]:
    """Values at ``origin + a · first + b · second`` for every level, ``(levels, offsets, offsets)``; index space."""
    n = len(offsets)
    found = np.empty((len(origins), n, n), dtype=np.float32)
    for level in range(len(origins)):
        o, u, v = origins[level], first[level], second[level]
        for a in range(n):
            x, y, z = o[0] + offsets[a] * u[0], o[1] + offsets[a] * u[1], o[2] + offsets[a] * u[2]
            for b in range(n):
                t = offsets[b]
                found[level, a, b] = _value(values, x + t * v[0], y + t * v[1], z + t * v[2], outside)
    return found


@numba.njit(cache=True)
def on_rays(
    values: NDArray[Any], origins: Floats, first: Floats, second: Floats, angles: Floats, radii: Floats, outside: float
) -> NDArray[np.float32]:
    """Values along rays at ``angles`` from ``first`` towards ``second``, ``(levels, angles, radii)``; index space.

    ``radii`` is ``(levels, angles, n)``.
    """
    levels, turns, n = radii.shape
    found = np.empty((levels, turns, n), dtype=np.float32)
    for level in range(levels):
        o, u, v = origins[level], first[level], second[level]
        for a in range(turns):
            c, s = np.cos(angles[a]), np.sin(angles[a])
            x, y, z = c * u[0] + s * v[0], c * u[1] + s * v[1], c * u[2] + s * v[2]
            for b in range(n):
                r = radii[level, a, b]
                found[level, a, b] = _value(values, o[0] + r * x, o[1] + r * y, o[2] + r * z, outside)
    return found
