"""Small-strain elasticity of a lattice of voxels: ``div σ = 0``, σ from each voxel's modulus and one Poisson's ratio.

Trilinear bricks, fully integrated, never assembled; conjugate gradients in float64 behind a multigrid cycle in float32.
Newtons, millimetres, megapascals. Displacements and forces are ``(3, ni + 1, nj + 1, nk + 1)`` at nodes: node
``(i, j, k)`` is the corner that voxels ``(i - 1, …)`` and ``(i, …)`` share, at ``(i, j, k) * spacing_mm``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from buttress.numerics import elastic_vectors as vectors
from buttress.numerics.brick import Brick
from buttress.numerics.elastic_multigrid import ElasticMultigrid, Level, brick_numbers, plan
from buttress.numerics.elasticity_kernels import add_forces

Floats = NDArray[np.float64]
Progress = Callable[[float], bool]
"""Told the relative residual; answers whether to go on."""

Status = Literal["solved", "not converged", "cancelled", "not held", "nothing to solve"]

HELD_RANK = 1e-6
"""Numerical, ours: a piece is held where no rigid motion leaves its held components within this share of rest."""


@dataclass(frozen=True, slots=True, eq=False)
class ElasticSolution:
    """What a solve came to.

    ``displacement_mm`` and ``force_n`` ``(3, ni + 1, nj + 1, nk + 1)``: forces are those the voxels need at every node,
    that is the loads where it moves freely and loads with reactions where it is held. ``residual`` is the norm of the
    forces out of balance over that at the start. ``outcome`` is a sentence.
    """

    status: Status
    outcome: str
    displacement_mm: Floats
    force_n: Floats
    residual: float
    iterations: int

    @property
    def energy_n_mm(self) -> float:
        """Strain energy, N·mm."""
        return 0.5 * float(np.sum(self.displacement_mm * self.force_n))


class ElasticSolver:
    """Solves for any loads and held values on one lattice of voxels with one set of held components.

    ``modulus_mpa`` ``(ni, nj, nk)`` (0: void), ``spacing_mm`` (3,), ``held`` bool ``(3, ni + 1, nj + 1, nk + 1)``.
    Raises ``ValueError`` for moduli that are negative or not finite, and shapes that do not fit together.
    """

    def __init__(
        self, modulus_mpa: ArrayLike, spacing_mm: Sequence[float], held: NDArray[np.bool_], poisson: float = 0.3
    ) -> None:
        modulus = np.asarray(modulus_mpa, dtype=np.float32)
        if modulus.ndim != 3 or not (np.isfinite(modulus).all() and (modulus >= 0).all()):
            raise ValueError("moduli: three axes, finite and not negative")
        self._nodes = tuple(slice(0, n + 1) for n in modulus.shape)
        if held.shape != (3, *(n + 1 for n in modulus.shape)):
            raise ValueError(f"held components have shape {held.shape}, the lattice of voxels {modulus.shape}")
        i, j, k = (float(side) for side in spacing_mm)
        self.brick, self.modulus_mpa, self.held = Brick((i, j, k), poisson), modulus, held
        self._padded = plan(modulus.shape, self.brick.sides_mm)[1]
        self._grid: ElasticMultigrid | None = None

    def solve(
        self,
        load_n: Floats | None = None,
        held_mm: Floats | None = None,
        *,
        start_mm: Floats | None = None,
        tolerance: float = 1e-6,
        most_iterations: int = 200,
        progress: Progress | None = None,
    ) -> ElasticSolution:
        """Displacement under ``load_n`` with held components at ``held_mm`` (zero where None), from ``start_mm``.

        All three ``(3, ni + 1, nj + 1, nk + 1)``. A piece of bone that nothing holds is an answer, not an error:
        status "not held". Raises ``ValueError`` for arrays of another shape or values that are not finite.
        """
        load, values, first = (self._checked(array) for array in (load_n, held_mm, start_mm))
        loose = self._loose(load, values)
        if loose:
            return self._nothing("not held", loose)
        held = self._wide(self.held)
        values[~held] = 0.0
        forces = np.zeros_like(load)
        scale = self._size(self._out_of_balance(values, load.copy(), forces))
        if scale == 0.0:
            return self._nothing("nothing to solve", "No load and no displacement is given: nothing moves.")
        np.copyto(first, values, where=held)
        r = self._out_of_balance(first, load, forces)
        return self._iterate(first, r, forces, scale, tolerance, most_iterations, progress)

    def forces_of(self, displacement_mm: Floats) -> Floats:
        """Forces (N) that a displacement takes at every node, ``(3, ni + 1, nj + 1, nk + 1)`` both."""
        u = self._checked(displacement_mm)
        out = np.zeros_like(u)
        self._apply(u, out)
        return out[(slice(None), *self._nodes)].copy()

    def _iterate(
        self, u: Floats, r: Floats, forces: Floats, scale: float, tolerance: float, most: int, progress: Progress | None
    ) -> ElasticSolution:
        """Conjugate gradients from ``u`` with residual ``r``."""
        grid, fine = self._multigrid(), self._multigrid().finest
        spans, inverse, sums = fine.spans, fine.inverse, np.zeros(fine.spans.shape[0])
        status: Status = "solved"
        along, before, steps = np.zeros_like(u), 0.0, 0
        residual = self._size(r) / scale
        while residual > tolerance:
            if steps >= most or (progress is not None and not progress(residual)):
                status = "not converged" if steps >= most else "cancelled"
                break
            size = residual * scale
            fine.share(vectors.scale_into, r, 1.0 / size, fine.r, spans)
            grid.correct()
            fine.share(vectors.dot, r, fine.x, spans, sums)
            agreement = float(sums.sum()) * size
            fine.share(vectors.redirect, along, fine.x, size, agreement / before if before else 0.0, spans)
            before = agreement
            self._apply(along, forces)
            fine.share(vectors.dot, along, forces, spans, sums)
            step = agreement / float(sums.sum())
            fine.share(vectors.advance, u, r, along, forces, inverse, step, spans, sums)
            residual = float(np.sqrt(sums.sum())) / scale
            steps += 1
        return self._answer(status, u, residual, steps)

    def _answer(self, status: Status, u: Floats, residual: float, steps: int) -> ElasticSolution:
        told = {
            "solved": f"Solved in {steps} steps.",
            "not converged": f"Forces were still {residual:.1e} out of balance after {steps} steps.",
            "cancelled": f"Stopped on request after {steps} steps, {residual:.1e} out of balance.",
        }[status]
        found = u[(slice(None), *self._nodes)].copy()
        return ElasticSolution(status, told, found, self.forces_of(found), residual, steps)

    def _nothing(self, status: Status, outcome: str) -> ElasticSolution:
        none = np.zeros(self.held.shape)
        return ElasticSolution(status, outcome, none, none.copy(), 0.0, 0)

    def _multigrid(self) -> ElasticMultigrid:
        if self._grid is None:
            extra = [(0, p - n) for p, n in zip(self._padded, self.modulus_mpa.shape, strict=True)]
            # Beyond the lattice nothing is held: a held node there would hold the coarse nodes that reach across.
            free = (~np.pad(self.held, [(0, 0), *extra])).astype(np.uint8)
            modulus = np.pad(self.modulus_mpa, extra)
            self._grid = ElasticMultigrid(self.brick, modulus, free)
            self._modulus = modulus.astype(np.float64) * self.brick.volume_mm3
            self._numbers = brick_numbers(self.brick, np.float64)
        return self._grid

    def _apply(self, u: Floats, out: Floats) -> None:
        """``out = K u`` in float64."""
        fine: Level = self._multigrid().finest
        out.fill(0.0)
        add_forces(u, self._modulus, out, fine.voxel_spans, *self._numbers, fine.threads)

    def _out_of_balance(self, u: Floats, load: Floats, forces: Floats) -> Floats:
        """``load`` less the forces of ``u``, in its place, zero where nothing moves; ``forces`` is scratch."""
        self._apply(u, forces)
        load -= forces
        load[self._multigrid().finest.inverse == 0.0] = 0.0
        return load

    @staticmethod
    def _size(vector: Floats) -> float:
        return float(np.sqrt(np.sum(vector**2)))

    def _wide(self, nodes: NDArray[np.bool_]) -> NDArray[np.bool_]:
        extra = [(0, p + 1 - n) for p, n in zip(self._padded, nodes.shape[1:], strict=True)]
        return np.pad(nodes, [(0, 0), *extra])

    def _checked(self, array: Floats | None) -> Floats:
        """The array on the padded lattice; zeros for None."""
        wide = np.zeros((3, *(n + 1 for n in self._padded)))
        if array is not None:
            if array.shape != self.held.shape or not np.isfinite(array).all():
                raise ValueError(f"expected finite values {self.held.shape}, got shape {array.shape}")
            wide[(slice(None), *self._nodes)] = array
        return wide

    def _loose(self, load: Floats, values: Floats) -> str:
        """A sentence where a piece that is loaded or moved could move as a whole; empty where none could."""
        pieces = ndimage.label(self.modulus_mpa > 0, np.ones((3, 3, 3)))[0]
        if not pieces.any():
            return "There is no solid to load."
        piece_at, nodes = _at_nodes(pieces), (slice(None), *self._nodes)
        loaded = (load[nodes] != 0).any(axis=0)
        if (loaded & (piece_at == 0)).any():
            return "A load acts where there is no solid."
        driven = loaded | ((values[nodes] != 0) & self.held & (piece_at > 0)).any(axis=0)
        for piece in np.unique(piece_at[driven]):
            if not _is_held(self.held & (piece_at == piece), self.brick.sides_mm):
                return f"A loaded piece of {int((pieces == piece).sum())} voxels is not held against all rigid motion."
        return ""


def _at_nodes(pieces: NDArray[np.intp]) -> NDArray[np.intp]:
    """The piece that a node belongs to, 0 in the void: voxels about one node are of one piece."""
    padded = np.pad(pieces, 1)
    i, j, k = (slice(0, n + 1) for n in pieces.shape)
    corners = [padded[a:, b:, c:][i, j, k] for a, b, c in np.ndindex(2, 2, 2)]
    return np.asarray(np.maximum.reduce(corners))


def _is_held(held: NDArray[np.bool_], sides_mm: tuple[float, float, float]) -> bool:
    """Whether components held at nodes stop all six rigid motions."""
    component, *node = np.nonzero(held)
    if len(component) < 6:
        return False
    at = np.stack(node, axis=1) * np.asarray(sides_mm)
    at = (at - at.mean(axis=0)) / max(float(np.ptp(at, axis=0).max()), 1e-12)
    rows = np.zeros((len(component), 6))
    rows[np.arange(len(component)), component] = 1.0
    for turn in range(3):
        axis = np.zeros(3)
        axis[turn] = 1.0
        rows[:, 3 + turn] = np.cross(axis, at)[np.arange(len(component)), component]
    values = np.linalg.svd(rows.T @ rows, compute_uv=False)
    return bool(values[-1] > HELD_RANK**2 * values[0])


def strain_of(displacement_mm: Floats, spacing_mm: Sequence[float]) -> Floats:
    """Mean strain of every voxel ``(6, ni, nj, nk)``: xx, yy, zz and the engineering shears xy, yz, zx."""
    i, j, k = (float(side) for side in spacing_mm)
    at_middle = Brick((i, j, k)).strain_matrix()
    ni, nj, nk = (n - 1 for n in displacement_mm.shape[1:])
    found = np.zeros((6, ni, nj, nk))
    for n, (a, b, c) in enumerate(np.ndindex(2, 2, 2)):
        corner = displacement_mm[:, a : a + ni, b : b + nj, c : c + nk]
        found += np.tensordot(at_middle[:, 3 * n : 3 * n + 3], corner, axes=1)
    return found


def stress_of(strain: Floats, modulus_mpa: ArrayLike, poisson: float = 0.3) -> Floats:
    """Stress of every voxel ``(6, ni, nj, nk)``, MPa, from its strain; same order."""
    law = Brick((1.0, 1.0, 1.0), poisson).elasticity
    return np.asarray(np.tensordot(law, strain, axes=1) * np.asarray(modulus_mpa, dtype=float))


def energy_density_of(strain: Floats, stress: Floats) -> Floats:
    """Strain energy of every voxel over its volume, from its mean strain and stress, MPa."""
    return np.asarray(0.5 * np.sum(strain * stress, axis=0))
