"""An ellipsoid of revolution about a probe: what is inside, and how deep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics.grid import Points

Floats = NDArray[np.float64]

BISECTIONS = 64
"""Halvings of the bracket of the foot point: double precision is exhausted (numerical, ours)."""

TINY_MM = 1e-9
"""Coordinates are kept this far from the axes, where the foot point would be degenerate (numerical, ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class Ellipsoid:
    """An ellipsoid of revolution: ``centre_mm`` ``(3,)``, unit ``axis`` ``(3,)``, half width and half length in mm."""

    centre_mm: Points
    axis: Floats
    half_width_mm: float
    half_length_mm: float

    def __post_init__(self) -> None:
        if min(self.half_width_mm, self.half_length_mm) <= 0:
            raise ValueError("an ellipsoid needs positive half axes")
        if abs(float(np.linalg.norm(self.axis)) - 1.0) > 1e-6:
            raise ValueError("the axis of an ellipsoid is a unit vector")

    @property
    def volume_ml(self) -> float:
        """Volume in millilitres, ``4/3 π a² c``."""
        return float(4.0 / 3.0 * np.pi * self.half_width_mm**2 * self.half_length_mm / 1000.0)

    def shifted(self, shift_mm: ArrayLike) -> Ellipsoid:
        """The same ellipsoid moved by ``(3,)`` mm."""
        centre = np.asarray(self.centre_mm + np.asarray(shift_mm, dtype=float))
        return Ellipsoid(centre, self.axis, self.half_width_mm, self.half_length_mm)

    def contains(self, points_mm: ArrayLike) -> NDArray[np.bool_]:
        """Whether points ``(n, 3)`` lie inside or on it."""
        radial, axial = self._profile(points_mm)
        return np.asarray((radial / self.half_width_mm) ** 2 + (axial / self.half_length_mm) ** 2 <= 1.0)

    def depth_mm(self, points_mm: ArrayLike) -> Floats:
        """Distance of points ``(n, 3)`` to the surface, mm: positive inside, negative outside.

        In the half plane through the axis this is the distance to an ellipse; the foot point solves
        ``(a r / (t + a²))² + (c z / (t + c²))² = 1`` for its greatest root ``t``, found by bisection.
        """
        radial, axial = self._profile(points_mm)
        sign = np.where((radial / self.half_width_mm) ** 2 + (axial / self.half_length_mm) ** 2 <= 1.0, 1.0, -1.0)
        return np.asarray(sign * _distance_to_ellipse(radial, axial, self.half_width_mm, self.half_length_mm))

    def _profile(self, points_mm: ArrayLike) -> tuple[Floats, Floats]:
        """Distances from the axis and (unsigned) from the equator, ``(n,)`` each."""
        away = np.asarray(points_mm, dtype=float) - self.centre_mm
        axial = away @ self.axis
        radial = np.linalg.norm(away - axial[..., None] * self.axis, axis=-1)
        return np.asarray(radial), np.abs(axial)


def _distance_to_ellipse(x: Floats, y: Floats, a: float, b: float) -> Floats:
    """Distance of points in the first quadrant, ``(n,)``, to the ellipse with half axes ``a`` (x) and ``b`` (y)."""
    x, y = np.maximum(x, TINY_MM), np.maximum(y, TINY_MM)
    least = min(a, b) ** 2
    more_x, more_y = a * a - least, b * b - least  # one is exactly zero: no digits are lost beside the evolute
    low = np.maximum(a * x - more_x, b * y - more_y)
    high = np.maximum(np.hypot(a * x, b * y), low)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        outside = (a * x / (middle + more_x)) ** 2 + (b * y / (middle + more_y)) ** 2 > 1.0
        low, high = np.where(outside, middle, low), np.where(outside, high, middle)
    root = 0.5 * (low + high)
    foot_x, foot_y = a * a * x / (root + more_x), b * b * y / (root + more_y)
    return np.asarray(np.hypot(foot_x - x, foot_y - y))
