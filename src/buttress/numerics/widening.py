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

GROWTH = 1.3
"""Ours: a cell is at most so much wider than the one before it."""

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
        i, j, k = (
            0.5 * (along[:-1] + along[1:] - 1) * step for along, step in zip(self.edges, spacing_m, strict=True)
        )
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

    def pick(self, values: Field, out: Floats) -> None:
        """Into ``out``, which has ghosts, the value at each cell's first voxel: the inverse of ``spread``."""
        i, j, k = (along[:-1] for along in self.edges)
        out[1:-1, 1:-1, 1:-1] = values if self.is_even else values[np.ix_(i, j, k)]

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
    i, j, k = (
        _edges(size, int(max(core[2 * axis], 0)), int(min(core[2 * axis + 1], size)), growth)
        for axis, size in enumerate(shape)
    )
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
        for j in range(box[2], box[3]):
            for k in range(box[4], box[5]):
                at = (i + 1, j + 1, k + 1)
                if (ei[i + 1] - ei[i]) * (ej[j + 1] - ej[j]) * (ek[k + 1] - ek[k]) == 1:
                    along_i[at] = along_j[at] = along_k[at] = fine[ei[i], ej[j], ek[k]]
                else:
                    block = fine[ei[i] : ei[i + 1], ej[j] : ej[j + 1], ek[k] : ek[k + 1]]
                    along_i[at], along_j[at], along_k[at] = _joined(block, across, deep)


@numba.njit(cache=True, error_model="numpy")
def _joined(block: Field, across: Field, deep: Field) -> Any:
    """Conductivity of a block along its three axes; ``across`` and ``deep`` are scratch."""
    ni, nj, nk = block.shape
    sum_i, sum_j, sum_k = f4(0), f4(0), f4(0)
    across[:nj, :nk] = f4(0)
    for x in range(ni):
        deep[:nk] = f4(0)
        for y in range(nj):
            row = f4(0)
            for z in range(nk):
                resistance = f4(1) / (block[x, y, z] + TINY)
                row += resistance
                deep[z] += resistance
                across[y, z] += resistance
            sum_k += f4(nk) / row
        for z in range(nk):
            sum_j += f4(nj) / deep[z]
    for y in range(nj):
        for z in range(nk):
            sum_i += f4(ni) / across[y, z]
    return sum_i / f4(nj * nk), sum_j / f4(ni * nk), sum_k / f4(ni * nj)


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
