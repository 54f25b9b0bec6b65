"""How thick the cortex was at the lesion: as the bone beside it tells, and as the other side of the body does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.measure.bone import RestoredShaft
from buttress.measure.cortex import CortexMap, fit_thickness, unroll_cortex
from buttress.measure.involvement import deepest_patch
from buttress.measure.mirrored import lay_other_side
from buttress.measure.thickness import ThicknessMap
from buttress.records.findings import Measure
from buttress.records.image import Volume

Floats = NDArray[np.float64]

TOLD_ERROR_MM = 0.2
"""Ours: how far a fitted thickness is off (docs/models/cortical-thickness.md), with real cortex's porous inner face."""
UNTOLD_MM = (0.85, 0.3)
"""Ours: where no cortex is thick enough to show its density, walls read up to this much too thick, or too thin."""
PATCH_MM = 5.0
DISEASED = 0.5
"""Ours: half of the cortex lost over a patch on the other side is a lesion there, or a fracture."""
LEAST_SEEN = 0.7
"""Ours: less of the other side's cortex fitted at the lesion's place says nothing of it."""
APART_MM, APART_SHARE = 0.8, 0.3
"""Ours: sides that differ by more than this beside the lesion already do not stand for each other."""


@dataclass(frozen=True, slots=True)
class ExpectedCortex:
    """Intact thickness at the lesion from the levels beside it, from the other side, and the second less the first.

    ``doubt`` says so where they differ by more than both may be off. ``other_side`` is the CT mirrored and laid over
    this bone, where its cortex may stand for this one's.
    """

    expected_mm: Measure
    mirrored_mm: Measure
    difference_mm: Measure
    doubt: str = ""
    other_side: Volume | None = None


def no_expected_cortex(reason: str, *, applicable: bool) -> ExpectedCortex:
    """Nothing to tell, and why."""
    absent = Measure.missing(reason, unit="mm", applicable=applicable)
    return ExpectedCortex(absent, absent, absent)


def expect_cortex(
    ct: Volume, shaft: RestoredShaft, cortex: CortexMap, own: ThicknessMap, *, sided: bool
) -> ExpectedCortex:
    """The intact cortex that the lesion's place should have, from the same bone and from its mirrored fellow."""
    at = cortex.near & cortex.affected[:, None]
    if not at.any():
        return no_expected_cortex("the lesion does not come within 3 mm of the cortex", applicable=True)
    expected = _expected(cortex, own, at)
    mirrored = _mirrored(ct, shaft, cortex, own, at) if sided else "this bone has no fellow on the other side"
    if isinstance(mirrored, str):
        absent = Measure.missing(mirrored, unit="mm", applicable=sided)
        return ExpectedCortex(expected, absent, absent)
    measure, other_side = mirrored
    difference, doubt = _difference(expected, measure)
    return ExpectedCortex(expected, measure, difference, doubt, other_side)


def _expected(cortex: CortexMap, own: ThicknessMap, at: NDArray[np.bool_]) -> Measure:
    value = float(np.median(cortex.intact_mm[at]))
    over, under = (TOLD_ERROR_MM, TOLD_ERROR_MM) if own.seen.told else UNTOLD_MM
    middle = float(np.mean(cortex.cortex_by_side_mm)) if cortex.cortex_by_side_mm else value
    taper = 0.5 * max((abs(mm - middle) for mm in cortex.cortex_by_side_mm), default=0.0)
    note = "" if own.seen.told else "no cortex thick enough to show its own density: the usual one was taken"
    return Measure(
        value=value,
        low=max(0.0, value - over - taper),
        high=value + under + taper,
        unit="mm",
        where="the cortex within 3 mm of the lesion",
        method="middle thickness of the intact cortex, blended from the sound levels on either side (fitted plate); "
        "interval: error of the fit, half of what the cortex tapers to either side",
        note=note,
    )


def _mirrored(
    ct: Volume, shaft: RestoredShaft, cortex: CortexMap, own: ThicknessMap, at: NDArray[np.bool_]
) -> tuple[Measure, Volume] | str:
    """The same from the other side with the CT laid over this one, or why that says nothing."""
    laid = lay_other_side(ct, shaft)
    if isinstance(laid, str):
        return laid
    fellow = unroll_cortex(laid.ct, shaft, None, 0.0)
    lost = deepest_patch(fellow, shaft.radius_mm, PATCH_MM)[0]
    if lost >= DISEASED:
        return f"the other side has a defect of its own at that place ({lost:.0%} of its cortex over {PATCH_MM:.0f} mm)"
    other = fit_thickness(laid.ct, shaft, fellow, 0.0)[1]
    there = other.thickness_mm[at]
    if np.mean(np.isfinite(there) & (there > 0)) < LEAST_SEEN:
        return "the other side's cortex could not be read at that place"
    apart = _apart(shaft, cortex, own, other, at)
    value = float(np.nanmedian(there))
    if apart > max(APART_MM, APART_SHARE * value):
        return f"the cortices of the two sides differ by {apart:.1f} mm beside the lesion already"
    off = max(TOLD_ERROR_MM, apart) if own.seen.told else max(UNTOLD_MM[0], apart)
    measure = Measure(
        value=value,
        low=max(0.0, value - off),
        high=value + off,
        unit="mm",
        where="the mirrored other side, at the lesion's place",
        method="middle thickness of the other side's cortex (fitted plate) where the lesion would lie on it, mirrored "
        "and laid over this bone; interval: how far the two sides differ at nine in ten of the sound levels",
        note=f"the two sides' HU beside the lesion correlate by {laid.alike:.2f}",
    )
    return measure, laid.ct


def _apart(
    shaft: RestoredShaft, cortex: CortexMap, own: ThicknessMap, other: ThicknessMap, at: NDArray[np.bool_]
) -> float:
    """How far the two sides differ beside the lesion, at the angles that it takes: nine in ten levels less; mm."""
    columns = at.any(axis=0)
    levels = shaft.sound & ~cortex.affected
    here, there = (np.nanmedian(one.thickness_mm[levels][:, columns], axis=1) for one in (own, other))
    return float(np.nanpercentile(np.abs(here - there), 90.0))


def _difference(expected: Measure, mirrored: Measure) -> tuple[Measure, str]:
    here, less, more = (float(number or 0.0) for number in (expected.value, expected.low, expected.high))
    there, least, most = (float(number or 0.0) for number in (mirrored.value, mirrored.low, mirrored.high))
    value = there - here
    low = value - float(np.hypot(there - least, more - here))
    high = value + float(np.hypot(most - there, here - less))
    measure = Measure(
        value=value,
        low=low,
        high=high,
        unit="mm",
        where="the cortex within 3 mm of the lesion",
        method="thickness on the mirrored other side less that expected from the levels beside the lesion; interval: "
        "both intervals, added as squares",
    )
    if low <= 0.0 <= high:
        return measure, ""
    return measure, (
        f"the cortex beside the lesion lets expect {here:.1f} mm there, the mirrored other side {there:.1f} mm"
    )
