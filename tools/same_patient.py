"""The same patient shown otherwise: mirrored, turned, resampled, cropped. The measures must not notice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.transform import Rotation

from buttress.numerics.grid import Grid
from buttress.numerics.resample import resample_to
from buttress.records.image import Mask, Volume

Pair = tuple[Volume, Mask]

TURN_DEG = (11.0, 7.0, 5.0)
COARSER = 1.25
CROP_MM = 5.0


def mirrored(ct: Volume, lesion: Mask) -> Pair:
    """Left and right exchanged: another patient, whose side is the other one. The grid must be centred on x = 0."""
    return Volume(ct.grid, ct.values[::-1].copy()), Mask(ct.grid, lesion.inside[::-1].copy())


def reordered(ct: Volume, lesion: Mask) -> Pair:
    """The same voxels stored from the other ends of i and j; each lies where it lay."""
    i, j, _ = ct.grid.shape
    affine = ct.grid.affine.copy()
    affine[:3, 3] = ct.grid.to_mm((i - 1, j - 1, 0))
    affine[:3, :2] *= -1.0
    grid = Grid(ct.grid.shape, affine)
    return Volume(grid, ct.values[::-1, ::-1].copy()), Mask(grid, lesion.inside[::-1, ::-1].copy())


def rotated(ct: Volume, lesion: Mask) -> Pair:
    """The patient turned on the table by some degrees about each axis, scanned on the same grid."""
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("xyz", TURN_DEG, degrees=True).as_matrix()
    return _on(ct, lesion, Grid(ct.grid.shape, turn @ ct.grid.affine), ct.grid)


def resampled(ct: Volume, lesion: Mask) -> Pair:
    """The same field in voxels a quarter larger."""
    shape = np.maximum(1, np.floor(np.array(ct.grid.shape) / COARSER)).astype(int)
    affine = ct.grid.affine.copy()
    affine[:3, :3] *= COARSER
    i, j, k = shape.tolist()
    coarse = Grid((i, j, k), affine)
    return _on(ct, lesion, coarse, coarse)


def cropped(ct: Volume, lesion: Mask) -> Pair:
    """Five millimetres less on every side (never into the lesion)."""
    index, last = np.argwhere(lesion.inside), np.array(ct.grid.shape)
    steps = np.ceil(CROP_MM / ct.grid.spacing_mm).astype(int)
    start, stop = np.minimum(steps, index.min(axis=0)), np.maximum(last - steps, index.max(axis=0) + 1)
    part = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    grid = ct.grid.crop(start, stop)
    return Volume(grid, ct.values[part].copy()), Mask(grid, lesion.inside[part].copy())


def _on(ct: Volume, lesion: Mask, seen_from: Grid, shown_on: Grid) -> Pair:
    """The values at ``seen_from``, said to lie on ``shown_on``; air beyond the field."""
    values = resample_to(ct.values, ct.grid, seen_from, outside=-1000.0)
    inside = resample_to(lesion.inside, lesion.grid, seen_from, outside=0.0) >= 0.5
    return Volume(shown_on, values), Mask(shown_on, inside)


WAYS: dict[str, Callable[[Volume, Mask], Pair]] = {
    "mirrored": mirrored,
    "reordered": reordered,
    "rotated": rotated,
    "resampled": resampled,
    "cropped": cropped,
}
"""Every way by name; only ``mirrored`` exchanges the sides."""
