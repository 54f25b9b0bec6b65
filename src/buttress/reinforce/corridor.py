"""Straight corridors through a bone and across its lesion in which a screw of the shelf stays inside the bone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.grid import Points
from buttress.numerics.resample import box_grid
from buttress.records.corridor import Corridor, ScrewPair, ScrewPath
from buttress.records.image import Mask
from buttress.records.implant import Implant
from buttress.reinforce.bone_lines import BoneBox, Lines, bone_box, follow
from buttress.reinforce.inserts import ANCHOR_MM
from buttress.reinforce.screw_fit import (
    MARGIN_MM,
    Fits,
    Size,
    fits_of,
    size_of,
)

Floats = NDArray[np.float64]

DIRECTIONS, POINTS = 600, 40
"""Directions over the hemisphere (about 6 degrees apart) and at most so many points of the lesion (ours)."""

LEAST_APART_MM = 3.0
"""Points of a small lesion lie no nearer to each other than this (ours)."""

COARSE_MM, FINE_MM = 1.0, 0.5
"""Numerical: steps along lines, first over all of them, then about the best."""

SLACK_MM = 1.0
"""The first look lets a line come this much nearer to the surface: the finer one turns it inwards (ours)."""

SEEDS = 8
FINER = ((4.0, 2.0), (2.0, 1.0), (1.0, 0.5), (0.5, 0.25))
"""Degrees and millimetres by which the best lines are turned and shifted, round by round (ours)."""

KEPT, OTHER_DEG, OTHER_MM = 3, 15.0, 10.0
"""So many corridors are told, different from each other by this angle, or by this distance of their middles (ours)."""

ENOUGH_MM, ALIKE_MM = 2 * ANCHOR_MM, 5.0
"""From this anchorage on a wider screw, then a deeper one goes before a better held one; steps that count (ours)."""

STEP_WORTH_MM = 1000.0
"""Numerical: more than any clearance."""

BESIDE_MM, BESIDE_STEP_MM = 18.0, 1.5
"""Parallel screws are looked for this far beside a corridor, in these steps (ours)."""

LEAST_DIAMETER_MM, DIAMETER_STEP_MM = 1.0, 0.5
"""Where no screw fits, narrower ones are tried in these steps down to here, to say what would (ours)."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that a screw fits on, or may once it is turned; ``lesion_mm`` is where the lesion lies on it."""

    point: Points
    direction: Points
    score: float
    size: Size
    path: ScrewPath
    lesion_mm: tuple[float, float]

    @property
    def rank(self) -> tuple[float, float, float]:
        """By lesser anchorage as long as it is not enough, then the diameter, then as lines of one screw go."""
        lesser = min(self.path.entry_anchorage_mm, self.path.tip_anchorage_mm)
        return min(lesser, ENOUGH_MM) // ALIKE_MM, self.size.diameter_mm, self.score


def find_corridors(
    bone: Mask, lesion: Mask, screws: Sequence[Implant], in_the_way: Mask | None = None
) -> tuple[tuple[Corridor, ...], str]:
    """The best corridors, best first, and a sentence: how they were chosen, or why there is none.

    ``bone`` is the restored periosteal mask, ``lesion`` the part of the lesion in it, ``in_the_way`` what a screw's way
    to the bone must not meet, such as other bones. Always the same answer for the same masks.
    """
    if not lesion.inside.any():
        return (), "No corridor for a screw was searched for: no part of the lesion lies in the bone."
    try:
        box = bone_box(bone, lesion, in_the_way)
    except ValueError as error:
        return (), f"No corridor for a screw was searched for: {error}."
    sizes = sorted((size_of(one) for one in screws), key=lambda one: -one.diameter_mm)
    starts = _starts(lesion)
    found = [line for seeds in _seeds(box, starts, sizes) for line in _refined(box, seeds)]
    best = _different(sorted(found, key=lambda line: line.rank, reverse=True), KEPT)
    if not best:
        return (), _why_none(box, starts, sizes[-1])
    return tuple(_corridor(box, line, sizes) for line in best), (
        f"Straight ways through the bone and across the lesion that leave {MARGIN_MM:g} mm of bone about the thread "
        f"and hold at least {ANCHOR_MM:g} mm on either side of the lesion; the way from the skin was not looked at."
    )


