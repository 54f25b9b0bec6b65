"""Something near a bone that must be spared, and how far any probe or lesion lies from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.measure.surroundings.directions import Side, direction_words
from buttress.numerics.distance import nearest_points, voxel_corners_mm
from buttress.numerics.grid import Grid, Points, voxel_indices
from buttress.records.findings import Basis, Clearance, Measure
from buttress.records.image import Mask

COARSE_POINTS = 4000
"""Ours: voxels of a mask looked at first, to know how far away the nearest can be."""


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A structure by its ``mask`` where it was seen, or by points on it (middle line, cleft), LPS mm ``(n, 3)``.

    ``error_mm`` is the radius in which it lies about them (about two standard deviations).
    """

    name: str
    kind: str
    points_mm: Points
    error_mm: float
    basis: Basis
    method: str
    mask: Mask | None = None
    note: str = ""


def surface_of(name: str, kind: str, mask: Mask, basis: Basis, method: str) -> Structure:
    """A structure by the surface of its mask; uncertain by the mask's largest voxel edge."""
    return Structure(
        name=name,
        kind=kind,
        points_mm=np.zeros((0, 3)),
        error_mm=float(mask.grid.spacing_mm.max()),
        basis=basis,
        method=f"{method}; interval: one voxel either way",
        mask=mask,
    )


def line_points(start_mm: ArrayLike, end_mm: ArrayLike, step_mm: float = 0.5) -> Points:
    """Points of a straight line (a probe), no further than ``step_mm`` apart, ``(n, 3)``."""
    start, end = np.asarray(start_mm, dtype=float), np.asarray(end_mm, dtype=float)
    n = max(2, int(np.ceil(np.linalg.norm(end - start) / step_mm)) + 1)
    return np.asarray(start + np.linspace(0.0, 1.0, n)[:, None] * (end - start))


def clearance_from(
    points_mm: ArrayLike, structure: Structure, side: Side = None, whose: str = "the lesion's surface"
) -> Clearance:
    """Least distance from points ``(n, 3)``, LPS mm (a lesion's surface, a probe's line), to a structure.

    The interval is widened by the structure's own uncertainty. The direction is that from the points' middle to the
    nearest place of the structure, in words for a bone of ``side``.
    """
    points = np.atleast_2d(np.asarray(points_mm, dtype=float))
    if structure.mask is None:
        apart, _, at = nearest_points(points, structure.points_mm)
    elif np.any(inside := structure.mask.holds(points)):
        apart, at = 0.0, points[inside][0]
    else:
        apart, _, at = nearest_points(points, voxel_corners_mm(*_part_near(structure.mask, points)))
    nearest = (float(at[0]), float(at[1]), float(at[2]))
    measure = Measure(
        value=apart,
        low=max(0.0, apart - structure.error_mm),
        high=apart + structure.error_mm,
        unit="mm",
        at_mm=nearest,
        where=f"from {whose}",
        method=structure.method,
        note=structure.note,
    )
    return Clearance(
        name=structure.name,
        kind=structure.kind,
        distance_mm=measure,
        nearest_mm=nearest,
        basis=structure.basis,
        direction=direction_words(at - points.mean(axis=0), side),
    )


def _part_near(mask: Mask, points: Points) -> tuple[NDArray[np.bool_], Grid]:
    """The part of a mask that can hold its nearest place to the points: a coarse look bounds how far that is."""
    index = voxel_indices(mask.inside)
    few = mask.grid.to_mm(index[:: max(1, len(index) // COARSE_POINTS)])
    bound = nearest_points(points, few)[0] + float(mask.grid.spacing_mm.max())
    box = np.array(np.meshgrid(*zip(points.min(axis=0) - bound, points.max(axis=0) + bound, strict=True)))
    at = mask.grid.to_index(box.reshape(3, -1).T)
    low = np.clip(np.floor(at.min(axis=0)).astype(int) - 1, 0, None)
    high = np.minimum(mask.grid.shape, np.ceil(at.max(axis=0)).astype(int) + 2)
    return mask.inside[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], mask.grid.crop(low, high)
