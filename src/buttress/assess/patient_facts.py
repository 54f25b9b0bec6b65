"""Facts of the patient and of earlier treatment, as the case gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from buttress.library.load_rules import load_fact_words
from buttress.records.case import Case, Implant, Lesion, Treatment
from buttress.records.score import Fact, Origin

Value = float | bool | str | tuple[str, ...] | None

_CONSERVATIVE = ("radiotherapy", "systemic", "bisphosphonate", "opioid")
"""What the paper counts as conservative management (ahmed2019, Treatment Considerations, item 1)."""

_PLAIN = (
    "age_y",
    "primary",
    "histology_proven",
    "radiosensitivity",
    "displaceable_by_cement",
    "ecog",
    "kps",
    "ambulation",
    "surgical_candidate",
    "platelets_e9_per_l",
    "inr",
    "pacemaker",
    "needs_systemic_therapy_now",
    "n_metastases",
    "widely_metastatic",
    "crp_mg_per_dl",
    "ldh_iu_per_l",
    "albumin_g_per_dl",
    "calcium_mg_per_dl",
    "bilirubin_mg_per_dl",
)


@lru_cache(maxsize=4096, typed=True)  # facts are frozen, and most cases share most of them: cohorts stay fast
def known(name: str, value: Value, origin: Origin = "given", where: str = "") -> Fact:
    """A fact, or an unknown one where the value is ``None``. Whole numbers become floats."""
    if value is None:
        return unknown(name)
    number = float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return Fact(name=name, **words(name), value=number, origin=origin, where=where)


@lru_cache(maxsize=4096)
def unknown(name: str, reason: str = "") -> Fact:
    """A fact that nobody knows, with the reason where one was given."""
    return Fact(name=name, **words(name), where=reason)


@lru_cache(maxsize=512)  # of the library's words
def words(name: str) -> Mapping[str, str]:
    """Label and unit of a fact, from the library."""
    found = load_fact_words().get(name)
    return {"label": found.label, "unit": found.unit} if found else {"label": name, "unit": ""}


def patient_facts(case: Case) -> dict[str, Fact]:
    """Facts that do not depend on the lesion."""
    patient = case.patient
    in_field, elsewhere = _implants(patient.implants)
    return {
        **{name: known(name, getattr(patient, name)) for name in _PLAIN},
        "primary_known": known("primary_known", patient.primary is not None),
        "intent": known("intent", case.intent or None),
        "board_reviewed": known("board_reviewed", case.board.reviewed),
        "life_expectancy_weeks": _life_expectancy(case),
        "implant_in_field": in_field,
        "implant_elsewhere": elsewhere,
    }


def treatment_facts(case: Case, lesion: Lesion) -> dict[str, Fact]:
    """What was tried before: for the patient as a whole, and radiotherapy at this lesion."""
    earlier = case.prior_treatments
    if earlier is None:
        names = ("prior_treatment", "conservative_failed", "radiotherapy_given", "radiotherapy_failed")
        return {name: known(name, None) for name in names}
    here = [t for t in earlier if t.lesion in (None, lesion.id)]
    radiotherapy = [t for t in here if t.kind == "radiotherapy"]
    facts = (
        known("prior_treatment", tuple(map(_in_words, here)) or ("none",)),
        known("conservative_failed", _failed([t for t in here if t.kind in _CONSERVATIVE]), "derived", "from outcomes"),
        known("radiotherapy_given", bool(radiotherapy)),
        known("radiotherapy_failed", _failed(radiotherapy), "derived", "from outcomes"),
    )
    return {fact.name: fact for fact in facts}


def _failed(treatments: Sequence[Treatment]) -> bool | None:
    outcomes = {treatment.outcome for treatment in treatments}
    return True if "failed" in outcomes else None if None in outcomes else False


def _in_words(treatment: Treatment) -> str:
    """``radiotherapy (20 Gy), failed``: what was done, as the case tells it, and what came of it."""
    told = treatment.description or ""
    dose = f"{treatment.dose_gy:g} Gy" if treatment.dose_gy else ""
    detail = ", ".join(part for part in (told, dose) if part)
    named = treatment.kind == "other" or told.casefold().startswith(treatment.kind)
    what = detail if detail and named else f"{treatment.kind} ({detail})" if detail else treatment.kind
    return f"{what}, {treatment.outcome or 'outcome not told'}"


def _life_expectancy(case: Case) -> Fact:
    expected = case.patient.life_expectancy
    if expected is None:
        return known("life_expectancy_weeks", None)
    return Fact(
        name="life_expectancy_weeks",
        **words("life_expectancy_weeks"),
        low=expected.low_weeks,
        high=expected.high_weeks,
        origin="given",
        where=f"by {expected.source}",
    )


def _implants(implants: tuple[Implant, ...] | None) -> tuple[Fact, Fact]:
    if implants is None:
        return known("implant_in_field", None), known("implant_elsewhere", None)
    places = {implant.in_treated_region for implant in implants}
    inside = True if True in places else None if None in places else False
    elsewhere = True if False in places else None if None in places else False
    told = "; ".join(implant.description for implant in implants) or "no implants"
    return known("implant_in_field", inside, where=told), known("implant_elsewhere", elsewhere, where=told)
