"""Nerves and vessels placed by a rule of anatomy beside the bone's own surface: estimates, and marked so."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from buttress.library.load_landmarks import landmarks_of
from buttress.measure.surroundings.directions import Side, direction_vector
from buttress.measure.surroundings.structure import Structure
from buttress.numerics.distance import voxel_corners_mm
from buttress.numerics.grid import Grid, Points
from buttress.records.findings import EstimatedStructure
from buttress.records.image import Mask
from buttress.records.landmark import Landmark

LEVEL_MM = 4.0
"""Ours: slabs across the bone in which its outermost place is looked for; thicker than a CT slice."""
SURFACE_MM = 2.0
"""Ours: the mean of the outermost places within this is taken, so that one voxel does not decide."""
ROOM_MM = 30.0
"""Ours: the bone's long direction is that of its voxels within this of the lesion."""
CORE_MM = 3.0
"""Ours: half the thickness of a nerve or vessel, for what a plan keeps off; the uncertainty is told beside it."""
TUBE_MM = 1.5
ASKS_SUBSITE = "its place depends on the part of the bone: give the lesion's subsite"
ASKS_SIDE = "its place depends on the side of the body: give the lesion's side"


def estimate_structures(
    bone: str, subsite: str | None, side: Side, target: Mask, lesion: Mask, axis: Points | None
) -> tuple[tuple[Structure, ...], tuple[tuple[Landmark, str], ...]]:
    """Structures of the atlas placed beside the target bone, and those that could not be placed, with the reason.

    ``axis`` is the bone's unit direction at the lesion (LPS) where it has a shaft; else its long direction near the
    lesion is taken.
    """
    placed: list[Structure] = []
    open_: list[tuple[Landmark, str]] = []
    surface = voxel_corners_mm(target.inside, target.grid)
    word = (subsite or "").strip().casefold().replace(" ", "_").replace("-", "_")
    for mark in landmarks_of(bone):
        if mark.subsites and not word:
            open_.append((mark, ASKS_SUBSITE))
        elif mark.subsites and word not in mark.subsites:
            continue
        elif direction_vector(mark.toward, side) is None:
            open_.append((mark, ASKS_SIDE))
        elif (line := _line(mark, side, surface, lesion.points_mm(), axis)) is not None:
            placed.append(_structure(mark, line))
    return tuple(placed), tuple(open_)


def _line(mark: Landmark, side: Side, surface: Points, lesion: Points, axis: Points | None) -> Points | None:
    """The structure's middle line: level by level, the bone's outermost place in its direction, and the gap."""
    centre = lesion.mean(axis=0)
    long = np.array([0.0, 0.0, 1.0]) if mark.along == "table" else axis
    if long is None:
        long = _long_direction(surface, centre)
    toward = direction_vector(mark.toward, side)
    assert toward is not None
    across = toward - (toward @ long) * long
    if np.linalg.norm(across) < 0.3:  # a rule across a bone that lies along its direction says nothing
        return None
    across = across / np.linalg.norm(across)
    offset = surface - centre
    level = offset @ long
    near = np.linalg.norm(offset - level[:, None] * long, axis=1) <= mark.within_mm
    surface, level = surface[near], level[near]
    ends = (lesion - centre) @ long
    line = []
    for at in np.arange(ends.min() - mark.reach_mm, ends.max() + mark.reach_mm + LEVEL_MM, LEVEL_MM):
        section = surface[np.abs(level - at) <= 0.5 * LEVEL_MM]
        if len(section) < 4:
            continue
        out = section @ across
        outermost = section[out >= out.max() - SURFACE_MM].mean(axis=0)
        line.append(outermost + mark.gap_mm * across)
    return np.array(line) if line else None


def _long_direction(surface: Points, centre: Points) -> Points:
    """Long direction of the bone near a point."""
    near = surface[np.linalg.norm(surface - centre, axis=1) <= ROOM_MM]
    near = near if len(near) >= 10 else surface
    return np.asarray(np.linalg.eigh(np.cov((near - near.mean(axis=0)).T))[1][:, 2])


def _structure(mark: Landmark, line: Points) -> Structure:
    source = f"{mark.evidence.source}, {mark.evidence.place}; " if mark.evidence else ""
    return Structure(
        name=mark.structure,
        kind=mark.kind,
        points_mm=_filled(line),
        error_mm=mark.uncertain_mm,
        basis="estimated",
        method=f"ESTIMATED, not seen: {mark.gap_mm:.0f} mm {mark.toward} of the bone's surface, by a rule of anatomy",
        note=f"expected within {mark.uncertain_mm:.0f} mm of that place ({source}{mark.ours})",
    )


def _filled(line: Points) -> Points:
    """The line with a point every 1.5 mm at most between neighbours."""
    parts = [line[:1]]
    for a, b in pairwise(line):
        n = max(1, int(np.ceil(np.linalg.norm(b - a) / TUBE_MM)))
        if np.linalg.norm(b - a) <= 6.0 * LEVEL_MM:
            parts.append(a + (np.arange(1, n + 1) / n)[:, None] * (b - a))
        else:
            parts.append(b[None])
    return np.asarray(np.vstack(parts))


def as_tube(structure: Structure, bone: Mask) -> EstimatedStructure:
    """The structure as a thin tube on a grid of 1.5 mm, the bone itself left out."""
    points = structure.points_mm
    low, high = points.min(axis=0) - CORE_MM - TUBE_MM, points.max(axis=0) + CORE_MM + TUBE_MM
    i, j, k = (np.ceil((high - low) / TUBE_MM).astype(int) + 1).tolist()
    grid = Grid.aligned((i, j, k), TUBE_MM, low)
    inside = np.zeros(grid.shape, dtype=bool)
    n = int(np.ceil(CORE_MM / TUBE_MM))
    steps = np.stack(np.meshgrid(*[np.arange(-n, n + 1)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    steps = steps[np.linalg.norm(steps * TUBE_MM, axis=1) <= CORE_MM]
    index = np.rint(grid.to_index(points)).astype(int)[:, None, :] + steps
    index = index.reshape(-1, 3)
    index = index[np.all((index >= 0) & (index < grid.shape), axis=1)]
    inside[tuple(index.T)] = True
    at = np.argwhere(inside)
    in_bone = bone.holds(grid.to_mm(at))
    inside[tuple(at[in_bone].T)] = False
    return EstimatedStructure(Mask(grid, inside), structure.error_mm, structure.kind)
