"""What the scores of survival say (katagiri2014 and bauer1995, points as restated). Expected sums are by hand."""

from __future__ import annotations

from typing import Any

import pytest

from buttress.assess.bauer import score_bauer_modified, score_bauer_original
from buttress.assess.facts import gather_facts
from buttress.assess.katagiri import score_katagiri
from buttress.library.load import load_bones
from buttress.measure.given import unmeasured
from buttress.records.case import Case
from buttress.records.score import Fact, Score

GOOD_BLOOD = {
    "crp_mg_per_dl": 0.1,
    "ldh_iu_per_l": 180,
    "albumin_g_per_dl": 4.2,
    "platelets_e9_per_l": 250,
    "calcium_mg_per_dl": 9.4,
    "bilirubin_mg_per_dl": 0.6,
}
BEST = {
    **GOOD_BLOOD,
    "primary": "myeloma",
    "visceral_metastases": "none",
    "cerebral_metastases": "none",
    "ecog": 1,
    "previous_chemotherapy": False,
    "multiple_skeletal_metastases": False,
}
"""Every fact known and none of them bringing a point."""


def facts(case: dict[str, Any] | None = None, **patient: Any) -> dict[str, Fact]:
    lesions = [{"id": "a", "bone": "femur", "fracture": {"status": "none"}}]
    made = Case.model_validate({"id": "c", "lesions": lesions, "patient": patient, **(case or {})})
    lesion = made.lesions[0]
    return gather_facts(made, lesion, unmeasured(lesion, "no images"), load_bones()["femur"])


def katagiri(**changes: Any) -> Score:
    return score_katagiri(facts(**{**BEST, **changes}))


def span(score: Score) -> tuple[int | None, int | None]:
    return score.low, score.high


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({}, 0),
        ({"primary": "renal cell carcinoma"}, 2),
        ({"primary": "Hepatocellular Carcinoma"}, 3),
        ({"katagiri_primary_group": "moderate", "primary": None}, 2),
        ({"visceral_metastases": "nodular"}, 1),
        ({"cerebral_metastases": "nodular"}, 1),
        ({"visceral_metastases": "nodular", "cerebral_metastases": "disseminated"}, 2),
        ({"ecog": 2}, 0),
        ({"ecog": 3}, 1),
        ({"ecog": 4}, 1),
        ({"previous_chemotherapy": True}, 1),
        ({"multiple_skeletal_metastases": True}, 1),
    ],
)
def test_each_item_of_katagiri_brings_its_points(changes: dict[str, Any], points: int) -> None:
    score = katagiri(**changes)
    assert span(score) == (points, points)
    assert score.missing == ()


@pytest.mark.parametrize(
    ("value", "points"),
    [
        ({"crp_mg_per_dl": 0.39}, 0),
        ({"crp_mg_per_dl": 0.4}, 1),
        ({"ldh_iu_per_l": 249}, 0),
        ({"ldh_iu_per_l": 250}, 1),
        ({"albumin_g_per_dl": 3.7}, 0),
        ({"albumin_g_per_dl": 3.6}, 1),
        ({"platelets_e9_per_l": 100}, 0),
        ({"platelets_e9_per_l": 99}, 2),
        ({"calcium_mg_per_dl": 10.2}, 0),
        ({"calcium_mg_per_dl": 10.3}, 2),
        ({"bilirubin_mg_per_dl": 1.39}, 0),
        ({"bilirubin_mg_per_dl": 1.4}, 2),
        ({"crp_mg_per_dl": 5, "ldh_iu_per_l": 900, "albumin_g_per_dl": 2.0}, 1),
        ({"crp_mg_per_dl": 5, "calcium_mg_per_dl": 12, "bilirubin_mg_per_dl": 3}, 2),
    ],
)
def test_laboratory_values_turn_at_the_printed_cuts_and_critical_overrides_abnormal(
    value: dict[str, float], points: int
) -> None:
    assert span(katagiri(**value)) == (points, points)


def test_the_worst_of_everything_is_ten_points() -> None:
    worst = {
        "primary": "melanoma",
        "visceral_metastases": "disseminated",
        "platelets_e9_per_l": 20,
        "ecog": 4,
        "previous_chemotherapy": True,
        "multiple_skeletal_metastases": True,
    }
    assert span(katagiri(**worst)) == (10, 10)


def test_nothing_known_leaves_nought_to_ten_and_all_three_bands() -> None:
    score = score_katagiri(facts())
    assert span(score) == (0, 10)
    assert [band.label for band in score.bands] == ["3 or less", "4 to 6", "7 or more"]


@pytest.mark.parametrize(
    ("points", "patient", "survival"),
    [
        (3, {"primary": "hcc"}, "91 % alive at 1 year, 78 % at 2 years"),
        (4, {"primary": "hcc", "ecog": 3}, "49 % alive at 1 year"),
        (6, {"primary": "hcc", "ecog": 3, "calcium_mg_per_dl": 11}, "49 % alive at 1 year"),
        (
            7,
            {"primary": "hcc", "ecog": 3, "calcium_mg_per_dl": 11, "previous_chemotherapy": True},
            "27 % alive at 6 months, 6 % at 1 year",
        ),
    ],
)
def test_each_band_carries_its_published_survival(points: int, patient: dict[str, Any], survival: str) -> None:
    score = katagiri(**patient)
    assert span(score) == (points, points)
    assert [band.risk for band in score.bands] == [survival]


