"""When cement alone in the proximal femur is contraindicated (deschamps2012): a checklist beside the stop L-CEM-02."""

from __future__ import annotations

from buttress.assess.checklist import score_checklist
from buttress.assess.evaluate import Facts
from buttress.records.score import Score


def score_deschamps(facts: Facts) -> Score:
    """More than 30 mm of cortical involvement, or an earlier fracture of the lesser trochanter; proximal femur only."""
    return score_checklist("deschamps", facts)
