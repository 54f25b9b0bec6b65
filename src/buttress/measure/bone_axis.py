"""The axis of a long bone: centroids of its sections, iterated until the sections are normal to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.straightened import (
    FollowedSections,
    bone_in_sections,
    follow_bone,
    start_outline,
)
from buttress.numerics.curve import Curve, curve_through, fit_centreline
from buttress.numerics.grid import Grid, Points
from buttress.numerics.resample import sample
from buttress.numerics.sections import plane_points
from buttress.records.findings import BoneAxis
from buttress.records.image import Volume

REACH_MM = 85.0
"""Ours: how far the bone is followed from the lesion's ends, each way."""
HALF_WIDTH_MM = 42.0
"""Ours: half the side of a section; the widest femur or tibia end is about 85 mm across."""
STIFFNESS_MM3 = 2.0e4
"""Ours: the axis follows bends longer than about 75 mm (wavelength 2π·stiffness^¼) and smooths shorter ones."""
PIXEL_MM = 0.75
"""Ours: finer than the voxels at hand, so that outlines are limited by the scan."""


@dataclass(frozen=True, slots=True, eq=False)
class LongBone:
    """A long bone near a lesion: its axis (arc length 0 at the lesion's centre) and its sections normal to the axis."""

    curve: Curve
    offsets_mm: NDArray[np.float64]
    values: NDArray[np.float32]
    sections: FollowedSections


def follow_axis(ct: Volume, centre_mm: Points, lesion_points_mm: Points) -> LongBone | None:
    """Find the long bone nearest to a lesion and its axis, proximal to distal; ``None`` where no bone can be followed.

    Starts from axial slices, then re-cuts the bone normal to the axis found so far, three times. Levels of the lesion
    (``lesion_points_mm`` ``(n, 3)``) do not pull on the axis: they are bridged by the smoothing spline.
    """
    curve = _first_axis(ct, centre_mm)
    found: LongBone | None = None
    for pixel_mm, final in ((1.5, False), (1.0, False), (PIXEL_MM, True)):
        found = _recut(ct, curve, centre_mm, lesion_points_mm, pixel_mm, final)
        if found is None:
            return None
        if not final:
            curve = _refit(found, centre_mm, lesion_points_mm)
    return found


def _first_axis(ct: Volume, centre_mm: Points) -> Curve:
    levels = np.arange(-REACH_MM, REACH_MM + 0.5, 1.0)
    direction = _local_direction(ct, centre_mm)
    return curve_through(centre_mm + levels[:, None] * direction, levels)


def _local_direction(ct: Volume, centre_mm: Points) -> Points:
    """Long direction of the bone voxels within 30 mm of the lesion; straight down the table where it is not clear."""
    down = np.array([0.0, 0.0, -1.0])
    index = np.argwhere(_ball(ct.grid, centre_mm, 30.0) & (ct.values[_ball_box(ct.grid, centre_mm, 30.0)] > 250.0))
    if len(index) < 200:
        return down
    start = [s.start for s in _ball_box(ct.grid, centre_mm, 30.0)]
    points = ct.grid.to_mm(index + np.array(start))
    size, axes = np.linalg.eigh(np.cov((points - points.mean(axis=0)).T))
    along = axes[:, 2] * np.sign(axes[:, 2] @ down or 1.0)
    return np.asarray(along if size[2] > 1.5 * size[1] else down)


def _ball_box(grid: Grid, centre_mm: Points, radius_mm: float) -> tuple[slice, slice, slice]:
    reach = np.ceil(radius_mm / grid.spacing_mm).astype(int)
    at = np.round(grid.to_index(centre_mm)).astype(int)
    low, high = np.maximum(0, at - reach), np.minimum(grid.shape, at + reach + 1)
    return slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2])


def _ball(grid: Grid, centre_mm: Points, radius_mm: float) -> NDArray[np.bool_]:
    axes = [np.arange(s.start, s.stop) for s in _ball_box(grid, centre_mm, radius_mm)]
    index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    return np.asarray(np.linalg.norm(grid.to_mm(index) - centre_mm, axis=-1) <= radius_mm)


def _recut(
    ct: Volume, curve: Curve, centre_mm: Points, lesion_mm: Points, pixel_mm: float, final: bool
) -> LongBone | None:
    n = int(np.ceil(HALF_WIDTH_MM / pixel_mm))
    offsets: NDArray[np.float64] = np.arange(-n, n + 1, dtype=np.float64) * pixel_mm
    values = sample(ct.values, ct.grid, plane_points(curve, offsets), outside=np.nan)
    hard = bone_in_sections(values, pixel_mm, half_height=final)
    start = _start(hard, curve, offsets, centre_mm, lesion_mm, pixel_mm)
    if start is None:
        return None
    sections = follow_bone(hard, pixel_mm, float(np.diff(curve.arc_mm).mean()), *start)
    return LongBone(curve, offsets, values, sections)


