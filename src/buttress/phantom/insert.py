"""A lytic lesion of a wanted size class put into a real shaft, with its truth."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from buttress.phantom.fine_grid import as_triple
from buttress.phantom.lesion_truth import Axis, shaft_axis
from buttress.phantom.lytic_lesion import DrawnLesion, LesionSpec, bone_envelope, draw_lesion
from buttress.phantom.truth import LesionTruth, inserted_truth
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

SIZE_CLASSES: dict[str, tuple[float, float, float]] = {
    "under-third": (0.0, 0.22, 1 / 3),
    "third-to-two-thirds": (1 / 3, 0.5, 2 / 3),
    "over-two-thirds": (2 / 3, 0.85, 1.2),
}
"""Mirels' size classes by width fraction (mirels1989): lower limit, what is aimed at (ours), upper limit."""
REACH_MM = 75.0
"""Ours: the shaft is looked at over this length each way; a lesion of 60 mm has sound bone beyond both ends."""
SHAFT_MM = 30.0
"""Ours: the axis is the straight line of this much shaft each way."""
TRIES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Inserted:
    """The altered CT, the lesion and the healthy bone within 75 mm of it on the CT's grid, and the answer sheet."""

    ct: Volume
    lesion: Mask
    bone: Mask
    spec: LesionSpec
    truth: LesionTruth


def insert_lesion(
    ct: Volume,
    near_mm: tuple[float, float, float],
    size_class: str,
    side: str,
    *,
    length_mm: float | None = None,
    seed: int = 0,
) -> Inserted:
    """Draw a lytic lesion of Mirels' ``size_class`` into the shaft at ``near_mm`` (LPS mm). Deterministic in the seed.

    It is eccentric, towards a side drawn from the seed, and breaks through that cortex. It is drawn again, wider or
    narrower, until its true width fraction falls into the class. Raises :class:`ButtressError` where no bone lies, and
    where the class cannot be reached.
    """
    if size_class not in SIZE_CLASSES:
        raise ButtressError(f"size class {size_class!r}", ", ".join(SIZE_CLASSES), "name one of these")
    part = _part(ct, near_mm)
    shaft = Volume(ct.grid.crop(*part), _cut(ct.values, part))
    bone = bone_envelope(shaft, near_mm)
    axis = shaft_axis(bone, near_mm, SHAFT_MM)
    low, wanted, high = SIZE_CLASSES[size_class]
    width_mm = _bone_width_mm(bone, axis, near_mm)
    share = wanted
    for _ in range(TRIES):
        spec = _eccentric(axis, near_mm, width_mm, share, length_mm, seed)
        drawn = draw_lesion(shaft, bone, spec)
        truth = inserted_truth(shaft, bone, drawn, axis, side)
        reached = truth.width_fraction or 0.0
        if low < reached <= high:
            return _whole(ct, part, drawn, bone, spec, truth)
        share = float(np.clip(share * wanted / max(reached, 0.05), 0.08, 1.3))
    raise ButtressError(
        f"no lesion of class {size_class} could be drawn here (the last took {reached:.0%} of the bone's width)",
        f"a width fraction of {low:.0%} to {min(high, 1.0):.0%}",
        "move the point to the middle of the shaft, or try another seed",
    )


def insert_sheet(inserted: Inserted) -> dict[str, object]:
    """Truth and what was drawn as plain values, for ``truth.json``."""
    return {"lesion": asdict(inserted.truth), "drawn": asdict(inserted.spec)}


def _part(ct: Volume, near_mm: tuple[float, float, float]) -> tuple[list[int], list[int]]:
    """First and last (exclusive) voxel of the box of 75 mm round a point; a point outside is told by the envelope."""
    centre, steps = ct.grid.to_index(near_mm), REACH_MM / ct.grid.spacing_mm
    last = np.array(ct.grid.shape)
    start = np.clip(np.floor(centre - steps), 0, last - 1).astype(int)
    stop = np.clip(np.ceil(centre + steps) + 1, start + 1, last).astype(int)
    return start.tolist(), stop.tolist()


def _cut(values: NDArray[np.float32], part: tuple[list[int], list[int]]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values[tuple(slice(a, b) for a, b in zip(*part, strict=True))])


def _bone_width_mm(bone: Mask, axis: Axis, near_mm: tuple[float, float, float]) -> float:
    """Diameter of the circle with the area of the bone's section at a point."""
    points = bone.points_mm() - np.array(near_mm)
    here = np.abs(points @ axis.direction) <= 5.0
    area = float(here.sum() * bone.grid.voxel_volume_ml * 1000.0 / 10.0)
    return 2.0 * float(np.sqrt(area / np.pi))


def _eccentric(
    axis: Axis, near_mm: tuple[float, float, float], width_mm: float, share: float, length_mm: float | None, seed: int
) -> LesionSpec:
    """An ellipsoid ``share`` of the bone wide that reaches the periosteum on a side drawn from the seed."""
    turn = float(np.random.default_rng([seed, 1]).uniform(0, 2 * np.pi))
    first, second = axis.across
    outward = np.cos(turn) * first + np.sin(turn) * second
    across = share * width_mm
    on_axis = axis.point_mm + axis.direction * ((np.array(near_mm) - axis.point_mm) @ axis.direction)
    centre = on_axis + outward * max(0.0, 0.5 * (width_mm - across))
    spec = LesionSpec(
        centre_mm=as_triple(centre),
        axes_mm=(length_mm or 1.6 * across + 4.0, across, across),
        long_axis=as_triple(axis.direction),
        mid_axis=as_triple(outward),
        extra_mm=1.0,
        seed=seed,
    )
    return replace(spec, roughness=0.15)


def _whole(
    ct: Volume,
    part: tuple[list[int], list[int]],
    drawn: DrawnLesion,
    bone: Mask,
    spec: LesionSpec,
    truth: LesionTruth,
) -> Inserted:
    where = tuple(slice(a, b) for a, b in zip(*part, strict=True))
    values = ct.values.copy()
    values[where] = drawn.ct.values
    masks = []
    for mask in (drawn.lesion, bone):
        inside = np.zeros(ct.grid.shape, dtype=bool)
        inside[where] = mask.inside
        masks.append(Mask(ct.grid, inside))
    return Inserted(Volume(ct.grid, values, ct.quantity), masks[0], masks[1], spec, truth)
