"""Geometric multigrid for a lattice of elastic voxels: one V-cycle, in float32, to go before conjugate gradients.

Each coarser lattice has voxels twice as wide along the axes on which they are narrow (an axis of wide voxels waits, as
slices thicker than pixels do), with the mean modulus of those they join, void counted; corrections are linear between
coarse nodes. Smoothing is by Chebyshev's polynomial in the diagonally scaled matrix. A component is held at a coarse
node where it is at any fine node that this one moves: corrections then never pull at what is held. The coarsest lattice
is solved directly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from buttress.numerics import elastic_vectors as vectors
from buttress.numerics.brick import Brick
from buttress.numerics.elasticity_kernels import add_forces
from buttress.numerics.threads import share, thread_count

F32 = NDArray[np.float32]
Shape = tuple[int, int, int]

SMOOTHING_DEGREE = 3
SMOOTHED_RANGE = 8.0
"""Numerical, ours: the polynomial's degree, and greatest over least eigenvalue that it damps."""

LANCZOS_STEPS = 6
MARGIN = 1.1
"""Numerical, ours: steps that estimate the greatest eigenvalue, and how far beyond the estimate it is taken to lie."""

COARSEST_NODES = 1200
SMALL_NODES = 40_000
"""Numerical, ours: solved directly below the one; below the other a second thread costs more than it brings."""

FAINT = 1e-7
"""Numerical, ours: a node whose voxels are all softer than this share of the stiffest does not move."""


@dataclass(eq=False)
class Level:
    """One lattice of voxels: stiffness, what may move, scratch; ``steps`` to the next coarser along each axis."""

    brick: Brick
    modulus: F32
    free: NDArray[np.uint8]
    steps: NDArray[np.int64]

    def __post_init__(self) -> None:
        ni, nj, nk = self.modulus.shape
        self.stiffness = self.modulus * np.float32(self.brick.volume_mm3)
        self.voxel_spans, self.spans = spans_of(self.modulus > 0)
        nodes = (3, ni + 1, nj + 1, nk + 1)
        self.inverse, self.r, self.x, self.d, self.forces = (np.zeros(nodes, np.float32) for _ in range(5))
        self.threads = thread_count() if self.node_count > SMALL_NODES else 1
        self._sides, self._law = brick_numbers(self.brick, np.float32)
        least = FAINT * float(self.stiffness.max(initial=0.0))
        corner = self.brick.corner_diagonal().astype(np.float32) / np.float32(self.brick.volume_mm3)
        self.share(vectors.invert_diagonal, self.stiffness, corner, self.free, least, self.spans, self.inverse)

    @property
    def node_count(self) -> int:
        """Nodes of tissue."""
        return int(np.sum(self.spans[..., 1] - self.spans[..., 0]))

    def apply(self, u: F32, out: F32) -> None:
        """``out = K u``."""
        out.fill(0.0)
        add_forces(u, self.stiffness, out, self.voxel_spans, self._sides, self._law, self.threads)

    def share(self, kernel: Callable[..., None], *given: Any) -> None:
        """Run a kernel over the planes of nodes."""
        share(kernel, self.spans.shape[0], self.threads, *given)

    def greatest_eigenvalue(self) -> float:
        """Of ``D^-1 K``, by Lanczos' method from a fixed start, with a margin; at most what any lattice can have."""
        before, now, sums = self.d, self.x, np.zeros(self.spans.shape[0])
        now[...] = np.where(self.inverse > 0.0, _speckle(self.inverse.shape), np.float32(0.0))
        for field in (before, self.forces):
            field.fill(0.0)
        diagonal: list[float] = []
        beside = [self._turn(-1.0, 0.0, sums)]  # without forces this leaves the start as it is, and measures it
        before.fill(0.0)
        for step in range(LANCZOS_STEPS):
            self.share(vectors.scale_into, now, 1.0 / max(beside[-1], 1e-30), now, self.spans)
            self.apply(now, self.forces)
            self.share(vectors.dot, now, self.forces, self.spans, sums)
            diagonal.append(float(sums.sum()))
            beside.append(self._turn(diagonal[-1], beside[-1] if step else 0.0, sums))
        off = beside[1:-1]
        found = np.linalg.eigvalsh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1)).max()
        return min(MARGIN * float(found), self.brick.spectral_bound())

    def _turn(self, along: float, beside: float, sums: NDArray[np.float64]) -> float:
        """The next of Lanczos' directions, into ``x``; returns its size."""
        given = (self.forces, self.inverse, self.x, self.d, along, beside, self.spans, sums)
        self.share(vectors.next_direction, *given)
        return float(np.sqrt(sums.sum()))


