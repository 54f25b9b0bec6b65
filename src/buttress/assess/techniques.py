"""The table of techniques: everything the rules say for and against each, in the library's order, never a choice."""

from __future__ import annotations

from dataclasses import replace

from buttress.assess.evaluate import is_known
from buttress.assess.rulebook import BACKGROUND, PERCUTANEOUS
from buttress.assess.verdicts import Hearing, verdicts_by_subject
from buttress.library.load_rules import load_techniques
from buttress.records.rule import Rule
from buttress.records.score import TechniqueView, Verdict


def view_techniques(hearing: Hearing) -> tuple[TechniqueView, ...]:
    """One row for every technique of the library; radiotherapy and open surgery are always among them."""
    said = verdicts_by_subject(hearing)
    return tuple(
        TechniqueView.model_validate(
            {
                "key": key,
                "title": technique.title,
                "group": technique.group,
                "label": technique.label,
                "verdicts": said.get(key, ()),
            }
        )
        for key, technique in load_techniques().items()
    )


def background(hearing: Hearing) -> tuple[Verdict, ...]:
    """What holds for every case, and the reasons for percutaneous treatment as a whole."""
    keys = (BACKGROUND, PERCUTANEOUS)
    reasons = [one for one in hearing.reasons if one[0].speaks_of in ((BACKGROUND,), (PERCUTANEOUS,))]
    said = verdicts_by_subject(replace(hearing, reasons=reasons, waiting=()))
    return tuple(verdict for key in keys for verdict in said.get(key, ()))


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
