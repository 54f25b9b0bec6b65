"""The table of techniques: everything the rules say for and against each, in the library's order, never a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from buttress.assess.evaluate import is_known
from buttress.assess.rulebook import BACKGROUND, PERCUTANEOUS
from buttress.assess.verdicts import Hearing
from buttress.library.load_rules import load_techniques
from buttress.records.rule import Rule
from buttress.records.score import TechniqueView, Verdict


def view_techniques(said: Mapping[str, Sequence[Verdict]]) -> tuple[TechniqueView, ...]:
    """One row for every technique of the library; radiotherapy and open surgery are always among them.

    ``said`` holds the verdicts by what they speak of.
    """
    return tuple(TechniqueView.model_validate({**row, "verdicts": said.get(key, ())}) for key, row in _rows().items())


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, Mapping[str, str]]:
    """What the library says of every technique, by key."""
    return {
        key: {"key": key, "title": technique.title, "group": technique.group, "label": technique.label}
        for key, technique in load_techniques().items()
    }


def background(said: Mapping[str, Sequence[Verdict]]) -> tuple[Verdict, ...]:
    """What holds for every case, and the reasons for percutaneous treatment as a whole."""
    keys = (BACKGROUND, PERCUTANEOUS)
    return tuple(verdict for key in keys for verdict in said.get(key, ()) if verdict.effect != "ASK")


def undecided_stops(hearing: Hearing) -> tuple[str, ...]:
    """A sentence for each missing fact that leaves a stop undecided."""
    facts = hearing.facts
    return tuple(
        f"{facts[name].label}: unknown, and it decides whether {_named(entry.rule)} is stopped ({entry.rule.id})"
        for entry, names in hearing.waiting
        if entry.rule.effect == "BLOCK"
        for name in names
        if not is_known(facts[name])
    )


def _named(rule: Rule) -> str:
    titles = load_techniques()
    return " and ".join(titles[key].title.lower() if key in titles else key for key in rule.techniques)
