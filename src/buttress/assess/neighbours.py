"""What lies near the lesion, named in a few words."""

from __future__ import annotations

from buttress.assess.evaluate import Facts
from buttress.records.score import Fact

NEAR = ("nerve_near", "joint_near", "chest_organ_near", "bowel_near", "large_vessel_near", "skin_near")
"""Nerves and joints first, as the paper puts them (ahmed2019, Treatment Considerations, item 5); the rest is ours."""


def neighbour(fact: Fact) -> str:
    """What lies near, by name and with its distance where there is one: the fact's own words, without the reason."""
    return fact.where.partition(": named")[0] or fact.label


def neighbours_in_words(facts: Facts) -> str:
    """Everything that is known to lie near; or that nothing does; or that it is unknown."""
    near = [neighbour(facts[name]) for name in NEAR if facts[name].value is True]
    if near:
        return ", ".join(near)
    return "nothing named" if all(facts[name].value is False for name in NEAR) else "unknown"
