"""An additive score as data: items, each with levels of points, the first of which that holds counts."""

from __future__ import annotations

from typing import Literal

from buttress.evidence.source import Evidence
from buttress.records.document import Document
from buttress.records.performance import Performance
from buttress.records.rule import Condition
from buttress.records.score import Band


class PointLevel(Document):
    """Points that an item brings when the condition holds."""

    points: int
    when: Condition


class PointItem(Document):
    """One item: its levels from the most points down, and what it brings when none of them holds."""

    name: str
    label: str
    shows: tuple[str, ...]
    otherwise: int = 0
    levels: tuple[PointLevel, ...]


class PointScore(Document):
    """A published additive score of prognosis."""

    title: str
    out_of: int
    higher_is: Literal["better", "worse"]
    items: tuple[PointItem, ...]
    bands: tuple[Band, ...]
    caveats: tuple[str, ...]
    evidence: tuple[Evidence, ...]


class PublishedPerformance(Document):
    """How a score did where it was tried, or a sentence that says why nothing stands here."""

    rows: tuple[Performance, ...] = ()
    note: str = ""
