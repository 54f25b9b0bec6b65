"""A made-up review with every kind of content: for looking at the paper and for its tests. No medicine in it."""

from __future__ import annotations

from typing import Literal

from buttress.evidence.source import Evidence
from buttress.records.case import Board, Case, GivenMeasures, Images, Lesion, LifeExpectancy, Patient, Treatment
from buttress.records.device import ChartZone
from buttress.records.document import PointMm
from buttress.records.findings import BoneAxis, Clearance, Findings, LesionFindings, Measure, Observation
from buttress.records.number import Published
from buttress.records.plan import AblationStep, CementFill, Fixation, Placement, Plan, Step
from buttress.records.provenance import InputFile, Provenance
from buttress.records.review import Appraisal, AppraisedCriterion, Review
from buttress.records.strength import Rigidity, RigidityLevel
from buttress.records.zone import AblationZone
from sample_judgement import PAPER, sample_assessment
from sample_phantom import AXIS, CENTRE_MM, LESION_ID, LESION_OFFSET_MM

PLAN_ID = "tibia-cryo-cement"


def sample_review(stage: Literal["measured", "assessed", "planned"] = "planned", title: str = "") -> Review:
    """The made-up review of the made-up leg, run as far as ``stage``."""
    judged, planned = stage != "measured", stage == "planned"
    return Review(
        stage=stage,
        case=sample_case(title or "Painful lytic lesion of the tibial shaft (made-up phantom)"),
        findings=Findings(lesions=(sample_findings(),), image_notes=("CT header was flipped in y; put right.",)),
        assessments=(sample_assessment(),) if judged else (),
        plans=(sample_plan(),) if planned else (),
        zones=(sample_zone(),) if planned else (),
        rigidities=(sample_rigidity(),) if planned else (),
        appraisals=(sample_appraisal(),) if planned else (),
        provenance=Provenance(
            software="buttress",
            version="0.1.0",
            library_sha256="5e" * 32,
            inputs=(InputFile(role="ct", path="ct.nii.gz", sha256="a1" * 32),),
            parameters={"wanted_margin_mm": 5.0, "seed": 7},
        ),
    )


def sample_case(title: str) -> Case:
    """Some facts known, many not."""
    return Case(
        id="sample-tibia",
        title=title,
        notes=("Made-up patient around a made-up phantom.",),
        patient=Patient(
            pseudonym="PHANTOM-1",
            age_y=61,
            sex="female",
            primary="renal cell carcinoma",
            radiosensitivity="resistant",
            ecog=2,
            inr=1.1,
            implants=(),
            n_metastases=3,
            life_expectancy=LifeExpectancy(low_weeks=26, high_weeks=78, source="treating oncologist"),
        ),
        intent=("palliative", "stabilise"),
        prior_treatments=(
            Treatment(kind="radiotherapy", lesion=LESION_ID, weeks_ago=9, dose_gy=20, fractions=5, outcome="failed"),
        ),
        board=Board(question="Is percutaneous ablation with cement reasonable before surgery?"),
        images=Images(ct="ct.nii.gz", credit="A computed phantom; no patient."),
        lesions=(
            Lesion(
                id=LESION_ID,
                bone="tibia",
                side="left",
                subsite="shaft",
                matrix="lytic",
                pain_nrs=7,
                mirels_pain="functional",
                given=GivenMeasures(longest_diameter_mm=30, source="radiology letter"),
            ),
        ),
    )


def point(offset_mm: tuple[float, float, float] = (0, 0, 0)) -> PointMm:
    """A position relative to the bone's centre at the lesion's level."""
    x, y, z = (CENTRE_MM + offset_mm).tolist()
    return (x, y, z)


