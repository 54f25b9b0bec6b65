"""How a rule answers: YES, NO or CANNOT_TELL, and what it then asks for."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from buttress.assess.evaluate import answer, undecided
from buttress.assess.verdicts import speak
from buttress.evidence.source import Evidence
from buttress.records.rule import Condition, Rule
from buttress.records.score import Fact

FACTS = {
    "yes": Fact(name="yes", label="a true fact", value=True),
    "no": Fact(name="no", label="a false fact", value=False),
    "unknown": Fact(name="unknown", label="an unknown fact"),
    "other": Fact(name="other", label="another unknown fact"),
    "count": Fact(name="count", label="a count", value=40.0),
    "measured": Fact(name="measured", label="a measure", value=31.0, low=28.0, high=34.0, unit="mm"),
    "range": Fact(name="range", label="a range", low=8.0, high=10.0),
    "list": Fact(name="list", label="a list", value=("palliative", "stabilise")),
}


def ask(condition: dict[str, object]) -> str:
    return answer(Condition.model_validate(condition), FACTS)


YES, NO, UNKNOWN = ({"fact": name, "is": True} for name in ("yes", "no", "unknown"))


@pytest.mark.parametrize(
    ("parts", "of_all", "of_any"),
    [
        ([YES, YES], "YES", "YES"),
        ([YES, NO], "NO", "YES"),
        ([NO, NO], "NO", "NO"),
        ([YES, UNKNOWN], "CANNOT_TELL", "YES"),
        ([NO, UNKNOWN], "NO", "CANNOT_TELL"),
        ([UNKNOWN, UNKNOWN], "CANNOT_TELL", "CANNOT_TELL"),
    ],
)
def test_all_and_any_follow_kleene(parts: list[dict[str, object]], of_all: str, of_any: str) -> None:
    assert ask({"all": parts}) == of_all
    assert ask({"any": parts}) == of_any


def test_none_holds_when_nothing_in_it_holds() -> None:
    assert ask({"none": [NO]}) == "YES"
    assert ask({"none": [NO, YES]}) == "NO"
    assert ask({"none": [NO, UNKNOWN]}) == "CANNOT_TELL"


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"fact": "count", "at_most": 40}, "YES"),
        ({"fact": "count", "above": 40}, "NO"),
        ({"fact": "count", "at_least": 40}, "YES"),
        ({"fact": "count", "below": 40}, "NO"),
        ({"fact": "measured", "above": 30}, "CANNOT_TELL"),
        ({"fact": "measured", "above": 27}, "YES"),
        ({"fact": "measured", "above": 34}, "NO"),
        ({"fact": "range", "at_least": 9}, "CANNOT_TELL"),
        ({"fact": "range", "at_least": 8}, "YES"),
        ({"fact": "unknown", "above": 3}, "CANNOT_TELL"),
        ({"fact": "list", "includes": "stabilise"}, "YES"),
        ({"fact": "list", "includes": "curative"}, "NO"),
        ({"fact": "list", "within": ["palliative", "stabilise", "curative"]}, "YES"),
        ({"fact": "list", "within": ["palliative"]}, "CANNOT_TELL"),
        ({"fact": "list", "within": ["curative"]}, "NO"),
        ({"fact": "yes", "is_not": True}, "NO"),
    ],
)
def test_a_number_is_asked_at_both_ends_and_a_list_by_its_members(test: dict[str, object], expected: str) -> None:
    assert ask(test) == expected


def test_only_the_facts_that_matter_are_asked_for() -> None:
    inner = {"any": [NO, {"fact": "other", "is": True}]}
    settled = {"any": [YES, {"fact": "unknown", "is": True}]}
    condition = Condition.model_validate({"all": [settled, inner]})
    assert undecided(condition, FACTS) == ("other",)


def rule(name: str, **fields: object) -> Rule:
    evidence = Evidence(source="ahmed2019", place="here")
    return Rule.model_validate(
        {"id": name, "statement": "A statement.", "effect": "CAUTION", "grade": "none", "evidence": evidence, **fields}
    )


def test_a_rule_that_says_no_is_silent_and_one_that_says_yes_names_the_patients_fact() -> None:
    said = speak([rule("A", when=NO, because="{no}"), rule("B", when=YES, because="because {yes}")], "cement", FACTS)
    assert [(v.rule, v.effect, v.because) for v in said] == [("B", "CAUTION", "because yes")]


def test_two_rules_that_wait_for_one_fact_ask_once() -> None:
    said = speak([rule("A", when=UNKNOWN), rule("B", when=UNKNOWN, effect="BLOCK")], "cement", FACTS)
    assert [(v.effect, v.asks) for v in said] == [("ASK", ("an unknown fact",))]
    assert said[0].because == "it decides A (CAUTION), B (BLOCK)"


def test_a_straddled_threshold_is_said_to_be_one() -> None:
    said = speak([rule("A", when={"fact": "measured", "above": 30})], "cement", FACTS)
    assert "threshold lies within the range" in said[0].statement


def test_what_is_ours_is_told_with_the_source() -> None:
    said = speak([rule("A", ours="that ten means near")], "cement", FACTS)
    assert said[0].evidence[0].note == "ours: that ten means near"


@pytest.mark.parametrize(
    "condition",
    [
        {"fact": "yes"},
        {"fact": "yes", "is": True, "above": 3},
        {"fact": "yes", "above": True},
        {"fact": "yes", "in": "word"},
        {"all": [YES], "any": [NO]},
        {},
    ],
)
def test_a_question_that_makes_no_sense_is_refused(condition: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Condition.model_validate(condition)
