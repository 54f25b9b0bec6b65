"""Whether something estimated, not seen, lies near: told only where its uncertainty leaves no doubt."""

from __future__ import annotations

from collections.abc import Iterable

from buttress.assess.patient_facts import known, unknown
from buttress.records.findings import Clearance
from buttress.records.score import Fact


def near_by_estimate(without: Fact, told: Iterable[Clearance], limit_mm: float) -> Fact:
    """The fact ``without`` estimates, or what they add to it.

    A structure whose whole interval lies within the limit is near; one whose interval holds the limit makes the fact
    unknown, with the estimate as its reason; all beyond the limit makes it false only where nothing else was known.
    """
    guesses = sorted(
        (c.distance_mm.value, c.distance_mm.low or 0.0, c.distance_mm.high or c.distance_mm.value, c.name)
        for c in told
        if c.basis == "estimated" and c.distance_mm.value is not None
    )
    if not guesses:
        return without
    sure = [g for g in guesses if g[2] <= limit_mm]
    maybe = [g for g in guesses if g[1] <= limit_mm < g[2]]
    if sure:
        return known(without.name, True, "derived", _words(sure[0]))
    if maybe:
        return unknown(without.name, f"{_words(maybe[0])}, our limit is {limit_mm:g} mm")
    return known(without.name, False, "derived", _words(guesses[0])) if without.value is None else without


def _words(guess: tuple[float, float, float, str]) -> str:
    value, low, high, name = guess
    return f"{name} estimated, not seen, at {value:.0f} mm [{low:.0f} to {high:.0f}]"
