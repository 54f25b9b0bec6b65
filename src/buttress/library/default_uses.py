"""Which rules and steps use a default, and where else it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from buttress.library.load_defaults import names_in, shelf_defaults
from buttress.library.load_protocol import load_protocol
from buttress.library.load_rules import load_rules
from buttress.records.rule import Condition


@dataclass(frozen=True, slots=True)
class Uses:
    """Ids of rules, keys of protocol steps, and other places in words."""

    rules: tuple[str, ...]
    steps: tuple[str, ...]
    places: tuple[str, ...]

    def in_words(self) -> str:
        """All of them, for a reader."""
        told = (("rules", self.rules), ("steps", self.steps), ("also", self.places))
        return "; ".join(f"{kind} {', '.join(names)}" for kind, names in told if names)


@lru_cache(maxsize=1)
def load_uses() -> Mapping[str, Uses]:
    """Uses of every default, by key.

    A rule uses a number that it compares with, that a fact it asks or tells follows from, or that is its effect; not
    one whose place a source's number takes.
    """
    used: dict[str, tuple[list[str], list[str]]] = {key: ([], []) for key in shelf_defaults().rows}
    for rule in load_rules():
        for key in {*_keys(rule.when, rule.because, rule.source_facts), rule.effect_default} - {""}:
            used[key][0].append(rule.id)
    for step in load_protocol().values():
        for key in {*_keys(step.when, step.because, {}), *names_in(step.action)}:
            used[key][1].append(step.key)
    rows = shelf_defaults().rows
    return {key: Uses(tuple(rules), tuple(steps), rows[key].places) for key, (rules, steps) in used.items()}


def _keys(when: Condition | None, because: str, kept: Mapping[str, str]) -> set[str]:
    asked, tests = (when.facts, when.tests) if when else ((), ())
    facts = {*asked, *names_in(because)} - kept.keys()
    behind = {key for key, row in shelf_defaults().rows.items() if facts.intersection(row.facts)}
    return behind | {test.default for test in tests if test.default}
