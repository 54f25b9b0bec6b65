"""How a block of bone is loaded: unit loads at its nodes, what is held, and the load cases made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.records.strength import LoadCase

Floats = NDArray[np.float64]

FORCE_N = 1000.0
MOMENT_N_MM = 10_000.0
"""Unit loads; every answer is proportional to them."""


class UnloadableError(ValueError):
    """A piece of bone that cannot be loaded, with the reason in a sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class CaseLoad:
    """A load case as sums of unit loads: ``directions`` ``(n, units)``; the weakest direction counts."""

    units: tuple[str, ...]
    directions: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LoadFrame:
    """How a block is loaded: nodal forces of each unit load, the nodes that are held, and the cases made of them."""

    held: NDArray[np.bool_]
    loads: Mapping[str, Floats]
    cases: Mapping[LoadCase, CaseLoad]


def touched_nodes(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Nodes of the voxels inside, ``(ni + 1, nj + 1, nk + 1)``."""
    nodes = np.zeros(tuple(n + 1 for n in inside.shape), dtype=bool)
    ni, nj, nk = inside.shape
    for a, b, c in np.ndindex(2, 2, 2):
        nodes[a : a + ni, b : b + nj, c : c + nk] |= inside
    return nodes
