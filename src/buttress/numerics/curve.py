"""A smooth centreline with frames that do not twist about it."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline, make_smoothing_spline

from buttress.numerics.grid import Points

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Points along a centreline, each with a right-handed frame ``u``, ``v``, ``tangents`` (``u × v = tangent``).

    Arrays are ``(n, 3)``; ``arc_mm`` ``(n,)`` increases along the curve and may start anywhere. The frames are
    rotation-minimising: an angle measured from ``u`` towards ``v`` keeps its meaning from level to level.
    """

    points_mm: Points
    arc_mm: Floats
    tangents: Floats
    u: Floats
    v: Floats

    def __post_init__(self) -> None:
        n = len(self.arc_mm)
        if n < 2 or any(x.shape != (n, 3) for x in (self.points_mm, self.tangents, self.u, self.v)):
            raise ValueError("a curve needs two or more points with one frame each")
        if np.any(np.diff(self.arc_mm) <= 0):
            raise ValueError("arc length must increase along the curve")

    def at(self, arc_mm: ArrayLike) -> Points:
        """Points at arc lengths ``(...)``, interpolated linearly; held at the ends, ``(..., 3)``."""
        arc = np.asarray(arc_mm, dtype=float)
        return np.stack([np.interp(arc, self.arc_mm, self.points_mm[:, axis]) for axis in range(3)], axis=-1)

    def arc_of(self, points_mm: ArrayLike) -> Floats:
        """Arc length of the level on which points ``(..., 3)`` lie (nearest node, then along its tangent).

        Points beyond an end are extrapolated along the end's tangent.
        """
        points = np.asarray(points_mm, dtype=float)
        nearest = self._nearest(points)
        ahead = np.sum((points - self.points_mm[nearest]) * self.tangents[nearest], axis=-1)
        return np.asarray(self.arc_mm[nearest] + ahead)

    def angle_of(self, points_mm: ArrayLike) -> Floats:
        """Angle of points ``(..., 3)`` about the curve, from ``u`` towards ``v``, in [0, 2π)."""
        points = np.asarray(points_mm, dtype=float)
        nearest = self._nearest(points)
        radial = points - self.points_mm[nearest]
        along_u = np.sum(radial * self.u[nearest], axis=-1)
        along_v = np.sum(radial * self.v[nearest], axis=-1)
        return np.asarray(np.arctan2(along_v, along_u) % (2 * np.pi))

    def _nearest(self, points: Points) -> NDArray[np.intp]:
        rows = np.ascontiguousarray(points.reshape(-1, 3))
        return _nearest_node(self.points_mm, rows).reshape(points.shape[:-1])


@numba.njit(cache=True)
def _nearest_node(nodes: Points, points: Points) -> NDArray[np.intp]:
    """Which of a curve's few hundred nodes ``(n, 3)`` lies nearest to each point ``(m, 3)``: no tree is needed."""
    found = np.empty(len(points), dtype=np.intp)
    for m in range(len(points)):
        x, y, z = points[m, 0], points[m, 1], points[m, 2]
        least, best = np.inf, 0
        for n in range(len(nodes)):
            apart = (nodes[n, 0] - x) ** 2 + (nodes[n, 1] - y) ** 2 + (nodes[n, 2] - z) ** 2
            if apart < least:
                least, best = apart, n
        found[m] = best
    return found


def curve_through(points_mm: ArrayLike, arc_mm: ArrayLike | None = None) -> Curve:
    """The curve through ordered points ``(n, 3)``; ``arc_mm`` ``(n,)`` is measured along them from 0 where not given.

    Raises ``ValueError`` for fewer than two points, repeated points or an ``arc_mm`` that does not increase.
    """
    points = np.asarray(points_mm, dtype=float)
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < 2:
        raise ValueError("a curve needs two or more points of three coordinates")
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    arc = np.concatenate(([0.0], np.cumsum(steps))) if arc_mm is None else np.asarray(arc_mm, dtype=float)
    if steps.min() <= 0 or arc.shape != (len(points),) or np.any(np.diff(arc) <= 0):
        raise ValueError("points must differ and arc length must increase")
    slope = (
        np.asarray(CubicSpline(arc, points, bc_type="natural")(arc, 1)) if len(points) > 2 else np.diff(points, axis=0)
    )
    if len(points) == 2:
        slope = np.repeat(slope, 2, axis=0)
    tangents = slope / np.linalg.norm(slope, axis=1, keepdims=True)
    u = _transported_normals(points, tangents)
    return Curve(points, arc, tangents, u, np.cross(tangents, u))


def fit_centreline(
    points_mm: ArrayLike, weights: ArrayLike | None = None, *, stiffness: float | None = None, spacing_mm: float = 1.0
) -> Curve:
    """A smoothing spline through noisy ordered points ``(n, 3)``, resampled every ``spacing_mm`` from arc length 0.

    ``weights`` ``(n,)`` scale the pull of each point (0 leaves a gap that the spline bridges). ``stiffness`` is the
    weight of the squared second derivative (mm³); left out, generalised cross-validation chooses it per coordinate.
    Falls back to a straight line below six points.
    """
    points = np.asarray(points_mm, dtype=float)
    pull = np.ones(len(points)) if weights is None else np.asarray(weights, dtype=float)
    points, pull = points[pull > 0], pull[pull > 0]
    if len(points) < 2:
        raise ValueError("a centreline needs two or more weighted points")
    along = _chord_parameter(points, pull)
    order = np.argsort(along, kind="stable")
    along, points, pull = along[order], points[order], pull[order]
    keep = np.concatenate(([True], np.diff(along) > 1e-6))
    along, points, pull = along[keep], points[keep], pull[keep]
    levels = np.linspace(along[0], along[-1], max(2, round((along[-1] - along[0]) / spacing_mm) + 1))
    if len(points) < 6:
        fitted = [np.polyval(np.polyfit(along, points[:, axis], 1, w=np.sqrt(pull)), levels) for axis in range(3)]
    else:
        fitted = [make_smoothing_spline(along, points[:, axis], pull, stiffness)(levels) for axis in range(3)]
    return curve_through(np.stack(fitted, axis=1))


def _chord_parameter(points: Points, weights: Floats) -> Floats:
    """Position of each point along the principal direction of all, increasing from first to last."""
    centred = points - np.average(points, axis=0, weights=weights)
    direction = np.linalg.svd(centred * np.sqrt(weights)[:, None], full_matrices=False)[2][0]
    direction = direction if (points[-1] - points[0]) @ direction >= 0 else -direction
    return np.asarray(centred @ direction)


def _transported_normals(points: Points, tangents: Floats) -> Floats:
    """A first normal carried along by double reflection (rotation-minimising frame), ``(n, 3)``."""
    helper = np.eye(3)[np.argmin(np.abs(tangents[0]))]
    first = helper - (helper @ tangents[0]) * tangents[0]
    normals = [first / np.linalg.norm(first)]
    for k in range(len(points) - 1):
        chord = points[k + 1] - points[k]
        half = 2.0 / (chord @ chord)
        carried = normals[-1] - half * (chord @ normals[-1]) * chord
        reflected = tangents[k] - half * (chord @ tangents[k]) * chord
        second = tangents[k + 1] - reflected
        size = second @ second
        normal = carried if size < 1e-24 else carried - 2.0 / size * (second @ carried) * second
        normal = normal - (normal @ tangents[k + 1]) * tangents[k + 1]
        normals.append(normal / np.linalg.norm(normal))
    return np.array(normals)
