"""Multigrid for a lattice of conducting cells, and conjugate gradients that it speeds up.

Cells are joined two by two along every axis where they are narrow (wider ones wait until the others have caught up,
which keeps cells from growing longer than they are), face conductances are those of the joined cells, leaks add up,
corrections are constant in a joined cell. Constant corrections are of too low an order for a V-cycle to stay good on
large lattices, so levels below the finest are visited twice (W-cycle); in conjugate gradients that makes the number of
steps nearly independent of size and contrast (method: Trottenberg, Oosterlee and Schüller, Multigrid, 2001; choice of
its parts measured by us).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from buttress.numerics import conduction_kernels as kernel
from buttress.numerics.conduction_kernels import Edge, Field

Floats = NDArray[np.float64]

Shape = tuple[int, int, int]

SMOOTHING_STEPS = 2
SMOOTHED_RANGE = 6.0
"""Numerical, ours: a Chebyshev polynomial of two steps damps eigenvalues from 2/6 to 2 of ``D^-1 A``; no eigenvalue
exceeds 2, because ``A`` is diagonally dominant. Chosen by counting operations at 128³."""

ROUNDING, DEEP = 4.0, 1e-17
"""Numerical, ours: squares of residuals that may part by so much, or that have fallen so far, need no second start."""

JOINED = 3.0
"""Numerical, ours: at first two cells are joined where they are narrower together than so many of the narrowest; the
limit doubles from level to level."""

COARSEST_CELLS = 50
"""Numerical, ours: below this many cells a dense inverse costs less than one more level."""


@dataclass(frozen=True, slots=True, eq=False)
class Joining:
    """How one lattice becomes the next coarser: ``edges`` where coarse cells begin along each axis, and the end.

    ``owners``: the coarse cell of each cell, with ghosts; ``nearer``: how far the last of the fine cells of a coarse
    one lies from the next cell, over how far the coarse one lies from the next coarse one.
    """

    edges: tuple[Edge, Edge, Edge]
    owners: tuple[Edge, Edge, Edge]
    nearer: tuple[Field, Field, Field]


@dataclass(slots=True)
class Level:
    """One lattice: its cells, how the next coarser joins them, and its arrays (with ghosts; see the kernels)."""

    shape: Shape
    joined: Joining | None
    gi: Field = field(init=False)
    gj: Field = field(init=False)
    gk: Field = field(init=False)
    leak: Field = field(init=False)
    inverse: Field = field(init=False)
    b: Field = field(init=False)
    x: Field = field(init=False)
    spare: Field = field(init=False)

    def __post_init__(self) -> None:
        for name in ("gi", "gj", "gk", "leak", "inverse", "b", "x", "spare"):
            setattr(self, name, np.zeros([n + 2 for n in self.shape], dtype=np.float32))

    @property
    def matrix(self) -> tuple[Field, Field, Field, Field]:
        """The arrays that make ``A``."""
        return self.gi, self.gj, self.gk, self.leak

    def relax(self, weight: float) -> None:
        """One smoothing step on ``x``."""
        kernel.relax(*self.matrix, self.inverse, self.b, self.x, weight, self.spare)
        self.x, self.spare = self.spare, self.x


class Multigrid:
    """Levels over a lattice of cells of ``widths`` along each axis; fill ``finest``, then ``refresh``, then solve."""

    def __init__(self, widths: Sequence[Floats]) -> None:
        self.levels = [Level(size, joined) for size, joined in _joinings(widths)]
        self._along = np.zeros_like(self.finest.b)
        self._drop = np.zeros_like(self.finest.b)
        self._coarsest_inverse: NDArray[np.float64] = np.zeros((0, 0))
        middle, half = 1.0 + 1.0 / SMOOTHED_RANGE, 1.0 - 1.0 / SMOOTHED_RANGE
        nodes = np.cos(np.pi * (2 * np.arange(SMOOTHING_STEPS) + 1) / (2 * SMOOTHING_STEPS))
        self._weights = [float(w) for w in 1.0 / (middle + half * nodes)]

    @property
    def finest(self) -> Level:
        """The level whose conductances and leaks the caller fills."""
        return self.levels[0]

    def refresh(self) -> None:
        """Carry new conductances and leaks of the finest level to all others."""
        for fine, coarse in pairwise(self.levels):
            assert fine.joined is not None
            kernel.inverse_diagonal(*fine.matrix, fine.inverse)
            edges = fine.joined.edges
            for axis in range(3):
                nearer = fine.joined.nearer[axis]
                kernel.coarsen_faces(fine.matrix[axis], axis, *edges, nearer, coarse.matrix[axis])
            kernel.restrict(fine.leak, *edges, coarse.leak)
        self._coarsest_inverse = np.asarray(np.linalg.pinv(_dense(self.levels[-1]), rcond=1e-7, hermitian=True))

    def solve(
        self,
        b: Field,
        x: NDArray[np.float64],
        drive: float,
        tolerance: float,
        most_steps: int,
        cancelled: Callable[[], bool] | None = None,
    ) -> tuple[int, float]:
        """Improve ``x`` (float64) in place until its error is below ``tolerance``; returns the steps and the error.

        Conjugate gradients with one W-cycle as preconditioner M, in float32 from residuals r of ``x`` in float64. The
        error is that of the energy norm, ``sqrt(r . M r / power)``, of the last but one ``x``: the square root of the
        share of the power that is still wrong. ``drive`` is the power the sources would give were all ``x`` zero,
        so the power is ``drive - b . x``. Stops after ``most_steps`` whatever is reached. Where rounding has parted
        the steps' own account of r from the true one they start again from the true one.
        """
        fine, steps, error = self.finest, 0, np.inf
        while True:
            kernel.residual(*fine.matrix, b, x, fine.b)
            start = left = kernel.inner(fine.b, fine.b)
            before, error = 0.0, np.inf if left else 0.0
            while error > tolerance:
                if steps >= most_steps or (cancelled and cancelled()):
                    return steps, error
                self._cycle(0)
                agreement = kernel.inner(fine.b, fine.x)
                kernel.redirect(self._along, fine.x, agreement / before if before else 0.0)
                before = agreement
                stiffness = kernel.multiply(*fine.matrix, self._along, self._drop)
                left = kernel.advance(x, self._along, fine.b, self._drop, agreement / stiffness)
                error = float(np.sqrt(agreement / max(drive - kernel.inner(b, x), 1e-30 * drive)))
                steps += 1
            kernel.residual(*fine.matrix, b, x, fine.b)
            if kernel.inner(fine.b, fine.b) <= max(ROUNDING * left, DEEP * start):
                return steps, error

    def _cycle(self, depth: int) -> None:
        """Set ``x`` of a level to an approximate solution for its ``b``."""
        level = self.levels[depth]
        if level.joined is None:
            inside = (slice(1, -1),) * 3
            level.x[inside] = (self._coarsest_inverse @ level.b[inside].ravel()).reshape(level.shape)
            return
        kernel.relax_from_zero(level.inverse, level.b, self._weights[0], level.x)
        for weight in self._weights[1:]:
            level.relax(weight)
        coarse = self.levels[depth + 1]
        for _ in range(2 if depth else 1):
            kernel.residual(*level.matrix, level.b, level.x, level.spare)
            kernel.restrict(level.spare, *level.joined.edges, coarse.b)
            self._cycle(depth + 1)
            kernel.prolong_add(coarse.x, *level.joined.owners, level.x)
            for weight in reversed(self._weights):
                level.relax(weight)


def _joinings(widths: Sequence[Floats]) -> list[tuple[Shape, Joining | None]]:
    """Sizes of the levels, and how the cells of each are joined for the next."""
    found: list[tuple[Shape, Joining | None]] = []
    now = [np.asarray(along, dtype=float) for along in widths]
    limit = JOINED * min(along.min() for along in now)
    while True:
        i, j, k = (len(along) for along in now)
        if i * j * k <= COARSEST_CELLS:
            return [*found, ((i, j, k), None)]
        edges = [_pairs(along, limit) for along in now]
        limit *= 2.0
        if all(len(edge) - 1 == len(along) for edge, along in zip(edges, now, strict=True)):
            continue
        found.append(((i, j, k), _joining(now, edges)))
        now = [np.add.reduceat(along, edge[:-1]) for along, edge in zip(now, edges, strict=True)]


def _pairs(widths: Floats, limit: float) -> Edge:
    """Where coarse cells begin along an axis, and the end: two cells make one where both are narrower than a limit."""
    edges, n = [0], 0
    while n < len(widths):
        n += 2 if n + 1 < len(widths) and widths[n] + widths[n + 1] < limit else 1
        edges.append(n)
    return np.array(edges, dtype=np.int64)


def _joining(widths: list[Floats], edges: list[Edge]) -> Joining:
    owners, nearer = [], []
    for along, edge in zip(widths, edges, strict=True):
        owner = np.zeros(len(along) + 2, dtype=np.int64)
        owner[1:-1] = np.repeat(np.arange(1, len(edge)), np.diff(edge))
        owners.append(owner)
        joined, last = np.add.reduceat(along, edge[:-1]), edge[1:-1]
        near = np.zeros(len(edge) + 1, dtype=np.float32)
        near[1:-2] = (along[last - 1] + along[last]) / (joined[:-1] + joined[1:])
        nearer.append(near)
    return Joining((edges[0], edges[1], edges[2]), (owners[0], owners[1], owners[2]), (nearer[0], nearer[1], nearer[2]))


def _dense(level: Level) -> NDArray[np.float64]:
    """The matrix of a small level, ``(n, n)``."""
    cells = int(np.prod(level.shape))
    index = np.arange(cells).reshape(level.shape)
    inside = (slice(1, -1),) * 3
    dense = np.zeros((cells, cells))
    for axis in range(3):
        here = index.take(range(level.shape[axis] - 1), axis).ravel()
        there = index.take(range(1, level.shape[axis]), axis).ravel()
        g = level.matrix[axis][inside].take(range(level.shape[axis] - 1), axis).ravel()
        for p, q in ((here, there), (there, here)):
            dense[p, q] -= g
            dense[p, p] += g
    dense[index.ravel(), index.ravel()] += level.leak[inside].ravel()
    return dense
