"""Bauer's score of survival, original and modified (bauer1995, leithner2008; restated, originals not read)."""

from __future__ import annotations

from buttress.assess.evaluate import Facts
from buttress.assess.prognosis import score_prognosis
from buttress.records.score import Score


def score_bauer_modified(facts: Facts) -> Score:
    """0 to 4 points, higher is better, without the item on fracture."""
    return score_prognosis("bauer_modified", facts)


def score_bauer_original(facts: Facts) -> Score:
    """0 to 5 points, higher is better."""
    return score_prognosis("bauer_original", facts)
