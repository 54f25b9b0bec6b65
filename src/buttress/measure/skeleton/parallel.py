"""Two bones side by side in one limb: told apart along their shafts, where soft tissue lies between, and from there on.

A fibula meets the tibia at both its ends, a radius the ulna, in joints too narrow for 3 mm slices to show.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.segmentation import watershed

from buttress.measure.skeleton.bone_tissue import Tissue
from buttress.numerics.balls import distance_to

Booleans = NDArray[np.bool_]
Labels = NDArray[np.int32]

PARALLEL = ("tibia", "fibula", "radius", "ulna")
LARGER = ("tibia",)
"""The larger of two sections; of the others the one nearer to the place is meant, since the region
may cut the tibia."""
LEAST_SECTION_MM2 = 25.0
"""Ours: smaller spots in a section are calcified vessels; a thin fibula has 60 mm²."""
SIDE_BY_SIDE_MM = 30.0
"""Ours: two condyles of one femur run side by side over less than this."""
THICKEST_MM = 8.0
"""Ours: beyond this half thickness a bone is flooded no earlier."""
OWN, OTHER = 1, 2


def bone_beside(tissue: Tissue, seat: Booleans, key: str) -> Booleans:
    """The voxels of the bone that runs beside the one at the seat; none where none does over a good length."""
    none = np.zeros(tissue.body.shape, bool)
    if not tissue.body.any():
        return none
    axis = int(np.argmax(np.ptp(np.argwhere(tissue.body), axis=0)))
    body, at = np.moveaxis(tissue.body, axis, 0), np.argwhere(np.moveaxis(seat, axis, 0)).mean(axis=0)
    sections = np.zeros(body.shape, np.int32)
    for plane, bone in enumerate(body):
        sections[plane] = _sections(bone, tissue.voxel_mm)
    for plane in sorted(np.flatnonzero(sections.max(axis=(1, 2)) > 1).tolist(), key=lambda k: abs(k - at[0])):
        tubes = _tubes(sections, plane, at[1:], key)
        if (tubes == OTHER).any(axis=(1, 2)).sum() * tissue.voxel_mm >= SIDE_BY_SIDE_MM:
            thick = np.minimum(distance_to(~body, tissue.voxel_mm), THICKEST_MM)
            flooded = watershed(-thick, tubes, mask=body)  # type: ignore[no-untyped-call]
            return np.asarray(np.moveaxis(flooded == OTHER, 0, axis))
    return none


def _sections(plane: Booleans, voxel_mm: float) -> Labels:
    """The parts of a plane of bone, numbered, without specks."""
    labels, count = ndimage.label(plane)
    keep = np.bincount(labels.ravel(), minlength=count + 1) * voxel_mm**2 >= LEAST_SECTION_MM2
    keep[0] = False
    return np.asarray((np.cumsum(keep) * keep)[labels], dtype=np.int32)


def _tubes(sections: Labels, plane: int, at: NDArray[np.float64], key: str) -> Labels:
    """This bone and the one beside it, from the sections of a plane to both sides as long as no
    section touches both."""
    tubes = np.zeros(sections.shape, np.int32)
    own, other = _named(sections[plane], at, key)
    tubes[plane] = np.where(sections[plane] == own, OWN, np.where(sections[plane] == other, OTHER, 0))
    for step in (1, -1):
        now = plane
        while 0 <= now + step < len(sections):
            before, now = tubes[now], now + step
            onward = [set(np.unique(sections[now][before == name])) - {0} for name in (OWN, OTHER)]
            if onward[0] & onward[1] or not all(onward):
                break
            for name, numbers in zip((OWN, OTHER), onward, strict=True):
                tubes[now][np.isin(sections[now], list(numbers))] = name
    return tubes


def _named(section: Labels, at: NDArray[np.float64], key: str) -> tuple[int, int]:
    """Which part of a plane is this bone, and which the largest other."""
    area = np.bincount(section.ravel())
    area[0] = 0
    first, second = np.argsort(-area, kind="stable")[:2].tolist()
    if key in LARGER:
        return first, second
    near = [float(np.linalg.norm(np.argwhere(section == n) - at, axis=1).min()) for n in (first, second)]
    return (first, second) if near[0] <= near[1] else (second, first)