def _speckle(shape: tuple[int, ...]) -> F32:
    """Numbers between -1/2 and 1/2 without a pattern, the same every time."""
    count = np.arange(int(np.prod(shape)), dtype=np.uint32)
    count *= np.uint32(2654435761)
    count ^= count >> np.uint32(15)
    count *= np.uint32(2246822519)
    return (count.astype(np.float32) * np.float32(2.0**-32) - np.float32(0.5)).reshape(shape)


class ElasticMultigrid:
    """Levels over voxels of a modulus; ``correct`` gives an approximate displacement for forces."""

    def __init__(self, brick: Brick, modulus: F32, free: NDArray[np.uint8]) -> None:
        self.levels: list[Level] = []
        for steps in [*plan(modulus.shape, brick.sides_mm)[0], (1, 1, 1)]:
            self.levels.append(Level(brick, modulus, free, np.array(steps, dtype=np.int64)))
            brick, modulus, free = _coarser(brick, modulus, free, steps)
        self._bounds = [level.greatest_eigenvalue() for level in self.levels[:-1]]
        self._moving = self.levels[-1].inverse > 0.0
        self._solved = splu(_assembled(self.levels[-1]))

    @property
    def finest(self) -> Level:
        """The level of the voxels given."""
        return self.levels[0]

    def correct(self) -> None:
        """One V-cycle: the finest level's ``x`` for its ``r``, which is used up."""
        self._descend(0)

    def _descend(self, depth: int) -> None:
        level = self.levels[depth]
        level.x.fill(0.0)
        if depth == len(self.levels) - 1:
            level.x[self._moving] = self._solved.solve(level.r[self._moving].astype(np.float64))
            return
        coarse = self.levels[depth + 1]
        self._smooth(depth)
        level.apply(level.d, level.forces)
        level.share(vectors.subtract, level.r, level.forces, level.inverse, level.spans)
        down = (level.r, level.spans, level.steps, coarse.inverse, coarse.spans, coarse.r)
        share(vectors.restrict, coarse.spans.shape[0], level.threads, *down)
        self._descend(depth + 1)
        given = (coarse.x, coarse.spans, level.steps, level.inverse, level.spans, level.d, level.x)
        level.share(vectors.prolong, *given)
        level.apply(level.d, level.forces)
        level.share(vectors.subtract, level.r, level.forces, level.inverse, level.spans)
        self._smooth(depth)

    def _smooth(self, depth: int) -> None:
        """Chebyshev steps on ``x``; ``r`` becomes what remained before the last of them, ``d`` is that last step."""
        level, top = self.levels[depth], self._bounds[depth]
        low = top / SMOOTHED_RANGE
        middle, half = 0.5 * (top + low), 0.5 * (top - low)
        rho = half / middle
        level.share(vectors.begin_smoothing, level.r, level.inverse, 1.0 / middle, level.d, level.x, level.spans)
        for _ in range(SMOOTHING_DEGREE - 1):
            level.apply(level.d, level.forces)
            following = 1.0 / (2.0 * middle / half - rho)
            weights = (following * rho, 2.0 * following / half)
            given = (level.r, level.forces, level.inverse, *weights, level.d, level.x, level.spans)
            level.share(vectors.go_on_smoothing, *given)
            rho = following


