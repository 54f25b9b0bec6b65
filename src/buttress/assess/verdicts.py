"""What the rules say for this patient: each rule is heard once, and its verdict repeated for every technique."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from buttress.assess.evaluate import Facts, is_known
from buttress.assess.facts import Described
from buttress.assess.rulebook import PERCUTANEOUS, Entry, Rulebook, entry_about, entry_of, rulebook_of, shelf_rulebook
from buttress.library.load_defaults import Defaults
from buttress.records.rule import Rule
from buttress.records.score import Verdict


class Heard(NamedTuple):
    """What one rule says of a patient's facts, whatever the technique: its reason, or the facts it waits for."""

    because: str
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """Everything a rule book says of one patient's facts, in rule order; rules answered NO are silent.

    ``reasons`` are of the rules answered YES, ``for_percutaneous`` those of them that are for percutaneous treatment as
    a whole; ``waiting`` names the facts that the others hang on. ``defaults`` are the book's.
    """

    defaults: Defaults
    facts: Facts
    described: Described
    reasons: Sequence[tuple[Entry, str]]
    for_percutaneous: Sequence[tuple[Entry, str]]
    waiting: Sequence[tuple[Entry, tuple[str, ...]]]


def hear_rules(facts: Facts, book: Rulebook | None = None) -> Hearing:
    """Ask every rule of the book (by default the shelf's); a question that several rules share is asked once."""
    book = book or shelf_rulebook()
    truths = [question.truth(facts) for question in book.questions]
    described = Described(facts)
    reasons: list[tuple[Entry, str]] = []
    waiting: list[tuple[Entry, tuple[str, ...]]] = []
    for entry, at in book.entries:
        held = truths[at]
        if held:
            reasons.append((entry, entry.fixed or described.fill(entry.rule.because)))
        elif held is None:
            waiting.append((entry, entry.question.gaps(facts)))
    return Hearing(
        book.defaults,
        facts,
        described,
        reasons=reasons,
        for_percutaneous=[reason for reason in reasons if reason[0].speaks_of == (PERCUTANEOUS,)],
        waiting=waiting,
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
    book = rulebook_of([entry_about(rule, technique) for rule in rules])
    return tuple(verdicts_by_subject(hear_rules(facts, book)).get(technique, ()))


def verdicts_by_subject(hearing: Hearing) -> dict[str, list[Verdict]]:
    """By what the rules speak of: verdicts of those answered YES, in rule order, then one ASK for each missing fact."""
    said: dict[str, list[Verdict]] = defaultdict(list)
    for entry, because in hearing.reasons:
        for verdict in entry.verdicts if entry.fixed else told(entry, because):
            said[verdict.technique].append(verdict)
    asked: dict[str, list[Entry]] = defaultdict(list)
    for entry, names in hearing.waiting:
        for name in names:
            asked[name].append(entry)
    for name, entries in asked.items():
        for key, verdict in _asks(hearing.facts[name].label, _known_so_far(name, hearing), tuple(entries)):
            said[key].append(verdict)
    return said


@lru_cache(maxsize=8192)  # verdicts are frozen, and many patients share most of them
def told(entry: Entry, because: str) -> tuple[Verdict, ...]:
    """What a rule says for a reason, once for everything it speaks of."""
    return tuple(verdict.model_copy(update={"because": because}) for verdict in entry.verdicts)


def _known_so_far(name: str, hearing: Hearing) -> str:
    known = hearing.described[name]
    return f"{known}: a threshold lies within the range" if is_known(hearing.facts[name]) else known


@lru_cache(maxsize=8192)
def _asks(label: str, known: str, waiting: tuple[Entry, ...]) -> tuple[tuple[str, Verdict], ...]:
    """The question for a fact, for everything that the waiting rules speak of: each hears of its own rules alone."""
    concerned: dict[str, list[Entry]] = defaultdict(list)
    for entry in waiting:
        for key in entry.speaks_of:
            concerned[key].append(entry)
    return tuple((key, _ask(label, known, tuple(entries), key)) for key, entries in concerned.items())


@lru_cache(maxsize=8192)
def _ask(label: str, known: str, waiting: tuple[Entry, ...], technique: str) -> Verdict:
    """The question for a fact, with what is known of it."""
    return Verdict(
        rule=", ".join(entry.rule.id for entry in waiting),
        technique=technique,
        effect="ASK",
        answer="CANNOT_TELL",
        statement=f"{label}: {known}.",
        because="it decides " + ", ".join(f"{entry.rule.id} ({entry.rule.effect})" for entry in waiting),
        asks=(label,),
        evidence=tuple(dict.fromkeys(entry.evidence for entry in waiting)),
    )
