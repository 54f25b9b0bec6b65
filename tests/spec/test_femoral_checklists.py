"""What van der Linden's thresholds and Harrington's femoral criteria say."""

from __future__ import annotations

import pytest

from buttress.assess.harrington_femur import score_harrington_femur
from buttress.assess.van_der_linden import score_van_der_linden
from buttress.library.load_rules import load_fact_words
from buttress.records.score import Fact, Score


def facts(**values: object) -> dict[str, Fact]:
    found = {name: Fact(name=name, label=words.label, unit=words.unit) for name, words in load_fact_words().items()}
    for name, value in values.items():
        triple = value if isinstance(value, tuple) else (value, None, None)
        found[name] = found[name].model_copy(update={"value": triple[0], "low": triple[1], "high": triple[2]})
    return found


def answers(score: Score) -> list[str]:
    return [criterion.answer for criterion in score.criteria]


@pytest.mark.parametrize(
    ("axial_mm", "more_than_30", "at_least_30"),
    [(29.9, "NO", "NO"), (30.0, "NO", "YES"), (30.1, "YES", "YES")],
)
def test_exactly_30_mm_is_where_2004_and_2020_part(axial_mm: float, more_than_30: str, at_least_30: str) -> None:
    score = score_van_der_linden(facts(bone="femur", axial_cortical_mm=axial_mm, circumferential_fraction=0.2))
    assert answers(score) == [more_than_30, at_least_30, "NO"]


@pytest.mark.parametrize(("fraction", "expected"), [(0.50, "NO"), (0.51, "YES")])
def test_half_the_circumference_exactly_is_not_more_than_half(fraction: float, expected: str) -> None:
    score = score_van_der_linden(facts(bone="femur", axial_cortical_mm=1.0, circumferential_fraction=fraction))
    assert answers(score)[2] == expected


def test_each_criterion_has_its_own_risk() -> None:
    score = score_van_der_linden(facts(bone="femur"))
    assert "30 % fractured" in score.criteria[0].risk
    assert "35 % fractured" in score.criteria[2].risk
    assert "sensitivity 86 %" in score.criteria[1].risk


def test_a_measure_whose_interval_straddles_the_threshold_cannot_tell() -> None:
    score = score_van_der_linden(facts(bone="femur", axial_cortical_mm=(31.0, 28.0, 34.0)))
    assert answers(score) == ["CANNOT_TELL"] * 3


def test_in_the_tibia_the_measure_still_stands_against_the_threshold_but_is_not_validated() -> None:
    score = score_van_der_linden(facts(bone="tibia", axial_cortical_mm=42.0, circumferential_fraction=0.6))
    assert score.applicable == "NO"
    assert "not validated" in score.reason
    assert answers(score) == ["YES", "YES", "YES"]


def test_with_a_fracture_the_thresholds_are_no_longer_about_this_lesion() -> None:
    assert score_van_der_linden(facts(bone="femur", fracture_status="actual")).applicable == "NO"


def test_harringtons_four_criteria_are_met_unmet_or_unknown() -> None:
    score = score_harrington_femur(
        facts(
            bone="femur",
            circumferential_fraction=0.6,
            longest_diameter_mm=25.0,
            stress_pain_after_radiotherapy=True,
        )
    )
    assert answers(score) == ["YES", "NO", "CANNOT_TELL", "YES"]
    assert score.summary == "2 met, 1 not met, 1 cannot tell, of 4."
    assert score.missing == ("avulsion of the lesser trochanter",)


def test_harringtons_list_gives_no_points_and_says_why() -> None:
    score = score_harrington_femur(facts(bone="femur"))
    assert score.low is None
    assert any("counts no points" in caveat for caveat in score.caveats)


def test_harringtons_femoral_list_is_not_validated_elsewhere() -> None:
    assert score_harrington_femur(facts(bone="humerus")).applicable == "NO"
