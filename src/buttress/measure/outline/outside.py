"""What of a drafted lesion lies outside the bone: followed through its breach as far as fat shows where it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.outline.local_bone import grid_window
from buttress.numerics.grid import Grid
from buttress.numerics.resample import resample_to
from buttress.records.findings import Measure
from buttress.records.image import Mask, Volume

Booleans = NDArray[np.bool_]

STEP_MM = 1.0
LIMIT_MM = 25.0
"""Ours: followed no further from the lesion in the bone; what goes on beyond is muscle or another organ."""
TUMOUR_HU = (20.0, 110.0)
"""Lytic metastases (note lesions.md)."""
FAT_HU = -100.0
SOFT_HU = (-40.0, 200.0)
"""Half-way from fat to the palest tumour, and where bone begins (200 HU)."""
SMOOTH_MM = 1.0
"""Ours: against noise; fasciae and vessels thinner than that are not seen."""
NECK_MM = 1.5
"""Ours: half the thickness of strands (fascia, skin, vessels) that are no part of a tumour."""
SEAM_MM = 1.5
"""Ours: the outline in the bone may end this far below the surface and yet reach it."""
LEAST_DOOR_MM2 = 12.0
"""Ours: a smaller window is noise or a vessel's canal."""
LEAST_ML = 0.1
NO_BREACH = "the outline does not reach the surface of the bone"
NOT_TOLD = (
    "beside the breach lies tissue as dense as tumour that goes on for more than {limit:.0f} mm (muscle): no contrast "
    "to tell an extension by, so the outline stops at the bone's surface; at most {bound:.1f} ml lie within "
    "{limit:.0f} mm. Give a mask to have it measured"
)


@dataclass(frozen=True, slots=True, eq=False)
class Outside:
    """The part outside the bone, on the CT's grid (``None``: none was drawn), and its volume or why there is none."""

    part: Mask | None
    volume_ml: Measure


def outline_outside(ct: Volume, bone: Mask, lesion: Mask) -> Outside:
    """Follow a drafted lesion through the bone's surface into soft tissue, as far as fat bounds it.

    Tissue between fat and bone that joins the lesion through its breach is drawn when it ends within ``LIMIT_MM``;
    when it goes on, it cannot be told from muscle: the outline stops at the surface and the volume is missing, with
    the most it could be. ``bone`` (restored) and ``lesion`` (inside it) lie on the CT's grid.
    """
    points = lesion.points_mm()
    low, high = points.min(axis=0) - LIMIT_MM - 3.0, points.max(axis=0) + LIMIT_MM + 3.0
    window, near = grid_window(ct.grid, (low + high) / 2, float((high - low).max()) / 2)
    i, j, k = (np.ceil((high - low) / STEP_MM).astype(int) + 1).tolist()
    box = Grid.aligned((i, j, k), STEP_MM, low)
    hu = resample_to(ct.values[window], near, box, outside=-1000.0)
    inside, sick = (resample_to(m.inside[window], near, box, outside=0.0) >= 0.5 for m in (bone, lesion))
    door = _door(hu, inside, sick)
    if door.sum() * STEP_MM**2 < LEAST_DOOR_MM2:
        return Outside(None, _none(NO_BREACH))
    soft = _soft(hu, inside, SOFT_HU[0])
    joined = _joined(soft, door)
    apart = ndimage.distance_transform_edt(~sick, sampling=STEP_MM)
    ml = STEP_MM**3 / 1000.0
    within = joined & (apart <= LIMIT_MM)
    if np.any(joined & (apart > LIMIT_MM)) or _cut_off(joined, box, ct.grid):
        reason = NOT_TOLD.format(limit=LIMIT_MM, bound=within.sum() * ml)
        return Outside(None, Measure.missing(reason, unit="ml"))
    if within.sum() * ml < LEAST_ML or not TUMOUR_HU[0] <= float(np.median(hu[within])) <= TUMOUR_HU[1]:
        return Outside(None, _none("fat or bone lies at its breach, no tissue like a tumour", within.sum() * ml))
    return _drawn(ct.grid, box, bone, lesion, within, inside)


