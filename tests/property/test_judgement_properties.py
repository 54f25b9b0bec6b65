"""What must always hold of a whole judgement, over random cases: cited, tied to a fact, local, and the same twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from string import Formatter

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from buttress.assess.candidate_values import Candidate, candidates
from buttress.assess.evaluate import Facts, answer, ends, is_known
from buttress.assess.facts import describe, gather_facts
from buttress.assess.judge import SCORES, judge, with_scores
from buttress.assess.techniques import background, view_techniques
from buttress.assess.verdicts import hear, hear_rules, verdicts_by_subject
from buttress.assess.what_would_change import BEHIND, what_would_change
from buttress.library.load import load_bones
from buttress.library.load_rules import load_fact_words, load_rules, load_techniques
from buttress.measure.given import unmeasured
from buttress.records.case import Case, Lesion
from buttress.records.score import Assessment, Change, Fact, Score, Verdict
from random_cases import random_case

ROOT = Path(__file__).resolve().parents[2]
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
    return rescored(facts_of(seed))


def assessed(seed: int) -> Assessment:
    case, lesion = case_of(seed)
    return judge(case, lesion, unmeasured(lesion, "no image"), load_bones()[lesion.bone])


def rescored(facts: dict[str, Fact]) -> dict[str, Fact]:
    return with_scores(facts, [score(facts) for score in SCORES])


def verdicts_on(facts: Facts) -> tuple[Verdict, ...]:
    said = verdicts_by_subject(hear_rules(facts))
    return (*(v for view in view_techniques(said) for v in view.verdicts), *background(said))


def spoken(facts: Facts) -> dict[tuple[str, str, str], Verdict]:
    return {(v.technique, v.rule, v.effect): v for v in verdicts_on(facts) if v.effect != "ASK"}


def asked(facts: Facts) -> set[tuple[str, str]]:
    """Every rule that waits for a fact, with the technique."""
    waiting = [v for v in verdicts_on(facts) if v.effect == "ASK"]
    return {(v.technique, rule) for v in waiting for rule in v.rule.split(", ")}


def assert_not_wider(before: Score, after: Score) -> None:
    """Points, bands, groups and lines of a checklist: what was excluded stays so, what was decided stays decided."""
    if before.low is not None and before.high is not None:
        assert after.low is not None
        assert after.high is not None
        assert before.low <= after.low <= after.high <= before.high
    assert {band.label for band in after.bands} <= {band.label for band in before.bands}
    if before.groups:
        assert after.groups
        assert set(after.groups) <= set(before.groups)
    for old, new in zip(before.criteria, after.criteria, strict=True):
        assert old.answer in ("CANNOT_TELL", new.answer), old.label
    assert set(after.missing) <= set(before.missing)


@given(SEEDS, st.randoms(use_true_random=False))
def test_adding_a_fact_never_makes_a_scores_interval_wider(seed: int, dice: random.Random) -> None:
    """Every fact that is unknown is tried, one at a time."""
    less = facts_of(seed)
    scored = [(score, score(less)) for score in SCORES]
    scored = [(score, before) for score, before in scored if before.applicable != "NO"]
    for name in FREE:
        choices = () if is_known(less[name]) else candidates(less[name]) or some_numbers(less[name], dice)
        # the two measures of size are two bases of one item: the second only stands in for the first
        if not choices or (name == "width_fraction" and is_known(less["cortical_destruction_fraction"])):
            continue
        more = less | {name: dice.choice(choices).made_of(less[name])}
        for score, before in scored:
            after = score(more)
            assert before.applicable in ("CANNOT_TELL", after.applicable) or name == "fracture_status"
            if before.applicable == after.applicable == "YES":
                assert_not_wider(before, after)


def some_numbers(fact: Fact, dice: random.Random) -> tuple[Candidate, ...]:
    """A number for a fact that no rule compares with a threshold; none for words."""
    return (Candidate(dice.choice((0.05, 0.4, 0.6, 0.9, 25.0, 35.0)), ""),) if fact.unit else ()


NUMBERS = ("width_fraction", "cortical_destruction_fraction", "axial_cortical_mm", "circumferential_fraction")


@given(SEEDS, st.sampled_from(NUMBERS), st.lists(st.floats(0, 1), min_size=3, max_size=5))
def test_measuring_more_finely_never_makes_a_scores_interval_wider(seed: int, name: str, at: list[float]) -> None:
    """A narrower interval inside the old one is a fact added, too."""
    scale = 1.0 if name.endswith("fraction") else 60.0
    inner = sorted(at)
    outer = (inner[0] / 2, (1 + inner[-1]) / 2)
    base = facts_of(seed)
    coarse, fine = (
        base | {name: base[name].model_copy(update={"value": inner[1] * scale, "low": a * scale, "high": b * scale})}
        for a, b in (outer, (inner[0], inner[-1]))
    )
    for score in SCORES:
        before, after = score(coarse), score(fine)
        if before.applicable == after.applicable == "YES":
            assert_not_wider(before, after)
    assert set(spoken(rescored(coarse))) <= set(spoken(rescored(fine)))


@given(SEEDS, st.sampled_from(FREE), st.randoms(use_true_random=False))
def test_flipping_a_fact_changes_only_what_rules_that_name_it_say(seed: int, name: str, dice: random.Random) -> None:
    before = facts_of(seed)
    choices = candidates(before[name])
    assume(choices)
    after = before | {name: dice.choice(choices).made_of(before[name])}
    first, second = spoken(rescored(before)), spoken(rescored(after))
    turned = {key[1] for key in set(first) ^ set(second)}
    reworded = {key[1] for key in set(first) & set(second) if first[key] != second[key]}
    newly_asked = {rule for _, rule in asked(rescored(before)) ^ asked(rescored(after))}
    behind = {name, *(fact for fact, parts in BEHIND.items() if name in (*parts, *STANDS_IN))}
    naming = {rule.id for rule in load_rules() if rule.when is not None and behind & set(rule.when.facts)}
    telling = {rule.id for rule in load_rules() if any(f"{{{fact}}}" in rule.because for fact in behind)}
    assert turned <= naming
    assert newly_asked <= naming
    assert reworded <= telling


STANDS_IN = ("cortical_destruction_fraction", "bone", "limb", "long_bone", "fracture_status", "periacetabular")
"""Facts that reach the facts of the scores without being an item: they stand in for one, or decide if it applies."""


@given(SEEDS)
def test_every_verdict_cites_and_rests_on_a_fact_of_the_patient_or_asks(seed: int) -> None:
    """Sources and places always; then a known fact of this patient, told in the reason with its origin.

    A rule without a question is excepted: it tells of the technique itself (a drawback, a result, a schedule), and is
    true of every patient. It may say INFO or CAUTION and never argues for, against or stops anything.
    """
    rules = {rule.id: rule for rule in load_rules()}
    facts = scored_facts_of(seed)
    for verdict in verdicts_on(facts):
        assert verdict.evidence
        assert all(evidence.source and evidence.place for evidence in verdict.evidence)
        if verdict.effect == "ASK":
            assert verdict.asks
            assert verdict.answer == "CANNOT_TELL"
            continue
        rule = rules[verdict.rule]
        if rule.when is None:
            assert verdict.effect in ("INFO", "CAUTION"), rule.id
            continue
        told = [name for _, name, _, _ in Formatter().parse(rule.because) if name and is_known(facts[name])]
        assert any(describe(facts[name]) in verdict.because for name in told), (rule.id, verdict.because)
        assert "{" not in verdict.because


@given(SEEDS)
def test_no_rule_decides_on_facts_that_are_all_unknown(seed: int) -> None:
    facts = scored_facts_of(seed)
    rules = {rule.id: rule for rule in load_rules()}
    for _, name, effect in spoken(facts):
        when = rules[name].when
        if effect in DECIDING and when is not None:
            assert any(is_known(facts[fact]) for fact in when.facts), name


@given(SEEDS, st.randoms(use_true_random=False))
def test_what_rules_say_does_not_hang_on_facts_that_are_unknown(seed: int, dice: random.Random) -> None:
    """Whatever the unknown facts turn out to be, all at once, a YES stays a YES and a NO stays a NO."""
    facts = facts_of(seed)
    unknown = [name for name, fact in facts.items() if not is_known(fact) and candidates(fact) and name not in BEHIND]
    full = facts | {name: dice.choice(candidates(facts[name])).made_of(facts[name]) for name in unknown}
    for rule in load_rules():
        if rule.when is not None and not set(rule.when.facts) & set(BEHIND):
            assert answer(rule.when, facts) in ("CANNOT_TELL", answer(rule.when, full)), rule.id


@given(SEEDS, st.floats(0, 1))
def test_what_rules_say_of_an_interval_holds_at_every_value_inside_it(seed: int, share: float) -> None:
    facts = scored_facts_of(seed)
    spans = {name: ends(fact) for name, fact in facts.items() if fact.low is not None}
    inside = {name: (1 - share) * span[0] + share * span[1] for name, span in spans.items() if span}
    sharp = facts | {
        name: facts[name].model_copy(update={"value": at, "low": None, "high": None}) for name, at in inside.items()
    }
    for rule in load_rules():
        assert answer(rule.when, facts) in ("CANNOT_TELL", answer(rule.when, sharp)), rule.id


@given(SEEDS)
def test_the_same_case_gives_the_same_bytes(seed: int) -> None:
    assert assessed(seed).model_dump_json() == assessed(seed).model_dump_json()


@given(SEEDS)
def test_what_is_judged_is_valid_though_parts_of_it_are_copies_of_blanks(seed: int) -> None:
    """Scores and steps are copies of records made once, which pydantic does not check again; here it does."""
    made = assessed(seed)
    assert type(made).model_validate_json(made.model_dump_json()) == made


DIGEST = """
import hashlib, random, sys
sys.path.insert(0, "tools")
from buttress.assess.judge import judge
from buttress.library.load import load_bones
from random_cases import random_case
cases = [random_case(random.Random(seed)) for seed in map(int, sys.argv[1:])]
text = {c[0].model_dump_json(): judge(*c, load_bones()[c[1].bone]).model_dump_json() for c in cases}
print(hashlib.sha256("".join(text[key] for key in sorted(text)).encode()).hexdigest())
"""


def test_the_same_cases_give_the_same_bytes_in_another_process_and_in_another_order() -> None:
    """Nothing hangs on the order of a set, or on what was judged before."""
    seeds = [str(seed) for seed in range(12)]
    runs = [("1", seeds), ("2", seeds), ("3", seeds[::-1])]
    digests = [
        subprocess.run(
            [sys.executable, "-c", DIGEST, *order],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed, order in runs
    ]
    assert len(set(digests)) == 1


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
