"""A straight bone's cortex, unrolled, with a patch lost towards a chosen side of the patient; for tests of pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from buttress.records.unrolled import UnrolledCortex

RADIUS_MM, THICK_MM = 13.0, 4.0


def lost_towards(
    direction: ArrayLike,
    *,
    distal: ArrayLike = (0.0, 0.0, -1.0),
    centre_mm: ArrayLike = (0.0, 0.0, 0.0),
    half_mm: float = 10.0,
    half_deg: float = 40.0,
) -> UnrolledCortex:
    """A tube of cortex 4 mm thick; all of it lost over ``2 * half_mm`` about the face that looks in a direction."""
    along = np.asarray(distal, dtype=float) / np.linalg.norm(distal)
    helper = np.eye(3)[int(np.argmin(np.abs(along)))]
    u = np.cross(helper, along)
    u /= np.linalg.norm(u)
    v = np.cross(along, u)
    arc, angles = np.arange(-50.0, 51.0), np.arange(120) * (2 * np.pi / 120)
    towards = np.asarray(direction, dtype=float)
    at = np.arctan2(towards @ v, towards @ u)
    off = np.abs(np.angle(np.exp(1j * (angles - at))))
    lost = (np.abs(arc)[:, None] <= half_mm) & (off[None] <= np.radians(half_deg))
    whole = np.full(lost.shape, THICK_MM, dtype=np.float32)
    return UnrolledCortex(
        arc_mm=arc,
        angles_rad=angles,
        loss=lost.astype(np.float32),
        remaining_mm=np.where(lost, 0.0, whole).astype(np.float32),
        intact_mm=whole,
        near=np.ones_like(lost),
        affected_mm=(-half_mm - 3.0, half_mm + 3.0),
        radius_mm=np.full(lost.shape, RADIUS_MM, dtype=np.float32),
        points_mm=np.asarray(centre_mm, dtype=float) + arc[:, None] * along,
        u=np.tile(u, (len(arc), 1)),
        v=np.tile(v, (len(arc), 1)),
    )
