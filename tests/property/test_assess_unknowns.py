"""What must always hold of judgements: knowing less never says more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from buttress.assess.evaluate import answer, negate
from buttress.assess.harrington_acetabulum import possible_groups
from buttress.assess.mirels import score_mirels
from buttress.assess.techniques import view_techniques
from buttress.assess.verdicts import hear_rules, verdicts_by_subject
from buttress.library.load_rules import load_fact_words, load_rules
from buttress.records.rule import Condition, Rule
from buttress.records.score import Fact

PARTS = ("subchondral", "medial_wall", "roof", "lateral_rim", "collapse")
ITEMS = {
    "peritrochanteric": st.booleans(),
    "mirels_pain": st.sampled_from(["none", "mild", "moderate", "functional"]),
    "matrix": st.sampled_from(["lytic", "mixed", "blastic", "permeative"]),
    "width_fraction": st.floats(0, 1),
    "cortical_destruction_fraction": st.floats(0, 1),
}


def facts(values: dict[str, object]) -> dict[str, Fact]:
    found = {name: Fact(name=name, label=words.label, unit=words.unit) for name, words in load_fact_words().items()}
    for name, value in values.items():
        found[name] = found[name].model_copy(update={"value": value})
    return found


FEMUR = {"bone": "femur", "limb": "lower", "long_bone": True, "fracture_status": "none"}


@given(st.fixed_dictionaries(ITEMS), st.sets(st.sampled_from(sorted(ITEMS))))
def test_removing_facts_never_narrows_mirels_and_never_loses_the_true_value(
    values: dict[str, object], hidden: set[str]
) -> None:
    # the second reading of size may only stand in when the first is hidden with it: two bases, two scores
    hidden = hidden | ({"cortical_destruction_fraction"} if "width_fraction" in hidden else set())
    full = score_mirels(facts(FEMUR | values))
    less = score_mirels(facts(FEMUR | {name: value for name, value in values.items() if name not in hidden}))
    assert full.low is not None
    assert less.low is not None
    assert full.low == full.high
    assert less.low <= full.low <= (less.high or 0)
    assert {band.label for band in full.bands} <= {band.label for band in less.bands}


@given(st.fixed_dictionaries(ITEMS))
def test_mirels_lies_between_four_and_twelve(values: dict[str, object]) -> None:
    score = score_mirels(facts(FEMUR | values))
    assert score.low is not None
    assert 4 <= score.low <= 12


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_wider_interval_of_the_measured_width_never_narrows_the_score(a: float, b: float, c: float) -> None:
    low, value, high = sorted((a, b, c))
    table = facts(
        FEMUR | {"peritrochanteric": False, "mirels_pain": "mild", "matrix": "lytic", "width_fraction": value}
    )
    wide = dict(table)
    wide["width_fraction"] = table["width_fraction"].model_copy(update={"low": low, "high": high})
    narrow_score, wide_score = score_mirels(table), score_mirels(wide)
    assert (wide_score.low or 0) <= (narrow_score.low or 0) <= (wide_score.high or 0)


@given(st.dictionaries(st.sampled_from(PARTS), st.booleans()), st.sampled_from(PARTS))
def test_knowing_one_part_less_keeps_every_group_that_was_possible(known: dict[str, bool], hidden: str) -> None:
    full = facts({f"acetabulum_{part}": value for part, value in known.items()})
    less = facts({f"acetabulum_{part}": value for part, value in known.items() if part != hidden})
    assert set(possible_groups(full)) <= set(possible_groups(less))


BOOLEANS = sorted(
    {
        condition.test.fact
        for rule in load_rules()
        if rule.when is not None
        for condition in (rule.when, *rule.when.all, *rule.when.any)
        if condition.test is not None and isinstance(condition.test.value, bool)
    }
)


@given(st.dictionaries(st.sampled_from(BOOLEANS), st.booleans()), st.sampled_from(BOOLEANS))
def test_hiding_a_fact_never_turns_a_rules_yes_into_no_or_no_into_yes(known: dict[str, bool], hidden: str) -> None:
    full = facts(dict(known))
    less = facts({name: value for name, value in known.items() if name != hidden})
    for rule in load_rules():
        assert answer(rule.when, less) in (answer(rule.when, full), "CANNOT_TELL"), rule.id


@given(st.dictionaries(st.sampled_from(BOOLEANS), st.booleans()))
def test_every_technique_is_always_listed_in_the_same_order(known: dict[str, bool]) -> None:
    views, of_nothing = (view_techniques(verdicts_by_subject(hear_rules(facts(k)))) for k in (dict(known), {}))
    assert [view.key for view in views] == [view.key for view in of_nothing]
    assert all(view.verdicts for view in views)


@given(st.sampled_from([r for r in load_rules() if r.when]), st.dictionaries(st.sampled_from(BOOLEANS), st.booleans()))
def test_none_of_a_condition_is_its_negation(rule: Rule, known: dict[str, bool]) -> None:
    condition = rule.when
    table = facts(dict(known))
    assert answer(Condition(none=(condition,)), table) == negate(answer(condition, table))
