"""The axis of a long bone: centroids of its sections, iterated until the sections are normal to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from buttress.measure.start_section import find_start
from buttress.measure.straightened import (
    BONE_HU,
    FollowedSections,
    bone_in_sections,
    follow_bone,
)
from buttress.numerics.curve import Curve, curve_through, fit_centreline
from buttress.numerics.grid import Points
from buttress.numerics.sections import sample_planes
from buttress.records.findings import BoneAxis
from buttress.records.image import Volume

WIDEST_MM = 28.0
"""Ours: the shaft of a femur; a bone's ends, which are wider, do not make its axis stiffer or longer."""
REACH_WIDTHS = 2.5
"""Ours: the bone is followed this many of its widths beyond the lesion's ends (a femur 70 mm, a rib 25 mm)."""
LEAST_REACH_MM = 20.0
"""Ours: short bones too need some levels beside the lesion."""
STIFFNESS_WIDTHS = 0.43
"""Ours: the smoothing's length (λ^¼) over the bone's width: the axis follows bends longer than 2π times that, 75 mm in
a femur and 25 mm in a rib, and smooths shorter ones."""
HALF_WIDTH_MM = 45.0
"""Ours: half the side of a section at most; the widest femur or tibia end is about 85 mm across."""
MARGIN_MM = 8.0
"""Ours: sections reach this far beyond the bone seen in the first look, for an expanded level."""
PIXELS_ACROSS = 36.0
FINEST_MM, COARSEST_MM = 0.4, 0.75
"""Ours: sections have about 36 pixels across the bone, finer than the voxels at hand but not absurdly so."""
BESIDE_MM = 6.0
"""Ours: bone this near the lesion is the lesion's bone; it tells the first direction."""


@dataclass(frozen=True, slots=True, eq=False)
class LongBone:
    """A long bone near a lesion: its axis (arc length 0 at the lesion's centre) and its sections normal to the axis.

    ``width_mm`` is the diameter of a disk as large as the shaft's sections.
    """

    curve: Curve
    offsets_mm: NDArray[np.float64]
    values: NDArray[np.float32]
    sections: FollowedSections
    width_mm: float = WIDEST_MM


@dataclass(frozen=True, slots=True)
class _Look:
    """How far and how finely the next look goes: along the axis, across it, pixel and level step, mm."""

    along_mm: float
    across_mm: float
    pixel_mm: float
    step_mm: float
    final: bool = False


def follow_axis(ct: Volume, centre_mm: Points, lesion_points_mm: Points) -> LongBone | None:
    """Find the long bone nearest to a lesion and its axis, proximal to distal; ``None`` where no bone can be followed.

    Starts along the bone voxels next to the lesion, then re-cuts the bone normal to the axis found so far, three times;
    reach, section size and smoothing follow the width that the first look shows. Levels of the lesion
    (``lesion_points_mm`` ``(n, 3)``) do not pull on the axis: they are bridged by the smoothing spline.
    """
    first = _Look(REACH_WIDTHS * WIDEST_MM + 15.0, HALF_WIDTH_MM, 1.5, 2.0)
    curve = _first_axis(ct, centre_mm, lesion_points_mm, first)
    found = _recut(ct, curve, centre_mm, lesion_points_mm, first)
    if found is None:
        return None
    for look in _closer_looks(found, lesion_points_mm):
        curve = _refit(found, centre_mm, lesion_points_mm, look)
        found = _recut(ct, curve, centre_mm, lesion_points_mm, look, found.width_mm)
        if found is None:
            return None
    return found


def _closer_looks(bone: LongBone, lesion_mm: Points) -> tuple[_Look, _Look]:
    """The second and third look at a bone, after its own size."""
    arc = bone.curve.arc_of(lesion_mm)
    half = max(abs(float(arc.min())), abs(float(arc.max())))
    along = half + max(LEAST_REACH_MM, REACH_WIDTHS * bone.width_mm)
    near = np.abs(bone.curve.arc_mm) <= along
    rows, columns = np.nonzero(bone.sections.filled[near & bone.sections.sound].any(axis=0))
    far = float(np.hypot(bone.offsets_mm[rows], bone.offsets_mm[columns]).max(initial=0.0))
    across = float(np.clip(far + MARGIN_MM, 12.0, HALF_WIDTH_MM))
    pixel = float(np.clip(bone.width_mm / PIXELS_ACROSS, FINEST_MM, COARSEST_MM))
    return _Look(along, across, 1.5 * pixel, 2.0), _Look(along, across, pixel, 1.0, final=True)


def _first_axis(ct: Volume, centre_mm: Points, lesion_mm: Points, look: _Look) -> Curve:
    levels = np.arange(-look.along_mm, look.along_mm + 0.5, look.step_mm)
    direction = _local_direction(ct, centre_mm, lesion_mm)
    return curve_through(centre_mm + levels[:, None] * direction, levels)


