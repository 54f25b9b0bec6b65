"""A checklist of a source: each line met, not met, or cannot tell, from a table of the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from buttress.assess.evaluate import Facts, Question, answer_from, is_known, question_of
from buttress.assess.facts import describe
from buttress.assess.fracture_seen import refused_for_possible_fracture
from buttress.assess.performance import published_performance
from buttress.assess.score_sources import evidence_of
from buttress.evidence.source import Evidence
from buttress.library.load_rules import load_score
from buttress.records.rule import Condition
from buttress.records.score import Answer, Criterion, Origin, Score


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """One line of the table: its words, its question made ready, its source."""

    label: str
    risk: str
    question: Question
    source: Evidence


@dataclass(frozen=True, slots=True, eq=False)
class _Checklist:
    """The table, checked once. ``population`` marks the patients it was found in, where that is more than the bone.

    ``blank`` is the score before any patient.
    """

    table: Mapping[str, Any]
    lines: tuple[_Line, ...]
    population: Question
    blank: Score


def score_checklist(key: str, facts: Facts) -> Score:
    """The checklist ``rules/scores/<key>.toml``; lines are filled even where it does not apply, and said to be so."""
    checklist = _checklist(key)
    truths = [line.question.truth(facts) for line in checklist.lines]
    applicable, reason = _applicable(checklist, facts)
    criteria = [_criterion(line, held, facts) for line, held in zip(checklist.lines, truths, strict=True)]
    return checklist.blank.model_copy(
        update={
            "applicable": applicable,
            "reason": reason,
            "criteria": tuple(criteria),
            "summary": _summary(truths, applicable, reason),
            "missing": _missing(checklist, truths, facts) if applicable != "NO" else (),
        }
    )


@lru_cache(maxsize=16)
def _checklist(key: str) -> _Checklist:
    table = load_score(key)
    when = table.get("when")
    return _Checklist(
        table=table,
        lines=tuple(
            _Line(
                label=row["label"],
                risk=row.get("risk", ""),
                question=question_of(Condition.model_validate(row["when"])),
                source=Evidence.model_validate(row["evidence"]),
            )
            for row in table["criteria"]
        ),
        population=question_of(Condition.model_validate(when) if when else None),
        blank=Score(
            key=key,
            title=table["title"],
            applicable="CANNOT_TELL",
            summary="",
            caveats=table["caveats"]["always"],
            evidence=evidence_of(key),
            **published_performance(key),
        ),
    )


def _applicable(checklist: _Checklist, facts: Facts) -> tuple[Answer, str]:
    """For its bone, or for long bones where it names none; without a fracture; and where its population's mark is."""
    table = checklist.table
    right = facts["bone"].value == table["bone"] if "bone" in table else facts["long_bone"].value is True
    if not right:
        return "NO", table["not_this_bone"]
    if facts["fracture_status"].value == "actual":
        return "NO", table["fracture_present"]
    if seen := refused_for_possible_fracture(facts):
        return "NO", seen
    held = checklist.population.answer(facts)
    if held == "YES":
        return "YES", ""
    return table["when_no"] if held == "NO" else "CANNOT_TELL", table["when_not"]


def _criterion(line: _Line, held: bool | None, facts: Facts) -> Criterion:
    fact = facts[line.question.facts[0]]
    return _made_criterion(line, answer_from(held), describe(fact), fact.origin, fact.where)


@lru_cache(maxsize=4096)  # criteria are frozen, and many patients share them
def _made_criterion(line: _Line, answer: Answer, finding: str, origin: Origin, where: str) -> Criterion:
    return Criterion(
        label=line.label,
        answer=answer,
        finding=finding,
        origin=origin,
        where=where,
        risk=line.risk,
        evidence=line.source,
    )


def _missing(checklist: _Checklist, truths: Sequence[bool | None], facts: Facts) -> tuple[str, ...]:
    waiting = [line.question for line, held in zip(checklist.lines, truths, strict=True) if held is None]
    gaps = [facts[name] for question in waiting for name in question.gaps(facts)]
    gaps += [facts[name] for name in checklist.population.undecided(facts)]
    return tuple(dict.fromkeys(fact.label for fact in gaps if not is_known(fact)))


def _summary(truths: Sequence[bool | None], applicable: Answer, reason: str) -> str:
    met, unmet, open_ = (truths.count(value) for value in (True, False, None))
    told = f"{met} met, {unmet} not met, {open_} cannot tell, of {len(truths)}."
    return told if applicable == "YES" else f"{reason} {told}"
