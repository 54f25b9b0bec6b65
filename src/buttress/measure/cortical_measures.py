"""The cortical measures of a long bone as records: axial and circumferential involvement, destruction, breach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.measure.bone import RestoredShaft
from buttress.measure.cortex import LEAST_CORTEX_MM, CortexMap
from buttress.measure.involvement import (
    INVOLVED,
    deepest_patch,
    longest_region_mm,
    longest_run_mm,
    smoothed,
    widest_ring_fraction,
)
from buttress.measure.place import section_name
from buttress.numerics.grid import Grid
from buttress.records.findings import Measure, Observation

Floats = NDArray[np.float64]

PATCH_MM = 5.0
"""Ours: destruction is averaged over a patch about as wide as a cortex is thick, so that a vessel channel is none."""
BREACH_PATCH_MM = 3.0
BREACHED = 0.9
"""Ours: a patch of 3 mm whose mean loss is this high is through; blur leaves some HU in a hole."""
FLARE = 1.5
"""Ours: with cortices that differ by more than this from one side of the lesion to the other, the blend is a guess."""
LOSS_ERROR = 0.05
"""Ours: how far the loss itself is off (docs/validation/measure.md): noise, partial volume, the lesion's own HU."""
PATCH_ERROR = 0.04
"""Ours: the same for the mean over a patch."""
VOXEL_SHARE = 0.3
ARC_VOXELS = 0.45
"""Ours: how far the ends of the lesion are off, in voxels: along the axis (both ends together) and around it."""
THIN_MM = 2.0
"""Ours: behind thinner cortex spongy bone holds a good part of what looks like cortical mineral."""
OTHER_DEPTHS = (1 / 3, 2 / 3)
"""Ours: no source says which depth of loss counts; the note says what these would give."""
OFF = f"loss {LOSS_ERROR:.2f} off either way"
EITHER_SIDE = "other references (the sound bone of either side alone; the fitted plate where cortex is thin)"
LOSS = "loss of 1/2 of the cortex's mineral against the sound levels beside the lesion"


@dataclass(frozen=True, slots=True)
class CorticalMeasures:
    """What the unrolled cortex says."""

    axial_mm: Measure
    circumferential_fraction: Measure
    destruction_fraction: Measure
    breach: Observation
    doubt: str = ""


def measure_cortex(cortex: CortexMap, shaft: RestoredShaft, grid: Grid) -> CorticalMeasures:
    """Read the cortical measures off the map, each with its interval and place."""
    note = _doubt(cortex)
    return CorticalMeasures(
        _axial(cortex, shaft, grid, note),
        _circumferential(cortex, shaft, grid, note),
        _destruction(cortex, shaft, grid, note),
        _breach(cortex, shaft, grid),
        note,
    )


def _doubt(cortex: CortexMap) -> str:
    """What makes the bone beside the lesion a poor stand-in for the bone at the lesion."""
    if cortex.one_sided:
        return "only one side of the lesion shows sound bone to compare with"
    thin, thick = min(cortex.cortex_by_side_mm), max(cortex.cortex_by_side_mm)
    if thick <= FLARE * thin:
        return ""
    other = f"{thin:.1f} mm" if thin >= LEAST_CORTEX_MM else "too thin to be read"
    here = f"the bone flares here, its cortex is {thick:.1f} mm beyond one end of the lesion"
    return f"a rough guide: {here} and {other} beyond the other"


def _place(shaft: RestoredShaft, level: int, column: int | None, grid: Grid) -> tuple[str, tuple[float, float, float]]:
    curve = shaft.bone.curve
    at = curve.points_mm[level]
    if column is not None:
        angle = shaft.angles_rad[column]
        outward = np.cos(angle) * curve.u[level] + np.sin(angle) * curve.v[level]
        at = at + shaft.radius_mm[level, column] * outward
    return section_name(float(curve.arc_mm[level]), at, grid), (float(at[0]), float(at[1]), float(at[2]))


def _spread(cortex: CortexMap, read: Callable[[Floats, float], float], loss_error: float) -> tuple[float, float]:
    """Least and most that a reading takes when the loss is off by ``loss_error``, and when its reference is another.

    ``read`` takes a counted map of loss and a threshold. Other references are the sound bone of either side alone, and
    the fitted plate where cortex is thin.
    """
    values = [read(cortex.counted, INVOLVED + off) for off in (-loss_error, 0.0, loss_error)]
    values += [read(cortex.count(other), INVOLVED) for other in _other_losses(cortex)]
    return min(values), max(values)


def _other_losses(cortex: CortexMap) -> tuple[Floats, ...]:
    """Loss against other references than the blend of both sides."""
    thin = cortex.loss_by_plate is not None and _intact_mm(cortex) < THIN_MM
    plate = (cortex.loss_by_plate,) if thin and cortex.loss_by_plate is not None else ()
    return (*cortex.loss_by_one_side, *plate)


