"""The sources a review cites, numbered in order of first use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from buttress.evidence.source import Evidence, Source, bibliography
from buttress.records.document import ButtressError
from buttress.records.review import Review
from buttress.report.blocks import Cite


def bibliography_of(review: Review) -> tuple[Source, ...]:
    """All sources cited anywhere in a review, in order of first use.

    Raises ``ButtressError`` when a key is not in the bibliography.
    """
    known = bibliography()
    keys = list(dict.fromkeys(evidence.source for evidence in cited(review)))
    strangers = [key for key in keys if key not in known]
    if strangers:
        raise ButtressError(
            f"the review cites unknown sources: {', '.join(strangers)}",
            "keys of the bundled bibliography",
            "make the review again with this version of buttress, or add the source",
        )
    return tuple(known[key] for key in keys)


def cited(part: object) -> Iterator[Evidence]:
    """Every piece of evidence inside a document, depth first in the order of its fields."""
    if isinstance(part, Evidence):
        yield part
    elif isinstance(part, BaseModel):
        for _, value in part:
            yield from cited(value)
    elif isinstance(part, tuple | list):
        for value in part:
            yield from cited(value)
    elif isinstance(part, dict):
        yield from cited(tuple(part.values()))


class Citations:
    """Numbers for the sources of one review."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._numbers = {source.key: number for number, source in enumerate(sources, 1)}

    def of(self, *evidence: Evidence) -> tuple[Cite, ...]:
        """Cites with their places; the same source and place only once."""
        cites = (Cite(self._numbers[e.source], _place(e)) for e in evidence)
        return tuple(dict.fromkeys(cites))


def _place(evidence: Evidence) -> str:
    return "; ".join(part for part in (evidence.place, evidence.population, evidence.note) if part)
