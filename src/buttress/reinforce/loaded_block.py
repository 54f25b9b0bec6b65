"""A block of bone under compression, bending and torsion: strains under unit loads, and the work that they took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.elasticity import ElasticSolver, strain_of
from buttress.numerics.nodal_loads import spread_load
from buttress.reinforce.block import GRIP_VOXELS, BoneBlock

Floats = NDArray[np.float64]

GRIP_MPA = 200_000.0
"""A grip is as stiff as steel (ours)."""

FORCE_N = 1000.0
MOMENT_N_MM = 10_000.0
"""Unit loads; every answer is proportional to them."""

TOLERANCE = 1e-4
"""Of the forces out of balance, over those at the start (ours): moves a strength by less than a thousandth."""

MOST_STEPS = 600

Unit = Literal["compression", "bending_i", "bending_j", "torsion"]
UNITS: tuple[Unit, ...] = ("compression", "bending_i", "bending_j", "torsion")


class UnloadableError(ValueError):
    """A piece of bone that cannot be loaded, with the reason in a sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Displacement at nodes, and twice the strain energy over the load squared: how far a unit load moves the grip."""

    displacement_mm: Floats
    compliance: float
    iterations: int
    solved: bool


@dataclass(frozen=True, slots=True, eq=False)
class LoadFrame:
    """Where loads act on a block: nodal forces of each unit load at its far grip, and the nodes that are held."""

    held: NDArray[np.bool_]
    loads: dict[Unit, Floats]


def load_frame(block: BoneBlock, healed_mpa: Floats) -> LoadFrame:
    """Loads along the line through the centres of stiffness of the healed bone's ends; the near grip is held.

    Compression pushes the far grip along that line; bending turns it about the block's i and j axes; torsion about the
    line. The far grip may move and turn as it likes. Raises :class:`UnloadableError` where too little bone reaches it.
    """
    nodes = _touched(block.grip)
    held = np.zeros((3, *nodes.shape), dtype=bool)
    held[:, :, :, 0] = nodes[:, :, 0]
    far = np.argwhere(nodes[:, :, -1])
    if len(far) == 0 or not held.any():
        raise UnloadableError("no bone reaches one of the grips")
    spacing = block.grid.spacing_mm
    points = np.concatenate([far, np.full((len(far), 1), nodes.shape[2] - 1)], axis=1) * spacing
    ends = [_centre(healed_mpa, k, spacing) for k in (GRIP_VOXELS, healed_mpa.shape[2] - GRIP_VOXELS - 1)]
    axis = ends[1] - ends[0]
    axis /= np.linalg.norm(axis)
    about = ends[0] + axis * (points[0, 2] - ends[0][2]) / axis[2]
    wanted: dict[Unit, tuple[Floats, Floats]] = {
        "compression": (-FORCE_N * axis, np.zeros(3)),
        "bending_i": (np.zeros(3), MOMENT_N_MM * np.array([1.0, 0.0, 0.0])),
        "bending_j": (np.zeros(3), MOMENT_N_MM * np.array([0.0, 1.0, 0.0])),
        "torsion": (np.zeros(3), MOMENT_N_MM * axis),
    }
    try:
        spread = {name: spread_load(points, force, moment, about) for name, (force, moment) in wanted.items()}
    except ValueError as error:
        raise UnloadableError(f"too little bone reaches the far grip ({error})") from error
    loads = {}
    for name, forces in spread.items():
        loads[name] = np.zeros((3, *nodes.shape))
        loads[name][:, far[:, 0], far[:, 1], -1] = forces.T
    return LoadFrame(held, loads)


class LoadedBlock:
    """Solves a block whose voxels have ``modulus_mpa`` under its unit loads."""

    def __init__(self, block: BoneBlock, frame: LoadFrame, modulus_mpa: Floats) -> None:
        self.block, self.frame = block, frame
        self.modulus_mpa = np.where(block.grip, GRIP_MPA, np.where(block.solid, modulus_mpa, 0.0))
        self._solver = ElasticSolver(self.modulus_mpa, block.grid.spacing_mm.tolist(), frame.held)

    def solve(self, unit: Unit, start_mm: Floats | None = None) -> Answer:
        """The answer to one unit load, from the displacement of a similar problem where there is one."""
        return self.solve_load(self.frame.loads[unit], start_mm)

    def solve_load(self, load: Floats, start_mm: Floats | None = None, *, tolerance: float = TOLERANCE) -> Answer:
        """The answer to any load at nodes. Raises :class:`UnloadableError` where the piece falls apart."""
        found = self._solver.solve(load, start_mm=start_mm, tolerance=tolerance, most_iterations=MOST_STEPS)
        if found.status == "not held":
            raise UnloadableError(f"the piece of bone does not hang together ({found.outcome})")
        work = float(np.sum(found.displacement_mm * load))
        return Answer(found.displacement_mm, work, found.iterations, found.status == "solved")

    def strain(self, answer: Answer) -> Floats:
        """Strains ``(6, ni, nj, nk)`` of all voxels."""
        return strain_of(answer.displacement_mm, self.block.grid.spacing_mm.tolist())


def _touched(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Nodes of the voxels inside."""
    nodes = np.zeros(tuple(n + 1 for n in inside.shape), dtype=bool)
    ni, nj, nk = inside.shape
    for a, b, c in np.ndindex(2, 2, 2):
        nodes[a : a + ni, b : b + nj, c : c + nk] |= inside
    return nodes


def _centre(modulus_mpa: Floats, k: int, spacing: Floats) -> Floats:
    """Centre of stiffness of one layer, mm from the grid's first node."""
    layer = modulus_mpa[:, :, k]
    i, j = np.indices(layer.shape)
    return np.array([(layer * i).sum() / layer.sum() + 0.5, (layer * j).sum() / layer.sum() + 0.5, k + 0.5]) * spacing
