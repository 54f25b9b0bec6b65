"""Answer a rule's question about the facts: YES, NO or CANNOT_TELL (Kleene's three-valued logic).

A number with an interval is asked at both ends; where the ends disagree the answer is CANNOT_TELL. A number that is
known only as an interval (a score with a gap) is asked in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

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
    if condition is None:
        return "YES"
    if condition.test is not None:
        return _answer_test(condition.test, facts[condition.test.fact])
    if condition.all:
        return _all(answer(part, facts) for part in condition.all)
    if condition.any:
        return negate(_all(negate(answer(part, facts)) for part in condition.any))
    return _all(negate(answer(part, facts)) for part in condition.none)


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


def _all(answers: Iterable[Answer]) -> Answer:
    found = set(answers)
    return "NO" if "NO" in found else "CANNOT_TELL" if "CANNOT_TELL" in found else "YES"


def _answer_test(test: FactTest, fact: Fact) -> Answer:
    if test.comparison in _COMPARE:
        return _answer_number(test, fact)
    if fact.value is None:
        return "CANNOT_TELL"
    return _answer_word(test.comparison, fact.value, test.value)


def _answer_number(test: FactTest, fact: Fact) -> Answer:
    span = ends(fact)
    if span is None or not isinstance(test.value, int | float):
        return "CANNOT_TELL"
    compare = _COMPARE[test.comparison]
    first, last = (compare(end, float(test.value)) for end in span)
    return answer_from(first) if first == last else "CANNOT_TELL"


def _answer_word(
    comparison: str, value: float | bool | str | tuple[str, ...], wanted: Scalar | tuple[Scalar, ...]
) -> Answer:
    held: tuple[object, ...] = value if isinstance(value, tuple) else (value,)
    allowed: tuple[object, ...] = wanted if isinstance(wanted, tuple) else (wanted,)
    inside = [item in allowed for item in held]
    if comparison == "within":
        return "YES" if all(inside) else "CANNOT_TELL" if any(inside) else "NO"
    if comparison == "is_not":
        return answer_from(not any(inside))
    return answer_from(any(inside))
