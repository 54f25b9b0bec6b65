"""Every number of the library that stands where something is ours is a site's to change, or it is said why not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from buttress.library.load import load_folder, load_table
from buttress.library.load_defaults import shelf_defaults
from buttress.library.load_protocol import load_protocol
from buttress.library.load_rules import load_rules
from buttress.records.rule import Condition

WHY_NOT = load_table("not_for_a_site.toml")


def numbers(when: Condition | None) -> list[tuple[float, str]]:
    """Every number a question compares with, and the choice of ours that it is, if any."""
    tests = when.tests if when else ()
    return [(float(t.value), t.default) for t in tests if isinstance(t.value, float) and not isinstance(t.value, bool)]


def numbers_where_something_is_ours() -> Iterator[tuple[str, str, float, str]]:
    """Kind, name, number, and the choice of ours that it is."""
    rows = [("rules", rule.id, rule.when) for rule in load_rules() if rule.ours]
    rows += [("steps", step.key, step.when) for step in load_protocol().values() if step.ours]
    for kind, name, when in rows:
        yield from ((kind, name, number, choice) for number, choice in numbers(when))
    for key, row in shelf_defaults().rows.items():
        if row.ours and not row.words:
            yield "defaults", key, float(row.value), key if row.is_for_a_site else ""


def says_ours(node: Any) -> bool:
    """Whether a table of a score holds anything that is ours."""
    if isinstance(node, dict):
        return "ours" in node or any(map(says_ours, node.values()))
    return isinstance(node, list) and any(map(says_ours, node))


def test_every_number_where_something_is_ours_is_reached_by_a_policy_or_said_why_not() -> None:
    found = list(numbers_where_something_is_ours())
    reached = [one for one in found if one[3]]
    explained = [one for one in found if not one[3] and one[1] in WHY_NOT[one[0]]]
    words = [row.key for row in shelf_defaults().rows.values() if row.words]
    choices = [key for key, row in shelf_defaults().rows.items() if row.is_for_a_site]
    print(
        f"\n{len(found)} numbers where something is ours: {len(reached)} reached by a policy, {len(explained)} left "
        f"with a reason; {len(choices)} choices of a site, {len(words)} of them words"
    )
    assert len(reached) + len(explained) == len(found), [one for one in found if one not in reached + explained]
    assert len(reached) >= 30


def test_no_reason_is_given_for_a_number_that_is_not_there() -> None:
    left = {(kind, name) for kind, name, _, choice in numbers_where_something_is_ours() if not choice}
    told = {(kind, name) for kind in ("rules", "steps", "defaults") for name in WHY_NOT[kind]}
    assert told == left
    assert all(reason for kind in WHY_NOT for reason in WHY_NOT[kind].values())


def test_every_score_with_something_of_ours_says_why_a_site_cannot_change_it() -> None:
    ours = {key for key, table in load_folder("rules/scores").items() if says_ours(table)}
    assert ours == set(WHY_NOT["scores"])


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.id)
def test_a_rule_that_names_a_choice_says_that_something_in_it_is_ours(rule: Any) -> None:
    named = {choice for _, choice in numbers(rule.when) if choice} | ({rule.effect_default} - {""})
    assert rule.ours or not named


def test_every_choice_says_why_it_is_ours_and_which_source_leaves_it_open() -> None:
    for row in shelf_defaults().rows.values():
        if row.is_for_a_site:
            assert row.ours
            assert row.evidence
            assert row.evidence.place
            assert row.allows(row.value)
