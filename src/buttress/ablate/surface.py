"""The surface of a mask as points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from buttress.numerics.grid import Points, voxel_indices
from buttress.records.image import Mask

HULL_ABOVE_POINTS = 60
"""Below this many points a hull saves nothing (speed only, ours)."""


def surface_points_mm(mask: Mask) -> Points:
    """Middles of the faces between the mask and what is not, ``(n, 3)``, LPS mm; faces on the grid's edge count."""
    where = voxel_indices(mask.inside)
    if len(where) == 0:
        return np.zeros((0, 3))
    start, stop = where.min(axis=0), where.max(axis=0) + 1
    window = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    inside = np.pad(mask.inside[window], 1)
    return mask.grid.to_mm(_face_middles(inside) + (start - 1))


def _face_middles(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    faces = []
    for axis in range(3):
        differs = np.argwhere(np.diff(inside.astype(np.int8), axis=axis) != 0).astype(float)
        differs[:, axis] += 0.5
        faces.append(differs)
    return np.concatenate(faces)


def extreme_points_mm(mask: Mask) -> Points:
    """Corners of the convex hull of the mask's surface, ``(n, 3)``: enough for the least depth in a convex zone.

    The signed depth in a convex body is a concave function, so over any set it is least at a corner of the hull.
    """
    points = surface_points_mm(mask)
    return points[ConvexHull(points).vertices] if len(points) > HULL_ABOVE_POINTS else points
