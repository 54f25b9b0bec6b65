"""Break a bone through its lesion: the distal piece moves and tilts, a gap opens, soft tissue follows and fades out.

Only for pictures and for the question "is there a fracture": the numbers of ``lesion_truth`` are those of the unbroken
bone. Partial volume at the fracture is the share of each voxel on either side of the (rough) plane.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage as ndi
from scipy.spatial.transform import Rotation

from buttress.numerics.grid import Grid
from buttress.phantom.fine_grid import Floats, positions_mm, random_field, sample
from buttress.phantom.lytic_lesion import in_plane_blur, scan_noise
from buttress.records.image import Mask, Volume

FADE_MM = 25.0  # ours: soft tissue this far from the bone stays where it was
RAMP_MM = 8.0  # ours: outside the bone the step at the plane is smeared over this length


@dataclass(frozen=True, slots=True)
class FractureSpec:
    """A fracture plane through ``point_mm`` and how the distal piece moved (LPS mm, degrees about ``hinge``)."""

    point_mm: tuple[float, float, float]
    distal: tuple[float, float, float]
    gap_mm: float = 1.5
    shift_mm: tuple[float, float, float] = (0.0, 2.0, 0.0)
    angle_deg: float = 3.0
    hinge: tuple[float, float, float] = (1.0, 0.0, 0.0)
    roughness_mm: float = 0.8
    hu_mean: float = 45.0
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Break:
    """Where each voxel's tissue came from (index on the same grid) and its share of the three regions."""

    grid: Grid
    source: Floats
    proximal: Floats
    distal: Floats
    gap: Floats

    def moved(self, mask: Mask) -> Mask:
        """A structure after the break; the gap belongs to it where it did on both sides."""
        before = mask.inside.astype(np.float64)
        after = sample(before, self.source)
        share = self.proximal * before + self.distal * after + self.gap * np.minimum(before, after)
        return Mask(self.grid, share > 0.5)


def break_bone(bone: Mask, spec: FractureSpec) -> Break:
    """The break of ``bone`` (unbroken, filled) by ``spec``."""
    grid = bone.grid
    places = positions_mm(grid)
    distal = np.array(spec.distal) / np.linalg.norm(spec.distal)
    rough = spec.roughness_mm * random_field(grid, 4.0, np.random.default_rng(spec.seed))
    depth = (places - np.array(spec.point_mm)) @ distal + rough
    outside = ndi.distance_transform_edt(~bone.inside, sampling=grid.spacing_mm)
    source = _source(grid, places, spec, distal, _follow(depth, outside))
    width = float(np.abs(distal @ grid.directions) @ grid.spacing_mm)
    near = in_plane_blur(np.clip(0.5 - depth / width, 0.0, 1.0), grid)
    far = in_plane_blur(np.clip(0.5 + (depth - spec.gap_mm) / width, 0.0, 1.0), grid)
    solid = in_plane_blur((outside == 0).astype(np.float64), grid)
    gap = np.clip(1.0 - near - far, 0.0, 1.0) * solid
    return Break(grid, source, near, np.clip(1.0 - near - gap, 0.0, 1.0), gap)


def _follow(depth: Floats, outside: Floats) -> Floats:
    """How far tissue follows the distal piece, 0-1: fully in the bone, fading with distance, smeared at the plane."""
    fade = np.clip(1.0 - outside / FADE_MM, 0.0, 1.0)
    ramp = np.clip(0.5 + depth / RAMP_MM, 0.0, 1.0)
    loose = np.clip(outside / 3.0, 0.0, 1.0)
    return np.asarray(fade**2 * (3.0 - 2.0 * fade) * ((1.0 - loose) + loose * ramp))


def _source(grid: Grid, places: Floats, spec: FractureSpec, distal: Floats, follow: Floats) -> Floats:
    turn = Rotation.from_rotvec(np.deg2rad(spec.angle_deg) * np.array(spec.hinge) / np.linalg.norm(spec.hinge))
    pivot = np.array(spec.point_mm)
    there = places - pivot - np.array(spec.shift_mm) - spec.gap_mm * distal
    back = there @ turn.as_matrix() + pivot  # row vectors times R are R^T times columns: the inverse turn
    return grid.to_index(places + follow[..., None] * (back - places))


def broken_volume(ct: Volume, bone: Mask, broken: Break, spec: FractureSpec) -> Volume:
    """The CT after the break: tissue moved by cubic interpolation (noise kept), blood and tumour in the gap."""
    rng = np.random.default_rng(spec.seed + 1)
    moved = sample(ct.values, broken.source, order=3)
    filling = spec.hu_mean + scan_noise(ct, bone, rng)
    values = broken.proximal * ct.values + broken.distal * moved + broken.gap * filling
    return Volume(ct.grid, np.round(np.clip(values, -1024.0, 3071.0)).astype(np.float32), ct.quantity)
