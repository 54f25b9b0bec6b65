"""What was published of a score's performance, put beside its result."""

from __future__ import annotations

from buttress.library.load_rules import load_performance
from buttress.records.score import Score

_SHELF = {"harrington_acetabulum_original": "harrington_acetabulum"}
"""Scores whose table stands under another name."""


def with_performance(score: Score) -> Score:
    """The score with every published figure of how it did, each with cut, number and population."""
    published = load_performance(_SHELF.get(score.key, score.key))
    return score.model_copy(update={"performance": published.rows, "performance_note": published.note})
