"""What one rule says of one technique for this patient, and what a missing fact leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from buttress.assess.evaluate import Facts, answer, is_known, undecided
from buttress.assess.facts import describe, fill_in
from buttress.evidence.source import Evidence
from buttress.records.rule import Rule
from buttress.records.score import Fact, Verdict


def speak(rules: Iterable[Rule], technique: str, facts: Facts) -> tuple[Verdict, ...]:
    """Verdicts of all rules whose question is answered YES, in rule order, then one ASK for each missing fact.

    A rule answered NO says nothing. A fact that several rules wait for is asked once.
    """
    heard = (hear(rule, facts) for rule in rules)
    return repeat((one for one in heard if one is not None), technique)


class Question(NamedTuple):
    """A missing fact that rules wait for: its label, and what is known of it."""

    name: str
    label: str
    state: str


class Heard(NamedTuple):
    """What one rule says of a patient's facts, whatever the technique: its reason, or the questions it waits for."""

    rule: Rule
    because: str
    asks: tuple[Question, ...] = ()


def hear(rule: Rule, facts: Facts) -> Heard | None:
    """Ask one rule: its reason in this patient's facts, or what it waits for; ``None`` where it says nothing."""
    said = answer(rule.when, facts)
    if said == "NO":
        return None
    if said == "CANNOT_TELL":
        asks = tuple(Question(name, facts[name].label, _state(facts[name])) for name in undecided(rule.when, facts))
        return Heard(rule, "", asks)
    return Heard(rule, fill_in(rule.because, facts) if rule.because else "holds for every case")


def repeat(heard: Iterable[Heard], technique: str) -> tuple[Verdict, ...]:
    """What the rules said as verdicts on one technique: those answered YES, then one ASK for each missing fact."""
    said: list[Verdict] = []
    waiting: dict[Question, list[Rule]] = {}
    for rule, because, asks in heard:
        if not asks:
            said.append(_verdict(rule, technique, because))
        for question in asks:
            waiting.setdefault(question, []).append(rule)
    return (*said, *(_ask(question, tuple(rules), technique) for question, rules in waiting.items()))


@lru_cache(maxsize=16384)
def _verdict(rule: Rule, technique: str, because: str) -> Verdict:
    return Verdict(
        rule=rule.id,
        technique=technique,
        effect=rule.effect,
        answer="YES",
        statement=rule.statement,
        because=because,
        grade=rule.grade,
        evidence=(_with_ours(rule),),
    )


def _state(fact: Fact) -> str:
    return f"{describe(fact)}: a threshold lies within the range" if is_known(fact) else describe(fact)


@lru_cache(maxsize=16384)
def _ask(question: Question, rules: tuple[Rule, ...], technique: str) -> Verdict:
    decides = ", ".join(f"{rule.id} ({rule.effect})" for rule in rules)
    return Verdict(
        rule=", ".join(rule.id for rule in rules),
        technique=technique,
        effect="ASK",
        answer="CANNOT_TELL",
        statement=f"{question.label}: {question.state}.",
        because=f"it decides {decides}",
        asks=(question.label,),
        evidence=tuple(dict.fromkeys(_with_ours(rule) for rule in rules)),
    )


def _with_ours(rule: Rule) -> Evidence:
    """The rule's source, with what is our own choice in the note."""
    if not rule.ours:
        return rule.evidence
    note = "; ".join(part for part in (rule.evidence.note, f"ours: {rule.ours}") if part)
    return rule.evidence.model_copy(update={"note": note})
