"""The steps that the rules imply, off the shelf (``protocol.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from pydantic import Field

from buttress.evidence.source import Evidence
from buttress.library.load import load_table
from buttress.library.load_defaults import with_numbers
from buttress.library.load_rules import load_techniques
from buttress.records.document import Document
from buttress.records.rule import Condition


class StepRow(Document):
    """One step of the library: what is done, for which techniques, and the question that decides whether it is needed.

    ``rules`` names the rules, or the gate, that imply it. ``techniques`` may name groups, or all percutaneous ones.
    """

    key: str
    phase: Literal["before", "during", "after"]
    techniques: tuple[str, ...] = Field(min_length=1)
    action: str
    because: str
    when: Condition | None = None
    rules: tuple[str, ...] = Field(min_length=1)
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    ours: str = ""

    @property
    def technique_keys(self) -> tuple[str, ...]:
        """Keys of the techniques it belongs to, in the library's order."""
        named, rows = self.techniques, load_techniques().values()
        return tuple(
            row.key
            for row in rows
            if row.key in named or row.group in named or ("percutaneous" in named and row.group != "comparator")
        )


@lru_cache(maxsize=1)
def load_protocol() -> Mapping[str, StepRow]:
    """Every step by key, in the order of the work. Raises ``ValueError`` when a key appears twice."""
    rows = tuple(StepRow.model_validate(with_numbers(row)) for row in load_table("protocol.toml")["step"])
    found = {row.key: row for row in rows}
    if len(found) != len(rows):
        raise ValueError("two steps share a key")
    return found
