"""Our defaults off the shelf (``defaults.toml``), and as a site's policy has changed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from string import Formatter
from typing import Any

from buttress.library.load import load_table
from buttress.records.document import ButtressError
from buttress.records.policy import Default, PolicyChange, SitePolicy, amount
from buttress.records.rule import NUMERIC


@dataclass(frozen=True, slots=True, eq=False)
class Defaults:
    """Every default by key, with what a site has changed. Without a policy they are ours."""

    rows: Mapping[str, Default]
    policy: SitePolicy | None = None
    changed: Mapping[str, PolicyChange] = field(default_factory=dict)

    def value(self, key: str) -> float | str:
        """The number or word in force."""
        change = self.changed.get(key)
        return self.rows[key].value if change is None else change.value

    def number(self, key: str) -> float:
        """The number in force."""
        return float(self.value(key))

    def told(self, key: str) -> str:
        """The number with its unit; where it is the site's, that it is, and what ours was."""
        row, change = self.rows[key], self.changed.get(key)
        if change is None:
            return amount(row.value, row.unit)
        return f"{amount(change.value, row.unit)} (site policy, ours was {amount(change.ours, row.unit)})"

    def fill(self, template: str) -> str:
        """A text of the library with every ``{default}`` told."""
        return template.format_map({key: self.told(key) for key in names_in(template)})

    def site_words(self, template: str) -> str:
        """The text that stands where a site has changed a default it names; empty where none is."""
        return self.fill(template) if any(key in self.changed for key in names_in(template)) else ""


def names_in(template: str) -> tuple[str, ...]:
    """The names in braces."""
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name)


@lru_cache(maxsize=1)
def load_places() -> Mapping[str, Sequence[str]]:
    """Which subsites count as which place of a bone (``defaults.toml``)."""
    places: Mapping[str, Sequence[str]] = load_table("defaults.toml")["places"]
    return places


@lru_cache(maxsize=1)
def shelf_defaults() -> Defaults:
    """Our defaults and choices, unchanged (``defaults.toml``, ``choices.toml``)."""
    tables = {**load_table("defaults.toml"), **load_table("choices.toml")}
    return Defaults({key: Default.model_validate({"key": key, **row}) for key, row in tables.items() if "value" in row})


def parameters_of(defaults: Defaults) -> dict[str, float | str]:
    """The numbers in force that turn measures into facts, and what a site has changed besides, by name."""
    keys = [key for key, row in load_table("defaults.toml").items() if "value" in row]
    return {key: defaults.value(key) for key in (*keys, *defaults.changed)}


def with_numbers(node: Any) -> Any:
    """TOML data in which a comparison may name a choice of ours: the number put in its place, the name beside it.

    Raises ``KeyError`` for a name that is none of ours.
    """
    if isinstance(node, list):
        return [with_numbers(part) for part in node]
    if not isinstance(node, dict):
        return node
    named = [word for word in NUMERIC if isinstance(node.get(word), str)] if "fact" in node else []
    if not named:
        return {key: with_numbers(part) for key, part in node.items()}
    key = node[named[0]]
    return {"fact": node["fact"], "comparison": named[0], "value": shelf_defaults().rows[key].value, "default": key}


def defaults_under(policy: SitePolicy | None) -> Defaults:
    """The defaults as a site has changed them.

    Raises ``ButtressError`` where the policy changes what is no site's to change, or was written for other defaults: a
    review that keeps it was then made with another version of the library.
    """
    ours = shelf_defaults()
    if policy is None:
        return ours
    for change in policy.changes:
        row = ours.rows.get(change.key)
        if row is None or not row.is_for_a_site or row.value != change.ours or not row.allows(change.value):
            raise ButtressError(
                f'the policy "{policy.name}" changes {change.key} ({change.told})',
                "a default of this version of the library, with the value it has here",
                "use the buttress version that made the review, or judge again with the policy file",
            )
    return Defaults(ours.rows, policy, {change.key: change for change in policy.changes})
