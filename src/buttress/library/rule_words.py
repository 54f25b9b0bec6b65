"""A rule's question in words, for pages and terminals."""

from __future__ import annotations

from buttress.library.load_rules import load_fact_words, load_techniques
from buttress.records.rule import Condition, FactTest, Scalar

_COMPARED = {
    "is": "is",
    "is_not": "is not",
    "in": "is one of",
    "includes": "includes",
    "within": "can only be",
    "above": "above",
    "at_least": "at least",
    "below": "below",
    "at_most": "at most",
}


def condition_in_words(condition: Condition | None) -> str:
    """The question a rule asks of the facts, in words; a rule without one always speaks."""
    return "always" if condition is None else _words(condition)


def techniques_in_words(keys: tuple[str, ...]) -> str:
    """Titles of techniques; groups keep their own word; none is background."""
    titles = load_techniques()
    return "; ".join(titles[key].title if key in titles else f"all {key}" for key in keys) or "background"


def _words(condition: Condition) -> str:
    if condition.test is not None:
        return _test_in_words(condition.test)
    if condition.all:
        return " AND ".join(map(_inside, condition.all))
    if condition.any:
        return " OR ".join(map(_inside, condition.any))
    return "none of: " + "; ".join(map(_inside, condition.none))


def _inside(condition: Condition) -> str:
    return _words(condition) if condition.test is not None else f"({_words(condition)})"


def _test_in_words(test: FactTest) -> str:
    fact = load_fact_words()[test.fact]
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    told = " or ".join(map(_value, values))
    unit = "" if fact.unit in ("", "fraction") else f" {fact.unit}"
    return f"{fact.label}: {_COMPARED[test.comparison]} {told}{unit}"


def _value(value: Scalar) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else value.replace("_", " ")
