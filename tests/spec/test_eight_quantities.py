"""The eight quantities of the paper's four cases say what the paper says, and ask for what it does not.

Expected words come from ahmed2019 (items 1 to 5 and the legend of each case) and the table of our clinical notes,
section 3b. A word of the paper that the case cannot hold is not expected.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import get_args

import pytest

from buttress.assess.judge import judge
from buttress.library.example_cases import example_folder
from buttress.library.load import load_bones
from buttress.library.load_rules import load_fact_words
from buttress.measure.given import unmeasured
from buttress.records.case import Case, Lesion, Patient
from buttress.records.score import SummaryLine

NAMES = ("case-1", "case-2", "case-3", "case-4")
SAID = [
    ("case-1", "prior", ("systemic", "radiotherapy", "failed")),
    ("case-1", "fitness", ("poor", "walker")),
    ("case-1", "intention", ("palliative", "stabilise")),
    ("case-1", "matrix", ("lytic",)),
    ("case-1", "cortex", ("destroyed",)),
    ("case-1", "load", ("bears no weight", "several directions")),
    ("case-1", "neighbours", ("glenohumeral joint", "suprascapular nerve", "seen as it grows")),
    ("case-2", "prior", ("systemic", "pain 10 of 10")),
    ("case-2", "fitness", ("poor", "walker")),
    ("case-2", "intention", ("palliative", "widely metastatic")),
    ("case-2", "matrix", ("lytic", "diffuse")),
    ("case-2", "load", ("bears no weight", "several directions")),
    ("case-2", "fracture_risk", ("fractured", "transverse", "minimal")),
    ("case-2", "neighbours", ("heart", "lungs", "skin")),
    ("case-3", "prior", ("systemic", "radiotherapy", "failed")),
    ("case-3", "fitness", ("poor", "assistive device")),
    ("case-3", "intention", ("palliative", "stabilise")),
    ("case-3", "matrix", ("permeative", "diffuse")),
    ("case-3", "load", ("bears weight", "compression")),
    ("case-3", "fracture_risk", ("fractured", "transverse", "displacement none")),
    ("case-3", "neighbours", ("knee joint",)),
    ("case-4", "prior", ("radiotherapy", "failed")),
    ("case-4", "fitness", ("walks with pain",)),
    ("case-4", "intention", ("curative", "stabilise", "1 metastasis")),
    ("case-4", "matrix", ("lytic",)),
    ("case-4", "cortex", ("destroyed",)),
    ("case-4", "fracture_risk", ("not fractured", "group I")),
    ("case-4", "neighbours", ("sciatic nerve", "hip joint")),
]
ASKED = [
    ("case-1", "prior", "pain_nrs"),
    ("case-1", "intention", "n_metastases"),
    ("case-1", "fracture_risk", "fracture_status"),
    ("case-2", "fitness", "platelets_e9_per_l"),  # called low, without a count
    ("case-2", "intention", "n_metastases"),
    ("case-3", "prior", "pain_nrs"),
    ("case-3", "intention", "n_metastases"),
    ("case-3", "cortex", "cortex"),
    ("case-3", "cortex", "axial_cortical_mm"),
    ("case-3", "cortex", "circumferential_fraction"),
    ("case-4", "prior", "pain_nrs"),
    ("case-4", "fitness", "surgical_candidate"),
    ("case-4", "intention", "zone_margin_mm"),
    ("case-4", "fracture_risk", "acetabulum_medial_wall"),
]
"""What the paper does not say of each case."""
SILENT = [("case-3", "cortex")]
MOST_SIGNS, MOST_WORDS_OF_RISK = 90, 12
"""Room in the table of the first page; ours."""


def summary_of(case: Case) -> dict[str, SummaryLine]:
    lesion = case.lesions[0]
    assessment = judge(case, lesion, unmeasured(lesion, "no images"), load_bones()[lesion.bone], with_changes=False)
    return {line.key: line for line in assessment.summary}


@lru_cache(maxsize=8)
def summary(name: str) -> dict[str, SummaryLine]:
    return summary_of(Case.model_validate(tomllib.loads(example_folder(name).joinpath("case.toml").read_text("utf-8"))))


def made_up(**lesion: object) -> dict[str, SummaryLine]:
    return summary_of(Case(id="made-up", patient=Patient(), lesions=(Lesion.model_validate({"id": "one", **lesion}),)))


@pytest.mark.parametrize("name", NAMES)
def test_there_are_eight_in_the_order_of_the_considerations(name: str) -> None:
    lines = list(summary(name).values())
    assert [line.key for line in lines] == list(get_args(SummaryLine.model_fields["key"].annotation))
    assert [line.consideration for line in lines] == ["C1", "C2", "C3", "C4", "C4", "C4", "C4", "C5"]


@pytest.mark.parametrize(("name", "key", "words"), SAID)
def test_the_line_says_what_the_paper_says(name: str, key: str, words: tuple[str, ...]) -> None:
    value = summary(name)[key].value
    assert [word for word in words if word not in value] == []


@pytest.mark.parametrize(("name", "key", "fact"), ASKED)
def test_the_line_asks_for_what_the_paper_does_not_say(name: str, key: str, fact: str) -> None:
    assert load_fact_words()[fact].label in summary(name)[key].missing


@pytest.mark.parametrize(("name", "key"), SILENT)
def test_where_the_paper_is_silent_the_line_is_empty(name: str, key: str) -> None:
    assert summary(name)[key].value == ""
    assert summary(name)[key].origins == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_line_is_short_and_tells_where_it_comes_from(name: str) -> None:
    lines = summary(name)
    assert all(len(line.value) <= MOST_SIGNS for line in lines.values())
    assert len(lines["fracture_risk"].value.split()) <= MOST_WORDS_OF_RISK
    assert all("unknown" not in line.origins for line in lines.values())


@pytest.mark.parametrize("name", ["case-1", "case-2"])
def test_no_score_of_long_bones_enters_the_risk_of_a_flat_bone(name: str) -> None:
    assert "Mirels" not in summary(name)["fracture_risk"].value


def test_an_unbroken_femur_tells_its_mirels_points_and_the_criteria_that_are_met() -> None:
    given = {"width_fraction": 0.5, "axial_cortical_involvement_mm": 40.0, "longest_diameter_mm": 40.0}
    lines = made_up(
        bone="femur",
        subsite="diaphysis",
        matrix="lytic",
        mirels_pain="moderate",
        fracture={"status": "none"},
        given=given,
    )
    value = lines["fracture_risk"].value
    assert "Mirels 9" in value  # lower limb 2, moderate 2, lytic 3, between one and two thirds 2 (mirels1989)
    assert "van der Linden" in value  # more than 30 mm
    assert "Harrington" in value  # larger than 25 mm
    assert len(value.split()) <= MOST_WORDS_OF_RISK


def test_nothing_known_is_nothing_said_and_much_asked() -> None:
    lines = made_up(bone="femur")
    for key in ("prior", "fitness", "intention", "matrix", "cortex", "neighbours"):
        assert lines[key].value == ""
        assert lines[key].missing
