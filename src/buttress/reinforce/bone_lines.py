"""Straight lines through a bone: how deep each runs below its surface, where it leaves it, and what it then meets."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.grid import Grid, Points
from buttress.numerics.resample import box_grid, resample_to, sample
from buttress.records.image import Mask

Floats = NDArray[np.float64]

SPACING_MM = 0.8
"""Numerical: even voxels on which the depth below the bone's surface is kept."""

VOXEL_DOUBT_MM = SPACING_MM * (3.0**0.5 - 1.0) / 2.0
"""A corner of a voxel lies this much nearer than its face: taken off every clearance."""

BESIDE_MM = 80.0
"""Of the bone, this much beyond the lesion is looked at each way (ours: the longest screw of the shelf is 130 mm)."""

LINE_MM = 140.0
"""A line is followed this far each way."""

PADDING_MM = 2.0
"""Numerical: beyond the bone, so that its outside is in the box."""

AGAIN_MM = 2.0
"""Bone met again sooner than this beyond its surface is the same wall, roughly drawn (ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class BoneBox:
    """The bone about its lesion on even voxels along the patient's axes.

    ``depth_mm`` below the bone's surface, NaN where the image does not reach; ``lesion`` the share of each voxel;
    ``in_the_way`` (on its own grid) is what a screw must not pass before it enters the bone.
    """

    grid: Grid
    depth_mm: NDArray[np.float32]
    lesion: NDArray[np.float32]
    in_the_way: Mask | None


def bone_box(bone: Mask, lesion: Mask, in_the_way: Mask | None = None) -> BoneBox:
    """The box about a lesion that is not empty. Raises ``ValueError`` where no surface of the bone is in it."""
    at = lesion.points_mm()
    low, high = at.min(axis=0) - BESIDE_MM, at.max(axis=0) + BESIDE_MM
    solid = bone.points_mm()
    solid = solid[np.all((solid >= low) & (solid <= high), axis=1)]
    if not len(solid):
        raise ValueError("no bone lies about the lesion")
    low, high = solid.min(axis=0) - PADDING_MM, solid.max(axis=0) + PADDING_MM
    grid = box_grid((low + high) / 2, (high - low) / 2, SPACING_MM)
    share = resample_to(bone.inside, bone.grid, grid, outside=np.nan)
    inside = ~(share < 0.5)  # beyond the image nobody knows where the bone ends: no distance is taken to there
    if inside.all():
        raise ValueError("no surface of the bone is in the image")
    depth = np.where(inside, ndimage.distance_transform_edt(inside) - 0.5, -0.5) * SPACING_MM
    depth[np.isnan(share)] = np.nan
    return BoneBox(
        grid, depth.astype(np.float32), resample_to(lesion.inside, lesion.grid, grid, outside=0.0), in_the_way
    )


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """``n`` lines sampled at ``at_mm`` ``(s,)`` along their directions from their points, which are at zero.

    ``depth_mm`` and ``lesion`` ``(n, s)``; ``surface_mm`` ``(n,)`` is where a line, followed against its direction,
    leaves the bone: NaN where the image or the box ends before, or where it meets bone or something in the way beyond.
    ``end_mm`` is the same at the other end.
    """

    points_mm: Points
    directions: Points
    at_mm: Floats
    depth_mm: NDArray[np.float32]
    lesion: NDArray[np.bool_]
    surface_mm: Floats
    end_mm: Floats

    def reversed(self) -> Lines:
        """The same lines run through the other way."""
        return replace(
            self,
            directions=-self.directions,
            depth_mm=self.depth_mm[:, ::-1],
            lesion=self.lesion[:, ::-1],
            surface_mm=-self.end_mm,
            end_mm=-self.surface_mm,
        )


def follow(box: BoneBox, points_mm: Points, directions: Points, step_mm: float) -> Lines:
    """Lines through ``points_mm`` along unit ``directions``, both ``(n, 3)``."""
    half = int(LINE_MM / step_mm)
    at = np.arange(-half, half + 1) * step_mm
    places = points_mm[:, None, :] + at[None, :, None] * directions[:, None, :]
    depth = sample(box.depth_mm, box.grid, places)
    lesion = sample(box.lesion, box.grid, places, outside=0.0) >= 0.5
    other = np.zeros(depth.shape, dtype=bool)
    if box.in_the_way is not None:
        other = sample(box.in_the_way.inside, box.in_the_way.grid, places, outside=0.0) >= 0.5
    end = _leaves(depth[:, half:], other[:, half:], step_mm)
    start = np.negative(_leaves(depth[:, half::-1], other[:, half::-1], step_mm))
    return Lines(points_mm, directions, np.asarray(at, dtype=np.float64), depth, lesion, start, end)


def _leaves(depth: NDArray[np.float32], other: NDArray[np.bool_], step_mm: float) -> Floats:
    """Where lines that start inside the bone leave it for good, mm from their start ``(n,)``; NaN: see ``Lines``."""
    solid = depth > 0.0
    rows, count = np.arange(len(depth)), depth.shape[1]
    first = np.where(solid.all(axis=1), count - 1, np.argmin(solid, axis=1))
    before, beyond = depth[rows, first - 1], depth[rows, first]
    with np.errstate(invalid="ignore", divide="ignore"):
        at = (first - 1 + before / (before - beyond)) * step_mm
    again = (solid & (np.arange(count) > (first + AGAIN_MM / step_mm)[:, None])).any(axis=1)
    met = (other & (np.arange(count) >= first[:, None])).any(axis=1)
    known = (first > 0) & (beyond <= 0.0) & ~again & ~met
    return np.where(known, at, np.nan)
