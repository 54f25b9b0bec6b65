"""What the pictures of one lesion show: its voxels, cropped, and the plan drawn on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.distance import signed_distance_mm
from buttress.numerics.grid import Grid, Points
from buttress.numerics.resample import box_grid, resample_to
from buttress.records.case import Side
from buttress.records.findings import LesionFindings
from buttress.records.image import Imaging, Mask, Volume
from buttress.records.plan import AblationStep
from buttress.records.review import Review
from buttress.records.strength import Rigidity, Strength
from buttress.records.unrolled import UnrolledCortex

CROP_MM = 130.0
"""Half size of what is kept around a lesion (ours): more than any picture shows."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One lesion for the illustrator. ``whole`` is the CT's full grid, for slice numbers."""

    findings: LesionFindings
    whole: Grid
    ct: Volume
    lesion: Mask
    bone: Mask | None
    ablation: AblationStep | None
    wanted_margin_mm: float | None
    rigidity: Rigidity | None
    points_mm: Points
    side: Side | None = None
    unrolled: UnrolledCortex | None = None
    strength: Strength | None = None

    @property
    def lesion_id(self) -> str:
        """The lesion's name in the case."""
        return self.findings.lesion_id

    @property
    def centre_mm(self) -> NDArray[np.float64]:
        """The lesion's centre, LPS mm."""
        if self.findings.centre_mm is not None:
            return np.array(self.findings.centre_mm)
        return np.asarray(self.points_mm.mean(axis=0))


def subjects(
    review: Review, imaging: Imaging, unrolled: Mapping[str, UnrolledCortex] | None = None
) -> tuple[Subject, ...]:
    """Every lesion of the review that has voxels; ``unrolled`` is by lesion id."""
    maps = unrolled or {}
    masks = {key: mask for key, mask in imaging.lesions.items() if mask.inside.any()}
    return tuple(
        _subject(review, imaging, found, masks[found.lesion_id], maps.get(found.lesion_id))
        for found in review.findings.lesions
        if found.lesion_id in masks
    )


def _subject(
    review: Review, imaging: Imaging, found: LesionFindings, lesion: Mask, unrolled: UnrolledCortex | None
) -> Subject:
    plan = next((p for p in review.plans if p.lesion_id == found.lesion_id and p.ablation), None)
    zone = next((z for z in review.zones if plan and z.plan_id == plan.id), None)
    points = lesion.points_mm()
    box = _box_around(imaging.ct.grid, points.mean(axis=0))
    bone = imaging.bones.get(found.lesion_id)
    grid = imaging.ct.grid.crop([s.start for s in box], [s.stop for s in box])
    return Subject(
        findings=found,
        whole=imaging.ct.grid,
        ct=Volume(grid, imaging.ct.values[box]),
        lesion=Mask(grid, lesion.inside[box]),
        bone=Mask(grid, bone.inside[box]) if bone is not None and bone.inside[box].any() else None,
        ablation=plan.ablation if plan else None,
        wanted_margin_mm=zone.wanted_margin_mm if zone else None,
        rigidity=next((r for r in review.rigidities if r.lesion_id == found.lesion_id), None),
        points_mm=points,
        side=next((one.side for one in review.case.lesions if one.id == found.lesion_id), None),
        unrolled=unrolled,
        strength=next((one for one in review.strengths if one.lesion_id == found.lesion_id), None),
    )


def _box_around(grid: Grid, centre_mm: NDArray[np.float64]) -> tuple[slice, slice, slice]:
    index, reach = grid.to_index(centre_mm), CROP_MM / grid.spacing_mm
    low = np.clip(np.floor(index - reach), 0, np.array(grid.shape) - 1).astype(int)
    high = np.clip(np.ceil(index + reach) + 1, low + 1, grid.shape).astype(int)
    i, j, k = (slice(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True))
    return i, j, k


def distance_field(
    mask: Mask, centre_mm: NDArray[np.float64], half_mm: float, room_mm: float = 8.0, spacing_mm: float = 1.0
) -> tuple[NDArray[np.float32], Grid]:
    """Signed distance to a mask's surface (mm, negative inside) on even voxels, closed at the faces of a box.

    The box is that about ``centre_mm``, or the mask's own with ``room_mm`` about it where that is smaller: beyond it
    the distance at the nearest face still understates the true one. An empty mask gives +inf.
    """
    box = _even_box(mask, centre_mm, half_mm, room_mm, spacing_mm)
    inside = resample_to(_floats(mask), mask.grid, box, outside=0.0) > 0.5
    for axis in range(3):
        edge: list[Any] = [slice(None)] * 3
        for end in (0, -1):
            edge[axis] = end
            inside[tuple(edge)] = False
    return signed_distance_mm(inside, spacing_mm).astype(np.float32), box


def _even_box(mask: Mask, centre_mm: NDArray[np.float64], half_mm: float, room_mm: float, spacing_mm: float) -> Grid:
    box = box_grid(centre_mm, half_mm, spacing_mm)
    if not mask.inside.any():
        return box
    spans = [(side.start, side.stop - 1) for side in mask.box()]
    corners = box.to_index(mask.grid.to_mm(np.array(np.meshgrid(*spans)).reshape(3, -1).T))
    room = room_mm / spacing_mm + 1.0
    low = np.clip(np.floor(corners.min(axis=0) - room), 0, np.array(box.shape) - 2).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0) + room) + 1, low + 2, box.shape).astype(int)
    return box.crop(low, high)


def _floats(mask: Mask) -> NDArray[np.float32]:
    return mask.inside.astype(np.float32)
