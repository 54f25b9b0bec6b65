"""Sources that contradict each other, or themselves, on something that touches this case: every side is shown."""

from __future__ import annotations

from functools import lru_cache

from buttress.assess.evaluate import Facts, Question, question_of
from buttress.assess.facts import Described
from buttress.library.load_disagreements import load_disagreements
from buttress.records.score import Disagreement


def disagreements_of(facts: Facts, described: Described | None = None) -> tuple[Disagreement, ...]:
    """Those that touch this case, or may: their question is not answered NO. In the library's order.

    ``described`` are the facts in words, where they were put into words before.
    """
    words = Described(facts) if described is None else described
    return tuple(
        _disagreement(key, template.format_map(words))
        for key, question, template in _shelf()
        if question.truth(facts) is not False
    )


@lru_cache(maxsize=4096)  # disagreements are frozen, and many patients share them
def _disagreement(key: str, touches: str) -> Disagreement:
    row = load_disagreements()[key]
    return Disagreement(key=key, title=row.title, positions=row.positions, handled=row.handled, touches=touches)


@lru_cache(maxsize=1)
def _shelf() -> tuple[tuple[str, Question, str], ...]:
    """Key, question and the words that name the patient's facts."""
    return tuple((key, question_of(row.when), row.touches) for key, row in load_disagreements().items())
