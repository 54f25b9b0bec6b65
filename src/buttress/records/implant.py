"""Metal for the bone: implants off the shelf with what each of their numbers rests on, and implants put into a bone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from buttress.evidence.source import Evidence
from buttress.records.document import Document, PointMm
from buttress.records.image import Mask
from buttress.records.number import Number

ImplantKind = Literal["screw", "needle_bundle", "catheter", "flexible_nail", "nail", "plate"]
Interface = Literal["bonded", "deleted_in_tension", "slip"]
"""How an implant holds to what is around it: as one body, only where pressed on, or not at all. See
``docs/models/implants.md``."""


class ImplantMaterial(Document):
    """What an implant is made of: elastic constants and, where known, the stress at which it yields."""

    key: str
    title: str
    modulus_mpa: Number
    poisson_ratio: Number
    yield_mpa: Number | None = None
    note: str = ""


class Lengths(Document):
    """Lengths an implant comes in, from shortest to longest in steps."""

    shortest_mm: Number
    longest_mm: Number
    step_mm: Number

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.shortest_mm.value > self.longest_mm.value or self.step_mm.value <= 0:
            raise ValueError("lengths go from the shortest to the longest in steps above zero")
        return self

    def longest_within(self, room_mm: float) -> float | None:
        """The longest one that fits into ``room_mm``; None where none does."""
        steps = int((min(room_mm, self.longest_mm.value) - self.shortest_mm.value + 1e-9) // self.step_mm.value)
        return self.shortest_mm.value + steps * self.step_mm.value if room_mm >= self.shortest_mm.value else None


class Implant(Document):
    """An implant as round bars: what can be stamped into a bone.

    ``outer_diameter_mm`` is that over the thread, ``core_diameter_mm`` at its root, ``shaft_diameter_mm`` where no
    thread is, ``cannula_diameter_mm`` the hole. A bundle has ``count`` needles. ``cement`` says where cement belongs
    to the technique: around it, inside it, both. ``user_supplied`` names what was not found; such an implant cannot
    be stamped until it is given.
    """

    key: str
    title: str
    kind: ImplantKind
    material: str
    outer_diameter_mm: Number | None = None
    core_diameter_mm: Number | None = None
    shaft_diameter_mm: Number | None = None
    cannula_diameter_mm: Number | None = None
    thread: Literal["none", "full", "partial"] = "none"
    thread_length_mm: Number | None = None
    lengths: Lengths | None = None
    count: Number | None = Field(None, description="needles of a bundle")
    pair_gap_mm: Number | None = Field(None, description="bone left between two parallel ones")
    cement: tuple[Literal["around", "inside"], ...] = ()
    technique: str = Field("", description="technique of the technique table that it belongs to")
    experimental: bool = False
    described: tuple[Evidence, ...] = Field((), description="where its use is told")
    user_supplied: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.outer_diameter_mm is None) != bool(self.user_supplied):
            raise ValueError("an implant has an outer diameter, or says in user_supplied what is missing")
        if self.thread != "none" and (self.core_diameter_mm is None or self.kind != "screw"):
            raise ValueError("a thread needs a core diameter, and belongs to a screw")
        if self.thread == "partial" and (self.thread_length_mm is None or self.shaft_diameter_mm is None):
            raise ValueError("a partial thread needs its length and the diameter of the shaft")
        if (self.kind == "needle_bundle") != (self.count is not None):
            raise ValueError("a bundle of needles has a count, nothing else has")
        bore = 0.0 if self.cannula_diameter_mm is None else self.cannula_diameter_mm.value
        wide = [one.value for one in (self.core_diameter_mm, self.shaft_diameter_mm, self.outer_diameter_mm) if one]
        if wide and not 0.0 <= bore < min(wide):
            raise ValueError("the hole of an implant is narrower than its core")
        return self


class PlacedImplant(Document):
    """An implant in the patient: straight or bent middle lines of its bars from entry to tip, LPS mm."""

    implant: str
    paths_mm: Annotated[tuple[tuple[PointMm, ...], ...], Field(min_length=1)]
    interface: Interface = "bonded"


class Trocars(Document):
    """Where cement is asked for: the tips of trocars, LPS mm, and its volume (left out: what the cavity holds)."""

    tips_mm: Annotated[tuple[PointMm, ...], Field(min_length=1, max_length=4)]
    volume_ml: Annotated[float, Field(gt=0.0, le=100.0)] | None = None


class StrengthQuestion(Document):
    """What a user asks the what-if table beside its own rows: implants and trocars that were placed, and to push on."""

    placed: tuple[PlacedImplant, ...] = ()
    trocars: Trocars | None = None
    push_on: bool = False


NOTHING_MORE = StrengthQuestion()
"""The table's own rows alone."""


class SeenMetalPiece(Document):
    """One piece of metal seen in a CT. ``kind`` is a guess from its shape alone."""

    kind: Literal["nail", "rod or screw", "plate", "other metal"]
    volume_ml: float
    length_mm: float
    width_mm: float
    thickness_mm: float
    start_mm: PointMm
    end_mm: PointMm
    largest_hu: float
    saturated_fraction: float = Field(description="of its voxels, at the highest value that the image can hold")
    near_bone: bool = Field(description="it lies in the bone or touches it")


@dataclass(frozen=True, slots=True, eq=False)
class SeenMetal:
    """Metal in a CT, on the CT's grid: the pieces, the mask, and what cannot be told from it."""

    pieces: tuple[SeenMetalPiece, ...]
    mask: Mask
    limits: tuple[str, ...]
    status: str
