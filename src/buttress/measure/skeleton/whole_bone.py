"""The whole bone at a lesion or a seed: periosteal mask with marrow, parted from its neighbours, lesion bridged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.head_sphere import HeadSphere
from buttress.measure.skeleton.bone_tissue import Tissue, find_tissue
from buttress.measure.skeleton.fill import BESIDE_MM, fill_bone
from buttress.measure.skeleton.find_heads import find_heads
from buttress.measure.skeleton.hip_joint import HeadCut, cut_head
from buttress.measure.skeleton.joints import part_bones
from buttress.measure.skeleton.parallel import PARALLEL, bone_beside
from buttress.measure.skeleton.pelvis import beyond, foreign_to, midplane, symphysis
from buttress.measure.skeleton.region import COARSE_MM, FIRST_MM, Region, data_region, faces_touched, on_grid
from buttress.numerics.balls import distance_to, grown, shrunk
from buttress.numerics.grid import Grid, Points, voxel_indices
from buttress.numerics.resample import resample_to
from buttress.records.device import Bone
from buttress.records.image import Mask, Volume

Booleans = NDArray[np.bool_]
Progress = Callable[[str], None]

HIP_BONES = ("ilium", "acetabulum", "ischium", "pubis")
AT_HIP = (*HIP_BONES, "femur", "sacrum")
LENGTH_MM = {
    **dict.fromkeys(HIP_BONES, 230.0),
    "sacrum": 150.0,
    "scapula": 190.0,
    "sternum": 220.0,
    "clavicle": 180.0,
    "rib": 320.0,
    "patella": 60.0,
    "femur": 500.0,
    "tibia": 430.0,
    "fibula": 410.0,
    "humerus": 370.0,
    "radius": 290.0,
    "ulna": 300.0,
}
"""Ours: about the longest an adult's bone gets; no part of it lies further than this from a point in it."""
OTHER_LENGTH_MM = 150.0
FARTHEST_MM = 15.0
"""Ours: a seed further from all bone than this lies outside bone."""
TOUCHING_MM = 3.0
"""Ours: outlines of lesion and bone lie a voxel apart."""
MARGIN_MM = 12.0
"""Ours: around the bone as followed coarsely, room for what the coarse look missed."""
MOST_LOOKS = 6
"""Ours: 70 mm and five times 60 mm each way hold half a metre of femur."""
METAL_HU = 2500.0
"""Ours: denser than any cortex (about 2000 HU), below steel and titanium as scanners store them (3071 and more)."""
LEAST_METAL_ML = 0.2
ABOVE_HEAD_MM = 60.0
"""Ours: no part of a femur lies this far above the middle of its head."""
RIM_MM = 3.0
"""Ours: half the thickness of what is left of a socket's rim beside the cut; a neck is ten times as thick."""
CORTEX_HU = 300.0
"""Ours: the least HU called cortex; spongy bone of adults is 150-350 HU (note lesions.md)."""
CORTEX_PEAK_MM = 6.0
CORTEX_DEPTH_MM = 9.0
"""Ours: the thickest cortex of a shaft with a voxel to spare; denser spongy bone deeper in is no cortex."""


@dataclass(frozen=True, slots=True, eq=False)
class SegmentedBone:
    """A bone on the CT's grid, inside its periosteal surface; ``cortical`` and ``cancellous`` (with marrow) share it.

    ``notes`` say what was cut from it, where it leaves the images, and metal.
    """

    bone: Mask
    cortical: Mask
    cancellous: Mask
    notes: tuple[str, ...]


def segment_bone(
    ct: Volume,
    bone: Bone,
    lesion: Mask | None = None,
    seed_mm: Points | None = None,
    start: Mask | None = None,
    progress: Progress | None = None,
) -> SegmentedBone | None:
    """The whole bone that a lesion mask or a seed (LPS mm) lies in or at; ``None`` where there is no bone.

    ``start`` is a mask of the bone from elsewhere: it is taken as the bone but for the surroundings of the lesion.
    """
    tell = progress or (lambda _: None)
    points = lesion.points_mm() if lesion is not None else np.atleast_2d(np.asarray(seed_mm, dtype=float))
    if len(points) == 0:
        return None
    region = data_region(ct)
    if start is not None and start.inside.any():
        return _from_start(ct, region, start, lesion, points)
    tell("following the bone through the images")
    widest = region.around(points, LENGTH_MM.get(bone.key, OTHER_LENGTH_MM))
    region = replace(region, first=widest.low, last=widest.high).around(points, FIRST_MM)
    heads: list[HeadSphere] = []
    seen = None
    for _ in range(MOST_LOOKS):
        seen = _look(ct, region.box(COARSE_MM), bone, heads, lesion, points)
        if seen is None:
            break
        onward = faces_touched(seen.own) & ~region.at_edge()
        if not onward.any():
            break
        region = region.grown(onward)
    if bone.key in AT_HIP and seen is not None:
        heads = _heads_of(bone, find_heads(ct, seen.tissue), points)
        seen = _look(ct, region.box(COARSE_MM), bone, heads, lesion, points) or seen
    if seen is not None:
        region = region.around(seen.tissue.box.to_mm(voxel_indices(seen.own)), MARGIN_MM)
    tell("parting the bone from its neighbours")
    seen = _look(ct, region.box(), bone, heads, lesion, points)
    if seen is None:
        return None
    inside = fill_bone(seen.tissue, seen.own, seen.seat if lesion is not None else None)
    if bone.key in HIP_BONES:
        inside &= ~_balls(seen.heads, inside.shape)
    if bone.key == "femur":
        for head in seen.heads:
            if (seen.own & head.ball).any():
                inside = _without_rim((inside | head.whole) & ~head.socket, head, seen.tissue.voxel_mm)
    return _segmented(ct, region, seen.tissue, inside, _cut_notes(seen, bone))