def hemisphere(count: int) -> Points:
    """About ``count`` even directions, one of each pair of opposites, mirrored left to right onto themselves."""
    k = np.arange(count) + 0.5
    z, turn = k / count, np.pi * (1.0 + 5.0**0.5) * k
    across = np.sqrt(1.0 - z * z)
    half = np.column_stack([across * np.cos(turn), across * np.sin(turn), z])
    half = half[half[:, 0] > 0.0]
    return np.vstack([half, half * np.array([-1.0, 1.0, 1.0])])


def _starts(lesion: Mask) -> Points:
    """Points of the lesion on an even lattice about its middle, ``(n, 3)``; one where it is too thin for a lattice."""
    at = lesion.points_mm()
    low, high = at.min(axis=0), at.max(axis=0)
    apart = max(LEAST_APART_MM, (lesion.volume_ml * 1000.0 / POINTS) ** (1 / 3))
    grid = box_grid((low + high) / 2, (high - low) / 2, apart)
    lattice = grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1)).reshape(-1, 3)
    lattice = lattice[lesion.holds(lattice)]
    nearest = at[np.argmin(np.linalg.norm(at - at.mean(axis=0), axis=1))]
    return lattice if len(lattice) else nearest[None]


def _seeds(box: BoneBox, starts: Points, sizes: Sequence[Size]) -> list[list[_Line]]:
    """For each size the best lines of all directions through all points, those that differ."""
    directions = hemisphere(DIRECTIONS)
    found: list[list[_Line]] = [[] for _ in sizes]
    for start in starts:
        lines = follow(box, np.broadcast_to(start, directions.shape), directions, COARSE_MM)
        for size, seeds in zip(sizes, found, strict=True):
            seeds += _different(_ranked(lines, size, SLACK_MM), SEEDS)
    return [_different(sorted(seeds, key=lambda line: -line.score), SEEDS) for seeds in found]


def _refined(box: BoneBox, seeds: Sequence[_Line]) -> Iterator[_Line]:
    """Each line turned and shifted until its screw lies as well as it can; nothing where it fits nowhere near."""
    for seed in seeds:
        best, is_strict = seed, False
        for degrees, shift_mm in FINER:
            lines = follow(box, *_about(best, degrees, shift_mm), FINE_MM)
            strict = next(_ranked(lines, best.size, 0.0), None)
            if strict is not None:
                best, is_strict = strict, True
            elif not is_strict:
                best = next(_ranked(lines, best.size, SLACK_MM), best)
        if is_strict:
            yield best


def _ranked(lines: Lines, size: Size, slack_mm: float) -> Iterator[_Line]:
    """Lines that the screw fits on, run through from either end, best first."""
    ways = (lines, lines.reversed())
    fits = [fits_of(way, size, slack_mm) for way in ways]
    scores = np.concatenate([_scores(one) for one in fits])
    for n in np.argsort(-scores, kind="stable"):
        if not np.isfinite(scores[n]):
            return
        way, row = divmod(int(n), len(lines.points_mm))
        point, direction = ways[way].points_mm[row], ways[way].directions[row]
        ends = float(fits[way].low_mm[row]), float(fits[way].high_mm[row])
        yield _Line(point, direction, float(scores[n]), size, fits[way].path(row, point, direction), ends)


def _scores(fits: Fits) -> Floats:
    """What orders lines for one screw: anchorage in steps until it is enough, then clearance; -inf where none fits."""
    lesser = np.minimum(fits.entry_anchorage_mm, fits.tip_anchorage_mm)
    steps = np.minimum(lesser, ENOUGH_MM) // ALIKE_MM
    return np.where(fits.is_fit, steps * STEP_WORTH_MM + fits.clearance_mm, -np.inf)


def _different(lines: Iterator[_Line] | Sequence[_Line], most: int) -> list[_Line]:
    """The first lines of which each differs from all before it by direction or place."""
    kept: list[_Line] = []
    for line in lines:
        if all(_is_other(line, one) for one in kept):
            kept.append(line)
        if len(kept) == most:
            break
    return kept


