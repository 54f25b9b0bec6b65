"""Pain response after treatment by the international consensus endpoints (nakamura2016, as tabulated in PMC6817531).

Complete response: worst pain 0 at the treated site and no more analgesics than before. Partial response: worst pain
down by 2 or more (scale 0 to 10) with no more analgesics, or analgesics down by a quarter or more with no more pain.
Everything else is not classified here: the text of the consensus on progression (chow2012) was not read.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from buttress.evidence.source import Evidence
from buttress.records.document import Document

LEAST_PAIN_DROP = 2.0
"""Points on the scale 0 to 10 (nakamura2016)."""
LEAST_OPIOID_DROP_FRACTION = 0.25
"""Share of the oral morphine equivalent before treatment (nakamura2016)."""

EVIDENCE = Evidence(source="nakamura2016", place="as tabulated in PMC6817531, Table 1")

Response = Literal["complete", "partial", "not_classified", "cannot_tell"]


class PainReport(Document):
    """Worst pain at the treated site (0 to 10) and daily opioids in mg of oral morphine equivalent, at one visit."""

    worst_pain: float | None = Field(None, ge=0, le=10)
    opioid_mg_per_day: float | None = Field(None, ge=0)


class PainResponse(Document):
    """The response with its reason and the definition that was used."""

    response: Response
    because: str
    definition: Evidence = EVIDENCE


def judge_pain_response(before: PainReport, after: PainReport) -> PainResponse:
    """Complete or partial response, not classified, or cannot tell where a value is missing.

    ``before`` must have pain: without it there is nothing that could be relieved.
    """
    pain, opioid = (before.worst_pain, after.worst_pain), (before.opioid_mg_per_day, after.opioid_mg_per_day)
    if pain[0] is None or pain[1] is None or opioid[0] is None or opioid[1] is None:
        missing = [name for name, pair in (("worst pain", pain), ("opioid dose", opioid)) if None in pair]
        return PainResponse(response="cannot_tell", because=f"missing before or after: {' and '.join(missing)}")
    told = f"worst pain {pain[0]:g} to {pain[1]:g}, opioids {opioid[0]:g} to {opioid[1]:g} mg/day"
    if pain[0] == 0:
        return PainResponse(response="not_classified", because=f"no pain before treatment ({told})")
    return PainResponse(response=_classify(pain[0], pain[1], opioid[0], opioid[1]), because=told)


def _classify(pain_before: float, pain_after: float, opioid_before: float, opioid_after: float) -> Response:
    no_more_opioids = opioid_after <= opioid_before
    if pain_after == 0 and no_more_opioids:
        return "complete"
    less_pain = pain_before - pain_after >= LEAST_PAIN_DROP and no_more_opioids
    fewer_opioids = opioid_before > 0 and opioid_after <= (1 - LEAST_OPIOID_DROP_FRACTION) * opioid_before
    return "partial" if less_pain or (fewer_opioids and pain_after <= pain_before) else "not_classified"
