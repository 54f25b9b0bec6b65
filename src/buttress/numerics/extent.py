"""Where a field is not nothing."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Box = NDArray[np.int64]

TINY = float(np.finfo(np.float32).tiny)


def extent_of(values: Field, least: float = TINY) -> Box | None:
    """Bounding box ``[i0, i1, j0, j1, k0, k1]`` of the cells of ``least`` or more either way; None without any."""
    planes = np.empty((values.shape[0], 4), dtype=np.int64)
    _strong(values, np.float32(least), planes)
    some = np.flatnonzero(planes[:, 1] > 0)
    if not len(some):
        return None
    low, high = planes[some, ::2].min(axis=0), planes[some, 1::2].max(axis=0)
    return np.array([some[0], some[-1] + 1, low[0], high[0], low[1], high[1]], dtype=np.int64)


@numba.njit(cache=True, parallel=True)
def _strong(values: Field, least: Any, planes: Box) -> None:
    nj, nk = values.shape[1], values.shape[2]
    for i in numba.prange(values.shape[0]):
        j0, j1, k0, k1 = nj, 0, nk, 0
        for j in range(nj):
            first, last = 0, nk
            while first < nk and abs(values[i, j, first]) < least:
                first += 1
            if first < nk:
                while abs(values[i, j, last - 1]) < least:
                    last -= 1
                j0, j1, k0, k1 = min(j0, j), j + 1, min(k0, first), max(k1, last)
        planes[i, 0], planes[i, 1], planes[i, 2], planes[i, 3] = j0, j1, k0, k1
