"""Would the authors agree? The four cases of ahmed2019 as packaged, with the reasons that must appear.

Facts and expectations (``expected.toml``) follow the clinical notes, section 3b; nothing is measured here.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from buttress.assess.judge import judge
from buttress.library.example_cases import example_folder
from buttress.library.load import load_bones
from buttress.library.load_rules import load_fact_words
from buttress.measure.given import unmeasured
from buttress.records.case import Case
from buttress.records.score import Assessment, Score, TechniqueView

EXPECTED_TABLE = tomllib.loads(Path(__file__).with_name("expected.toml").read_text("utf-8"))
NAMES = ("case-1", "case-2", "case-3", "case-4")


@dataclass(frozen=True)
class Vignette:
    """One case of the paper, what is expected of it, and what our rules say."""

    name: str
    case: Case
    expect: dict[str, Any]
    assessment: Assessment

    def technique(self, key: str) -> TechniqueView:
        return next(view for view in self.assessment.techniques if view.key == key)

    def score(self, key: str) -> Score:
        return next(score for score in self.assessment.scores if score.key == key)


@lru_cache(maxsize=8)
def vignette(name: str) -> Vignette:
    """The case of that name, judged with nothing measured."""
    case = Case.model_validate(tomllib.loads(example_folder(name).joinpath("case.toml").read_text("utf-8")))
    lesion = case.lesions[0]
    found = unmeasured(lesion, "the paper's case has no images here")
    return Vignette(name, case, EXPECTED_TABLE[name], judge(case, lesion, found, load_bones()[lesion.bone]))


EFFECTS = {"for": "FOR", "against": "AGAINST", "caution": "CAUTION", "block": "BLOCK"}
EXPECTED = [(name, kind, line) for name in NAMES for kind in EFFECTS for line in vignette(name).expect[kind]]
ASKED = [(name, line) for name in NAMES for line in vignette(name).expect["ask"]]
ABLATION = ("rfa_monopolar", "rfa_bipolar", "microwave", "cryoablation")


@pytest.mark.parametrize(("name", "kind", "line"), EXPECTED)
def test_the_authors_reason_appears(name: str, kind: str, line: str) -> None:
    technique, rule = line.split()
    said = vignette(name).technique(technique).by_effect(EFFECTS[kind])
    assert rule in {verdict.rule for verdict in said}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_stopped_but_what_the_paper_stops(name: str) -> None:
    case = vignette(name)
    stops = {f"{v.technique} {v.rule}" for view in case.assessment.techniques for v in view.by_effect("BLOCK")}
    assert stops == set(case.expect["block"])


@pytest.mark.parametrize(("name", "line"), ASKED)
def test_what_the_paper_does_not_say_is_asked_for(name: str, line: str) -> None:
    technique, fact = line.split()
    asked = {label for v in vignette(name).technique(technique).by_effect("ASK") for label in v.asks}
    assert load_fact_words()[fact].label in asked


@pytest.mark.parametrize("name", NAMES)
def test_scores_that_do_not_apply_say_so_with_a_reason(name: str) -> None:
    case = vignette(name)
    no = {score.key for score in case.assessment.scores if score.applicable == "NO"}
    assert no == set(case.expect["not_applicable"])
    assert all(case.score(key).reason for key in no)


@pytest.mark.parametrize("name", NAMES)
def test_every_case_fills_the_five_considerations(name: str) -> None:
    considerations = vignette(name).assessment.considerations
    assert [c.key for c in considerations] == ["C1", "C2", "C3", "C4", "C5"]
    assert all(c.known for c in considerations)


@pytest.mark.parametrize("name", NAMES)
def test_every_case_lists_radiotherapy_and_surgery_with_reasons(name: str) -> None:
    for key in ("radiotherapy", "open_surgery"):
        verdicts = vignette(name).technique(key).verdicts
        assert verdicts
        assert all(v.because and v.evidence for v in verdicts)


@pytest.mark.parametrize("name", NAMES)
def test_every_case_waits_for_the_tumour_board(name: str) -> None:
    gate = next(g for g in vignette(name).assessment.gates if g.key == "MDT-01")
    assert not gate.open
    assert "scheduling" in gate.before


@pytest.mark.parametrize("name", NAMES)
def test_a_fact_is_asked_only_once_for_a_technique(name: str) -> None:
    for view in vignette(name).assessment.techniques:
        asked = [label for v in view.by_effect("ASK") for label in v.asks]
        assert len(asked) == len(set(asked)), view.key


@pytest.mark.parametrize("name", ["case-2", "case-3"])
def test_cases_two_and_three_have_a_reason_against_every_ablation(name: str) -> None:
    assert all(vignette(name).technique(key).by_effect("AGAINST") for key in ABLATION)


@pytest.mark.parametrize("name", ["case-1", "case-2", "case-4"])
def test_unknown_pacemaker_and_implants_leave_a_stop_undecided(name: str) -> None:
    gaps = " ".join(vignette(name).assessment.blocking_gaps)
    assert "pacemaker" in gaps
    assert "implant" in gaps


def test_case_three_needs_no_pacemaker_to_be_stopped_by_its_nail() -> None:
    assert not any("pacemaker" in gap for gap in vignette("case-3").assessment.blocking_gaps)


def test_case_three_has_a_hypothetical_mirels_score_around_ten_to_eleven() -> None:
    score = vignette("case-3").score("mirels")
    assert score.low <= 10
    assert score.high >= 11
    assert "Hypothetical" in score.summary


def test_case_four_is_group_one_unless_the_asked_medial_wall_is_destroyed() -> None:
    score = vignette("case-4").score("harrington_acetabulum")
    assert [group.split(":")[0] for group in score.groups] == ["I", "II"]
    assert "acetabular medial wall destroyed" in score.missing
    assert any("medial wall of the ilium is not" in caveat for caveat in score.caveats)


def test_case_four_asks_whether_its_solitary_lesion_could_be_resected_for_cure() -> None:
    original = vignette("case-4").score("harrington_acetabulum_original")
    assert len(original.groups) == 2
    assert original.missing == ("lesion resectable for cure",)


def test_case_four_may_discuss_cure_and_asks_for_the_margin() -> None:
    remarks = vignette("case-4").assessment.considerations[2].remarks
    assert any("cure can be discussed" in remark for remark in remarks)


def test_case_four_has_a_range_of_survival_points_and_never_one() -> None:
    score = vignette("case-4").score("katagiri")
    # hepatocellular 3; one metastasis in all, so no spread and a single bone: laboratory 2, ECOG 1, chemotherapy 1 open
    assert (score.low, score.high) == (3, 3 + 2 + 1 + 1)
    assert len(score.bands) == 3
    assert not any("survival" in gap for gap in vignette("case-4").assessment.blocking_gaps)


def test_no_technique_is_called_the_choice() -> None:
    words = re.compile(r"\b(recommend\w*|should|you must|best option|treatment of choice)\b", re.IGNORECASE)
    for name in NAMES:
        assert words.findall(vignette(name).assessment.model_dump_json()) == []
