"""Additive scores of prognosis: points from conditions, as an interval with its gaps. Advisory, never a gate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from buttress.assess.evaluate import Facts, Question, is_known, question_of
from buttress.assess.facts import describe
from buttress.assess.performance import published_performance
from buttress.library.load_rules import load_points
from buttress.records.points import PointItem, PointScore
from buttress.records.score import Band, Fact, Origin, Score, ScoreItem


def score_prognosis(key: str, facts: Facts) -> Score:
    """The score ``rules/scores/<key>.toml``: what every item can bring, the bands that remain, what would narrow it."""
    table = load_points(key)
    found = [(item, *possible_points(item, levels, facts)) for item, levels in _items(key)]
    low, high = sum([least for _, (least, _), _ in found]), sum([most for _, (_, most), _ in found])
    bands = tuple([band for band in table.bands if band.low <= high and low <= band.high])
    return _blank(key).model_copy(
        update={
            "low": low,
            "high": high,
            "items": tuple([_item(item, reach, gaps, facts) for item, reach, gaps in found]),
            "bands": bands,
            "summary": _summary(low, high, bands, table),
            "missing": tuple(dict.fromkeys([facts[name].label for _, _, gaps in found for name in gaps])),
        }
    )


@lru_cache(maxsize=8)
def _blank(key: str) -> Score:
    """The score as the library knows it, before any patient."""
    table = load_points(key)
    return Score(
        key=key,
        title=table.title,
        applicable="YES",
        out_of=table.out_of,
        summary="",
        caveats=table.caveats,
        evidence=table.evidence,
        subject="prognosis",
        **published_performance(key),
    )


Levels = tuple[tuple[int, Question], ...]
"""Points, and the question that earns them."""


@lru_cache(maxsize=8)
def _items(key: str) -> tuple[tuple[PointItem, Levels], ...]:
    """Each item with the questions of its levels made ready."""
    return tuple(
        (item, tuple((level.points, question_of(level.when)) for level in item.levels))
        for item in load_points(key).items
    )


Reach = tuple[int, int]
"""Least and most points that an item may still bring."""


def possible_points(item: PointItem, levels: Levels, facts: Facts) -> tuple[Reach, Sequence[str]]:
    """What the item may still bring, and the facts to ask for: levels from the top to the first that holds."""
    points: list[int] = []
    gaps: list[str] = []
    for brought, question in levels:
        held = question.truth(facts)
        if held is not False:
            points.append(brought)
        if held:
            break
        if held is None:
            gaps += question.gaps(facts)
    else:
        points.append(item.otherwise)
    return (min(points), max(points)), tuple(dict.fromkeys(gaps)) if gaps else ()


def _item(item: PointItem, reach: Reach, gaps: Sequence[str], facts: Facts) -> ScoreItem:
    shown = [facts[name] for name in item.shows]
    known = [fact for fact in shown if is_known(fact)]
    origin = known[0].origin if known else "unknown"
    where = known[0].where if len(shown) == 1 and known else ""
    note = f"Asked: {', '.join([facts[name].label for name in gaps])}" if gaps else ""
    return _made_item(item.name, item.label, _finding(shown, known), reach, origin, where, note)


@lru_cache(maxsize=4096)  # items are frozen, and many patients share them
def _made_item(name: str, label: str, finding: str, reach: Reach, origin: Origin, where: str, note: str) -> ScoreItem:
    low, high = reach
    return ScoreItem(name=name, label=label, finding=finding, low=low, high=high, origin=origin, where=where, note=note)


def _finding(shown: Sequence[Fact], known: Sequence[Fact]) -> str:
    if len(shown) == 1:
        return describe(shown[0])
    return "; ".join(f"{fact.label.partition(' (')[0]} {describe(fact)}" for fact in known) or "unknown"


def _summary(low: int, high: int, bands: Sequence[Band], table: PointScore) -> str:
    span = f"{low}" if low == high else f"{low} to {high}"
    told = "; ".join(f"{band.label}: {band.risk}" if band.risk else f"band {band.label}" for band in bands)
    told = "every band remains possible" if len(bands) == len(table.bands) else told
    return f"{span} of {table.out_of} points, more is {table.higher_is} ({told})."
