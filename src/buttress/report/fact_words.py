"""Facts of the case in words: labels of fields, their values, and tables of what was given and what was not."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from buttress.records.board import Attendee
from buttress.records.case import Implant, LifeExpectancy, Treatment
from buttress.report.blocks import Block, Cell, Table, Text
from buttress.report.words import yes_no

LABELS = {
    "age_y": "Age (years)",
    "ecog": "ECOG",
    "kps": "Karnofsky",
    "platelets_e9_per_l": "Platelets (10⁹/l)",
    "inr": "INR",
    "n_metastases": "Number of metastases, all organs",
    "n_skeletal_metastases": "Number of metastases in bone",
    "multiple_skeletal_metastases": "More than one metastasis in bone",
    "katagiri_primary_group": "Katagiri's group of the primary",
    "crp_mg_per_dl": "CRP (mg/dl)",
    "ldh_iu_per_l": "LDH (IU/l)",
    "albumin_g_per_dl": "Albumin (g/dl)",
    "calcium_mg_per_dl": "Calcium (mg/dl)",
    "bilirubin_mg_per_dl": "Total bilirubin (mg/dl)",
    "displaceable_by_cement": "Soft tumour that cement displaces",
    "surgical_candidate": "Candidate for open surgery",
    "needs_systemic_therapy_now": "Systemic therapy cannot wait",
    "infection": "Active infection",
    "pacemaker": "Pacemaker or defibrillator",
    "histology_proven": "Tissue proof",
    "preference": "What the patient wants",
    "pain_nrs": "Pain (0 to 10)",
    "mirels_pain": "Pain after Mirels",
    "opioid_mg_per_day": "Opioid (mg a day, oral morphine equivalent)",
    "stress_pain_after_radiotherapy": "Pain on load after radiotherapy",
    "facts_on": "Facts put together on",
    "facts_from": "Facts taken from",
    "modality": "What was looked at",
    "whole_bone_films": "Films of the whole bone",
    "diffuse": "Too diffuse for one zone",
    "precise_zone_needed": "Zone must be seen while it grows",
    "screw_corridor": "Clear path for screws",
    "seed_mm": "Seed point (LPS mm)",
}
"""Field names in the words of a board; a unit stands in parentheses."""

Given = Sequence[tuple[str, object]]


def label(name: str) -> str:
    """A field's name in words, with its unit in parentheses."""
    if name in LABELS:
        return LABELS[name]
    stem = name.replace("_fraction", " (share)").replace("_mm", " (mm)")
    return stem.replace("_", " ").capitalize()


def plain(text: str) -> str:
    """A label without its unit."""
    return text.partition(" (")[0]


def value_text(value: object) -> str:
    """A fact's value in words; lists with semicolons, an empty one is "none"."""
    if isinstance(value, tuple):
        return "; ".join(map(value_text, value)) or "none"
    if isinstance(value, LifeExpectancy):
        return f"{value.low_weeks:g} to {value.high_weeks:g} weeks (source: {value.source})"
    if isinstance(value, Implant):
        inside = {True: " (in the treated region)", False: " (elsewhere)", None: " (place not told)"}
        return value.description + inside[value.in_treated_region]
    if isinstance(value, Attendee):
        role = value.role.replace("_", " ")
        return f"{role} ({value.who})" if value.who else role
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:g}".replace("-", "−")
    return value if isinstance(value, str) and " " in value else yes_no(value).replace("_", " ")


def fact_table(given: Given, *, wide: bool = False) -> Block:
    """What is known, two facts a line (one if ``wide``), and in the last line what nobody gave and is to be asked."""
    absent = Cell("Not given, to be asked:", note="; ".join(plain(n) for n, v in given if v is None), tone="ask")
    known = [(Cell(name), Cell(value_text(value), tone="strong")) for name, value in given if value is not None]
    if not known:
        return Text(absent)
    rows: list[tuple[Cell, ...]] = list(known) if wide else _in_pairs(known)
    rows += [(absent,)] if absent.note else []
    columns, widths = (("Fact", "Value"), (1.0, 3.4)) if wide else (("Fact", "Value") * 2, (1.25, 1.35) * 2)
    return Table("Given in the case", columns, widths, tuple(rows))


def treatment_text(given: Treatment) -> str:
    """One earlier treatment in a line."""
    dose = f"{given.dose_gy:g} Gy" if given.dose_gy is not None else ""
    dose += f" in {given.fractions} fractions" if given.fractions is not None else ""
    when = f"{given.weeks_ago:g} weeks ago" if given.weeks_ago is not None else ""
    when = str(given.date) if given.date is not None else when
    aim = f"lesion {given.lesion}" if given.lesion else ""
    outcome = f"outcome: {given.outcome}" if given.outcome else "outcome not told"
    return ", ".join(part for part in (given.description or "", dose, when, aim, outcome) if part)


def _in_pairs(known: Sequence[tuple[Cell, Cell]]) -> list[tuple[Cell, ...]]:
    filled = [*known, (Cell(""), Cell(""))] if len(known) % 2 else list(known)
    half = len(filled) // 2
    return [(*left, *right) for left, right in zip(filled[:half], filled[half:], strict=True)]


def fields(part: Iterable[tuple[str, object]], names: Sequence[str]) -> Given:
    """Label and value of the named fields of a record, in that order."""
    values = dict(part)
    return [(label(name), values[name]) for name in names]
