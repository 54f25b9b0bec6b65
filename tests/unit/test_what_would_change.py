"""What would turn a verdict: the paper's cases asked, and how the answer is told."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

from buttress.app.explain_cli import MOST_CHANGES, explanation_json, explanation_text
from buttress.app.jobs import assess_job
from buttress.app.sources import load_input
from buttress.assess.candidate_values import Candidate, candidates, in_words
from buttress.assess.judge import judge
from buttress.library.example_cases import example_folder
from buttress.library.load import load_bones
from buttress.library.load_rules import load_fact_words, load_techniques
from buttress.measure.given import unmeasured
from buttress.records.case import Case
from buttress.records.document import ButtressError
from buttress.records.review import Review
from buttress.records.score import Assessment, Change, Fact
from buttress.report.change_words import change_lines


@lru_cache(maxsize=8)
def assessed(name: str) -> Assessment:
    case = Case.model_validate(tomllib.loads(example_folder(name).joinpath("case.toml").read_text("utf-8")))
    (lesion,) = case.lesions
    return judge(case, lesion, unmeasured(lesion, "no image"), load_bones()[lesion.bone])


@lru_cache(maxsize=8)
def review(name: str, tmp: str) -> Review:
    return assess_job(load_input(name), Path(tmp), lambda step: None)


def changes(name: str, technique: str) -> list[Change]:
    return [change for change in assessed(name).changes if change.technique == technique]


def fact(name: str, value: float | bool | str | tuple[str, ...] | None = None) -> Fact:
    words = load_fact_words()[name]
    return Fact(name=name, label=words.label, unit=words.unit, value=value)


def test_a_pacemaker_not_told_of_would_stop_monopolar_current_and_comes_first() -> None:
    first = changes("case-1", "rfa_monopolar")[0]
    assert (first.facts, first.frm, first.to) == (("pacemaker",), ("unknown",), ("yes",))
    assert (first.turn, first.effect, first.rule) == ("gains", "BLOCK", "RFA-06/stop")


def test_the_nail_of_case_three_is_what_its_stop_hangs_on() -> None:
    stop = [change for change in changes("case-3", "rfa_monopolar") if change.effect == "BLOCK"]
    assert [(change.facts, change.turn, change.to) for change in stop] == [(("implant_in_field",), "loses", ("no",))]
    assert all(change.effect != "BLOCK" for change in changes("case-3", "cement"))


def test_a_clear_path_for_screws_is_what_case_three_lacks() -> None:
    (change,) = [c for c in changes("case-3", "screws") if c.rule == "PS-07"]
    assert (change.facts, change.turn, change.effect) == (("screw_corridor",), "loses", "AGAINST")


def test_the_load_is_what_cement_alone_hangs_on_in_case_two() -> None:
    turned = {(c.rule, c.to) for c in changes("case-2", "cement") if c.facts == ("load",)}
    assert ("CEM-03/against", ("compression",)) in turned


def test_a_fracture_that_has_happened_and_the_nature_of_the_tumour_are_not_wished_away() -> None:
    named = {name for change in assessed("case-2").changes for name in change.facts}
    assert not named & {"fracture_status", "displaceable_by_cement", "bone", "subsite"}


def test_the_acetabular_wall_behind_the_group_is_named_and_not_the_group() -> None:
    named = {name for change in changes("case-4", "ablation_cement") for name in change.facts}
    assert "harrington_groups" not in named
    assert "acetabulum_collapse" in {name for change in changes("case-4", "open_surgery") for name in change.facts}


@pytest.mark.parametrize("name", ["case-1", "case-2", "case-3", "case-4"])
def test_graver_changes_stand_before_lighter_ones_and_settled_questions_last(name: str) -> None:
    order = ("BLOCK", "AGAINST", "FOR", "CAUTION")
    for key in load_techniques():
        found = changes(name, key)
        turning = [order.index(change.effect) for change in found if change.turn != "settles"]
        assert turning == sorted(turning)
        assert [c.turn == "settles" for c in found] == sorted(c.turn == "settles" for c in found)


def test_a_number_is_tried_just_across_each_threshold() -> None:
    found = {candidate.text: candidate.value for candidate in candidates(fact("ablation_span_mm"))}
    assert found["at most 40 mm"] == 40
    assert found["above 40 mm"] == pytest.approx(40, abs=0.1)
    assert found["above 40 mm"] > 40  # type: ignore[operator]


def test_the_present_value_is_no_candidate() -> None:
    assert [c.text for c in candidates(fact("pacemaker", False))] == ["yes"]
    assert "compression" not in [c.text for c in candidates(fact("load", "compression"))]
    assert "without curative" in [c.text for c in candidates(fact("intent", ("curative",)))]


def test_two_thresholds_that_bound_each_other_read_as_a_range() -> None:
    between = (Candidate(1.8, "at most 1.8", 1.8), Candidate(1.5015, "above 1.5", 1.5))
    outside = (Candidate(2.0, "above 1.8", 1.8), Candidate(1.2, "below 1.5", 1.5))
    assert in_words(between) == "above 1.5 and at most 1.8"
    assert in_words(outside) == "above 1.8 or below 1.5"


def test_verdicts_that_turn_with_the_same_fact_stand_in_one_line() -> None:
    lines = {line.supposed: line for line in change_lines(assessed("case-2"), "cryoablation")}
    line = lines["heart or lung within 10 mm: no"]
    assert line.now == "now yes"
    assert line.effects.startswith("takes away AGAINST (ABL-01/chest)")


def test_the_explanation_tells_reasons_questions_changes_and_every_source_it_numbers(tmp_path: Path) -> None:
    text = explanation_text(review("case-2", str(tmp_path)), "screws")
    for part in ("Reasons for", "What is asked", "What would change this", "Sources", "CEM-03/screws", "[1] ahmed2019"):
        assert part in text
    assert (
        text.index("Reasons for") < text.index("What is asked") < text.index("What would change") < text.index("[1] a")
    )
    assert "it never prescribes" in text


def test_the_explanation_reads_as_sentences(tmp_path: Path) -> None:
    for name, technique in (("case-1", "cryoablation"), ("case-3", "screws"), ("case-4", "rfa_monopolar")):
        text = explanation_text(review(name, str(tmp_path)), technique)
        lines = [line.removeprefix("  - ") for line in text.splitlines() if line.startswith("  - ")]
        assert [line for line in lines if line[0].islower() and not line.startswith("and ")] == []
        assert ".)" not in text.partition("Sources")[0]
        assert "Here: pain unknown" not in text
    assert "intent curative and stabilise (given)" in text


def test_the_explanation_as_data_holds_all_changes_and_their_sources(tmp_path: Path) -> None:
    found = explanation_json(review("case-2", str(tmp_path)), "cryoablation")
    (lesion,) = found["lesions"]
    assert len(lesion["changes"]) > MOST_CHANGES
    assert "ahmed2019" in [source["key"] for source in found["sources"]]


def test_an_unknown_technique_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ButtressError, match="cryoablation"):
        explanation_text(review("case-2", str(tmp_path)), "laser")


def test_a_joint_nearby_is_never_told_as_a_gain_for_cement() -> None:
    """CEM-06 speaks of a fracture beside a joint that no cleft reaches: fracture and joint set its scene."""
    told = {"id": "one", "bone": "femur", "subsite": "condyles", "critical_structures": []}
    fracture = {"status": "actual", "reaches_joint": False}
    case = Case.model_validate({"id": "made-up", "patient": {}, "lesions": [{**told, "fracture": fracture}]})
    (lesion,) = case.lesions
    found = judge(case, lesion, unmeasured(lesion, "no image"), load_bones()["femur"]).changes
    assert [change.to for change in found if change.rule == "CEM-06/no_cleft" and change.turn == "gains"] == []
    assert any(change.rule == "CEM-05" and change.facts == ("joint_near",) for change in found)


def test_the_cleft_of_case_three_is_what_no_cleft_hangs_on() -> None:
    turned = {change.facts for change in changes("case-3", "cement") if change.rule == "CEM-06/no_cleft"}
    assert turned == {("fracture_reaches_joint",)}
