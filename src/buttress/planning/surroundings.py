"""What a straight needle would meet around a lesion: skin, gas, other bones, the target bone, the edge of the image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from buttress.numerics.grid import Grid
from buttress.numerics.resample import box_grid, resample_to
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging, Mask, Volume

REACH_MM = 200.0
"""How far around the target is looked at (ours)."""

BOX_MM = 2.0
COARSE_MM = 4.0
"""Voxels of the box about the target, and of the whole image where outside air is told from gas within (ours)."""

GAS_HU = -300.0
"""Below this is gas or lung: fat is about -100 HU (ours)."""

OUTSIDE_HU = -930.0
AIR_SHARE = 0.25
"""Room air is near -1000 HU, lung is not: a region at the image's border with less than a quarter of its voxels below
-930 HU is lung (ours; foam of the table lies between and joins the air)."""

BONE_HU = 250.0
"""At or above this, outside the target bone, is another bone, calcification or metal (ours)."""

OWN_BONE_MM = 3.0
"""Dense voxels this near the target bone's outline belong to it (ours)."""

LIMB_ML = 30.0
"""Smaller islands in the air (tubes, folds of a sheet) are no part of the body (ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """A box of even voxels about the target; every array is ``[i, j, k]`` on ``grid``.

    ``seen`` is what the image covers, ``body`` tissue of any part of the body, ``outside`` room air, ``gas`` gas or
    lung inside, ``other_bone`` and ``bone`` as named, ``lesion`` the lesion; ``bone_softness`` is the blurred bone for
    its normals; ``hu`` the grey values.
    """

    grid: Grid
    hu: NDArray[np.float32]
    seen: NDArray[np.bool_]
    body: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    gas: NDArray[np.bool_]
    bone: NDArray[np.bool_]
    other_bone: NDArray[np.bool_]
    lesion: NDArray[np.bool_]
    bone_softness: NDArray[np.float32]


def look_around(seen: SeenLesion, ct: Volume, target_mm: ArrayLike) -> Surroundings:
    """What lies within 200 mm of the target."""
    grid = _box(ct.grid, np.asarray(target_mm, dtype=float))
    hu = resample_to(ct.values, ct.grid, grid)
    covered = np.isfinite(hu)
    outside = _outside(ct, hu, grid)
    body = _body(covered & ~outside)
    bone = _nearest(seen.bone, grid)
    own = ndimage.binary_dilation(bone, iterations=max(1, round(OWN_BONE_MM / BOX_MM)))
    dense = np.nan_to_num(hu, nan=-1000.0) >= BONE_HU
    return Surroundings(
        grid=grid,
        hu=hu,
        seen=covered,
        body=body,
        outside=outside,
        gas=covered & ~outside & (np.nan_to_num(hu, nan=0.0) < GAS_HU),
        bone=bone,
        other_bone=dense & ~own & body,
        lesion=_nearest(seen.lesion, grid),
        bone_softness=ndimage.gaussian_filter(bone.astype(np.float32), 2.0),
    )


def structures_near(seen: SeenLesion, imaging: Imaging) -> Mapping[str, Mask]:
    """The structures of the case, those that are only estimated (named so), and ``skin`` unless the case brings it.

    Skin is the room air around the lesion.
    """
    structures = spared_structures(seen, imaging)
    if "skin" in structures or not seen.lesion.inside.any():
        return structures
    centre = seen.lesion.points_mm().mean(axis=0)
    grid = _box(imaging.ct.grid, centre)
    air = _outside(imaging.ct, resample_to(imaging.ct.values, imaging.ct.grid, grid), grid)
    return {**structures, "skin": Mask(grid, air)} if air.any() else structures


def spared_structures(seen: SeenLesion, imaging: Imaging) -> Mapping[str, Mask]:
    """Masks of the case, then the thin tubes of what no image shows: ``sciatic nerve (estimated)``."""
    return {**imaging.structures, **{name: one.mask for name, one in seen.estimated.items()}}


def _box(image: Grid, target: NDArray[np.float64]) -> Grid:
    """The box about the target, no larger than the image's own extent."""
    corners = np.array(np.meshgrid(*[(-0.5, n - 0.5) for n in image.shape])).reshape(3, -1).T
    extent = image.to_mm(corners)
    half = np.minimum(REACH_MM, np.maximum(extent.max(axis=0) - target, target - extent.min(axis=0)))
    return box_grid(target, np.maximum(half, BOX_MM), BOX_MM)


def _outside(ct: Volume, hu: NDArray[np.float32], grid: Grid) -> NDArray[np.bool_]:
    """Room air in the box: gas that joins the room air of the whole image."""
    coarse, coarse_grid = _coarse(ct)
    room = Volume(coarse_grid, _room_air(coarse, coarse_grid).astype(np.float32), "room air")
    seed = resample_to(room.values, coarse_grid, grid, outside=0.0, order=0) > 0.5
    low = hu < GAS_HU
    labels, _ = ndimage.label(low)
    joined = np.unique(labels[seed & low])
    return np.asarray(np.isin(labels, joined[joined > 0]))


def _coarse(ct: Volume) -> tuple[NDArray[np.float32], Grid]:
    """Every n-th voxel of the image, about 4 mm apart."""
    step = np.maximum(1, np.round(COARSE_MM / ct.grid.spacing_mm)).astype(int)
    values = ct.values[:: step[0], :: step[1], :: step[2]]
    affine = ct.grid.affine.copy()
    affine[:3, :3] = affine[:3, :3] * step
    i, j, k = values.shape
    return values, Grid((i, j, k), affine)


def _room_air(hu: NDArray[np.float32], grid: Grid) -> NDArray[np.bool_]:
    """Low regions that touch the sides of the image (not only its first and last slice) and are as thin as air."""
    labels, _ = ndimage.label(hu < GAS_HU)
    slices = int(np.argmax(np.abs(grid.directions[2])))
    sides = [np.take(labels, end, axis=a).ravel() for a in range(3) if a != slices for end in (0, -1)]
    touching = np.unique(np.concatenate(sides))
    air = [k for k in touching[touching > 0] if np.mean(hu[labels == k] < OUTSIDE_HU) >= AIR_SHARE]
    return np.asarray(np.isin(labels, air))


def _body(tissue: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Parts of the body: tissue without thin shells (table, sheets) and small islands."""
    core = ndimage.binary_erosion(tissue, iterations=2, border_value=1)
    labels, count = ndimage.label(core)
    if count == 0:
        return tissue
    volume_ml = np.bincount(labels.ravel())[1:] * BOX_MM**3 / 1000.0
    kept = np.isin(labels, 1 + np.flatnonzero(volume_ml >= LIMB_ML)) if volume_ml.max() >= LIMB_ML else core
    return np.asarray(ndimage.binary_dilation(kept, iterations=3, mask=tissue))


def _nearest(mask: Mask, grid: Grid) -> NDArray[np.bool_]:
    return np.asarray(resample_to(mask.inside.astype(np.uint8), mask.grid, grid, outside=0.0, order=0) > 0.5)
