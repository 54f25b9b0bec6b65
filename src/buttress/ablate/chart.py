"""The zone of a plan as its device's chart draws it: an ellipsoid, and the ellipsoids it could also be."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from buttress.ablate.ellipsoid import Ellipsoid
from buttress.evidence.source import Evidence
from buttress.records.device import ChartZone
from buttress.records.number import Published
from buttress.records.plan import AblationStep

PLACING_ERROR_MM = 3.0
PLACING_ERROR = Evidence(
    source="busser2013",
    place="abstract, deviation from the target in a phantom",
    note="3.3 mm for in-plane CT guidance and 2.2 mm for double-angulated cone-beam CT; the round 3 mm is ours, "
    "and free-hand oblique paths did worse (6.7 mm)",
)


def zone_ellipsoid(setting: ChartZone, centre_mm: ArrayLike, axis: ArrayLike) -> Ellipsoid:
    """The published zone, centred and turned: width across ``axis``, length along it."""
    return Ellipsoid(
        np.asarray(centre_mm, dtype=float),
        np.asarray(axis, dtype=float),
        setting.width_mm.value / 2.0,
        setting.length_mm.value / 2.0,
    )


def plan_ellipsoid(step: AblationStep) -> Ellipsoid:
    """The zone of an ablation step as drawn."""
    return zone_ellipsoid(step.setting, step.centre_mm, step.axis)


def possible_ellipsoids(step: AblationStep) -> tuple[Ellipsoid, ...]:
    """The drawn zone first, then every published size (least, mean, greatest) with the probe 3 mm off in six ways."""
    drawn = plan_ellipsoid(step)
    sizes = [
        Ellipsoid(drawn.centre_mm, drawn.axis, width / 2.0, length / 2.0)
        for width, length in zip(_range(step.setting.width_mm), _range(step.setting.length_mm), strict=True)
    ]
    return (drawn, *(size.shifted(shift) for size, shift in product(sizes, _placing_shifts(drawn))))


def has_published_spread(setting: ChartZone) -> bool:
    """Whether the source gives a spread of the zone's width or length."""
    return any(number.low is not None or number.high is not None for number in (setting.width_mm, setting.length_mm))


def _range(number: Published) -> tuple[float, float, float]:
    low = number.value if number.low is None else number.low
    high = number.value if number.high is None else number.high
    return low, number.value, high


def _placing_shifts(zone: Ellipsoid) -> list[np.ndarray]:
    helper = np.eye(3)[int(np.argmin(np.abs(zone.axis)))]
    across = np.cross(zone.axis, helper)
    across = across / np.linalg.norm(across)
    frame = (zone.axis, across, np.cross(zone.axis, across))
    return [np.zeros(3), *(sign * PLACING_ERROR_MM * direction for direction in frame for sign in (-1.0, 1.0))]
