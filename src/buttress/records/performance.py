"""How well a score or tool told outcomes apart where it was tried: always with cut, number and population."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from buttress.evidence.source import Evidence
from buttress.records.document import Document, Fraction

Count = Annotated[int, Field(ge=0)]


class Counts(Document):
    """The four cells behind a cut: who was above or below it, and who had the event or had it not."""

    true_positive: Count
    false_positive: Count
    false_negative: Count
    true_negative: Count

    @property
    def sensitivity(self) -> float | None:
        """Share of those with the event who were above the cut; ``None`` where nobody had it."""
        return _share(self.true_positive, self.false_negative)

    @property
    def specificity(self) -> float | None:
        """Share of those without the event who were below the cut; ``None`` where everybody had it."""
        return _share(self.true_negative, self.false_positive)

    @property
    def ppv(self) -> float | None:
        """Share of those above the cut who had the event; ``None`` where nobody was above."""
        return _share(self.true_positive, self.false_positive)

    @property
    def npv(self) -> float | None:
        """Share of those below the cut who had no event; ``None`` where nobody was below."""
        return _share(self.true_negative, self.false_negative)

    @property
    def n(self) -> int:
        """All of them."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative


class Performance(Document):
    """What one source found of a score at one cut, or of a tool's prediction, in its own population."""

    measure: str = Field(description="the event or the figure: fracture, survival by band, area under the curve")
    cut: str = ""
    sensitivity: Fraction | None = None
    specificity: Fraction | None = None
    ppv: Fraction | None = Field(None, description="positive predictive value")
    npv: Fraction | None = Field(None, description="negative predictive value")
    figures: str = Field("", description="what else the source gives, in words")
    counts: Counts | None = None
    n: Annotated[int, Field(ge=1)] | None = None
    population: str
    ours: str = Field("", description="what in this row is our reckoning and not the source's")
    evidence: Evidence


def _share(part: int, rest: int) -> float | None:
    return part / (part + rest) if part + rest else None
