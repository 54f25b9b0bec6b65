"""A bone unrolled about its axis: levels along a curve, angles about it, radii from it.

First axis of every array is the level along the curve, second the angle from ``u`` towards ``v``. Area in a section is
``∫∫ r dr dθ``; with the normalised radius ``f = r / R(θ, s)`` it is ``∫∫ f R² df dθ``.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics.curve import Curve
from buttress.numerics.grid import Grid, Points
from buttress.numerics.resample import sample, to_index, voxels
from buttress.numerics.trilinear import on_planes, on_rays

Floats = NDArray[np.float64]
Stack = TypeVar("Stack", bound=NDArray[Any])


def even_angles(n: int) -> Floats:
    """``n`` even angles over a full turn, starting at 0 (``u``)."""
    return np.asarray(np.arange(n) * (2 * np.pi / n))


def polar_points(curve: Curve, angles_rad: ArrayLike, radii_mm: ArrayLike) -> Points:
    """LPS points of sections normal to the curve, ``(levels, angles, radii, 3)``.

    ``angles_rad`` is ``(angles,)``; ``radii_mm`` broadcasts to ``(levels, angles, radii)``.
    """
    angles = np.asarray(angles_rad, dtype=float)
    radii = np.asarray(radii_mm, dtype=float)
    radii = np.broadcast_to(radii, (len(curve.arc_mm), len(angles), radii.shape[-1]))
    outward = np.cos(angles)[None, :, None] * curve.u[:, None, :] + np.sin(angles)[None, :, None] * curve.v[:, None, :]
    return np.asarray(curve.points_mm[:, None, None, :] + radii[..., None] * outward[:, :, None, :])


def sample_sections(
    values: NDArray[Any],
    grid: Grid,
    curve: Curve,
    angles_rad: ArrayLike,
    radii_mm: ArrayLike,
    order: int = 1,
    outside: float = np.nan,
) -> NDArray[np.float32]:
    """Values on :func:`polar_points`, ``(levels, angles, radii)``."""
    if order != 1:
        return sample(values, grid, polar_points(curve, angles_rad, radii_mm), order, outside)
    angles = np.asarray(angles_rad, dtype=float)
    radii = np.asarray(radii_mm, dtype=float)
    radii = np.broadcast_to(radii, (len(curve.arc_mm), len(angles), radii.shape[-1]))
    return np.asarray(on_rays(voxels(values), *_frames(curve, grid), angles, radii, outside))


def sample_planes(
    values: NDArray[Any], grid: Grid, curve: Curve, offsets_mm: ArrayLike, outside: float = np.nan
) -> NDArray[np.float32]:
    """Trilinear values on :func:`plane_points`, ``(levels, n, n)``."""
    offsets = np.asarray(offsets_mm, dtype=float)
    return np.asarray(on_planes(voxels(values), *_frames(curve, grid), offsets, outside))


def _frames(curve: Curve, grid: Grid) -> tuple[Floats, Floats, Floats]:
    """Points and the two directions across, per level, in fractional indices (per mm)."""
    turn = to_index(grid)[:, :3].T
    across = [np.ascontiguousarray(direction @ turn) for direction in (curve.u, curve.v)]
    return np.ascontiguousarray(grid.to_index(curve.points_mm)), across[0], across[1]


def outer_radius(
    inside: NDArray[np.bool_],
    grid: Grid,
    curve: Curve,
    angles_rad: ArrayLike,
    max_radius_mm: float,
    step_mm: float = 0.25,
) -> Floats:
    """Distance from the curve to a mask's outermost surface, ``(levels, angles)``, mm; 0 where a ray meets none."""
    radii = np.arange(0.0, max_radius_mm + step_mm, step_mm)
    share = sample_sections(inside, grid, curve, angles_rad, radii, outside=0.0)
    return outermost_crossing(share, radii, 0.5)


