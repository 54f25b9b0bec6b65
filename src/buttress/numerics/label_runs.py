"""Runs of equal label along the last axis of a label volume."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def find_runs(labels: NDArray[np.uint8]) -> tuple[NDArray[Any], ...]:
    """Labels, and their runs along k: where each starts, its label, and the first run of each row ``(ni nj + 1,)``."""
    rows = np.empty(labels.shape[0] * labels.shape[1] + 1, dtype=np.uint64)
    count = _find_runs(labels, np.zeros(0, np.int16), np.zeros(0, np.uint8), rows)
    starts, kinds = np.empty(count, dtype=np.int16), np.empty(count, dtype=np.uint8)
    _find_runs(labels, starts, kinds, rows)
    return labels, starts, kinds, rows


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
