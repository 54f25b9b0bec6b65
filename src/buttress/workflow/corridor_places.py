"""Corridors for screws in the patient's terms: which way they run, and which joint, nerve and vessel is nearest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from buttress.ablate.region import SparedStructure
from buttress.measure.surroundings.directions import Side, direction_words
from buttress.numerics.grid import Points
from buttress.planning.approach import angle_to_axis
from buttress.records.corridor import Corridor, NearScrew, ScrewPath
from buttress.records.findings import ESTIMATED, SeenLesion
from buttress.records.strength import Strength
from buttress.reinforce.leaks import KINDS


def with_places(
    strength: Strength, seen: SeenLesion, spared: Mapping[str, SparedStructure], side: Side
) -> Strength:  # fmt: skip
    """The same with the direction and the surroundings of each corridor."""
    told = tuple(_placed(one, seen, spared, side) for one in strength.corridors)
    return strength.model_copy(update={"corridors": told})


def _placed(corridor: Corridor, seen: SeenLesion, spared: Mapping[str, SparedStructure], side: Side) -> Corridor:
    along = np.array(corridor.screw.tip_mm) - np.array(corridor.screw.entry_mm)
    along /= np.linalg.norm(along)
    axis, pair = seen.findings.bone_axis, corridor.pair
    if pair is not None:
        pair = pair.model_copy(update={"near": _nearest(seen, spared, pair.screws, pair.diameter_mm / 2)})
    return corridor.model_copy(
        update={
            "direction": direction_words(along, side),
            "angle_to_axis_deg": None if axis is None else angle_to_axis(axis, along),
            "near": _nearest(seen, spared, (corridor.screw,), corridor.diameter_mm / 2),
            "pair": pair,
        }
    )


def _nearest(
    seen: SeenLesion, spared: Mapping[str, SparedStructure], paths: Sequence[ScrewPath], radius_mm: float
) -> tuple[NearScrew, ...]:  # fmt: skip
    """The nearest of each kind that cement must not reach either, in the order of the kinds."""
    found = sorted(_all_near(seen, spared, paths, radius_mm), key=lambda one: one.distance_mm)
    by_kind = (next((one for one in found if one.kind == kind), None) for kind in KINDS)
    return tuple(one for one in by_kind if one is not None)


def _all_near(
    seen: SeenLesion, spared: Mapping[str, SparedStructure], paths: Sequence[ScrewPath], radius_mm: float
) -> Iterator[NearScrew]:  # fmt: skip
    for name, one in spared.items():
        if one.kind in KINDS and one.mask.inside.any():
            voxel_mm = float(np.linalg.norm(one.mask.grid.spacing_mm)) / 2
            distance = _distance_mm(one.mask.points_mm(), paths) - voxel_mm - radius_mm
            estimate = seen.estimated.get(name)
            yield NearScrew(
                name=name,
                kind=one.kind,
                distance_mm=max(0.0, distance),
                basis="given mask" if one.is_seen else "estimated",
                uncertain_mm=None if estimate is None else estimate.uncertain_mm,
            )
    for near in seen.findings.nearby:
        if (
            near.kind in KINDS
            and near.nearest_mm is not None
            and not {near.name, f"{near.name}{ESTIMATED}"} & spared.keys()
        ):
            distance = _distance_mm(np.array([near.nearest_mm]), paths) - radius_mm
            yield NearScrew(
                name=near.name, kind=near.kind, distance_mm=max(0.0, distance), basis=near.basis, is_at_most=True
            )


def _distance_mm(points: Points, paths: Sequence[ScrewPath]) -> float:
    """The least distance of points ``(n, 3)`` to the middle lines of screws."""
    return min(_to_line_mm(points, np.array(one.entry_mm), np.array(one.tip_mm)) for one in paths)


def _to_line_mm(points: Points, entry: Points, tip: Points) -> float:
    along = tip - entry
    share = np.clip((points - entry) @ along / float(along @ along), 0.0, 1.0)
    return float(np.linalg.norm(points - entry - share[:, None] * along, axis=1).min())