def _is_other(a: _Line, b: _Line) -> bool:
    angle = np.rad2deg(np.arccos(min(1.0, abs(float(a.direction @ b.direction)))))
    apart = a.point - b.point
    beside = np.linalg.norm(apart - (apart @ b.direction) * b.direction)
    return bool(angle >= OTHER_DEG or beside >= OTHER_MM)


def _about(line: _Line, degrees: float, shift_mm: float) -> tuple[Points, Points]:
    """A line turned and shifted to either side, itself among the results; the mirrored line gives the mirrored ones."""
    u, v = _across(line.direction)
    turns = np.deg2rad(degrees) * np.array([[a, b] for a in (0, -1, 1, -2, 2) for b in (0, -1, 1, -2, 2)]) / 2
    turned = line.direction + turns[:, :1] * u + turns[:, 1:] * v
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    shifts = shift_mm * np.array([[a, b] for a in (0, -1, 1) for b in (0, -1, 1)])
    points = line.point + shifts[:, :1] * u + shifts[:, 1:] * v
    return np.repeat(points, len(turned), axis=0), np.tile(turned, (len(points), 1))


def _across(direction: Points) -> tuple[Points, Points]:
    """Two unit vectors at right angles to a direction."""
    helper = np.eye(3)[int(np.argmin(np.abs(direction)))]
    u = np.cross(direction, helper)
    u = u / np.linalg.norm(u)
    return u, np.cross(direction, u)


def _corridor(box: BoneBox, line: _Line, sizes: Sequence[Size]) -> Corridor:
    """The corridor of a line, with the widest two screws that fit side by side along it."""
    pair = next((one for one in (_pair(box, line, size) for size in sizes) if one is not None), None)
    least = sizes[-1].diameter_mm + sizes[-1].gap_mm
    return Corridor(
        implant=line.size.key,
        diameter_mm=line.size.diameter_mm,
        screw=line.path,
        pair=pair,
        pair_note=""
        if pair
        else f"no two of {sizes[-1].diameter_mm:g} mm fit side by side, {least:g} mm or more apart",
    )


def _pair(box: BoneBox, line: _Line, size: Size) -> ScrewPair | None:
    """Two parallel screws, both beyond the ends of the lesion on the corridor; neither need lie on the corridor."""
    u, v = _across(line.direction)
    steps = np.arange(-BESIDE_MM, BESIDE_MM + BESIDE_STEP_MM / 2, BESIDE_STEP_MM)
    offsets = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    points = line.point + offsets[:, :1] * u + offsets[:, 1:] * v
    lines = follow(box, points, np.broadcast_to(line.direction, points.shape), FINE_MM)
    fits = fits_of(lines, size, 0.0, line.lesion_mm)
    scores, apart = _scores(fits), np.linalg.norm(offsets[:, None] - offsets[None], axis=2)
    both = np.where(apart >= size.diameter_mm + size.gap_mm, np.minimum(scores[:, None], scores[None]), -np.inf)
    a, b = np.unravel_index(int(np.argmax(both)), both.shape)
    if not np.isfinite(both[a, b]):
        return None
    first, second = (fits.path(int(row), points[row], line.direction) for row in (a, b))
    return ScrewPair(
        implant=size.key, diameter_mm=size.diameter_mm, screws=(first, second), spacing_mm=float(apart[a, b])
    )


def _why_none(box: BoneBox, starts: Points, narrowest: Size) -> str:
    """Why no screw of the shelf fits, with the widest that would."""
    said = (
        f"No straight way through the bone and across the lesion takes a screw of {narrowest.diameter_mm:g} mm with "
        f"{MARGIN_MM:g} mm of bone about it, {ANCHOR_MM:g} mm of hold on either side and a way in from outside"
    )
    tried = np.arange(narrowest.diameter_mm - DIAMETER_STEP_MM, LEAST_DIAMETER_MM - 0.01, -DIAMETER_STEP_MM)
    sizes = [Size("", diameter, None, 0.0) for diameter in tried.tolist()]
    for size, seeds in zip(sizes, _seeds(box, starts, sizes), strict=True):
        if next(_refined(box, seeds), None) is not None:
            return f"{said}; the widest that would is about {size.diameter_mm:g} mm."
    return f"{said}; nor one of {LEAST_DIAMETER_MM:g} mm."
