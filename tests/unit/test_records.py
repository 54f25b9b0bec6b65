"""Documents are checked at birth, cannot be changed, and survive a trip through JSON."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from buttress.records.case import Case, Lesion, Treatment
from buttress.records.document import ButtressError
from buttress.records.findings import BoneAxis, Measure, Observation


def case(**changes: object) -> Case:
    return Case.model_validate({"id": "c", "lesions": [{"id": "l", "bone": "femur"}], **changes})


def test_everything_but_id_bone_and_lesion_may_be_unknown() -> None:
    one = case()
    assert one.patient.pacemaker is None
    assert one.intent is None
    assert one.lesions[0].side is None


def test_a_document_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        case().id = "other"  # type: ignore[misc]


def test_a_misspelt_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="pacemeker"):
        case(patient={"pacemeker": True})


def test_no_name_and_no_free_text_fits_into_an_identifier() -> None:
    with pytest.raises(ValidationError, match="pattern"):
        case(patient={"pseudonym": "Jane Doe"})
    with pytest.raises(ValidationError, match="pattern"):
        case(id="../../etc/passwd")


def test_lesions_are_named_once_and_treatments_name_known_lesions() -> None:
    twice = [Lesion(id="l", bone="femur"), Lesion(id="l", bone="tibia")]
    with pytest.raises(ValidationError, match="share an id"):
        Case(id="c", lesions=tuple(twice))
    with pytest.raises(ValidationError, match="do not exist"):
        Case(id="c", lesions=(twice[0],), prior_treatments=(Treatment(kind="radiotherapy", lesion="other"),))


def test_a_life_expectancy_is_a_range_with_a_source() -> None:
    expectancy = {"low_weeks": 30, "high_weeks": 12, "source": "typed in"}
    with pytest.raises(ValidationError, match="must not exceed"):
        case(patient={"life_expectancy": expectancy})
    with pytest.raises(ValidationError, match="source"):
        case(patient={"life_expectancy": {"low_weeks": 1, "high_weeks": 2, "source": ""}})


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "measured"},
        {"status": "not_computed", "value": 3.0},
        {"value": 3.0, "low": 4.0, "high": 5.0},
        {"value": float("nan")},
    ],
)
def test_a_measure_has_a_value_inside_its_interval_or_a_reason(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Measure.model_validate(fields)


def test_not_computed_and_not_applicable_are_told_apart() -> None:
    assert Measure.missing("no CT").status == "not_computed"
    assert Measure.missing("not a long bone", applicable=False).status == "not_applicable"
    assert Observation.missing("no CT").value is None


def test_an_axis_has_one_arc_length_per_point() -> None:
    with pytest.raises(ValidationError, match="one arc length"):
        BoneAxis(points_mm=((0, 0, 0), (0, 0, 1)), from_lesion_mm=(0.0,), tilt_deg=0, method="m")


def test_a_case_survives_json() -> None:
    one = case(patient={"implants": []}, intent=["palliative", "stabilise"])
    assert Case.model_validate_json(one.model_dump_json()) == one


def test_an_error_says_what_was_found_what_was_expected_and_what_to_do() -> None:
    error = ButtressError("found this", "that", "do so", where="case.toml:3")
    assert error.message == "case.toml:3: found this\n  expected: that\n  what to do: do so"
