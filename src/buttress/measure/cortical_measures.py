"""The cortical measures of a long bone as records: axial and circumferential involvement, destruction, breach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from buttress.measure.bone import RestoredShaft
from buttress.measure.cortex import LEAST_CORTEX_MM, CortexMap
from buttress.measure.involvement import (
    INVOLVED,
    SHIFTED,
    deepest_patch,
    longest_region_mm,
    longest_run_mm,
    smoothed,
    widest_ring_fraction,
)
from buttress.measure.place import section_name
from buttress.numerics.grid import Grid
from buttress.records.findings import Measure, Observation

PATCH_MM = 5.0
"""Ours: destruction is averaged over a patch about as wide as a cortex is thick, so that a vessel channel is none."""
BREACH_PATCH_MM = 3.0
BREACHED = 0.9
"""Ours: a patch of 3 mm whose mean loss is this high is through; blur leaves some HU in a hole."""
FLARE = 1.5
"""Ours: with cortices that differ by more than this from one side of the lesion to the other, the blend is a guess."""
EITHER_SIDE = "the sound bone of either side alone"
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


def _axial(cortex: CortexMap, shaft: RestoredShaft, grid: Grid, note: str) -> Measure:
    loss = smoothed(cortex.counted)
    value, level, column = longest_region_mm(loss, cortex.arc_mm, INVOLVED)
    most, least = (longest_region_mm(loss, cortex.arc_mm, t)[0] for t in SHIFTED)
    alone = [longest_region_mm(smoothed(one), cortex.arc_mm, INVOLVED)[0] for one in cortex.counted_by_one_side]
    at_one_angle = f"{longest_run_mm(loss, cortex.arc_mm, INVOLVED):.1f} mm at one fixed angle"
    tangent = shaft.bone.curve.tangents[level]
    half_voxel = 0.5 * float(np.linalg.norm((grid.directions.T @ tangent) * grid.spacing_mm))
    where, at = _place(shaft, level, column, grid)
    return Measure(
        value=value,
        low=max(0.0, min(value, least, *alone) - half_voxel),
        high=max(value, most, *alone) + half_voxel if max(most, *alone, 0.0) > 0 else 0.0,
        unit="mm",
        where=where if value > 0 else "all sections of the lesion",
        at_mm=at if value > 0 else None,
        method=f"extent along the bone's axis of one region with {LOSS}; "
        f"interval: 2/3 to 1/3, {EITHER_SIDE}, and half a voxel",
        note="; ".join(filter(None, (at_one_angle, note))),
    )


def _circumferential(cortex: CortexMap, shaft: RestoredShaft, grid: Grid, note: str) -> Measure:
    loss = smoothed(cortex.counted)
    value, level = widest_ring_fraction(loss, INVOLVED)
    most, least = (widest_ring_fraction(loss, t)[0] for t in SHIFTED)
    alone = [widest_ring_fraction(smoothed(one), INVOLVED)[0] for one in cortex.counted_by_one_side]
    where, at = _place(shaft, level, None, grid)
    # Half a voxel at either end of the arc, as a share of the ring.
    ring_mm = float(2 * np.pi * shaft.radius_mm[level].mean())
    ends = float(grid.spacing_mm.min()) / ring_mm if most > 0 else 0.0
    return Measure(
        value=value,
        low=max(0.0, min(value, least, *alone) - ends),
        high=min(1.0, max(value, most, *alone) + ends),
        unit="1",
        where=where if value > 0 else "all sections of the lesion",
        at_mm=at if value > 0 else None,
        method=f"largest share of the angle about the axis, in one normal section, with {LOSS}; "
        f"interval: 2/3 to 1/3, {EITHER_SIDE}, and half a voxel at either end",
        note=note,
    )


def _destruction(cortex: CortexMap, shaft: RestoredShaft, grid: Grid, note: str) -> Measure:
    value, level, column = deepest_patch(cortex, shaft.radius_mm, PATCH_MM)
    smaller, wider = (deepest_patch(cortex, shaft.radius_mm, PATCH_MM * f)[0] for f in (0.5, 2.0))
    where, at = _place(shaft, level, column, grid)
    return Measure(
        value=value,
        low=min(value, wider),
        high=max(value, smaller),
        unit="1",
        where=where if value > 0 else "all sections of the lesion",
        at_mm=at if value > 0 else None,
        method=f"greatest share of the cortex's mineral lost, over {PATCH_MM:.0f} mm; interval: half and twice that",
        note=note,
    )


def _breach(cortex: CortexMap, shaft: RestoredShaft, grid: Grid) -> Observation:
    value, level, column = deepest_patch(cortex, shaft.radius_mm, BREACH_PATCH_MM)
    return Observation(
        value=value >= BREACHED,
        where=_place(shaft, level, column, grid)[0] if value > 0 else "all sections of the lesion",
        method=f"at least {BREACHED:.0%} of the cortex's mineral gone over {BREACH_PATCH_MM:.0f} mm (our threshold)",
        note=f"deepest loss {value:.0%}",
    )
