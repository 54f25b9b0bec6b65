"""A proximal femur as voxels: the whole bone that a lesion sits in, and the ball of its hip joint."""

from __future__ import annotations

from dataclasses import dataclass

from buttress.records.document import PointMm
from buttress.records.image import Mask


@dataclass(frozen=True, slots=True, eq=False)
class ProximalFemur:
    """``bone`` is the periosteal mask of the femur as far as the images show it, marrow and lesion inside.

    ``head_mm`` (LPS mm) and ``head_radius_mm`` are the sphere of its head; ``notes`` say what stands against either.
    """

    bone: Mask
    head_mm: PointMm
    head_radius_mm: float
    notes: tuple[str, ...] = ()
