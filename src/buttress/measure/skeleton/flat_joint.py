"""The joint at the end of a long bone: a dark sheet across it, drawn on over the whole section, is where it ends.

At a knee the joint space shows under the condyles only; between and beside them soft tissue joins the two bones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.skeleton.bone_tissue import Tissue

Booleans = NDArray[np.bool_]

ENDED = ("femur", "tibia")
"""Bones that end at a knee or an ankle."""
THIN_MM = 7.5
"""Ours: a joint space is thinner than this along the bone; dark layers of a shaft's cortex run on along it."""
LEAST_AREA_MM2, LEAST_SHARE = 600.0, 0.35
"""Ours: two knees had 1300 and 1900 mm² or 0.6 of the section there; sheets between trabeculae at most 0.14."""
AROUND_MM = 20.0
"""Ours: the joint's edges lie this near to the space that shows."""
EVEN_MM = 4.5
"""Ours: the sheet drawn on is smoothed by this."""


def beyond_joints(tissue: Tissue, seat: Booleans) -> Booleans:
    """The voxels of bone beyond a joint that lies across the bone's length, seen from the seat."""
    beyond = np.zeros(tissue.body.shape, bool)
    if not tissue.body.any():
        return beyond
    axis = int(np.argmax(np.ptp(np.argwhere(tissue.body), axis=0)))
    gap, body, out = (np.moveaxis(mask, axis, 0) for mask in (tissue.gap, tissue.body, beyond))
    seat_at = float(np.argwhere(np.moveaxis(seat, axis, 0))[:, 0].mean())
    sheets, count = ndimage.label(_thin_along(gap, THIN_MM / tissue.voxel_mm), np.ones((3, 3, 3)))
    plane = np.arange(len(body))[:, None, None]
    for number in range(1, count + 1):
        sheet = sheets == number
        foot = sheet.any(axis=0)
        if foot.sum() * tissue.voxel_mm**2 < LEAST_AREA_MM2:
            continue
        height = _drawn_on((sheet * plane).sum(axis=0) / np.maximum(sheet.sum(axis=0), 1), foot, tissue.voxel_mm)
        near = ndimage.distance_transform_edt(~foot) * tissue.voxel_mm <= AROUND_MM
        section = np.take_along_axis(body, np.rint(height).astype(int)[None], axis=0)[0] & near
        if foot.sum() >= LEAST_SHARE * section.sum():
            side = 1.0 if height[foot].mean() > seat_at else -1.0
            out |= body & near & ((plane - height) * side >= 0.0)
    return beyond


def _thin_along(gap: Booleans, most: float) -> Booleans:
    """Those voxels of a mask whose run along the first axis is no longer than ``most`` voxels."""
    before, after = np.zeros(gap.shape, np.int16), np.zeros(gap.shape, np.int16)
    for k in range(len(gap)):
        before[k] = (before[k - 1] + 1 if k else 1) * gap[k]
        after[-1 - k] = (after[-k] + 1 if k else 1) * gap[-1 - k]
    return np.asarray(gap & (before + after - 1 <= most))


def _drawn_on(height: NDArray[np.float64], foot: Booleans, voxel_mm: float) -> NDArray[np.float64]:
    """Heights of a sheet over its foot carried on over the whole plane, evened."""
    nearest = ndimage.distance_transform_edt(~foot, return_distances=False, return_indices=True)
    return np.asarray(ndimage.gaussian_filter(height[tuple(nearest)], EVEN_MM / voxel_mm))
