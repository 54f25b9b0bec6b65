"""A long bone followed level by level in sections normal to its axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import convex_hull_image

from buttress.numerics.disks import closed, dilated, disk, filled, opened, piece_over

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]

BONE_HU = 200.0
"""Lowest HU taken for bone (note mechanics.md 5a, baseline 200-250 HU); marrow and muscle stay below it."""
SOFT_TISSUE_HU = 40.0
"""Muscle on the CTs at hand (30-40 HU): the outer foot of the periosteal edge."""
CLOSING_MM = 2.0
"""Ours: closes vessel channels and sampling gaps of the cortex, less than the space between tibia and fibula."""
THINNEST_MM = 1.0
"""Ours: what is thinner than twice this is no part of the section, but a spur or a bridge to a neighbour."""
GROWTH_MM = 3.0
"""Ours: the outline may move this far from one level to the next; it stops a leak into a touching bone."""
SOUND_AREA = (0.7, 1.5)
"""Ours: a filled section smaller than this share of the last sound one is an open ring; a larger one has merged."""
FLARE_PER_MM = 0.02
"""Ours: a section may grow or shrink by this share per mm of gap (a proximal tibia: 0.016)."""
SOLID = 0.85
"""Ours: after a gap a section must fill this share of its convex outline; an open ring fills about 0.6."""
MAX_GAP_MM = 75.0
"""Ours: bridged without bone (the longest defect that a lesion of 60 mm and its margins leave)."""


@dataclass(frozen=True, slots=True, eq=False)
class FollowedSections:
    """The target bone in parallel sections: ``filled`` ``(levels, n, m)``, and which levels are ``sound``."""

    filled: Booleans
    sound: Booleans


def bone_in_sections(values: NDArray[np.float32], pixel_mm: float, half_height: bool) -> Booleans:
    """Bone pixels of sections ``(levels, n, m)``: above 200 HU, or above half height of the cortex nearby if higher."""
    known = np.nan_to_num(values, nan=-1000.0)
    if not half_height:
        return np.asarray(known > BONE_HU)
    size = 2 * round(2.5 / pixel_mm) + 1
    peak = ndimage.maximum_filter(known, size=(1, size, size))
    return np.asarray(known > np.maximum(BONE_HU, 0.5 * (peak + SOFT_TISSUE_HU)))


def follow_bone(hard: Booleans, pixel_mm: float, step_mm: float, first: int, start: Booleans) -> FollowedSections:
    """Follow one bone through sections from level ``first``, where it overlaps the outline ``start`` ``(n, m)``.

    Each level's candidates are the closed and filled bone regions; the one that overlaps the last sound outline most
    is taken, within ``GROWTH_MM`` of it. A level whose region is much smaller (open ring) or larger (merged with a
    neighbour) is not sound and does not become the new outline.
    """
    levels = len(hard)
    solid, sound = np.zeros_like(hard), np.zeros(levels, dtype=bool)
    for direction in (1, -1):
        outline, gap = start, 0.0
        for level in range(first, levels if direction > 0 else -1, direction):
            region = _region(hard[level], outline, pixel_mm, gap)
            solid[level] |= region
            if _is_sound(region, outline, gap):
                sound[level], outline, gap = True, region, 0.0
            else:
                gap += step_mm
            if gap > MAX_GAP_MM:
                break
    return FollowedSections(solid, sound)


def _is_sound(region: Booleans, outline: Booleans, gap_mm: float) -> bool:
    """Whether a section is whole, closed and of the same bone, ``gap_mm`` of unsound levels after the last one."""
    ratio = region.sum() / max(1, outline.sum())
    flare = np.exp(FLARE_PER_MM * gap_mm)
    if not SOUND_AREA[0] / flare <= ratio <= SOUND_AREA[1] * flare:
        return False
    if gap_mm == 0.0:
        return True
    hull: Booleans = convex_hull_image(region)  # type: ignore[no-untyped-call]
    return bool(region.sum() >= SOLID * hull.sum())


def _region(hard: Booleans, outline: Booleans, pixel_mm: float, gap_mm: float) -> Booleans:
    """The closed, filled bone region of one section that overlaps the outline most, kept near the outline."""
    region = np.zeros_like(hard)
    if not outline.any():
        return region
    allowed = dilated(outline, disk((GROWTH_MM + 0.5 * gap_mm) / pixel_mm))
    rows, columns = (np.flatnonzero(allowed.any(axis=axis)) for axis in (1, 0))
    pad = 8
    window = (
        slice(max(0, rows[0] - pad), rows[-1] + pad + 1),
        slice(max(0, columns[0] - pad), columns[-1] + pad + 1),
    )
    patch, before = hard[window].copy(), outline[window].copy()
    if patch.any():
        solid = filled(closed(patch, _brush(CLOSING_MM, pixel_mm))) & allowed[window]
        region[window] = piece_over(opened(solid, _brush(THINNEST_MM, pixel_mm)), before)
    return region


def _brush(radius_mm: float, pixel_mm: float) -> NDArray[np.int64]:
    """A disk of at least one pixel about the middle one, rounded as a disk drawn on pixels looks."""
    return disk(max(1, round(radius_mm / pixel_mm)) + 0.3)


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A bone region of one section: the convex outline about it, its area, and the share of the outline it fills."""

    hull: Booleans
    area_mm2: float
    solidity: float


def nearest_region(hard: Booleans, near: tuple[float, float], pixel_mm: float, reach_mm: float) -> Region | None:
    """The bone region of one section nearest to pixel ``near`` (row, column), closed and filled, or ``None``.

    The hull closes a ring that a lesion has opened. Regions smaller than 20 mm² are specks.
    """
    solid = filled(closed(hard, _brush(CLOSING_MM, pixel_mm)))
    labels, count = ndimage.label(opened(solid, _brush(THINNEST_MM, pixel_mm)))
    rows, columns = np.indices(hard.shape)
    apart = np.hypot(rows - near[0], columns - near[1]) * pixel_mm
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * pixel_mm**2
    nearest = ndimage.minimum(apart, labels, range(count + 1)) if count else np.array([0.0])
    candidates = [(float(nearest[c]), c) for c in range(1, count + 1) if sizes[c] >= 20.0 and nearest[c] <= reach_mm]
    if not candidates:
        return None
    chosen = min(candidates)[1]
    hull: Booleans = convex_hull_image(labels == chosen)  # type: ignore[no-untyped-call]
    area = float(sizes[chosen])
    return Region(hull, area, area / max(1.0, float(hull.sum())) / pixel_mm**2)
