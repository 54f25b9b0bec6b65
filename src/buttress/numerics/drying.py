"""Heat of a current in tissue that dries under it: cell by cell it falls with the conductivity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Box = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Dried:
    """Watts that tissue no longer takes up because it dried, watts too faint to follow, greatest heat (W/m³)."""

    lost_w: float
    faint_w: float
    greatest_w_m3: float


@dataclass(frozen=True, slots=True, eq=False)
class Heating:
    """Heat of a potential ``(ni, nj, nk)`` times a factor, in tissue that conducted ``start_s_m`` when it was solved.

    ``start_s_m`` covers a box only. Cells with less than ``least_w_m3`` are too faint to follow.
    """

    heat_w_m3: Field
    factor: float
    least_w_m3: float
    start_s_m: Field
    voxel_m3: float

    def dried(self, now_s_m: Field, box: Box, out: Field) -> Dried:
        """Heat where the tissue now conducts ``now_s_m`` ``(ni, nj, nk)``, into ``out``; no cell takes more than then.

        Beyond the ``box`` ``[i0, i1, j0, j1, k0, k1]``, where all cells must be faint, ``out`` stays as it is.
        """
        sums = np.zeros((box[1] - box[0], 3))
        scale = (np.float32(self.factor), np.float32(self.least_w_m3))
        _dry(self.heat_w_m3, scale, now_s_m, self.start_s_m, box, out, sums)
        lost, faint = sums[:, 0].sum() * self.voxel_m3, sums[:, 1].sum() * self.voxel_m3
        return Dried(float(lost), float(faint), float(sums[:, 2].max(initial=0.0)))


@numba.njit(cache=True, parallel=True, error_model="numpy", fastmath={"reassoc", "nsz", "contract"})
def _dry(heat: Field, scale: Any, now: Field, start: Field, box: Box, out: Field, sums: Any) -> None:
    edges = box.astype(np.uint64)  # unsigned: nothing counts from the end
    one, none = np.float32(1), np.float32(0)
    factor, least = scale
    for plane in numba.prange(box[0], box[1]):
        i = np.uint64(plane)
        x = i - edges[0]
        lost, faint, top = 0.0, 0.0, none
        for j in range(edges[2], edges[3]):
            row_lost, row_faint = none, none
            for k in range(edges[4], edges[5]):
                whole = factor * heat[i, j, k]
                kept = now[i, j, k] / start[x, j - edges[2], k - edges[4]]
                kept = kept if kept < one else one
                given = none if whole < least else whole * kept
                row_faint += whole if whole < least else none
                row_lost += none if whole < least else whole - given
                top = given if given > top else top
                out[i, j, k] = given
            lost += float(row_lost)
            faint += float(row_faint)
        sums[x, 0], sums[x, 1], sums[x, 2] = lost, faint, top
