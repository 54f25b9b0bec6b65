"""How much of what a voxel sees around it is wall: the inside of a shell, though the shell has holes."""

from __future__ import annotations

from itertools import product

import numba
import numpy as np
from numpy.typing import NDArray

Booleans = NDArray[np.bool_]
Counts = NDArray[np.uint8]

LEAST_SEEN = 13
"""Half of the 26 directions: with fewer of them inside the array nothing is said of a voxel."""


def enclosed_fraction(wall: Booleans, reach_mm: float, spacing_mm: float) -> NDArray[np.float32]:
    """Share of the 26 lattice directions in which wall lies within ``reach_mm``; 1 in the wall itself.

    A direction that leaves the array before ``reach_mm`` is not counted: what lies there is unknown, so a tube that the
    array cuts is still enclosed. 0 where fewer than half of the directions are known.
    """
    hits, seen = np.zeros(wall.shape, np.uint8), np.zeros(wall.shape, np.uint8)
    solid = np.ascontiguousarray(wall)
    for step in product((-1, 0, 1), repeat=3):
        if any(step):
            length = float(np.linalg.norm(step)) * spacing_mm
            _look(solid, step[0], step[1], step[2], max(1, int(reach_mm / length)), hits, seen)
    share = hits.astype(np.float32) / np.maximum(seen, 1)
    share[seen < LEAST_SEEN] = 0.0
    share[solid] = 1.0
    return np.asarray(share)


@numba.njit(cache=True)
def _look(wall: Booleans, di: int, dj: int, dk: int, reach: int, hits: Counts, seen: Counts) -> None:
    """One sweep against a direction: steps to the next wall (positive) or to the array's end (negative) there."""
    ni, nj, nk = wall.shape
    ahead = np.empty((2, nj, nk), dtype=np.int16)
    now = 0
    for row in range(ni):
        i = ni - 1 - row if di > 0 else row
        if di != 0:
            now = 1 - now
        before = now if di == 0 else 1 - now
        for column in range(nj):
            j = nj - 1 - column if dj > 0 else column
            for depth in range(nk):
                k = nk - 1 - depth if dk > 0 else depth
                a, b, c = i + di, j + dj, k + dk
                if a < 0 or a >= ni or b < 0 or b >= nj or c < 0 or c >= nk:
                    steps = -1
                elif wall[a, b, c]:
                    steps = 1
                elif ahead[before, b, c] > 0:
                    steps = ahead[before, b, c] + 1
                else:
                    steps = ahead[before, b, c] - 1
                ahead[now, j, k] = steps
                if steps > 0:
                    seen[i, j, k] += np.uint8(1)
                    if steps <= reach:
                        hits[i, j, k] += np.uint8(1)
                elif -steps > reach:
                    seen[i, j, k] += np.uint8(1)
