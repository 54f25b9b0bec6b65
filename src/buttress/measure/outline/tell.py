"""Whether there is a lesion at all: a healthy bone has dark places too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.measure.outline.evidence import LARGEST_LOG_ODDS
from buttress.measure.outline.fit import INDEPENDENT_MM3, Fit
from buttress.measure.outline.local_bone import REACH_MM, STEP_MM, LocalBone
from buttress.numerics.distance import signed_distance_mm

Floats = NDArray[np.float32]
Booleans = NDArray[np.bool_]

NO_DEFECT = "no lytic defect could be told from the bone around it ({why}); give a box or a mask of the lesion"
DENSE_HU, GONE_HU = 400.0, 200.0
"""Ours: bone expected to be this dense and found this light is missing."""
LEAST_GAIN = 40.0
LEAST_PER_VOXEL = 0.5
LYTIC_HU = (-30.0, 150.0)
"""Ours: lytic metastases lie at 20-110 HU (note lesions.md); fat below is marrow, denser tissue is bone."""
MISSING = ((600.0, 0.15), (400.0, 0.3))
"""Ours: a lesion of which these shares were bone of at least so many HU is told by what is missing: the cortex of a
shaft, or the thinner one of a rib."""
DISTINCT = 4.2
"""Ours: in spongy bone a lesion is even and its bone brighter by this many of its own standard deviations. Healthy dark
places of real hips reached 3.9, drawn lesions 4.4 to 9.7 (docs/models/lesion-outline.md)."""
LEAST_CONTRAST_HU = 100.0
"""Ours: in spongy bone; healthy dark places that passed all else had 77 and 92 HU, drawn lesions from 105 HU."""
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
    missing: bool
    distinct: float


def tell_lesion(local: LocalBone, fit: Fit, chance: Floats, *, sure: bool = False) -> Told | str:
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
        missing=any(np.mean((expected > hu) & (local.hu[sick] < GONE_HU)) >= share for hu, share in MISSING),
        distinct=_distinct(local, sick),
    )
    why = "" if sure else _doubt(local, fit, told, sick)
    return NO_DEFECT.format(why=why) if why else told


def _doubt(local: LocalBone, fit: Fit, told: Told, sick: Booleans) -> str:
    """Why what was outlined about a click is no lesion, or nothing."""
    if told.gain < LEAST_GAIN or told.per_voxel < LEAST_PER_VOXEL:
        return "what differs from the bone expected there is little"
    if fit.lesion_hu > LYTIC_HU[1]:
        return f"at {fit.lesion_hu:.0f} HU it is not lytic"
    if fit.lesion_hu < LYTIC_HU[0]:
        return f"at {fit.lesion_hu:.0f} HU it is fatty marrow"
    if local.apart_mm[sick].max() >= REACH_MM or sick.sum() > LARGEST_SHARE * len(sick):
        return "what is dark there has no end nearby"
    if not told.missing and told.marrow_hu - fit.lesion_hu < LEAST_CONTRAST_HU:
        return "no cortex is missing, and what is dark there has little contrast"
    if not told.missing and told.distinct < DISTINCT:
        return "no cortex is missing, and what is dark there fades into the bone around"
    return ""


def _distinct(local: LocalBone, sick: Booleans) -> float:
    """How much brighter the bone 3-6 mm around is, in standard deviations within; both below the cortex."""
    box = local.on_box(sick.astype(np.float32)) > 0.5
    away = signed_distance_mm(box, STEP_MM)[tuple(local.index.T)]
    deep = local.depth_mm > 3.0
    within, around = deep & (away < -1.5), deep & (away > 3.0) & (away <= 6.0)
    if min(within.sum(), around.sum()) < 20:
        return 0.0
    middle = within & (away < -3.0)
    middle = middle if middle.sum() >= 20 else within
    brighter = np.clip(local.hu[around], -150.0, 400.0).mean() - local.hu[middle].mean()
    return float(brighter / max(1.0, float(local.hu[within].std())))
