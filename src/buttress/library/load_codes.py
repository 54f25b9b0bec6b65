"""Codes of shared terminologies, and our own, off the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from buttress.library.load import load_table
from buttress.records.code import Code, Scheme
from buttress.records.document import Document


class SchemeNote(Document):
    """A coding scheme: its name, the address FHIR knows it by, and where its codes were found."""

    name: str
    uri: str
    found: str


class CodeBook(Document):
    """All codes by group and concept, the schemes they come from, and codes of our notes that are not used and why."""

    scheme: Mapping[Scheme, SchemeNote]
    concept: Mapping[str, Mapping[str, tuple[Code, ...]]]
    left_out: Mapping[str, str]

    def codes(self, group: str, key: str | None) -> tuple[Code, ...]:
        """Codes of one concept, the exact one first; none where there is no such concept."""
        return self.concept.get(group, {}).get(key or "", ())


@lru_cache(maxsize=1)
def load_codes() -> CodeBook:
    """The code book (``codes.toml``)."""
    return CodeBook.model_validate(load_table("codes.toml"))