def sample_findings() -> LesionFindings:
    """Measures with intervals, places, and two that are missing."""
    levels = tuple(float(s) for s in range(60, -61, -10))
    return LesionFindings(
        lesion_id=LESION_ID,
        centre_mm=point(tuple(LESION_OFFSET_MM.tolist())),
        longest_diameter_mm=Measure(
            value=34.2, low=32.1, high=36.0, unit="mm", where="sagittal, slice 42", method="largest caliper of the mask"
        ),
        orthogonal_diameter_mm=Measure(value=21.7, low=19.9, high=23.1, unit="mm", where="axial slice 76"),
        volume_ml=Measure(value=7.43, low=6.61, high=8.3, unit="ml", where="whole mask", method="voxel count"),
        mean_hu=Measure(value=45.0, low=41.0, high=49.0, unit="HU", where="whole mask"),
        axial_cortical_involvement_mm=Measure(
            value=33.5,
            low=31.0,
            high=36.4,
            unit="mm",
            where="along the bone axis, −16 to +17 mm",
            method="arc length over which the cortex is thinner than half of its healthy value",
        ),
        circumferential_cortical_involvement_fraction=Measure(
            value=0.41,
            low=0.36,
            high=0.46,
            unit="fraction",
            where="section 2 mm distal of the lesion's centre",
            at_mm=point((0.28, 0.0, -2.0)),
            method="share of the ring, 5° sectors, normal to the bone axis",
        ),
        cortical_destruction_fraction=Measure.missing("a cortex mask of the healthy side is needed"),
        width_fraction=Measure(value=0.62, low=0.58, high=0.66, unit="fraction", where="axial slice 76"),
        cortical_breach=Observation(value="destroyed", where="anteromedial wall", method="ring is open over 5 mm"),
        matrix=Observation(value="lytic", method="mean of the mask under 120 HU"),
        harrington_group=Observation.missing("the lesion is not at the acetabulum", applicable=False),
        soft_tissue_extension_ml=Measure.missing("no lesion voxel outside the bone", unit="ml", applicable=False),
        side=Observation(value="left", method="centre lies left of the image's midline"),
        bone_axis=BoneAxis(
            points_mm=tuple(point(tuple((s * AXIS).tolist())) for s in levels),
            from_lesion_mm=tuple(-s for s in levels),
            tilt_deg=8.0,
            method="centroids of sections, smoothed",
        ),
        nearby=(
            Clearance(name="skin", kind="skin", distance_mm=Measure(value=19.0, unit="mm", where="anteromedial")),
            Clearance(name="ankle joint", kind="joint", distance_mm=Measure.missing("not in the field of view")),
        ),
        notes=("The lesion reaches the inner cortex over its whole length.",),
    )


ENTRY_MM, TIP_MM = point((-24.0, -29.0, 6.0)), point((1.0, 2.0, -2.0))


def sample_plan() -> Plan:
    """A freezing step with one probe, cement, and what nobody computed."""
    depth = sum((a - b) ** 2 for a, b in zip(ENTRY_MM, TIP_MM, strict=True)) ** 0.5
    x, y, z = ((b - a) / depth for a, b in zip(ENTRY_MM, TIP_MM, strict=True))
    gel = Evidence(source="littrup2009", place="Table 2", note="gel phantom, not bone")
    chart = ChartZone(
        setting="10 min freeze, 5 min thaw, 10 min freeze",
        duration_s=1500,
        width_mm=Published(value=28, unit="mm", low=26, high=30, evidence=gel),
        length_mm=Published(value=41, unit="mm", evidence=gel),
        criterion="−40 °C isotherm",
        medium="gelatine at 37 °C",
    )
    return Plan(
        id=PLAN_ID,
        lesion_id=LESION_ID,
        title="Cryoablation with one probe, then cement",
        techniques=("cryoablation", "cement"),
        ablation=AblationStep(
            modality="cryoablation",
            device="cryo_17g",
            title="17 G cryoprobe",
            setting=chart,
            centre_mm=point(tuple(LESION_OFFSET_MM.tolist())),
            axis=(x, y, z),
            placements=(
                Placement(
                    entry_mm=ENTRY_MM,
                    tip_mm=TIP_MM,
                    depth_mm=depth,
                    bone_path_mm=21.4,
                    angle_to_axis_deg=74.0,
                    clearances=(("skin", 0.0),),
                ),
            ),
        ),
        fills=(CementFill(cement="pmma", target="cavity", volume_ml=Measure(value=5.2, low=3.7, high=7.4, unit="ml")),),
        fixations=(Fixation(kind="screws", note="The board may ask for screws; sizes are not computed."),),
        steps=(
            Step(text="Place one cryoprobe from the anteromedial side.", evidence=(PAPER,)),
            Step(text="Freeze, thaw, freeze; warm actively before cement.", evidence=(PAPER,)),
            Step(text="Fill the cavity with cement under intermittent CT.", evidence=(PAPER,)),
        ),
        rationale=("The zone can be seen while it grows.", "Cement restores compression strength."),
        not_computed=("cement distribution", "screw sizes", "temperature at the skin"),
    )


