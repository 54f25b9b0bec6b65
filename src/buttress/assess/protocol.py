"""The steps that the rules imply for each technique, if it is chosen: a checklist with sources, never an order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from buttress.assess.evaluate import Facts, Question, question_of
from buttress.assess.facts import Described
from buttress.assess.neighbours import neighbours_in_words
from buttress.library.load_protocol import load_protocol
from buttress.records.score import ProtocolStep


@dataclass(frozen=True, slots=True, eq=False)
class _ReadyStep:
    """A step with its question prepared; ``template`` is empty where its reason holds for all."""

    key: str
    question: Question
    template: str
    reason: str


def steps_for(facts: Facts, described: Described | None = None) -> tuple[ProtocolStep, ...]:
    """Every step whose question is not answered NO: before, during, after, in the library's order.

    A step that hangs on facts nobody knows is listed as CANNOT_TELL and asks for them. ``described`` are the facts in
    words, where they were put into words before.
    """
    words = Described(facts) if described is None else described
    words["neighbours"] = neighbours_in_words(facts)
    return tuple(_needed(facts, words))


def _needed(facts: Facts, words: Described) -> Iterator[ProtocolStep]:
    for ready in _shelf():
        truth = ready.question.truth(facts)
        if truth is False:
            continue
        asks = () if truth else tuple(facts[name].label for name in ready.question.gaps(facts))
        yield _step(ready.key, ready.template.format_map(words) if ready.template else ready.reason, asks)


@lru_cache(maxsize=4096)  # steps are frozen, and many patients share most of them
def _step(key: str, because: str, asks: tuple[str, ...]) -> ProtocolStep:
    """One step for a patient; it cannot be told whether it is needed where something is asked."""
    row = load_protocol()[key]
    return ProtocolStep(
        key=key,
        phase=row.phase,
        techniques=row.technique_keys,
        action=row.action,
        because=because,
        answer="CANNOT_TELL" if asks else "YES",
        asks=asks,
        rules=row.rules,
        ours=row.ours,
        evidence=row.evidence,
    )


@lru_cache(maxsize=1)
def _shelf() -> tuple[_ReadyStep, ...]:
    return tuple(
        _ReadyStep(key, question_of(row.when), row.because if "{" in row.because else "", row.because)
        for key, row in load_protocol().items()
    )
