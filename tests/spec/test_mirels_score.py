"""What Mirels' score says (mirels1989; points as in jawad2010). Expected sums are by hand."""

from __future__ import annotations

from itertools import product

import pytest

from buttress.assess.mirels import score_mirels, size_points, table_under
from buttress.library.load_defaults import shelf_defaults
from buttress.library.load_rules import load_fact_words
from buttress.records.score import Fact, Score

SITES = {"upper": ("humerus", "upper", False), "lower": ("tibia", "lower", False), "near": ("femur", "lower", True)}
SITE_POINTS = {"upper": 1, "lower": 2, "near": 3}
PAIN_POINTS = {"mild": 1, "moderate": 2, "functional": 3}
MATRIX_POINTS = {"blastic": 1, "mixed": 2, "lytic": 3}
SIZE_POINTS = {0.2: 1, 0.5: 2, 0.8: 3}


def facts(**values: object) -> dict[str, Fact]:
    """All facts, unknown but for those given: a plain value, or a (value, low, high) triple."""
    found = {name: Fact(name=name, label=words.label, unit=words.unit) for name, words in load_fact_words().items()}
    for name, value in values.items():
        triple = value if isinstance(value, tuple) else (value, None, None)
        found[name] = found[name].model_copy(
            update={"value": triple[0], "low": triple[1], "high": triple[2], "origin": "given"}
        )
    return found


def mirels(site: str = "lower", **values: object) -> Score:
    bone, limb, near = SITES[site]
    base = {"bone": bone, "limb": limb, "long_bone": True, "peritrochanteric": near, "fracture_status": "none"}
    return score_mirels(facts(**{**base, **values}))


@pytest.mark.parametrize(
    ("site", "pain", "matrix", "size"), list(product(SITE_POINTS, PAIN_POINTS, MATRIX_POINTS, SIZE_POINTS))
)
def test_all_81_complete_combinations_add_up(site: str, pain: str, matrix: str, size: float) -> None:
    score = mirels(site, mirels_pain=pain, matrix=matrix, width_fraction=size)
    expected = SITE_POINTS[site] + PAIN_POINTS[pain] + MATRIX_POINTS[matrix] + SIZE_POINTS[size]
    assert (score.low, score.high) == (expected, expected)
    assert score.missing == ()


@pytest.mark.parametrize(
    ("site", "pain", "matrix", "size", "points", "band"),
    [
        ("upper", "mild", "blastic", 0.1, 4, "7 or less"),
        ("upper", "functional", "mixed", 0.2, 7, "7 or less"),
        ("lower", "moderate", "lytic", 0.2, 8, "8"),
        ("near", "mild", "lytic", 0.2, 8, "8"),
        ("lower", "functional", "lytic", 0.2, 9, "9 or more"),
        ("near", "functional", "lytic", 0.9, 12, "9 or more"),
    ],
)
def test_a_complete_score_falls_into_one_band(
    site: str, pain: str, matrix: str, size: float, points: int, band: str
) -> None:
    score = mirels(site, mirels_pain=pain, matrix=matrix, width_fraction=size)
    assert (score.low, score.high) == (points, points)
    assert [b.label for b in score.bands] == [band]


def test_six_points_with_pain_unknown_mean_seven_to_nine_and_all_three_bands() -> None:
    score = mirels("lower", matrix="mixed", width_fraction=0.5)  # 2 + 2 + 2, pain missing
    assert (score.low, score.high) == (7, 9)
    assert [band.label for band in score.bands] == ["7 or less", "8", "9 or more"]
    assert score.missing == ("pain class for Mirels' score (mild, moderate, functional)",)


def test_nothing_known_but_the_limb_leaves_five_to_eleven() -> None:
    score = mirels("lower")
    assert (score.low, score.high) == (5, 11)


