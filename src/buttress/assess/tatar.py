"""Circumferential involvement on CT as a sign of fracture after radiotherapy of a long bone (tatar2014)."""

from __future__ import annotations

from buttress.assess.checklist import score_checklist
from buttress.assess.evaluate import Facts
from buttress.records.score import Score


def score_tatar(facts: Facts) -> Score:
    """At least 30 % of the circumference, and the two weaker signs; long bones that are irradiated.

    Where no radiotherapy of this lesion is told it cannot be told whether it applies: the thresholds are still shown.
    """
    return score_checklist("tatar", facts)
