"""The paper's five considerations: what is known, what is missing, what follows (ahmed2019)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from buttress.assess.evaluate import ends, is_known
from buttress.assess.verdicts import Hearing
from buttress.evidence.source import Evidence
from buttress.library.load_defaults import Defaults
from buttress.library.load_rules import load_considerations
from buttress.records.device import Bone
from buttress.records.score import Consideration, PrognosisView, Score

Key = Literal["C1", "C2", "C3", "C4", "C5"]
FIVE_OR_FEWER = "five or fewer is taken here (ours; so did mcmenomy2013)"
_KEYS: tuple[Key, ...] = ("C1", "C2", "C3", "C4", "C5")


def view_considerations(
    hearing: Hearing, scores: Sequence[Score], bone: Bone, prognoses: tuple[PrognosisView, ...] = ()
) -> tuple[Consideration, ...]:
    """The five considerations in the paper's order; typed-in survival estimates stand with the third."""
    table = load_considerations()
    return tuple(
        _consideration(key, table[key], hearing, scores, bone, prognoses if key == "C3" else ()) for key in _KEYS
    )


def _consideration(
    key: Key,
    row: Mapping[str, Any],
    hearing: Hearing,
    scores: Sequence[Score],
    bone: Bone,
    prognoses: tuple[PrognosisView, ...],
) -> Consideration:
    facts = hearing.facts
    asked = [facts[name] for name in row["facts"]]
    optional = [facts[name] for name in row["optional"]]
    return Consideration(
        key=key,
        title=row["title"],
        known=tuple([fact for fact in asked + optional if is_known(fact)]),
        missing=tuple([fact.label for fact in asked if not is_known(fact)]),
        remarks=(*_reasons(key, hearing), *_REMARKS[key](hearing, scores, bone)),
        evidence=_evidence(row["place"]),
        prognoses=prognoses,
    )


@lru_cache(maxsize=8)
def _evidence(place: str) -> tuple[Evidence, ...]:
    return (Evidence(source="ahmed2019", place=place),)


def _reasons(key: Key, hearing: Hearing) -> list[str]:
    return [
        f"For percutaneous treatment: {entry.rule.statement} ({because}; {entry.rule.id})"
        for entry, because in hearing.for_percutaneous
        if entry.rule.consideration == key
    ]


def _nothing(hearing: Hearing, scores: Sequence[Score], bone: Bone) -> list[str]:
    return []


def _on_intention(hearing: Hearing, scores: Sequence[Score], bone: Bone) -> list[str]:
    """Whether cure can be discussed, and that the paper's count is ambiguous from three to five."""
    facts, defaults = hearing.facts, hearing.defaults
    count = ends(facts["n_metastases"])
    most, sure = defaults.number("oligometastatic_max"), defaults.number("oligometastatic_sure")
    intent = facts["intent"].value
    curative = isinstance(intent, tuple) and "curative" in intent
    found = []
    if count and curative and count[1] <= most:
        found.append("An attempt at cure can be discussed if the zone reaches 10 mm or more beyond the lesion.")
    if count and sure < count[0] <= most:
        found.append(
            "The paper prints fewer than three to five lesions for few metastases: from three to five its wording is "
            f"ambiguous; {_taken_as_few(defaults)}."
        )
    return found + [f"{score.title}: {score.summary}" for score in scores if score.subject == "prognosis"]


def _taken_as_few(defaults: Defaults) -> str:
    change = defaults.changed.get("oligometastatic_max")
    return f"the site takes {change.told}, or fewer" if change else FIVE_OR_FEWER


def _on_architecture(hearing: Hearing, scores: Sequence[Score], bone: Bone) -> list[str]:
    shown = [
        f"{score.title}: {score.summary}" for score in scores if score.applicable != "NO" and score.subject == "bone"
    ]
    return shown or ["None of the paper's scores applies to this lesion."]


def _on_neighbours(hearing: Hearing, scores: Sequence[Score], bone: Bone) -> list[str]:
    return [f"Usually near the {bone.title}: {', '.join(bone.structures)}."] if bone.structures else []


_REMARKS: dict[Key, Callable[[Hearing, Sequence[Score], Bone], list[str]]] = {
    "C1": _nothing,
    "C2": _nothing,
    "C3": _on_intention,
    "C4": _on_architecture,
    "C5": _on_neighbours,
}
