"""What must always hold of a whole judgement, over random cases: cited, tied to a fact, local, and the same twice."""

from __future__ import annotations

import random
from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st

from buttress.assess.candidate_values import Candidate, candidates
from buttress.assess.evaluate import Facts, answer
from buttress.assess.facts import gather_facts
from buttress.assess.judge import SCORES, judge, with_scores
from buttress.assess.techniques import background, view_techniques
from buttress.assess.verdicts import hear
from buttress.assess.what_would_change import BEHIND, asked_by, what_would_change
from buttress.library.load import load_bones
from buttress.library.load_rules import load_fact_words, load_rules, load_techniques
from buttress.measure.given import unmeasured
from buttress.records.case import Case, Lesion
from buttress.records.rule import Rule
from buttress.records.score import Assessment, Change, Fact, Score, Verdict
from random_cases import random_case

SEEDS = st.integers(0, 10_000)
FREE = sorted(set(load_fact_words()) - {"bone", "limb", "long_bone", "in_scope", *BEHIND})
"""Facts that may become known later; the place of the lesion is what the case is about."""
DECIDING = ("FOR", "AGAINST", "BLOCK", "CAUTION")


@lru_cache(maxsize=64)
def case_of(seed: int) -> tuple[Case, Lesion]:
    case, lesion, _ = random_case(random.Random(seed))
    return case, lesion


def facts_of(seed: int) -> dict[str, Fact]:
    case, lesion = case_of(seed)
    return gather_facts(case, lesion, unmeasured(lesion, "no image"), load_bones()[lesion.bone])


def scored_facts_of(seed: int) -> dict[str, Fact]:
    facts = facts_of(seed)
    return with_scores(facts, [score(facts) for score in SCORES])


def assessed(seed: int) -> Assessment:
    case, lesion = case_of(seed)
    return judge(case, lesion, unmeasured(lesion, "no image"), load_bones()[lesion.bone])


def spoken(facts: Facts) -> dict[tuple[str, str, str], Verdict]:
    views = view_techniques(facts)
    return {(v.technique, v.rule, v.effect): v for view in views for v in view.verdicts if v.effect != "ASK"}


def width(score: Score) -> int:
    """How much a score leaves open: points between its ends, and groups and criteria not decided."""
    points = score.high - score.low if score.high is not None and score.low is not None else 0
    return points + len(score.groups) + sum(one.answer == "CANNOT_TELL" for one in score.criteria)


@given(SEEDS, st.sampled_from(FREE), st.randoms(use_true_random=False))
def test_adding_a_fact_never_makes_a_scores_interval_wider(seed: int, name: str, dice: random.Random) -> None:
    less = facts_of(seed)
    if less[name].value is not None or less[name].low is not None:
        return
    # the two measures of size are two bases of one item: the second only stands in for the first
    if name == "width_fraction" and less["cortical_destruction_fraction"].value is not None:
        return
    known = Candidate(dice.choice((0.05, 0.4, 0.6, 0.9, 25.0, 35.0)), "") if less[name].unit else None
    choices = candidates(less[name]) or ((known,) if known else ())
    if not choices:
        return
    more = less | {name: dice.choice(choices).made_of(less[name])}
    for score in SCORES:
        before, after = score(less), score(more)
        if before.applicable == after.applicable == "YES":
            assert width(after) <= width(before), score.__name__


@given(SEEDS, st.sampled_from(FREE), st.randoms(use_true_random=False))
def test_flipping_a_fact_changes_only_what_rules_that_name_it_say(seed: int, name: str, dice: random.Random) -> None:
    before = facts_of(seed)
    choices = candidates(before[name])
    if not choices:
        return
    after = before | {name: dice.choice(choices).made_of(before[name])}
    first, second = spoken(before), spoken(after)
    turned = {key[1] for key in set(first) ^ set(second)}
    reworded = {key[1] for key in set(first) & set(second) if first[key] != second[key]}
    naming = {rule.id for rule in load_rules() if rule.when is not None and name in asked_by(rule)}
    telling = {rule.id for rule in load_rules() if f"{{{name}}}" in rule.because}
    assert turned <= naming
    assert reworded <= telling


@given(SEEDS)
def test_every_verdict_cites_and_rests_on_a_fact_of_the_patient(seed: int) -> None:
    rules = {rule.id: rule for rule in load_rules()}
    facts = scored_facts_of(seed)
    for verdict in (*(v for view in view_techniques(facts) for v in view.verdicts), *background(facts)):
        assert verdict.evidence
        assert all(evidence.source and evidence.place for evidence in verdict.evidence)
        if verdict.effect == "ASK":
            assert verdict.asks
            assert verdict.answer == "CANNOT_TELL"
        elif rules[verdict.rule].when is not None:
            assert verdict.because not in ("", rules[verdict.rule].because), verdict.rule


@given(SEEDS)
def test_no_rule_decides_on_facts_that_are_all_unknown(seed: int) -> None:
    facts = scored_facts_of(seed)
    for _, name, effect in spoken(facts):
        rule = next(rule for rule in load_rules() if rule.id == name)
        if effect in DECIDING and rule.when is not None:
            assert any(facts[fact].value is not None or facts[fact].low is not None for fact in rule.when.facts), name


@given(SEEDS, st.sampled_from([rule for rule in load_rules() if rule.when is not None]))
def test_what_a_rule_says_does_not_hang_on_facts_that_are_unknown(seed: int, rule: Rule) -> None:
    """Whatever the unknown facts turn out to be, one at a time, a YES stays a YES and a NO stays a NO."""
    facts = facts_of(seed)
    said = answer(rule.when, facts)
    unknown = [name for name in rule.when.facts if facts[name].value is None and facts[name].low is None]
    for name in unknown:
        for candidate in candidates(facts[name]):
            told = answer(rule.when, facts | {name: candidate.made_of(facts[name])})
            assert said in ("CANNOT_TELL", told), (rule.id, name, candidate)


@given(SEEDS)
def test_the_same_case_gives_the_same_bytes(seed: int) -> None:
    assert assessed(seed).model_dump_json() == assessed(seed).model_dump_json()


@given(SEEDS)
@settings(max_examples=25)
def test_what_is_said_to_change_a_verdict_does_change_it(seed: int) -> None:
    """Every single change of a plain fact is tried: the verdict it promises is there, or gone."""
    facts = facts_of(seed)
    found = [c for c in what_would_change(facts, lambda changed: changed) if len(c.facts) == 1 and c.turn != "settles"]
    rules = {rule.id: rule for rule in load_rules()}
    for change in found:
        (name,) = change.facts
        before = hear(rules[change.rule], facts)
        told = {
            answer(rules[change.rule].when, facts | {name: candidate.made_of(facts[name])}) == "YES"
            for candidate in candidates(facts[name])
            if candidate.text in change.to[0]
        }
        assert (before is not None and not before.asks) == (change.turn == "loses")
        assert (change.turn == "gains") in told, change
    assert {change.technique for change in found} <= set(load_techniques())


@given(SEEDS)
@settings(max_examples=25)
def test_two_facts_are_named_only_where_one_alone_turns_nothing(seed: int) -> None:
    for key in load_techniques():
        sizes = {len(c.facts) for c in assessed_changes(seed) if c.technique == key and c.turn != "settles"}
        assert len(sizes) <= 1


@lru_cache(maxsize=32)
def assessed_changes(seed: int) -> tuple[Change, ...]:
    return assessed(seed).changes
