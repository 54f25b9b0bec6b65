"""Pain response by the international consensus: complete, partial, and nothing invented beyond."""

from __future__ import annotations

import pytest

from buttress.evidence.source import bibliography
from buttress.follow.pain_response import EVIDENCE, PainReport, judge_pain_response


def response(pain_before: float, pain_after: float, opioid_before: float = 60, opioid_after: float = 60) -> str:
    return judge_pain_response(
        PainReport(worst_pain=pain_before, opioid_mg_per_day=opioid_before),
        PainReport(worst_pain=pain_after, opioid_mg_per_day=opioid_after),
    ).response


def test_no_pain_left_and_no_more_opioids_is_a_complete_response() -> None:
    assert response(7, 0) == "complete"
    assert response(7, 0, 60, 20) == "complete"


def test_no_pain_left_but_more_opioids_is_not_classified() -> None:
    assert response(7, 0, 60, 90) == "not_classified"


@pytest.mark.parametrize(("pain_after", "expected"), [(5, "partial"), (5.5, "not_classified"), (7, "not_classified")])
def test_two_points_less_pain_is_a_partial_response_and_less_is_not(pain_after: float, expected: str) -> None:
    assert response(7, pain_after) == expected


def test_less_pain_bought_with_more_opioids_is_not_classified() -> None:
    assert response(7, 3, 60, 61) == "not_classified"


@pytest.mark.parametrize(("opioid_after", "expected"), [(45, "partial"), (46, "not_classified")])
def test_a_quarter_fewer_opioids_without_more_pain_is_a_partial_response(opioid_after: float, expected: str) -> None:
    assert response(7, 7, 60, opioid_after) == expected


def test_fewer_opioids_with_more_pain_is_not_classified() -> None:
    assert response(7, 8, 60, 20) == "not_classified"


def test_more_pain_is_not_called_progression_because_that_text_was_not_read() -> None:
    assert response(4, 9) == "not_classified"


def test_a_patient_without_opioids_cannot_respond_by_taking_fewer() -> None:
    assert response(7, 7, 0, 0) == "not_classified"


def test_without_pain_before_there_is_nothing_to_relieve() -> None:
    assert response(0, 0) == "not_classified"


def test_a_missing_value_is_named() -> None:
    found = judge_pain_response(PainReport(worst_pain=7), PainReport(worst_pain=2, opioid_mg_per_day=10))
    assert found.response == "cannot_tell"
    assert "opioid dose" in found.because
    assert "worst pain" not in found.because


def test_the_definition_is_in_the_bibliography() -> None:
    assert EVIDENCE.source in bibliography()
