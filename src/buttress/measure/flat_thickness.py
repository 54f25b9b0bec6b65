"""How much of a flat bone's thickness a lesion takes: ilium, scapula, sternum, a rib without an axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buttress.measure.place import slice_name
from buttress.numerics.grid import Points, voxel_indices
from buttress.numerics.resample import sample
from buttress.records.image import Mask
from buttress.records.measure import Measure

Floats = NDArray[np.float64]

STEP_MM, SPACING_MM = 0.5, 1.5
REACH_MM = 45.0
"""Ours: thicker bone than this is no plate."""
ABOUT_MM = 18.0
"""Ours: the plate's own direction is read from the bone this far about the lesion's middle."""
PATCH_MM = 3.0
"""Ours: loss is averaged over about one slice of 3 mm, so that one ray does not decide."""
OUTLINE_MM = 0.75
"""Ours: the lesion's outline is told to about this on either face."""
LEAST_FLAT = 1.3
"""Ours: where the bone is not at least this much wider than thick it is no plate, and its direction not told."""


def measure_thickness_loss(bone: Mask, lesion: Mask) -> Measure:
    """Greatest loss of thickness: 1 - bone left / restored thickness along the normal of the plate, 3 mm patches.

    ``bone`` is the restored envelope with the lesion inside, on the lesion's grid. The interval moves the lesion's
    outline by ``OUTLINE_MM`` on both faces and sets the restored thickness against that of the bone beside the lesion.
    """
    within = voxel_indices(lesion.inside & bone.inside)
    if len(within) == 0:
        return Measure.missing("the lesion lies outside the bone", unit="1")
    inside_mm = bone.grid.to_mm(within)
    middle = inside_mm.mean(axis=0)
    near = bone.points_mm()
    near = near[np.linalg.norm(near - middle, axis=1) <= ABOUT_MM]
    spread, axes = np.linalg.eigh(np.cov((near - near.mean(axis=0)).T)) if len(near) > 50 else (np.ones(3), np.eye(3))
    if spread[1] < LEAST_FLAT**2 * spread[0]:
        return Measure.missing("the bone is not flat here, so it has no one thickness", unit="1")
    seats, plane = _seats(inside_mm, middle, axes)
    along = np.arange(-REACH_MM / 2, REACH_MM / 2 + STEP_MM / 2, STEP_MM)
    points = seats[:, None, :] + along[:, None] * axes[:, 0]
    there = _run(sample(bone.inside, bone.grid, points, outside=0.0) >= 0.5)
    sick = sample(lesion.inside, lesion.grid, points, outside=0.0) >= 0.5
    whole, gone = there.sum(axis=1) * STEP_MM, (there & sick).sum(axis=1) * STEP_MM
    if not gone.any():
        return Measure.missing("no ray across the bone meets the lesion", unit="1")
    return _worst(seats, plane, whole, gone, bone)


def _seats(inside_mm: Points, middle: Points, axes: Floats) -> tuple[Points, Floats]:
    """Points of an even lattice in the plate's middle, under the lesion and 8 mm about it: LPS, and in the plane."""
    flat = (inside_mm - middle) @ axes[:, 1:]
    low, high = flat.min(axis=0) - 8.0, flat.max(axis=0) + 8.0
    u, v = np.meshgrid(*(np.arange(a, b + SPACING_MM, SPACING_MM) for a, b in zip(low, high, strict=True)))
    plane = np.stack([u.ravel(), v.ravel()], axis=-1)
    return middle + plane @ axes[:, 1:].T, plane


def _run(there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The run of bone about the middle of each ray: another wall further along is another bone."""
    half = there.shape[1] // 2
    forward = np.cumprod(there[:, half:], axis=1).astype(bool)
    back = np.cumprod(there[:, half::-1], axis=1).astype(bool)[:, ::-1]
    kept = np.zeros_like(there)
    kept[:, half:] = forward
    kept[:, : half + 1] |= back
    return kept


def _worst(seats: Points, plane: Floats, whole: Floats, gone: Floats, bone: Mask) -> Measure:
    """The patch with the greatest loss, and its interval."""
    sound = (gone == 0) & (whole > 0)
    beside = float(np.median(whole[sound])) if sound.sum() >= 5 else float(np.median(whole[whole > 0]))
    met = gone > 0
    apart = np.linalg.norm(plane[met][:, None] - plane[None, whole > 0], axis=2) <= PATCH_MM / 2 + 0.3
    left, full = (apart * (whole - gone)[whole > 0]).sum(axis=1), (apart * whole[whole > 0]).sum(axis=1)
    losses = 1.0 - left / np.maximum(full, STEP_MM)
    at = int(losses.argmax())
    value, thick = float(losses[at]), float(whole[met][at])
    moved = OUTLINE_MM * 2.0 / max(thick, 1.0)
    thicker = max(thick, beside)
    ends = sorted((value, 1.0 - (1.0 - value) * thick / thicker))
    x, y, z = seats[met][at].tolist()
    return Measure(
        value=value,
        low=max(0.0, ends[0] - moved),
        high=min(1.0, ends[1] + moved) if value < 1.0 else 1.0,
        unit="1",
        where=slice_name((x, y, z), bone.grid),
        at_mm=(x, y, z),
        method="1 - bone left / restored thickness along the plate's normal, worst 3 mm patch; interval: the lesion's "
        f"outline moved by {OUTLINE_MM:g} mm on both faces, and the thickness of the bone beside it",
        note=f"restored thickness {thick:.1f} mm here, {beside:.1f} mm beside the lesion",
    )
