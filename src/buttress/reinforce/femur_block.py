"""A proximal femur from its head to a cut through its shaft, as even voxels in its own frame, held at the cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.grid import Grid
from buttress.numerics.resample import resample_to
from buttress.records.document import PointMm
from buttress.records.image import Mask, Volume
from buttress.records.proximal_femur import ProximalFemur
from buttress.reinforce.block import GRIP_FREE_MM, GRIP_VOXELS, BoneBlock, HipPlaces
from buttress.reinforce.femur_frame import FemurFrame, femur_frame
from buttress.reinforce.healed_by_depth import heal_by_depth
from buttress.reinforce.hip_loads import loaded_nodes

SPACING_MM = 2.0
"""Edge of a voxel (ours): 1.25 mm moves the loads of three real femora by 2 % at most."""

CUT_MM = 160.0
"""The shaft is cut this far below the head's middle, or where the images end (ours)."""

BEYOND_MM = 15.0
"""Least shaft between the lesion's end and the cut (ours)."""

MARGIN_MM = 3.0

CAP_DEG = 30.0
"""Half the opening of the head's cap that is loaded (ours; others give the interval)."""

COARSE = 16
"""Layers come in such numbers, so that the cut, which is held, lies on nodes of the solver's coarse lattices too."""


def cut_femur(femur: ProximalFemur, lesion: Mask, ct: Volume, *, spacing_mm: float = SPACING_MM) -> BoneBlock:
    """The block of a proximal femur; its lesion is healed with sound bone of the same depth.

    The k axis runs along the shaft from proximal to distal, the i axis from lateral to medial. Raises ``ValueError``
    with a sentence where the images hold too little of the bone.
    """
    frame = femur_frame(femur)
    lesion = Mask(lesion.grid, lesion.inside & femur.bone.inside)
    grid = _grid_in(frame, femur.bone, lesion, spacing_mm)
    solid = _in_one_piece(resample_to(femur.bone.inside, femur.bone.grid, grid, outside=0.0) >= 0.5)
    hu = resample_to(ct.values, ct.grid, grid, outside=-1000.0)
    cavity = np.where(solid, resample_to(lesion.inside, lesion.grid, grid, outside=0.0), 0.0).astype(np.float32)
    sick = cavity >= 0.5
    healed = heal_by_depth(hu, solid, sick, grid) if sick.any() else hu
    return _held_at_the_cut(grid, hu, healed, solid, cavity, frame)


def _in_one_piece(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The greatest piece that hangs together by faces: a crumb of a mask would be loaded and held by an edge."""
    pieces, _ = ndimage.label(solid)
    return np.asarray(pieces == 1 + np.bincount(pieces[solid])[1:].argmax()) if solid.any() else solid


def _grid_in(frame: FemurFrame, bone: Mask, lesion: Mask, spacing_mm: float) -> Grid:
    """Voxels along the frame's axes from above the head to the cut, with the grip's layers beyond it."""
    axes = np.stack([frame.medial, np.cross(frame.distal, frame.medial), frame.distal])
    whole, sick = ((one.points_mm() - frame.head_mm) @ axes.T for one in (bone, lesion))
    lowest = _whole_sections_to_mm(whole)
    stop = min(CUT_MM, lowest)
    ends = float(sick[:, 2].max(initial=0.0))
    if ends > stop - BEYOND_MM:
        stop = min(ends + BEYOND_MM + GRIP_FREE_MM, lowest)
    if ends > stop - BEYOND_MM:
        raise ValueError("the lesion reaches to where the femur is cut: the shaft below it cannot be held")
    kept = whole[whole[:, 2] <= stop]
    low, high = kept.min(axis=0) - MARGIN_MM, kept.max(axis=0) + MARGIN_MM
    count = np.ceil((high - low) / spacing_mm).astype(int)
    layers = int(np.floor((stop - low[2]) / spacing_mm)) + GRIP_VOXELS
    count[2] = -(-layers // COARSE) * COARSE
    low[2] -= (count[2] - layers) * spacing_mm
    affine = np.eye(4)
    affine[:3, :3] = axes.T * spacing_mm
    affine[:3, 3] = frame.head_mm + axes.T @ (low + spacing_mm / 2)
    i, j, k = count.tolist()
    return Grid((i, j, k), affine)


def _whole_sections_to_mm(points: NDArray[np.float64], slab_mm: float = 4.0) -> float:
    """How far down the shaft its sections are whole: an image's border cuts an oblique shaft slantwise."""
    level = np.floor(points[:, 2] / slab_mm).astype(int)
    below = level >= int(80.0 / slab_mm)
    if not below.any():
        raise ValueError("too little of the femur's shaft is in the images to load the hip")
    count = np.bincount(level[below])
    usual = float(np.median(count[count > 0]))
    whole = np.flatnonzero(count >= 0.8 * usual)
    return float(whole.max() * slab_mm)


def _held_at_the_cut(
    grid: Grid,
    hu: NDArray[np.float32],
    healed: NDArray[np.float32],
    solid: NDArray[np.bool_],
    cavity: NDArray[np.float32],
    frame: FemurFrame,
) -> BoneBlock:
    grip, solid = np.zeros(grid.shape, dtype=bool), solid.copy()
    grip[:, :, -GRIP_VOXELS:] = solid[:, :, -GRIP_VOXELS - 1 : -GRIP_VOXELS]
    solid[:, :, -GRIP_VOXELS:] = False
    forwards = float(np.sign(frame.anterior @ np.cross(frame.distal, frame.medial)))
    hip = HipPlaces(_point(frame.head_mm), frame.radius_mm, _point(frame.trochanter_mm), forwards, CAP_DEG)
    cavity = np.where(solid, cavity, 0.0).astype(np.float32)
    return with_cap(BoneBlock(grid, hu, healed, solid, grip, cavity, solid, hip), CAP_DEG)


def with_cap(block: BoneBlock, cap_deg: float) -> BoneBlock:
    """The same femur with another part of its head loaded, ``cap_deg`` half its opening; bone there cannot fail."""
    assert block.hip is not None
    loaded = replace(block, hip=replace(block.hip, cap_deg=cap_deg))
    window = block.solid & (_from_loads_mm(loaded) > GRIP_FREE_MM)
    free = int(np.ceil(GRIP_FREE_MM / block.grid.spacing_mm[2])) + GRIP_VOXELS
    window[:, :, -free:] = False
    return replace(loaded, window=window)


def _from_loads_mm(block: BoneBlock) -> NDArray[np.float64]:
    """Distance of every voxel to the nearest node that is loaded, to within a voxel."""
    away = np.ones(block.grid.shape, dtype=bool)
    for at in loaded_nodes(block):
        i, j, k = np.minimum(at, np.array(away.shape) - 1).T
        away[i, j, k] = False
    return np.asarray(ndimage.distance_transform_edt(away, sampling=block.grid.spacing_mm))


def _point(at: NDArray[np.float64]) -> PointMm:
    x, y, z = at.tolist()
    return x, y, z
