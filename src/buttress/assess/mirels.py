"""Mirels' score of a long bone: site, pain, matrix and size, one to three points each (mirels1989, jawad2010)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from buttress.assess.evaluate import Facts, ends, is_known
from buttress.assess.facts import describe
from buttress.assess.fracture_seen import refused_for_possible_fracture
from buttress.assess.performance import published_performance
from buttress.assess.score_sources import evidence_of
from buttress.assess.site_rules import changes_behind
from buttress.library.load_defaults import Defaults, shelf_defaults
from buttress.library.load_rules import load_score
from buttress.records.score import Answer, Band, Fact, Score, ScoreItem

Table = Mapping[str, Any]
Reach = tuple[int, int, str]
"""Least and most points an item can bring, and a note."""


def score_mirels(facts: Facts, defaults: Defaults | None = None) -> Score:
    """Mirels' score as an interval: an unknown item widens it from 1 to 3 points. Long bones only.

    With an actual fracture the score does not apply; its value is then hypothetical and said to be so. ``defaults`` are
    a site's, where it has any.
    """
    table = table_under(defaults or shelf_defaults())
    applicable, reason = _applicable(facts)
    if facts["long_bone"].value is not True:
        return _blank(reason)
    items = tuple(item(facts, table) for item in _ITEMS)
    low, high = sum(i.low for i in items), sum(i.high for i in items)
    bands = tuple(band for band in _bands() if band.low <= high and low <= band.high)
    update = {
        "applicable": applicable,
        "reason": reason,
        "low": low,
        "high": high,
        "out_of": 12,
        "items": items,
        "bands": bands,
        "summary": _summary(low, high, bands, applicable),
        "missing": _missing(items, facts),
        "caveats": _caveats(facts, table),
    }
    return _blank(reason).model_copy(update=update)


@lru_cache(maxsize=8)
def _blank(reason: str) -> Score:
    """The score of a bone that is not long: the same for every patient."""
    return Score(
        key="mirels",
        title=load_score("mirels")["title"],
        applicable="NO",
        reason=reason,
        summary=reason,
        evidence=evidence_of("mirels"),
        **published_performance("mirels"),
    )


@lru_cache(maxsize=8)
def table_under(defaults: Defaults) -> Table:
    """The score's table with our own points in the places that name them; what a site has changed is a caveat."""
    table = load_score("mirels")
    matrix, size = (
        {
            item: int(defaults.number(points)) if isinstance(points, str) else points
            for item, points in table[name].items()
        }
        for name in ("matrix", "size")
    )
    told = [f"{c.label}: {c.told} (site policy)." for c in changes_behind(("mirels_score",), defaults)]
    caveats = {**table["caveats"], "always": [*table["caveats"]["always"], *told]}
    permeative = defaults.site_words(table["notes"]["site_permeative"]) or table["notes"]["permeative"]
    notes = {**table["notes"], "permeative": permeative}
    return {**table, "matrix": matrix, "size": size, "caveats": caveats, "notes": notes}


@lru_cache(maxsize=1)
def _bands() -> tuple[Band, ...]:
    return tuple(Band.model_validate(row) for row in load_score("mirels")["bands"])


def _applicable(facts: Facts) -> tuple[Answer, str]:
    if facts["long_bone"].value is not True:
        return "NO", "Mirels' score is for long bones: not applicable here."
    status = facts["fracture_status"].value
    if status == "actual":
        return "NO", "The score is for impending fractures and a fracture is present: the value is hypothetical."
    if seen := refused_for_possible_fracture(facts):
        return "NO", seen
    if status is None:
        return "CANNOT_TELL", "Whether there is a fracture already is unknown; the score is for impending fractures."
    return "YES", ""


def _site(facts: Facts, table: Table) -> ScoreItem:
    points, notes = table["site"], table["notes"]
    limb, near = facts["limb"].value, facts["peritrochanteric"].value
    low = points["peritrochanteric"] if near else points[str(limb)]
    high = points["peritrochanteric"] if near is None else low
    note = "" if near is not None else notes["subsite_missing" if facts["subsite"].value is None else "site_unsure"]
    finding = f"{facts['bone'].value}, {limb} limb" + (", peritrochanteric" if near else "")
    return _item("site", "Site", facts["subsite"] if near is None else facts["bone"], (low, high, note), finding)