def _intact_mm(cortex: CortexMap) -> float:
    """Middle thickness of the intact cortex by the lesion, mm."""
    counted = cortex.near & cortex.affected[:, None]
    return float(np.median(cortex.intact_mm[counted])) if counted.any() else 0.0


def _axial(cortex: CortexMap, shaft: RestoredShaft, grid: Grid, note: str) -> Measure:
    loss = smoothed(cortex.counted)
    value, level, column = longest_region_mm(loss, cortex.arc_mm, INVOLVED)
    least, most = _spread(cortex, lambda c, t: longest_region_mm(smoothed(c), cortex.arc_mm, t)[0], LOSS_ERROR)
    others = [longest_region_mm(loss, cortex.arc_mm, t)[0] for t in OTHER_DEPTHS]
    at_one_angle = f"{longest_run_mm(loss, cortex.arc_mm, INVOLVED):.1f} mm at one fixed angle"
    depths = f"{others[0]:.1f} mm with a third lost, {others[1]:.1f} mm with two thirds"
    tangent = shaft.bone.curve.tangents[level]
    voxel = float(np.linalg.norm((grid.directions.T @ tangent) * grid.spacing_mm))
    where, at = _place(shaft, level, column, grid)
    return Measure(
        value=value,
        low=max(0.0, least - VOXEL_SHARE * voxel),
        high=most + VOXEL_SHARE * voxel if most > 0 else 0.0,
        unit="mm",
        where=where if value > 0 else "all sections of the lesion",
        at_mm=at if value > 0 else None,
        method=f"extent along the bone's axis of one region with {LOSS}; interval: {OFF}, {EITHER_SIDE}, "
        f"and {VOXEL_SHARE:.1f} voxel",
        note="; ".join(filter(None, (depths, at_one_angle, note))),
    )


def _circumferential(cortex: CortexMap, shaft: RestoredShaft, grid: Grid, note: str) -> Measure:
    loss, ring = smoothed(cortex.counted), cortex.ring_share
    value, level = widest_ring_fraction(loss, INVOLVED, ring)
    least, most = _spread(cortex, lambda c, t: widest_ring_fraction(smoothed(c), t, ring)[0], LOSS_ERROR)
    others = [widest_ring_fraction(loss, t, ring)[0] for t in OTHER_DEPTHS]
    depths = f"{others[0]:.0%} with a third lost, {others[1]:.0%} with two thirds"
    where, at = _place(shaft, level, None, grid)
    ring_mm = float(2 * np.pi * shaft.radius_mm[level].mean())
    ends = ARC_VOXELS * float(np.cbrt(np.prod(grid.spacing_mm))) / ring_mm if most > 0 else 0.0
    return Measure(
        value=value,
        low=max(0.0, least - ends),
        high=min(1.0, most + ends),
        unit="1",
        where=where if value > 0 else "all sections of the lesion",
        at_mm=at if value > 0 else None,
        method=f"largest share of the angle about the section's centroid, in one normal section, with {LOSS}; "
        f"interval: {OFF}, {EITHER_SIDE}, and {ARC_VOXELS:.1f} voxel of arc",
        note="; ".join(filter(None, (depths, note))),
    )


def _destruction(cortex: CortexMap, shaft: RestoredShaft, grid: Grid, note: str) -> Measure:
    value, level, column = deepest_patch(cortex, shaft.radius_mm, PATCH_MM)
    others = [deepest_patch(cortex, shaft.radius_mm, PATCH_MM, loss)[0] for loss in _other_losses(cortex)]
    smaller, wider = (deepest_patch(cortex, shaft.radius_mm, PATCH_MM * f)[0] for f in (0.5, 2.0))
    where, at = _place(shaft, level, column, grid)
    return Measure(
        value=value,
        low=max(0.0, min([value, *others]) - PATCH_ERROR),
        high=min(1.0, max([value, *others]) + PATCH_ERROR) if value > 0 else 0.0,
        unit="1",
        where=where if value > 0 else "all sections of the lesion",
        at_mm=at if value > 0 else None,
        method=f"greatest mean share of the cortex's mineral lost over {PATCH_MM:.0f} x {PATCH_MM:.0f} mm of the "
        f"bone's surface; interval: {PATCH_ERROR:.2f} off either way, {EITHER_SIDE}",
        note="; ".join(filter(None, (f"{smaller:.0%} over half that patch, {wider:.0%} over twice", note))),
    )


def _breach(cortex: CortexMap, shaft: RestoredShaft, grid: Grid) -> Observation:
    value, level, column = deepest_patch(cortex, shaft.radius_mm, BREACH_PATCH_MM)
    return Observation(
        value=value >= BREACHED,
        where=_place(shaft, level, column, grid)[0] if value > 0 else "all sections of the lesion",
        method=f"at least {BREACHED:.0%} of the cortex's mineral gone over {BREACH_PATCH_MM:.0f} mm (our threshold)",
        note=f"deepest loss {value:.0%}",
    )
