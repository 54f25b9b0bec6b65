"""The paper's five considerations: what is known, what is missing, what follows (ahmed2019)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from buttress.assess.evaluate import Facts, ends, is_known
from buttress.assess.techniques import rules_for_all
from buttress.assess.verdicts import speak
from buttress.evidence.source import Evidence
from buttress.library.load_rules import load_considerations, load_defaults
from buttress.records.device import Bone
from buttress.records.score import Consideration, PrognosisView, Score

Key = Literal["C1", "C2", "C3", "C4", "C5"]
_KEYS: tuple[Key, ...] = ("C1", "C2", "C3", "C4", "C5")


def view_considerations(
    facts: Facts, scores: Sequence[Score], bone: Bone, prognoses: tuple[PrognosisView, ...] = ()
) -> tuple[Consideration, ...]:
    """The five considerations in the paper's order; typed-in survival estimates stand with the third."""
    table = load_considerations()
    found = tuple(_consideration(key, table[key], facts, scores, bone) for key in _KEYS)
    return tuple(one.model_copy(update={"prognoses": prognoses}) if one.key == "C3" else one for one in found)


def _consideration(
    key: Key, row: Mapping[str, Any], facts: Facts, scores: Sequence[Score], bone: Bone
) -> Consideration:
    asked, optional = ([facts[name] for name in row[kind]] for kind in ("facts", "optional"))
    remarks = (*_reasons(key, facts), *_REMARKS[key](facts, scores, bone))
    return Consideration(
        key=key,
        title=row["title"],
        known=tuple(fact for fact in asked + optional if is_known(fact)),
        missing=tuple(fact.label for fact in asked if not is_known(fact)),
        remarks=remarks,
        evidence=(Evidence(source="ahmed2019", place=row["place"]),),
    )


def _reasons(key: Key, facts: Facts) -> list[str]:
    rules = [rule for rule in rules_for_all() if rule.consideration == key]
    said = speak(rules, "percutaneous", facts)
    return [f"For percutaneous treatment: {v.statement} ({v.because}; {v.rule})" for v in said if v.effect == "FOR"]


def _nothing(facts: Facts, scores: Sequence[Score], bone: Bone) -> list[str]:
    return []


def _on_intention(facts: Facts, scores: Sequence[Score], bone: Bone) -> list[str]:
    """Whether cure can be discussed, and that the paper's count is ambiguous from three to five."""
    count, defaults = ends(facts["n_metastases"]), load_defaults()
    most, sure = defaults["oligometastatic_max"]["value"], defaults["oligometastatic_sure"]["value"]
    intent = facts["intent"].value
    curative = isinstance(intent, tuple) and "curative" in intent
    found = []
    if count and curative and count[1] <= most:
        found.append("An attempt at cure can be discussed if the zone reaches 10 mm or more beyond the lesion.")
    if count and sure < count[0] <= most:
        found.append(
            "The paper prints fewer than three to five lesions for few metastases: from three to five its wording is "
            "ambiguous; five or fewer is taken here (ours; so did mcmenomy2013)."
        )
    return found + [f"{score.title}: {score.summary}" for score in scores if score.subject == "prognosis"]


def _on_architecture(facts: Facts, scores: Sequence[Score], bone: Bone) -> list[str]:
    shown = [
        f"{score.title}: {score.summary}" for score in scores if score.applicable != "NO" and score.subject == "bone"
    ]
    return shown or ["None of the paper's scores applies to this lesion."]


def _on_neighbours(facts: Facts, scores: Sequence[Score], bone: Bone) -> list[str]:
    return [f"Usually near the {bone.title}: {', '.join(bone.structures)}."] if bone.structures else []


_REMARKS: dict[Key, Callable[[Facts, Sequence[Score], Bone], list[str]]] = {
    "C1": _nothing,
    "C2": _nothing,
    "C3": _on_intention,
    "C4": _on_architecture,
    "C5": _on_neighbours,
}
