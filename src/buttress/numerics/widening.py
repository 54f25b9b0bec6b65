"""A lattice that widens: its cells are single voxels inside a box, and join more and more of them away from it.

What electrodes drive is steep beside them and smooth further off, so a few wide cells do for most of a lattice. Cells
stay bricks: along each axis every cell of a layer joins the same voxels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numba import float32 as f4
from numpy.typing import NDArray

Field = NDArray[np.float32]
Floats = NDArray[np.float64]
Edges = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
Shape = tuple[int, int, int]
Box = NDArray[np.int64]

GROWTH = 1.5
"""Ours: each cell is so much wider than the one before it, in whole voxels; the outermost takes what is left."""

TINY = np.float32(1e-30)


@dataclass(frozen=True, slots=True, eq=False)
class Widening:
    """Where cells begin along each axis: ``edges`` three ``(cells + 1,)``, the last of each the number of voxels."""

    edges: Edges

    @property
    def shape(self) -> Shape:
        """Cells along each axis."""
        i, j, k = (len(along) - 1 for along in self.edges)
        return i, j, k

    @property
    def voxels(self) -> Shape:
        """Voxels along each axis."""
        i, j, k = (int(along[-1]) for along in self.edges)
        return i, j, k

    @property
    def is_even(self) -> bool:
        """Whether every cell is one voxel."""
        return self.shape == self.voxels

    def widths(self, spacing_m: Sequence[float] | Floats) -> tuple[Floats, Floats, Floats]:
        """Width of the cells along each axis, m."""
        i, j, k = (np.diff(along) * step for along, step in zip(self.edges, spacing_m, strict=True))
        return i, j, k

    def centres(self, spacing_m: Sequence[float] | Floats) -> tuple[Floats, Floats, Floats]:
        """Centres of the cells along each axis, m, where voxel 0 has its centre at 0."""
        i, j, k = (0.5 * (along[:-1] + along[1:] - 1) * step for along, step in zip(self.edges, spacing_m, strict=True))
        return i, j, k

    def cells_of(self, voxels: NDArray[np.intp]) -> NDArray[np.intp]:
        """Cells ``(n, 3)`` that hold voxels ``(n, 3)``; raises ``ValueError`` where one is not a cell by itself."""
        cells = np.stack(
            [np.searchsorted(along, voxels[:, axis], "right") - 1 for axis, along in enumerate(self.edges)], axis=1
        )
        if any((np.diff(along)[cells[:, axis]] > 1).any() for axis, along in enumerate(self.edges)):
            raise ValueError("the lattice widens too near: a voxel that must stand alone was joined")
        return cells

    def join(self, conductivity: Field, along: tuple[Field, Field, Field], box: Box) -> None:
        """Conductivity of the cells that meet a box of voxels, along each axis, into arrays with a layer of ghosts.

        Voxels one behind the other conduct as their harmonic mean, rows of them side by side as their mean: exact for
        layers across an axis and along it.
        """
        ends = [
            (np.searchsorted(edges, low, "right") - 1, np.searchsorted(edges, high, "left"))
            for edges, low, high in zip(self.edges, box[::2], box[1::2], strict=True)
        ]
        _join(conductivity, *self.edges, np.array(ends, dtype=np.int64).ravel(), *along)

    def spread(self, cells: NDArray[Any]) -> Field:
        """Values of cells, given with ghosts, at their voxels."""
        out = np.empty(self.voxels, dtype=np.float32)
        _spread(cells, *self.edges, out)
        return out


def even(shape: Shape) -> Widening:
    """A lattice that does not widen."""
    i, j, k = (np.arange(n + 1) for n in shape)
    return Widening((i, j, k))


def widen(shape: Shape, core: NDArray[np.int64], growth: float = GROWTH) -> Widening:
    """Single voxels inside ``core`` ``[i0, i1, j0, j1, k0, k1]``, wider and wider cells out to the lattice's sides."""
    i, j, k = (_edges(size, int(core[2 * axis]), int(core[2 * axis + 1]), growth) for axis, size in enumerate(shape))
    return Widening((i, j, k))


