"""Where the labels of a volume change: runs of equal label along the last axis, and faces along all three."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def find_runs(labels: NDArray[np.uint8]) -> tuple[NDArray[Any], ...]:
    """Labels, and their runs along k: where each starts, its label, and the first run of each row ``(ni nj + 1,)``."""
    first = np.empty(labels.shape[0] * labels.shape[1] + 1, np.uint64)
    count = _find_runs(labels, np.zeros(0, np.int16), np.zeros(0, np.uint8), first)
    starts, kinds = np.empty(count, np.int16), np.empty(count, np.uint8)
    _find_runs(labels, starts, kinds, first)
    return labels, starts, kinds, first


def find_faces(
    labels: NDArray[np.uint8], conductivity: NDArray[np.float32], per_heat: NDArray[np.float32]
) -> tuple[NDArray[Any], ...]:
    """Faces between cells of different labels, for axis i, then j, then k: place along k of the lower cell, what either
    cell gives, and the first face of each row ``(ni nj + 1,)``.

    What it gives ``(faces, 2)``, lower cell first: the harmonic mean of the two conductivities times the cell's kelvins
    per stored heat, from ``conductivity`` and ``per_heat`` by label.
    """
    found: list[NDArray[Any]] = []
    for axis in range(3):
        first = np.empty(labels.shape[0] * labels.shape[1] + 1, np.uint64)
        count = _find_faces(labels, axis, np.zeros(0, np.int16), np.zeros((0, 2), np.uint8), first)
        places, pairs = np.empty(count, np.int16), np.empty((count, 2), np.uint8)
        _find_faces(labels, axis, places, pairs, first)
        one, two = conductivity[pairs[:, 0]], conductivity[pairs[:, 1]]
        gives = (2.0 * one * two / (one + two))[:, None] * per_heat[pairs]
        found += [places, gives.astype(np.float32), first]
    return tuple(found)


@numba.njit(cache=True)
def _find_runs(labels: Array, starts: Array, kinds: Array, first: Array) -> Any:
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


@numba.njit(cache=True)
def _find_faces(labels: Array, axis: int, places: Array, pairs: Array, first: Array) -> Any:
    """Faces across ``axis`` between different labels, as ``_find_runs`` lists runs. Returns how many there are."""
    ni, nj, nk = labels.shape
    di, dj, dk = int(axis == 0), int(axis == 1), int(axis == 2)
    count = 0
    write = len(places) > 0
    for i in range(ni):
        for j in range(nj):
            first[i * nj + j] = count
            if i + di < ni and j + dj < nj:
                for k in range(nk - dk):
                    one, two = labels[i, j, k], labels[i + di, j + dj, k + dk]
                    if one != two:
                        if write:
                            places[count] = k
                            pairs[count, 0], pairs[count, 1] = one, two
                        count += 1
    first[ni * nj] = count
    return count
