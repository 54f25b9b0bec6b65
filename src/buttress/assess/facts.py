"""Everything the rules may ask about one lesion, each fact with its origin: given, measured, derived or unknown.

What was measured is preferred to what was typed in; where both exist the other is noted in ``where``. A derived fact
follows from other facts by a default of ``library/defaults.toml`` or by the usual of the bone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from buttress.assess.evaluate import Facts, ends, is_known
from buttress.assess.lesion_facts import complaint_facts, fracture_facts, measured_facts, nearby_facts, site_facts
from buttress.assess.patient_facts import patient_facts, treatment_facts, unknown
from buttress.assess.prognosis_facts import prognosis_facts
from buttress.library.load_defaults import Defaults, shelf_defaults
from buttress.library.load_rules import load_fact_templates, load_fact_words
from buttress.records.case import Case, Lesion
from buttress.records.device import Bone
from buttress.records.findings import LesionFindings
from buttress.records.score import Fact

_ALTERNATIVES = ("harrington_groups", "katagiri_primary_group")
"""Facts whose list holds what is still possible; the other lists hold what is all true."""


def gather_facts(
    case: Case, lesion: Lesion, findings: LesionFindings, bone: Bone, defaults: Defaults | None = None
) -> dict[str, Fact]:
    """All facts of ``library/facts.toml`` by name, in that file's order; those of the scores are still unknown.

    ``defaults`` are a site's, where it has a policy.
    """
    defaults = defaults or shelf_defaults()
    found: dict[str, Fact] = {
        **patient_facts(case),
        **treatment_facts(case, lesion),
        **prognosis_facts(case),
        **site_facts(lesion, bone),
        **complaint_facts(lesion),
        **fracture_facts(lesion, findings),
        **measured_facts(case, lesion, findings, defaults),
        **nearby_facts(lesion, findings, defaults),
    }
    facts = {**_all_unknown(), **found}
    return facts | _relabelled(facts, defaults) if defaults.changed else facts


@lru_cache(maxsize=1)
def _all_unknown() -> Mapping[str, Fact]:
    """Every fact of the library as nobody knows it, in the library's order."""
    return {name: unknown(name) for name in load_fact_words()}


def _relabelled(facts: Facts, defaults: Defaults) -> dict[str, Fact]:
    """The facts whose words hold a number that the site has changed, in the site's words."""
    words = {name: defaults.site_words(label) for name, (label, _) in load_fact_templates().items()}
    return {name: facts[name].model_copy(update={"label": label}) for name, label in words.items() if label}


def describe(fact: Fact) -> str:
    """The fact in words for a sentence: value, unit, and where it came from; or "unknown", with the reason if any."""
    where = fact.where
    if not is_known(fact):
        return f"unknown ({where})" if where else "unknown"
    origin = "" if fact.origin == "unknown" else fact.origin
    told = f"{origin}, {where}" if origin and where else origin or where
    return f"{value_text(fact)} ({told})" if told else value_text(fact)


def fill_in(template: str, facts: Facts) -> str:
    """A rule's reason with each ``{fact}`` replaced by the patient's own."""
    return template.format_map(Described(facts))


class Described(dict[str, str]):
    """One patient's facts in words, each put into words when a template first asks for it; templates filled once."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self._facts = facts
        self._filled: dict[str, str] = {}

    def fill(self, template: str) -> str:
        """A rule's reason in this patient's facts; many rules share a reason."""
        if template not in self._filled:
            self._filled[template] = template.format_map(self)
        return self._filled[template]

    def __missing__(self, name: str) -> str:
        self[name] = describe(self._facts[name])
        return self[name]


def value_text(fact: Fact) -> str:
    """The value of a known fact in words, with its unit and interval."""
    value = fact.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.replace("_", " ")
    if isinstance(value, tuple):
        return _joint(fact).join([word.replace("_", " ") for word in value])
    unit, (low, high) = fact.unit, ends(fact) or (0.0, 0.0)
    if value is None:
        return number_text(low, unit) if low == high else f"{_bare(low, unit)} to {number_text(high, unit)}"
    text = number_text(float(value), unit)
    return text if low == high else f"{text} [{_bare(low, unit)} to {_bare(high, unit)}]"


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
