"""Which published zone to draw for a lesion: the smallest that covers it with its margin, by a stated rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from buttress.ablate.chart import zone_ellipsoid
from buttress.ablate.surface import extreme_points_mm
from buttress.ablate.zone import clearance_mm, points_within_mm
from buttress.library.load import load_devices
from buttress.numerics.grid import Points
from buttress.records.device import ChartZone, Device
from buttress.records.image import Mask

RULE = (
    "Zone chosen by rule, not by preference: among techniques without a stop, the smallest published zone that holds "
    "the lesion and its margin without reaching the skin or a structure to be spared; where none does, the one that "
    "keeps off them and holds most, if that is half or more; else the one that holds most (ours)."
)

WORTHWHILE_SHARE = 0.5
"""A zone that keeps off everything but holds less than this of lesion and margin gives way to others (ours)."""

UNPERFUSED = "ex vivo"
"""Zones of explanted tissue are not planned with: nothing there carries heat away (ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedZone:
    """One published zone on this lesion: least margin, share of lesion and margin held, volume, what it reaches."""

    device: Device
    setting: ChartZone
    margin_mm: float
    held_fraction: float
    volume_ml: float
    covers: bool
    reaches: tuple[str, ...]


def fit_zones(
    lesion: Mask,
    place: tuple[ArrayLike, ArrayLike],
    wanted_margin_mm: float,
    modalities: Iterable[str],
    spared: Mapping[str, Mask],
) -> tuple[FittedZone, ...]:
    """Every published zone of the given modalities, best first by the rule.

    ``place`` is the centre (LPS mm) and the unit axis; ``spared`` are masks that no zone should reach, skin included.
    """
    corners, target = extreme_points_mm(lesion), points_within_mm(lesion, wanted_margin_mm)
    allowed = set(modalities)
    fitted = [
        _fit(device, setting, corners, target, place, wanted_margin_mm, spared)
        for device in load_devices().values()
        if device.modality in allowed
        for setting in device.zones
        if not setting.medium.startswith(UNPERFUSED)
    ]
    return tuple(sorted(fitted, key=_by_rule))


def _fit(
    device: Device,
    setting: ChartZone,
    corners: Points,
    target: Points,
    place: tuple[ArrayLike, ArrayLike],
    wanted_margin_mm: float,
    spared: Mapping[str, Mask],
) -> FittedZone:
    zone = zone_ellipsoid(setting, *place)
    margin = float(zone.depth_mm(corners).min())
    held = float(np.mean(zone.contains(target)))
    reaches = tuple(name for name, mask in spared.items() if clearance_mm(zone, mask) < 0.0)
    return FittedZone(device, setting, margin, held, zone.volume_ml, margin >= wanted_margin_mm, reaches)


def _by_rule(zone: FittedZone) -> tuple[float, ...]:
    apart = not zone.reaches
    if apart and zone.covers:
        return (0.0, zone.volume_ml, zone.setting.probes)
    tier = 1.0 if apart and zone.held_fraction >= WORTHWHILE_SHARE else 2.0
    return (tier, -zone.held_fraction, -zone.margin_mm, zone.volume_ml)


def best_by_modality(zones: Iterable[FittedZone]) -> Mapping[str, FittedZone]:
    """The first zone of each modality, in the order of the rule."""
    best: dict[str, FittedZone] = {}
    for zone in zones:
        best.setdefault(zone.device.modality, zone)
    return best
