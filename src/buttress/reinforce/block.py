"""A piece of the bone about the lesion as a straight block of even voxels along its axis, gripped at both ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.curve import Curve
from buttress.numerics.grid import Grid
from buttress.numerics.resample import resample_to, sample
from buttress.numerics.sections import even_angles, polar_points
from buttress.records.document import PointMm
from buttress.records.image import Mask, Volume
from buttress.reinforce.unrolled import UnrolledBone

VOXELS_ACROSS = 24
SPACING_MM = (0.5, 1.25)
"""Voxels across the bone, and the least and greatest they may be (ours): halving them moved no ratio by 3 points."""

GRIP_VOXELS = 2
"""Layers of a grip at either end (ours)."""

GAP_HU = np.float32(-1000.0)
"""In a fracture's gap: nothing."""

WINDOW_MM = 10.0
GRIP_FREE_MM = 5.0
"""Bone can fail at the lesion and this far beside it, but not this near to a grip, which disturbs it (ours)."""


@dataclass(frozen=True, slots=True)
class HipPlaces:
    """Where a hip is loaded: the head's sphere and the middle of the trochanter's side, LPS mm; ``forwards`` is 1 where
    the block's j axis points to the front of the body, else -1; ``cap_deg`` is half the opening of the loaded cap."""

    head_mm: PointMm
    radius_mm: float
    trochanter_mm: PointMm
    forwards: float
    cap_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class BoneBlock:
    """Grey values of a piece of bone as it is and healed, on an even grid whose k axis runs along the bone.

    The grid holds ``GRIP_VOXELS`` layers of grip at either end of k. ``hu`` and ``healed_hu`` ``(ni, nj, nk)``;
    ``solid`` is the bone within its outline, grips left out; ``grip`` the grips; ``cavity`` the share of each voxel
    that the lesion takes inside the bone; ``window`` where bone may fail. ``hip`` tells where a proximal femur is
    loaded: it has a grip at the far end alone.
    """

    grid: Grid
    hu: NDArray[np.float32]
    healed_hu: NDArray[np.float32]
    solid: NDArray[np.bool_]
    grip: NDArray[np.bool_]
    cavity: NDArray[np.float32]
    window: NDArray[np.bool_]
    hip: HipPlaces | None = None

    @property
    def length_mm(self) -> float:
        """Length between the grips."""
        grips = (1 if self.hip else 2) * GRIP_VOXELS
        return float((self.grid.shape[2] - grips) * self.grid.spacing_mm[2])


def cut_block(
    bone: UnrolledBone, ct: Volume, lesion: Mask, *, by_one_side: int | None = None, spacing_mm: float | None = None
) -> BoneBlock:
    """The block about the affected levels of an unrolled bone.

    ``lesion`` is the part of the lesion inside the bone, on the CT's grid. ``by_one_side`` takes the bone healed from
    one side alone (0 or 1). Raises ``ValueError`` with a sentence where too little of the bone is left between the
    grips.
    """
    grid = _grid_along(bone, spacing_mm)
    points = grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
    arc, share, at = _about_axis(bone, points)
    hu = sample(ct.values, ct.grid, points, outside=-1000.0)
    solid = share <= 1.0
    affected_mm = bone.curve.arc_mm[bone.affected][[0, -1]]
    affected = solid & (arc >= affected_mm[0]) & (arc <= affected_mm[1])
    source = bone.healed_hu if by_one_side is None else bone.healed_by_one_side[by_one_side]
    healed = np.where(affected, _unrolled_at(source, at), hu).astype(np.float32)
    near = (arc >= affected_mm[0] - WINDOW_MM) & (arc <= affected_mm[1] + WINDOW_MM)
    far = np.ceil(GRIP_FREE_MM / grid.spacing_mm[2]).astype(int) + GRIP_VOXELS
    near[:, :, :far] = near[:, :, grid.shape[2] - far :] = False
    cavity = np.where(solid, resample_to(lesion.inside, lesion.grid, grid, outside=0.0), 0.0).astype(np.float32)
    return with_grips(grid, hu, healed, solid, cavity, near)


