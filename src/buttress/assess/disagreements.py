"""Sources that contradict each other, or themselves, on something that touches this case: every side is shown."""

from __future__ import annotations

from functools import lru_cache

from buttress.assess.evaluate import Facts, Question, question_of
from buttress.assess.facts import Described
from buttress.library.load_defaults import Defaults, shelf_defaults
from buttress.library.load_disagreements import load_disagreements
from buttress.records.score import Disagreement


def disagreements_of(
    facts: Facts, described: Described | None = None, defaults: Defaults | None = None
) -> tuple[Disagreement, ...]:
    """Those that touch this case, or may: their question is not answered NO. In the library's order.

    ``described`` are the facts in words, where they were put into words before; ``defaults`` a site's, if any.
    """
    words = Described(facts) if described is None else described
    defaults = defaults or shelf_defaults()
    return tuple(
        _disagreement(key, template.format_map(words), defaults)
        for key, question, template in _shelf()
        if question.truth(facts) is not False
    )


@lru_cache(maxsize=4096)  # disagreements are frozen, and many patients share them
def _disagreement(key: str, touches: str, defaults: Defaults) -> Disagreement:
    row = load_disagreements()[key]
    handled = defaults.site_words(row.site_handled) or row.handled
    return Disagreement(key=key, title=row.title, positions=row.positions, handled=handled, touches=touches)


@lru_cache(maxsize=1)
def _shelf() -> tuple[tuple[str, Question, str], ...]:
    """Key, question and the words that name the patient's facts."""
    return tuple((key, question_of(row.when), row.touches) for key, row in load_disagreements().items())
