"""One thing that was measured or seen: its value with its interval, where it was read and how, or why there is none."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from buttress.records.document import Document, PointMm

Status = Literal["measured", "given", "not_computed", "not_applicable"]


class Measure(Document):
    """A number with its interval, or the reason why there is none.

    ``where`` names the slice or section it was read on; ``at_mm`` is a point there. ``low`` and ``high`` bound the
    value under the stated uncertainty (``method`` says which: threshold, segmentation, slice thickness).
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    status: Status = "measured"
    where: str = ""
    at_mm: PointMm | None = None
    method: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        known = self.status in ("measured", "given")
        if known != (self.value is not None):
            raise ValueError("a measure has a value exactly when it was measured or given")
        if self.value is not None and self.low is not None and self.high is not None:
            slack = 1e-9 * max(1.0, abs(self.value))
            if not self.low - slack <= self.value <= self.high + slack:
                raise ValueError("value must lie between low and high")
        return self

    @classmethod
    def missing(cls, reason: str, *, unit: str = "", applicable: bool = True) -> Measure:
        """A measure without a value: not computed, or not applicable here, and why."""
        return cls(status="not_computed" if applicable else "not_applicable", unit=unit, note=reason)


class Observation(Document):
    """A seen fact that is not a number: a class, a group, yes or no. ``confidence_note`` states its doubt."""

    value: str | bool | None = None
    low: None = Field(None, description="always null: a class has no interval; all findings share five keys")
    high: None = Field(None, description="always null, like low")
    status: Status = "measured"
    where: str = ""
    method: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.status in ("measured", "given")) != (self.value is not None):
            raise ValueError("an observation has a value exactly when it was measured or given")
        return self

    @classmethod
    def missing(cls, reason: str, *, applicable: bool = True) -> Observation:
        """An observation without a value, and why."""
        return cls(status="not_computed" if applicable else "not_applicable", note=reason)
