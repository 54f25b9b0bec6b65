"""The section from which a long bone is followed: a closed one, as near the lesion as there is one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buttress.measure.straightened import SOLID, Region, nearest_region
from buttress.numerics.curve import Curve
from buttress.numerics.grid import Points

Booleans = NDArray[np.bool_]
Start = tuple[int, Booleans]

BEYOND_MM = 4.0
"""Ours: past the lesion's blurred edge."""
REACH_MM = 12.0
"""Ours: the bone of a level is looked for this far from where the lesion, or the axis, passes through it."""
SCAN_MM = 4.0
"""Ours: how far apart levels are tried."""
WHOLE_SHARE = 0.5
"""Ours: a region smaller than this share of the bone's usual section is a piece of an open ring; a quarter of a ring
has no more than a fifth of the section's area."""
USUAL = 75.0
"""Ours: this percentile of the sections' areas is that of a whole one, though half of them should be open."""


def find_start(
    hard: Booleans, curve: Curve, offsets_mm: NDArray[np.float64], centre_mm: Points, lesion_mm: Points
) -> Start | None:
    """Level and outline ``(n, m)`` to start from, or ``None`` where no bone lies near.

    Just beyond the lesion's ends if the section is closed there, else the closed section nearest to the lesion: from a
    point in a long defect the ends are not known, and a piece of an open ring grows into no whole section. Where none
    is closed, the convex outline of the first piece found.
    """
    pixel = float(np.diff(offsets_mm).mean())
    arc = curve.arc_of(lesion_mm)
    ends = sorted({float(arc.min()) - BEYOND_MM, float(arc.max()) + BEYOND_MM, 0.0}, key=abs, reverse=True)
    levels = [int(np.argmin(np.abs(curve.arc_mm - at))) for at in ends]
    first = [
        (level, _near_lesion(curve, level, at, centre_mm, lesion_mm, arc))
        for level, at in zip(levels, ends, strict=True)
        if abs(curve.arc_mm[level] - at) <= 1.0
    ]
    step = max(1, round(SCAN_MM / float(np.diff(curve.arc_mm).mean())))
    away = sorted(range(0, len(curve.arc_mm), step), key=lambda level: abs(float(curve.arc_mm[level])))
    found = [_region(hard, curve, level, at, pixel) for level, at in first]
    others = [_region(hard, curve, level, curve.points_mm[level], pixel) for level in away]
    seen = [(level, region) for level, region in [*found, *others] if region is not None]
    if not seen:
        return None
    usual = float(np.percentile([region.area_mm2 for _, region in seen], USUAL))
    whole = ((k, r) for k, r in seen if r.solidity >= SOLID and r.area_mm2 >= WHOLE_SHARE * usual)
    level, region = next(whole, seen[0])
    return level, region.hull


def _near_lesion(
    curve: Curve, level: int, at_mm: float, centre_mm: Points, lesion_mm: Points, arc_mm: NDArray[np.float64]
) -> Points:
    """The middle of the lesion about a level, or of the whole lesion."""
    near = lesion_mm[np.abs(arc_mm - at_mm) <= 6.0]
    return np.asarray(near.mean(axis=0) if len(near) else centre_mm)


def _region(hard: Booleans, curve: Curve, level: int, near_mm: Points, pixel_mm: float) -> tuple[int, Region | None]:
    half = (hard.shape[1] - 1) / 2
    offset = near_mm - curve.points_mm[level]
    at = offset @ curve.u[level] / pixel_mm + half, offset @ curve.v[level] / pixel_mm + half
    return level, nearest_region(hard[level], at, pixel_mm, REACH_MM)
