"""A block of bone that is loaded: strains under unit loads, and the work that they took."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.elasticity import ElasticSolution, ElasticSolver, strain_of
from buttress.reinforce.block import BoneBlock
from buttress.reinforce.load_frame import LoadFrame, UnloadableError

Floats = NDArray[np.float64]

GRIP_MPA = 200_000.0
"""A grip is as stiff as steel (ours)."""

TOLERANCE = 1e-4
"""Of the forces out of balance, over those at the start (ours): moves a strength by less than a thousandth."""

MOST_STEPS, RESTART_STEPS = 600, 150
"""Steps in all, and those after which the search begins anew from where it stands (numerical): beside metal its
directions can lose their independence, and it then stands still a little off; begun anew it soon ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Displacement at nodes, and twice the strain energy over the load squared: how far a unit load moves the grip."""

    displacement_mm: Floats
    compliance: float
    iterations: int
    solved: bool


class LoadedBlock:
    """Solves a block whose voxels have ``modulus_mpa`` under its unit loads."""

    def __init__(self, block: BoneBlock, frame: LoadFrame, modulus_mpa: Floats) -> None:
        self.block, self.frame = block, frame
        self.modulus_mpa = np.where(block.grip, GRIP_MPA, np.where(block.solid, modulus_mpa, 0.0))
        self._solver = ElasticSolver(self.modulus_mpa, block.grid.spacing_mm.tolist(), frame.held)

    def solve(self, unit: str, start_mm: Floats | None = None) -> Answer:
        """The answer to one unit load, from the displacement of a similar problem where there is one."""
        return self.solve_load(self.frame.loads[unit], start_mm)

    def solve_load(self, load: Floats, start_mm: Floats | None = None, *, tolerance: float = TOLERANCE) -> Answer:
        """The answer to any load at nodes. Raises :class:`UnloadableError` where the piece falls apart."""
        found, steps = self._turn(load, start_mm, tolerance), 0
        while found.status == "not converged" and steps + found.iterations < MOST_STEPS:
            steps += found.iterations
            found = self._turn(load, found.displacement_mm, tolerance)
        if found.status == "not held":
            raise UnloadableError(f"the piece of bone does not hang together ({found.outcome})")
        work = float(np.sum(found.displacement_mm * load))
        return Answer(found.displacement_mm, work, steps + found.iterations, found.status == "solved")

    def _turn(self, load: Floats, start_mm: Floats | None, tolerance: float) -> ElasticSolution:
        return self._solver.solve(load, start_mm=start_mm, tolerance=tolerance, most_iterations=RESTART_STEPS)

    def strain(self, answer: Answer) -> Floats:
        """Strains ``(6, ni, nj, nk)`` of all voxels."""
        return strain_of(answer.displacement_mm, self.block.grid.spacing_mm.tolist())
