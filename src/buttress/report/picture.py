"""A picture of the report: PNG bytes with the words that must go with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal["square", "portrait", "wide"]


@dataclass(frozen=True, slots=True)
class Picture:
    """One finished picture. ``key`` is unique in a report and names the file; ``alt`` says in words what is seen."""

    key: str
    title: str
    caption: str
    alt: str
    png: bytes
    lesion_id: str
    shape: Shape = "square"
