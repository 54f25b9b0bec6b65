"""The case: what is known of one patient at one decision. Every clinical fact may be unknown (``None``)."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from buttress.records.board import Board as Board
from buttress.records.document import Document, Fraction, PointMm

Side = Literal["left", "right", "midline"]
Matrix = Literal["lytic", "mixed", "blastic", "permeative"]
Intent = Literal["palliative", "curative", "stabilise"]
Load = Literal["compression", "torsion", "bending", "shear", "mixed"]
MetastasisPattern = Literal["none", "nodular", "disseminated"]
Label = Annotated[int, Field(ge=0)] | Annotated[str, Field(min_length=1)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class LifeExpectancy(Document):
    """A range of weeks, with the tool or person it came from."""

    low_weeks: Annotated[float, Field(ge=0)]
    high_weeks: Annotated[float, Field(ge=0)]
    source: Annotated[str, Field(min_length=1, description="tool, score or person that gave the range")]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low_weeks > self.high_weeks:
            raise ValueError("low_weeks must not exceed high_weeks")
        return self


class Implant(Document):
    """Metal already in the patient."""

    description: str
    in_treated_region: bool | None = Field(
        None, description="within the treated bone or the path of a grounding current; unknown if left out"
    )


class Patient(Document):
    """Facts of the patient. No name and no birth date: ``pseudonym`` only."""

    pseudonym: Identifier = "anonymous"
    age_y: Annotated[int, Field(ge=0, le=120)] | None = None
    sex: Literal["female", "male", "other"] | None = None
    primary: str | None = Field(None, description="primary tumour, for example renal cell carcinoma")
    histology_proven: bool | None = Field(None, description="tissue proof of metastasis or a known primary")
    staging: str | None = Field(None, description="stage in words, and on what it rests")
    radiosensitivity: Literal["sensitive", "intermediate", "resistant"] | None = None
    displaceable_by_cement: bool | None = Field(
        None, description="soft tumour that cement pushes aside (lymphoma, myeloma)"
    )
    ecog: Annotated[int, Field(ge=0, le=4)] | None = None
    kps: Annotated[int, Field(ge=0, le=100, multiple_of=10)] | None = None
    ambulation: str | None = None
    surgical_candidate: Literal["candidate", "poor", "declined"] | None = None
    platelets_e9_per_l: Annotated[float, Field(ge=0, le=3000)] | None = None
    inr: Annotated[float, Field(gt=0, le=20)] | None = None
    anticoagulants: tuple[str, ...] | None = Field(None, description="empty list: none; left out: unknown")
    allergies: tuple[str, ...] | None = Field(None, description="empty list: none known; left out: unknown")
    infection: bool | None = Field(None, description="an active infection, anywhere")
    implants: tuple[Implant, ...] | None = Field(None, description="empty list: none; left out: unknown")
    pacemaker: bool | None = Field(None, description="pacemaker or defibrillator")
    systemic_therapy: str | None = Field(None, description="what, and whether ongoing")
    needs_systemic_therapy_now: bool | None = None
    n_metastases: Annotated[int, Field(ge=1)] | None = Field(None, description="all metastases, all organs")
    widely_metastatic: bool | None = None
    life_expectancy: LifeExpectancy | None = None
    visceral_metastases: MetastasisPattern | None = Field(
        None, description="nodules in organs; disseminated: pleural or peritoneal"
    )
    cerebral_metastases: MetastasisPattern | None = Field(
        None, description="nodules in the brain; disseminated: leptomeningeal"
    )
    n_skeletal_metastases: Annotated[int, Field(ge=1)] | None = None
    multiple_skeletal_metastases: bool | None = Field(None, description="where the number is not known")
    previous_chemotherapy: bool | None = None
    katagiri_primary_group: Literal["slow", "moderate", "rapid"] | None = Field(
        None, description="by how treatable the tumour is, not by organ; left out: by the primary where that is sure"
    )
    crp_mg_per_dl: Annotated[float, Field(ge=0, le=100)] | None = Field(None, description="C-reactive protein")
    ldh_iu_per_l: Annotated[float, Field(ge=0, le=20000)] | None = Field(None, description="lactate dehydrogenase")
    albumin_g_per_dl: Annotated[float, Field(gt=0, le=8)] | None = None
    calcium_mg_per_dl: Annotated[float, Field(ge=4, le=25)] | None = None
    bilirubin_mg_per_dl: Annotated[float, Field(ge=0, le=60)] | None = Field(None, description="total bilirubin")
    preference: str | None = Field(None, description="what the patient wants, in the patient's terms")


class Treatment(Document):
    """A treatment that was given before."""

    kind: Literal[
        "radiotherapy", "systemic", "bisphosphonate", "opioid", "surgery", "ablation", "cementoplasty", "other"
    ]
    description: str | None = None
    lesion: Identifier | None = Field(None, description="lesion id it was aimed at; left out: not lesion-specific")
    date: datetime.date | None = None
    weeks_ago: Annotated[float, Field(ge=0)] | None = None
    dose_gy: Annotated[float, Field(gt=0, le=100)] | None = None
    fractions: Annotated[int, Field(ge=1)] | None = None
    outcome: Literal["failed", "partial", "responded"] | None = None


class Fracture(Document):
    """What is known of a fracture at the lesion."""

    status: Literal["none", "impending", "actual"] | None = None
    displacement: Literal["none", "minimal", "marked"] | None = None
    angulation: Literal["none", "minimal", "marked"] | None = None
    plane: Literal["transverse", "oblique", "spiral", "longitudinal"] | None = None
    reaches_joint: bool | None = None
    lesser_trochanter_avulsion: bool | None = None


class Acetabulum(Document):
    """State of the acetabulum as read by the case's author; ``True`` means destroyed (or collapsed)."""

    subchondral: bool | None = None
    medial_wall: bool | None = None
    roof: bool | None = None
    lateral_rim: bool | None = None
    collapse: bool | None = None
    resectable_for_cure: bool | None = None


