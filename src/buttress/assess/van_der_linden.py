"""Cortical involvement of the femur as a sign of impending fracture (vanderlinden2004, vanderwal2020)."""

from __future__ import annotations

from buttress.assess.checklist import score_checklist
from buttress.assess.evaluate import Facts
from buttress.records.score import Score


def score_van_der_linden(facts: Facts) -> Score:
    """Axial involvement above 30 mm and circumferential above 50 %, each with its own risk; femur only.

    For another bone the score does not apply; the measures still stand against the thresholds.
    """
    return score_checklist("van_der_linden", facts)
