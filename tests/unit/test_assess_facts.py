"""Facts: what was measured wins over what was typed in, and what nobody said stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from buttress.assess.facts import describe, fill_in, gather_facts
from buttress.library.load import load_bones
from buttress.library.load_rules import load_fact_words
from buttress.measure.given import unmeasured
from buttress.records.case import Case
from buttress.records.findings import Clearance, Measure, Observation
from buttress.records.score import Fact


def facts(
    patient: Mapping[str, Any] | None = None,
    seen: Mapping[str, Any] | None = None,
    case: Mapping[str, Any] | None = None,
    **lesion: Any,
) -> dict[str, Fact]:
    """Facts of a one-lesion case; ``seen`` replaces fields of findings in which nothing was measured."""
    lesion = {"id": "a", "bone": "tibia", **lesion}
    whole = Case.model_validate({"id": "c", "patient": patient or {}, "lesions": [lesion], **(case or {})})
    only = whole.lesions[0]
    found = unmeasured(only, "no images").model_copy(update=dict(seen or {}))
    return gather_facts(whole, only, found, load_bones()[only.bone])


def test_an_empty_case_knows_the_bone_and_nothing_else() -> None:
    known = {name for name, fact in facts().items() if fact.value is not None}
    assert known == {
        "bone",
        "in_scope",
        "primary_known",  # it asks whether the case names one: not naming it is an answer
        "long_bone",
        "limb",
        "peritrochanteric",
        "weight_bearing",
        "proximal_femur",
        "periacetabular",
    }


def test_every_fact_of_the_library_is_there_with_its_label() -> None:
    found = facts()
    assert list(found) == list(load_fact_words())
    assert all(fact.label == load_fact_words()[name].label for name, fact in found.items())


def test_a_measured_diameter_wins_and_the_typed_one_is_noted() -> None:
    seen = {"longest_diameter_mm": Measure(value=37.0, low=35.0, high=39.0, unit="mm", where="slice 12")}
    fact = facts(seen=seen, given={"longest_diameter_mm": 30.0})["longest_diameter_mm"]
    assert (fact.value, fact.low, fact.high, fact.origin) == (37.0, 35.0, 39.0, "measured")
    assert fact.where == "slice 12; the case gives 30"


def test_a_typed_diameter_stands_where_nothing_was_measured() -> None:
    fact = facts(given={"longest_diameter_mm": 30.0})["longest_diameter_mm"]
    assert (fact.value, fact.origin) == (30.0, "given")


def test_a_measured_look_that_contradicts_the_case_says_so() -> None:
    fact = facts(seen={"matrix": Observation(value="mixed", where="mean HU")}, matrix="lytic")["matrix"]
    assert (fact.value, fact.origin, fact.where) == ("mixed", "measured", "mean HU; the case says lytic")


@pytest.mark.parametrize(
    ("intent", "low", "high"), [(["palliative"], 30, 30), (["curative", "stabilise"], 50, 50), (None, 30, 50)]
)
def test_the_margin_for_cure_is_added_on_both_sides_and_an_unknown_intent_leaves_a_range(
    intent: list[str] | None, low: float, high: float
) -> None:
    fact = facts(case={"intent": intent}, given={"longest_diameter_mm": 30.0})["ablation_span_mm"]
    assert (fact.low, fact.high) == (low, high)


@pytest.mark.parametrize(
    ("breach", "axial", "state", "intact"),
    [(True, 20.0, "destroyed", False), (False, 20.0, "eroded", False), (False, 0.0, "intact", True)],
)
def test_a_measured_cortex_is_destroyed_eroded_or_intact(breach: bool, axial: float, state: str, intact: bool) -> None:
    seen = {
        "cortical_breach": Observation(value=breach),
        "axial_cortical_involvement_mm": Measure(value=axial, unit="mm"),
    }
    found = facts(seen=seen)
    assert (found["cortex"].value, found["cortex_intact"].value) == (state, intact)


def test_a_cortex_without_breach_and_without_measured_involvement_stays_unknown() -> None:
    assert facts(seen={"cortical_breach": Observation(value=False)})["cortex_intact"].value is None


@pytest.mark.parametrize(("volume_ml", "expected"), [(0.5, False), (1.0, True)])
def test_soft_tissue_outside_is_derived_from_its_volume_unless_the_reader_said(
    volume_ml: float, expected: bool
) -> None:
    seen = {"soft_tissue_extension_ml": Measure(value=volume_ml, unit="ml")}
    assert facts(seen=seen)["soft_tissue_outside_cortex"].value is expected
    assert facts(seen=seen, soft_tissue_outside_cortex=not expected)["soft_tissue_outside_cortex"].value is not expected


@pytest.mark.parametrize(
    ("implants", "inside", "elsewhere"),
    [
        (None, None, None),
        ([], False, False),
        ([{"description": "nail", "in_treated_region": True}], True, False),
        ([{"description": "hip", "in_treated_region": False}], False, True),
        ([{"description": "plate"}], None, None),
    ],
)
def test_implants_are_inside_elsewhere_or_unknown(
    implants: list[dict[str, Any]] | None, inside: bool | None, elsewhere: bool | None
) -> None:
    found = facts(patient={"implants": implants})
    assert (found["implant_in_field"].value, found["implant_elsewhere"].value) == (inside, elsewhere)


@pytest.mark.parametrize(
    ("treatments", "failed"),
    [
        (None, None),
        ([], False),
        ([{"kind": "radiotherapy"}], None),
        ([{"kind": "radiotherapy", "outcome": "responded"}], False),
        ([{"kind": "radiotherapy"}, {"kind": "opioid", "outcome": "failed"}], True),
        ([{"kind": "surgery", "outcome": "failed"}], False),
    ],
)
def test_conservative_failure_comes_from_outcomes(treatments: list[dict[str, Any]] | None, failed: bool | None) -> None:
    assert facts(case={"prior_treatments": treatments})["conservative_failed"].value is failed


def test_radiotherapy_elsewhere_does_not_count_for_this_lesion() -> None:
    two = {"lesions": [{"id": "a", "bone": "tibia"}, {"id": "b", "bone": "rib"}]}
    given = {"prior_treatments": [{"kind": "radiotherapy", "lesion": "b", "outcome": "failed"}], **two}
    assert facts(case=given)["radiotherapy_failed"].value is False


def test_life_expectancy_is_a_range_with_its_source() -> None:
    expected = {"low_weeks": 10, "high_weeks": 30, "source": "the oncologist"}
    fact = facts(patient={"life_expectancy": expected})["life_expectancy_weeks"]
    assert describe(fact) == "10 to 30 weeks (given, by the oncologist)"


@pytest.mark.parametrize(("distance_mm", "near"), [(9.0, True), (10.0, True), (11.0, False)])
def test_a_measured_distance_decides_what_is_near(distance_mm: float, near: bool) -> None:
    nerve = Clearance(name="sciatic nerve", kind="nerve", distance_mm=Measure(value=distance_mm, unit="mm"))
    assert facts(seen={"nearby": (nerve,)})["nerve_near"].value is near


def test_a_structure_called_critical_without_a_distance_counts_as_near_and_one_not_listed_as_none() -> None:
    found = facts(critical_structures=[{"name": "knee joint", "kind": "joint"}])
    assert found["joint_near"].value is True
    assert "no distance" in found["joint_near"].where
    assert found["nerve_near"].value is False
    assert facts()["nerve_near"].value is None


@pytest.mark.parametrize(
    ("bone", "subsite", "expected"),
    [
        ("femur", "subtrochanteric", True),
        ("femur", "diaphysis", False),
        ("femur", "neck", None),
        ("femur", None, None),
        ("tibia", None, False),
    ],
)
def test_peritrochanteric_is_a_matter_of_the_femurs_subsite(
    bone: str, subsite: str | None, expected: bool | None
) -> None:
    assert facts(bone=bone, subsite=subsite)["peritrochanteric"].value is expected


def test_the_usual_load_of_a_place_is_told_only_where_the_paper_tells_it() -> None:
    assert facts(bone="femur", subsite="neck")["load"].value == "torsion"
    assert facts(bone="sternum")["load"].value == "mixed"
    assert facts(bone="tibia", subsite="diaphysis")["load"].value is None
    assert facts(bone="humerus", load="bending")["load"].origin == "given"


def test_a_template_is_filled_with_the_patients_facts_in_words() -> None:
    found = facts(patient={"platelets_e9_per_l": 45}, given={"width_fraction": 0.5})
    assert fill_in("{platelets_e9_per_l}, {width_fraction}, {inr}", found) == "45 ×10⁹/L (given), 50 % (given), unknown"


def test_the_acetabulum_is_near_itself_and_an_ilium_without_a_subsite_cannot_be_told() -> None:
    assert facts(bone="acetabulum")["periacetabular"].value is True
    assert facts(bone="ilium")["periacetabular"].value is None
    assert facts(bone="ilium", subsite="wing")["periacetabular"].value is False


def test_a_subsite_nobody_knows_is_unknown_with_a_reason_and_words_may_be_written_freely() -> None:
    assert "none that is known" in facts(bone="femur", subsite="somewhere")["subsite"].where
    assert facts(bone="femur", subsite="Distal metaphysis")["subsite"].value == "distal_metaphysis"


def test_weight_bearing_is_the_usual_for_the_bone_unless_the_case_says_otherwise() -> None:
    assert (facts()["weight_bearing"].value, facts()["weight_bearing"].origin) == (True, "derived")
    told = facts(weight_bearing=False)["weight_bearing"]
    assert (told.value, told.origin) == (False, "given")


def test_a_soft_tissue_volume_whose_interval_holds_the_threshold_does_not_tell() -> None:
    seen = {"soft_tissue_extension_ml": Measure(value=2.0, low=0.6, high=3.8, unit="ml")}
    fact = facts(seen=seen)["soft_tissue_outside_cortex"]
    assert fact.value is None
    assert "2.0 mL [0.6 to 3.8]" in fact.where
