"""A lesion of a shaft by its missing cortex: a defect as dark as marrow shows only there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from buttress.measure.bone import RestoredShaft, restore_shaft, shaft_mask
from buttress.measure.bone_axis import REACH_MM, LongBone, follow_axis
from buttress.measure.cortex import CortexMap, unroll_cortex
from buttress.measure.involvement import regions
from buttress.numerics.grid import Points
from buttress.numerics.sections import polar_points
from buttress.records.image import Mask, Volume

FIRST_LOOK_MM = 45.0
"""Ours: the defect is first looked for this far each way from the seed, against the bone beyond."""
MARGIN_MM = 4.0
"""Ours: levels this far beyond the defect still hold its blurred edge."""
SEED_BALL_MM = 3.0
"""Ours: the lesion reaches at least this far about the seed."""
FAR_MM = 20.0
"""Ours: missing cortex further from the seed than this is another lesion's, or a joint's."""
FOOT_HU = 50.0
"""Lytic metastases lie at 20-110 HU (note lesions.md)."""
LOST = 0.5
LEAST_AREA_MM2 = 12.0
"""Ours: a smaller gap is a nutrient channel."""


@dataclass(frozen=True, slots=True, eq=False)
class BareCortex:
    """A lesion drafted from missing cortex, and the bone restored around it; masks on the CT's grid."""

    lesion: Mask
    bone: Mask
    note: str


def shaft_about_seed(ct: Volume, seed_mm: Points) -> RestoredShaft | None:
    """The shaft about a seed, restored over the widest stretch that leaves sound bone to compare with."""
    ball = seed_mm + SEED_BALL_MM * np.vstack([np.eye(3), -np.eye(3)])
    bone = follow_axis(ct, seed_mm, ball)
    if bone is None:
        return None
    reach = FIRST_LOOK_MM
    while reach >= 10.0:
        shaft = restore_shaft(bone, _within_sound(bone, reach))
        if shaft is not None:
            return shaft
        reach -= 10.0
    return None


def _within_sound(bone: LongBone, reach_mm: float) -> tuple[float, float]:
    """The first-look stretch, drawn in so that 6 mm of sound bone remain beyond each end where there are any."""
    sound = bone.curve.arc_mm[bone.sections.sound]
    low = max(-reach_mm, float(sound.min()) + 6.0) if len(sound) and sound.min() < -10.0 else -REACH_MM
    high = min(reach_mm, float(sound.max()) - 6.0) if len(sound) and sound.max() > 10.0 else REACH_MM
    return min(low, -4.0), max(high, 4.0)


def outline_by_cortex(ct: Volume, shaft: RestoredShaft, seed_mm: Points) -> BareCortex | None:
    """The cortex missing near the seed and the marrow between it and the seed; ``None`` where the cortex is whole."""
    for _ in range(2):
        found = _missing(unroll_cortex(ct, shaft, None, FOOT_HU), shaft, seed_mm)
        if found is None:
            return None
        levels = shaft.bone.curve.arc_mm[found.any(axis=1)]
        closer = restore_shaft(shaft.bone, (float(levels.min()) - MARGIN_MM, float(levels.max()) + MARGIN_MM))
        shaft = closer or shaft
    cortex = unroll_cortex(ct, shaft, None, FOOT_HU)
    flags = _missing(cortex, shaft, seed_mm)
    if flags is None:
        return None
    levels = cortex.arc_mm[flags.any(axis=1)]
    bone = shaft_mask(shaft, ct.grid)
    hull = Delaunay(_corner_points(shaft, cortex, flags, seed_mm))
    half, third, two_thirds = (_carve(ct, bone, hull, cortex, share) for share in (1 / 2, 1 / 3, 2 / 3))
    note = (
        f"missing cortex over {levels.max() - levels.min():.0f} mm of the shaft and the marrow between, at half of the "
        f"cortex's height: {half.volume_ml:.1f} ml ({third.volume_ml:.1f} to {two_thirds.volume_ml:.1f} at 1/3 and 2/3)"
    )
    return BareCortex(half, bone, note)


def _missing(cortex: CortexMap, shaft: RestoredShaft, seed_mm: Points) -> NDArray[np.bool_] | None:
    """Regions of missing cortex near the seed, ``(levels, angles)``."""
    labels = regions(cortex.counted >= LOST)
    surface = polar_points(shaft.bone.curve, shaft.angles_rad, shaft.radius_mm[..., None])[:, :, 0]
    apart = np.linalg.norm(surface - seed_mm, axis=-1)
    cell_mm2 = shaft.radius_mm * (shaft.angles_rad[1] - shaft.angles_rad[0]) * np.diff(cortex.arc_mm).mean()
    near = [
        c
        for c in np.unique(labels[labels > 0])
        if cell_mm2[labels == c].sum() >= LEAST_AREA_MM2 and apart[labels == c].min() <= FAR_MM
    ]
    return np.isin(labels, near) if near else None


def _corner_points(shaft: RestoredShaft, cortex: CortexMap, flags: NDArray[np.bool_], seed_mm: Points) -> Points:
    """Outer and inner surface of the missing cortex, and a small ball about the seed."""
    depths = np.stack([np.full_like(cortex.intact_mm, -1.0), cortex.intact_mm + 1.0], axis=-1)
    points = polar_points(shaft.bone.curve, shaft.angles_rad, np.maximum(shaft.radius_mm[..., None] - depths, 0.0))
    steps = np.stack(np.meshgrid(*[(-1.0, 0.0, 1.0)] * 3), axis=-1).reshape(-1, 3)
    steps = steps[np.any(steps != 0, axis=1)]
    ball = seed_mm + SEED_BALL_MM * steps / np.linalg.norm(steps, axis=1, keepdims=True)
    return np.vstack([points[flags].reshape(-1, 3), ball])


def _carve(ct: Volume, bone: Mask, hull: Delaunay, cortex: CortexMap, share: float) -> Mask:
    """Voxels of the bone in the hull below a share of the cortex's height above the lesion."""
    index = np.argwhere(bone.inside)
    points = ct.grid.to_mm(index)
    box = np.all((points >= hull.points.min(axis=0)) & (points <= hull.points.max(axis=0)), axis=1)
    index, points = index[box], points[box]
    held = hull.find_simplex(points) >= 0
    hu = ct.values[tuple(index.T)]
    dark = hu < FOOT_HU + share * (_cortex_hu(ct, bone, cortex) - FOOT_HU)
    inside = np.zeros(ct.grid.shape, dtype=bool)
    inside[tuple(index[held & dark].T)] = True
    return Mask(ct.grid, inside)


def _cortex_hu(ct: Volume, bone: Mask, cortex: CortexMap) -> float:
    """Height of this bone's cortex: the upper tenth of its own voxels."""
    return float(np.percentile(ct.values[bone.inside], 90.0))