def sample_zone() -> AblationZone:
    """How the chart's ellipsoid covers the lesion."""
    return AblationZone(
        plan_id=PLAN_ID,
        model="chart",
        criterion="−40 °C isotherm",
        coverage_fraction=Measure(value=0.97, low=0.94, high=0.99, unit="fraction", where="lesion mask"),
        margin_mm=Measure(value=-1.8, low=-3.0, high=-0.6, unit="mm", where="proximal pole", method="signed distance"),
        covered_with_margin_fraction=Measure(value=0.71, unit="fraction"),
        wanted_margin_mm=5.0,
        volume_ml=Measure(value=16.8, unit="ml"),
        structure_clearances=(("skin", 5.0),),
        limits=("A chart measured in gel, not a simulation of this patient.",),
        evidence=(Evidence(source="littrup2009", place="Table 2"),),
    )


def sample_rigidity() -> Rigidity:
    """A dip at the lesion."""

    def level(s: float) -> RigidityLevel:
        loss = max(0.0, 1.0 - abs(s) / 20.0)
        return RigidityLevel(
            from_lesion_mm=s, axial=1 - 0.42 * loss, bending_min=1 - 0.58 * loss, bending_max=1 - 0.36 * loss,
            torsion_polar=1 - 0.47 * loss,
            torsion=1 - 0.81 * loss,
        )  # fmt: skip

    return Rigidity(
        lesion_id=LESION_ID,
        status="computed",
        axial_ratio=Measure(value=0.58, low=0.52, high=0.63, unit="ratio", where="level of the lesion's centre"),
        bending_ratio=Measure(value=0.42, low=0.35, high=0.48, unit="ratio", where="level of the lesion's centre"),
        torsion_polar_ratio=Measure(
            value=0.53, low=0.46, high=0.59, unit="ratio", where="level of the lesion's centre"
        ),
        torsion_ratio=Measure(value=0.19, low=0.15, high=0.24, unit="ratio", where="level of the lesion's centre"),
        open_section=True,
        levels=tuple(level(float(s)) for s in range(-50, 51, 2)),
        limits=("Beam theory; the threshold of 35 % loss is not checked in the tibia.",),
        evidence=(PAPER,),
    )


def sample_appraisal() -> Appraisal:
    """One criterion at every level."""
    return Appraisal(
        plan_id=PLAN_ID,
        criteria=(
            AppraisedCriterion(name="zone covers the lesion", wanted="all", found="97 % (94 to 99)", level="CAUTION"),
            AppraisedCriterion(
                name="margin", wanted="≥ 5 mm", found="−1.8 mm (−3.0 to −0.6)", level="FAIL", evidence=(PAPER,)
            ),
            AppraisedCriterion(name="probe path", wanted="one skin entry", found="one", level="PASS"),
            AppraisedCriterion(name="skin temperature", wanted="> 10 °C", found="", level="NOT_COMPUTED"),
        ),
    )
