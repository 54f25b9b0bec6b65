"""What was published of a score's performance, put beside its result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buttress.library.load_rules import load_performance

_SHELF = {"harrington_acetabulum_original": "harrington_acetabulum"}
"""Scores whose table stands under another name."""


def published_performance(key: str) -> Mapping[str, Any]:
    """The fields of a score that hold every published figure of how it did, each with cut, number and population."""
    published = load_performance(_SHELF.get(key, key))
    return {"performance": published.rows, "performance_note": published.note}
