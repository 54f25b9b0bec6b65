"""Corridors for screws as a reader says them, for the terminal and for paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buttress.records.corridor import Corridor, NearScrew, ScrewPath
from buttress.records.document import PointMm


def screw_words(path: ScrewPath, diameter_mm: float) -> str:
    """Size of a screw, from where to where, what holds it and how much bone is about it."""
    return (
        f"{diameter_mm:g} × {path.length_mm:g} mm from {point_words(path.entry_mm)} to {point_words(path.tip_mm)}; "
        f"holds {path.entry_anchorage_mm:.0f} mm before and {path.tip_anchorage_mm:.0f} mm behind the lesion; at least "
        f"{path.clearance_mm:.1f} mm of bone about the thread there"
    )


def point_words(point: PointMm) -> str:
    """A place in LPS mm, as ``--implant`` takes it."""
    return ",".join(f"{value:.0f}" for value in point)


def direction_words_of(corridor: Corridor) -> str:
    """Which way a corridor runs from its entry."""
    angle = corridor.angle_to_axis_deg
    tilt = "" if angle is None else f", {angle:.0f}° from the bone's long axis"
    return f"towards {corridor.direction}{tilt}" if corridor.direction else "direction not told"


def near_words(near: Sequence[NearScrew]) -> str:
    """The nearest joint, nerve and vessel, each with how well its place is known."""
    return "; ".join(map(_near, near)) or "no joint, nerve or vessel is known near it"


def corridor_lines(corridors: Sequence[Corridor]) -> Iterator[str]:
    """Each corridor with its screw, what lies near, and the pair along it."""
    for n, one in enumerate(corridors, start=1):
        yield f"{n}: {screw_words(one.screw, one.diameter_mm)}; {direction_words_of(one)}"
        yield f"   near: {near_words(one.near)}"
        if one.pair is None:
            yield f"   two parallel ones: {one.pair_note}"
            continue
        yield f"   two parallel ones, {one.pair.spacing_mm:.1f} mm apart:"
        yield from (f"   - {screw_words(path, one.pair.diameter_mm)}" for path in one.pair.screws)
        yield f"   - near: {near_words(one.pair.near)}"


def _near(one: NearScrew) -> str:
    if one.distance_mm > 0.0:
        told = f"{one.name} {'at most ' if one.is_at_most else ''}{one.distance_mm:.0f} mm"
    else:
        told = f"{one.name} TOUCHED"
    unsure = "" if one.uncertain_mm is None else f", it may lie {one.uncertain_mm:.0f} mm to any side"
    return f"{told} ({one.basis}{unsure})"
