"""Which side of the patient a lesion is on, as the anatomy in view tells it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.records.case import Lesion
from buttress.records.device import Bone
from buttress.records.document import ButtressError
from buttress.records.findings import Observation
from buttress.records.image import Mask, Volume

BODY_HU = -300.0
"""Half way between fat and air, rounded: body against room."""
LEAST_WIDTH_MM = 220.0
"""Ours: a narrower field may hold one limb only, whose middle says nothing of the patient's."""
OFF_MIDLINE_MM = 15.0
"""Ours: nearer to the midline than this the side is not told."""
EVEN_BONE = 2.5
"""Ours: with more than this ratio of bone between the halves, both sides are not in view."""
AGREEING = 0.9
"""Ours: the share of levels that must show the other bone of the leg on the same side."""
UNKNOWN = "cannot be told from this field of view"


def observe_side(ct: Volume, bone_mask: Mask, lesion: Lesion, bone: Bone) -> Observation:
    """Side of the bone by the patient's midline, or by the neighbour bone of the leg.

    Raises :class:`ButtressError` when it contradicts the side that the case gives: the worst mistake there is.
    """
    if not bone.sided:
        return Observation.missing("this bone has no side", applicable=False)
    seen = _by_midline(ct, bone_mask) or _by_leg(ct, bone_mask, bone)
    if seen is None:
        return Observation.missing(UNKNOWN)
    if lesion.side in ("left", "right") and lesion.side != seen.value:
        raise ButtressError(
            f"the case says the lesion is on the {lesion.side}, the images show the {seen.value} ({seen.note})",
            "the same side in the case and in the images",
            "check the side in the case and that the right images were given; a wrong image header flips sides too",
            where=f"lesion {lesion.id}, side",
        )
    return seen


def _by_midline(ct: Volume, bone_mask: Mask) -> Observation | None:
    """By the body's middle, when the body is whole from left to right and bone lies evenly on both sides of it."""
    levels = np.flatnonzero(bone_mask.inside.any(axis=(0, 1)))
    step = max(1, round(2.0 / ct.grid.spacing_mm[0]))
    slab = ct.values[::step, ::step, levels.min() : levels.max() + 1 : max(1, len(levels) // 40)]
    body = ndimage.binary_opening(slab > BODY_HU, structure=np.ones((3, 3, 1)))
    lateral = int(np.argmax(np.abs(ct.grid.directions[0])))
    across = np.flatnonzero(body.any(axis=tuple(a for a in range(3) if a != lateral)))
    if lateral == 2 or len(across) == 0 or across[0] == 0 or across[-1] == body.shape[lateral] - 1:
        return None
    centre = [(n - 1) / 2 for n in ct.grid.shape]
    ends = []
    for at in (across[0], across[-1]):
        index = list(centre)
        index[lateral] = at * step
        ends.append(float(ct.grid.to_mm(index)[0]))
    middle = sum(ends) / 2
    off = float(bone_mask.points_mm()[:, 0].mean()) - middle
    if abs(ends[1] - ends[0]) < LEAST_WIDTH_MM or abs(off) < OFF_MIDLINE_MM or not _even(slab, lateral, across):
        return None
    side = "left" if off > 0 else "right"
    return Observation(
        value=side,
        where="levels of the bone",
        method="the body is whole from side to side: its middle is taken for the midline",
        note=f"the bone lies {abs(off):.0f} mm to the {side} of the body's middle",
    )


def _even(slab: NDArray[np.float32], lateral: int, across: NDArray[np.intp]) -> bool:
    bone = (slab > 250.0).sum(axis=tuple(a for a in range(3) if a != lateral)).astype(float)
    middle = (across[0] + across[-1] + 1) // 2
    halves = bone[:middle].sum(), bone[middle:].sum()
    return bool(min(halves) > 0 and max(halves) / min(halves) <= EVEN_BONE)


def _by_leg(ct: Volume, bone_mask: Mask, bone: Bone) -> Observation | None:
    """Tibia or fibula: the fibula lies lateral of the tibia."""
    if bone.key not in ("tibia", "fibula"):
        return None
    levels = np.flatnonzero(bone_mask.inside.any(axis=(0, 1)))[::3]
    offsets = [offset for level in levels if (offset := _partner(ct, bone_mask, level, bone.key))]
    if len(offsets) < 5:
        return None
    across = float(np.median([o[0] for o in offsets]))
    apart = float(np.median([np.hypot(*o) for o in offsets]))
    if np.mean([o[0] * across > 0 for o in offsets]) < AGREEING:
        return None
    # the fibula lies behind and lateral; supine legs roll outwards, which moves it further behind. Ours: from
    # 72 degrees off the lateral direction on, it says nothing of lateral
    if abs(across) < 0.3 * apart:
        return None
    lateral = across if bone.key == "tibia" else -across
    side = "left" if lateral > 0 else "right"
    return Observation(
        value=side,
        where="shaft levels of the leg",
        method="the fibula lies lateral of the tibia",
        note=f"the fibula lies {abs(across):.0f} mm to the patient's {side} of the tibia",
    )


def _partner(ct: Volume, bone_mask: Mask, level: int, key: str) -> tuple[float, float] | None:
    """Offset (x, y in LPS mm) of the leg's other bone from the target in one axial slice, if exactly one is near.

    The tibia is the thicker of the two: a target that is not says nothing of lateral, for it may be the other bone or
    a part of its own (an outline from one click that went astray told the wrong side).
    """
    own = bone_mask.inside[:, :, level]
    hard = (ct.values[:, :, level] > 300.0) & ~ndimage.binary_dilation(own, iterations=2)
    labels, count = ndimage.label(ndimage.binary_fill_holes(hard))
    area = float(np.prod(ct.grid.spacing_mm[:2]))
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * area
    here = ct.grid.to_mm([*ndimage.center_of_mass(own), level])
    near = []
    own_area = float(own.sum()) * area
    for c in range(1, count + 1):
        offset = ct.grid.to_mm([*ndimage.center_of_mass(labels == c), level]) - here
        if sizes[c] >= 25.0 and 8.0 <= np.hypot(offset[0], offset[1]) <= 50.0:
            near.append((float(offset[0]), float(offset[1]), float(sizes[c])))
    if len(near) != 1 or (own_area > near[0][2]) != (key == "tibia"):
        return None
    return near[0][:2]
