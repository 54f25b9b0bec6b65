"""Bodies that conduct far better than what is around them, thinner or thicker than a voxel: needles and spheres.

A body holds one potential (or temperature) on its surface. Near it the field between the surface and a voxel's centre
is known: ``u = ln(d / r)`` beside a needle, ``u = 1 - r / d`` about a sphere or a needle's round end, with ``d`` the
distance from the axis or centre. The contact of a voxel with the body is that length which makes ``u`` satisfy the
voxel's own balance of flows. For a flat surface that is the classical correction by the distance to it, for a thin
needle on a voxel's centre Peaceman's well formula; at any angle and offset it reproduces ``u`` itself (derivation ours;
the two limits: Gibou et al., J Comput Phys 2002;176:205, and Peaceman, SPE J 1978;18:183).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

NEAREST = 0.02
"""Numerical, ours: a centre less than so many spacings outside takes the body's potential as if it were inside."""

REACH = 1.05
"""Numerical, ours: only voxels within so many spacings of the surface touch the body."""

TINY = 1e-9
"""Numerical, ours: least distance from an axis, in radii."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A needle's straight part with round ends, from ``start_m`` to ``end_m`` ``(3,)``, or a sphere where they agree.

    Coordinates are metres in the lattice's own axes: voxel ``(i, j, k)`` has its centre at ``(i, j, k) * spacing_m``.
    The round ends reach ``radius_m`` beyond the two points. Raises ``ValueError`` for a radius that is not positive.
    """

    start_m: Floats
    end_m: Floats
    radius_m: float

    def __post_init__(self) -> None:
        for name in ("start_m", "end_m"):
            point = np.asarray(getattr(self, name), dtype=float)
            if point.shape != (3,) or not np.isfinite(point).all():
                raise ValueError("a body's ends are points of three finite coordinates")
            object.__setattr__(self, name, point)
        if not (np.isfinite(self.radius_m) and self.radius_m > 0):
            raise ValueError("a body's radius is a positive number of metres")


def sphere(centre_m: ArrayLike, radius_m: float) -> Body:
    """A ball."""
    centre = np.asarray(centre_m, dtype=float)
    return Body(centre, centre, radius_m)


@dataclass(frozen=True, slots=True, eq=False)
class Contact:
    """Voxels that touch a body: ``cells`` ``(n, 3)`` with ``length_m`` ``(n,)``, and voxels ``inside`` it ``(m, 3)``.

    A voxel of conductivity s (S/m or W/m/K) conducts ``s * length_m`` to the body. Voxels inside have no field.
    """

    cells: Indices
    length_m: Floats
    inside: Indices


def contact_with(body: Body, shape: tuple[int, int, int], spacing_m: ArrayLike) -> Contact:
    """How the voxels of a lattice touch ``body``. Raises ``ValueError`` where none does."""
    spacing = np.asarray(spacing_m, dtype=float)
    margin = body.radius_m + (REACH + 2.0) * spacing.max()
    body = _cut(body, -margin - 0.5 * spacing, (np.array(shape) - 0.5) * spacing + margin)
    low = np.floor((np.minimum(body.start_m, body.end_m) - margin) / spacing).astype(int)
    high = np.ceil((np.maximum(body.start_m, body.end_m) + margin) / spacing).astype(int) + 1
    index = np.stack(np.meshgrid(*[np.arange(a, b) for a, b in zip(low, high, strict=True)], indexing="ij"), axis=-1)
    length, inside = _touch(body, index * spacing, spacing)
    within = np.all((index >= 0) & (index < shape), axis=-1)
    touching = within & (length > 0)
    if not (touching | (within & inside)).any():
        raise ValueError("the body lies outside the lattice")
    return Contact(index[touching], length[touching], index[within & inside])


def _cut(body: Body, low: Floats, high: Floats) -> Body:
    """The part of a body between two corners: what lies further out touches nothing."""
    way = body.end_m - body.start_m
    with np.errstate(divide="ignore", invalid="ignore"):
        crossings = np.stack([(low - body.start_m) / way, (high - body.start_m) / way])
    crossings[:, way == 0.0] = np.array([[-np.inf], [np.inf]])
    enter, leave = max(0.0, float(crossings.min(axis=0).max())), min(1.0, float(crossings.max(axis=0).min()))
    between = np.all((way != 0.0) | ((body.start_m >= low) & (body.start_m <= high)))
    if enter > leave or not between:
        raise ValueError("the body lies outside the lattice")
    return Body(body.start_m + enter * way, body.start_m + leave * way, body.radius_m)


def _touch(body: Body, points: Floats, spacing: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Contact length of voxels at ``points`` ``(..., 3)``, and which lie inside.

    Beside the straight part voxels touch it as they would an endless needle, beyond an end as they would a ball.
    """
    way = body.end_m - body.start_m
    straight = float(np.linalg.norm(way))
    along = (points - body.start_m) @ (way / straight) if straight else np.zeros(points.shape[:-1])
    first, inside = _ball(body.start_m, body.radius_m, points, spacing)
    if straight == 0.0:
        return first, inside
    last, inside_last = _ball(body.end_m, body.radius_m, points, spacing)
    beside = (along > 0) & (along < straight)
    axis = body.start_m + along[..., None] * (way / straight)
    distance = np.linalg.norm(points - axis, axis=-1)
    u = np.log(np.maximum(distance / body.radius_m, TINY))
    side, inside_side = _balanced(u, distance - body.radius_m, spacing, beside, 2.0 * np.pi * straight)
    length = np.where(beside, side, np.where(along <= 0, first, last))
    inside = np.where(beside, inside_side, inside | inside_last)
    return np.where(inside, 0.0, length), inside


def _ball(centre: Floats, radius: float, points: Floats, spacing: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    distance = np.linalg.norm(points - centre, axis=-1)
    u = 1.0 - radius / np.maximum(distance, TINY * radius)
    return _balanced(u, distance - radius, spacing, np.ones(u.shape, dtype=bool), 4.0 * np.pi * radius)


def _balanced(
    u: Floats, off: Floats, spacing: Floats, counted: NDArray[np.bool_], flow_m: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Contact lengths that balance the flows of ``u``, and which voxels lie inside.

    ``off`` is the distance to the surface. Where the balance would ask for a reversed flow the length is 0; all are
    then scaled so that voxels ``counted`` pass the whole ``flow_m`` of a medium of unit conductivity.
    """
    inside = off <= NEAREST * spacing.min()
    u = np.where(inside, 0.0, u)
    flow = np.zeros(u.shape)
    for axis in range(3):
        area_by_way = spacing.prod() / spacing[axis] ** 2
        first = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        second = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        open_face = ~inside[first] & ~inside[second]
        step = np.where(open_face, area_by_way * (u[second] - u[first]), 0.0)
        flow[first] += step
        flow[second] -= step
    flow[inside | (off > REACH * spacing.max())] = 0.0
    flow = np.maximum(flow, 0.0)
    passed = float(flow[counted].sum())
    length = np.divide(flow, u, out=np.zeros(u.shape), where=flow > 0)
    return length * (flow_m / passed if passed else 0.0), inside
