"""The cortex of a long bone about a lesion, unrolled about the bone's axis: what the pictures of it are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics.grid import Points

Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class UnrolledCortex:
    """Maps ``(levels, angles)`` of the cortex, and the axis that they are unrolled about.

    ``arc_mm`` ``(levels,)`` runs from proximal (negative) to distal, 0 at the level of the lesion's centre;
    ``angles_rad`` ``(angles,)`` are even over the full turn, from ``u`` towards ``v``. ``loss`` is 0 to 1, NaN where it
    cannot be told; ``near`` says where the lesion is close enough for loss to count as its doing, between the levels
    ``affected_mm`` (low, high). ``radius_mm`` is the restored outer surface. ``points_mm``, ``u`` and ``v``
    ``(levels, 3)`` are the axis and its frame, LPS; ``u × v`` points distally.
    """

    arc_mm: NDArray[np.float64]
    angles_rad: NDArray[np.float64]
    loss: Map
    remaining_mm: Map
    intact_mm: Map
    near: NDArray[np.bool_]
    affected_mm: tuple[float, float]
    radius_mm: Map
    points_mm: Points
    u: NDArray[np.float64]
    v: NDArray[np.float64]

    def __post_init__(self) -> None:
        levels, angles = len(self.arc_mm), len(self.angles_rad)
        if levels < 2 or angles < 3 or np.any(np.diff(self.arc_mm) <= 0):
            raise ValueError("an unrolled cortex needs rising levels and a full turn of angles")
        maps = (self.loss, self.remaining_mm, self.intact_mm, self.near, self.radius_mm)
        if any(one.shape != (levels, angles) for one in maps):
            raise ValueError(f"the maps of an unrolled cortex must be {(levels, angles)}")
        if any(one.shape != (levels, 3) for one in (self.points_mm, self.u, self.v)):
            raise ValueError("an unrolled cortex needs a point and two directions for each level")

    @property
    def counted(self) -> Map:
        """Loss near the lesion within the affected levels, 0 elsewhere and where it cannot be told."""
        levels = (self.arc_mm >= self.affected_mm[0]) & (self.arc_mm <= self.affected_mm[1])
        return np.where(self.near & levels[:, None], np.nan_to_num(self.loss), np.float32(0.0))

    def level_of(self, arc_mm: float) -> int:
        """Index of the level nearest to an arc length."""
        return int(np.argmin(np.abs(self.arc_mm - arc_mm)))

    def angle_towards(self, direction: ArrayLike, level: int) -> float:
        """Angle about the axis, at a level, of a direction in the patient (LPS): where that face of the bone lies."""
        towards = np.asarray(direction, dtype=float)
        return float(np.arctan2(towards @ self.v[level], towards @ self.u[level]) % (2 * np.pi))

    def surface_mm(self, level: int) -> Points:
        """The restored outline of the bone at a level, ``(angles, 3)``, LPS mm."""
        outward = np.cos(self.angles_rad)[:, None] * self.u[level] + np.sin(self.angles_rad)[:, None] * self.v[level]
        return np.asarray(self.points_mm[level] + self.radius_mm[level][:, None] * outward)
