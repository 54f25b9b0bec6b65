"""What was given and what was measured, as blocks."""

from __future__ import annotations

from collections.abc import Iterable

from buttress.records.case import Case, Lesion, Patient, Treatment
from buttress.records.findings import LesionFindings, Measure, Observation
from buttress.report.blocks import Block, Bullets, Cell, Table
from buttress.report.words import (
    interval_text,
    measure_cell,
    measure_text,
    method_text,
    observation_text,
    origin_short,
    origin_text,
    sentence,
    yes_no,
)

LABELS = {
    "longest_diameter_mm": "Longest diameter",
    "orthogonal_diameter_mm": "Largest diameter across it",
    "volume_ml": "Volume",
    "mean_hu": "Mean density",
    "axial_cortical_involvement_mm": "Axial cortical involvement",
    "circumferential_cortical_involvement_fraction": "Circumferential cortical involvement",
    "cortical_destruction_fraction": "Cortical destruction",
    "width_fraction": "Share of the bone's width",
    "cortical_breach": "Cortex broken through",
    "matrix": "Matrix",
    "harrington_group": "Harrington group, as read on the CT",
    "soft_tissue_extension_ml": "Soft tissue outside the bone",
    "side": "Side, as the anatomy tells it",
}
KEY_NUMBERS = (
    "longest_diameter_mm",
    "axial_cortical_involvement_mm",
    "circumferential_cortical_involvement_fraction",
    "width_fraction",
    "cortical_breach",
    "soft_tissue_extension_ml",
)
PATIENT_LABELS = {
    "age_y": "Age, years",
    "ecog": "ECOG",
    "kps": "Karnofsky",
    "platelets_e9_per_l": "Platelets, 10⁹/l",
    "inr": "INR",
    "n_metastases": "Metastases, all organs",
    "n_skeletal_metastases": "Metastases, in bone",
    "katagiri_primary_group": "Katagiri's group of the primary",
    "crp_mg_per_dl": "CRP, mg/dl",
    "ldh_iu_per_l": "LDH, IU/l",
    "albumin_g_per_dl": "Albumin, g/dl",
    "calcium_mg_per_dl": "Calcium, mg/dl",
    "bilirubin_mg_per_dl": "Total bilirubin, mg/dl",
    "displaceable_by_cement": "Soft tumour that cement displaces",
}


def key_numbers(found: LesionFindings, rigidity_rows: Iterable[tuple[Cell, ...]] = ()) -> Table:
    """The numbers a board looks at first."""
    rows = [_key_row(LABELS[name], getattr(found, name), name) for name in KEY_NUMBERS]
    return Table("Key numbers", ("Measure", "Value (interval)", "Where"), (1.35, 1.25, 1.2), (*rows, *rigidity_rows))


def measurements(found: LesionFindings) -> Table:
    """Every measure and observation with interval, place and method."""
    rows = [
        _full_row(label, getattr(found, name), name)
        for name, label in LABELS.items()
        if getattr(found, name) is not None
    ]
    columns = ("Measure", "Value", "Interval", "Where it came from", "Method and remarks")
    return Table("Every measure with its interval, place and method", columns, (1.35, 0.75, 0.8, 1.6, 2.2), tuple(rows))


def nearby(found: LesionFindings) -> Block:
    """Least distances from the lesion to what must be spared."""
    rows = tuple(
        (
            Cell(clearance.name, note=clearance.kind.replace("_", " ")),
            measure_cell(clearance.distance_mm),
            Cell(origin_text(clearance.distance_mm)),
            Cell(method_text(clearance.distance_mm)),
        )
        for clearance in found.nearby
    )
    if not rows:
        return Bullets("Structures nearby", (Cell("No structure was named or measured.", tone="missing"),))
    return Table(
        "Structures nearby: least distance from the lesion", ("Structure", "Distance", "Where it came from", "Method"),
        (1.2, 1.2, 1.4, 1.8), rows,
    )  # fmt: skip


def centre_text(found: LesionFindings) -> Cell:
    """The lesion's centre, to find it on a workstation."""
    if found.centre_mm is None:
        return Cell("Centre of the lesion: not computed.", tone="missing")
    x, y, z = (f"{v:.1f}".replace("-", "−") for v in found.centre_mm)
    return Cell(f"Centre of the lesion: {x}, {y}, {z} mm (LPS: x to the left, y to the back, z to the head), measured.")


def axis_text(found: LesionFindings) -> Cell:
    """The bone's own axis in a sentence."""
    if found.bone_axis is None:
        return Cell("Bone axis: not computed or not applicable for this bone.", tone="missing")
    tilt, method = found.bone_axis.tilt_deg, sentence(found.bone_axis.method)
    return Cell(f"Bone axis: tilted {tilt:.0f}° to the table near the lesion. Method: {method}")


def patient_table(case: Case) -> Table:
    """Facts of the patient as given, unknown ones said."""
    known = [(_label(name), _value(value)) for name, value in case.patient if name != "pseudonym" and value is not None]
    rows = [(Cell(label), Cell(value), Cell("given in the case")) for label, value in known]
    if case.intent is not None:
        rows.append((Cell("Intent"), Cell(", ".join(case.intent)), Cell("given in the case")))
    rows += [(Cell("Earlier treatment"), Cell(_treatment(t)), Cell("given in the case")) for t in _treatments(case)]
    if case.prior_treatments == ():
        rows.append((Cell("Earlier treatment"), Cell("none"), Cell("given in the case")))
    return Table("Patient, intent and earlier treatment", ("Fact", "Value", "Origin"), (1.2, 2.6, 0.9), tuple(rows))


