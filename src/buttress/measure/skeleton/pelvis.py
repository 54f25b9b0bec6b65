"""What the hips tell of the pelvis: its midplane, and which parts of bone cannot belong to the bone that is meant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.measure.head_sphere import HeadSphere
from buttress.measure.skeleton.hip_joint import HeadCut
from buttress.numerics.grid import Grid, Points

Booleans = NDArray[np.bool_]

HALF_APART_MM = 88.0
"""Ours: a head's centre lies about this far from the midplane; used where only one hip is in view."""
SACRUM_MM = 30.0
"""Ours: above the hips, what has its middle this near to the midplane is sacrum or vertebra."""
ILIUM_MM = 50.0
"""Ours: above the hips, what has its middle further than this from the midplane is ilium."""
ABOVE_MM = 25.0
"""Ours: the sacroiliac joint lies higher than this above the heads' centres, the pubic symphysis lower."""
SACRUM_HALF_MM = 60.0
"""Ours: a sacrum is 100 to 120 mm wide."""
THIGH = (0.5, 0.25)
"""Ours: in radii of the head, lateral of and below its centre: neck and trochanters, none of the socket's walls."""
ACROSS_MM = 3.0
SYMPHYSIS_MM = 1.6
"""Ours: a cut as thick as a voxel, so that nothing passes from face to face."""


@dataclass(frozen=True, slots=True, eq=False)
class Midplane:
    """The plane between right and left: a point on it, its normal (to the patient's left), told by both hips or one."""

    at_mm: Points
    normal: Points
    sure: bool

    def aside_mm(self, points_mm: Points) -> NDArray[np.float64]:
        """Distance to the left of the plane."""
        return np.asarray((points_mm - self.at_mm) @ self.normal)

    def above_mm(self, points_mm: Points) -> NDArray[np.float64]:
        """Height above the heads' centres, along the table."""
        return np.asarray(points_mm[..., 2] - self.at_mm[2])


def midplane(heads: list[HeadCut]) -> Midplane | None:
    """The pelvis' midplane: halfway between two heads, or a usual distance from one, away from its neck."""
    if not heads:
        return None
    centres = np.array([h.head.centre_mm for h in heads])
    if len(heads) > 1:
        across = centres[0] - centres[1]
        across *= np.sign(across[0]) / np.linalg.norm(across)
        return Midplane(centres[:2].mean(axis=0), across, True)
    left = np.array([1.0, 0.0, 0.0])
    return Midplane(centres[0] - heads[0].lateral * HALF_APART_MM * left, left, False)


def foreign_to(kind: str, plane: Midplane, heads: list[HeadCut], middles_mm: Points, near_mm: Points) -> Booleans:
    """Which parts, by their middles ``(n, 3)``, cannot be of the ``hip`` bone, ``femur`` or ``sacrum`` at ``near_mm``.

    A femur lies below the top of its head and lateral to its inner side; a hip bone nowhere lateral of a head and below
    it; above the hips the sacrum lies in the middle.
    """
    aside, above = plane.aside_mm(middles_mm), plane.above_mm(middles_mm)
    if kind == "sacrum":
        return np.asarray((np.abs(aside) > ILIUM_MM) & (above > ABOVE_MM))
    side = float(np.sign(plane.aside_mm(near_mm)) or 1.0)
    ball = _nearest(plane, heads, near_mm)
    out = (middles_mm - np.array(ball.centre_mm)) @ plane.normal * side
    up = middles_mm[:, 2] - ball.centre_mm[2]
    if kind == "femur":
        return np.asarray((up > ball.radius_mm + ACROSS_MM) | (out < -ball.radius_mm - ACROSS_MM))
    head = np.linalg.norm(middles_mm - np.array(ball.centre_mm), axis=1) < 0.8 * ball.radius_mm
    thigh = head | ((out > 0.0) & (up < 0.0))
    return np.asarray(thigh | (aside * side < -ACROSS_MM) | ((aside * side < SACRUM_MM) & (above > ABOVE_MM)))


def beyond(kind: str, plane: Midplane, heads: list[HeadCut], box: Grid, near_mm: Points) -> Booleans:
    """The voxels of a box that cannot be of the bone meant, whatever part they are of; tighter bounds than of parts.

    A femur lies lateral to its head's inner side and below its top; lateral of the head and below its middle no hip
    bone lies; at the midplane above the hips lies no hip bone, and far from it no sacrum.
    """
    at_mm = box.to_mm(np.moveaxis(np.indices(box.shape), 0, -1))
    aside, above = plane.aside_mm(at_mm), plane.above_mm(at_mm)
    if kind == "sacrum":
        return np.asarray((np.abs(aside) > SACRUM_HALF_MM) & (above > ABOVE_MM))
    if kind not in ("hip", "femur"):
        return np.zeros(box.shape, dtype=bool)
    side = float(np.sign(plane.aside_mm(near_mm)) or 1.0)
    ball = _nearest(plane, heads, near_mm)
    out = (at_mm - np.array(ball.centre_mm)) @ plane.normal * side
    up = at_mm[..., 2] - ball.centre_mm[2]
    if kind == "femur":
        return np.asarray((up > ball.radius_mm + ACROSS_MM) | (out < -ball.radius_mm - ACROSS_MM))
    thigh = (out > THIGH[0] * ball.radius_mm) & (up < -THIGH[1] * ball.radius_mm)
    return np.asarray(thigh | (aside * side < -ACROSS_MM) | ((aside * side < SACRUM_MM) & (above > ABOVE_MM)))


def _nearest(plane: Midplane, heads: list[HeadCut], near_mm: Points) -> HeadSphere:
    """The head on the side of a point."""
    aside = float(plane.aside_mm(near_mm))
    return min(heads, key=lambda h: abs(float(plane.aside_mm(np.array(h.head.centre_mm))) - aside)).head


def symphysis(plane: Midplane, box: Grid) -> Booleans:
    """The midplane as a cut below the sacrum, where both hips tell it; empty else."""
    if not plane.sure:
        return np.zeros(box.shape, dtype=bool)
    index = np.moveaxis(np.indices(box.shape), 0, -1)
    at_mm = box.to_mm(index)
    half = max(SYMPHYSIS_MM, 1.1 * float(box.spacing_mm.max())) / 2.0
    return np.asarray((np.abs(plane.aside_mm(at_mm)) < half) & (plane.above_mm(at_mm) < ABOVE_MM))
