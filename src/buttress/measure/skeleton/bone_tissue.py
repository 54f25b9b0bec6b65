"""Bone tissue in a region, its marrow filled in, and the dark sheets in it that may be joint spaces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.balls import grown
from buttress.numerics.enclosure import enclosed_fraction
from buttress.numerics.grid import Grid
from buttress.numerics.resample import resample_to
from buttress.numerics.valleys import curvatures, valley_depth
from buttress.records.image import Volume

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float32]

VOXEL_MM = 1.5
"""Ours: half of a 3 mm slice and about the in-plane blur of the CTs at hand; a hip bone is 2 million voxels."""
SMOOTH_MM = 1.0
"""Ours: halves noise of 14-33 HU, keeps a plate of 2 mm."""
BONE_HU = 180.0
"""Ours: above muscle (40 HU) by four times the noise at hand; thin cortex of pelvis and neck peaks at 400-900 HU (note
lesions.md), so this is below half its height."""
PLATE_HU = 110.0
"""Ours: a plate too thin to reach ``BONE_HU`` still shows as a bright sheet."""
PLATE_CURVATURE_HU = 80.0
"""Ours: fall over 1.5 mm to either side of a bright sheet, two to three times the smoothed noise."""
DIM_HU, DIM_REACH_MM = 120.0, 3.0
"""Ours: beside bone, spongy bone and blurred plates of this HU are bone too: above muscle by its smoothed noise."""
GAP_CURVATURE_HU = 25.0
"""Ours: rise over 1.5 mm to either side of a dark sheet."""
GAP_DEPTH_HU = 50.0
"""Ours: a joint space of 2-4 mm in 3 mm slices is at least this much darker than the bone on both sides."""
GAP_REACH_MM = 4.0
"""Ours: bone on both sides of a joint space lies this near its middle."""
WALL_MM = 10.0
"""Ours: a dark sheet with the bone's outside this near on both sides is the marrow of a plate or a thin shaft."""
LEAST_PART_MM3 = 500.0
"""Ours: smaller specks of bone density are calcifications."""
LEAST_GAP_MM3 = 300.0
"""Ours: a joint space is a sheet of at least 1 cm²; smaller dark sheets are gaps between trabeculae."""
MARROW_REACH_MM = 35.0
"""Ours: marrow sees cortex this near all around; half the width of the widest bone part (condyles, 80 mm)."""
ENCLOSED = 0.85
"""Ours: 22 of 26 directions; a concave outer surface sees less bone, marrow behind a vessel channel no less."""

PORES_MM, MOSTLY = 4.0, 0.6
"""Ours: where spongy bone is hardly denser than muscle it comes out porous: what is mostly bone around is bone; a flat
surface, half bone around, stays where it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Tissue:
    """Bone in a box of even voxels.

    ``bright`` is bone by its HU, ``body`` bone with what it encloses (marrow, and joint spaces still), ``depth_hu`` how
    far a voxel lies below the bone on both its sides, ``gap`` the dark sheets that part bones.
    """

    box: Grid
    smooth_hu: Floats
    bright: Booleans
    body: Booleans
    depth_hu: Floats
    gap: Booleans

    @property
    def voxel_mm(self) -> float:
        """Edge of the box's voxels, mm."""
        return float(self.box.spacing_mm[0])


def find_tissue(ct: Volume, box: Grid) -> Tissue:
    """Bone tissue of a CT on a box of even voxels that lies within it."""
    voxel = float(box.spacing_mm[0])
    hu = resample_to(ct.values, ct.grid, box, outside=-1000.0)
    smooth = ndimage.gaussian_filter(np.clip(hu, -200.0, 1500.0), SMOOTH_MM / voxel)
    scale = np.float32((1.5 / voxel) ** 2)
    top, middle, low = curvatures(smooth, smooth > PLATE_HU - 40.0)
    plate = (-low * scale > PLATE_CURVATURE_HU) & (hu > PLATE_HU) & (-low > 2.0 * np.abs(top))
    bright = without_specks((hu > BONE_HU) | plate, LEAST_PART_MM3 / voxel**3)
    dim = (smooth > DIM_HU) & grown(bright, DIM_REACH_MM, voxel)
    body = enclosed_fraction(bright | dim, MARROW_REACH_MM, voxel) >= ENCLOSED
    body |= ndimage.gaussian_filter(body.astype(np.float32), PORES_MM / voxel) > MOSTLY
    depth = valley_depth(smooth, body, voxel, GAP_REACH_MM, WALL_MM, BONE_HU)
    top, middle, _ = curvatures(smooth, depth > GAP_DEPTH_HU)
    sheet = (top * scale > GAP_CURVATURE_HU) & (middle < 0.6 * top) & (depth > GAP_DEPTH_HU)
    return Tissue(box, smooth, bright, body, depth, without_specks(sheet, LEAST_GAP_MM3 / voxel**3))


def without_specks(inside: Booleans, least_voxels: float) -> Booleans:
    """The mask without its connected parts of fewer voxels."""
    labels, _ = ndimage.label(inside, np.ones((3, 3, 3)))
    keep = np.bincount(labels.ravel()) >= least_voxels
    keep[0] = False
    return np.asarray(keep[labels])
