"""A lesion outlined from one point in it or a box about it: a draft, to be looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from buttress.measure.bone import RestoredShaft, restore_shaft, shaft_mask
from buttress.measure.bone_axis import follow_axis
from buttress.measure.flat_bone import envelope_mask, restore_envelope
from buttress.measure.outline import Box, Outline, outline_lesion
from buttress.measure.outline.local_bone import READ_MM, grid_window
from buttress.numerics.grid import Points
from buttress.records.case import Lesion
from buttress.records.device import Bone
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

LOOKS_MM = (45.0, 35.0, 25.0, 15.0)
"""Ours: the shaft is restored this far each way from the point, as far as leaves sound bone to compare with."""
BALL_MM = 3.0
"""Ours: the lesion reaches at least this far about the point."""
BESIDE_MM = 5.0
"""Ours: a first outline may end this far short of the lesion."""
FROM_POINT = "the lesion was outlined by the program from one point: a draft, to be checked by eye"
FROM_BOX = "the lesion was outlined by the program within the given box: a draft, to be checked by eye"


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A drafted lesion on the CT's grid: mask, probability per voxel, volumes it may have, what must be said of it."""

    mask: Mask
    confidence: Volume
    volume_ml: tuple[float, float]
    notes: tuple[str, ...]


def draft_lesion(ct: Volume, lesion: Lesion, bone: Bone, start: Mask | None) -> Draft | str:
    """Draft the lesion of a case within its ``box_mm``, or about its ``seed_mm``, or say why none could be told.

    With both, the seed is the point in the lesion and the box its limit. Raises :class:`ButtressError` for a point
    outside the images, the bone or the box, and for a box without extent.
    """
    box, point = _box(ct, lesion), _point(lesion)
    where = f"lesion {lesion.id}, {'box_mm' if lesion.seed_mm is None else 'seed_mm'}"
    if not ct.grid.contains(point):
        raise _outside(ct, point, where, "outside the images")
    envelope = bone_about(ct, bone, point, start)
    if envelope is None or not _near_inside(envelope, point):
        raise _outside(ct, point, where, "outside bone")
    found = outline_lesion(ct, envelope, point, box)
    if isinstance(found, str):
        return found
    found = _outlined_again(ct, bone, point, box, found)
    notes = (FROM_POINT if box is None else FROM_BOX, found.note)
    return Draft(found.lesion(), found.confidence(), found.volume_ml, notes)


def _outlined_again(ct: Volume, bone: Bone, point: Points, box: Box | None, first: Outline) -> Outline:
    """The outline in a shaft that was restored over the first outline's own levels: the levels beside it are nearer.

    The first look knows only the point, and leaves out 45 mm each way; in a curved bone that surface is a poor one.
    """
    if not bone.has_axis:
        return first
    lesion = first.points_mm()
    followed = follow_axis(ct, lesion.mean(axis=0), lesion)
    if followed is None:
        return first
    arc = followed.curve.arc_of(lesion)
    shaft = restore_shaft(followed, (float(arc.min()) - BESIDE_MM, float(arc.max()) + BESIDE_MM))
    if shaft is None:
        return first
    mask = shaft_mask(shaft, ct.grid, _slices_read(ct, point))
    again = outline_lesion(ct, mask, point, box) if mask.holds(point) else ""
    return first if isinstance(again, str) else again


def bone_about(ct: Volume, bone: Bone, point_mm: Points, start: Mask | None) -> Mask | None:
    """The bone about a point as far as an outline looks, filled and restored across defects, or ``None``."""
    if bone.has_axis:
        shaft = shaft_about_point(ct, point_mm)
        if shaft is not None and (mask := shaft_mask(shaft, ct.grid, _slices_read(ct, point_mm))).holds(point_mm):
            return mask
    envelope = restore_envelope(ct, None, point_mm[None], start)
    return envelope_mask(envelope, ct.grid) if envelope else None


def _slices_read(ct: Volume, point_mm: Points) -> slice:
    """The slices that an outline about the point looks at: in no other is the bone needed."""
    return grid_window(ct.grid, point_mm, READ_MM)[0][2]


def shaft_about_point(ct: Volume, point_mm: Points) -> RestoredShaft | None:
    """The shaft about a point, restored over the widest stretch that leaves sound bone to compare with."""
    ball = point_mm + BALL_MM * np.vstack([np.eye(3), -np.eye(3)])
    bone = follow_axis(ct, point_mm, ball)
    if bone is None:
        return None
    looks = (restore_shaft(bone, (-reach, reach)) for reach in LOOKS_MM)
    return next((shaft for shaft in looks if shaft is not None), None)


def _point(lesion: Lesion) -> Points:
    """The seed, or the middle of the box."""
    if lesion.seed_mm is not None:
        return np.asarray(lesion.seed_mm, dtype=float)
    return np.asarray(np.mean(np.asarray(lesion.box_mm, dtype=float), axis=0))


def _box(ct: Volume, lesion: Lesion) -> Box | None:
    """Low and high corner of the lesion's box. Raises :class:`ButtressError` for a flat one or a seed outside it."""
    if lesion.box_mm is None:
        return None
    corners = np.asarray(lesion.box_mm, dtype=float)
    low, high = corners.min(axis=0), corners.max(axis=0)
    where = f"lesion {lesion.id}, box_mm"
    if np.any(high - low < ct.grid.spacing_mm.min()):
        sides = " x ".join(f"{side:.1f}" for side in high - low)
        raise ButtressError(
            f"the box measures {sides} mm", "two opposite corners of a box about the lesion", "check them", where=where
        )
    if lesion.seed_mm is not None and (np.any(low > lesion.seed_mm) or np.any(high < lesion.seed_mm)):
        raise ButtressError(
            "seed_mm lies outside box_mm", "a point in the lesion, in the box", "correct or leave out one", where=where
        )
    return low, high


def _near_inside(bone: Mask, point_mm: Points) -> bool:
    """Whether the point lies in the bone or within 2 mm of it (a click at the edge)."""
    steps = np.stack(np.meshgrid(*[(-2.0, -1.0, 0.0, 1.0, 2.0)] * 3), axis=-1).reshape(-1, 3)
    steps = steps[np.linalg.norm(steps, axis=1) <= 2.0]
    return bool(bone.holds(point_mm + steps).any())


def _outside(ct: Volume, point_mm: Points, where: str, what: str) -> ButtressError:
    x, y, z = point_mm
    name = "seed" if where.endswith("seed_mm") else "middle of the box"
    index = np.clip(np.round(ct.grid.to_index(point_mm)).astype(int), 0, np.array(ct.grid.shape) - 1)
    hu = f", {ct.values[tuple(index)]:.0f} HU there" if ct.grid.contains(point_mm) else ""
    corners = ct.grid.to_mm(np.array(np.meshgrid(*[(-0.5, n - 0.5) for n in ct.grid.shape])).reshape(3, -1).T)
    spans = ", ".join(f"{n} {a:.0f} to {b:.0f}" for n, a, b in zip("xyz", corners.min(0), corners.max(0), strict=True))
    return ButtressError(
        f"the {name} ({x:.1f}, {y:.1f}, {z:.1f} mm) lies {what}{hu}",
        f"a point inside the lesion and the bone, LPS mm (x to the left, y to the back); the images span {spans}",
        "check the point; many viewers show RAS: then the signs of x and y must be changed",
        where=where,
    )
