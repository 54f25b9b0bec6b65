"""Elasticity of voxels that yield: how much load a body bears as it is pushed further and further.

Stress follows total strain (deformation theory): a voxel's secant modulus is its own times a factor of its strain. The
load keeps its pattern; its size is found for each given displacement, so that a curve can be followed over its peak.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics.elasticity import ElasticSolver, strain_of

Floats = NDArray[np.float64]
Weaken = Callable[[Floats], Floats]
"""Secant over initial modulus of every voxel ``(ni, nj, nk)``, above 0, from strains ``(6, ni, nj, nk)``."""

STEADY = 1e-3
"""The load at one displacement is told when a look moves it by less than this share (ours)."""

MOST_LOOKS = 60

FALLEN = 0.97
"""The peak is past once the load is below this share of it (numerical, ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class Push:
    """Loads borne at increasing displacements of the load's own point.

    ``displacement`` is the work that a load of 1 would do on the way: for a force of 1 N at one place, how far that
    place moves its way. ``load`` is in units of the pattern.
    """

    displacement: Floats
    load: Floats
    solved: bool

    @property
    def peak(self) -> float:
        """The greatest load."""
        return float(self.load.max(initial=0.0))


def push(
    modulus_mpa: ArrayLike,
    spacing_mm: Sequence[float],
    held: NDArray[np.bool_],
    pattern_n: Floats,
    weaken: Weaken,
    displacements: Sequence[float],
    *,
    poisson: float = 0.3,
    tolerance: float = 1e-4,
    most_iterations: int = 600,
) -> Push:
    """Follow a body up to each of increasing ``displacements``; stops once the load has fallen.

    ``pattern_n`` ``(3, ni + 1, nj + 1, nk + 1)`` are the nodal forces of a load of 1. Raises ``ValueError``
    where a piece that is loaded is not held.
    """
    modulus = np.asarray(modulus_mpa, dtype=float)
    factor = np.ones(modulus.shape)
    moved: Floats | None = None
    at: list[float] = []
    loads: list[float] = []
    solved = True
    for wanted in displacements:
        load = 0.0
        for look in range(MOST_LOOKS):
            solver = ElasticSolver(modulus * factor, spacing_mm, held, poisson)
            found = solver.solve(pattern_n, start_mm=moved, tolerance=tolerance, most_iterations=most_iterations)
            if found.status == "not held":
                raise ValueError(found.outcome)
            moved = found.displacement_mm
            before, load = load, wanted / float(np.sum(moved * pattern_n))
            if look > 0 and abs(load - before) <= STEADY * load:
                break
            factor = weaken(strain_of(load * moved, spacing_mm))
        else:
            solved = False
        solved &= found.status == "solved"
        at.append(float(wanted))
        loads.append(load)
        if load < FALLEN * max(loads):
            break
    return Push(np.array(at), np.array(loads), solved)
