"""What the judging room makes of an acetabulum that was measured: the reader's word first, doubt kept as doubt."""

from __future__ import annotations

import pytest

from buttress.assess.judge import judge
from buttress.library.load import load_bones
from buttress.measure.acetabulum import harrington_observation
from buttress.measure.given import unmeasured
from buttress.records.acetabulum import AcetabulumFindings
from buttress.records.case import Case
from buttress.records.findings import LesionFindings
from buttress.records.measure import Measure
from buttress.records.score import Score


def share(value: float, doubt: float = 0.05) -> Measure:
    if value == 0.0:
        return Measure(value=0.0, low=0.0, high=0.0, unit="1", where="axial slice 7 of 70")
    return Measure(
        value=value, low=max(0.0, value - doubt), high=min(1.0, value + doubt), unit="1", where="axial slice 7 of 70"
    )


def socket(
    medial: float = 0.0, roof: float = 0.0, rim: float = 0.0, bone: float = 0.2, doubt: float = 0.05
) -> AcetabulumFindings:
    nothing = Measure.missing("phantom")
    return AcetabulumFindings(
        side="left",
        frame="phantom",
        head_centre_mm=(80.0, 0.0, 0.0),
        head_radius_mm=nothing,
        subchondral=share(bone, doubt),
        medial_wall=share(medial, doubt),
        roof=share(roof, doubt),
        lateral_rim=share(rim, doubt),
        anterior_column=nothing,
        posterior_column=nothing,
        head_height_difference_mm=nothing,
    )


@pytest.mark.parametrize(
    ("found", "groups"),
    [
        (socket(bone=0.0), ("none",)),
        (socket(), ("I",)),
        (socket(medial=0.8), ("II",)),
        (socket(medial=0.8, roof=0.7, rim=0.6), ("III",)),
        (socket(roof=0.7), ("partial",)),
        (socket(medial=0.34), ("I", "II")),
        (socket(medial=0.8, roof=0.35, rim=0.32), ("II", "III", "partial")),
    ],
)
def test_the_measured_parts_leave_the_groups_they_do_not_exclude(
    found: AcetabulumFindings, groups: tuple[str, ...]
) -> None:
    assert found.groups() == groups
    assert harrington_observation(found).value == " or ".join(groups)
    assert "not validated" in harrington_observation(found).note


def test_bone_outside_the_images_leaves_its_part_in_doubt() -> None:
    found = socket(medial=0.8).model_copy(update={"roof": Measure.missing("outside the images")})
    assert found.groups() == ("II", "partial")


def judged(found: AcetabulumFindings, **typed: bool) -> Score:
    case = Case.model_validate({"id": "c", "lesions": [{"id": "l", "bone": "acetabulum", "acetabulum": typed}]})
    seen: LesionFindings = unmeasured(case.lesions[0], "no image").model_copy(
        update={"acetabulum": found, "harrington_group": harrington_observation(found)}
    )
    scores = judge(case, case.lesions[0], seen, load_bones()["acetabulum"]).scores
    return next(score for score in scores if score.key == "harrington_acetabulum")


def test_measured_parts_decide_where_the_case_tells_nothing() -> None:
    assert [g.split(":")[0] for g in judged(socket(medial=0.8), collapse=False).groups] == ["II"]


def test_collapse_is_not_measured_and_stays_asked() -> None:
    score = judged(socket(medial=0.8))
    assert [g.split(":")[0] for g in score.groups] == ["II", "IV"]
    assert len(score.missing) == 1


def test_the_readers_word_stands_against_the_measured_part() -> None:
    score = judged(socket(medial=0.8), medial_wall=False, collapse=False)
    assert [g.split(":")[0] for g in score.groups] == ["I"]
