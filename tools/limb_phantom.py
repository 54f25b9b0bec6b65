"""A round limb with a bone, a lesion and obstacles, for the tests of paths and plans."""

from __future__ import annotations

import numpy as np

from buttress.numerics.grid import Grid
from buttress.records.findings import SeenLesion
from buttress.records.image import Volume
from lesion_phantom import Shape, ball, mask_of, seen_lesion, straight_axis, tube

LIMB_MM = 50.0


def limb(
    *,
    bone_centre: tuple[float, float, float] = (15.0, 0.0, 0.0),
    lesion_mm: float = 8.0,
    extra: tuple[tuple[Shape, float], ...] = (),
    half_mm: tuple[int, int, int] = (70, 70, 50),
) -> tuple[SeenLesion, Volume]:
    """A limb of radius 50 mm along z in room air, a solid bone of radius 10 mm in it, a lytic ball in the bone.

    ``extra`` are shapes with their HU, painted last. ``half_mm`` crops the image about the origin.
    """
    half = np.array(half_mm) // 2
    i, j, k = (2 * half + 1).tolist()
    grid = Grid.aligned((i, j, k), 2.0, -2.0 * half)
    hu = np.full(grid.shape, -1000.0, dtype=np.float32)
    hu[mask_of(grid, tube((0, 0, 1), LIMB_MM)).inside] = 40.0
    bone = mask_of(grid, tube((0, 0, 1), 10.0, centre_mm=bone_centre))
    lesion = mask_of(grid, ball(bone_centre, lesion_mm))
    hu[bone.inside] = 900.0
    hu[lesion.inside] = 50.0
    for shape, value in extra:
        hu[mask_of(grid, shape).inside] = value
    axis = straight_axis((0, 0, -1), 45.0, bone_centre)
    return seen_lesion(bone, lesion, axis, (-lesion_mm - 4.0, lesion_mm + 4.0)), Volume(grid, hu)


def slab(axis: int, low_mm: float, high_mm: float, half_width_mm: float = 25.0) -> Shape:
    """An endless plate along z across one axis (0 or 1), as wide as said along the other."""
    other = 1 - axis
    return lambda p: (p[..., axis] >= low_mm) & (p[..., axis] <= high_mm) & (np.abs(p[..., other]) <= half_width_mm)
