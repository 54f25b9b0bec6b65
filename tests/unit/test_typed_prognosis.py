"""Survival estimates of other tools: typed in, shown beside what was published of the tool, never computed."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from buttress.assess.judge import judge
from buttress.library.load import load_bones
from buttress.library.load_rules import load_score
from buttress.measure.given import unmeasured
from buttress.records.case import Case, TypedPrognosis
from buttress.records.score import Assessment

PATHFX = {
    "tool": "PATHFx",
    "source": "Dr A",
    "survival_fraction": 0.62,
    "at_months": 6,
    "date": "2024-06-30",
}
TOOLS = get_args(TypedPrognosis.model_fields["tool"].annotation)


def assess(*typed: dict[str, Any]) -> Assessment:
    case = Case.model_validate({"id": "c", "lesions": [{"id": "a", "bone": "tibia"}], "prognosis": typed})
    lesion = case.lesions[0]
    return judge(case, lesion, unmeasured(lesion, "no images"), load_bones()["tibia"])


def test_a_typed_result_stands_with_the_intention_of_therapy_and_nowhere_else() -> None:
    views = [consideration.prognoses for consideration in assess(PATHFX).considerations]
    assert [len(found) for found in views] == [0, 0, 1, 0, 0]
    (view,) = views[2]
    assert view.result == "62 % alive at 6 months"
    assert view.where == "Dr A, 2024-06-30"
    assert "United States" in view.derived_from
    assert view.performance[0].n == 287
    assert view.performance[0].evidence.source == "piccioli2015"


def test_words_are_kept_as_typed_and_the_order_is_the_cases() -> None:
    said = {"tool": "OPTIModel", "source": "board", "result": "second of four classes"}
    views = assess(said, PATHFX).considerations[2].prognoses
    assert [view.tool for view in views] == ["OPTIModel", "PATHFx"]
    assert views[0].result == "second of four classes"


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_that_can_be_typed_in_has_its_published_background(tool: str) -> None:
    (view,) = assess({**PATHFX, "tool": tool}).considerations[2].prognoses
    assert view.derived_from
    assert view.note or view.performance
    assert view.evidence


def test_the_library_holds_no_tool_that_cannot_be_typed_in() -> None:
    assert set(load_score("prognosis_tools")) == set(TOOLS)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"at_months": None}, "go together"),
        ({"survival_fraction": None}, "go together"),
        ({"survival_fraction": None, "at_months": None}, "needs a result"),
        ({"survival_fraction": 62}, "less than or equal to 1"),
        ({"source": ""}, "at least 1 character"),
        ({"tool": "crystal ball"}, "PATHFx"),
    ],
)
def test_a_typed_result_needs_a_source_and_something_to_say(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        TypedPrognosis.model_validate({**PATHFX, **changes})


def test_a_typed_result_changes_no_score_and_no_technique() -> None:
    without, with_one = assess(), assess(PATHFX)
    assert without.scores == with_one.scores
    assert without.techniques == with_one.techniques
    assert without.blocking_gaps == with_one.blocking_gaps
