"""What is our own choice in the library, and what a site has decided otherwise. A source's number is never among it."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from buttress.evidence.source import Evidence
from buttress.records.document import Document


class Default(Document):
    """One number or word of the library that turns measures into facts, or facts into a reason.

    ``ours`` says why it is our choice. Where it has a range (``low`` and ``high``, ends included) or ``words`` to
    choose from, a site may change it; where it has neither it is a source's, and ``ours`` tells what we add to it.
    ``not_above`` names a default that it may not exceed. ``facts`` follow from it; ``places`` are those beyond rules
    and steps where it stands.
    """

    key: str
    label: str
    value: float | str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    whole: bool = False
    words: tuple[str, ...] = ()
    not_above: str = ""
    evidence: Evidence | None = None
    ours: str = ""
    facts: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _value_is_allowed(self) -> Self:
        if self.is_for_a_site and not self.allows(self.value):
            raise ValueError(f"{self.key}: {self.value!r} is not among {self.allowed}")
        if self.is_for_a_site and not self.ours:
            raise ValueError(f"{self.key}: why is it ours?")
        return self

    @property
    def is_for_a_site(self) -> bool:
        """Whether a site may change it."""
        return bool(self.words) or (self.low is not None and self.high is not None)

    @property
    def allowed(self) -> str:
        """The allowed values in words."""
        if self.words:
            return f"one of {', '.join(self.words)}"
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {amount(self.low or 0.0)} to {amount(self.high or 0.0, self.unit)}"

    def allows(self, value: float | str | bool) -> bool:
        """Whether a site may set it to this value."""
        if self.words or isinstance(value, str):
            return value in self.words
        low, high = self.low, self.high
        fits = not isinstance(value, bool) and (not self.whole or value == round(value))
        return fits and low is not None and high is not None and low <= value <= high


class PolicyChange(Document):
    """One of our choices as a site has changed it; ``reason`` is the site's own."""

    key: str
    label: str
    unit: str = ""
    value: float | str
    ours: float | str
    reason: str = ""

    @property
    def told(self) -> str:
        """Both values: ``15 mm, ours was 10 mm``."""
        return f"{amount(self.value, self.unit)}, ours was {amount(self.ours, self.unit)}"


class SitePolicy(Document):
    """A site's own choices: its name, the SHA-256 of the file it was read from, and what differs from ours."""

    name: str
    sha256: str
    changes: tuple[PolicyChange, ...] = Field((), description="only what differs from the library's own values")


def amount(value: float | str, unit: str = "") -> str:
    """A value with its unit, as a sentence holds it."""
    told = value if isinstance(value, str) else f"{value:g}"
    return f"{told} {unit}" if unit else told