def _start(
    hard: NDArray[np.bool_],
    curve: Curve,
    offsets: NDArray[np.float64],
    centre_mm: Points,
    lesion_mm: Points,
    pixel: float,
) -> tuple[int, NDArray[np.bool_]] | None:
    """Level and outline to start from: just beyond the lesion's ends if bone lies near there, else at its middle."""
    arc = curve.arc_of(lesion_mm)
    half = (len(offsets) - 1) / 2
    order = sorted({float(arc.min()) - 4.0, float(arc.max()) + 4.0, 0.0}, key=abs, reverse=True)
    for level_mm in order:
        level = int(np.argmin(np.abs(curve.arc_mm - level_mm)))
        if abs(curve.arc_mm[level] - level_mm) > 1.0:
            continue
        near = lesion_mm[np.abs(arc - level_mm) <= 6.0]
        middle = near.mean(axis=0) if len(near) else centre_mm
        offset = middle - curve.points_mm[level]
        pixel_at = (offset @ curve.u[level] / pixel + half, offset @ curve.v[level] / pixel + half)
        outline = start_outline(hard[level], pixel_at, pixel, reach_mm=12.0)
        if outline is not None:
            return level, outline
    return None


def _refit(bone: LongBone, centre_mm: Points, lesion_mm: Points) -> Curve:
    """The axis through the centroids of sound sections away from the lesion, levels every mm, 0 at its centre."""
    arc = bone.curve.arc_of(lesion_mm)
    away = (bone.curve.arc_mm < arc.min() - 3.0) | (bone.curve.arc_mm > arc.max() + 3.0)
    trusted = bone.sections.sound & away
    trusted = trusted if trusted.sum() >= 12 else bone.sections.sound
    levels = np.flatnonzero(trusted)
    if len(levels) < 6:
        return bone.curve
    centroid = np.array([ndimage.center_of_mass(bone.sections.filled[k]) for k in levels])
    half = (len(bone.offsets_mm) - 1) / 2
    a, b = ((centroid - half) * np.diff(bone.offsets_mm).mean()).T
    points = bone.curve.points_mm[levels] + a[:, None] * bone.curve.u[levels] + b[:, None] * bone.curve.v[levels]
    fitted = fit_centreline(points, stiffness=STIFFNESS_MM3)
    return _from_lesion(_lengthened(fitted, bone.curve, centre_mm), centre_mm)


def _lengthened(curve: Curve, before: Curve, centre_mm: Points) -> Curve:
    """The curve carried on along its end tangents so that it reaches as far about the lesion as it should."""
    middle = float(curve.arc_of(centre_mm))
    first, last = middle - REACH_MM, middle + REACH_MM
    head = np.arange(curve.arc_mm[0] - 1.0, first, -1.0)[::-1]
    tail = np.arange(curve.arc_mm[-1] + 1.0, last, 1.0)
    ahead = curve.points_mm[0] + (head - curve.arc_mm[0])[:, None] * curve.tangents[0]
    behind = curve.points_mm[-1] + (tail - curve.arc_mm[-1])[:, None] * curve.tangents[-1]
    return curve_through(np.vstack([ahead, curve.points_mm, behind]), np.concatenate([head, curve.arc_mm, tail]))


def _from_lesion(curve: Curve, centre_mm: Points) -> Curve:
    """Levels every mm with 0 exactly at the lesion's centre, proximal to distal (towards the feet)."""
    points = curve.points_mm if curve.points_mm[0, 2] >= curve.points_mm[-1, 2] else curve.points_mm[::-1]
    ordered = curve_through(points)
    middle = float(ordered.arc_of(centre_mm))
    low, high = max(-REACH_MM, ordered.arc_mm[0] - middle), min(REACH_MM, ordered.arc_mm[-1] - middle)
    levels = np.arange(np.ceil(low), np.floor(high) + 0.5)
    return curve_through(ordered.at(levels + middle), levels)


def describe_axis(bone: LongBone) -> BoneAxis:
    """The axis as a record: sound stretch about the lesion, tilt to the table, and how the ends were told."""
    levels = np.flatnonzero(bone.sections.filled.any(axis=(1, 2)))
    span = slice(levels.min(), levels.max() + 1)
    at = int(np.argmin(np.abs(bone.curve.arc_mm)))
    tilt = float(np.degrees(np.arccos(np.clip(abs(bone.curve.tangents[at, 2]), 0, 1))))
    return BoneAxis(
        points_mm=tuple((float(x), float(y), float(z)) for x, y, z in np.round(bone.curve.points_mm[span], 3)),
        from_lesion_mm=tuple(float(s) for s in np.round(bone.curve.arc_mm[span], 3)),
        tilt_deg=round(tilt, 1),
        method=(
            "smoothing spline through the centroids of the filled sections normal to the axis (re-cut three times); "
            "the lesion's levels are bridged. The proximal end is the one nearer the head on the table"
        ),
    )
