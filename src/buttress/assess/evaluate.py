"""Answer a rule's question about the facts: YES, NO or CANNOT_TELL (Kleene's three-valued logic).

A number with an interval is asked at both ends; where the ends disagree the answer is CANNOT_TELL. A number that is
known only as an interval (a score with a gap) is asked in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from buttress.records.rule import Condition, FactTest, Scalar
from buttress.records.score import Answer, Fact

Facts = Mapping[str, Fact]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "above": lambda value, threshold: value > threshold,
    "at_least": lambda value, threshold: value >= threshold,
    "below": lambda value, threshold: value < threshold,
    "at_most": lambda value, threshold: value <= threshold,
}


def is_known(fact: Fact) -> bool:
    """Whether anything at all is known of the fact: a value, or an interval."""
    return fact.value is not None or fact.low is not None


def answer(condition: Condition | None, facts: Facts) -> Answer:
    """YES, NO or CANNOT_TELL; no condition is YES. Raises ``KeyError`` for a fact that does not exist."""
    return _ANSWERS[_truth(condition, facts)]


def undecided(condition: Condition | None, facts: Facts) -> tuple[str, ...]:
    """Names of the facts that keep the answer at CANNOT_TELL, once each; empty when the answer is YES or NO."""
    if condition is None or answer(condition, facts) != "CANNOT_TELL":
        return ()
    if condition.test is not None:
        return (condition.test.fact,)
    parts = condition.all + condition.any + condition.none
    return tuple(dict.fromkeys(name for part in parts for name in undecided(part, facts)))


def negate(value: Answer) -> Answer:
    """YES becomes NO and NO becomes YES; CANNOT_TELL stays."""
    opposite: dict[Answer, Answer] = {"YES": "NO", "NO": "YES", "CANNOT_TELL": "CANNOT_TELL"}
    return opposite[value]


def answer_from(value: bool | None) -> Answer:
    """The answer that a truth value, or its absence, stands for."""
    return "CANNOT_TELL" if value is None else "YES" if value else "NO"


def ends(fact: Fact) -> tuple[float, float] | None:
    """The least and greatest value a numeric fact may have; ``None`` where it is unknown or not a number."""
    value = float(fact.value) if isinstance(fact.value, int | float) else None
    low = fact.low if fact.low is not None else value
    high = fact.high if fact.high is not None else value
    return None if low is None or high is None else (low, high)


_ANSWERS: dict[bool | None, Answer] = {True: "YES", False: "NO", None: "CANNOT_TELL"}


def _truth(condition: Condition | None, facts: Facts) -> bool | None:
    """The answer as a truth value, ``None`` for CANNOT_TELL: stops at the first part that settles it."""
    if condition is None:
        return True
    if condition.test is not None:
        return _test_truth(condition.test, facts[condition.test.fact])
    if condition.all:
        return _conjunction(condition.all, facts, settles=False)
    if condition.any:
        return _conjunction(condition.any, facts, settles=True)
    any_holds = _conjunction(condition.none, facts, settles=True)
    return None if any_holds is None else not any_holds


def _conjunction(parts: tuple[Condition, ...], facts: Facts, *, settles: bool) -> bool | None:
    """``settles`` once one part is so; its opposite if all parts are; ``None`` where the unknown ones leave it open."""
    found: bool | None = not settles
    for part in parts:
        truth = _test_truth(part.test, facts[part.test.fact]) if part.test is not None else _truth(part, facts)
        if truth is settles:
            return settles
        if truth is None:
            found = None
    return found


def _test_truth(test: FactTest, fact: Fact) -> bool | None:
    compare = _COMPARE.get(test.comparison)
    if compare is not None:
        return _number_truth(compare, test.value, fact)
    if fact.value is None:
        return None
    return _word_truth(test.comparison, fact.value, test.value)


def _number_truth(
    compare: Callable[[float, float], bool], threshold: Scalar | tuple[Scalar, ...], fact: Fact
) -> bool | None:
    span = ends(fact)
    if span is None or not isinstance(threshold, int | float):
        return None
    first = compare(span[0], threshold)
    return first if first == compare(span[1], threshold) else None


def _word_truth(
    comparison: str, value: float | bool | str | tuple[str, ...], wanted: Scalar | tuple[Scalar, ...]
) -> bool | None:
    allowed: tuple[object, ...] = wanted if isinstance(wanted, tuple) else (wanted,)
    held: tuple[object, ...] = value if isinstance(value, tuple) else (value,)
    inside = any(item in allowed for item in held)
    if comparison == "within" and inside:
        return True if all(item in allowed for item in held) else None
    return not inside if comparison == "is_not" else inside
