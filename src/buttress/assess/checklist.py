"""A checklist of a source: each line met, not met, or cannot tell, from a table of the library."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from buttress.assess.evaluate import Facts, answer, is_known, undecided
from buttress.assess.facts import describe
from buttress.evidence.source import Evidence
from buttress.library.load_rules import load_score
from buttress.records.rule import Condition
from buttress.records.score import Answer, Criterion, Score


def score_checklist(key: str, facts: Facts) -> Score:
    """The checklist ``rules/scores/<key>.toml``; lines are filled even where it does not apply, and said to be so."""
    table = load_score(key)
    criteria = tuple(
        _criterion(*line, facts) for line in zip(table["criteria"], _lines(key), _sources(key), strict=True)
    )
    applicable, reason = _applicable(key, facts)
    gaps = [facts[name] for when in (*_lines(key), _population(key)) for name in undecided(when, facts)]
    return Score(
        key=key,
        title=table["title"],
        applicable=applicable,
        reason=reason,
        criteria=criteria,
        summary=_summary(criteria, applicable, reason),
        missing=tuple(dict.fromkeys(fact.label for fact in gaps if not is_known(fact))) if applicable != "NO" else (),
        caveats=tuple(table["caveats"]["always"]),
        evidence=_evidence(key),
    )


@lru_cache(maxsize=16)
def _lines(key: str) -> tuple[Condition, ...]:
    """The condition of each line, checked once."""
    return tuple(Condition.model_validate(row["when"]) for row in load_score(key)["criteria"])


@lru_cache(maxsize=16)
def _sources(key: str) -> tuple[Evidence, ...]:
    """The source of each line, checked once."""
    return tuple(Evidence.model_validate(row["evidence"]) for row in load_score(key)["criteria"])


@lru_cache(maxsize=16)
def _evidence(key: str) -> tuple[Evidence, ...]:
    """The sources of the whole, checked once."""
    return tuple(Evidence.model_validate(row) for row in load_score(key)["evidence"])


@lru_cache(maxsize=16)
def _population(key: str) -> Condition | None:
    """What marks the patients it was found in, where the table names more than the bone."""
    when = load_score(key).get("when")
    return Condition.model_validate(when) if when else None


def _applicable(key: str, facts: Facts) -> tuple[Answer, str]:
    """For its bone, or for long bones where it names none; without a fracture; and where its population's mark is."""
    table = load_score(key)
    right = facts["bone"].value == table["bone"] if "bone" in table else facts["long_bone"].value is True
    if not right:
        return "NO", table["not_this_bone"]
    if facts["fracture_status"].value == "actual":
        return "NO", table["fracture_present"]
    held = answer(_population(key), facts)
    if held == "YES":
        return "YES", ""
    return table["when_no"] if held == "NO" else "CANNOT_TELL", table["when_not"]


def _criterion(row: Mapping[str, Any], condition: Condition, source: Evidence, facts: Facts) -> Criterion:
    fact = facts[condition.facts[0]]
    return Criterion(
        label=row["label"],
        answer=answer(condition, facts),
        finding=describe(fact),
        origin=fact.origin,
        where=fact.where,
        risk=row.get("risk", ""),
        evidence=source,
    )


def _summary(criteria: tuple[Criterion, ...], applicable: Answer, reason: str) -> str:
    counts = {word: sum(c.answer == word for c in criteria) for word in ("YES", "NO", "CANNOT_TELL")}
    told = f"{counts['YES']} met, {counts['NO']} not met, {counts['CANNOT_TELL']} cannot tell, of {len(criteria)}."
    return told if applicable == "YES" else f"{reason} {told}"
