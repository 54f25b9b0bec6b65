"""Answer a rule's question about the facts: YES, NO or CANNOT_TELL (Kleene's three-valued logic).

A number with an interval is asked at both ends; where the ends disagree the answer is CANNOT_TELL. A number that is
known only as an interval (a score with a gap) is asked in the same way.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from buttress.records.rule import Condition, FactTest
from buttress.records.score import Answer, Fact

Facts = Mapping[str, Fact]
Truth = Callable[[Facts], bool | None]
"""Asks the facts: true, false, or ``None`` for CANNOT_TELL."""

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}
_ANSWERS: dict[bool | None, Answer] = {True: "YES", False: "NO", None: "CANNOT_TELL"}


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A condition made ready to be asked of many patients: its comparisons are chosen once, not at every answer.

    ``facts`` names all facts it asks about. Asking raises ``KeyError`` for a fact that does not exist.
    """

    truth: Truth
    facts: tuple[str, ...] = ()
    parts: tuple[Question, ...] = ()

    def answer(self, facts: Facts) -> Answer:
        """YES, NO or CANNOT_TELL."""
        return _ANSWERS[self.truth(facts)]

    def undecided(self, facts: Facts) -> tuple[str, ...]:
        """Names of the facts that keep the answer at CANNOT_TELL, once each; empty when the answer is YES or NO."""
        return () if self.truth(facts) is not None else self.gaps(facts)

    def gaps(self, facts: Facts) -> tuple[str, ...]:
        """The same, where the answer is known to be CANNOT_TELL."""
        if not self.parts:
            return self.facts
        found = [name for part in self.parts if part.truth(facts) is None for name in part.gaps(facts)]
        return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)


@lru_cache(maxsize=2048)  # of the library's conditions
def question_of(condition: Condition | None) -> Question:
    """The question that a condition asks; no condition is answered YES."""
    if condition is None:
        return Question(lambda facts: True)
    if condition.test is not None:
        return Question(_test_truth(condition.test), condition.facts)
    parts = tuple(question_of(part) for part in condition.all + condition.any + condition.none)
    truths = [part.truth for part in parts]
    truth = _all_hold(truths) if condition.all else _any_holds(truths) if condition.any else _none_holds(truths)
    return Question(truth, condition.facts, parts)


def is_known(fact: Fact) -> bool:
    """Whether anything at all is known of the fact: a value, or an interval."""
    return fact.value is not None or fact.low is not None


def answer(condition: Condition | None, facts: Facts) -> Answer:
    """YES, NO or CANNOT_TELL; no condition is YES. Raises ``KeyError`` for a fact that does not exist."""
    return question_of(condition).answer(facts)


def undecided(condition: Condition | None, facts: Facts) -> tuple[str, ...]:
    """Names of the facts that keep the answer at CANNOT_TELL, once each; empty when the answer is YES or NO."""
    return question_of(condition).undecided(facts)


def negate(value: Answer) -> Answer:
    """YES becomes NO and NO becomes YES; CANNOT_TELL stays."""
    opposite: dict[Answer, Answer] = {"YES": "NO", "NO": "YES", "CANNOT_TELL": "CANNOT_TELL"}
    return opposite[value]


def answer_from(value: bool | None) -> Answer:
    """The answer that a truth value, or its absence, stands for."""
    return _ANSWERS[value]


def ends(fact: Fact) -> tuple[float, float] | None:
    """The least and greatest value a numeric fact may have; ``None`` where it is unknown or not a number."""
    value, low, high = fact.value, fact.low, fact.high
    if isinstance(value, (int, float)):
        return float(value) if low is None else low, float(value) if high is None else high
    return None if low is None or high is None else (low, high)


def _all_hold(truths: Sequence[Truth]) -> Truth:
    def truth(facts: Facts) -> bool | None:
        found: bool | None = True
        for ask in truths:
            held = ask(facts)
            if held is False:
                return False
            if held is None:
                found = None
        return found

    return truth


def _any_holds(truths: Sequence[Truth]) -> Truth:
    def truth(facts: Facts) -> bool | None:
        found: bool | None = False
        for ask in truths:
            held = ask(facts)
            if held:
                return True
            if held is None:
                found = None
        return found

    return truth


def _none_holds(truths: Sequence[Truth]) -> Truth:
    any_holds = _any_holds(truths)

    def truth(facts: Facts) -> bool | None:
        held = any_holds(facts)
        return None if held is None else not held

    return truth


def _test_truth(test: FactTest) -> Truth:
    if test.comparison in _COMPARE:
        assert not isinstance(test.value, (str, tuple))  # the record has checked it
        return _number_truth(test.fact, _COMPARE[test.comparison], float(test.value))
    wanted = test.value if isinstance(test.value, tuple) else (test.value,)
    return _word_truth(test.fact, test.comparison, frozenset(wanted))


def _number_truth(name: str, compare: Callable[[float, float], bool], threshold: float) -> Truth:
    def truth(facts: Facts) -> bool | None:
        span = ends(facts[name])
        if span is None:
            return None
        low, high = span
        first = compare(low, threshold)
        return first if low == high or first == compare(high, threshold) else None

    return truth


def _word_truth(name: str, comparison: str, allowed: frozenset[object]) -> Truth:
    """A list holds the word if any of its words is allowed; ``within`` asks for all of them."""
    negated, every = comparison == "is_not", comparison == "within"

    def truth(facts: Facts) -> bool | None:
        value = facts[name].value
        if value is None:
            return None
        if not isinstance(value, tuple):
            return (value in allowed) is not negated
        inside = not allowed.isdisjoint(value)
        if every and inside:
            return True if allowed.issuperset(value) else None
        return inside is not negated

    return truth
