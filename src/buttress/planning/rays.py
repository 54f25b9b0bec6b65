"""Straight lines from a target outwards, and what each would pass through before it leaves the skin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from buttress.ablate.surface import surface_points_mm
from buttress.numerics.grid import Points
from buttress.numerics.resample import sample
from buttress.planning.surroundings import GAS_HU, REACH_MM, Surroundings
from buttress.records.image import Mask

Floats = NDArray[np.float64]

STEP_MM = 0.5

CORTEX_HU = 400.0
"""Bone at or above this counts as cortex to be drilled (ours)."""

GAS_TOLERATED_MM = 2.0
BONE_TOLERATED_MM = 1.0
"""This much gas (a voxel of the box) or other bone on a path is taken for noise (ours)."""

HAND_ROOM_MM = 100.0
"""Room above the skin that no other part of the body may fill (ours: a hand and a probe's grip)."""


@dataclass(frozen=True, slots=True, eq=False)
class Rays:
    """Facts of ``n`` straight lines, each array ``(n,)``.

    ``depth_mm`` to the skin, ``cortex_mm`` and ``bone_mm`` crossed, ``entries`` into the bone, ``incidence_cos`` at its
    surface (1 is square on), ``clearance_mm`` by structure, and ``blocked`` (0 free, else an index into ``REASONS``).
    """

    starts_mm: Points
    directions: Points
    depth_mm: Floats
    cortex_mm: Floats
    bone_mm: Floats
    entries: Floats
    incidence_cos: Floats
    clearance_mm: Mapping[str, Floats]
    blocked: NDArray[np.intp]

    @property
    def least_clearance_mm(self) -> Floats:
        """Least clearance over the structures, ``(n,)``; +inf where there are none."""
        rows = list(self.clearance_mm.values())
        return np.min(rows, axis=0) if rows else np.full(len(self.depth_mm), np.inf)


REASONS = (
    "free",
    "the skin is not in the image",
    "gas or lung in the way",
    "another bone in the way",
    "another part of the body above the skin",
    "the tip would lie outside the body",
)


def fibonacci_directions(n: int) -> Points:
    """``n`` even directions on the sphere, ``(n, 3)``, always the same (Fibonacci lattice)."""
    k = np.arange(n) + 0.5
    z = 1.0 - 2.0 * k / n
    turn = np.pi * (1.0 + 5.0**0.5) * k
    across = np.sqrt(1.0 - z * z)
    return np.column_stack([across * np.cos(turn), across * np.sin(turn), z])


def trace(world: Surroundings, structures: Mapping[str, Mask], starts_mm: Points, directions: Points) -> Rays:
    """Follow lines from ``starts_mm`` ``(n, 3)`` along unit ``directions`` ``(n, 3)`` to the skin."""
    along = np.arange(0.0, REACH_MM, STEP_MM)
    points = starts_mm[:, None, :] + along[None, :, None] * directions[:, None, :]
    index = np.rint(world.grid.to_index(points)).astype(int)
    within = np.all((index >= 0) & (index < np.array(world.grid.shape)), axis=-1)
    at = tuple(np.moveaxis(np.where(within[..., None], index, 0), -1, 0))
    seen = world.seen[at] & within
    air = world.outside[at] & seen
    skin, edge = _first(air), _first(~seen)
    before = np.arange(len(along)) < skin[:, None]
    bone = world.bone[at] & before
    hu = sample(world.hu, world.grid, points)
    return Rays(
        starts_mm=starts_mm,
        directions=directions,
        depth_mm=_skin_depth(hu, skin),
        cortex_mm=_length(bone & ~world.lesion[at] & (hu >= CORTEX_HU)),
        bone_mm=_length(bone),
        entries=np.sum(np.diff(bone.astype(np.int8), axis=1, append=0) < 0, axis=1).astype(float),
        incidence_cos=_incidence(world, bone, at, directions),
        clearance_mm={name: _clearance(mask, points, before, world) for name, mask in structures.items()},
        blocked=_blocked(world, at, skin, edge, before, seen),
    )


def _first(found: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Index of the first true sample of each line, or the number of samples."""
    return np.asarray(np.where(found.any(axis=1), found.argmax(axis=1), found.shape[1]))


def _skin_depth(hu: NDArray[np.float32], skin: NDArray[np.intp]) -> Floats:
    """Depth of the skin, mm: where the grey value falls through that of gas, linear between two samples, ``(n,)``."""
    rows = np.arange(len(skin))
    after = np.clip(skin, 1, hu.shape[1] - 1)
    inner, outer = hu[rows, after - 1], hu[rows, after]
    falls = (inner >= GAS_HU) & (outer < GAS_HU)
    part = np.where(falls, (inner - GAS_HU) / np.where(falls, inner - outer, 1.0), 1.0)
    return np.asarray((after - 1 + part) * STEP_MM * (skin > 0), dtype=np.float64)


def _length(found: NDArray[np.bool_]) -> Floats:
    return np.asarray(found.sum(axis=1) * STEP_MM)


def _blocked(
    world: Surroundings,
    at: tuple[NDArray[np.intp], ...],
    skin: NDArray[np.intp],
    edge: NDArray[np.intp],
    before: NDArray[np.bool_],
    seen: NDArray[np.bool_],
) -> NDArray[np.intp]:
    along = np.arange(before.shape[1])
    above = (along > skin[:, None]) & (along <= skin[:, None] + HAND_ROOM_MM / STEP_MM) & seen
    blocked = np.zeros(len(skin), dtype=np.intp)
    blocked[_length(world.body[at] & above) > BONE_TOLERATED_MM] = 4
    blocked[_length(world.other_bone[at] & before) > BONE_TOLERATED_MM] = 3
    blocked[_length(world.gas[at] & before) > GAS_TOLERATED_MM] = 2
    blocked[(skin >= before.shape[1]) | (edge < skin)] = 1
    blocked[skin == 0] = 5
    return blocked


def _incidence(
    world: Surroundings, bone: NDArray[np.bool_], at: tuple[NDArray[np.intp], ...], directions: Points
) -> Floats:
    """Cosine between the line and the normal of the bone where it leaves it, ``(n,)``; 1 where it meets no bone."""
    last = bone.shape[1] - 1 - np.argmax(bone[:, ::-1], axis=1)
    rows = np.arange(len(last))
    i, j, k = (np.clip(a[rows, last], 1, n - 2) for a, n in zip(at, world.grid.shape, strict=True))
    soft = world.bone_softness
    slope = np.column_stack(
        [
            soft[i + 1, j, k] - soft[i - 1, j, k],
            soft[i, j + 1, k] - soft[i, j - 1, k],
            soft[i, j, k + 1] - soft[i, j, k - 1],
        ]
    )
    size = np.linalg.norm(slope, axis=1)
    cosine = np.abs(np.sum(slope * directions, axis=1)) / np.where(size > 0, size, 1.0)
    return np.asarray(np.where(bone.any(axis=1) & (size > 0), cosine, 1.0))


def _clearance(mask: Mask, points: Points, before: NDArray[np.bool_], world: Surroundings) -> Floats:
    """Least distance of each line inside the body to a structure, ``(n,)``; 0 where the line runs through it."""
    surface = surface_points_mm(mask)
    near = world.grid.contains(surface) if len(surface) else np.zeros(0, dtype=bool)
    least = np.full(len(points), np.inf)
    if not near.any():
        return least
    apart, _ = cKDTree(surface[near]).query(points[before])
    lines = np.nonzero(before)[0]
    np.minimum.at(least, lines, apart)
    index = np.rint(mask.grid.to_index(points[before])).astype(int)
    legal = np.all((index >= 0) & (index < np.array(mask.grid.shape)), axis=1)
    through = np.zeros(len(index), dtype=bool)
    through[legal] = mask.inside[tuple(index[legal].T)]
    least[np.unique(lines[through])] = 0.0
    return least
