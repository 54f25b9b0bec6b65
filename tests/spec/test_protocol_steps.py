"""The steps follow from rules that exist, are short, stand in the order of the work, and appear where they belong."""

from __future__ import annotations

import tomllib

import pytest

from buttress.assess.judge import judge
from buttress.evidence.source import bibliography
from buttress.library.example_cases import example_folder
from buttress.library.load import load_bones
from buttress.library.load_coverage import load_row_ledger
from buttress.library.load_protocol import StepRow, load_protocol
from buttress.library.load_rules import load_considerations, load_fact_words, load_rules, load_techniques
from buttress.measure.given import unmeasured
from buttress.records.case import Case
from buttress.records.score import ProtocolStep

ROWS = tuple(load_protocol().values())
RULES = {rule.id: rule for rule in load_rules()}
GATES = set(load_considerations()["gates"])
PHASES = ("before", "during", "after")
MOST_STEPS, MOST_WORDS = 25, 25
"""What a page can hold and an eye can take in; both are ours."""


def case_of(name: str) -> Case:
    return Case.model_validate(tomllib.loads(example_folder(name).joinpath("case.toml").read_text("utf-8")))


def steps_of(case: Case) -> dict[str, ProtocolStep]:
    lesion = case.lesions[0]
    assessment = judge(case, lesion, unmeasured(lesion, "no images"), load_bones()[lesion.bone], with_changes=False)
    return {step.key: step for step in assessment.steps}


def with_patient(name: str, **facts: object) -> Case:
    case = case_of(name)
    return case.model_copy(update={"patient": case.patient.model_copy(update=facts)})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_every_step_is_implied_by_rules_or_gates_that_exist(row: StepRow) -> None:
    assert set(row.rules) <= set(RULES) | GATES


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_step_cites_a_source_of_a_rule_that_implies_it(row: StepRow) -> None:
    sources = {RULES[name].evidence.source for name in row.rules if name in RULES}
    sources |= {load_considerations()["gates"][name]["evidence"]["source"] for name in row.rules if name in GATES}
    cited = {one.source for one in row.evidence}
    assert cited & sources
    assert cited <= set(bibliography())
    assert all(one.place for one in row.evidence)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_no_step_comes_from_a_row_that_was_left_out(row: StepRow) -> None:
    assert {name.partition("/")[0] for name in row.rules}.isdisjoint(load_row_ledger().left_out)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_step_belongs_to_techniques_that_exist(row: StepRow) -> None:
    groups = {technique.group for technique in load_techniques().values()}
    assert set(row.techniques) <= {*load_techniques(), *groups, "percutaneous"}
    assert row.technique_keys


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_step_asks_only_about_facts_that_exist(row: StepRow) -> None:
    assert row.when is None or set(row.when.facts) <= set(load_fact_words())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_step_is_one_short_sentence_or_two(row: StepRow) -> None:
    assert len(row.action.split()) <= MOST_WORDS
    assert row.action.endswith(".")


def test_the_list_stays_short_and_in_the_order_of_the_work() -> None:
    assert len(ROWS) <= MOST_STEPS
    phases = [PHASES.index(row.phase) for row in ROWS]
    assert phases == sorted(phases)


def test_the_steps_that_the_issue_names_are_there() -> None:
    assert {"rewarm", "push_away", "thermocouple", "stop_at_a_leak", "haemostasis"} <= set(load_protocol())


def test_rewarming_before_cement_is_a_step_of_case_one_with_the_minutes_of_its_authors() -> None:
    step = steps_of(case_of("case-1"))["rewarm"]
    assert (step.answer, step.phase) == ("YES", "during")
    assert "15 minutes" in step.action
    assert {"cryoablation", "ablation_cement"} <= set(step.techniques)


@pytest.mark.parametrize(("name", "nerve"), [("case-1", "suprascapular nerve"), ("case-4", "sciatic nerve")])
def test_a_nerve_nearby_brings_a_thermocouple_with_its_limits(name: str, nerve: str) -> None:
    step = steps_of(case_of(name))["thermocouple"]
    assert step.answer == "YES"
    assert "10 to 45 °C" in step.action
    assert nerve in step.because


@pytest.mark.parametrize("name", ["case-2", "case-3"])
def test_without_a_nerve_nearby_there_is_no_thermocouple(name: str) -> None:
    assert "thermocouple" not in steps_of(case_of(name))


def test_the_posterior_path_of_case_four_passes_above_the_sciatic_nerve() -> None:
    assert "above_the_sciatic_nerve" in steps_of(case_of("case-4"))


def test_case_two_gets_its_two_parallel_screws_and_case_three_none() -> None:
    assert steps_of(case_of("case-2"))["two_parallel_screws"].answer == "YES"
    assert "two_parallel_screws" not in steps_of(case_of("case-3"))


def test_unknown_clotting_asks_for_platelets_and_inr() -> None:
    step = steps_of(case_of("case-2"))["haemostasis"]
    assert step.answer == "CANNOT_TELL"
    assert set(step.asks) == {"platelet count", "INR"}


@pytest.mark.parametrize(
    ("platelets", "inr", "answer"), [(45, 1.0, "YES"), (200, 2.0, "YES"), (200, 1.0, None), (45, None, "YES")]
)
def test_haemostasis_follows_the_limits_of_high_risk_procedures(
    platelets: float, inr: float | None, answer: str | None
) -> None:
    steps = steps_of(with_patient("case-4", platelets_e9_per_l=platelets, inr=inr))
    step = steps.get("haemostasis")
    assert (step.answer if step else None) == answer


@pytest.mark.parametrize("name", ["case-1", "case-2", "case-3", "case-4"])
def test_a_step_that_cannot_be_told_asks_and_the_others_do_not(name: str) -> None:
    for step in steps_of(case_of(name)).values():
        assert bool(step.asks) == (step.answer == "CANNOT_TELL")
        assert "{" not in step.because


@pytest.mark.parametrize("number", [None, 1, 3])
@pytest.mark.parametrize("proven", [None, False, True])
@pytest.mark.parametrize("primary", [None, "breast carcinoma"])
def test_the_sarcoma_step_is_as_certain_as_its_gate(
    number: int | None, proven: bool | None, primary: str | None
) -> None:
    case = with_patient("case-1", n_metastases=number, histology_proven=proven, primary=primary)
    lesion = case.lesions[0]
    assessment = judge(case, lesion, unmeasured(lesion, "no images"), load_bones()[lesion.bone], with_changes=False)
    gate = next(gate for gate in assessment.gates if gate.key == "SARCOMA")
    answers = [step.answer for step in assessment.steps if step.key == "sarcoma_pathway"]
    if gate.open:
        assert answers == []
    else:
        assert answers == ["CANNOT_TELL" if "unknown" in gate.reason else "YES"]