def outermost_crossing(profiles: NDArray[Any], radii_mm: ArrayLike, threshold: ArrayLike) -> Floats:
    """Largest radius where profiles ``(..., radii)`` fall through ``threshold`` ``(...)``, linear between samples.

    0 where a profile never reaches the threshold; the last radius where it has not fallen by then.
    """
    radii = np.asarray(radii_mm, dtype=float)
    limit = np.broadcast_to(np.asarray(threshold, dtype=float), profiles.shape[:-1])
    above = profiles >= limit[..., None]
    last = profiles.shape[-1] - 1 - np.argmax(above[..., ::-1], axis=-1)
    after = np.minimum(last + 1, profiles.shape[-1] - 1)
    here = np.take_along_axis(profiles, last[..., None], -1)[..., 0]
    there = np.take_along_axis(profiles, after[..., None], -1)[..., 0]
    drop = np.where(here - there > 0, here - there, 1.0)
    share = np.where(after > last, np.clip((here - limit) / drop, 0.0, 1.0), 0.0)
    crossing = radii[last] + share * (radii[after] - radii[last])
    return np.asarray(np.where(above.any(axis=-1), crossing, 0.0))


def heal(stack: Stack, arc_mm: ArrayLike, affected_mm: tuple[float, float], reach_mm: float = 5.0) -> Stack:
    """The stack as if the affected levels were sound: a linear blend along the axis from the sound levels beside them.

    ``stack`` is ``(levels, ...)``, ``arc_mm`` ``(levels,)``. Each side is represented by the mean over the nearest
    ``reach_mm`` of sound levels (NaN left out); where one side has none the other is held constant. Sound levels are
    returned unchanged. Raises ``ValueError`` when no level is sound.
    """
    arc = np.asarray(arc_mm, dtype=float)
    low, high = affected_mm
    sick = (arc >= low) & (arc <= high)
    if not sick.any():
        return stack
    sides = [
        _sound_side(stack, arc, np.flatnonzero(part), reach_mm, end) for part, end in ((arc < low, 1), (arc > high, 0))
    ]
    known = [side for side in sides if side is not None]
    if not known:
        raise ValueError("no sound level on either side of the affected ones")
    (near, at), (far, to) = known[0], known[-1]
    share = np.zeros(int(sick.sum())) if to == at else np.clip((arc[sick] - at) / (to - at), 0.0, 1.0)
    share = share.reshape(-1, *[1] * (stack.ndim - 1))
    healed = stack.astype(np.result_type(stack.dtype, np.float32), copy=True)
    healed[sick] = (1 - share) * np.where(np.isnan(near), far, near) + share * np.where(np.isnan(far), near, far)
    return healed  # type: ignore[return-value]


def _sound_side(
    stack: NDArray[Any], arc: Floats, levels: NDArray[np.intp], reach_mm: float, end: int
) -> tuple[NDArray[Any], float] | None:
    """Mean of the sound levels within ``reach_mm`` of the affected ones on one side, and its arc length."""
    if len(levels) == 0:
        return None
    edge = arc[levels[-1]] if end else arc[levels[0]]
    near = levels[np.abs(arc[levels] - edge) <= reach_mm]
    count = np.sum(~np.isnan(stack[near]), axis=0)
    mean = np.nansum(stack[near], axis=0) / np.maximum(count, 1)
    return np.where(count > 0, mean, np.nan), float(arc[near].mean())


def plane_points(curve: Curve, offsets_mm: ArrayLike) -> Points:
    """LPS points of square sections normal to the curve, ``(levels, n, n, 3)``: first along ``u``, then along ``v``.

    ``offsets_mm`` ``(n,)`` are distances from the curve.
    """
    offsets = np.asarray(offsets_mm, dtype=float)
    along_u = offsets[:, None, None] * curve.u[:, None, None, :]
    along_v = offsets[None, :, None] * curve.v[:, None, None, :]
    return np.asarray(curve.points_mm[:, None, None, :] + along_u + along_v)