def unknown_facts(case: Case) -> Bullets | None:
    """Labels of patient facts nobody gave."""
    names = [_label(name) for name, value in case.patient if value is None]
    names += ["Intent"] if case.intent is None else []
    names += ["Earlier treatment"] if case.prior_treatments is None else []
    return Bullets("Not given", (Cell(", ".join(names), tone="missing"),)) if names else None


def lesion_table(lesion: Lesion) -> Table:
    """Facts of one lesion as given."""
    rows = [(Cell(label), Cell(value), Cell("given in the case")) for label, value in _lesion_facts(lesion)]
    return Table("Given in the case", ("Fact", "Value", "Origin"), (1.2, 2.6, 0.9), tuple(rows))


def lesion_heading(lesion: Lesion) -> str:
    """``left tibia, shaft``."""
    side = f"{lesion.side} " if lesion.side in ("left", "right") else ""
    return f"{side}{lesion.bone.replace('_', ' ')}" + (
        f", {lesion.subsite.replace('_', ' ')}" if lesion.subsite else ""
    )


def _key_row(label: str, found: Measure | Observation, name: str) -> tuple[Cell, ...]:
    if isinstance(found, Measure):
        return Cell(label), measure_cell(found, percent=name.endswith("_fraction")), Cell(origin_short(found))
    tone_missing = found.value is None
    cell = Cell(observation_text(found), found.note if tone_missing else "", "missing" if tone_missing else "strong")
    return Cell(label), cell, Cell(origin_short(found))


def _full_row(label: str, found: Measure | Observation, name: str) -> tuple[Cell, ...]:
    if found.value is None:
        words = measure_text(found) if isinstance(found, Measure) else observation_text(found)
        return Cell(label), Cell(words, tone="missing"), Cell(""), Cell(""), Cell(found.note)
    if isinstance(found, Measure):
        percent = name.endswith("_fraction")
        value, interval = measure_text(found, percent=percent), interval_text(found, percent=percent)
        return (
            Cell(label), Cell(value, tone="strong"), Cell(interval), Cell(origin_text(found)), Cell(method_text(found)),
        )  # fmt: skip
    shown = Cell(observation_text(found), tone="strong")
    return Cell(label), shown, Cell(""), Cell(origin_text(found)), Cell(method_text(found))


def _lesion_facts(lesion: Lesion) -> list[tuple[str, str]]:
    skipped = {"id", "fracture", "acetabulum", "given", "critical_structures", "mask", "bone_mask"}
    facts = [(_label(name), _value(value)) for name, value in lesion if name not in skipped and value is not None]
    for part in ("fracture", "acetabulum", "given"):
        facts += [
            (f"{_label(part)}: {_label(name).lower()}", _value(value))
            for name, value in getattr(lesion, part)
            if value is not None
        ]
    named = lesion.critical_structures
    if named is not None:
        facts.append(("Critical structures", ", ".join(s.name for s in named) or "none"))
    return facts


def _label(name: str) -> str:
    label = PATIENT_LABELS.get(name)
    if label is None:
        stem = name.replace("opioid_mg_per_day", "opioid, mg per day").replace("pain_nrs", "pain, 0 to 10")
        stem = stem.replace("_fraction", ", share").replace("_mm", ", mm").replace("mirels_pain", "pain after Mirels")
        label = stem.replace("_", " ").capitalize()
    return label


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(_value(v) for v in value) or "none"
    if hasattr(value, "low_weeks"):
        return f"{value.low_weeks:g} to {value.high_weeks:g} weeks (source: {value.source})"  # type: ignore[attr-defined]
    if hasattr(value, "description"):
        return str(value.description)
    if isinstance(value, float):
        return f"{value:g}".replace("-", "−")
    return yes_no(value).replace("_", " ")


def _treatments(case: Case) -> tuple[Treatment, ...]:
    return case.prior_treatments or ()


def _treatment(given: Treatment) -> str:
    dose = f"{given.dose_gy:g} Gy" if given.dose_gy is not None else ""
    dose += f" in {given.fractions} fractions" if given.fractions is not None else ""
    when = f"{given.weeks_ago:g} weeks ago" if given.weeks_ago is not None else ""
    when = str(given.date) if given.date is not None else when
    aim = f"lesion {given.lesion}" if given.lesion else ""
    parts = (given.kind, given.description or "", dose, when, aim, f"outcome: {given.outcome}" if given.outcome else "")
    return ", ".join(part for part in parts if part)


def facts_of(patient: Patient) -> str:
    """One line: age, sex, primary, ECOG, as far as known."""
    words = [
        f"{patient.age_y} years" if patient.age_y is not None else "",
        patient.sex or "",
        patient.primary or "",
        f"ECOG {patient.ecog}" if patient.ecog is not None else "",
        f"{patient.n_metastases} metastases" if patient.n_metastases is not None else "",
    ]
    return ", ".join(word for word in words if word)
