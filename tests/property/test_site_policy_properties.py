"""What must always hold of a site's policy: no change, no difference; one change, only where it is used."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from buttress.assess.judge import judge
from buttress.assess.rulebook import rulebook_under
from buttress.exchange.policy_file import policy_of
from buttress.library.default_uses import load_uses
from buttress.library.load import load_bones
from buttress.library.load_defaults import shelf_defaults
from buttress.records.policy import Default, PolicyChange, SitePolicy
from buttress.records.score import Assessment
from random_cases import random_case

SEEDS = st.integers(0, 10_000)
ROWS = [row for row in shelf_defaults().rows.values() if row.is_for_a_site]


def policy_with(*changes: PolicyChange) -> SitePolicy:
    return SitePolicy(name="a site", sha256="0" * 64, changes=changes)


def change_of(row: Default, value: float | str) -> PolicyChange:
    return PolicyChange(key=row.key, label=row.label, unit=row.unit, value=value, ours=row.value)


@st.composite
def one_change(draw: st.DrawFn) -> PolicyChange:
    """One choice of ours at another allowed value."""
    row = draw(st.sampled_from(ROWS))
    if row.words:
        return change_of(row, draw(st.sampled_from([word for word in row.words if word != row.value])))
    low, high = row.low or 0.0, row.high or 0.0
    number = draw(st.integers(int(low), int(high)) if row.whole else st.floats(low, high))
    return change_of(row, float(number))


def judged(seed: int, policy: SitePolicy | None = None) -> Assessment:
    case, lesion, found = random_case(random.Random(seed))
    return judge(case, lesion, found, load_bones()[lesion.bone], book=rulebook_under(policy), with_changes=False)


def verdicts(assessment: Assessment) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Effect, statement and reason by technique and rule; questions aside."""
    said = [verdict for view in assessment.techniques for verdict in view.verdicts] + list(assessment.background)
    return {(v.technique, v.rule): (v.effect, v.statement, v.because) for v in said if v.effect != "ASK"}


@given(SEEDS)
@settings(max_examples=30)
def test_a_policy_that_repeats_our_values_says_the_same_as_no_policy(seed: int) -> None:
    text = 'format = "buttress.policy/1"\nname = "ours"\n'
    for row in ROWS:
        value = f'"{row.value}"' if row.words else row.value
        text += f"[defaults.{row.key}]\nvalue = {value}\n" + (f'unit = "{row.unit}"\n' if row.unit else "")
    assert judged(seed, policy_of(text, "0" * 64)) == judged(seed)


@given(SEEDS, one_change())
@settings(max_examples=150)
def test_one_change_touches_only_rules_and_steps_that_use_it(seed: int, change: PolicyChange) -> None:
    uses = load_uses()[change.key]
    ours, sites = judged(seed), judged(seed, policy_with(change))
    before, after = verdicts(ours), verdicts(sites)
    touched = {key[1] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert touched <= set(uses.rules)
    steps = {step.key: (step.answer, step.action, step.because) for step in ours.steps}
    other = {step.key: (step.answer, step.action, step.because) for step in sites.steps}
    assert {key for key in steps.keys() | other.keys() if steps.get(key) != other.get(key)} <= set(uses.steps)


@given(SEEDS, one_change())
@settings(max_examples=100)
def test_every_verdict_of_a_rule_that_uses_a_changed_number_says_so(seed: int, change: PolicyChange) -> None:
    if change.value == change.ours:
        return
    policy = policy_with(change)
    for (_, rule), (_, _, because) in verdicts(judged(seed, policy)).items():
        assert (change.told in because) == (rule in load_uses()[change.key].rules), rule


@given(SEEDS, st.lists(one_change(), max_size=5, unique_by=lambda change: change.key))
@settings(max_examples=40)
def test_the_same_case_under_the_same_policy_gives_the_same_bytes(seed: int, changes: list[PolicyChange]) -> None:
    first, second = (judged(seed, policy_with(*changes)).model_dump_json() for _ in range(2))
    assert first == second


@given(SEEDS, st.permutations(ROWS))
@settings(max_examples=20)
def test_the_order_in_which_a_policy_names_its_changes_is_no_matter(seed: int, rows: list[Default]) -> None:
    changes = {row.key: change_of(row, row.words[-1] if row.words else row.high or 0.0) for row in ROWS}
    text = "\n".join(
        f"[defaults.{row.key}]\nvalue = {value!r}\n" + (f'unit = "{row.unit}"\n' if row.unit else "")
        for row in rows
        if (value := changes[row.key].value) is not None
    )
    head = 'format = "buttress.policy/1"\nname = "a site"\n'
    assert policy_of(head + text, "0" * 64).changes == tuple(c for c in changes.values() if c.value != c.ours)
