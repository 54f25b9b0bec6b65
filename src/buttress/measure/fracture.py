"""Whether the shaft at a lesion is already broken: a gap through every wall that is left, or a step in the outline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.bone import RestoredShaft
from buttress.measure.place import section_name
from buttress.numerics.sections import outermost_crossing, sample_sections
from buttress.records.findings import Observation
from buttress.records.image import Volume

Floats = NDArray[np.float64]

DEPTHS_MM = np.arange(-6.0, 11.01, 0.5)
"""Depths under the restored surface at which walls are looked for: a fragment shifted by up to 5 mm stays within."""
WALL_HU = 250.0
"""Ours: mineral counted is what lies above this: marrow, muscle, blood and tumour stay below."""
BEYOND_MM = 10.0
"""Ours: a pathological fracture runs through its lesion; planes are tried up to this far beyond its ends."""
BESIDE_MM = (4.0, 11.0)
"""Ours: a wall is compared with itself this far above and below the plane."""
LEFT = 0.35
"""Ours: where less than this of the healthy wall's mineral is left on either side, the lesion has taken the wall and it
tells nothing of a fracture."""
TILTS = np.arange(-1.2, 1.21, 0.2)
"""Ours: planes up to 50 degrees off the normal of the axis, by the tangent."""
LEAST_WALL_DEG = 108.0
"""Ours: with less than 30 % of the ring left, nothing tells a fracture from the lesion's own hole."""
GAP, EVEN = 0.2, 0.1
STEPPED_GAP, STEPPED_EVEN, STEP_MM, KINK_DEG = 0.15, 0.05, 1.5, 5.0
"""Ours: chosen on the breaks and the sound shafts that docs/models/fracture-seen.md lists."""
LEAST_OUTLINE = 0.4
"""Ours: where the outer edge is read at fewer of the angles on both sides of the plane, it is no shaft there (a joint
space, a shoulder blade), and a gap is none of the shaft's."""
SMOOTH_COLUMNS, SMOOTH_LEVELS = 2.0, 0.7


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a break: the least dip along the best plane through the walls left, and the step across it.

    ``dip`` is the share of mineral missing along the plane (mean over the walls left), ``even_dip`` its lower tenth;
    ``step_mm`` the sideways step between the outlines above and below, ``kink_deg`` the angle between them (NaN where
    too little of them is read);
    ``wall_deg`` how much wall is left on that plane to judge by, ``least_wall_deg`` at the lesion's worst level.
    """

    dip: float
    even_dip: float
    step_mm: float
    kink_deg: float
    wall_deg: float
    least_wall_deg: float
    level: int


def observe_fracture(ct: Volume, shaft: RestoredShaft | None, no_shaft: str = "") -> Observation:
    """Whether the shaft seems broken at the lesion: *possible* only, with the signs, the place and the doubt.

    Yes where the walls left are interrupted along one plane all around, or less so with a step or kink of the outline.
    A crack without a gap of about a voxel, a break away from the lesion or in spongy bone is not seen this way.
    """
    if shaft is None:
        return Observation.missing(f"a fracture was not looked for: {no_shaft}")
    signs = read_signs(ct, shaft)
    if signs is None:
        return Observation.missing("a fracture was not looked for: too little of the shaft is in view here")
    if np.isnan(signs.step_mm):
        return Observation.missing("a fracture cannot be told: the outline is not read at the weakest plane")
    curve = shaft.bone.curve
    where = section_name(float(curve.arc_mm[signs.level]), curve.points_mm[signs.level], ct.grid)
    told = (
        f"along the worst plane {signs.dip:.0%} of the mineral of the walls left is missing ({signs.even_dip:.0%} at "
        f"their soundest tenth); step {signs.step_mm:.1f} mm, kink {signs.kink_deg:.0f} degrees; "
        f"{signs.wall_deg:.0f} of 360 degrees of wall left to judge by"
    )
    broken = is_broken(signs)
    if not broken and signs.least_wall_deg < LEAST_WALL_DEG:
        left = f"{signs.least_wall_deg:.0f} of 360 degrees"
        return Observation.missing(f"a fracture cannot be told: at one level hardly any wall is left ({left})")
    return Observation(
        value=broken,
        where=where,
        method=f"one plane across the shaft with {GAP:.0%} of the wall's mineral missing and {EVEN:.0%} all around; or "
        f"{STEPPED_GAP:.0%} with a step of {STEP_MM:g} mm or a kink of {KINK_DEG:g} degrees (ours). Possible only: "
        "a person must look",
        note=told,
    )


def is_broken(signs: Signs) -> bool:
    """Whether the signs together speak for a break."""
    if signs.wall_deg < LEAST_WALL_DEG or np.isnan(signs.step_mm):
        return False
    gap = signs.dip >= GAP and signs.even_dip >= EVEN
    stepped = signs.step_mm >= STEP_MM or signs.kink_deg >= KINK_DEG
    return gap or (stepped and signs.dip >= STEPPED_GAP and signs.even_dip >= STEPPED_EVEN)


def read_signs(ct: Volume, shaft: RestoredShaft) -> Signs | None:
    """The plane across the shaft near the lesion along which its walls are most interrupted, and the step there.

    ``None`` where too little of the shaft is in view to either side.
    """
    curve = shaft.bone.curve
    radii = np.maximum(shaft.radius_mm[..., None] - DEPTHS_MM, 0.0)
    hu = sample_sections(ct.values, ct.grid, curve, shaft.angles_rad, radii).astype(np.float64)
    seen = np.isfinite(hu).all(axis=-1) & (shaft.radius_mm > 0)
    mineral = np.where(seen, np.clip(np.nan_to_num(hu) - WALL_HU, 0.0, None).sum(axis=-1), np.nan)
    mineral = _smoothed(mineral)
    above, below, dip = _dips(mineral, curve.arc_mm)
    low, high = shaft.affected_mm
    levels = np.flatnonzero(
        (curve.arc_mm >= max(low - BEYOND_MM, curve.arc_mm[0] + BESIDE_MM[1]))
        & (curve.arc_mm <= min(high + BEYOND_MM, curve.arc_mm[-1] - BESIDE_MM[1]))
    )
    if len(levels) == 0:
        return None
    whole = _healthy(mineral, shaft)
    wall = (np.fmin(above, below) >= LEFT * whole) & np.isfinite(dip)
    edge = _outline(hu, shaft)
    return _best(dip, wall, edge, shaft, levels)


def _smoothed(values: Floats) -> Floats:
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    sigma = (SMOOTH_LEVELS, SMOOTH_COLUMNS)
    mode = ("nearest", "wrap")
    weight = ndimage.gaussian_filter(known.astype(float), sigma, mode=mode)
    mean = ndimage.gaussian_filter(filled, sigma, mode=mode) / np.maximum(weight, 1e-6)
    return np.where(known, mean, np.nan)


def _dips(mineral: Floats, arc_mm: Floats) -> tuple[Floats, Floats, Floats]:
    """Median wall mineral just above and just below every level, and the share missing against the lesser of them."""
    step = float(np.diff(arc_mm).mean())
    near, far = (round(b / step) for b in BESIDE_MM)
    above, below = np.full_like(mineral, np.nan), np.full_like(mineral, np.nan)
    with np.errstate(all="ignore"):
        for level in range(far, len(mineral) - far):
            above[level] = np.median(mineral[level - far : level - near + 1], axis=0)
            below[level] = np.median(mineral[level + near : level + far + 1], axis=0)
        lesser = np.fmin(above, below)
        dip = np.where(lesser > 0, 1.0 - mineral / lesser, np.nan)
    return above, below, dip


def _healthy(mineral: Floats, shaft: RestoredShaft) -> Floats:
    """Wall mineral of the sound levels beside the lesion, at every angle: their median."""
    arc = shaft.bone.curve.arc_mm
    beside = shaft.sound & ((arc < shaft.affected_mm[0]) | (arc > shaft.affected_mm[1]))
    near = beside & (arc > shaft.affected_mm[0] - 25.0) & (arc < shaft.affected_mm[1] + 25.0)
    rows = mineral[near if near.any() else beside]
    known = np.isfinite(rows).any(axis=0)
    return np.asarray(np.where(known, np.nanmedian(np.where(known, rows, 0.0), axis=0), np.nan))


def _outline(hu: Floats, shaft: RestoredShaft) -> Floats:
    """Distance from the axis to the outer face of the wall as it is seen, at half height; NaN where there is none."""
    inward = hu[..., ::-1]  # towards growing radius
    radius = shaft.radius_mm[..., None] - DEPTHS_MM[::-1]
    peak = np.nan_to_num(hu, nan=-1000.0).max(axis=-1)
    half = 0.5 * (peak + 40.0)
    crossing = outermost_crossing(np.nan_to_num(inward, nan=-1000.0), DEPTHS_MM - DEPTHS_MM[0], half)
    edge = radius[..., 0] + crossing
    return np.where(peak > 2.0 * WALL_HU, edge, np.nan)


def _best(dip: Floats, wall: NDArray[np.bool_], edge: Floats, shaft: RestoredShaft, levels: NDArray[np.intp]) -> Signs:
    """The plane with the greatest mean dip along the walls left."""
    widest = ndimage.maximum_filter1d(np.nan_to_num(dip, nan=0.0), 3, axis=0)
    radius = float(np.median(shaft.radius_mm[levels][shaft.radius_mm[levels] > 0]))
    step = float(np.diff(shaft.bone.curve.arc_mm).mean())
    columns = np.arange(len(shaft.angles_rad))
    best: tuple[float, float, float, int, NDArray[np.intp]] | None = None
    for a in TILTS:
        for b in TILTS:
            if np.hypot(a, b) > TILTS[-1] + 1e-9:
                continue
            shift = radius * (a * np.cos(shaft.angles_rad) + b * np.sin(shaft.angles_rad)) / step
            rows = np.clip(np.rint(levels[:, None] + shift).astype(int), 0, len(dip) - 1)
            here, there = widest[rows, columns], wall[rows, columns]
            share = there.mean(axis=1)
            mean = np.where(there, here, 0.0).sum(axis=1) / np.maximum(1, there.sum(axis=1))
            mean = np.where(share * 360.0 >= LEAST_WALL_DEG, mean, -1.0)
            at = int(np.argmax(mean))
            if best is None or mean[at] > best[0]:
                even = float(np.percentile(here[at][there[at]], 10)) if there[at].any() else 0.0
                best = (float(mean[at]), even, 360.0 * float(share[at]), int(levels[at]), rows[at])
    assert best is not None
    offset, kink = _step(edge, best[4], shaft)
    least = float(360.0 * wall[levels].mean(axis=1).min())
    return Signs(best[0], best[1], offset, kink, best[2], least, best[3])


def _step(edge: Floats, rows: NDArray[np.intp], shaft: RestoredShaft) -> tuple[float, float]:
    """Sideways step and kink of the outline across a plane: lines through the edge above and below, angle by angle.

    The jump is fitted by a shift of the whole outline, so that a hole on one side does not look like a step.
    """
    arc, angles = shaft.bone.curve.arc_mm, shaft.angles_rad
    jumps, slopes = np.full(len(angles), np.nan), np.full(len(angles), np.nan)
    for column, row in enumerate(rows):
        at = arc[row]
        sides = []
        for near in ((arc >= at - 12.0) & (arc <= at - 3.0), (arc >= at + 3.0) & (arc <= at + 12.0)):
            known = near & np.isfinite(edge[:, column])
            if known.sum() >= 6:
                sides.append(np.polyfit(arc[known] - at, edge[known, column], 1))
        if len(sides) == 2:
            jumps[column], slopes[column] = sides[1][1] - sides[0][1], sides[1][0] - sides[0][0]
    known = np.isfinite(jumps)
    if known.sum() < len(angles) * LEAST_OUTLINE:
        return np.nan, np.nan
    return _shift(angles[known], jumps[known]), float(np.degrees(np.arctan(_shift(angles[known], slopes[known]))))


def _shift(angles: Floats, values: Floats) -> float:
    """Size of the shift that best explains radial changes: the first harmonic, outliers down-weighted."""
    design = np.stack([np.ones_like(angles), np.cos(angles), np.sin(angles)], axis=1)
    weight = np.ones_like(values)
    fit: Floats = np.zeros(3)
    for _ in range(5):
        fit = np.asarray(np.linalg.lstsq(design * weight[:, None], values * weight, rcond=None)[0])
        miss = np.abs(values - design @ fit)
        scale = max(1e-3, 1.5 * float(np.median(miss)))
        weight = 1.0 / np.sqrt(1.0 + (miss / scale) ** 2)
    return float(np.hypot(fit[1], fit[2]))
