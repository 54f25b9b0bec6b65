"""When a loaded block fails: the load at which a given volume of bone, cement or metal is strained beyond its limit.

A voxel's greatest strain never converges with the mesh; the load that has a set volume beyond the limit does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.brick import Brick
from buttress.numerics.principal import principal_ends
from buttress.records.strength import BoneStrength

Floats = NDArray[np.float64]
Criterion = Literal["principal", "energy"]
CRITERIA: tuple[Criterion, ...] = ("principal", "energy")

HALVES = np.array([1.0, 1.0, 1.0, 0.5, 0.5, 0.5])
"""Engineering shears to tensor components."""

UNIT_LAW = Brick((1.0, 1.0, 1.0)).elasticity
"""Stress by strain for a modulus of 1; the solver's own Poisson's ratio."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Voxels of one material in the window, ``where`` ``(ni, nj, nk)``, and how many of them make a failure."""

    material: str
    where: NDArray[np.bool_]
    failing: int


def bone_index(strain: Floats, limits: BoneStrength, criterion: Criterion) -> Floats:
    """How near each voxel of bone is to its limit, ``(n,)``, 1 at the limit, from strains ``(6, n)``.

    ``principal``: the greatest stretch over the yield strain in tension, or the greatest shortening over that in
    compression. ``energy``: the energy-equivalent strain over its limit.
    """
    if criterion == "energy":
        return np.asarray(np.sqrt(np.sum(strain * (UNIT_LAW @ strain), axis=0)) / limits.energy_strain.value)
    most, least = principal_ends(strain * HALVES[:, None])
    return np.asarray(
        np.maximum(most / limits.tensile_yield_strain.value, -least / limits.compressive_yield_strain.value)
    )


def stress_index(strain: Floats, modulus_mpa: float, tension_mpa: float, compression_mpa: float) -> Floats:
    """How near each voxel of cement is to its limit by its principal stresses, ``(n,)``."""
    most, least = principal_ends(UNIT_LAW @ strain * modulus_mpa)
    return np.asarray(np.maximum(most / tension_mpa, -least / compression_mpa))


def yield_index(strain: Floats, modulus_mpa: float, yield_mpa: float) -> Floats:
    """How near each voxel of metal is to its yield by von Mises' stress, ``(n,)``."""
    xx, yy, zz, xy, yz, zx = UNIT_LAW @ strain * modulus_mpa
    mises = np.sqrt(0.5 * ((xx - yy) ** 2 + (yy - zz) ** 2 + (zz - xx) ** 2) + 3.0 * (xy**2 + yz**2 + zx**2))
    return np.asarray(mises / yield_mpa)


def load_at_failure(index: Floats, failing: int) -> float:
    """Unit loads at which ``failing`` voxels are at their limit; infinite where there are no more than that."""
    if len(index) <= failing or failing < 1:
        return np.inf
    return float(1.0 / max(np.partition(index, len(index) - failing)[len(index) - failing], 1e-30))


def in_directions(strains: Sequence[Floats], directions: Floats) -> Iterator[Floats]:
    """Strains in each direction ``(n, units)``, from those of the unit loads."""
    for weights in directions:
        yield np.tensordot(weights, np.stack(strains), axes=1)


def least_of(loads: Mapping[str, Floats]) -> tuple[Floats, list[str]]:
    """The least load in every direction and the material that it belongs to."""
    names = list(loads)
    table = np.stack([loads[name] for name in names])
    return table.min(axis=0), [names[n] for n in table.argmin(axis=0)]
