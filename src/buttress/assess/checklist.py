"""A checklist of a source: each line met, not met, or cannot tell, from a table of the library."""

from __future__ import annotations

from collections.abc import Mapping
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
    criteria = tuple(_criterion(row, facts) for row in table["criteria"])
    applicable, reason = _applicable(table, facts)
    gaps = [
        facts[name] for row in table["criteria"] for name in undecided(Condition.model_validate(row["when"]), facts)
    ]
    return Score(
        key=key,
        title=table["title"],
        applicable=applicable,
        reason=reason,
        criteria=criteria,
        summary=_summary(criteria, applicable, reason),
        missing=tuple(dict.fromkeys(fact.label for fact in gaps if not is_known(fact))) if applicable == "YES" else (),
        caveats=tuple(table["caveats"]["always"]),
        evidence=tuple(Evidence.model_validate(row) for row in table["evidence"]),
    )


def _applicable(table: Mapping[str, Any], facts: Facts) -> tuple[Answer, str]:
    if facts["bone"].value != table["bone"]:
        return "NO", table["not_this_bone"]
    if facts["fracture_status"].value == "actual":
        return "NO", table["fracture_present"]
    return "YES", ""


def _criterion(row: Mapping[str, Any], facts: Facts) -> Criterion:
    condition = Condition.model_validate(row["when"])
    fact = facts[condition.facts[0]]
    return Criterion(
        label=row["label"],
        answer=answer(condition, facts),
        finding=describe(fact),
        origin=fact.origin,
        where=fact.where,
        risk=row.get("risk", ""),
        evidence=Evidence.model_validate(row["evidence"]),
    )


def _summary(criteria: tuple[Criterion, ...], applicable: Answer, reason: str) -> str:
    counts = {word: sum(c.answer == word for c in criteria) for word in ("YES", "NO", "CANNOT_TELL")}
    told = f"{counts['YES']} met, {counts['NO']} not met, {counts['CANNOT_TELL']} cannot tell, of {len(criteria)}."
    return told if applicable == "YES" else f"{reason} {told}"
