"""What one rule says of one technique for this patient, and what a missing fact leaves open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from buttress.assess.evaluate import Facts, answer, is_known, undecided
from buttress.assess.facts import describe, fill_in
from buttress.evidence.source import Evidence
from buttress.records.rule import Rule
from buttress.records.score import Verdict


def speak(rules: Iterable[Rule], technique: str, facts: Facts) -> tuple[Verdict, ...]:
    """Verdicts of all rules whose question is answered YES, in rule order, then one ASK for each missing fact.

    A rule answered NO says nothing. A fact that several rules wait for is asked once.
    """
    rules = tuple(rules)
    said = tuple(_verdict(rule, technique, facts) for rule in rules if answer(rule.when, facts) == "YES")
    waiting = [(name, rule) for rule in rules for name in undecided(rule.when, facts)]
    names = dict.fromkeys(name for name, _ in waiting)
    asks = tuple(_ask(name, [rule for n, rule in waiting if n == name], technique, facts) for name in names)
    return said + asks


def _verdict(rule: Rule, technique: str, facts: Facts) -> Verdict:
    return Verdict(
        rule=rule.id,
        technique=technique,
        effect=rule.effect,
        answer="YES",
        statement=rule.statement,
        because=fill_in(rule.because, facts) if rule.because else "holds for every case",
        grade=rule.grade,
        evidence=(_with_ours(rule),),
    )


def _ask(name: str, rules: Sequence[Rule], technique: str, facts: Facts) -> Verdict:
    fact = facts[name]
    decides = ", ".join(f"{rule.id} ({rule.effect})" for rule in rules)
    state = f"{describe(fact)}: a threshold lies within the range" if is_known(fact) else describe(fact)
    return Verdict(
        rule=", ".join(rule.id for rule in rules),
        technique=technique,
        effect="ASK",
        answer="CANNOT_TELL",
        statement=f"{fact.label}: {state}.",
        because=f"it decides {decides}",
        asks=(fact.label,),
        evidence=tuple(dict.fromkeys(_with_ours(rule) for rule in rules)),
    )


def _with_ours(rule: Rule) -> Evidence:
    """The rule's source, with what is our own choice in the note."""
    if not rule.ours:
        return rule.evidence
    note = "; ".join(part for part in (rule.evidence.note, f"ours: {rule.ours}") if part)
    return rule.evidence.model_copy(update={"note": note})
