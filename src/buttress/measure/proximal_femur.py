"""The whole proximal femur about a lesion, with the ball of its hip: what the loads of the hip act on."""

from __future__ import annotations

import numpy as np

from buttress.measure.head_sphere import HeadSphere, fit_head_sphere
from buttress.measure.skeleton import segment_bone
from buttress.numerics.grid import Points
from buttress.numerics.sphere import even_directions
from buttress.records.case import Side
from buttress.records.device import Bone
from buttress.records.image import Mask, Volume
from buttress.records.proximal_femur import ProximalFemur

REACH_MM = 110.0
"""A lesion farther from the head's middle than this sits in the shaft (ours: some 5 cm below the lesser trochanter)."""

LEAST_SEEN = 0.65
LEAST_HELD = 0.8
"""Of the head's surface inside the images, and of its seen ball inside the bone's mask (ours)."""


def find_proximal_femur(ct: Volume, lesion: Mask, bone: Bone, side: Side | None) -> ProximalFemur | str | None:
    """The femur with its head; ``None`` for a lesion of the shaft, a sentence where head or bone is not found whole."""
    centre = lesion.points_mm().mean(axis=0)
    wanted = side if side in ("left", "right") else None
    head = fit_head_sphere(ct, centre, wanted, REACH_MM, lesion)
    if head is None:
        return None
    seen = float(ct.grid.contains(_surface(head)).mean())
    if seen < LEAST_SEEN:
        return f"{1.0 - seen:.0%} of the femoral head lie beyond the images"
    whole = segment_bone(ct, bone, lesion=lesion)
    if whole is None:
        return "the whole femur was not found"
    held = _held(whole.bone, head, ct)
    if held < LEAST_HELD:
        return f"the mask of the femur holds {held:.0%} of its head"
    notes = (*whole.notes, *((head.note,) if head.note else ()))
    return ProximalFemur(whole.bone, head.centre_mm, head.radius_mm, notes)


def _surface(head: HeadSphere) -> Points:
    return np.array(head.centre_mm) + head.radius_mm * even_directions(300)


def _held(bone: Mask, head: HeadSphere, ct: Volume) -> float:
    """Share of the head's ball, a little within its surface and inside the images, that the mask holds."""
    inner = np.array(head.centre_mm) + 0.85 * (_surface(head) - np.array(head.centre_mm))
    there = ct.grid.contains(inner)
    return float(bone.holds(inner[there]).mean()) if there.any() else 0.0
