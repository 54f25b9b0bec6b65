"""Bone parted into bones: thick parts grown until they meet, and joined again where no joint lies between."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.segmentation import watershed

from buttress.measure.skeleton.bone_tissue import GAP_DEPTH_HU, Tissue
from buttress.numerics.balls import distance_to
from buttress.numerics.grid import Points
from buttress.numerics.valleys import contacts

Booleans = NDArray[np.bool_]
Labels = NDArray[np.int32]
Floats = NDArray[np.float64]

CORE_MM = 2.3
"""Ours: bridges thinner than about 5 mm across a joint space are blur or an osteophyte."""
LEAST_CORE_MM3 = 100.0
LEAST_THIN_MM3 = 300.0
"""Ours: a loose part without a thick core (a thin plate, a small rib) is a part of its own from this size."""
THICKEST_MM = 8.0
"""Ours: beyond this half thickness a part is flooded no earlier."""
WIDEST_MM = 5.0
"""Ours: a contact as wide as a bone part of this half thickness joins thicker parts too: their bridge may be thin."""
JOINED = 0.5
"""Ours: two parts are one bone when their contact is free of joint space, and as wide as they are thick, to this
share of the two together."""

ISLAND_MM3, SURROUNDED = 10_000.0, 0.8
"""Ours: dark marrow between thick cortices looks like a joint space around it; a bone in its joint is larger, or shows
more than this share of its surface to soft tissue and to third bones."""


def part_bones(tissue: Tissue, gap: Booleans, foreign: Callable[[Points], Booleans] | None = None) -> Labels:
    """Labels of the bones in ``tissue.body``, 0 outside; ``gap`` holds the voxels of joint spaces.

    ``foreign`` tells by their middles (LPS mm) which parts are known to be of other bones: they are joined to nothing.
    """
    solid = tissue.body & ~gap
    thick = distance_to(~solid, tissue.voxel_mm)
    markers = _markers(solid, thick, tissue.voxel_mm)
    relief = np.where(gap, np.float32(50.0), -np.minimum(thick, THICKEST_MM))
    parts = watershed(relief, markers, mask=tissue.body).astype(np.int32)  # type: ignore[no-untyped-call]
    joined = _joined(tissue, parts, thick, gap | (tissue.depth_hu > GAP_DEPTH_HU + 10.0), foreign)
    return np.asarray(joined[parts])


def _markers(solid: Booleans, thick: NDArray[np.float32], voxel_mm: float) -> Labels:
    cores, n = ndimage.label(thick > CORE_MM, np.ones((3, 3, 3)))
    keep = np.bincount(cores.ravel(), minlength=n + 1) * voxel_mm**3 >= LEAST_CORE_MM3
    keep[0] = False
    loose, m = ndimage.label(solid)
    thin = np.bincount(loose.ravel(), minlength=m + 1) * voxel_mm**3 >= LEAST_THIN_MM3
    thin[np.unique(loose[keep[cores]])] = False
    thin[0] = False
    number = np.zeros(n + m + 2, np.int32)
    used = np.concatenate([np.flatnonzero(keep), n + 1 + np.flatnonzero(thin)])
    number[used] = np.arange(1, len(used) + 1)
    return np.asarray(np.where(keep[cores], number[cores], number[n + 1 + loose] * thin[loose]), dtype=np.int32)


def _joined(
    tissue: Tissue,
    parts: Labels,
    thick: NDArray[np.float32],
    gap: Booleans,
    foreign: Callable[[Points], Booleans] | None,
) -> Labels:
    """The bone of each part: the best joined pair is made one, again and again, until no pair is joined."""
    count = int(parts.max()) + 1
    within_outside = np.where(parts > 0, parts, count).astype(np.int32)
    faces = (c * tissue.voxel_mm**2 for c in contacts(within_outside, gap, count + 1))
    (bare, _), (every, outside) = ((f[:count, :count], f[:count, count]) for f in faces)
    half = np.array(ndimage.maximum(thick, parts, range(count)), dtype=float)
    if foreign is not None and count > 1:
        middles = np.array(ndimage.center_of_mass(parts > 0, parts, range(1, count)))
        apart = 1 + np.flatnonzero(foreign(tissue.box.to_mm(middles)))
        bare[apart] = bare[:, apart] = 0.0
    bone = np.arange(count, dtype=np.int32)
    while count > 1:
        narrow = np.clip(np.minimum.outer(half, half), 1.5, WIDEST_MM)
        free = bare / np.maximum(every, 1e-6)
        worth = free * np.minimum(bare / (np.pi * narrow**2), 1.0)
        first, second = sorted(int(n) for n in np.unravel_index(int(worth.argmax()), worth.shape))
        if worth[first, second] < JOINED:
            break
        bone[bone == bone[second]] = first
        for shared in (bare, every):
            shared[first] += shared[second]
            shared[:, first] += shared[:, second]
            shared[second] = shared[:, second] = 0.0
            shared[first, first] = 0.0
        half[first] = max(half[first], half[second])
        outside[first] += outside[second]
    return _with_islands(
        bone, every, outside, np.bincount(bone[parts[parts > 0]], minlength=count) * tissue.voxel_mm**3
    )


def _with_islands(
    bone: Labels, every: NDArray[np.floating], outside: NDArray[np.floating], volume_mm3: NDArray[np.floating]
) -> Labels:
    """Islands of marrow taken for bones of their own are part of the bone that lies all around them."""
    for island in np.flatnonzero((volume_mm3 > 0.0) & (volume_mm3 < ISLAND_MM3)):
        around = int(every[island].argmax())
        if every[island, around] >= SURROUNDED * (every[island].sum() + outside[island]):
            bone[bone == island] = bone[around]
    return bone
