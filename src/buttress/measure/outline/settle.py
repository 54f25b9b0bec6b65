"""From the shape to voxels: near it they follow their own evidence and their neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.outline.ellipsoid import Ellipsoid, likely_ellipsoids
from buttress.measure.outline.fit import Fit
from buttress.measure.outline.local_bone import LocalBone

Floats = NDArray[np.float32]

SAMPLES = 24
SAMPLE_SEED = 0
COUPLING, COUPLING_MM, ROUNDS = 2.0, 1.5, 5
"""Ours: how strongly a voxel follows those within about 1.5 mm."""
STRONGEST_PRIOR = 5.0
"""Ours: the shape alone never says more than 150 to one."""
CALIBRATED = (0.55, 0.85)
"""Ours: offset and slope of the log odds, fitted on the eight drawn lesions of even seeds and checked on the others
(docs/models/lesion-outline.md): neighbours that follow each other are too sure, and a lesion thins before it shows."""
SURFACE_MM = (-0.5, 1.0)
"""Ours: outlines of drawn lesions missed by this much, more often inwards: a lesion thins the bone before it shows."""
STEEP_PER_MM = 1.0
"""Ours: log odds of the shape per mm inside it; real lesions leave the ellipsoid by a millimetre or two."""


def settle(local: LocalBone, fit: Fit) -> tuple[Floats, list[Ellipsoid]]:
    """Probability of lesion on the box ``[i, j, k]`` (mean field of a smooth binary map), and the likely shapes."""
    shapes = likely_ellipsoids(fit.problem, fit.shape, SAMPLES, SAMPLE_SEED)
    share = np.mean([_sigmoid(STEEP_PER_MM * s.depth_mm(local.points_mm)) for s in shapes], axis=0)
    prior = np.clip(np.log(share + 1e-4) - np.log(1.0 - share + 1e-4), -STRONGEST_PRIOR, STRONGEST_PRIOR)
    own = local.on_box(prior + fit.odds, -20.0)
    inside = local.on_box(np.ones(len(local.hu)))
    weight = np.maximum(ndimage.gaussian_filter(inside, COUPLING_MM, truncate=3.0), 1e-3)
    chance = inside * _sigmoid(own)
    for _ in range(ROUNDS):
        about = ndimage.gaussian_filter(chance, COUPLING_MM, truncate=3.0) / weight
        chance = inside * _sigmoid(own + 2.0 * COUPLING * (2.0 * about - 1.0))
    return chance.astype(np.float32), shapes


def calibrated(chance: Floats) -> Floats:
    """Probabilities that were lesion as often as they say; what is impossible stays so."""
    odds = np.log(np.maximum(chance, 1e-6)) - np.log(np.maximum(1.0 - chance, 1e-6))
    return np.where(chance > 0, _sigmoid(CALIBRATED[0] + CALIBRATED[1] * odds), 0.0).astype(np.float32)


def volumes_ml(
    local: LocalBone, fit: Fit, shapes: list[Ellipsoid], volume_ml: float, unseen: float
) -> tuple[float, float]:
    """Volumes (low, high, ml) that a drawn lesion of ``volume_ml`` may have.

    The likely shapes' 5th and 95th percentile; the surface ``SURFACE_MM`` further in or out, as for a ball of that
    volume; and the share ``unseen`` of the lesion that shows no contrast, half of it less or more.
    """
    voxel_ml = local.grid.voxel_volume_ml
    found = [np.sum(STEEP_PER_MM * s.depth_mm(local.points_mm) + fit.odds > 0) * voxel_ml for s in shapes]
    radius = (3000.0 * volume_ml / (4.0 * np.pi)) ** (1 / 3)
    moved = [max(0.0, 1.0 + mm / radius) ** 3 for mm in SURFACE_MM]
    low = min(float(np.percentile(found, 5.0)), volume_ml * moved[0] * (1.0 - unseen / 2.0))
    high = max(float(np.percentile(found, 95.0)), volume_ml * moved[1] * (1.0 + unseen / 2.0))
    return low, high


def _sigmoid(x: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0))))
