"""A fracture that the CT seems to show stops the scores of unbroken bones until the case says what is so."""

from __future__ import annotations

import pytest

from buttress.assess.facts import gather_facts
from buttress.assess.judge import judge
from buttress.library.load import load_bones
from buttress.measure import unmeasured
from buttress.records.case import Case, Fracture, Lesion
from buttress.records.findings import Clearance, Measure, Observation

SEEN = Observation(value=True, where="axial slice 40 of 80")
NOT_SEEN = Observation(value=False)


def case_of(status: str | None) -> Case:
    lesion = Lesion(id="a", bone="femur", side="left", subsite="diaphysis", fracture=Fracture(status=status))
    return Case(id="c", lesions=(lesion,))


def judged(status: str | None, seen: Observation):
    case = case_of(status)
    findings = unmeasured(case.lesions[0], "no images").model_copy(update={"fracture_seen": seen})
    return judge(case, case.lesions[0], findings, load_bones()["femur"])


def scores(assessment):
    return {score.key: score for score in assessment.scores}


@pytest.mark.parametrize("key", ["mirels", "van_der_linden", "harrington_femur"])
def test_a_possible_fracture_that_the_case_is_silent_about_stops_the_score_and_asks(key):
    score = scores(judged(None, SEEN))[key]
    assert score.applicable == "NO"
    assert "a possible fracture is seen; confirm or deny in the case (fracture.status)" in score.reason
    assert "axial slice 40 of 80" in score.reason


@pytest.mark.parametrize("key", ["mirels", "van_der_linden"])
def test_the_case_wins_over_what_is_seen(key):
    assert scores(judged("none", SEEN))[key].applicable == "YES"
    assert scores(judged("actual", NOT_SEEN))[key].applicable == "NO"


def test_a_disagreement_is_shown_with_the_fact():
    case = case_of("none")
    findings = unmeasured(case.lesions[0], "x").model_copy(update={"fracture_seen": SEEN})
    fact = gather_facts(case, case.lesions[0], findings, load_bones()["femur"])["fracture_status"]
    assert fact.value == "none"
    assert "CT shows a possible fracture" in fact.where


def test_no_sign_of_a_fracture_leaves_an_unknown_state_unknown():
    mirels = scores(judged(None, NOT_SEEN))["mirels"]
    assert mirels.applicable == "CANNOT_TELL"


def near(low: float, value: float, high: float):
    case = case_of("none")
    nerve = Clearance(
        name="sciatic nerve",
        kind="nerve",
        basis="estimated",
        distance_mm=Measure(value=value, low=low, high=high, unit="mm"),
    )
    findings = unmeasured(case.lesions[0], "x").model_copy(update={"nearby": (nerve,)})
    return gather_facts(case, case.lesions[0], findings, load_bones()["femur"])["nerve_near"]


def test_an_estimated_nerve_is_near_only_where_its_uncertainty_leaves_no_doubt():
    assert near(0.0, 4.0, 9.0).value is True
    assert near(12.0, 30.0, 48.0).value is False
    doubtful = near(0.0, 12.0, 26.0)
    assert doubtful.value is None
    assert "estimated, not seen" in doubtful.where
