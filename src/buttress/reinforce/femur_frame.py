"""The proximal femur's own directions: along its shaft, to the midline, forwards; and where it hits the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.grid import Points
from buttress.records.case import Side
from buttress.records.proximal_femur import ProximalFemur

SHAFT_FROM_MM = 90.0
"""Bone farther than this from the head's middle, and below it, is shaft: beyond the lesser trochanter (ours)."""

LEAST_SHAFT_MM = 25.0
"""Less shaft than this in the images tells no direction (ours)."""

SLAB_MM = 4.0
"""Thickness of the slabs whose middles make the axis (ours): more than a slice of the CTs at hand."""

WHOLE = 0.9
"""A slab with less bone than this share of the usual is cut by the images' border, slantwise (ours)."""

LATERAL_MM = 4.0
"""The trochanter's side is what lies within this of its most lateral place (ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class FemurFrame:
    """Unit vectors in LPS: ``distal`` along the shaft, ``medial`` from the shaft towards the head, ``anterior``.

    ``head_mm`` and ``radius_mm`` are the head's sphere, ``shaft_mm`` a point of the shaft's axis, ``trochanter_mm``
    the middle of the greater trochanter's side. ``side`` is told by the direction of the head.
    """

    head_mm: NDArray[np.float64]
    radius_mm: float
    shaft_mm: NDArray[np.float64]
    distal: NDArray[np.float64]
    medial: NDArray[np.float64]
    anterior: NDArray[np.float64]
    trochanter_mm: NDArray[np.float64]
    side: Side


def femur_frame(femur: ProximalFemur) -> FemurFrame:
    """The frame of a femur; ``ValueError`` with a sentence where the images show too little of it.

    ``anterior`` is normal to the plane of neck and shaft: the neck points forwards by an angle that a proximal femur
    alone does not tell (loads are turned by it, :mod:`buttress.reinforce.hip_loads`).
    """
    head = np.array(femur.head_mm)
    points = femur.bone.points_mm()
    far = points[np.linalg.norm(points - head, axis=1) >= SHAFT_FROM_MM]
    if len(far) < 50:
        raise ValueError("too little of the femur's shaft is in the images to load the hip")
    distal = far.mean(axis=0) - points[np.linalg.norm(points - head, axis=1) < SHAFT_FROM_MM].mean(axis=0)
    distal /= np.linalg.norm(distal)
    for _ in range(3):
        at, distal = _line(far, distal)
    along = (far - at) @ distal
    if float(np.ptp(along)) < LEAST_SHAFT_MM:
        raise ValueError(
            f"only {np.ptp(along):.0f} mm of the femur's shaft are in the images: too little to load the hip"
        )
    medial = head - at - (head - at) @ distal * distal
    medial /= np.linalg.norm(medial)
    side: Side = "right" if medial[0] > 0 else "left"
    anterior = np.cross(distal, medial) * (1.0 if side == "right" else -1.0)
    return FemurFrame(
        head, femur.head_radius_mm, at, distal, medial, anterior, _trochanter(points, head, distal, medial), side
    )


def _line(points: Points, along: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A point and the direction of the line through the middles of slabs across ``along``."""
    level = points @ along
    slab = np.floor((level - level.min()) / SLAB_MM).astype(int)
    count = np.bincount(slab)
    sums = np.stack([np.bincount(slab, points[:, axis]) for axis in range(3)], axis=1)
    full = count >= WHOLE * np.median(count[count > 0])
    whole = sums[full] / count[full][:, None]
    middle = whole.mean(axis=0)
    direction = np.linalg.svd(whole - middle, full_matrices=False)[2][0]
    return middle, direction * np.sign(direction @ along)


def _trochanter(
    points: Points, head: NDArray[np.float64], distal: NDArray[np.float64], medial: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The middle of the most lateral bone between a little above the head's middle and the lesser trochanter."""
    level = (points - head) @ distal
    near = points[(level > -20.0) & (level < 50.0)]
    lateral = -(near @ medial)
    return np.asarray(near[lateral >= lateral.max() - LATERAL_MM].mean(axis=0))
