"""Everything the rules may ask about one lesion, each fact with its origin: given, measured, derived or unknown.

What was measured is preferred to what was typed in; where both exist the other is noted in ``where``. A derived fact
follows from other facts by a default of ``library/defaults.toml`` or by the usual of the bone.
"""

from __future__ import annotations

from collections.abc import Mapping

from buttress.assess.evaluate import Facts, ends, is_known
from buttress.assess.lesion_facts import complaint_facts, fracture_facts, measured_facts, nearby_facts, site_facts
from buttress.assess.patient_facts import patient_facts, treatment_facts, unknown
from buttress.assess.prognosis_facts import prognosis_facts
from buttress.library.load_rules import load_fact_words
from buttress.records.case import Case, Lesion
from buttress.records.device import Bone
from buttress.records.findings import LesionFindings
from buttress.records.score import Fact

_ALTERNATIVES = ("harrington_groups", "katagiri_primary_group")
"""Facts whose list holds what is still possible; the other lists hold what is all true."""


def gather_facts(case: Case, lesion: Lesion, findings: LesionFindings, bone: Bone) -> dict[str, Fact]:
    """All facts of ``library/facts.toml`` by name, in that file's order; those of the scores are still unknown."""
    found: dict[str, Fact] = {
        **patient_facts(case),
        **treatment_facts(case, lesion),
        **prognosis_facts(case),
        **site_facts(lesion, bone),
        **complaint_facts(lesion),
        **fracture_facts(lesion, findings.acetabulum),
        **measured_facts(case, lesion, findings),
        **nearby_facts(lesion, findings),
    }
    return {name: found.get(name) or unknown(name) for name in load_fact_words()}


def describe(fact: Fact) -> str:
    """The fact in words for a sentence: value, unit, and where it came from; or "unknown", with the reason if any."""
    if not is_known(fact):
        return f"unknown ({fact.where})" if fact.where else "unknown"
    origin = "" if fact.origin == "unknown" else fact.origin
    told = f"{origin}, {fact.where}" if origin and fact.where else origin or fact.where
    return f"{value_text(fact)} ({told})" if told else value_text(fact)


def fill_in(template: str, facts: Facts) -> str:
    """A rule's reason with each ``{fact}`` replaced by the patient's own."""
    return template.format_map(Described(facts))


class Described(dict[str, str]):
    """One patient's facts in words, each put into words when a template first asks for it."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self._facts = facts

    def __missing__(self, name: str) -> str:
        self[name] = describe(self._facts[name])
        return self[name]


def value_text(fact: Fact) -> str:
    """The value of a known fact in words, with its unit and interval."""
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    if isinstance(fact.value, str):
        return fact.value.replace("_", " ")
    if isinstance(fact.value, tuple):
        return _joint(fact).join(word.replace("_", " ") for word in fact.value)
    span = ends(fact)
    low, high = span if span else (0.0, 0.0)
    if fact.value is None:
        return (
            number_text(low, fact.unit) if low == high else f"{_bare(low, fact.unit)} to {number_text(high, fact.unit)}"
        )
    text = number_text(float(fact.value), fact.unit)
    return text if low == high else f"{text} [{_bare(low, fact.unit)} to {_bare(high, fact.unit)}]"


def _joint(fact: Fact) -> str:
    """What stands between the words of a list: alternatives, things that all hold, or whole phrases."""
    if fact.name in _ALTERNATIVES:
        return " or "
    phrases = isinstance(fact.value, tuple) and any("," in word for word in fact.value)
    return "; " if phrases else " and "


def number_text(value: float, unit: str) -> str:
    """A number with its unit; fractions as per cent."""
    suffix = " %" if unit == "fraction" else f" {unit}" if unit else ""
    return _bare(value, unit) + suffix


def _bare(value: float, unit: str) -> str:
    if unit == "fraction":
        return f"{100 * value:.0f}"
    return f"{value:.1f}" if value != round(value) else f"{value:.0f}"