def plan(shape: tuple[int, ...], sides_mm: tuple[float, float, float]) -> tuple[list[Shape], Shape]:
    """Steps from level to level, and the voxels along each axis (padded) that they divide."""
    size, sides, found = np.array(shape), np.array(sides_mm, dtype=float), []
    while np.prod(size + 1) > COARSEST_NODES:
        nearest = sides[size > 1].min()
        step = np.where((size > 1) & (sides < 1.5 * nearest), 2, 1)
        i, j, k = (int(n) for n in step)
        found.append((i, j, k))
        size, sides = -(-size // step), sides * step
    i, j, k = (int(n) for n in size * np.prod(np.array([*found, (1, 1, 1)]), axis=0))
    return found, (i, j, k)


def brick_numbers(brick: Brick, kind: type) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """What ``add_forces`` needs of a brick."""
    return np.array([*(0.25 / side for side in brick.sides_mm), 1.0 / 3.0], kind), np.array(brick.lame, kind)


def spans_of(tissue: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and one past the last voxel with tissue of each row along k, and the same for the rows of nodes."""
    some = tissue.any(axis=2)
    first = np.where(some, tissue.argmax(axis=2), tissue.shape[2])
    last = np.where(some, tissue.shape[2] - tissue[:, :, ::-1].argmax(axis=2), 0)
    ni, nj = some.shape
    low, high = np.full((ni + 1, nj + 1), tissue.shape[2] + 1), np.zeros((ni + 1, nj + 1), dtype=np.int64)
    for a, b in product((0, 1), repeat=2):
        part = (slice(a, a + ni), slice(b, b + nj))
        low[part] = np.minimum(low[part], np.where(some, first, tissue.shape[2] + 1))
        high[part] = np.maximum(high[part], np.where(some, last + 1, 0))
    voxels = np.stack([np.where(some, first, 0), last], axis=-1).astype(np.int64)
    return voxels, np.stack([np.where(high > 0, low, 0), high], axis=-1).astype(np.int64)


def _coarser(brick: Brick, modulus: F32, free: NDArray[np.uint8], steps: Shape) -> tuple[Brick, F32, NDArray[np.uint8]]:
    """The lattice that joins ``steps`` voxels along each axis."""
    i, j, k = steps
    ni, nj, nk = (n // s for n, s in zip(modulus.shape, steps, strict=True))
    a, b, c = (side * s for side, s in zip(brick.sides_mm, steps, strict=True))
    mean = modulus.reshape(ni, i, nj, j, nk, k).mean(axis=(1, 3, 5), dtype=np.float32)
    return Brick((a, b, c), brick.poisson), mean, _coarser_free(free, steps)


def _coarser_free(free: NDArray[np.uint8], steps: Shape) -> NDArray[np.uint8]:
    """Components free at the coarse nodes: those that are free at every fine node that a coarse one moves."""
    for axis, step in enumerate(steps, start=1):
        if step == 1:
            continue
        padded = np.pad(free, [(int(a == axis),) * 2 for a in range(4)], constant_values=1)
        count = free.shape[axis]
        near = [padded.take(np.arange(off, off + count, step), axis) for off in range(3)]
        free = np.minimum(np.minimum(near[0], near[1]), near[2])
    return np.ascontiguousarray(free)


def _assembled(level: Level) -> sparse.csc_matrix:
    """The matrix of what moves on a small level; a trace of its diagonal keeps it regular."""
    shape = level.modulus.shape
    node = np.arange(np.prod(np.array(shape) + 1)).reshape(np.array(shape) + 1)
    voxels = np.argwhere(level.modulus > 0)
    corners = [node[tuple((voxels + corner).T)] for corner in product((0, 1), repeat=3)]
    unknown = (np.stack(corners, axis=1)[:, :, None] + node.size * np.arange(3)).reshape(len(voxels), 24)
    values = level.modulus[tuple(voxels.T)].astype(float)[:, None, None] * level.brick.stiffness()
    rows, columns = np.repeat(unknown, 24, axis=1).ravel(), np.tile(unknown, (1, 24)).ravel()
    matrix = sparse.coo_matrix((values.ravel(), (rows, columns)), shape=(3 * node.size,) * 2).tocsr()
    moving = np.flatnonzero(level.inverse.ravel() > 0.0)
    kept = matrix[moving][:, moving].tocsc()
    return kept + sparse.identity(len(moving), format="csc") * (1e-10 * float(kept.diagonal().max(initial=1.0)))