def _local_direction(ct: Volume, centre_mm: Points, lesion_mm: Points, radius_mm: float = 30.0) -> Points:
    """Long direction of the lesion's bone within 30 mm of it; straight down the table where it is not clear."""
    down = np.array([0.0, 0.0, -1.0])
    reach = np.ceil(radius_mm / ct.grid.spacing_mm).astype(int)
    at = np.round(ct.grid.to_index(centre_mm)).astype(int)
    low, high = np.maximum(0, at - reach), np.minimum(ct.grid.shape, at + reach + 1)
    labels, _ = ndimage.label(ct.values[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] > BONE_HU + 50.0)
    index = np.argwhere(labels > 0)
    if len(index) < 200:
        return down
    points, parts = ct.grid.to_mm(index + low), labels[tuple(index.T)]
    beside = cKDTree(lesion_mm).query(points, distance_upper_bound=BESIDE_MM)[0] <= BESIDE_MM
    own = np.bincount(parts[beside], minlength=int(parts.max()) + 1)
    kept = np.linalg.norm(points - centre_mm, axis=1) <= radius_mm
    if own.max() > 0:
        kept &= (own >= 0.1 * own.max())[parts]
    if kept.sum() < 200:
        return down
    size, axes = np.linalg.eigh(np.cov((points[kept] - points[kept].mean(axis=0)).T))
    along = axes[:, 2] * np.sign(axes[:, 2] @ down or 1.0)
    return np.asarray(along if size[2] > 1.5 * size[1] else down)


def _recut(
    ct: Volume, curve: Curve, centre_mm: Points, lesion_mm: Points, look: _Look, width_mm: float | None = None
) -> LongBone | None:
    pixel = look.pixel_mm
    n = int(np.ceil(look.across_mm / pixel))
    offsets: NDArray[np.float64] = np.arange(-n, n + 1, dtype=np.float64) * pixel
    values = sample_planes(ct.values, ct.grid, curve, offsets)
    hard = bone_in_sections(values, pixel, half_height=look.final)
    start = find_start(hard, curve, offsets, centre_mm, lesion_mm)
    if start is None:
        return None
    sections = follow_bone(hard, pixel, float(np.diff(curve.arc_mm).mean()), *start)
    return LongBone(curve, offsets, values, sections, width_mm or _width_mm(sections, pixel))


def _width_mm(sections: FollowedSections, pixel_mm: float) -> float:
    """Diameter of a disk as large as a narrow sound section (lower quartile), no more than ``WIDEST_MM``."""
    areas = sections.filled[sections.sound].sum(axis=(1, 2)) * pixel_mm**2
    return min(WIDEST_MM, float(np.sqrt(4.0 / np.pi * np.percentile(areas, 25)))) if len(areas) else WIDEST_MM


def _refit(bone: LongBone, centre_mm: Points, lesion_mm: Points, look: _Look) -> Curve:
    """The axis through the centroids of sound sections away from the lesion, 0 at its centre."""
    arc = bone.curve.arc_of(lesion_mm)
    away = (bone.curve.arc_mm < arc.min() - 3.0) | (bone.curve.arc_mm > arc.max() + 3.0)
    sound = bone.sections.sound & (np.abs(bone.curve.arc_mm) <= look.along_mm + 5.0)
    trusted = sound & away
    levels = np.flatnonzero(trusted if trusted.sum() >= 8 else sound)
    if len(levels) < 4:
        return bone.curve
    centroid = np.array([_centroid(bone.sections.filled[k]) for k in levels])
    half = (len(bone.offsets_mm) - 1) / 2
    a, b = ((centroid - half) * np.diff(bone.offsets_mm).mean()).T
    points = bone.curve.points_mm[levels] + a[:, None] * bone.curve.u[levels] + b[:, None] * bone.curve.v[levels]
    step = float(np.diff(bone.curve.arc_mm).mean())
    stiffness = (STIFFNESS_WIDTHS * bone.width_mm) ** 4 / step  # each level stands for ``step`` mm of the axis
    fitted = fit_centreline(points, stiffness=stiffness)
    return _from_lesion(_lengthened(fitted, centre_mm, look.along_mm), centre_mm, look)


def _centroid(filled: NDArray[np.bool_]) -> tuple[float, float]:
    rows, columns = np.nonzero(filled)
    return float(rows.mean()), float(columns.mean())


def _lengthened(curve: Curve, centre_mm: Points, reach_mm: float) -> Curve:
    """The curve carried on along its end tangents so that it reaches as far about the lesion as it should."""
    middle = float(curve.arc_of(centre_mm))
    first, last = middle - reach_mm, middle + reach_mm
    head = np.arange(curve.arc_mm[0] - 1.0, first, -1.0)[::-1]
    tail = np.arange(curve.arc_mm[-1] + 1.0, last, 1.0)
    ahead = curve.points_mm[0] + (head - curve.arc_mm[0])[:, None] * curve.tangents[0]
    behind = curve.points_mm[-1] + (tail - curve.arc_mm[-1])[:, None] * curve.tangents[-1]
    return curve_through(np.vstack([ahead, curve.points_mm, behind]), np.concatenate([head, curve.arc_mm, tail]))


def _from_lesion(curve: Curve, centre_mm: Points, look: _Look) -> Curve:
    """Even levels with 0 exactly at the lesion's centre, proximal to distal (towards the feet)."""
    points = curve.points_mm if curve.points_mm[0, 2] >= curve.points_mm[-1, 2] else curve.points_mm[::-1]
    ordered = curve_through(points)
    middle = float(ordered.arc_of(centre_mm))
    low = max(-look.along_mm, ordered.arc_mm[0] - middle)
    high = min(look.along_mm, ordered.arc_mm[-1] - middle)
    levels = look.step_mm * np.arange(np.ceil(low / look.step_mm), np.floor(high / look.step_mm) + 0.5)
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