class GivenMeasures(Document):
    """Measures typed in by the author, used where nothing could be measured and compared where it could."""

    longest_diameter_mm: Annotated[float, Field(gt=0)] | None = None
    axial_cortical_involvement_mm: Annotated[float, Field(ge=0)] | None = None
    circumferential_cortical_involvement_fraction: Fraction | None = None
    cortical_destruction_fraction: Fraction | None = None
    width_fraction: Fraction | None = None
    cortex: Literal["intact", "eroded", "destroyed"] | None = None
    source: str | None = Field(None, description="who measured, and on what")


class CriticalStructure(Document):
    """Something to spare: a nerve, a joint, skin. With a mask its distance is measured; without, it is only named."""

    name: Annotated[str, Field(min_length=1)]
    kind: Literal["nerve", "cord", "joint", "skin", "bowel", "lung", "heart", "large_vessel", "cartilage", "other"]
    mask: str | None = Field(None, description="path of a mask, relative to the case file")
    mask_label: Label | None = Field(None, description="segment of the mask file, by name or number")
    distance_mm: Annotated[float, Field(ge=0)] | None = Field(None, description="typed in; a mask overrides it")


class Lesion(Document):
    """One lesion of the case. Give a ``mask`` (path), a ``box_mm`` or a ``seed_mm`` (LPS mm) to have it measured."""

    id: Identifier
    bone: str
    side: Side | None = None
    subsite: str | None = None
    matrix: Matrix | None = None
    diffuse: bool | None = Field(None, description="too diffuse to be encompassed by one ablation zone")
    pain_nrs: Annotated[float, Field(ge=0, le=10)] | None = None
    mirels_pain: Literal["none", "mild", "moderate", "functional"] | None = None
    stress_pain_after_radiotherapy: bool | None = None
    opioid_mg_per_day: Annotated[float, Field(ge=0)] | None = Field(None, description="oral morphine equivalent")
    weight_bearing: bool | None = Field(None, description="left out: the usual for the bone")
    load: Load | None = Field(None, description="main load at the site; left out: the usual for the bone")
    fracture: Fracture = Fracture()
    acetabulum: Acetabulum = Acetabulum()
    given: GivenMeasures = GivenMeasures()
    soft_tissue_outside_cortex: bool | None = None
    screw_corridor: bool | None = Field(None, description="a clear path for screws along or across the fracture")
    precise_zone_needed: bool | None = Field(None, description="the zone must be seen while it grows")
    mask: str | None = Field(None, description="path of a lesion mask on the CT's grid, relative to the case file")
    mask_label: Label | None = Field(
        None, description="segment of the mask file, by name or number, if it holds several"
    )
    seed_mm: PointMm | None = Field(None, description="a point in the lesion, LPS mm")
    box_mm: tuple[PointMm, PointMm] | None = Field(None, description="two opposite corners of a box about it, LPS mm")
    bone_mask: str | None = Field(None, description="path of an optional starting mask of the bone")
    bone_mask_label: Label | None = Field(None, description="segment of the bone mask's file, by name or number")
    critical_structures: tuple[CriticalStructure, ...] | None = None