def _heads_of(bone: Bone, found: list[HeadSphere], points_mm: Points) -> list[HeadSphere]:
    """Heads that can be: a ball far below a place in a femur is a condyle of its knee."""
    if bone.key != "femur":
        return found
    return [one for one in found if points_mm[:, 2].mean() <= one.centre_mm[2] + ABOVE_HEAD_MM]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """One look at a region: ``own`` are the voxels of the bone at the seat, before its surface is drawn."""

    tissue: Tissue
    heads: list[HeadCut]
    seat: Booleans
    own: Booleans


def _look(
    ct: Volume, box: Grid, bone: Bone, spheres: list[HeadSphere], lesion: Mask | None, points_mm: Points
) -> _Seen | None:
    tissue = find_tissue(ct, box)
    heads = [cut_head(tissue, sphere) for sphere in spheres]
    seat = _seat(box, lesion, points_mm)
    own = _own(tissue, heads, bone, seat)
    return None if own is None else _Seen(tissue, heads, seat, own)


def _seat(box: Grid, lesion: Mask | None, points_mm: Points) -> Booleans:
    """Where the lesion or the seed lies in the box."""
    if lesion is not None:
        seat = resample_to(lesion.inside, lesion.grid, box, outside=0.0) >= 0.5
        if seat.any():
            return np.asarray(seat)
    seat = np.zeros(box.shape, dtype=bool)
    index = np.clip(np.rint(box.to_index(points_mm)).astype(int), 0, np.array(box.shape) - 1)
    seat[tuple(index.T)] = True
    return seat


def _own(tissue: Tissue, heads: list[HeadCut], bone: Bone, seat: Booleans) -> Booleans | None:
    """The voxels of the bone that the seat shares most with, or lies nearest to."""
    gap = tissue.gap.copy()
    for head in heads:
        gap = (gap & ~head.ball) | head.cut
    plane = midplane(heads)
    kind = "hip" if bone.key in HIP_BONES else bone.key
    foreign = None
    if plane is not None:
        if kind != "femur":
            gap |= symphysis(plane, tissue.box) & tissue.body
        near = tissue.box.to_mm(voxel_indices(seat).mean(axis=0))
        foreign = partial(foreign_to, kind, plane, heads, near_mm=near)
        tissue = replace(tissue, body=tissue.body & ~beyond(kind, plane, heads, tissue.box, near))
    if kind in PARALLEL:
        tissue = replace(tissue, body=tissue.body & ~bone_beside(tissue, seat, kind))
    if kind == "femur":
        for head in heads:
            tissue = _with_whole_head(tissue, head)
            gap &= ~head.stem
    labels = part_bones(tissue, gap, foreign)
    if kind == "hip":
        labels[_balls(heads, labels.shape)] = 0
    if not labels.any():
        return None
    shared = _shared(labels, seat, tissue.voxel_mm)
    if shared.max() == 0:
        apart = np.where(labels > 0, distance_to(seat, tissue.voxel_mm), np.inf)
        nearest = np.unravel_index(int(apart.argmin()), apart.shape)
        if apart[nearest] > FARTHEST_MM:
            return None
        return np.asarray(labels == labels[nearest])
    return np.asarray(labels == shared.argmax())


def _with_whole_head(tissue: Tissue, head: HeadCut) -> Tissue:
    """The tissue without the socket; head, neck and trochanters hold no joint, whatever dark sheets lie in them."""
    return replace(
        tissue,
        body=(tissue.body | head.whole) & ~head.socket,
        depth_hu=np.where(head.stem, np.float32(0.0), tissue.depth_hu),
    )


