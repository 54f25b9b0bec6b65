"""Draw a published ablation zone on the lesion: how much it covers, with which margin, and what it comes near."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.ablate.chart import (
    PLACING_ERROR,
    PLACING_ERROR_MM,
    has_published_spread,
    plan_ellipsoid,
    possible_ellipsoids,
)
from buttress.ablate.ellipsoid import Ellipsoid
from buttress.ablate.surface import extreme_points_mm, surface_points_mm
from buttress.evidence.source import Evidence
from buttress.numerics.grid import Points, voxel_indices
from buttress.records.findings import Measure, SeenLesion
from buttress.records.image import Mask
from buttress.records.plan import AblationStep, Plan
from buttress.records.zone import AblationZone

CRYO_LETHAL = Evidence(source="ahmed2019", place="Cryoablation: tumour death at -40 to -60 °C")


def draw_chart_zone(
    plan: Plan, seen: SeenLesion, structures: Mapping[str, Mask], wanted_margin_mm: float
) -> AblationZone:
    """The published zone of a plan's device drawn as an ellipsoid about its probe, and how it covers the lesion.

    ``structures`` are masks of what must be spared, by name. Nothing is simulated. Raises ``ValueError`` for a plan
    without ablation.
    """
    step = plan.ablation
    if step is None:
        raise ValueError(f"plan {plan.id} has no ablation to draw")
    drawn = plan_ellipsoid(step)
    target = points_within_mm(seen.lesion, wanted_margin_mm)
    return AblationZone(
        plan_id=plan.id,
        model="chart",
        criterion=f"{step.setting.criterion}; {step.setting.medium}",
        coverage_fraction=_covered(step, seen.lesion.points_mm(), "lesion voxels whose centre lies in the zone"),
        margin_mm=_least_margin(step, seen.lesion),
        covered_with_margin_fraction=_covered(
            step, target, f"lesion grown by {wanted_margin_mm:g} mm on the CT's grid"
        ),
        wanted_margin_mm=wanted_margin_mm,
        volume_ml=_volume(step),
        structure_clearances=tuple((name, clearance_mm(drawn, mask)) for name, mask in structures.items()),
        limits=_limits(step, seen, wanted_margin_mm),
        evidence=_sources(step),
    )


def points_within_mm(mask: Mask, margin_mm: float) -> Points:
    """Voxel centres within ``margin_mm`` of the mask's voxel centres (also beyond the grid's edge), ``(n, 3)``."""
    where = voxel_indices(mask.inside)
    pad = np.ceil(margin_mm / mask.grid.spacing_mm).astype(int) + 1
    start, stop = where.min(axis=0) - pad, where.max(axis=0) + 1 + pad
    inside = np.zeros(stop - start, dtype=bool)
    inside[tuple((where - start).T)] = True
    near = ndimage.distance_transform_edt(~inside, sampling=mask.grid.spacing_mm) <= margin_mm
    return mask.grid.to_mm(voxel_indices(near) + start)


def clearance_mm(zone: Ellipsoid, mask: Mask) -> float:
    """Least distance from the zone's surface to a structure, mm; negative where they overlap (and how deep)."""
    points = surface_points_mm(mask)
    if len(points) == 0:
        return float("inf")
    reach = np.linalg.norm(points - zone.centre_mm, axis=1)
    near = points[reach <= reach.min() + 2.0 * max(zone.half_width_mm, zone.half_length_mm)]
    return float(-zone.depth_mm(near).max())


def _covered(step: AblationStep, points: Points, method: str) -> Measure:
    shares = [float(zone.contains(points).mean()) for zone in possible_ellipsoids(step)]
    return _bounded(shares, "", method)


def _least_margin(step: AblationStep, lesion: Mask) -> Measure:
    points = extreme_points_mm(lesion)
    depths: list[NDArray[np.float64]] = [zone.depth_mm(points) for zone in possible_ellipsoids(step)]
    worst = points[int(np.argmin(depths[0]))]
    found = _bounded(
        [float(d.min()) for d in depths], "mm", "least signed distance from the lesion's surface to the zone's surface"
    )
    x, y, z = worst.tolist()
    return found.model_copy(update={"at_mm": (x, y, z), "where": "where the lesion comes nearest to the zone's edge"})


def _volume(step: AblationStep) -> Measure:
    found = _bounded([zone.volume_ml for zone in possible_ellipsoids(step)], "mL", "4/3 π a² c of the drawn ellipsoid")
    known = has_published_spread(step.setting)
    return found.model_copy(update={"note": "interval: published spread" if known else "no spread is published"})


def _bounded(values: list[float], unit: str, method: str) -> Measure:
    """The first value with the least and greatest of all."""
    return Measure(
        value=values[0],
        low=min(values),
        high=max(values),
        unit=unit,
        method=method,
        note=f"interval: published spread where there is one, probe {PLACING_ERROR_MM:g} mm off in any direction",
    )


def _limits(step: AblationStep, seen: SeenLesion, wanted_margin_mm: float) -> tuple[str, ...]:
    setting = step.setting
    found = [
        f"Drawn from a published chart ({setting.setting}; {setting.medium}), not simulated in this patient.",
        "Not validated in bone: cortex, marrow, blood flow and breaches change the real zone.",
        f"The edge is: {setting.criterion}.",
        "Centred on the lesion: where the zone lies along the shaft of this device is not known here.",
        f"The interval takes the probe to be {PLACING_ERROR_MM:g} mm off; it holds no error of segmentation.",
    ]
    if not has_published_spread(setting):
        found.append("The source gives no spread of this zone; the interval holds the placing error alone.")
    if step.modality == "cryoablation":
        found.append(
            "The paper puts tumour death at −40 °C or colder; that zone is smaller than the −30 °C edge drawn."
        )
    if step.modality == "cryoablation" and setting.length_mm.value == setting.width_mm.value:
        found.append("Only a diameter is published: drawn as a sphere (ours).")
    if _reaches_grid_edge(seen.lesion, wanted_margin_mm):
        found.append("The lesion with its margin reaches the edge of the image: structures beyond it are not seen.")
    return tuple(found)


def _reaches_grid_edge(lesion: Mask, margin_mm: float) -> bool:
    where = voxel_indices(lesion.inside)
    pad = np.ceil(margin_mm / lesion.grid.spacing_mm)
    return bool(np.any(where.min(axis=0) - pad < 0) or np.any(where.max(axis=0) + pad >= np.array(lesion.grid.shape)))


def _sources(step: AblationStep) -> tuple[Evidence, ...]:
    numbers = (step.setting.width_mm.evidence, step.setting.length_mm.evidence)
    unique = numbers[:1] if numbers[0] == numbers[1] else numbers
    return (*unique, PLACING_ERROR, *((CRYO_LETHAL,) if step.modality == "cryoablation" else ()))
