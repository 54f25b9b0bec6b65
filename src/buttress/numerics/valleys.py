"""Thin bright plates and dark sheets between bright walls, from second differences and from what lies to both sides."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float32]

LINES = np.array(
    [
        (1, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
        (1, 1, 0),
        (1, -1, 0),
        (1, 0, 1),
        (1, 0, -1),
        (0, 1, 1),
        (0, 1, -1),
        (1, 1, 1),
        (1, 1, -1),
        (1, -1, 1),
        (1, -1, -1),
    ],
    dtype=np.int64,
)
"""The 13 lines through a voxel and its neighbours."""


@numba.njit(cache=True)
def curvatures(values: Floats, where: Booleans) -> tuple[Floats, Floats, Floats]:
    """Eigenvalues of the second differences, largest first, per voxel squared; 0 outside ``where`` and on the faces.

    The largest is positive across a dark sheet, the smallest negative across a bright plate.
    """
    shape = values.shape
    top, middle, low = np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for i in range(1, shape[0] - 1):
        for j in range(1, shape[1] - 1):
            for k in range(1, shape[2] - 1):
                if not where[i, j, k]:
                    continue
                c = 2.0 * values[i, j, k]
                xx = values[i + 1, j, k] - c + values[i - 1, j, k]
                yy = values[i, j + 1, k] - c + values[i, j - 1, k]
                zz = values[i, j, k + 1] - c + values[i, j, k - 1]
                xy = _mixed(values, i, j, k, 1, 0, 0, 0, 1, 0)
                xz = _mixed(values, i, j, k, 1, 0, 0, 0, 0, 1)
                yz = _mixed(values, i, j, k, 0, 1, 0, 0, 0, 1)
                mean = (xx + yy + zz) / 3.0
                xx, yy, zz = xx - mean, yy - mean, zz - mean
                spread = np.sqrt((xx * xx + yy * yy + zz * zz + 2.0 * (xy * xy + xz * xz + yz * yz)) / 6.0)
                if spread < 1e-6:
                    top[i, j, k] = middle[i, j, k] = low[i, j, k] = mean
                    continue
                determinant = xx * (yy * zz - yz * yz) - xy * (xy * zz - yz * xz) + xz * (xy * yz - yy * xz)
                angle = np.arccos(min(1.0, max(-1.0, determinant / (2.0 * spread**3)))) / 3.0
                top[i, j, k] = mean + 2.0 * spread * np.cos(angle)
                low[i, j, k] = mean + 2.0 * spread * np.cos(angle + 2.0 * np.pi / 3.0)
                middle[i, j, k] = 3.0 * mean - top[i, j, k] - low[i, j, k]
    return top, middle, low


@numba.njit(cache=True)
def _mixed(v: Floats, i: int, j: int, k: int, a: int, b: int, c: int, d: int, e: int, f: int) -> float:
    """Mixed second difference along two axes given as unit steps."""
    plus = v[i + a + d, j + b + e, k + c + f] + v[i - a - d, j - b - e, k - c - f]
    minus = v[i + a - d, j + b - e, k + c - f] + v[i - a + d, j - b + e, k - c + f]
    return float((plus - minus) / 4.0)


@numba.njit(cache=True)
def valley_depth(
    values: Floats, body: Booleans, spacing_mm: float, reach_mm: float, wall_mm: float, least: float
) -> Floats:
    """How far a voxel of ``body`` lies below both its sides within ``reach_mm``, along the line where that is most.

    Both sides must reach ``least`` (noise in marrow is no gap). 0 where the body ends within ``wall_mm`` on both sides
    of that line: the inside of a thin plate or tube is no gap between two bodies.
    """
    out = np.zeros(values.shape, np.float32)
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            for k in range(values.shape[2]):
                if not body[i, j, k]:
                    continue
                best, line = 0.0, -1
                for n in range(len(LINES)):
                    a, b, c = LINES[n]
                    steps = int(reach_mm / (np.sqrt(a * a + b * b + c * c) * spacing_mm) + 0.5)
                    one = _highest(values, i, j, k, a, b, c, steps)
                    other = _highest(values, i, j, k, -a, -b, -c, steps)
                    depth = min(one, other) - values[i, j, k]
                    if depth > best and min(one, other) >= least:
                        best, line = depth, n
                if line < 0:
                    continue
                a, b, c = LINES[line]
                steps = int(wall_mm / (np.sqrt(a * a + b * b + c * c) * spacing_mm) + 0.5)
                if not (_ends(body, i, j, k, a, b, c, steps) and _ends(body, i, j, k, -a, -b, -c, steps)):
                    out[i, j, k] = best
    return out


@numba.njit(cache=True)
def _highest(v: Floats, i: int, j: int, k: int, a: int, b: int, c: int, steps: int) -> float:
    best = -1e9
    for s in range(1, steps + 1):
        x, y, z = i + s * a, j + s * b, k + s * c
        if x < 0 or x >= v.shape[0] or y < 0 or y >= v.shape[1] or z < 0 or z >= v.shape[2]:
            break
        best = max(best, v[x, y, z])
    return best


@numba.njit(cache=True)
def _ends(body: Booleans, i: int, j: int, k: int, a: int, b: int, c: int, steps: int) -> bool:
    for s in range(1, steps + 1):
        x, y, z = i + s * a, j + s * b, k + s * c
        if x < 0 or x >= body.shape[0] or y < 0 or y >= body.shape[1] or z < 0 or z >= body.shape[2]:
            return False
        if not body[x, y, z]:
            return True
    return False


@numba.njit(cache=True)
def contacts(labels: NDArray[np.int32], gap: Booleans, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Faces between each pair of labels ``(count, count)``: those with no ``gap`` voxel on either side, and all."""
    bare, every = np.zeros((count, count), np.int64), np.zeros((count, count), np.int64)
    for i in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            for k in range(labels.shape[2]):
                here = labels[i, j, k]
                if here == 0:
                    continue
                for n in range(3):
                    x, y, z = i + LINES[n, 0], j + LINES[n, 1], k + LINES[n, 2]
                    if x >= labels.shape[0] or y >= labels.shape[1] or z >= labels.shape[2]:
                        continue
                    other = labels[x, y, z]
                    if other == 0 or other == here:
                        continue
                    first, second = min(here, other), max(here, other)
                    every[first, second] += 1
                    if not (gap[i, j, k] or gap[x, y, z]):
                        bare[first, second] += 1
    return bare + bare.T, every + every.T