def _without_rim(inside: Booleans, head: HeadCut, voxel_mm: float) -> Booleans:
    """The femur without thin bits that only go on from the socket that was cut away."""
    bits, _ = ndimage.label(inside & ~grown(shrunk(inside, RIM_MM, voxel_mm), RIM_MM, voxel_mm) & ~head.whole)
    beside = np.unique(bits[ndimage.binary_dilation(head.socket)])
    return np.asarray(inside & ~np.isin(bits, beside[beside > 0]))


def _balls(heads: list[HeadCut], shape: tuple[int, ...]) -> Booleans:
    inside = np.zeros(shape, dtype=bool)
    for head in heads:
        inside |= head.ball
    return inside


def _shared(labels: NDArray[np.int32], seat: Booleans, voxel_mm: float) -> NDArray[np.intp]:
    """Voxels of each label in the seat or beside it."""
    shared = np.bincount(labels[grown(seat, TOUCHING_MM, voxel_mm)], minlength=2)
    shared[0] = 0
    return shared


def _from_start(
    ct: Volume, region: Region, start: Mask, lesion: Mask | None, points_mm: Points
) -> SegmentedBone | None:
    """The given mask, doubted within the lesion and beside it: there the surface is bridged from what lies around."""
    region = region.around(np.vstack([start.points_mm(), points_mm]), 6.0)
    box = region.box()
    given = np.asarray(resample_to(start.inside, start.grid, box, outside=0.0) >= 0.5)
    seat = _seat(box, lesion, points_mm)
    voxel = float(box.spacing_mm[0])
    if not (given & grown(seat, FARTHEST_MM, voxel)).any():
        return None
    tissue = find_tissue(ct, box)
    doubted = grown(seat, BESIDE_MM, voxel) & ~tissue.bright if lesion is not None else np.zeros(box.shape, bool)
    own = ndimage.binary_propagation(given & ~doubted, mask=given & ~doubted)
    inside = fill_bone(tissue, given & ~doubted, seat if lesion is not None else None) | own
    return _segmented(ct, region, tissue, inside, ("the outline started from the given mask of the bone",))


def _segmented(ct: Volume, region: Region, tissue: Tissue, inside: Booleans, notes: tuple[str, ...]) -> SegmentedBone:
    bone = on_grid(inside, tissue.box, ct.grid)
    cortical = on_grid(_cortex(tissue, inside), tissue.box, ct.grid)
    cortical = Mask(ct.grid, cortical.inside & bone.inside)
    data = data_region(ct)
    metal_ml = float((ct.values[bone.inside] > METAL_HU).sum() * ct.grid.voxel_volume_ml)
    if metal_ml >= LEAST_METAL_ML:
        notes = (
            *notes,
            f"metal in the bone (about {metal_ml:.1f} ml above {METAL_HU:.0f} HU): its outline is doubtful",
        )
    edges = _edges(region, faces_touched(inside) & replace(region, first=data.first, last=data.last).at_edge())
    if edges:
        notes = (*notes, f"the bone goes on beyond the images ({edges})")
    return SegmentedBone(bone, cortical, Mask(ct.grid, bone.inside & ~cortical.inside), notes)


def _cortex(tissue: Tissue, inside: Booleans) -> Booleans:
    """The dense outer layer: above half of the densest bone nearby, not deep in."""
    size = 2 * round(CORTEX_PEAK_MM / tissue.voxel_mm) + 1
    peak = ndimage.maximum_filter(np.where(inside, tissue.smooth_hu, -1000.0), size)
    depth = distance_to(~inside, tissue.voxel_mm)
    return np.asarray(inside & (tissue.smooth_hu > np.maximum(CORTEX_HU, 0.5 * peak)) & (depth <= CORTEX_DEPTH_MM))


def _cut_notes(seen: _Seen, bone: Bone) -> tuple[str, ...]:
    notes = [
        f"parted at the hip along the sphere of the femoral head (radius {h.head.radius_mm:.1f} mm)"
        for h in seen.heads
        if (seen.own & ndimage.binary_dilation(h.cut)).any()
    ]
    if bone.key in HIP_BONES:
        notes.append("ilium, ischium and pubis are one bone in an adult and are outlined as one")
    return tuple(notes)


def _edges(region: Region, faces: Booleans) -> str:
    """The patient's sides at which a region's faces lie, in words."""
    names = (("right", "left"), ("front", "back"), ("feet", "head"))
    found = []
    for axis in range(3):
        direction = region.grid.directions[:, axis]
        world = int(np.abs(direction).argmax())
        ahead = direction[world] > 0
        found += [names[world][end if ahead else 1 - end] for end in range(2) if faces[axis, end]]
    return ", ".join(dict.fromkeys(found))
