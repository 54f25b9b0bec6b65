"""Additive scores of prognosis: points from conditions, as an interval with its gaps. Advisory, never a gate."""

from __future__ import annotations

from collections.abc import Sequence

from buttress.assess.evaluate import Facts, answer, is_known, undecided
from buttress.assess.facts import describe
from buttress.library.load_rules import load_points
from buttress.records.points import PointItem, PointScore
from buttress.records.score import Band, Fact, Score, ScoreItem


def score_prognosis(key: str, facts: Facts) -> Score:
    """The score ``rules/scores/<key>.toml``: what every item can bring, the bands that remain, what would narrow it."""
    table = load_points(key)
    found = [(item, *possible_points(item, facts)) for item in table.items]
    low, high = sum(min(points) for _, points, _ in found), sum(max(points) for _, points, _ in found)
    bands = tuple(band for band in table.bands if band.low <= high and low <= band.high)
    return Score(
        key=key,
        title=table.title,
        applicable="YES",
        low=low,
        high=high,
        out_of=table.out_of,
        items=tuple(_item(item, points, gaps, facts) for item, points, gaps in found),
        bands=bands,
        summary=_summary(low, high, bands, table),
        missing=tuple(dict.fromkeys(facts[name].label for _, _, gaps in found for name in gaps)),
        caveats=table.caveats,
        evidence=table.evidence,
        subject="prognosis",
    )


def possible_points(item: PointItem, facts: Facts) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """All points the item may still bring, and the facts to ask for: levels from the top to the first that holds."""
    points: list[int] = []
    gaps: list[str] = []
    for level in item.levels:
        held = answer(level.when, facts)
        points += [level.points] if held != "NO" else []
        if held == "YES":
            break
        gaps += undecided(level.when, facts) if held == "CANNOT_TELL" else ()
    else:
        points.append(item.otherwise)
    return tuple(points), tuple(dict.fromkeys(gaps))


def _item(item: PointItem, points: tuple[int, ...], gaps: tuple[str, ...], facts: Facts) -> ScoreItem:
    shown = [facts[name] for name in item.shows]
    known = [fact for fact in shown if is_known(fact)]
    return ScoreItem(
        name=item.name,
        label=item.label,
        finding=_finding(shown, known),
        low=min(points),
        high=max(points),
        origin=known[0].origin if known else "unknown",
        where=known[0].where if len(shown) == 1 and known else "",
        note=f"Asked: {', '.join(facts[name].label for name in gaps)}" if gaps else "",
    )


def _finding(shown: Sequence[Fact], known: Sequence[Fact]) -> str:
    if len(shown) == 1:
        return describe(shown[0])
    return "; ".join(f"{fact.label.partition(' (')[0]} {describe(fact)}" for fact in known) or "unknown"


def _summary(low: int, high: int, bands: Sequence[Band], table: PointScore) -> str:
    span = f"{low}" if low == high else f"{low} to {high}"
    told = "; ".join(f"{band.label}: {band.risk}" if band.risk else f"band {band.label}" for band in bands)
    told = "every band remains possible" if len(bands) == len(table.bands) else told
    return f"{span} of {table.out_of} points, more is {table.higher_is} ({told})."
