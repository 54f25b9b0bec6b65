"""Straight corridors for screws through a bone, across its lesion."""

from __future__ import annotations

from pydantic import Field

from buttress.records.document import Document, PointMm
from buttress.records.findings import Basis


class ScrewPath(Document):
    """One screw in the bone, by its middle line. Geometry only: nothing of the way from the skin."""

    entry_mm: PointMm = Field(description="where the middle line meets the bone's surface")
    tip_mm: PointMm
    length_mm: float
    entry_anchorage_mm: float = Field(description="bone all round it, before the lesion")
    tip_anchorage_mm: float = Field(description="bone all round it, behind the lesion")
    clearance_mm: float = Field(description="least bone about the thread across the lesion and as far as it must hold")


class NearScrew(Document):
    """The least distance from the thread of a screw to something that must be spared.

    ``is_at_most``: one place of it alone is known, and it may come nearer elsewhere. What is estimated by anatomy may
    lie ``uncertain_mm`` to any side.
    """

    name: str
    kind: str
    distance_mm: float
    basis: Basis
    is_at_most: bool = False
    uncertain_mm: float | None = None


class ScrewPair(Document):
    """Two parallel screws of one size, put in from the same side."""

    implant: str
    diameter_mm: float
    screws: tuple[ScrewPath, ScrewPath]
    spacing_mm: float = Field(description="between the two middle lines")
    near: tuple[NearScrew, ...] = Field((), description="of both: the nearest joint, nerve and vessel that are known")


class Corridor(Document):
    """A straight way through the bone and across the lesion: for one screw of the shelf, and for two side by side.

    ``pair_note`` says why there is no pair.
    """

    implant: str
    diameter_mm: float
    screw: ScrewPath
    pair: ScrewPair | None = None
    pair_note: str = ""
    direction: str = Field("", description="from entry to tip, in words: superior-medial")
    angle_to_axis_deg: float | None = None
    near: tuple[NearScrew, ...] = Field(
        (), description="of the one: the nearest joint, nerve and vessel that are known"
    )
