"""What each voxel says: more like the lesion, or like the bone that should be there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.outline.local_bone import LocalBone
from buttress.numerics.trilinear import at_points

Floats = NDArray[np.float32]
Booleans = NDArray[np.bool_]

LAYERS_MM = (0.5, 1.5, 2.5, 3.5, 4.5, 6.0, 8.0, 11.0)
"""Ours: bone at like depth is alike; what is expected is linear between these depths, which are close together near
the surface, where the cortex is."""
NEAR_MM, FAR_MM, FAR_WEIGHT = 5.0, 14.0, 0.03
"""Ours: the bone expected at a voxel is that at like depth about this far; the far look fills in where a large lesion
leaves nothing near."""
BLOCK = 4
"""Ours: means are worked out on blocks of 4 mm."""
LEAST_SD_HU = 12.0
"""Ours: the quietest CT at hand has a noise of 14 HU."""
MISFIT = 0.15
"""Ours: of the contrast; cortex of like depth differs by about this much from place to place."""
LARGEST_LOG_ODDS = 3.0
"""Ours: one voxel never says more than twenty to one."""
UNSURE_HU = 30.0
"""Ours: the expected HU is this unsure; less contrast says little, however many voxels show it."""
AIR_HU = -200.0
"""Below fat: no bone, but air or a filled field of view within its outline."""
UNSEEN = 0.05
"""Ours: where nothing is seen, the smaller lesion is the likelier one."""
SKIN_MM = 1.0
"""Ours: the outermost millimetre holds muscle by partial volume and says nothing for a lesion."""


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """The bone as it should be, per voxel ``(n,)``: mean HU and its standard deviation."""

    hu: Floats
    sd: Floats


def expect_bone(local: LocalBone, trusted: Booleans) -> Expected:
    """The HU expected at each voxel of the bone from ``trusted`` voxels ``(n,)`` at like depth nearby."""
    trusted = trusted & (local.hu > AIR_HU)
    hu, variance = np.zeros_like(local.hu), np.zeros_like(local.hu)
    shares = list(_layer_shares(local.depth_mm))
    for share in shares:
        here = share > 0
        hu[here] += share[here] * _mean_nearby(local, np.where(trusted, share, 0.0), here)
    left = np.abs(local.hu - hu)
    for share in shares:
        known = trusted & (share > 0.3)
        middle = 1.4826 * float(np.median(left[known])) if known.sum() >= 20 else 100.0
        variance += share * max(LEAST_SD_HU, middle) ** 2
    return Expected(hu, np.sqrt(variance))


def _layer_shares(depth_mm: Floats) -> Iterator[Floats]:
    """How much each voxel belongs to each layer; the shares of a voxel add up to one."""
    for k in range(len(LAYERS_MM)):
        peak = np.eye(len(LAYERS_MM))[k]
        yield np.interp(depth_mm, LAYERS_MM, peak).astype(np.float32)


def _mean_nearby(local: LocalBone, weights: Floats, wanted: Booleans) -> Floats:
    """Weighted mean of the bone about each wanted voxel, Gaussian of two widths."""
    sums = [local.block_sums(values, BLOCK) for values in (weights, weights * local.hu)]
    weight, total = (
        ndimage.gaussian_filter(a, NEAR_MM / BLOCK, truncate=3.0)
        + FAR_WEIGHT * ndimage.gaussian_filter(a, FAR_MM / BLOCK, truncate=3.0)
        for a in sums
    )
    everywhere = float(sums[1].sum() / max(sums[0].sum(), 1e-9))
    mean = np.where(weight > 1e-4, total / np.maximum(weight, 1e-9), everywhere)
    at = (local.index[wanted] - (BLOCK - 1) / 2) / BLOCK
    return np.asarray(at_points(mean, np.eye(3, 4), at, np.nan))


def log_odds(local: LocalBone, expected: Expected, lesion_hu: float, lesion_sd: float, trusted: Booleans) -> Floats:
    """Log odds of lesion against bone at each voxel of the bone ``(n,)``.

    Two normal densities of equal spread: zero half-way between the lesion and the bone expected there, none where the
    two are alike. A voxel denser than both is bone. Where ``trusted`` bone itself looks like lesion at some depth (a
    skewed layer), that much is taken off there.
    """
    contrast = lesion_hu - expected.hu
    spread = np.maximum(expected.sd, lesion_sd) ** 2 + (MISFIT * contrast) ** 2
    odds = (local.hu - expected.hu - contrast / 2) * contrast / spread
    odds *= contrast**2 / (contrast**2 + UNSURE_HU**2)
    odds = np.clip(odds, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)
    odds[local.hu > np.maximum(lesion_hu, expected.hu) + 3.0 * np.sqrt(spread)] = -1.0
    for share in _layer_shares(local.depth_mm):
        known = trusted & (share > 0.3)
        if known.sum() >= 20:
            odds -= share * max(0.0, float(odds[known].mean()))
    odds -= UNSEEN
    odds[local.hu < AIR_HU] = 0.0
    skin = local.depth_mm < SKIN_MM
    odds[skin] = 0.5 * np.minimum(odds[skin], 0.0)
    return np.asarray(odds, dtype=np.float32)
