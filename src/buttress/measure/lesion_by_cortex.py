"""A lesion of a shaft by its missing cortex: a defect as dark as marrow shows only there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from buttress.measure.bone import RestoredShaft, restore_shaft, shaft_mask
from buttress.measure.bone_axis import follow_axis
from buttress.measure.cortex import CortexMap, unroll_cortex
from buttress.measure.involvement import regions
from buttress.measure.straightened import BONE_HU
from buttress.numerics.grid import Points
from buttress.numerics.sections import polar_points
from buttress.records.image import Mask, Volume

LOOKS_MM = (15.0, 25.0, 35.0, 45.0)
"""Ours: the defect is looked for this far each way from the seed, against the bone beyond; the closest look that holds
it whole is used, since a flaring bone is best compared with what lies near."""
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
"""Ours: a smaller hole is a nutrient channel."""


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
    looks = (restore_shaft(bone, (-reach, reach)) for reach in reversed(LOOKS_MM))
    return next((shaft for shaft in looks if shaft is not None), None)


def outline_by_cortex(ct: Volume, shaft: RestoredShaft, seed_mm: Points) -> BareCortex | None:
    """The cortex missing near the seed and the marrow between it and the seed; ``None`` where the cortex is whole.

    Looks first close about the seed and then further, until the missing cortex ends within the look; then once more
    against the sound bone right beside it.
    """
    for reach in LOOKS_MM:
        look = restore_shaft(shaft.bone, (-reach, reach))
        flags = _missing(unroll_cortex(ct, look, None, FOOT_HU), look, seed_mm) if look else None
        if look is None or flags is None:
            continue
        levels = look.bone.curve.arc_mm[flags.any(axis=1)]
        if max(-levels.min(), levels.max()) <= reach - MARGIN_MM:
            found = _outlined(ct, look, (float(levels.min()), float(levels.max())), seed_mm)
            if found is not None:
                return found
    return None


def _outlined(ct: Volume, look: RestoredShaft, span_mm: tuple[float, float], seed_mm: Points) -> BareCortex | None:
    """The lesion between the missing cortex and the seed, against sound bone right beside the levels it spans."""
    shaft = restore_shaft(look.bone, (span_mm[0] - MARGIN_MM, span_mm[1] + MARGIN_MM)) or look
    cortex = unroll_cortex(ct, shaft, None, FOOT_HU)
    flags = _missing(cortex, shaft, seed_mm)
    if flags is None:
        return None
    levels = cortex.arc_mm[flags.any(axis=1)]
    if levels.max() - levels.min() > span_mm[1] - span_mm[0] + 2 * MARGIN_MM:
        return None  # it grows with the reference: a flare of the bone, not a defect with an end
    bone = shaft_mask(shaft, ct.grid)
    hull = Delaunay(_corner_points(shaft, cortex, flags, seed_mm))
    half, third, two_thirds = (_carve(ct, bone, hull, share) for share in (1 / 2, 1 / 3, 2 / 3))
    note = (
        f"missing cortex over {levels.max() - levels.min():.0f} mm of the shaft and the marrow between, at half of the "
        f"cortex's height: {half.volume_ml:.1f} ml ({third.volume_ml:.1f} to {two_thirds.volume_ml:.1f} at 1/3 and 2/3)"
    )
    return BareCortex(half, bone, note)


def _missing(cortex: CortexMap, shaft: RestoredShaft, seed_mm: Points) -> NDArray[np.bool_] | None:
    """Regions of missing cortex near the seed, ``(levels, angles)``, that hold a hole.

    Loss alone does not tell: where a bone flares its sound cortex is thinner than that beside it, but still bone.
    """
    labels = regions(cortex.counted >= LOST)
    surface = polar_points(shaft.bone.curve, shaft.angles_rad, shaft.radius_mm[..., None])[:, :, 0]
    apart = np.linalg.norm(surface - seed_mm, axis=-1)
    cell_mm2 = shaft.radius_mm * (shaft.angles_rad[1] - shaft.angles_rad[0]) * np.diff(cortex.arc_mm).mean()
    hole = cortex.peak_hu < BONE_HU
    near = [
        c
        for c in np.unique(labels[labels > 0])
        if cell_mm2[(labels == c) & hole].sum() >= LEAST_AREA_MM2 and apart[labels == c].min() <= FAR_MM
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


def _carve(ct: Volume, bone: Mask, hull: Delaunay, share: float) -> Mask:
    """Voxels of the bone in the hull below a share of the cortex's height (the upper tenth of the bone's own HU)."""
    index = np.argwhere(bone.inside)
    points = ct.grid.to_mm(index)
    box = np.all((points >= hull.points.min(axis=0)) & (points <= hull.points.max(axis=0)), axis=1)
    index, points = index[box], points[box]
    cortex_hu = float(np.percentile(ct.values[bone.inside], 90.0))
    dark = ct.values[tuple(index.T)] < FOOT_HU + share * (cortex_hu - FOOT_HU)
    inside = np.zeros(ct.grid.shape, dtype=bool)
    inside[tuple(index[(hull.find_simplex(points) >= 0) & dark].T)] = True
    return Mask(ct.grid, inside)