def _edges(size: int, low: int, high: int, growth: float) -> NDArray[np.int64]:
    before, after = _widths(low, growth), _widths(size - high, growth)
    widths = np.array([*reversed(before), *[1] * (high - low), *after], dtype=np.int64)
    return np.concatenate([[0], np.cumsum(widths)])


def _widths(left: int, growth: float) -> list[int]:
    """Widths that grow outwards and sum to ``left``; what is left at the end goes to the last of them."""
    found: list[int] = []
    wide = 1.0
    while left > 0:
        wide *= growth
        step = int(wide)
        if left < 1.5 * step:
            step = left
        found.append(step)
        left -= step
    return found


@numba.njit(cache=True, parallel=True, error_model="numpy")
def _join(fine: Field, ei: Any, ej: Any, ek: Any, box: Box, along_i: Field, along_j: Field, along_k: Field) -> None:
    longest = 0
    for edges in (ej, ek):
        for n in range(len(edges) - 1):
            longest = max(longest, edges[n + 1] - edges[n])
    for i in numba.prange(box[0], box[1]):
        across, deep = np.empty((longest, longest), np.float32), np.empty(longest, np.float32)
        x0, x1 = np.uint64(ei[i]), np.uint64(ei[i + 1])  # unsigned: nothing counts from the end
        for j in range(box[2], box[3]):
            y0, y1 = np.uint64(ej[j]), np.uint64(ej[j + 1])
            for k in range(box[4], box[5]):
                z0, z1 = np.uint64(ek[k]), np.uint64(ek[k + 1])
                if (x1 - x0) * (y1 - y0) * (z1 - z0) == 1:
                    a = b = c = fine[x0, y0, z0]
                else:
                    a, b, c = _joined(fine, x0, x1, y0, y1, z0, z1, across, deep)
                along_i[i + 1, j + 1, k + 1] = a
                along_j[i + 1, j + 1, k + 1] = b
                along_k[i + 1, j + 1, k + 1] = c


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def _joined(fine: Field, x0: Any, x1: Any, y0: Any, y1: Any, z0: Any, z1: Any, across: Field, deep: Field) -> Any:
    """Conductivity of a block of voxels along the three axes; ``across`` and ``deep`` are scratch."""
    sum_i, sum_j, sum_k = f4(0), f4(0), f4(0)
    ni, nj, nk = f4(x1 - x0), f4(y1 - y0), f4(z1 - z0)
    for y in range(y1 - y0):
        for z in range(z1 - z0):
            across[y, z] = f4(0)
    for x in range(x0, x1):
        for z in range(z1 - z0):
            deep[z] = f4(0)
        for y in range(y1 - y0):
            row = f4(0)
            for z in range(z1 - z0):
                resistance = f4(1) / (fine[x, y0 + y, z0 + z] + TINY)
                row += resistance
                deep[z] += resistance
                across[y, z] += resistance
            sum_k += nk / row
        for z in range(z1 - z0):
            sum_j += nj / deep[z]
    for y in range(y1 - y0):
        for z in range(z1 - z0):
            sum_i += ni / across[y, z]
    return sum_i / (nj * nk), sum_j / (ni * nk), sum_k / (ni * nj)


@numba.njit(cache=True, parallel=True)
def _spread(cells: Any, ei: Any, ej: Any, ek: Any, out: Field) -> None:
    for i in numba.prange(len(ei) - 1):
        for x in range(ei[i], ei[i + 1]):
            for j in range(len(ej) - 1):
                for y in range(ej[j], ej[j + 1]):
                    for k in range(len(ek) - 1):
                        value = f4(cells[i + 1, j + 1, k + 1])
                        for z in range(ek[k], ek[k + 1]):
                            out[x, y, z] = value
