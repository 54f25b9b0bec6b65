"""Where sources contradict each other or themselves, off the shelf (``disagreements.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from pydantic import Field

from buttress.evidence.source import Evidence
from buttress.library.load import load_table
from buttress.records.document import Document
from buttress.records.rule import Condition
from buttress.records.score import Position


class DisagreementRow(Document):
    """One disagreement of the library, and the question whether it touches a case.

    ``rows`` are the rows of our clinical notes it comes from. ``evidence`` is where numbers of ``when`` are from.
    ``site_handled`` stands in place of ``handled`` where a site has changed a default it names in braces.
    """

    key: str
    title: str
    rows: tuple[str, ...] = Field(min_length=1)
    positions: tuple[Position, ...] = Field(min_length=2)
    handled: str
    site_handled: str = ""
    touches: str
    when: Condition
    evidence: tuple[Evidence, ...] = ()


@lru_cache(maxsize=1)
def load_disagreements() -> Mapping[str, DisagreementRow]:
    """Every disagreement by key, in the library's order. Raises ``ValueError`` when a key appears twice."""
    rows = tuple(DisagreementRow.model_validate(row) for row in load_table("disagreements.toml")["disagreement"])
    found = {row.key: row for row in rows}
    if len(found) != len(rows):
        raise ValueError("two disagreements share a key")
    return found


@lru_cache(maxsize=1)
def load_settled_slips() -> Mapping[str, str]:
    """Inconsistencies of the paper that are no disagreement to show, each with the reason, by row of the notes."""
    return dict(load_table("disagreements.toml")["left_out"])
