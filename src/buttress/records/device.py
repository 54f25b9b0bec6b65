"""Shelf items: the devices, cements and bones made of numbers from papers."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from buttress.evidence.source import Evidence
from buttress.records.applicator import Bench, CryoApplicator, MicrowaveApplicator, RfApplicator
from buttress.records.document import Document
from buttress.records.number import Published

Modality = Literal["rfa_monopolar", "rfa_bipolar", "microwave", "cryoablation"]


class ChartZone(Document):
    """The published dimensions of an ablation zone for one setting: an ellipsoid of revolution about the shaft.

    ``criterion`` says which edge was measured (visible coagulation, the −30 °C isotherm). Where the zone lies along the
    shaft is told by no source on the shelf: the planner centres the zone on the lesion, and says so.
    """

    setting: str
    evidence: Evidence | None = Field(None, description="where the setting is told; every zone on the shelf has it")
    probes: Annotated[int, Field(ge=1)] = 1
    spacing_mm: float | None = None
    duration_s: float
    power_w: float | None = None
    width_mm: Published
    length_mm: Published
    criterion: str
    medium: str


Applicator = Annotated[CryoApplicator | RfApplicator | MicrowaveApplicator, Field(discriminator="kind")]


class Device(Document):
    """An applicator with published zones; one that can be simulated has an ``applicator`` too.

    ``user_supplied`` says which numbers were not found: such a device is named, and nothing is drawn or simulated with
    it until they are given.
    """

    key: str
    title: str
    modality: Modality
    shaft_diameter_mm: Published | None = None
    zones: tuple[ChartZone, ...] = ()
    applicator: Applicator | None = None
    bench: Bench | None = Field(None, description="how the applicator's fitted numbers were found")
    user_supplied: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _has_data_or_says_not(self) -> Self:
        if not self.zones and self.applicator is None and not self.user_supplied:
            raise ValueError("a device needs zones or an applicator, or says in user_supplied what is missing")
        if self.user_supplied and (self.zones or self.applicator is not None):
            raise ValueError("a device whose numbers are user-supplied has none here")
        if self.bench is not None and not all(k < len(self.zones) for k in self.bench.fitted_settings):
            raise ValueError("bench: a fitted setting is not among the zones")
        return self


class Cement(Document):
    """A bone cement: what of it is known."""

    key: str
    title: str
    modulus_mpa: Published
    compressive_strength_mpa: Published
    bending_strength_mpa: Published
    note: str = ""


class ModulusLaw(Document):
    """Young's modulus as ``coefficient_mpa * density ** exponent`` (+ ``offset_mpa``), density in g/cm³
    of the stated kind.
    """

    key: str
    title: str
    coefficient_mpa: float
    exponent: float
    density: str
    evidence: Evidence


class Bone(Document):
    """A bone as the scores and defaults see it."""

    key: str
    title: str
    sided: bool
    long_bone: bool = Field(description="Mirels' score is for it")
    has_axis: bool = Field(False, description="it has a shaft to measure along; every long bone has")
    limb: Literal["upper", "lower", "trunk"]
    weight_bearing: bool
    usual_load: str | None = None
    load_note: str = ""
    load_by_subsite: dict[str, str] = Field(default_factory=dict, description="usual load of a subsite, where told")
    snomed: str | None = None
    subsites: tuple[str, ...] = ()
    peritrochanteric_subsites: tuple[str, ...] = ()
    structures: tuple[str, ...] = Field((), description="critical structures to name by default")
    in_scope: bool = True
    scope_note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _long_bones_have_an_axis(cls, given: dict[str, object]) -> dict[str, object]:
        return {"has_axis": True, **given} if given.get("long_bone") is True else given
