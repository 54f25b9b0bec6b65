"""The target bone as it was before the lesion: its periosteal surface restored, marrow and lesion inside."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.bone_axis import LongBone
from buttress.measure.straightened import bone_in_sections
from buttress.numerics.disks import filled
from buttress.numerics.distance import signed_distance_mm
from buttress.numerics.grid import Grid
from buttress.numerics.resample import sample
from buttress.numerics.sections import even_angles, heal, outermost_crossing, sample_planes
from buttress.records.image import Mask

REPAIR_MM = 4.0
"""Ours: the lesion's mask and its blurred edge; beyond, the bone is as it is seen."""
SHORT_GAP_LEVELS = 10
"""Ours: up to this many open levels between sound ones are a canal or noise."""
RIM_MM = 1.5
"""Ours: what is missing of the healed outline by less than this is the bone's own shape, not a defect."""
OWN_SURFACE_MM = 4.0
"""Ours: a ray that meets bone this near the healed surface starts at the bone; the defect lies further in, or is a
shallow one from outside, which shortens the cortex just the same."""


OPEN_SHARE = 0.7
"""Ours, as for a sound section: filled to less than this of the healed outline, a ring is open."""


@dataclass(frozen=True, slots=True, eq=False)
class RestoredShaft:
    """A long bone with its outer surface restored across the lesion.

    ``depth_mm`` ``(levels, n, n)`` is the distance inside the restored surface (negative outside) on the sections'
    pixels; ``radius_mm`` ``(levels, angles)`` the surface's distance from the axis; ``sound`` the levels with bone all
    around and away from the lesion.
    """

    bone: LongBone
    depth_mm: NDArray[np.float64]
    radius_mm: NDArray[np.float64]
    angles_rad: NDArray[np.float64]
    affected_mm: tuple[float, float]
    sound: NDArray[np.bool_]


def restore_shaft(
    bone: LongBone, affected_mm: tuple[float, float], lesion: Mask | None = None, n_angles: int = 120
) -> RestoredShaft | None:
    """Bridge the outer surface over the affected levels by blending the outlines of the sound levels beside them.

    Outlines are blended as signed distances, level by level (shape-based interpolation). With a ``lesion`` the surface
    changes only within ``REPAIR_MM`` of it. Open levels between sound ones (a nutrient canal) are bridged likewise.
    Returns ``None`` where no level beside the lesion is sound.
    """
    arc = bone.curve.arc_mm
    beside = (arc < affected_mm[0]) | (arc > affected_mm[1])
    sound = bone.sections.sound & beside
    if not sound.any():
        return None
    pixel = float(np.diff(bone.offsets_mm).mean())
    seen = np.stack([-signed_distance_mm(section, pixel) for section in bone.sections.filled])
    trusted = np.where(np.isfinite(seen), seen, np.nan)
    trusted[~sound] = np.nan
    depth = seen.copy()
    repairable = None if lesion is None else _repairable(bone, lesion)
    for start, stop in _open_runs(~beside, sound):
        healed = heal(trusted, arc, (float(arc[start]), float(arc[stop])))
        for level in range(start, stop + 1):
            allowed = None if beside[level] or repairable is None else repairable[level]
            if (seen[level] > 0).sum() < OPEN_SHARE * (healed[level] > 0).sum():
                seen[level], allowed = _ring_left(bone, level, healed[level], pixel), None
            depth[level] = _mended(seen[level], healed[level], pixel, allowed)
    depth[~np.isfinite(depth)] = -99.0
    angles = even_angles(n_angles)
    own = _radius(bone, seen, angles)
    mended = own.copy()
    changed = np.any(depth > 0, axis=(1, 2)) & np.any((depth > 0) != (seen > 0), axis=(1, 2))
    mended[changed] = _radius(bone, depth[changed], angles)
    radius = np.where(np.abs(own - mended) <= OWN_SURFACE_MM, own, mended)
    return RestoredShaft(bone, depth, radius, angles, affected_mm, sound)


