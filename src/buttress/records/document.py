"""What all documents share: frozen, no unknown keys, and an error a user can act on."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Document(BaseModel):
    """A frozen, checked record. A change is ``model_copy(update=...)``, never an assignment."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ButtressError(Exception):
    """A user's input cannot be used: what was found, what was expected, what to do next. Never holds patient data."""

    def __init__(self, found: str, expected: str = "", remedy: str = "", *, where: str = "") -> None:
        self.found, self.expected, self.remedy, self.where = found, expected, remedy, where
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The whole message, a line per part."""
        lines = [f"{self.where}: {self.found}" if self.where else self.found]
        lines += [f"  expected: {self.expected}"] if self.expected else []
        lines += [f"  what to do: {self.remedy}"] if self.remedy else []
        return "\n".join(lines)


PointMm = tuple[float, float, float]
"""A position in LPS millimetres."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share of a whole, 0 to 1."""