@pytest.mark.parametrize(
    ("primary", "reach"),
    [
        ("breast cancer", (0, 2)),
        ("prostate cancer", (0, 2)),
        ("lung cancer", (2, 3)),
        ("endometrial carcinoma", (0, 3)),
        ("anaplastic thyroid carcinoma", (0, 3)),
        ("not a lymphoma", (0, 3)),
        (None, (0, 3)),
    ],
)
def test_a_primary_that_cannot_be_mapped_surely_is_asked_and_never_guessed(
    primary: str | None, reach: tuple[int, int]
) -> None:
    score = katagiri(primary=primary)
    assert span(score) == reach
    assert score.missing == ("Katagiri's group of the primary tumour (slow, moderate, rapid)",)


def test_a_group_typed_in_settles_a_primary_with_two_groups_and_a_contradiction_is_shown() -> None:
    assert span(katagiri(primary="breast cancer", katagiri_primary_group="slow")) == (0, 0)
    against = katagiri(primary="melanoma", katagiri_primary_group="slow")
    assert span(against) == (0, 0)
    assert "lists melanoma as rapid" in against.items[0].finding


def test_one_unknown_laboratory_value_leaves_only_what_it_can_still_change() -> None:
    assert span(katagiri(crp_mg_per_dl=None)) == (0, 1)
    assert span(katagiri(calcium_mg_per_dl=None)) == (0, 2)
    known_abnormal = katagiri(crp_mg_per_dl=2, ldh_iu_per_l=None, calcium_mg_per_dl=None)
    assert span(known_abnormal) == (1, 2)
    assert known_abnormal.missing == ("calcium",)


def test_a_single_metastasis_of_all_organs_is_neither_visceral_nor_multiple() -> None:
    found = facts(n_metastases=1)
    assert found["visceral_metastases"].value == "none"
    assert found["multiple_skeletal_metastases"].value is False
    assert found["multiple_skeletal_metastases"].origin == "derived"


def test_two_lesions_in_the_case_are_multiple_and_a_count_in_bone_decides() -> None:
    two = {"lesions": [{"id": "a", "bone": "femur"}, {"id": "b", "bone": "tibia"}]}
    assert facts(two)["multiple_skeletal_metastases"].value is True
    assert facts(n_skeletal_metastases=1)["multiple_skeletal_metastases"].value is False
    assert facts(n_skeletal_metastases=2)["multiple_skeletal_metastases"].value is True
    assert facts(n_metastases=4)["multiple_skeletal_metastases"].value is None


def test_systemic_therapy_is_not_taken_for_chemotherapy_but_no_treatment_at_all_is_none() -> None:
    hormones = {"prior_treatments": [{"kind": "systemic", "description": "letrozole"}]}
    assert facts(hormones)["previous_chemotherapy"].value is None
    assert facts({"prior_treatments": []})["previous_chemotherapy"].value is False


@pytest.mark.parametrize(
    ("patient", "modified", "original"),
    [
        ({"primary": "breast cancer", "visceral_metastases": "none", "n_skeletal_metastases": 1}, 4, 5),
        ({"primary": "lung cancer", "visceral_metastases": "nodular", "n_skeletal_metastases": 3}, 0, 1),
        ({"primary": "melanoma", "visceral_metastases": "none", "n_skeletal_metastases": 3}, 2, 3),
        ({"primary": "renal cell carcinoma", "visceral_metastases": "disseminated", "n_skeletal_metastases": 1}, 3, 4),
    ],
)
def test_bauers_scores_add_up(patient: dict[str, Any], modified: int, original: int) -> None:
    assert span(score_bauer_modified(facts(**patient))) == (modified, modified)
    assert span(score_bauer_original(facts(**patient))) == (original, original)


def test_a_pathological_fracture_takes_a_point_in_the_original_only() -> None:
    broken = {"lesions": [{"id": "a", "bone": "femur", "fracture": {"status": "actual"}}]}
    patient = {"primary": "breast cancer", "visceral_metastases": "none", "n_skeletal_metastases": 1}
    assert span(score_bauer_original(facts(broken, **patient))) == (4, 4)
    assert span(score_bauer_modified(facts(broken, **patient))) == (4, 4)


def test_bauers_scores_say_that_the_original_was_not_read_and_that_more_is_better() -> None:
    for score in (score_bauer_modified(facts()), score_bauer_original(facts())):
        assert any("original not read" in caveat for caveat in score.caveats)
        assert "more is better" in score.summary
        assert score.subject == "prognosis"


def test_the_summary_names_the_bands_that_remain_and_does_not_list_them_when_all_do() -> None:
    assert "every band remains possible" in score_katagiri(facts()).summary
    assert katagiri(ecog=4).summary == (
        "1 of 10 points, more is worse (3 or less: 91 % alive at 1 year, 78 % at 2 years)."
    )
    sure = facts(primary="melanoma", visceral_metastases="none", n_skeletal_metastases=3)
    assert score_bauer_modified(sure).summary == "2 of 4 points, more is better (band 2)."
