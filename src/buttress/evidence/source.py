"""Sources, the places inside them, and the bibliography they are looked up in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from pydantic import BaseModel, ConfigDict


class Source(BaseModel):
    """One published work: BibTeX key, authors, title, year and, where known, journal and DOI."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    kind: str
    authors: str
    title: str
    year: str
    venue: str = ""
    doi: str = ""
    note: str = ""

    @property
    def citation(self) -> str:
        """The work as one line of a bibliography."""
        year = "" if self.year in self.venue else self.year
        parts = [self.authors, self.title, self.venue, year]
        line = ". ".join(part.rstrip(".") for part in parts if part) + "."
        return f"{line} doi:{self.doi}" if self.doi else line


class Evidence(BaseModel):
    """Where a statement or number comes from: source key, place in the source, population, and any doubt about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    place: str = ""
    population: str = ""
    note: str = ""


_ENTRY = re.compile(r"@(?P<kind>\w+)\s*\{\s*(?P<key>[^,\s]+)\s*,(?P<body>.*?)\n\}", re.S)
_NO_BRACES = str.maketrans("", "", "{}")
_AND = re.compile(r" and (?!others$|[^{}]*\})")
"""Between two authors; inside braces it belongs to a name, as in that of an institute."""
_FIELD = re.compile(r"(?P<name>\w+)\s*=\s*\{(?P<value>.*?)\}\s*(?:,|$)", re.S)


def parse_bibliography(text: str) -> dict[str, Source]:
    """Sources by key from BibTeX whose entries close with a brace on a line of its own.

    Raises ``ValueError`` when a key appears twice or an entry lacks an author, title or year.
    """
    found: dict[str, Source] = {}
    for entry in _ENTRY.finditer(text):
        key = entry["key"]
        fields = {f["name"].lower(): " ".join(f["value"].split()) for f in _FIELD.finditer(entry["body"])}
        authors = _AND.sub(", ", fields.get("author", "")).translate(_NO_BRACES)
        fields = {name: value.translate(_NO_BRACES) for name, value in fields.items()}
        missing = [name for name in ("author", "title", "year") if not fields.get(name)]
        if key in found or missing:
            raise ValueError(f"references.bib: {key}: " + ("given twice" if key in found else f"lacks {missing}"))
        found[key] = Source(
            key=key,
            kind=entry["kind"].lower(),
            authors=authors,
            title=fields["title"],
            year=fields["year"],
            venue=fields.get("journal") or fields.get("howpublished") or fields.get("publisher", ""),
            doi=fields.get("doi", ""),
            note=fields.get("note", ""),
        )
    return found


@lru_cache(maxsize=1)
def bibliography() -> Mapping[str, Source]:
    """Every source that buttress cites, by key."""
    return parse_bibliography(resources.files("buttress.evidence").joinpath("references.bib").read_text("utf-8"))
