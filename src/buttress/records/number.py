"""Numbers with what they rest on: published, assumed by us, or fitted by us to something published."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from buttress.evidence.source import Evidence
from buttress.records.document import Document


class Published(Document):
    """A number with its unit, range and source. No bare numbers from papers."""

    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    valid_for: str = ""
    evidence: Evidence

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError("value must lie between low and high")
        return self


class Assumed(Document):
    """A number that no source gives: ``ours`` says what it rests on. Its range is part of it."""

    value: float
    unit: str
    low: float
    high: float
    ours: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError("value must lie between low and high")
        return self


class Fitted(Document):
    """A number of ours, chosen so that a simulation meets something published: to what, and how well it does."""

    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    fitted_to: Annotated[str, Field(min_length=1)]
    misfit: Annotated[str, Field(min_length=1, description="what is left of the difference, in words and numbers")]
    evidence: Evidence = Field(description="where the numbers fitted to are from")


Number = Published | Assumed | Fitted
"""A number of the shelf: published, assumed and said so, or fitted and said to what."""