def _open_runs(affected: NDArray[np.bool_], sound: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last level of the affected stretch, and of short open stretches with sound levels on both sides."""
    levels = np.flatnonzero(affected)
    runs = [(int(levels[0]), int(levels[-1]))] if len(levels) else []
    firm = np.flatnonzero(sound)
    for low, high in pairwise(firm):
        if 1 < high - low <= SHORT_GAP_LEVELS and not affected[low:high].any():
            runs.append((int(low) + 1, int(high) - 1))
    return runs


def _repairable(bone: LongBone, lesion: Mask) -> NDArray[np.bool_]:
    """Pixels of the sections within ``REPAIR_MM`` of the lesion in the same section, ``(levels, n, n)``."""
    sick = sample_planes(lesion.inside, lesion.grid, bone.curve, bone.offsets_mm, outside=0.0) >= 0.5
    steps = round(REPAIR_MM / float(np.diff(bone.offsets_mm).mean()))
    grown = np.zeros_like(sick)
    for level in np.flatnonzero(sick.any(axis=(1, 2))):
        grown[level] = ndimage.distance_transform_edt(~sick[level]) <= steps
    return grown


def _ring_left(bone: LongBone, level: int, healed: NDArray[np.float64], pixel: float) -> NDArray[np.float64]:
    """Depth of what cortex is left at a level where it no longer encloses the marrow: bone near the healed outline."""
    hard = bone_in_sections(bone.values[level][None], pixel, half_height=True)[0]
    return -signed_distance_mm(hard & (np.abs(healed) <= OWN_SURFACE_MM) | (hard & (healed > 0)), pixel)


def _mended(
    seen: NDArray[np.float64], healed: NDArray[np.float64], pixel: float, allowed: NDArray[np.bool_] | None
) -> NDArray[np.float64]:
    """Depth of one section: the bone seen, and what is missing of the healed outline unless that is only a thin rim."""
    missing = (healed > 0) & ~(seen > 0)
    missing &= True if allowed is None else allowed
    whole = seen > 0
    if missing.any():
        rim = max(1, round(RIM_MM / 2 / pixel))
        square = ndimage.generate_binary_structure(2, 2)
        deep = ndimage.binary_erosion(missing, square, iterations=rim)
        whole |= ndimage.binary_dilation(deep, square, iterations=2 * rim + 1) & missing
    whole = filled(whole)
    return seen if np.array_equal(whole, seen > 0) else -signed_distance_mm(whole, pixel)


def _radius(bone: LongBone, depth_mm: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance from the axis to the outermost surface in each section, ``(levels, angles)``."""
    half = float(bone.offsets_mm[-1])
    pixel = float(np.diff(bone.offsets_mm).mean())
    rows, columns = np.nonzero((depth_mm > 0).any(axis=0))
    reach = float(np.hypot(bone.offsets_mm[rows], bone.offsets_mm[columns]).max(initial=0.0)) + 2 * pixel
    radii = np.arange(0.0, min(half, reach), 0.25)
    flat = Grid.aligned((len(bone.offsets_mm), len(bone.offsets_mm), 1), (pixel, pixel, 1.0), (-half, -half, 0.0))
    a, b = np.cos(angles)[:, None] * radii, np.sin(angles)[:, None] * radii
    points = np.stack([a, b, np.zeros_like(a)], axis=-1)
    if len(depth_mm) == 0:
        return np.zeros((0, len(angles)))
    profiles = np.stack([sample(section[..., None], flat, points, outside=-99.0) for section in depth_mm])
    return outermost_crossing(profiles, radii, 0.0)


def shaft_mask(shaft: RestoredShaft, grid: Grid, slices: slice = slice(None)) -> Mask:
    """The restored bone on a grid, in all its slices or some."""
    inside = np.zeros(grid.shape, dtype=bool)
    reach, depth = float(shaft.radius_mm.max()) + 1.0, shaft.depth_mm.astype(np.float32)
    at, spread = grid.to_index(shaft.bone.curve.points_mm), reach / grid.spacing_mm
    for k in range(grid.shape[2])[slices]:
        near = at[np.abs(at[:, 2] - k) <= spread[2]]
        if len(near) == 0:
            continue
        low = np.maximum(0, np.floor(near[:, :2].min(axis=0) - spread[:2])).astype(int)
        high = np.minimum(grid.shape[:2], np.ceil(near[:, :2].max(axis=0) + spread[:2]).astype(int) + 1)
        if np.any(high <= low):
            continue
        i, j = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]), indexing="ij")
        points = grid.to_mm(np.stack([i, j, np.full_like(i, k)], axis=-1))
        inside[low[0] : high[0], low[1] : high[1], k] = filled(_depth_at(shaft.bone, depth, points) > 0)
    return Mask(grid, inside)


def _depth_at(bone: LongBone, depth_mm: NDArray[np.float32], points_mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """Depth under the restored surface at points ``(..., 3)``; -99 beyond the followed levels."""
    curve, offsets = bone.curve, bone.offsets_mm
    arc = curve.arc_of(points_mm)
    on_axis = curve.at(arc)
    level = np.clip(np.searchsorted(curve.arc_mm, arc), 0, len(curve.arc_mm) - 1)
    radial = points_mm - on_axis
    a, b = np.sum(radial * curve.u[level], axis=-1), np.sum(radial * curve.v[level], axis=-1)
    step, pixel = float(np.diff(curve.arc_mm).mean()), float(np.diff(offsets).mean())
    straight = Grid.aligned(
        (len(curve.arc_mm), len(offsets), len(offsets)),
        (step, pixel, pixel),
        (float(curve.arc_mm[0]), float(offsets[0]), float(offsets[0])),
    )
    return sample(depth_mm, straight, np.stack([arc, a, b], axis=-1), outside=-99.0)
