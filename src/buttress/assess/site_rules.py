"""Rules as they stand under a site's policy: what is ours may differ and is then told, what is a source's stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from buttress.library.load_defaults import Defaults, names_in
from buttress.records.policy import PolicyChange
from buttress.records.rule import Condition, FactTest, Rule


def rule_under(rule: Rule, defaults: Defaults) -> Rule:
    """The rule with the site's numbers, and with what was changed in its reason and beside what is ours in it.

    A rule that uses nothing of what the site has changed comes back as it is.
    """
    kept = {ours: source for ours, source in rule.source_facts.items() if changes_behind((ours,), defaults)}
    when, because = condition_under(rule.when, defaults, kept), rule.because
    for ours, source in kept.items():
        because = because.replace(f"{{{ours}}}", f"{{{source}}}")
    changes = changes_used(when, because, defaults, rule.effect_default)
    if not changes and not kept:
        return rule
    return rule.model_copy(
        update={
            "when": when,
            "effect": defaults.value(rule.effect_default) if rule.effect_default else rule.effect,
            "statement": defaults.site_words(rule.site_statement) or rule.statement,
            "because": with_changes(because, changes),
            "ours": with_changes(rule.ours, changes),
        }
    )


def condition_under(
    condition: Condition | None, defaults: Defaults, kept: Mapping[str, str] | None = None
) -> Condition | None:
    """The question with the numbers in force; ``kept`` names facts to ask in place of others."""
    if condition is None:
        return None
    if condition.test is not None:
        return condition.model_copy(update={"test": _test_under(condition.test, defaults, kept or {})})
    parts = {
        kind: tuple(condition_under(part, defaults, kept) for part in getattr(condition, kind))
        for kind in ("all", "any", "none")
    }
    return condition.model_copy(update=parts)


def _test_under(test: FactTest, defaults: Defaults, kept: Mapping[str, str]) -> FactTest:
    value = defaults.value(test.default) if test.default else test.value
    return test.model_copy(update={"fact": kept.get(test.fact, test.fact), "value": value})


def changes_used(
    when: Condition | None, because: str, defaults: Defaults, effect_default: str = ""
) -> tuple[PolicyChange, ...]:
    """What the site has changed of the numbers that a question compares with, of facts asked or told, of an effect."""
    tests, asked = (when.tests, when.facts) if when else ((), ())
    named = {effect_default, *(test.default for test in tests)}
    direct = [change for key, change in defaults.changed.items() if key in named]
    return tuple(dict.fromkeys([*direct, *changes_behind((*asked, *names_in(because)), defaults)]))


def changes_behind(facts: Iterable[str], defaults: Defaults) -> tuple[PolicyChange, ...]:
    """What the site has changed of the numbers that these facts follow from."""
    asked = set(facts)
    return tuple(change for key, change in defaults.changed.items() if asked.intersection(defaults.rows[key].facts))


def with_changes(text: str, changes: Iterable[PolicyChange]) -> str:
    """A reason, or what is ours, followed by what the site has changed in it."""
    return "; ".join(part for part in (text, *(f"site policy for the {c.label}: {c.told}" for c in changes)) if part)
