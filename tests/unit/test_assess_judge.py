"""The judgement as a whole: gaps that block, gates, the board, and the example case."""

from __future__ import annotations

from typing import Any

import pytest

from buttress.assess.judge import judge
from buttress.library.load import load_bones
from buttress.measure.given import unmeasured
from buttress.records.case import Case
from buttress.records.score import Assessment, Gate

COMPLETE = {
    "platelets_e9_per_l": 200,
    "inr": 1.0,
    "implants": [],
    "pacemaker": False,
    "n_metastases": 4,
    "primary": "breast",
}


def assess(patient: dict[str, Any], board: dict[str, Any] | None = None, **lesion: Any) -> Assessment:
    only = {"id": "a", "bone": "tibia", "subsite": "diaphysis", **lesion}
    case = Case.model_validate({"id": "c", "patient": patient, "lesions": [only], "board": board or {}})
    given = case.lesions[0]
    return judge(case, given, unmeasured(given, "no images"), load_bones()[given.bone])


def gate(assessment: Assessment, key: str) -> Gate:
    return next(g for g in assessment.gates if g.key == key)


SCORED = {
    "mirels_pain": "functional",
    "matrix": "lytic",
    "given": {"width_fraction": 0.9},
    "fracture": {"status": "none"},
}


def test_a_case_with_all_facts_has_no_blocking_gap() -> None:
    assert assess(COMPLETE, **SCORED).blocking_gaps == ()


def test_an_unknown_pacemaker_is_a_blocking_gap() -> None:
    gaps = assess({**COMPLETE, "pacemaker": None}, **SCORED).blocking_gaps
    assert len(gaps) == 1
    assert "pacemaker" in gaps[0]
    assert "RFA-06" in gaps[0]


def test_a_score_over_several_bands_is_a_blocking_gap_that_names_what_is_missing() -> None:
    gaps = assess(COMPLETE, **{**SCORED, "mirels_pain": None, "matrix": "mixed"}).blocking_gaps
    assert len(gaps) == 1
    assert "8 to 10 points" in gaps[0]
    assert "pain class" in gaps[0]


def test_a_wide_score_inside_one_band_is_no_gap() -> None:
    gaps = assess(COMPLETE, **{**SCORED, "given": {}}).blocking_gaps  # 2 + 3 + 3 + (1 to 3) = 9 to 11
    assert gaps == ()


def test_an_undecided_stop_in_the_proximal_femur_is_a_gap() -> None:
    gaps = assess(COMPLETE, **{**SCORED, "bone": "femur", "subsite": "subtrochanteric"}).blocking_gaps
    assert any("axial cortical involvement" in gap and "cementoplasty alone" in gap for gap in gaps)


def test_more_than_30_mm_in_the_proximal_femur_stops_cement_alone() -> None:
    given = {"width_fraction": 0.9, "axial_cortical_involvement_mm": 31.0}
    views = assess(COMPLETE, **{**SCORED, "bone": "femur", "subsite": "neck", "given": given}).techniques
    stopped = {view.key for view in views if view.by_effect("BLOCK")}
    assert stopped == {"cement"}
    assert {v.rule for view in views if view.key == "screws" for v in view.by_effect("FOR")} >= {"L-CEM-02/stabilise"}


@pytest.mark.parametrize(("reviewed", "is_open"), [(None, False), (False, False), (True, True)])
def test_only_a_recorded_review_opens_the_board_gate(reviewed: bool | None, is_open: bool) -> None:
    assert gate(assess(COMPLETE, {"reviewed": reviewed}), "MDT-01").open is is_open


def test_the_board_gate_names_who_is_missing() -> None:
    reason = gate(assess(COMPLETE, {"reviewed": True, "members": ["patient"]}), "MDT-01").reason
    assert "radiation oncologist" in reason
    assert "patient" not in reason


@pytest.mark.parametrize(
    ("patient", "is_open", "word"),
    [
        ({"n_metastases": 1, "histology_proven": False}, False, "sarcoma centre within 72 hours"),
        ({"n_metastases": 1}, False, "unknown"),
        ({}, False, "unknown"),
        ({"n_metastases": 1, "histology_proven": True}, True, ""),
        ({"n_metastases": 1, "primary": "kidney"}, True, ""),
        ({"n_metastases": 6}, True, ""),
    ],
)
def test_a_solitary_lesion_without_tissue_or_primary_waits_for_the_sarcoma_pathway(
    patient: dict[str, Any], is_open: bool, word: str
) -> None:
    found = gate(assess(patient), "SARCOMA")
    assert found.open is is_open
    assert word in found.reason


def test_the_spine_is_out_of_scope_and_says_why() -> None:
    found = gate(assess(COMPLETE, bone="vertebra", subsite=None), "SCOPE")
    assert not found.open
    assert "outside the spine" in found.reason


def test_a_bone_in_scope_has_no_scope_gate() -> None:
    assert [g.key for g in assess(COMPLETE).gates] == ["MDT-01", "SARCOMA"]


def test_life_expectancy_against_radiotherapy_alone() -> None:
    short = {"low_weeks": 4, "high_weeks": 10, "source": "board"}
    wide = {"low_weeks": 4, "high_weeks": 40, "source": "board"}
    effects = {}
    for name, life in (("short", short), ("wide", wide)):
        views = assess({**COMPLETE, "life_expectancy": life}).techniques
        verdicts = next(view for view in views if view.key == "radiotherapy").verdicts
        effects[name] = {(v.rule, v.effect) for v in verdicts if v.rule.startswith("RT-03")}
    assert effects["short"] == {("RT-03/caution", "CAUTION"), ("RT-03/against", "AGAINST")}
    assert effects["wide"] == {("RT-03/caution, RT-03/against", "ASK")}


def test_three_to_five_metastases_carry_the_ambiguous_wording() -> None:
    remarks = [assess({**COMPLETE, "n_metastases": n}).considerations[2].remarks for n in (2, 3, 5, 6)]
    assert ["ambiguous" in " ".join(r) for r in remarks] == [False, True, True, False]


def test_judging_twice_gives_the_same_bytes() -> None:
    assert assess(COMPLETE, **SCORED).model_dump_json() == assess(COMPLETE, **SCORED).model_dump_json()
