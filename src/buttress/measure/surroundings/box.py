"""An even box of the CT about a lesion, with the target bone and the other hard things in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.balls import distance_to
from buttress.numerics.grid import Grid
from buttress.numerics.resample import resample_to
from buttress.records.image import Mask, Volume

Booleans = NDArray[np.bool_]
Part = tuple[tuple[slice, ...], Booleans]
"""A window of a box and which of its voxels belong to the part."""

FINEST_MM, MOST_VOXELS = 1.0, 3.0e6
"""Ours: even voxels, about the finest CT of a living patient at hand; coarser for a lesion so large that it would take
more than these.
"""
REACH_MM = 36.0
"""Ours: joints and vessels further than this from the lesion's box are not looked for; the restored bone of a flat bone
reaches 40 mm."""
BONE_HU = 200.0
"""Lowest HU taken for bone (note mechanics.md 5a, baseline 200-250 HU)."""


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Even voxels along the patient's axes, ``step_mm`` apart; ``hu`` is -1000 beyond the image.

    ``own_mm`` is the distance to the target bone's surface, negative inside it.
    """

    grid: Grid
    step_mm: float
    hu: NDArray[np.float32]
    own_mm: NDArray[np.float32]

    @property
    def own(self) -> Booleans:
        """The target bone, filled."""
        return np.asarray(self.own_mm < 0)


def look_near(ct: Volume, lesion: Mask, bone: Mask) -> Box:
    """The CT within ``REACH_MM`` of a lesion's box, as far as the image goes."""
    points = lesion.points_mm()
    low, high = points.min(axis=0) - REACH_MM, points.max(axis=0) + REACH_MM
    corners = ct.grid.to_mm(np.array(np.meshgrid(*[(0, n - 1) for n in ct.grid.shape])).reshape(3, -1).T)
    low, high = np.maximum(low, corners.min(axis=0)), np.minimum(high, corners.max(axis=0))
    step = max(FINEST_MM, float(np.prod(high - low) / MOST_VOXELS) ** (1.0 / 3.0))
    i, j, k = (np.maximum(1, np.floor((high - low) / step)).astype(int) + 1).tolist()
    grid = Grid.aligned((i, j, k), step, low)
    own = resample_to(bone.inside, bone.grid, grid, outside=0.0) >= 0.5
    return Box(
        grid=grid,
        step_mm=step,
        hu=resample_to(ct.values, ct.grid, grid, outside=-1000.0),
        own_mm=signed_mm(own, step),
    )


def signed_mm(inside: Booleans, step_mm: float) -> NDArray[np.float32]:
    """Distance of every voxel to a surface, mm, negative inside; far away where there is none."""
    if not inside.any():
        return np.full(inside.shape, 999.0, dtype=np.float32)
    return distance_to(inside, step_mm) - distance_to(~inside, step_mm)


def large_parts(inside: Booleans, least_voxels: int) -> list[Part]:
    """Connected parts (26 neighbours) of at least ``least_voxels``, largest first."""
    labels, count = ndimage.label(inside, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    windows = ndimage.find_objects(labels)
    kept = sorted((c for c in range(1, count + 1) if sizes[c] >= least_voxels), key=lambda c: -sizes[c])
    return [(windows[c - 1], labels[windows[c - 1]] == c) for c in kept]


def joined(parts: list[Part], shape: tuple[int, int, int]) -> Booleans:
    """Parts put back into the box."""
    out = np.zeros(shape, dtype=bool)
    for window, inside in parts:
        out[window] |= inside
    return out
