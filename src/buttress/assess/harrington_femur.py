"""Harrington's four criteria of an impending femoral fracture (harrington1982, as restated by ahmed2019)."""

from __future__ import annotations

from buttress.assess.checklist import score_checklist
from buttress.assess.evaluate import Facts
from buttress.records.score import Score


def score_harrington_femur(facts: Facts) -> Score:
    """Which of the four criteria are met, not met or unknown. No points: the source defines none."""
    return score_checklist("harrington_femur", facts)