class Images(Document):
    """Where the CT lies, relative to the case file: NIfTI, NRRD, or a folder with one DICOM series (or name one)."""

    ct: str | None = None
    series_uid: str | None = Field(None, description="SeriesInstanceUID, when the folder holds several")
    modality: str | None = Field(None, description="what was looked at, for example CT, 1 mm, and MRI")
    date: datetime.date | None = Field(None, description="day the images were taken")
    whole_bone_films: bool | None = Field(None, description="plain films of the whole bone were seen")
    credit: str | None = Field(None, description="whom to credit for the images; printed in the report")


class TypedPrognosis(Document):
    """A survival estimate from a tool that buttress does not compute, typed in with its source."""

    tool: Literal["PATHFx", "SORG-MLA", "2013-SPRING", "OPTIModel", "Janssen", "other"]
    source: Annotated[str, Field(min_length=1, description="who ran the tool, where, which version")]
    result: str | None = Field(None, description="the result in words")
    survival_fraction: Fraction | None = Field(None, description="share expected to be alive at ``at_months``")
    at_months: Annotated[float, Field(gt=0, le=120)] | None = None
    date: datetime.date | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.survival_fraction is None) != (self.at_months is None):
            raise ValueError("survival_fraction and at_months go together")
        if self.survival_fraction is None and not self.result:
            raise ValueError("a typed-in prognosis needs a result, or survival_fraction with at_months")
        return self


class Case(Document):
    """One patient's facts, images and lesions at one decision."""

    format: Literal["buttress.case/1"] = "buttress.case/1"
    id: Identifier
    title: str = ""
    notes: tuple[str, ...] = Field((), description="remarks that travel into the report")
    facts_on: datetime.date | None = Field(None, description="day for which the facts were put together")
    facts_from: str | None = Field(None, description="what they were taken from: letters, laboratory, the patient")
    patient: Patient = Patient()
    intent: tuple[Intent, ...] | None = None
    prior_treatments: tuple[Treatment, ...] | None = Field(None, description="empty list: none; left out: unknown")
    prognosis: tuple[TypedPrognosis, ...] = Field((), description="typed in from survival tools; never computed")
    board: Board = Board()
    images: Images = Images()
    lesions: Annotated[tuple[Lesion, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _lesions_are_named_once(self) -> Self:
        names = [lesion.id for lesion in self.lesions]
        if len(set(names)) != len(names):
            raise ValueError("two lesions share an id")
        strangers = {t.lesion for t in self.prior_treatments or () if t.lesion} - set(names)
        if strangers:
            raise ValueError(f"prior_treatments name lesions that do not exist: {sorted(strangers)}")
        return self
