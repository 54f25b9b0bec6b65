"""Random cases for benchmarks and property tests: facts over all fields and bones, a third of them unknown."""

from __future__ import annotations

import random
import typing
from types import UnionType

from buttress.library.load import load_bones
from buttress.measure.given import unmeasured
from buttress.records.case import Acetabulum, Case, Fracture, GivenMeasures, Lesion, Patient
from buttress.records.findings import LesionFindings

UNKNOWN_FRACTION = 1 / 3
NUMBERS = {
    "age_y": (18, 95), "ecog": (0, 4), "kps": (1, 10), "platelets_e9_per_l": (10, 400), "n_metastases": (1, 12),
    "inr": (0.8, 4.0), "pain_nrs": (0, 10), "opioid_mg_per_day": (0, 200), "longest_diameter_mm": (5, 120),
    "axial_cortical_involvement_mm": (0, 80), "crp_mg_per_dl": (0.0, 5.0), "ldh_iu_per_l": (100, 600),
    "albumin_g_per_dl": (2.0, 5.0), "calcium_mg_per_dl": (7.0, 13.0), "bilirubin_mg_per_dl": (0.2, 4.0),
}  # fmt: skip
STRUCTURES = ("nerve", "joint", "skin", "bowel", "lung", "heart", "large_vessel")


def some(dice: random.Random, record: type, names: typing.Iterable[str]) -> dict[str, object]:
    """Random values for the named fields of a record, some left out."""
    hints = typing.get_type_hints(record)
    return {name: value(dice, name, hints[name]) for name in names if dice.random() > UNKNOWN_FRACTION}


def value(dice: random.Random, name: str, hint: object) -> object:
    """A value that the field allows."""
    parts = [part for part in typing.get_args(hint) if part is not type(None)] if is_union(hint) else [hint]
    if bool in parts:
        return dice.random() < 0.5
    if words := [word for part in parts for word in typing.get_args(part) if isinstance(word, str)]:
        return dice.choice(words)
    low, high = NUMBERS.get(name, (0.0, 1.0))
    if name == "kps":
        return 10 * dice.randint(int(low), int(high))
    return dice.randint(low, high) if isinstance(low, int) and isinstance(high, int) else dice.uniform(low, high)


def is_union(hint: object) -> bool:
    """Whether the hint allows one of several types."""
    return isinstance(hint, UnionType) or typing.get_origin(hint) is typing.Union


def random_case(dice: random.Random) -> tuple[Case, Lesion, LesionFindings]:
    """One case with one lesion, nothing measured."""
    bone = load_bones()[dice.choice(sorted(load_bones()))]
    patient = some(dice, Patient, (
        "age_y", "histology_proven", "radiosensitivity", "displaceable_by_cement", "ecog", "kps", "surgical_candidate",
        "platelets_e9_per_l", "inr", "pacemaker", "needs_systemic_therapy_now", "n_metastases", "widely_metastatic",
        "visceral_metastases", "cerebral_metastases", "multiple_skeletal_metastases", "previous_chemotherapy",
        "katagiri_primary_group", "crp_mg_per_dl", "ldh_iu_per_l", "albumin_g_per_dl", "calcium_mg_per_dl",
        "bilirubin_mg_per_dl",
    ))  # fmt: skip
    kinds = [kind for kind in STRUCTURES if dice.random() < 0.3]
    lesion = Lesion.model_validate({
        "id": "one", "bone": bone.key, "side": "left", "subsite": dice.choice((None, *bone.subsites)),
        **some(dice, Lesion, (
            "matrix", "diffuse", "pain_nrs", "mirels_pain", "stress_pain_after_radiotherapy", "opioid_mg_per_day",
            "weight_bearing", "load", "soft_tissue_outside_cortex", "screw_corridor", "precise_zone_needed",
        )),
        "fracture": some(dice, Fracture, Fracture.model_fields),
        "acetabulum": some(dice, Acetabulum, Acetabulum.model_fields),
        "given": some(dice, GivenMeasures, [name for name in GivenMeasures.model_fields if name != "source"]),
        "critical_structures": [{"name": kind, "kind": kind, "distance_mm": dice.uniform(0, 30)} for kind in kinds],
    })  # fmt: skip
    wanted = [word for word in ("palliative", "curative", "stabilise") if dice.random() < 0.4]
    treatments = [{"kind": "radiotherapy", "outcome": dice.choice(("failed", "partial", None))}]
    case = Case.model_validate(
        {"id": "random", "patient": patient, "intent": wanted or None, "lesions": [lesion],
         "prior_treatments": dice.choice((None, treatments))}
    )  # fmt: skip
    return case, lesion, unmeasured(lesion, "no image")
