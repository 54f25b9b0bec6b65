"""The bone that a lesion sits in, restored: with an axis where it has a shaft there, else the whole bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from buttress.measure.abutting import MOSTLY_OUTSIDE, shaft_touched
from buttress.measure.bone import RestoredShaft, restore_shaft, shaft_mask
from buttress.measure.bone_axis import follow_axis
from buttress.measure.flat_bone import envelope_mask, restore_envelope
from buttress.measure.skeleton import segment_bone
from buttress.numerics.grid import Points
from buttress.records.device import Bone
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

AFFECTED_MARGIN_MM = 3.0
"""Ours: levels this far beyond the lesion still hold its blurred edge, and are no healthy reference."""

WHOLE_HOLDS = 0.9
"""Ours: the whole bone is taken where it holds this share of the lesion that the envelope near it holds; less means
that a part of the bone was lost, and the envelope stays."""


@dataclass(frozen=True, slots=True, eq=False)
class TargetBone:
    """The restored bone on the CT's grid; ``shaft`` where it has an axis here, else ``no_shaft`` says why not.

    ``note`` is what the report must say of how it was found.
    """

    mask: Mask
    shaft: RestoredShaft | None
    no_shaft: str = ""
    note: str = ""


def find_target(ct: Volume, lesion: Mask, bone: Bone, start: Mask | None, where: str) -> TargetBone:
    """The restored bone of a lesion mask. Raises :class:`ButtressError` where no bone lies at the lesion."""
    points = lesion.points_mm()
    reason = f"{bone.title} has no shaft"
    if bone.has_axis:
        shaft = _shaft(ct, lesion, points)
        mask = shaft_mask(shaft, ct.grid) if shaft is not None else None
        inside = float(mask.inside[lesion.inside].mean()) if mask is not None else 0.0
        # A tumour on the bone is asked first whether it only touches: bone far beyond its ends is a poor reference.
        touched = shaft_touched(ct, lesion) if inside <= MOSTLY_OUTSIDE else None
        if touched is not None:
            return TargetBone(shaft_mask(touched[0], ct.grid), touched[0], note=touched[1])
        if shaft is not None and mask is not None and inside > 0.0:
            return TargetBone(mask, shaft)
        reason = "no sound shaft could be followed beside the lesion, so there is no axis to measure along"
    envelope = restore_envelope(ct, lesion, points, start)
    near = envelope_mask(envelope, ct.grid) if envelope is not None else None
    held = int(near.inside[lesion.inside].sum()) if near is not None else 0
    whole = segment_bone(ct, bone, lesion=lesion, start=start)
    if whole is not None and int(whole.bone.inside[lesion.inside].sum()) >= max(1.0, WHOLE_HOLDS * held):
        return TargetBone(whole.bone, None, reason, note="; ".join(whole.notes))
    if near is None or held == 0:
        raise _no_bone(ct, points, where)
    return TargetBone(near, None, reason)


def _shaft(ct: Volume, lesion: Mask, points_mm: Points) -> RestoredShaft | None:
    bone = follow_axis(ct, points_mm.mean(axis=0), points_mm)
    if bone is None:
        return None
    arc = bone.curve.arc_of(points_mm)
    affected_mm = float(arc.min()) - AFFECTED_MARGIN_MM, float(arc.max()) + AFFECTED_MARGIN_MM
    return restore_shaft(bone, affected_mm, lesion)


def _no_bone(ct: Volume, points_mm: Points, where: str) -> ButtressError:
    index = np.round(ct.grid.to_index(points_mm)).astype(int)
    index = index[np.all((index >= 0) & (index < ct.grid.shape), axis=1)]
    hu = float(ct.values[tuple(index.T)].mean()) if len(index) else float("nan")
    x, y, z = points_mm.mean(axis=0)
    return ButtressError(
        f"the lesion lies outside bone (centre {x:.1f}, {y:.1f}, {z:.1f} mm, mean {hu:.0f} HU)",
        "a lesion in or at a bone of at least 200 HU, in LPS millimetres (x to the patient's left, y to the back)",
        "check the position; many viewers show RAS: then the signs of x and y must be changed",
        where=where,
    )
