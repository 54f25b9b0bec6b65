"""Whom a score is cited from."""

from __future__ import annotations

from functools import lru_cache

from buttress.evidence.source import Evidence
from buttress.library.load_rules import load_score


@lru_cache(maxsize=32)
def evidence_of(key: str, part: str = "evidence") -> tuple[Evidence, ...]:
    """The sources that the table of a score names (``rules/scores/<key>.toml``), checked once."""
    return tuple(Evidence.model_validate(row) for row in load_score(key)[part])
