"""What was given of the patient, in the order in which a board asks: who and what for, diagnosis, function, blood."""

from __future__ import annotations

from collections.abc import Iterator

from buttress.records.case import Case, Patient
from buttress.records.review import Review
from buttress.report.blocks import Block, Cell, Section, Text
from buttress.report.fact_words import Given, fact_table, fields, label, treatment_text

DIAGNOSIS = (
    "age_y", "sex", "primary", "histology_proven", "staging", "n_metastases", "widely_metastatic",
    "n_skeletal_metastases", "multiple_skeletal_metastases", "visceral_metastases", "cerebral_metastases",
    "radiosensitivity", "displaceable_by_cement", "katagiri_primary_group", "life_expectancy",
)  # fmt: skip
FUNCTION = ("ecog", "kps", "ambulation", "surgical_candidate")
BLOOD = (
    "platelets_e9_per_l", "inr", "calcium_mg_per_dl", "albumin_g_per_dl", "crp_mg_per_dl", "ldh_iu_per_l",
    "bilirubin_mg_per_dl", "anticoagulants", "implants", "pacemaker", "allergies", "infection",
)  # fmt: skip
WISH = ("preference",)
SYSTEMIC = ("systemic_therapy", "needs_systemic_therapy_now", "previous_chemotherapy")
PAIN = ("pain_nrs", "mirels_pain", "opioid_mg_per_day", "stress_pain_after_radiotherapy")
IMAGES = ("modality", "date", "whole_bone_films")
NO_RULE = (
    "Allergies, infection and anticoagulants are facts for the board to weigh. No rule here asks for them: what the "
    "notes hold on them was not verified in a source."
)


def case_sections(review: Review) -> Iterator[Section]:
    """The facts of the case under the headings of the packet."""
    case = review.case
    yield Section("The case", 2, (Text(Cell(_taken_from(case))),))
    yield _section("Identity, question and urgency", "identity", _identity(case), wide=True)
    yield _section("Diagnosis and stage", "diagnosis", fields(case.patient, DIAGNOSIS))
    yield _section("Pain and function", "function", [*_pain(case), *fields(case.patient, FUNCTION)])
    said = Text(Cell(NO_RULE))
    yield _section("Blood, drugs, metal, allergies, infection", "blood", fields(case.patient, BLOOD), said)
    yield _section("Earlier treatment", "treatments", _treatments(case), wide=True)
    aim = ("Intent of treatment", case.intent)
    yield _section("Aim, and what the patient wants", "wish", [aim, *fields(case.patient, WISH)], wide=True)
    yield _section("Images", "images", [*fields(case.images, IMAGES), _film_credit(case)], wide=True)


def facts_of(patient: Patient) -> str:
    """One line: age, sex, primary, ECOG, as far as known."""
    words = [
        f"{patient.age_y} years" if patient.age_y is not None else "",
        patient.sex or "",
        patient.primary or "",
        patient.staging or "",
        f"ECOG {patient.ecog}" if patient.ecog is not None else "",
        f"{patient.n_metastases} metastases" if patient.n_metastases not in (None, 1) else "",
        "1 metastasis" if patient.n_metastases == 1 else "",
    ]
    return ", ".join(word for word in words if word)


def _section(title: str, anchor: str, given: Given, *more: Block, wide: bool = False) -> Section:
    return Section(title, 3, (fact_table(given, wide=wide), *more), f"sec-{anchor}")


def _taken_from(case: Case) -> str:
    source = case.facts_from or "not told"
    day = case.facts_on.isoformat() if case.facts_on else "not told"
    return f"Every fact of this part was typed in. Taken from: {source}. Day for which the facts hold: {day}."


def _identity(case: Case) -> Given:
    board = case.board
    pseudonym = case.patient.pseudonym
    return [
        ("Patient (pseudonym)", None if pseudonym == "anonymous" else pseudonym),
        ("Case", case.id),
        ("Question to the board", board.question),
        ("Urgency", board.urgency),
        *fields(case, ("facts_from", "facts_on")),
    ]


def _pain(case: Case) -> Given:
    several = len(case.lesions) > 1
    return [
        (f"{lesion.id}: {name}" if several else name, value)
        for lesion in case.lesions
        for name, value in fields(lesion, PAIN)
    ]


def _treatments(case: Case) -> Given:
    earlier = case.prior_treatments
    rows: list[tuple[str, object]] = [(label(one.kind), treatment_text(one)) for one in earlier or ()]
    if not earlier:
        rows = [("Earlier treatment", None if earlier is None else "none")]
    return [*rows, *fields(case.patient, SYSTEMIC)]


def _film_credit(case: Case) -> tuple[str, object]:
    return "CT that was measured", "yes" if case.images.ct else "none came with the case"
