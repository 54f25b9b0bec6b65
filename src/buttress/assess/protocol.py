"""The steps that the rules imply for each technique, if it is chosen: a checklist with sources, never an order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from buttress.assess.evaluate import Facts, Question, question_of
from buttress.assess.facts import Described
from buttress.assess.neighbours import neighbours_in_words
from buttress.assess.site_rules import changes_used, condition_under, with_changes
from buttress.library.load_defaults import Defaults, shelf_defaults
from buttress.library.load_protocol import StepRow, load_protocol
from buttress.records.score import ProtocolStep


@dataclass(frozen=True, slots=True, eq=False)
class _ReadyStep:
    """A step with its question prepared, as it stands where its reason holds for all.

    ``template`` is that reason where it names a fact of the patient, else empty.
    """

    step: ProtocolStep
    question: Question
    template: str


def steps_for(
    facts: Facts, described: Described | None = None, defaults: Defaults | None = None
) -> tuple[ProtocolStep, ...]:
    """Every step whose question is not answered NO: before, during, after, in the library's order.

    A step that hangs on facts nobody knows is listed as CANNOT_TELL and asks for them. ``described`` are the facts in
    words, where they were put into words before; ``defaults`` a site's, where it has any.
    """
    words = Described(facts) if described is None else described
    words["neighbours"] = neighbours_in_words(facts)
    return tuple(_needed(facts, words, _ready_steps(defaults or shelf_defaults())))


def _needed(facts: Facts, words: Described, steps: Sequence[_ReadyStep]) -> Iterator[ProtocolStep]:
    for ready in steps:
        truth = ready.question.truth(facts)
        if truth is False:
            continue
        asks = () if truth else tuple([facts[name].label for name in ready.question.gaps(facts)])
        because = words.fill(ready.template) if ready.template else ready.step.because
        yield _step(ready, because, asks) if ready.template or asks else ready.step


@lru_cache(maxsize=4096)  # steps are frozen, and many patients share most of them
def _step(ready: _ReadyStep, because: str, asks: tuple[str, ...]) -> ProtocolStep:
    """One step for a patient; it cannot be told whether it is needed where something is asked."""
    answer = "CANNOT_TELL" if asks else "YES"
    return ready.step.model_copy(update={"because": because, "answer": answer, "asks": asks})


@lru_cache(maxsize=8)
def _ready_steps(defaults: Defaults) -> tuple[_ReadyStep, ...]:
    return tuple(_ready(_under(row, defaults)) for row in load_protocol().values())


def _ready(row: StepRow) -> _ReadyStep:
    step = ProtocolStep(
        key=row.key,
        phase=row.phase,
        techniques=row.technique_keys,
        action=row.action,
        because=row.because,
        rules=row.rules,
        ours=row.ours,
        evidence=row.evidence,
    )
    return _ReadyStep(step, question_of(row.when), row.because if "{" in row.because else "")


def _under(row: StepRow, defaults: Defaults) -> StepRow:
    """The step with the numbers in force, and what a site has changed told in its reason."""
    changes = changes_used(row.when, row.because, defaults)
    return row.model_copy(
        update={
            "action": defaults.fill(row.action),
            "when": condition_under(row.when, defaults),
            "because": with_changes(row.because, changes),
            "ours": with_changes(row.ours, changes),
        }
    )