def _pain(facts: Facts, table: Table) -> ScoreItem:
    return _word_item("pain", "Pain", facts["mirels_pain"], table["pain"], {"none": table["notes"]["pain_none"]})


def _matrix(facts: Facts, table: Table) -> ScoreItem:
    return _word_item(
        "matrix", "Look on CT", facts["matrix"], table["matrix"], {"permeative": table["notes"]["permeative"]}
    )


def _size(facts: Facts, table: Table) -> ScoreItem:
    """By width of the bone where known, else by cortical thickness; the other basis is named where it differs."""
    width, cortical = facts["width_fraction"], facts["cortical_destruction_fraction"]
    bases = ((width, "of the bone's diameter"), (cortical, "of the cortical thickness"))
    known = [(fact, basis) for fact, basis in bases if is_known(fact)]
    if not known:
        return _item("size", "Size", width, (1, 3, ""), "unknown")
    (fact, basis), rest = known[0], known[1:]
    low, high = _size_points(fact, table["size"])
    note = _other_basis((low, high), rest, table["size"])
    return _item("size", "Size", fact, (low, high, note), f"{describe(fact)} {basis}")


_ITEMS: tuple[Callable[[Facts, Table], ScoreItem], ...] = (_site, _pain, _matrix, _size)


def size_points(fraction: float, table: Mapping[str, float]) -> int:
    """Points for a share of the bone: less than a third 1, up to two thirds 2, more 3; what an edge brings is ours."""
    tolerance = 1e-9  # so that a third and two thirds written as decimals fall on the edge
    first, last = table["two_points_from"], table["three_points_above"]
    if abs(fraction - first) <= tolerance:
        return int(table["at_one_third"])
    if abs(fraction - last) <= tolerance:
        return int(table["at_two_thirds"])
    return 1 if fraction < first else 2 if fraction < last else 3


def _size_points(fact: Fact, table: Mapping[str, float]) -> tuple[int, int]:
    low, high = ends(fact) or (0.0, 1.0)
    return size_points(low, table), size_points(high, table)


def _other_basis(points: tuple[int, int], rest: list[tuple[Fact, str]], table: Mapping[str, float]) -> str:
    for fact, basis in rest:
        low, high = _size_points(fact, table)
        if low < points[0] or high > points[1]:
            return f"By share {basis} it would bring {_span_text(low, high)}: the sources differ on what to measure."
    return ""


def _word_item(name: str, label: str, fact: Fact, points: Mapping[str, int], notes: Mapping[str, str]) -> ScoreItem:
    word = str(fact.value)
    if word not in points:
        return _item(name, label, fact, (1, 3, ""), "unknown")
    return _item(name, label, fact, (points[word], points[word], notes.get(word, "")), describe(fact))


def _item(name: str, label: str, fact: Fact, reach: Reach, finding: str) -> ScoreItem:
    low, high, note = reach
    return ScoreItem(
        name=name, label=label, finding=finding, low=low, high=high, origin=fact.origin, where=fact.where, note=note
    )


def _missing(items: tuple[ScoreItem, ...], facts: Facts) -> tuple[str, ...]:
    behind = {"site": "peritrochanteric", "pain": "mirels_pain", "matrix": "matrix", "size": "width_fraction"}
    gaps = [facts[behind[item.name]].label for item in items if item.low != item.high]
    return tuple(gaps) + (() if is_known(facts["fracture_status"]) else (facts["fracture_status"].label,))


def _span_text(low: int, high: int) -> str:
    return f"{low} point{'s' if low > 1 else ''}" if low == high else f"{low} to {high} points"


def _summary(low: int, high: int, bands: tuple[Band, ...], applicable: Answer) -> str:
    where = " or ".join(band.label for band in bands)
    many = "band" if len(bands) == 1 else "bands"
    what = "Hypothetical: " if applicable == "NO" else ""
    return f"{what}{_span_text(low, high)} of 12 ({many}: {where})."


def _caveats(facts: Facts, table: Table) -> tuple[str, ...]:
    texts = table["caveats"]
    found: list[str] = list(texts["always"])
    if "measured" in (facts["width_fraction"].origin, facts["cortical_destruction_fraction"].origin):
        found.append(texts["size_measured"])
    if facts["limb"].value == "upper":
        found += texts["upper_limb"]
    elif facts["bone"].value == "femur":
        found.append(texts["lower_limb"])
    else:
        found.append(texts["tibia_fibula"])
    return tuple(found)