@pytest.mark.parametrize(
    ("fraction", "points"),
    [(0.0, 1), (0.333, 1), (1 / 3, 2), (0.5, 2), (2 / 3, 2), (0.667, 3), (1.0, 3)],
)
def test_exactly_one_third_and_exactly_two_thirds_bring_two_points(fraction: float, points: int) -> None:
    assert size_points(fraction, table_under(shelf_defaults())["size"]) == points


def test_a_measured_width_whose_interval_straddles_two_thirds_brings_two_or_three_points() -> None:
    score = mirels("lower", mirels_pain="mild", matrix="lytic", width_fraction=(0.65, 0.60, 0.70))
    assert (score.low, score.high) == (2 + 1 + 3 + 2, 2 + 1 + 3 + 3)


def test_the_two_readings_of_size_are_both_shown_where_they_differ() -> None:
    score = mirels("lower", mirels_pain="mild", matrix="lytic", width_fraction=0.5, cortical_destruction_fraction=1.0)
    size = next(item for item in score.items if item.name == "size")
    assert (size.low, size.high) == (2, 2)
    assert "3 points" in size.note
    assert "cortical thickness" in size.note


def test_size_falls_back_on_the_cortical_thickness() -> None:
    score = mirels("lower", mirels_pain="mild", matrix="lytic", cortical_destruction_fraction=0.2)
    assert (score.low, score.high) == (7, 7)


def test_no_pain_and_permeative_have_no_row_and_say_how_they_are_counted() -> None:
    score = mirels("lower", mirels_pain="none", matrix="permeative", width_fraction=0.5)
    assert (score.low, score.high) == (2 + 1 + 3 + 2,) * 2
    assert sum("(ours)" in item.note for item in score.items) == 2


def test_an_unknown_place_in_the_femur_leaves_two_or_three_points_for_the_site() -> None:
    score = score_mirels(
        facts(bone="femur", limb="lower", long_bone=True, fracture_status="none", mirels_pain="mild", matrix="blastic")
        | {"width_fraction": facts(width_fraction=0.1)["width_fraction"]}
    )
    assert (score.low, score.high) == (2 + 1 + 1 + 1, 3 + 1 + 1 + 1)


def test_with_a_fracture_the_score_does_not_apply_and_its_value_is_hypothetical() -> None:
    score = mirels("lower", mirels_pain="functional", matrix="lytic", width_fraction=0.8, fracture_status="actual")
    assert score.applicable == "NO"
    assert (score.low, score.high) == (11, 11)
    assert score.summary.startswith("Hypothetical")


def test_whether_it_applies_cannot_be_told_while_the_fracture_is_unknown() -> None:
    score = mirels("lower", fracture_status=None)
    assert score.applicable == "CANNOT_TELL"
    assert "fracture (none, impending, actual)" in score.missing


def test_an_impending_fracture_is_what_the_score_is_for() -> None:
    assert mirels("lower", fracture_status="impending").applicable == "YES"


def test_a_bone_that_is_not_long_has_no_value_at_all() -> None:
    score = score_mirels(facts(bone="sternum", limb="trunk", long_bone=False))
    assert score.applicable == "NO"
    assert score.low is None
    assert "long bones" in score.reason


def test_eight_points_carry_the_disagreement_about_fixation() -> None:
    band = mirels("lower", mirels_pain="moderate", matrix="lytic", width_fraction=0.2).bands[0]
    assert "judgement" in band.advice
    assert "original author advised fixation from 8" in band.advice
    assert {e.source for e in band.evidence} == {"ahmed2019", "mirels1989"}


def test_a_size_measured_on_ct_warns_that_ct_under_scores_size() -> None:
    table = facts(bone="tibia", limb="lower", long_bone=True, peritrochanteric=False, width_fraction=0.5)
    table["width_fraction"] = table["width_fraction"].model_copy(update={"origin": "measured"})
    assert any("lower on CT" in caveat for caveat in score_mirels(table).caveats)


def test_the_upper_limb_warns_that_nine_misses_most_humeral_fractures() -> None:
    text = " ".join(mirels("upper").caveats)
    assert "14.5 %" in text
    assert "82.9 %" in text
    assert "188 patients" in text
