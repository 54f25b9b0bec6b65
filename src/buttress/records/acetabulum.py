"""What was seen of an acetabulum: how much of each part is destroyed, and the groups of Harrington that leaves."""

from __future__ import annotations

from itertools import product
from typing import Literal

from pydantic import Field

from buttress.records.document import Document, PointMm
from buttress.records.measure import Measure

PARTS = ("subchondral", "medial_wall", "roof", "lateral_rim")
GROUPS = ("none", "I", "II", "III", "IV", "partial")


class AcetabulumFindings(Document):
    """Destroyed fraction (0-1) of each part of the socket, seen from the sphere of the femoral head.

    Walls, roof and rim are destroyed when their fraction's whole interval lies at or above ``destroyed_from``,
    preserved when it lies below, else in doubt. The bone under the joint is involved when any part is, from
    ``involved_from`` on.
    """

    side: Literal["left", "right"]
    frame: str
    head_centre_mm: PointMm
    head_radius_mm: Measure
    subchondral: Measure
    medial_wall: Measure
    roof: Measure
    lateral_rim: Measure
    anterior_column: Measure
    posterior_column: Measure
    head_height_difference_mm: Measure
    involved_from: float = Field(0.003, description="ours: about 1 mm3 in 300; less is the edge of an outline")
    destroyed_from: float = Field(1 / 3, description="ours: the sources' words have no measure")

    def destroyed(self, part: str) -> bool | None:
        """Whether a part of :data:`PARTS` is destroyed (subchondral bone: involved); ``None`` where in doubt."""
        if part != "subchondral":
            return _reaches(getattr(self, part), self.destroyed_from)
        told = [_reaches(getattr(self, one), self.involved_from) for one in PARTS]
        return True if True in told else None if None in told else False

    def groups(self) -> tuple[str, ...]:
        """Harrington's groups that the parts leave possible; collapse (IV) is not told by parts and is left out."""
        choices = [(False, True) if (told := self.destroyed(part)) is None else (told,) for part in PARTS]
        found = {classify_acetabulum(a, b, c, d, collapse=False) for a, b, c, d in product(*choices)}
        return tuple(group for group in GROUPS if group in found)


def _reaches(measure: Measure, limit: float) -> bool | None:
    if measure.value is None or measure.low is None or measure.high is None:
        return None
    if measure.low >= limit:
        return True
    return False if measure.high < limit else None


def classify_acetabulum(subchondral: bool, medial_wall: bool, roof: bool, lateral_rim: bool, collapse: bool) -> str:
    """Group of a fully known pattern: none, I, II, III, IV, or partial. ``True`` means involved or destroyed."""
    if collapse:
        return "IV"
    if medial_wall and roof and lateral_rim:
        return "III"
    if roof or lateral_rim:
        return "partial"
    if medial_wall:
        return "II"
    return "I" if subchondral else "none"
