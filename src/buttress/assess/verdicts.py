"""What the rules say for this patient: each rule is heard once, and its verdict repeated for every technique."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from buttress.assess.evaluate import Facts, is_known
from buttress.assess.facts import Described, describe
from buttress.assess.rulebook import Entry, Rulebook, entry_of, rulebook_of, shelf_rulebook
from buttress.library.load_defaults import Defaults
from buttress.records.rule import Rule
from buttress.records.score import Fact, Verdict

Row = Mapping[str, Any]
"""The fields of a verdict, to be checked together with the record that holds it: faster than one by one."""
_VERDICTS: TypeAdapter[tuple[Verdict, ...]] = TypeAdapter(tuple[Verdict, ...])


class Heard(NamedTuple):
    """What one rule says of a patient's facts, whatever the technique: its reason, or the facts it waits for."""

    because: str
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """Everything a rule book says of one patient's facts, in rule order; rules answered NO are silent.

    ``reasons`` are of the rules answered YES; ``waiting`` names the facts that the others hang on. ``defaults`` are the
    book's.
    """

    defaults: Defaults
    facts: Facts
    described: Described
    reasons: Sequence[tuple[Entry, str]]
    waiting: Sequence[tuple[Entry, tuple[str, ...]]]


def hear_rules(facts: Facts, book: Rulebook | None = None) -> Hearing:
    """Ask every rule of the book (by default the shelf's); a question that several rules share is asked once."""
    book = book or shelf_rulebook()
    truths = [question.truth(facts) for question in book.questions]
    described = Described(facts)
    return Hearing(
        book.defaults,
        facts,
        described,
        reasons=[
            (entry, entry.fixed or entry.rule.because.format_map(described)) for entry, at in book.entries if truths[at]
        ],
        waiting=[(entry, entry.question.gaps(facts)) for entry, at in book.entries if truths[at] is None],
    )


def hear(rule: Rule, facts: Facts) -> Heard | None:
    """Ask one rule: its reason in this patient's facts, or what it waits for; ``None`` where it says nothing."""
    hearing = hear_rules(facts, rulebook_of([entry_of(rule)]))
    heard = [Heard(because) for _, because in hearing.reasons] + [Heard("", asks) for _, asks in hearing.waiting]
    return heard[0] if heard else None


def speak(rules: Iterable[Rule], technique: str, facts: Facts) -> tuple[Verdict, ...]:
    """Verdicts of all rules whose question is answered YES, in rule order, then one ASK for each missing fact.

    A rule answered NO says nothing. A fact that several rules wait for is asked once.
    """
    book = rulebook_of([replace(entry_of(rule), speaks_of=(technique,)) for rule in rules])
    return verdicts_of(verdict_rows(hear_rules(facts, book)).get(technique, ()))


def verdicts_of(rows: Sequence[Verdict | Row]) -> tuple[Verdict, ...]:
    """The rows, checked."""
    return _VERDICTS.validate_python(rows)


def verdict_rows(hearing: Hearing) -> dict[str, list[Verdict | Row]]:
    """By what the rules speak of: verdicts of those answered YES, in rule order, then one ASK for each missing fact.

    What names nothing of the patient is the same for all of them, and made once.
    """
    said: dict[str, list[Verdict | Row]] = {}
    for entry, because in hearing.reasons:
        for key in entry.speaks_of:
            fixed = because is entry.fixed
            row = _fixed_verdict(entry, key) if fixed else {**entry.row, "technique": key, "because": because}
            said.setdefault(key, []).append(row)
    asked: dict[tuple[str, str], list[Entry]] = {}
    for entry, names in hearing.waiting:
        for key in entry.speaks_of:
            for name in names:
                asked.setdefault((key, name), []).append(entry)
    for (key, name), entries in asked.items():
        said.setdefault(key, []).append(_ask(hearing.facts[name], tuple(entries), key))
    return said


@lru_cache(maxsize=4096)  # of the library's rules and techniques
def _fixed_verdict(entry: Entry, technique: str) -> Verdict:
    return Verdict.model_validate({**entry.row, "technique": technique, "because": entry.fixed})


def _ask(fact: Fact, waiting: tuple[Entry, ...], technique: str) -> Verdict | Row:
    """The question for a fact, with what is known of it; where that is nothing it is the same for every patient."""
    plain = _plain_ask(fact.label, waiting, technique)
    if is_known(fact):
        state = f"{describe(fact)}: a threshold lies within the range"
    elif fact.where:
        state = describe(fact)
    else:
        return plain
    return {**dict(plain), "statement": f"{fact.label}: {state}."}


@lru_cache(maxsize=8192)  # of the library's facts, rules and techniques
def _plain_ask(label: str, waiting: tuple[Entry, ...], technique: str) -> Verdict:
    return Verdict(
        rule=", ".join(entry.rule.id for entry in waiting),
        technique=technique,
        effect="ASK",
        answer="CANNOT_TELL",
        statement=f"{label}: unknown.",
        because="it decides " + ", ".join(f"{entry.rule.id} ({entry.rule.effect})" for entry in waiting),
        asks=(label,),
        evidence=tuple(dict.fromkeys(entry.evidence for entry in waiting)),
    )
