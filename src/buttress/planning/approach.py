"""A straight way from the skin to the lesion that meets nothing it should not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics.grid import Points
from buttress.numerics.resample import sample
from buttress.planning.rays import REASONS, Rays, fibonacci_directions, trace
from buttress.planning.surroundings import GAS_HU, Surroundings, look_around
from buttress.records.findings import BoneAxis, SeenLesion
from buttress.records.image import Mask, Volume
from buttress.records.plan import Placement

Floats = NDArray[np.float64]

DIRECTIONS = 600
FINE_DIRECTIONS = 60
FINE_RAD = np.deg2rad(8.0)
"""Even directions over the sphere (about 8 degrees apart), then a finer look about the best of them (ours)."""

CORTEX_COST = 2.0
"""A millimetre of cortex counts as three of soft tissue in all (one for its length): drilling is slow (ours)."""

SLANT_COST_MM = 30.0
"""Meeting the bone at a grazing angle costs as much as 30 mm: the tip slides off (ours)."""

SECOND_ENTRY_COST_MM = 30.0
"""Leaving and entering the bone again costs as much as 30 mm (ours)."""

CROSSING_MM = 2.0
"""Nearer than this, the path counts as crossing the structure: about a voxel of the search (ours)."""

SKIN_SEARCH_MM = 6.0
SKIN_STEP_MM = 0.25
"""The skin is found again on the CT itself, this far about the voxel of the box that found it (ours)."""


@dataclass(frozen=True, slots=True)
class ProposedPath:
    """Paths of the probes of one plan (parallel), or none; ``reason`` says what limited the choice."""

    placements: tuple[Placement, ...]
    axis: tuple[float, float, float] | None
    reason: str


def propose_path(
    seen: SeenLesion,
    ct: Volume,
    structures: Mapping[str, Mask],
    target_mm: ArrayLike,
    *,
    probes: int = 1,
    spacing_mm: float = 0.0,
    min_clearance_mm: float,
    world: Surroundings | None = None,
) -> ProposedPath:
    """Search straight paths from the skin to the target; several probes run parallel, evenly about the target.

    Paths that meet gas, lung, another bone or another limb, whose skin is not in the image, or that cross a structure,
    are refused. Of the rest that keep ``min_clearance_mm`` from every structure (or, where none does, those that keep
    most) the one with the least cost wins: its length, the cortex it drills, how slantwise it meets the bone and how
    often it enters it. Deterministic. ``structures`` must not hold the skin. ``world`` saves looking around again.
    """
    world = look_around(seen, ct, target_mm) if world is None else world
    target = np.asarray(target_mm, dtype=float)
    spread = _main_direction(seen)
    first = _search(world, structures, target, fibonacci_directions(DIRECTIONS), spread, probes, spacing_mm)
    best, reason = _best(first, probes, min_clearance_mm)
    if best is None:
        return ProposedPath((), None, reason)
    around = _cone(first.directions[best * probes])
    fine = _search(world, structures, target, around, spread, probes, spacing_mm)
    best, reason = _best(fine, probes, min_clearance_mm)
    if best is None:
        raise AssertionError("the finer look includes the direction it was made about")
    inward = -fine.directions[best * probes]
    x, y, z = inward.tolist()
    placements = tuple(_placement(fine, best * probes + p, ct, seen.findings.bone_axis) for p in range(probes))
    return ProposedPath(placements, (x, y, z), reason)


def _search(
    world: Surroundings,
    structures: Mapping[str, Mask],
    target: Points,
    directions: Points,
    spread: Floats,
    probes: int,
    spacing_mm: float,
) -> Rays:
    """Rays of all probes of all directions, ``(directions * probes,)``, those of one direction side by side."""
    starts = target + parallel_offsets(directions, spread, probes, spacing_mm)
    repeated = np.repeat(directions, probes, axis=0)
    return trace(world, structures, starts.reshape(-1, 3), repeated)


def parallel_offsets(directions: Points, spread: Floats, probes: int, spacing_mm: float) -> Points:
    """Offsets of parallel probes across each direction, ``(n, probes, 3)``: a pair, a triangle or a square.

    Neighbours are ``spacing_mm`` apart; the pair and a side of the square lie along ``spread``. Raises ``ValueError``
    for more than four.
    """
    if not 1 <= probes <= 4:
        raise ValueError(f"one to four parallel probes are laid out, not {probes}")
    radius = {1: 0.0, 2: 0.5, 3: 1.0 / np.sqrt(3.0), 4: np.sqrt(0.5)}[probes] * spacing_mm
    across = spread - (directions @ spread)[:, None] * directions
    size = np.linalg.norm(across, axis=1, keepdims=True)
    helper = np.eye(3)[np.argmin(np.abs(directions), axis=1)]
    plain = helper - np.sum(helper * directions, axis=1, keepdims=True) * directions
    u = np.where(size > 0.1, across, plain)
    u = u / np.linalg.norm(u, axis=1, keepdims=True)
    v = np.cross(directions, u)
    turn = np.arange(probes) * 2 * np.pi / probes + (np.pi / 4 if probes == 4 else 0.0)
    return np.asarray(radius * (np.cos(turn)[None, :, None] * u[:, None] + np.sin(turn)[None, :, None] * v[:, None]))


def _best(rays: Rays, probes: int, min_clearance_mm: float) -> tuple[int | None, str]:
    """Index of the best direction and what limited it."""
    blocked = rays.blocked.reshape(-1, probes).max(axis=1)
    clearance = rays.least_clearance_mm.reshape(-1, probes).min(axis=1)
    cost = _cost(rays).reshape(-1, probes).sum(axis=1)
    free = blocked == 0
    if not free.any():
        return None, f"no straight path: {_commonest(rays.blocked)}"
    open_ways = free & (clearance >= CROSSING_MM)
    if not open_ways.any():
        return None, "no straight path: every free direction crosses a structure that must be spared"
    wide = open_ways & (clearance >= min_clearance_mm)
    if wide.any():
        return int(np.argmin(np.where(wide, cost, np.inf))), "least cost of the free straight paths"
    most = float(clearance[open_ways].max())
    near_most = open_ways & (clearance >= most - 1.0)
    reason = f"no free path keeps {min_clearance_mm:g} mm from every structure: this one keeps about {most:.0f} mm"
    return int(np.argmin(np.where(near_most, cost, np.inf))), reason


def _cost(rays: Rays) -> Floats:
    slant = SLANT_COST_MM * (1.0 - rays.incidence_cos)
    again = SECOND_ENTRY_COST_MM * np.maximum(rays.entries - 1.0, 0.0)
    return np.asarray(rays.depth_mm + CORTEX_COST * rays.cortex_mm + slant + again)


def _commonest(blocked: NDArray[np.intp]) -> str:
    counts = np.bincount(blocked, minlength=len(REASONS))
    return ", ".join(
        f"{REASONS[k]} ({counts[k] / len(blocked):.0%})" for k in np.argsort(-counts, kind="stable") if counts[k]
    )


def _cone(direction: Floats) -> Points:
    """Directions within 8 degrees of one, that one first, ``(61, 3)``."""
    helper = np.eye(3)[int(np.argmin(np.abs(direction)))]
    u = np.cross(direction, helper)
    u = u / np.linalg.norm(u)
    v = np.cross(direction, u)
    k = np.arange(FINE_DIRECTIONS) + 0.5
    off, turn = FINE_RAD * np.sqrt(k / FINE_DIRECTIONS), np.pi * (1.0 + 5.0**0.5) * k
    ring = np.cos(turn)[:, None] * u + np.sin(turn)[:, None] * v
    around = np.cos(off)[:, None] * direction + np.sin(off)[:, None] * ring
    return np.vstack([direction, around])


def _main_direction(seen: SeenLesion) -> Floats:
    """Direction in which the lesion is longest, ``(3,)``: two probes are laid side by side along it."""
    points = seen.lesion.points_mm()
    _, vectors = np.linalg.eigh(np.cov(points.T)) if len(points) > 3 else (None, np.eye(3))
    longest = np.asarray(vectors[:, -1])
    return np.asarray(longest * np.sign(longest[int(np.argmax(np.abs(longest)))]))


def _placement(rays: Rays, k: int, ct: Volume, axis: BoneAxis | None) -> Placement:
    tip, direction = rays.starts_mm[k], rays.directions[k]
    depth = _depth_to_skin(ct, tip, direction, float(rays.depth_mm[k]))
    entry = tip + depth * direction
    ex, ey, ez = entry.tolist()
    tx, ty, tz = tip.tolist()
    near = ((name, float(values[k])) for name, values in rays.clearance_mm.items())
    return Placement(
        entry_mm=(ex, ey, ez),
        tip_mm=(tx, ty, tz),
        depth_mm=depth,
        bone_path_mm=float(rays.bone_mm[k]),
        angle_to_axis_deg=None if axis is None else angle_to_axis(axis, direction),
        clearances=tuple((name, value) for name, value in near if np.isfinite(value)),
    )


def _depth_to_skin(ct: Volume, tip: Points, direction: Floats, about_mm: float) -> float:
    """Where the CT itself falls to gas near the skin that the coarse box found, mm from the tip."""
    depths = np.arange(max(0.0, about_mm - SKIN_SEARCH_MM), about_mm + SKIN_SEARCH_MM, SKIN_STEP_MM)
    hu = sample(ct.values, ct.grid, tip + depths[:, None] * direction)
    gas = np.flatnonzero(hu < GAS_HU)
    return float(depths[gas[0]]) if len(gas) else about_mm


def angle_to_axis(axis: BoneAxis, direction: Floats) -> float:
    """Angle between a unit vector and the bone's axis at the lesion, 0 to 90 degrees."""
    arc = np.array(axis.from_lesion_mm)
    k = int(np.clip(np.argmin(np.abs(arc)), 1, len(arc) - 1))
    along = np.array(axis.points_mm[k]) - np.array(axis.points_mm[k - 1])
    return float(np.rad2deg(np.arccos(min(1.0, abs(float(along @ direction)) / float(np.linalg.norm(along))))))
