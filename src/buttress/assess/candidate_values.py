"""The other values a fact may have: yes and no, every allowed word, and numbers just across each rule's threshold."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from buttress.assess.facts import number_text, value_text
from buttress.assess.rulebook import Rulebook, shelf_rulebook
from buttress.library.load_defaults import Defaults
from buttress.library.load_rules import load_score
from buttress.records.case import Fracture, GivenMeasures, Lesion, Patient
from buttress.records.rule import FactTest, Rule
from buttress.records.score import Fact

Value = float | bool | str | tuple[str, ...]

_RECORDS = ((Patient, ""), (Lesion, ""), (GivenMeasures, ""), (Fracture, "fracture_"))
"""Records whose fields with a fixed choice of words become facts, and what the fact's name puts before the field's."""

_ACROSS = {"above": (True, "above {0}", "at most {0}"), "at_most": (True, "above {0}", "at most {0}"),
           "at_least": (False, "{0} or more", "below {0}"), "below": (False, "{0} or more", "below {0}")}  # fmt: skip
"""Whether the threshold itself lies on the lower side, and how both sides are called."""


_YES_OR_NO = (
    "peritrochanteric",
    "acetabulum_subchondral",
    "acetabulum_medial_wall",
    "acetabulum_roof",
    "acetabulum_lateral_rim",
    "acetabulum_collapse",
)
"""Facts that only scores ask about, and that are true or false."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value to suppose of a fact: in words, and for numbers the threshold it lies across."""

    value: Value
    text: str
    threshold: float | None = None

    def made_of(self, fact: Fact) -> Fact:
        """The fact with this value, exactly known."""
        return fact.model_copy(update={"value": self.value, "low": None, "high": None, "origin": "given", "where": ""})


def now(fact: Fact) -> str:
    """What is known of the fact now, without where it came from."""
    return value_text(fact) if fact.value is not None or fact.low is not None else "unknown"


def candidates(fact: Fact, book: Rulebook | None = None) -> tuple[Candidate, ...]:
    """Every value worth supposing that is not the present one; numbers by the thresholds of the book's rules."""
    book = book or shelf_rulebook()
    if any(test.comparison == "includes" for test in tests_of(fact.name, book)):
        return tuple(_lists(fact, book))
    return tuple(candidate for candidate in _values(fact.name, fact.unit, book) if candidate.value != fact.value)


def in_words(supposed: Sequence[Candidate]) -> str:
    """The values in words: alternatives, or for two numbers that bound each other the range between them."""
    told = sorted(dict.fromkeys(supposed), key=lambda one: one.threshold or 0.0) if _is_range(supposed) else supposed
    return (" and " if _is_range(supposed) else " or ").join(dict.fromkeys(one.text for one in told))


def _is_range(supposed: Sequence[Candidate]) -> bool:
    """Two thresholds, a value above the lower and one below the upper: both lie between them."""
    edges = sorted(one.threshold for one in supposed if one.threshold is not None)
    inside = (
        all(isinstance(one.value, float) and edges[0] <= one.value <= edges[-1] for one in supposed) if edges else 0
    )
    return len(supposed) == len(edges) == 2 and edges[0] < edges[1] and bool(inside)


def _tests(rule: Rule) -> tuple[FactTest, ...]:
    return rule.when.tests if rule.when else ()


@lru_cache(maxsize=1024)
def own_values(rule: Rule, name: str, unit: str, defaults: Defaults) -> frozenset[Candidate]:
    """The numbers just across the thresholds with which this very rule compares a fact."""
    own = [test for test in _tests(rule) if test.fact == name and test.comparison in _ACROSS]
    return frozenset(side for test in own for side in _sides(test, unit, defaults))


@lru_cache(maxsize=1024)
def tests_of(name: str, book: Rulebook) -> tuple[FactTest, ...]:
    """Every comparison of a fact in any rule of the book, in rule order."""
    return tuple(test for rule in book.rules for test in _tests(rule) if test.fact == name)


@lru_cache(maxsize=1024)
def _values(name: str, unit: str, book: Rulebook) -> tuple[Candidate, ...]:
    numbers = [test for test in tests_of(name, book) if test.comparison in _ACROSS]
    if numbers:
        return tuple(dict.fromkeys(side for test in numbers for side in _sides(test, unit, book.defaults)))
    if name == "width_fraction":
        return tuple(_thirds())
    words = _allowed_words().get(name) or tuple(dict.fromkeys(_words_of_rules(name, book)))
    if words:
        return tuple(Candidate(word, word.replace("_", " ")) for word in words)
    asked_yes_or_no = any(isinstance(test.value, bool) for test in tests_of(name, book)) or name in _YES_OR_NO
    return (Candidate(True, "yes"), Candidate(False, "no")) if asked_yes_or_no else ()


def _sides(test: FactTest, unit: str, defaults: Defaults) -> Iterator[Candidate]:
    threshold = float(test.value) if isinstance(test.value, int | float) else 0.0
    in_lower, upper_text, lower_text = _ACROSS[test.comparison]
    step = 1e-3 * max(1.0, abs(threshold))  # just across: no two thresholds of one fact lie so close
    told = number_text(threshold, unit) + (" (site policy)" if test.default in defaults.changed else "")
    upper, lower = (threshold + step, threshold) if in_lower else (threshold, threshold - step)
    yield Candidate(upper, upper_text.format(told), threshold)
    yield Candidate(lower, told if threshold == 0 and in_lower else lower_text.format(told), threshold)


def _thirds() -> Iterator[Candidate]:
    """One value in each class of size of Mirels' score."""
    size = load_score("mirels")["size"]
    first, last = float(size["two_points_from"]), float(size["three_points_above"])
    yield Candidate(first / 2, "less than a third")
    yield Candidate((first + last) / 2, "a third to two thirds")
    yield Candidate((last + 1) / 2, "more than two thirds")


def _lists(fact: Fact, book: Rulebook) -> Iterator[Candidate]:
    """The list with one word more or one less; an unknown list as that word alone."""
    held = fact.value if isinstance(fact.value, tuple) else ()
    for word in dict.fromkeys(str(test.value) for test in tests_of(fact.name, book)):
        if word in held:
            yield Candidate(tuple(w for w in held if w != word), f"without {word.replace('_', ' ')}")
        else:
            yield Candidate((*held, word), f"with {word.replace('_', ' ')}")


def _words_of_rules(name: str, book: Rulebook) -> Iterator[str]:
    for test in tests_of(name, book):
        values = test.value if isinstance(test.value, tuple) else (test.value,)
        yield from (value for value in values if isinstance(value, str))


@lru_cache(maxsize=1)
def _allowed_words() -> Mapping[str, tuple[str, ...]]:
    """Words a case may use for a fact, from the case's own record."""
    found = {
        prefix + name: tuple(_literals(field.annotation))
        for record, prefix in _RECORDS
        for name, field in record.model_fields.items()
    }
    return {name: words for name, words in found.items() if words}


def _literals(hint: object) -> Iterator[str]:
    for part in typing.get_args(hint):
        if isinstance(part, str):
            yield part
        else:
            yield from _literals(part)
