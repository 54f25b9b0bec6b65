"""Facts for the scores of prognosis. A primary is mapped only where the library lists its name, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buttress.assess.patient_facts import known
from buttress.library.load_rules import load_primary_kinds, load_score
from buttress.records.case import Case, Patient
from buttress.records.score import Fact

_ONLY_ONE = "the only metastasis is the one in bone"


def prognosis_facts(case: Case) -> dict[str, Fact]:
    """Kind and group of the primary, spread outside and inside bone, earlier chemotherapy."""
    patient = case.patient
    kind = primary_kind(patient.primary)
    facts = (
        known("primary_kind", kind, "derived", f"from {patient.primary}"),
        _katagiri_group(patient, kind),
        _spread("visceral_metastases", patient),
        _spread("cerebral_metastases", patient),
        _multiple_in_bone(case),
        _chemotherapy(case),
    )
    return {fact.name: fact for fact in facts}


def primary_kind(primary: str | None) -> str | None:
    """The kind whose names in the library hold exactly this text, case and hyphens aside; else none."""
    return load_primary_kinds().get(" ".join((primary or "").replace("-", " ").casefold().split()))


def _katagiri_group(patient: Patient, kind: str | None) -> Fact:
    """The group typed in, or all groups that list the kind: with two, as in breast cancer, the rest is asked."""
    table: Mapping[str, Any] = load_score("katagiri")["primary_groups"]
    listed = tuple(group for group, kinds in table.items() if kind in kinds)
    typed = patient.katagiri_primary_group
    if typed is None:
        note = f"from {patient.primary}" + (": how far the tumour can be treated decides" if len(listed) > 1 else "")
        return known("katagiri_primary_group", listed or None, "derived", note)
    note = f"the source lists {patient.primary} as {' or '.join(listed)}" if listed and typed not in listed else ""
    return known("katagiri_primary_group", (typed,), where=note)


def _spread(name: str, patient: Patient) -> Fact:
    told = getattr(patient, name)
    if told is None and patient.n_metastases == 1:
        return known(name, "none", "derived", _ONLY_ONE)
    return known(name, told)


def _multiple_in_bone(case: Case) -> Fact:
    patient, name = case.patient, "multiple_skeletal_metastases"
    if patient.multiple_skeletal_metastases is not None:
        return known(name, patient.multiple_skeletal_metastases)
    if patient.n_skeletal_metastases is not None:
        return known(name, patient.n_skeletal_metastases > 1, "derived", f"{patient.n_skeletal_metastases} counted")
    if len(case.lesions) > 1:
        return known(name, True, "derived", f"the case lists {len(case.lesions)}")
    return known(name, False if patient.n_metastases == 1 else None, "derived", _ONLY_ONE)


def _chemotherapy(case: Case) -> Fact:
    """As told; a case that says nothing was given before had none. Systemic therapy need not be chemotherapy."""
    told, name = case.patient.previous_chemotherapy, "previous_chemotherapy"
    if told is None and case.prior_treatments == ():
        return known(name, False, "derived", "no treatment was given before")
    return known(name, told)
