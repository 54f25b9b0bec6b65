"""Where a structure runs beside a bone, as a rule: for scans that do not show it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from buttress.evidence.source import Evidence
from buttress.records.document import Document


class Landmark(Document):
    """One structure beside some bones: ``gap_mm`` out from the outermost point of a section in ``toward``.

    ``uncertain_mm`` is the radius about that place in which it is expected (about two standard deviations). ``toward``
    is in patient terms; medial and lateral are mirrored by the side of the bone.
    """

    structure: str
    kind: Literal["nerve", "large_vessel"]
    bones: Annotated[tuple[str, ...], Field(min_length=1)]
    subsites: tuple[str, ...] = Field((), description="where it holds; empty: along the whole bone")
    toward: str
    gap_mm: Annotated[float, Field(ge=0)]
    uncertain_mm: Annotated[float, Field(gt=0)]
    along: Literal["axis", "table"]
    reach_mm: Annotated[float, Field(gt=0)]
    within_mm: float = Field(60.0, gt=0, description="only the bone this near to the lesion, across its levels, counts")
    evidence: Evidence | None = None
    ours: Annotated[str, Field(min_length=1, description="why the numbers are what they are")]
