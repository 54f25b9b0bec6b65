"""One bone's periosteal surface: its wall at half height, what the wall encloses, and the lesion's defect bridged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.skeleton.bone_tissue import BONE_HU, MARROW_REACH_MM, Tissue, without_specks
from buttress.measure.straightened import SOFT_TISSUE_HU
from buttress.numerics.balls import closed, grown
from buttress.numerics.enclosure import enclosed_fraction

Booleans = NDArray[np.bool_]

PEAK_MM = 4.5
"""Ours: the cortex's peak lies this near its outer edge."""
HALF_HEIGHT_HU = (130.0, 700.0)
"""Ours: bounds of the half height between soft tissue and the cortical peak: above muscle's noise, and up to that of
a dense shaft (1300-1500 HU)."""
OWN_ENCLOSED = 0.75
"""Ours: looser than for all bones together, since only this bone's own wall is looked at."""
LEAST_OTHER_MM3 = 2000.0
"""Ours: smaller bright parts that this bone encloses are its own trabeculae; the smallest neighbours are larger."""
EVEN_MM = 4.5
"""Ours: closes what marrow and thin plates leave open, three voxels wide; a joint space is kept by the other bone."""
LARGEST_OPEN_HOLE_MM3 = 1000.0
"""Ours: marrow that the field of view lays open; a wedge of soft tissue between bone and border is larger."""
CLOSING_MM = (4.0, 18.0)
"""Ours: the ball that bridges the defect is a little wider than half the lesion, within these bounds; below the radius
of a femoral head, so that a socket stays a socket."""
BESIDE_MM = 2.0
"""Ours: the surface is restored this far beyond the lesion's mask, which leaves its blurred edge out."""


def fill_bone(tissue: Tissue, own: Booleans, seat: Booleans | None) -> Booleans:
    """The bone inside its periosteal surface: ``own`` are its voxels, ``seat`` those of the lesion in it."""
    voxel = tissue.voxel_mm
    smooth = np.where(own, tissue.smooth_hu, -1000.0)
    size = 2 * round(PEAK_MM / voxel) + 1
    half = 0.5 * (ndimage.maximum_filter(smooth, size) + SOFT_TISSUE_HU)
    wall = own & (tissue.smooth_hu > np.clip(half, *HALF_HEIGHT_HU))
    wall |= own & tissue.bright & (tissue.depth_hu == 0.0) & (half < BONE_HU)
    others = without_specks(tissue.bright & ~own, LEAST_OTHER_MM3 / voxel**3)
    inside = (enclosed_fraction(wall, MARROW_REACH_MM, voxel) >= OWN_ENCLOSED) & ~others
    inside = closed(_main_parts(inside, seat), EVEN_MM, voxel) & ~others
    inside = without_holes(inside, voxel)
    return inside if seat is None else _bridged(inside, seat, others, voxel)


def without_holes(inside: Booleans, voxel_mm: float) -> Booleans:
    """The mask with its holes filled; a small one may end at a face of the array, where the images cut the bone."""
    outside, _ = ndimage.label(~inside)
    size = np.bincount(outside.ravel()) * voxel_mm**3
    hole = size < LARGEST_OPEN_HOLE_MM3
    hole[0] = False
    return np.asarray(ndimage.binary_fill_holes(inside | hole[outside]))


def _bridged(inside: Booleans, seat: Booleans, others: Booleans, voxel: float) -> Booleans:
    """The defect closed with a ball about half as wide as the lesion, near the lesion only."""
    width = 2.0 * (3.0 * seat.sum() * voxel**3 / (4.0 * np.pi)) ** (1.0 / 3.0)
    by_mm = float(np.clip(0.6 * width, *CLOSING_MM))
    at = np.argwhere(seat)
    reach = int(np.ceil((2.0 * by_mm + BESIDE_MM) / voxel)) + 2
    low, high = np.maximum(0, at.min(axis=0) - reach), np.minimum(seat.shape, at.max(axis=0) + reach + 1)
    window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    near = grown(seat[window], BESIDE_MM, voxel)
    bridged = inside.copy()
    bridged[window] |= closed(inside[window], by_mm, voxel) & near & ~others[window]
    return bridged


def _main_parts(inside: Booleans, seat: Booleans | None) -> Booleans:
    """The largest part, and those that the lesion has cut off from it (a fracture leaves two)."""
    labels, count = ndimage.label(inside)
    if count < 2:
        return inside
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    keep = sizes >= sizes.max()
    if seat is not None:
        touched = np.unique(labels[ndimage.binary_dilation(seat, iterations=2)])
        keep[touched] |= sizes[touched] >= 0.02 * sizes.max()
        keep[0] = False
    return np.asarray(keep[labels])
