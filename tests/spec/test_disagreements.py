"""Every inconsistency of the notes is shown, or left out for a reason; both sides are cited."""

from __future__ import annotations

import tomllib

import pytest

from buttress.assess.judge import judge
from buttress.evidence.source import bibliography
from buttress.library.example_cases import example_folder
from buttress.library.load import load_bones
from buttress.library.load_coverage import load_row_ledger
from buttress.library.load_disagreements import DisagreementRow, load_disagreements, load_settled_slips
from buttress.library.load_rules import load_fact_words
from buttress.measure.given import unmeasured
from buttress.records.case import Case, Lesion, Patient
from buttress.records.score import Disagreement

ROWS = tuple(load_disagreements().values())
INCONSISTENCIES = {f"INC-{number:02d}" for number in range(1, 22)}
"""Rows of section 1f of the clinical notes."""


def case_of(name: str) -> Case:
    return Case.model_validate(tomllib.loads(example_folder(name).joinpath("case.toml").read_text("utf-8")))


def found(case: Case) -> dict[str, Disagreement]:
    lesion = case.lesions[0]
    assessment = judge(case, lesion, unmeasured(lesion, "no images"), load_bones()[lesion.bone], with_changes=False)
    return {one.key: one for one in assessment.disagreements}


def femur(**lesion: object) -> Case:
    given = {
        "id": "one",
        "bone": "femur",
        "subsite": "diaphysis",
        "matrix": "lytic",
        "fracture": {"status": "none"},
        "mirels_pain": "functional",
        "critical_structures": [],
        "pain_nrs": 0,
    }
    return Case(id="made-up", patient=Patient(), lesions=(Lesion.model_validate({**given, **lesion}),))


def test_every_inconsistency_of_the_notes_is_shown_or_left_out_with_a_reason() -> None:
    shown = {name for row in ROWS for name in row.rows if name.startswith("INC")}
    assert shown | set(load_settled_slips()) == INCONSISTENCIES
    assert shown.isdisjoint(load_settled_slips())
    assert all(load_settled_slips().values())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_disagreement_comes_from_rows_of_the_notes(row: DisagreementRow) -> None:
    assert set(row.rows) <= {name for section in load_row_ledger().sections.values() for name in section.rows}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_every_side_says_something_else_and_names_its_source_and_place(row: DisagreementRow) -> None:
    assert len({position.says for position in row.positions}) == len(row.positions) >= 2
    assert all(position.evidence.source in bibliography() for position in row.positions)
    assert len({(position.evidence.source, position.evidence.place) for position in row.positions}) >= 2
    assert all(position.evidence.place for position in row.positions)
    assert row.handled


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_disagreement_asks_only_about_facts_that_exist(row: DisagreementRow) -> None:
    assert set(row.when.facts) <= set(load_fact_words())


@pytest.mark.parametrize(
    ("width", "keys"),
    [
        (0.2, {"mirels_nine"}),  # diaphysis 2, functional 3, lytic 3, below a third 1: nine
        (0.5, {"mirels_nine"}),  # ten
    ],
)
def test_nine_points_touch_the_wording_at_nine_and_no_lower_band(width: float, keys: set[str]) -> None:
    shown = set(found(femur(given={"width_fraction": width})))
    assert keys <= shown
    assert shown.isdisjoint({"mirels_seven", "mirels_eight", "mirels_low_risk"})


@pytest.mark.parametrize(
    ("pain", "key"),
    [("moderate", "mirels_eight"), ("mild", "mirels_seven"), ("mild", "mirels_low_risk")],
)
def test_eight_and_seven_points_touch_their_own_band_only(pain: str, key: str) -> None:
    shown = set(found(femur(mirels_pain=pain, given={"width_fraction": 0.2})))
    bands = {name for name in shown if name in {"mirels_seven", "mirels_eight", "mirels_nine", "mirels_low_risk"}}
    expected = {"mirels_eight"} if pain == "moderate" else {"mirels_seven", "mirels_low_risk"}
    assert key in bands
    assert bands == expected


def test_a_fracture_leaves_nothing_of_the_bands_to_disagree_about() -> None:
    shown = found(femur(fracture={"status": "actual"}, given={"width_fraction": 0.5}))
    assert not [key for key in shown if key.startswith("mirels")]


@pytest.mark.parametrize(("share", "shown"), [(0.2, False), (0.4, True), (0.6, False)])
def test_thirty_and_fifty_per_cent_disagree_only_in_between(share: float, shown: bool) -> None:
    case = femur(given={"circumferential_cortical_involvement_fraction": share})
    assert ("circumference" in found(case)) is shown


@pytest.mark.parametrize(("axial", "shown"), [(20.0, False), (40.0, True)])
def test_cement_alone_in_the_proximal_femur_is_disputed_beyond_thirty_mm(axial: float, shown: bool) -> None:
    given = {"axial_cortical_involvement_mm": axial}
    case = femur(subsite="neck", given=given, fracture={"status": "none", "lesser_trochanter_avulsion": False})
    assert ("cement_proximal_femur" in found(case)) is shown


def test_the_upper_limb_brings_its_own_threshold_and_the_femur_does_not() -> None:
    assert "mirels_upper_limb" in found(femur(bone="humerus"))
    assert "mirels_upper_limb" not in found(femur())


def test_case_four_shows_both_readings_of_class_four_and_both_walls() -> None:
    shown = found(case_of("case-4"))
    assert {"harrington_four", "medial_wall", "joint_leak"} <= set(shown)
    assert "always_cement" not in shown, "its load is compression, which cement holds"
    assert "unknown" in shown["harrington_four"].touches


def test_the_nail_of_case_three_touches_the_disagreement_on_metal() -> None:
    shown = found(case_of("case-3"))
    assert "nail" in shown["metal"].touches
    assert "joint_leak" in shown


@pytest.mark.parametrize("name", ["case-1", "case-2"])
def test_flat_bones_are_not_touched_by_scores_of_long_bones(name: str) -> None:
    shown = found(case_of(name))
    assert not [key for key in shown if key.startswith(("mirels", "femoral", "circumference", "harrington"))]


@pytest.mark.parametrize("name", ["case-1", "case-2", "case-3", "case-4"])
def test_what_is_shown_names_the_patients_facts(name: str) -> None:
    assert all(one.touches and "{" not in one.touches for one in found(case_of(name)).values())


@pytest.mark.parametrize(
    ("facts", "speaks"),
    [
        ({"surgical_candidate": "poor", "ecog": 1, "age_y": 60}, False),
        ({"surgical_candidate": "poor", "ecog": 1, "age_y": 71}, True),
        ({"surgical_candidate": "candidate", "ecog": 3, "age_y": 60}, True),
        ({"surgical_candidate": "candidate", "ecog": 2, "age_y": 80}, False),
    ],
)
def test_freezing_the_frail_is_shown_where_both_sides_speak(facts: dict[str, object], speaks: bool) -> None:
    case = femur().model_copy(update={"patient": Patient.model_validate(facts)})
    assert ("freezing_the_frail" in found(case)) == speaks


def test_cold_beside_a_nerve_is_shown_beside_one_and_lethal_cold_always() -> None:
    nerve = [{"kind": "nerve", "name": "sciatic nerve", "distance_mm": 6}]
    assert "cold_beside_a_nerve" in found(femur(critical_structures=nerve))
    assert "cold_beside_a_nerve" not in found(femur())
    assert {position.evidence.source for position in found(femur())["lethal_cold"].positions} == {
        "ahmed2019",
        "hsu2014",
        "littrup2009",
    }
