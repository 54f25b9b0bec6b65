"""Evidence and shape in turn: the shape says which bone to trust, the bone trusted gives the evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.measure.outline.ellipsoid import Ellipsoid, Problem, fit_ellipsoid
from buttress.measure.outline.evidence import Expected, expect_bone, log_odds
from buttress.measure.outline.local_bone import LocalBone
from buttress.numerics.grid import Points

Floats = NDArray[np.float32]
Booleans = NDArray[np.bool_]

STARTS_MM = (14.0, 6.0)
"""Ours: balls to start from; the bone beyond the larger one is trusted at first."""
EDGES_MM = (2.0, 1.2, 0.8)
"""Ours: width of the shape's edge in the three rounds: wide finds its way, narrow does not shrink the shape."""
STEPS = 15
ROOM_MM = 3.0
"""Ours: the bone this far beyond the shape holds none of the lesion's blurred edge."""
LESION_LIKE, CLEAR_HU = 1.0, 100.0
"""Ours: bone that looks like the lesion, where the two look different at all, is not trusted either."""
INDEPENDENT_MM3 = 12.0
"""Ours: neighbouring voxels share noise, texture and blur; about so much of the bone tells one thing."""
OUTSIDE_BOX = -3.0
"""Ours: log odds of lesion outside a given box."""
BOX_SIZE_SPREAD, BOX_MIDDLE_SPREAD = 0.1, 0.1
"""Ours: a reader's box fits its lesion."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The shape that explains the evidence best, and the evidence it rests on, per voxel ``(n,)`` of the bone."""

    shape: Ellipsoid
    lesion_hu: float
    expected: Expected
    odds: Floats
    problem: Problem


def fit_lesion(local: LocalBone, box: tuple[Points, Points] | None = None) -> Fit:
    """The lesion's shape about the click, or within a box, by rounds of evidence and fitting."""
    balls = [Ellipsoid(local.click_mm, np.eye(3) / radius) for radius in STARTS_MM]
    starts = balls if box is None else [Ellipsoid(local.click_mm, np.diag(2.0 / (box[1] - box[0])))]
    boxed = np.ones(len(local.hu), dtype=bool) if box is None else _in_box(local.points_mm, box)
    shape = starts[0]
    trusted = shape.depth_mm(local.points_mm) < -ROOM_MM if box is None else ~boxed
    for edge_mm in EDGES_MM:
        level, spread = _lesion_level(local, shape)
        expected = expect_bone(local, trusted)
        odds = log_odds(local, expected, level, spread, trusted)
        odds[~boxed] = OUTSIDE_BOX
        problem = _pose(local, odds, edge_mm, box)
        shape, _ = max((fit_ellipsoid(problem, start, STEPS) for start in starts), key=lambda found: found[1])
        starts = [shape]
        alike = (odds > LESION_LIKE) & (np.abs(expected.hu - level) > CLEAR_HU)
        trusted = (shape.depth_mm(local.points_mm) < -ROOM_MM) & ~alike
    return Fit(shape, level, expected, odds, problem)


def _in_box(points_mm: Points, box: tuple[Points, Points]) -> Booleans:
    return np.asarray(np.all((points_mm >= box[0]) & (points_mm <= box[1]), axis=1))


def _lesion_level(local: LocalBone, shape: Ellipsoid) -> tuple[float, float]:
    """Median and spread of the lesion's HU: within the shape, near those right at the click."""
    near = (local.apart_mm <= 3.0) & (local.depth_mm > 1.0)
    if near.sum() < 20:
        near = local.apart_mm <= max(4.0, float(local.apart_mm.min()) + 2.0)
    start = float(np.median(local.hu[near]))
    hu = local.hu[(shape.depth_mm(local.points_mm) > 1.0) & (local.depth_mm > 1.5)]
    hu = hu[np.abs(hu - start) < 80.0]
    if len(hu) < 20:
        return start, 25.0
    middle = float(np.median(hu))
    return middle, max(12.0, 1.4826 * float(np.median(np.abs(hu - middle))))


def _pose(local: LocalBone, odds: Floats, edge_mm: float, box: tuple[Points, Points] | None) -> Problem:
    """The fitting problem on blocks of 2 mm; a box also says how large the lesion is, and where its middle lies."""
    sums = local.block_sums(odds, 2)
    index = np.argwhere(sums != 0)
    points = local.grid.to_mm(2.0 * index + 0.5)
    weights = sums[tuple(index.T)] / INDEPENDENT_MM3
    if box is None:
        return Problem(points, weights, local.click_mm, edge_mm)
    low, high = box
    size = float(np.exp(np.mean(np.log((high - low) / 2.0))))
    return Problem(points, weights, (low + high) / 2.0, edge_mm, size, BOX_SIZE_SPREAD, BOX_MIDDLE_SPREAD)
