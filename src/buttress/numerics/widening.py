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

    def join(self, conductivity: Field, along: tuple[Field, Field, Field]) -> None:
        """Conductivity of the cells along each axis, into arrays with a layer of ghosts around the cells.

        Voxels one behind the other conduct as their harmonic mean, rows of them side by side as their mean: exact for
        layers across an axis and along it.
        """
        _join(conductivity, *self.edges, *along)

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
def _join(fine: Field, ei: Any, ej: Any, ek: Any, along_i: Field, along_j: Field, along_k: Field) -> None:
    for i in numba.prange(len(ei) - 1):
        for j in range(len(ej) - 1):
            for k in range(len(ek) - 1):
                a, b, c = ei[i], ej[j], ek[k]
                wide, deep, high = ei[i + 1] - a, ej[j + 1] - b, ek[k + 1] - c
                at = (i + 1, j + 1, k + 1)
                if wide * deep * high == 1:
                    along_i[at] = along_j[at] = along_k[at] = fine[a, b, c]
                    continue
                found_i, found_j, found_k = f4(0), f4(0), f4(0)
                for y in range(b, b + deep):
                    for z in range(c, c + high):
                        found_i += _row(fine[a : a + wide, y, z])
                for x in range(a, a + wide):
                    for z in range(c, c + high):
                        found_j += _row(fine[x, b : b + deep, z])
                    for y in range(b, b + deep):
                        found_k += _row(fine[x, y, c : c + high])
                along_i[at] = found_i / f4(deep * high)
                along_j[at] = found_j / f4(wide * high)
                along_k[at] = found_k / f4(wide * deep)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _row(values: Field) -> Any:
    """Harmonic mean of voxels one behind the other."""
    resistance = f4(0)
    for n in range(len(values)):
        resistance += f4(1) / (values[n] + TINY)
    return f4(len(values)) / resistance


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
