"""A tumour that lies on a long bone over so much of it that no healthy level is left beside it: touch is no inroad."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.bone import RestoredShaft, restore_shaft
from buttress.measure.bone_axis import LongBone, follow_axis
from buttress.measure.straightened import BONE_HU, CLOSING_MM
from buttress.numerics.grid import Grid, Points, voxel_indices
from buttress.records.image import Mask, Volume

TOUCHING_MM = 3.0
"""Ours: bone within this distance of the lesion is touched (the lesion's outline and the bone's are a voxel apart)."""
MOSTLY_OUTSIDE = 0.1
"""Ours: a lesion with more of it than this inside the bone lies in it, not on it (the two real ones: 1 %)."""
ENDS = 0.3
"""Ours: an oblique shaft leaves the field of view over about a section's width at either end."""
CLOSED_NOTE = (
    "the lesion lies on the bone over more than can be compared with bone beside it, and {inside:.0%} of it inside the "
    "bone's outline; the cortex is a closed ring at each of the {levels} levels followed along it ({span:.0f} mm), so "
    "no involvement is read. A shallow erosion from outside would not show in this"
)


def shaft_touched(ct: Volume, lesion: Mask) -> tuple[RestoredShaft, str] | None:
    """The shaft under a tumour that wraps it, when its ring is closed wherever it was followed; and a note.

    ``None`` where the lesion lies in the bone, where no shaft can be followed, or where a touched level is open: then
    there is no telling what is lost without bone beside it.
    """
    window, grid = _about(ct.grid, lesion)
    sick = lesion.inside[window]
    bone = _bone_touched(ct.values[window], sick, grid)
    if bone is None or (bone & sick).sum() > MOSTLY_OUTSIDE * sick.sum():
        return None
    touched = bone & _within(sick, TOUCHING_MM, grid)
    anchor = _anchor(bone, touched, grid)
    found = follow_axis(ct, anchor, anchor + 3.0 * np.vstack([np.eye(3), -np.eye(3)]))
    if found is None or not _closed(found, grid.to_mm(np.argwhere(touched))):
        return None
    shaft = restore_shaft(found, (-0.5, 0.5))
    if shaft is None:
        return None
    levels = np.flatnonzero(found.sections.sound)
    span = float(found.curve.arc_mm[levels[-1]] - found.curve.arc_mm[levels[0]])
    inside = float((bone & sick).sum() / sick.sum())
    return shaft, CLOSED_NOTE.format(inside=inside, levels=len(levels), span=span)


def _about(grid: Grid, lesion: Mask) -> tuple[tuple[slice, ...], Grid]:
    """Window of the lesion and 40 mm around it (a femur's width), and its grid."""
    index = voxel_indices(lesion.inside)
    reach = np.ceil(40.0 / grid.spacing_mm).astype(int)
    low, high = np.maximum(0, index.min(axis=0) - reach), np.minimum(grid.shape, index.max(axis=0) + reach + 1)
    return tuple(slice(a, b) for a, b in zip(low, high, strict=True)), grid.crop(low, high)


def _bone_touched(hu: NDArray[np.float32], sick: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_] | None:
    """The bone, filled slice by slice, that shares most voxels with the lesion's neighbourhood."""
    steps = max(1, round(CLOSING_MM / float(grid.spacing_mm[:2].mean())))
    pad = steps + 1
    filled = np.zeros(hu.shape, dtype=bool)
    for k in range(hu.shape[2]):
        closed = ndimage.binary_closing(np.pad(hu[:, :, k] > BONE_HU, pad), iterations=steps)
        filled[:, :, k] = ndimage.binary_fill_holes(closed)[pad:-pad, pad:-pad]
    labels, count = ndimage.label(ndimage.binary_opening(filled))
    shared = np.bincount(labels[_within(sick, TOUCHING_MM, grid)], minlength=count + 1)
    shared[0] = 0
    return np.asarray(labels == shared.argmax()) if shared.max() > 0 else None


def _within(inside: NDArray[np.bool_], by_mm: float, grid: Grid) -> NDArray[np.bool_]:
    return np.asarray(ndimage.distance_transform_edt(~inside, sampling=grid.spacing_mm) <= by_mm)


def _anchor(bone: NDArray[np.bool_], touched: NDArray[np.bool_], grid: Grid) -> Points:
    """Middle of the bone in the slice that halves the contact."""
    levels = np.argwhere(touched)[:, 2]
    middle = int(np.median(levels))
    return grid.to_mm([*ndimage.center_of_mass(bone[:, :, middle]), middle])


def _closed(found: LongBone, touched_mm: Points) -> bool:
    """Whether every touched level between the first and the last sound one is a closed ring of the bone.

    Beyond them the section leaves the field of view, or the joint begins; that must be a small part (``ENDS``).
    """
    arc = found.curve.arc_of(touched_mm)
    levels = (found.curve.arc_mm >= arc.min()) & (found.curve.arc_mm <= arc.max())
    seen = levels & found.sections.filled.any(axis=(1, 2))
    sound = np.flatnonzero(found.sections.sound & seen)
    if len(sound) < (1.0 - ENDS) * seen.sum() or len(sound) == 0:
        return False
    return bool(found.sections.sound[sound[0] : sound[-1] + 1].all())
