"""What Tatar's threshold and the 30 mm stop for cement alone say (tatar2014, deschamps2012)."""

from __future__ import annotations

import pytest

from buttress.assess.deschamps import score_deschamps
from buttress.assess.tatar import score_tatar
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


IRRADIATED = {"bone": "femur", "long_bone": True, "radiotherapy_given": True, "fracture_status": "none"}


@pytest.mark.parametrize(("fraction", "met"), [(0.29, "NO"), (0.30, "YES"), (0.31, "YES")])
def test_thirty_per_cent_of_the_circumference_exactly_is_enough(fraction: float, met: str) -> None:
    score = score_tatar(facts(**IRRADIATED, circumferential_fraction=fraction))
    assert score.applicable == "YES"
    assert answers(score)[0] == met
    assert "71 % fractured" in score.criteria[0].risk


@pytest.mark.parametrize(
    ("height_mm", "thickness", "expected"), [(44.9, 0.99, ["NO", "NO"]), (45.0, 1.0, ["YES", "YES"])]
)
def test_the_two_weaker_signs_turn_at_45_mm_and_at_the_full_thickness(
    height_mm: float, thickness: float, expected: list[str]
) -> None:
    score = score_tatar(facts(**IRRADIATED, axial_cortical_mm=height_mm, cortical_destruction_fraction=thickness))
    assert answers(score)[1:] == expected


@pytest.mark.parametrize("given", [None, False])
def test_without_radiotherapy_told_it_cannot_be_told_whether_tatars_threshold_applies(given: bool | None) -> None:
    score = score_tatar(facts(**{**IRRADIATED, "radiotherapy_given": given}, circumferential_fraction=0.4))
    assert score.applicable == "CANNOT_TELL"
    assert "only if it is irradiated" in score.reason
    assert answers(score)[0] == "YES"


def test_tatars_threshold_is_for_long_bones_without_a_fracture() -> None:
    assert score_tatar(facts(**{**IRRADIATED, "bone": "humerus"})).applicable == "YES"
    assert score_tatar(facts(**{**IRRADIATED, "bone": "ilium", "long_bone": False})).applicable == "NO"
    assert score_tatar(facts(**{**IRRADIATED, "fracture_status": "actual"})).applicable == "NO"


@pytest.mark.parametrize(("axial_mm", "met"), [(30.0, "NO"), (30.1, "YES")])
def test_more_than_30_mm_in_the_proximal_femur_meets_the_stop_of_cement_alone(axial_mm: float, met: str) -> None:
    score = score_deschamps(facts(bone="femur", proximal_femur=True, axial_cortical_mm=axial_mm))
    assert score.applicable == "YES"
    assert answers(score) == [met, "CANNOT_TELL"]
    assert "7 of 11" in score.criteria[0].risk
    assert score.missing == ("avulsion of the lesser trochanter",)


def test_an_interval_over_30_mm_cannot_tell() -> None:
    score = score_deschamps(facts(bone="femur", proximal_femur=True, axial_cortical_mm=(31.0, 28.0, 34.0)))
    assert answers(score)[0] == "CANNOT_TELL"


@pytest.mark.parametrize(("proximal", "applies"), [(True, "YES"), (None, "CANNOT_TELL"), (False, "NO")])
def test_the_stop_is_for_the_proximal_femur_only(proximal: bool | None, applies: str) -> None:
    assert score_deschamps(facts(bone="femur", proximal_femur=proximal)).applicable == applies
    assert score_deschamps(facts(bone="humerus", proximal_femur=False)).applicable == "NO"
