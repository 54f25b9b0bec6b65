"""Whether there is a lesion at all: a healthy bone has dark places too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.measure.outline.evidence import LARGEST_LOG_ODDS
from buttress.measure.outline.fit import INDEPENDENT_MM3, Fit
from buttress.measure.outline.local_bone import REACH_MM, LocalBone

Floats = NDArray[np.float32]

NO_DEFECT = "no lytic defect could be told from the bone around it ({why}); give a box or a mask of the lesion"
DENSE_HU, GONE_HU = 400.0, 200.0
"""Ours: bone expected to be this dense and found this light is missing."""
LEAST_GAIN = 40.0
LEAST_PER_VOXEL = 0.5
LARGEST_SHARE = 0.5
"""Ours: what takes more of the bone nearby than this is the bone's own marrow."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What the outline rests on."""

    gain: float
    per_voxel: float
    missing_mm3: float
    marrow_hu: float
    unseen_fraction: float


def tell_lesion(local: LocalBone, fit: Fit, chance: Floats) -> Told | str:
    """What speaks for a lesion where ``chance`` ``(n,)`` is at least one half, or why none can be told."""
    sick = chance >= 0.5
    if not sick.any():
        return NO_DEFECT.format(why="nothing differs from the bone expected there")
    odds, expected = fit.odds[sick], fit.expected.hu[sick]
    deep = sick & (local.depth_mm > 6.0)
    told = Told(
        gain=float(odds.sum()) / INDEPENDENT_MM3,
        per_voxel=float(odds.mean()),
        missing_mm3=float(np.sum((expected > DENSE_HU) & (local.hu[sick] < GONE_HU) & (local.depth_mm[sick] > 1.0))),
        marrow_hu=float(np.median(fit.expected.hu[deep] if deep.any() else expected)),
        unseen_fraction=float(np.mean(odds < LARGEST_LOG_ODDS / 6)),
    )
    if told.gain < LEAST_GAIN or told.per_voxel < LEAST_PER_VOXEL:
        return NO_DEFECT.format(why="what differs from the bone expected there is little")
    if np.median(expected) < fit.lesion_hu and told.missing_mm3 == 0:
        return NO_DEFECT.format(why="it is denser than the bone around")
    if local.apart_mm[sick].max() >= REACH_MM or sick.sum() > LARGEST_SHARE * len(sick):
        return NO_DEFECT.format(why="what is dark there has no end nearby")
    return told
