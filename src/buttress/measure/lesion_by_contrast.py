"""A lesion of spongy bone by its darkness: a dark region about the seed with brighter bone around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.flat_bone import BOX_MM, envelope_mask, local_box
from buttress.numerics.grid import Grid, Points
from buttress.numerics.resample import resample_to
from buttress.records.image import Mask, Volume

REACH_MM = 40.0
"""Ours: a dark region that reaches further from the seed has no end that could be told; nine in ten lesions are shorter
than 48 mm in all (note lesions.md)."""
LEAST_CONTRAST_HU = 60.0
"""Ours: about twice the noise of the CTs at hand (14-33 HU); less contrast tells nothing."""
SMOOTHING_MM = 0.8
NECK_MM = 1.5
"""Ours: leaks through gaps narrower than 3 mm are cut."""
LARGEST_SHARE = 0.5
"""Ours: a dark region that takes more of the bone nearby than this is the bone's own marrow."""


@dataclass(frozen=True, slots=True, eq=False)
class DarkRegion:
    """A lesion drafted by contrast, on the CT's grid."""

    lesion: Mask
    note: str


def outline_by_contrast(ct: Volume, bone: Mask, seed_mm: Points) -> DarkRegion | None:
    """The dark region about the seed inside the bone, or ``None`` where contrast or an end is lacking."""
    box = local_box(ct.grid, seed_mm[None], REACH_MM + 5.0)
    inside = resample_to(bone.inside, bone.grid, box, outside=0.0) >= 0.5
    hu = ndimage.gaussian_filter(resample_to(ct.values, ct.grid, box, outside=-1000.0), SMOOTHING_MM / BOX_MM)
    apart = np.linalg.norm(_points(box) - seed_mm, axis=-1)
    core = (apart <= 3.0) & inside
    rim = (apart >= 10.0) & (apart <= 35.0) & inside
    if not core.any() or rim.sum() < 200:
        return None
    seed_hu, bone_hu = float(np.median(hu[core])), float(np.median(hu[rim]))
    if bone_hu - seed_hu < LEAST_CONTRAST_HU:
        return None
    grown = {share: _grow(hu < seed_hu + share * (bone_hu - seed_hu), inside, apart) for share in (1 / 2, 1 / 3, 2 / 3)}
    middle = grown[1 / 2]
    if middle is None or middle.sum() > LARGEST_SHARE * inside.sum():
        return None
    low, high = (g.sum() * BOX_MM**3 / 1000 if g is not None else None for g in (grown[1 / 3], grown[2 / 3]))
    spread = f"{'?' if low is None else f'{low:.1f}'} to {'no end' if high is None else f'{high:.1f} ml'}"
    note = (
        f"dark region about the seed ({seed_hu:.0f} HU against {bone_hu:.0f} HU around), half way: "
        f"{middle.sum() * BOX_MM**3 / 1000:.1f} ml ({spread} at one and two thirds)"
    )
    return DarkRegion(envelope_mask(Mask(box, middle), ct.grid), note)


def _points(box: Grid) -> Points:
    index = np.stack(np.meshgrid(*[np.arange(n) for n in box.shape], indexing="ij"), axis=-1)
    return box.to_mm(index)


def _grow(dark: NDArray[np.bool_], inside: NDArray[np.bool_], apart: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """The opened dark region nearest the seed (within 4 mm), or ``None`` where it reaches too far or there is none."""
    region = dark & inside
    eroded = ndimage.distance_transform_edt(region, sampling=BOX_MM) > NECK_MM
    labels, count = ndimage.label(eroded)
    if count == 0:
        return None
    nearest = ndimage.minimum(apart, labels, range(1, count + 1))
    best = int(np.argmin(nearest)) + 1
    if nearest[best - 1] > 4.0:
        return None
    kept = ndimage.distance_transform_edt(labels != best, sampling=BOX_MM) <= NECK_MM + 0.5
    kept &= region
    return None if apart[kept].max() >= REACH_MM else np.asarray(kept)
