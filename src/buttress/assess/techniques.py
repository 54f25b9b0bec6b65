"""The table of techniques: everything the rules say for and against each, in the library's order, never a choice."""

from __future__ import annotations

from functools import lru_cache

from buttress.assess.evaluate import Facts, answer, is_known, undecided
from buttress.assess.verdicts import hear, repeat, speak
from buttress.library.load_rules import load_rules, load_techniques
from buttress.records.rule import Rule, Technique
from buttress.records.score import TechniqueView, Verdict

PERCUTANEOUS = "percutaneous"


def view_techniques(facts: Facts) -> tuple[TechniqueView, ...]:
    """One row for every technique of the library; radiotherapy and open surgery are always among them."""
    heard = {rule.id: said for rule in load_rules() if (said := hear(rule, facts)) is not None}
    return tuple(
        TechniqueView(
            key=technique.key,
            title=technique.title,
            group=technique.group,
            label=technique.label,
            verdicts=repeat([heard[rule.id] for rule in rules_of(technique.key) if rule.id in heard], technique.key),
        )
        for technique in load_techniques().values()
    )


@lru_cache(maxsize=64)
def rules_of(technique: str) -> tuple[Rule, ...]:
    """The rules that speak of a technique, by its key, in the library's order."""
    return tuple(rule for rule in load_rules() if concerns(rule, load_techniques()[technique]))


def concerns(rule: Rule, technique: Technique) -> bool:
    """Whether the rule speaks of this technique, by key, by group, or as one of the percutaneous ones.

    A reason for percutaneous treatment as a whole tells no technique from another: it stands once, with the
    considerations, and not in every row.
    """
    if PERCUTANEOUS in rule.techniques and technique.group != "comparator":
        return not speaks_for_all(rule)
    return technique.key in rule.techniques or technique.group in rule.techniques


def speaks_for_all(rule: Rule) -> bool:
    """Whether the rule is a reason for percutaneous treatment as a whole."""
    return rule.techniques == (PERCUTANEOUS,) and rule.effect == "FOR"


@lru_cache(maxsize=1)
def rules_for_all() -> tuple[Rule, ...]:
    """The reasons for percutaneous treatment as a whole, in the library's order."""
    return tuple(rule for rule in load_rules() if speaks_for_all(rule))


@lru_cache(maxsize=1)
def _general_rules() -> tuple[Rule, ...]:
    return tuple(rule for rule in load_rules() if not rule.techniques)


def background(facts: Facts) -> tuple[Verdict, ...]:
    """What holds for every case, and the reasons for percutaneous treatment as a whole."""
    general, overall = speak(_general_rules(), "", facts), speak(rules_for_all(), PERCUTANEOUS, facts)
    return tuple(verdict for verdict in general + overall if verdict.effect != "ASK")


def undecided_stops(facts: Facts) -> tuple[str, ...]:
    """A sentence for each missing fact that leaves a stop undecided."""
    stops = [rule for rule in load_rules() if rule.effect == "BLOCK" and answer(rule.when, facts) == "CANNOT_TELL"]
    return tuple(
        f"{facts[name].label}: unknown, and it decides whether {_named(rule)} is stopped ({rule.id})"
        for rule in stops
        for name in undecided(rule.when, facts)
        if not is_known(facts[name])
    )


def _named(rule: Rule) -> str:
    titles = load_techniques()
    return " and ".join(titles[key].title.lower() if key in titles else key for key in rule.techniques)
