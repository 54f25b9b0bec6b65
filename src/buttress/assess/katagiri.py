"""Katagiri's score of survival with skeletal metastases (katagiri2014, points as restated by scorecatalogue)."""

from __future__ import annotations

from buttress.assess.evaluate import Facts
from buttress.assess.prognosis import score_prognosis
from buttress.records.score import Score


def score_katagiri(facts: Facts) -> Score:
    """0 to 10 points, higher is worse; an interval with its gaps named where facts are missing."""
    return score_prognosis("katagiri", facts)