def _door(hu: NDArray[np.floating], inside: Booleans, sick: Booleans) -> Booleans:
    """Voxels just outside the bone where the lesion reaches its surface and no bone is left between."""
    beyond = ndimage.binary_dilation(inside) & ~inside
    near = ndimage.distance_transform_edt(~sick, sampling=STEP_MM) <= SEAM_MM
    return np.asarray(beyond & near & (hu < SOFT_HU[1]))


def _soft(hu: NDArray[np.floating], inside: Booleans, floor_hu: float) -> Booleans:
    """Tissue outside the bone, denser than fat and no bone, smoothed without the bone's own blur."""
    weight = (~inside).astype(np.float32)
    about = ndimage.gaussian_filter(np.clip(hu, -200.0, 300.0) * weight, SMOOTH_MM / STEP_MM)
    about /= np.maximum(ndimage.gaussian_filter(weight, SMOOTH_MM / STEP_MM), 1e-3)
    return np.asarray(~inside & (about > floor_hu) & (about < SOFT_HU[1]))


def _joined(soft: Booleans, door: Booleans) -> Booleans:
    """The soft tissue that joins the door by more than a strand."""
    core = ndimage.distance_transform_edt(soft, sampling=STEP_MM) > NECK_MM
    labels, count = ndimage.label(core)
    if count == 0:
        return np.zeros_like(soft)
    reached = np.unique(labels[ndimage.distance_transform_edt(~(door & soft)) <= NECK_MM + 1.0])
    own = np.isin(labels, reached[reached > 0])
    if not own.any():
        return np.zeros_like(soft)
    return np.asarray(soft & (ndimage.distance_transform_edt(~own, sampling=STEP_MM) <= NECK_MM + 0.5))


def _cut_off(joined: Booleans, box: Grid, images: Grid) -> bool:
    """Whether it goes on beyond the images."""
    index = images.to_index(box.to_mm(np.argwhere(joined)))
    return bool(np.any((index < 1.0) | (index > np.array(images.shape) - 2.0)))


def _none(why: str, at_most_ml: float = 0.0) -> Measure:
    return Measure(
        value=0.0,
        low=0.0,
        high=float(at_most_ml),
        unit="ml",
        where="surface of the bone at the lesion",
        method="soft tissue joined to the drafted lesion through its breach, as far as fat bounds it",
        note=why,
    )


def _drawn(grid: Grid, box: Grid, bone: Mask, lesion: Mask, within: Booleans, inside: Booleans) -> Outside:
    """The part on the CT's grid and its volume; interval: its surface one voxel in and out."""
    ml = STEP_MM**3 / 1000.0
    small, large = ndimage.binary_erosion(within), ndimage.binary_dilation(within) & ~ndimage.binary_erosion(inside)
    window, near = grid_window(grid, box.to_mm((np.array(box.shape) - 1) / 2), float(max(box.shape)) * STEP_MM / 2)
    filled = within | inside  # so that resampling leaves no gap along the surface
    found = (resample_to(filled, box, near, outside=0.0) >= 0.5) & ~bone.inside[window]
    close = resample_to(ndimage.binary_dilation(within), box, near, outside=0.0) >= 0.5
    part = np.zeros(grid.shape, dtype=bool)
    part[window] = found & close & ~lesion.inside[window]
    mask = Mask(grid, part)
    volume = mask.volume_ml
    measure = Measure(
        value=volume,
        low=min(volume, float(small.sum() * ml)),
        high=max(volume, float(large.sum() * ml)),
        unit="ml",
        where="outside the restored bone",
        method="tissue between fat and bone joined to the drafted lesion through its breach; interval: its surface "
        "1 mm in and out",
        note=f"drawn by the program: it ends against fat within {LIMIT_MM:.0f} mm; to be checked by eye",
    )
    return Outside(mask, measure)
