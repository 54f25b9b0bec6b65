"""The bone unrolled about its axis: grey values as they are, and as they would be with the lesion healed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.curve import Curve, curve_through
from buttress.numerics.resample import sample
from buttress.numerics.sections import even_angles, heal, outer_radius, polar_points
from buttress.records.findings import BoneAxis, SeenLesion
from buttress.records.image import Mask, Volume

ANGLES = 180
SHARES = 96
"""Steps of the angle (2 degrees) and of the normalised radius: chosen so that the closed forms are met (ours)."""

BESIDE_MM = 20.0
"""Levels looked at beyond the affected ones, each way (ours): more than the 5 mm that stand for sound bone."""


@dataclass(frozen=True, slots=True, eq=False)
class UnrolledBone:
    """Grey values ``hu`` and ``healed_hu`` ``(levels, angles, shares)`` out to ``radius_mm`` ``(levels, angles)``.

    ``affected`` ``(levels,)`` marks the levels that were healed; ``healed_by_one_side`` are the same as ``healed_hu``
    but from the proximal or the distal sound bone alone: their difference tells how well the bone stands for itself.
    """

    curve: Curve
    hu: NDArray[np.float32]
    healed_hu: NDArray[np.float32]
    radius_mm: NDArray[np.float64]
    affected: NDArray[np.bool_]
    healed_by_one_side: tuple[NDArray[np.float32], ...]

    @property
    def one_sided(self) -> bool:
        """Whether sound bone was found on one side of the lesion only."""
        return len(self.healed_by_one_side) < 2


def unroll_bone(seen: SeenLesion, axis: BoneAxis, affected_mm: tuple[float, float], ct: Volume) -> UnrolledBone:
    """Sample the bone on sections normal to its axis and heal the affected levels.

    Sections reach one voxel beyond the bone's outline: the scanner blurs part of the cortex across it, and a sum that
    stopped at the outline would lose more of a thin cortex than of a thick one.

    Raises ``ValueError`` with a sentence where no level is affected, or none beside the lesion can serve as sound bone.
    """
    curve = _levels_near(curve_through(axis.points_mm, axis.from_lesion_mm), affected_mm)
    angles = even_angles(ANGLES)
    outline = _outer_radius(seen.bone, curve)
    radius = outline + float(np.cbrt(np.prod(ct.grid.spacing_mm)))
    share = (np.arange(SHARES) + 0.5) / SHARES
    hu = sample(ct.values, ct.grid, polar_points(curve, angles, radius[..., None] * share))
    whole = (outline > 0).mean(axis=1) > 0.99
    whole &= np.isfinite(hu).all(axis=(1, 2))
    if whole.sum() < 2:
        raise ValueError("the bone leaves the image at the lesion")
    curve, hu, radius = _keep(curve, whole), hu[whole], radius[whole]
    arc = curve.arc_mm
    affected = (arc >= affected_mm[0]) & (arc <= affected_mm[1])
    if not affected.any():
        raise ValueError("no level of the bone's axis crosses the lesion")
    sides = [side for side in (arc < affected_mm[0], arc > affected_mm[1]) if side.any()]
    by_one_side = tuple(_healed_from(hu, arc, affected_mm, side) for side in sides)
    return UnrolledBone(curve, hu, heal(hu, arc, affected_mm), radius, affected, by_one_side)


def _healed_from(
    hu: NDArray[np.float32], arc_mm: NDArray[np.float64], affected_mm: tuple[float, float], side: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The affected levels healed from the sound levels of one ``side`` alone; all other levels as they are."""
    affected = (arc_mm >= affected_mm[0]) & (arc_mm <= affected_mm[1])
    kept = side | affected
    healed = hu.copy()
    healed[affected] = heal(hu[kept], arc_mm[kept], affected_mm)[affected[kept]]
    return healed


def _levels_near(curve: Curve, affected_mm: tuple[float, float]) -> Curve:
    low, high = affected_mm
    near = (curve.arc_mm >= low - BESIDE_MM) & (curve.arc_mm <= high + BESIDE_MM)
    if near.sum() < 2:
        raise ValueError("the bone's axis does not reach the lesion")
    return _keep(curve, near)


def _keep(curve: Curve, levels: NDArray[np.bool_]) -> Curve:
    return Curve(
        curve.points_mm[levels], curve.arc_mm[levels], curve.tangents[levels], curve.u[levels], curve.v[levels]
    )


def _outer_radius(bone: Mask, curve: Curve) -> NDArray[np.float64]:
    """Outer radius of the bone ``(levels, angles)``, searched on a crop about the levels."""
    index = bone.grid.to_index(bone.points_mm())
    along = curve.arc_of(bone.grid.to_mm(index))
    beside = (along >= curve.arc_mm[0] - 1.0) & (along <= curve.arc_mm[-1] + 1.0)
    if not beside.any():
        return np.zeros((len(curve.arc_mm), ANGLES))
    points = bone.grid.to_mm(index[beside])
    reach = float(np.linalg.norm(points - curve.at(along[beside]), axis=1).max()) + 2.0 * float(
        bone.grid.spacing_mm.max()
    )
    start = np.maximum(np.floor(index[beside].min(axis=0)).astype(int) - 2, 0)
    stop = np.minimum(np.ceil(index[beside].max(axis=0)).astype(int) + 3, bone.grid.shape)
    window = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    return outer_radius(bone.inside[window], bone.grid.crop(start, stop), curve, even_angles(ANGLES), reach)