def with_grips(
    grid: Grid,
    hu: NDArray[np.float32],
    healed_hu: NDArray[np.float32],
    solid: NDArray[np.bool_],
    cavity: NDArray[np.float32],
    window: NDArray[np.bool_],
) -> BoneBlock:
    """A block whose first and last layers are grips, each of the section beside it."""
    grip = np.zeros(grid.shape, dtype=bool)
    grip[:, :, :GRIP_VOXELS] = solid[:, :, GRIP_VOXELS : GRIP_VOXELS + 1]
    grip[:, :, -GRIP_VOXELS:] = solid[:, :, -GRIP_VOXELS - 1 : -GRIP_VOXELS]
    solid = solid.copy()
    solid[:, :, :GRIP_VOXELS] = solid[:, :, -GRIP_VOXELS:] = False
    return BoneBlock(grid, hu, healed_hu, solid, grip, np.where(solid, cavity, 0.0), window & solid)


def broken(block: BoneBlock, modulus_mpa: NDArray[np.floating]) -> BoneBlock:
    """The block cut through by one layer without bone where its lesion has left the least stiffness.

    ``modulus_mpa`` is that of the bone as it is. A fracture is thinner than a voxel: a CT's grey values bridge it. The
    cut is part of the cavity: cement enters it.
    """
    left = np.where(block.solid, modulus_mpa, 0.0).sum(axis=(0, 1))
    levels = np.flatnonzero((block.window & (block.cavity > 0.0)).any(axis=(0, 1)))
    level = int(levels[np.argmin(left[levels])]) if len(levels) else block.grid.shape[2] // 2
    hu, cavity = block.hu.copy(), block.cavity.copy()
    hu[:, :, level] = GAP_HU
    cavity[:, :, level] = block.solid[:, :, level]
    return replace(block, hu=hu, cavity=cavity)


def _grid_along(bone: UnrolledBone, spacing_mm: float | None) -> Grid:
    """Even voxels along the line between the axis's ends; grips beyond both are part of it."""
    curve = bone.curve
    along = curve.points_mm[-1] - curve.points_mm[0]
    along /= np.linalg.norm(along)
    across = curve.u[len(curve.u) // 2]
    across = across - (across @ along) * along
    across /= np.linalg.norm(across)
    frame = np.stack([across, np.cross(along, across), along])
    outline = polar_points(curve, even_angles(bone.radius_mm.shape[1]), bone.radius_mm[..., None])[:, :, 0] @ frame.T
    low, high = outline.min(axis=(0, 1)), outline.max(axis=(0, 1))
    low[2], high[2] = outline[0, :, 2].max(), outline[-1, :, 2].min()
    size = spacing_mm or float(np.clip((high - low)[:2].max() / VOXELS_ACROSS, *SPACING_MM))
    count = np.ceil((high - low) / size).astype(int) + np.array([2, 2, 0])
    if count[2] * size < 2 * GRIP_FREE_MM + WINDOW_MM:
        raise ValueError("too little of the bone's length is in the image to load it")
    count[2] += 2 * GRIP_VOXELS
    start = (low + high) / 2 - (count - 1) * size / 2
    affine = np.eye(4)
    affine[:3, :3] = frame.T * size
    affine[:3, 3] = frame.T @ start
    i, j, k = count.tolist()
    return Grid((i, j, k), affine)


def _about_axis(
    bone: UnrolledBone, points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Arc length and share of the outer radius of points, and their place ``(3, …)`` in the unrolled bone's arrays."""
    curve: Curve = bone.curve
    _, angles, shares = bone.hu.shape
    arc = curve.arc_of(points)
    level = np.interp(arc, curve.arc_mm, np.arange(len(curve.arc_mm)))
    turn = curve.angle_of(points) * (angles / (2 * np.pi))
    radial = points - curve.at(arc)
    tangent = np.stack([np.interp(arc, curve.arc_mm, curve.tangents[:, axis]) for axis in range(3)], axis=-1)
    radial -= np.sum(radial * tangent, axis=-1, keepdims=True) * tangent
    outer = ndimage.map_coordinates(_closed(bone.radius_mm), [level, turn], order=1, mode="nearest")
    share = np.linalg.norm(radial, axis=-1) / np.maximum(outer, 1e-9)
    return arc, share, np.stack([level, turn, share * shares - 0.5])


def _unrolled_at(values: NDArray[np.float32], at: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(ndimage.map_coordinates(_closed(values), at, order=1, mode="nearest"))


def _closed(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """The first angle again after the last."""
    return np.concatenate([values, values[:, :1]], axis=1)
