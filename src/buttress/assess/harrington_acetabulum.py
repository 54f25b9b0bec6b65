"""Harrington's groups of acetabular defects, in both readings of group IV (ahmed2019; scorecatalogue for the original).

The groups that remain possible are found by trying every combination of the unknown parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Any

from buttress.assess.evaluate import Facts, answer_from
from buttress.assess.performance import published_performance
from buttress.assess.score_sources import evidence_of
from buttress.library.load_rules import load_score
from buttress.records.acetabulum import GROUPS as _ALL_GROUPS
from buttress.records.acetabulum import classify_acetabulum as classify_acetabulum
from buttress.records.score import Answer, Fact, Score

_PARTS = (
    "acetabulum_subchondral",
    "acetabulum_medial_wall",
    "acetabulum_roof",
    "acetabulum_lateral_rim",
    "acetabulum_collapse",
)


def possible_groups(facts: Facts) -> tuple[str, ...]:
    """The group seen as a whole; else those that the known parts leave, in the order none, I to IV, partial."""
    return _seen(facts["harrington_groups"]) or _groups_of_parts(facts)


def _seen(fact: Fact) -> tuple[str, ...]:
    """The group that was measured or told as such; what was derived from the parts is derived again."""
    return fact.value if fact.origin in ("measured", "given") and isinstance(fact.value, tuple) else ()


def _groups_of_parts(facts: Facts) -> tuple[str, ...]:
    found = {classify_acetabulum(*pattern) for pattern in _patterns(facts)}
    return tuple(group for group in load_score("harrington_acetabulum")["groups"] if group in found)


def score_harrington_acetabulum(facts: Facts) -> Score:
    """The groups as the paper tells them: IV is complete collapse. Only near the acetabulum."""
    table = load_score("harrington_acetabulum")
    applicable, reason = _applicable(facts, table)
    groups = possible_groups(facts) if applicable != "NO" else ()
    names = tuple(table["groups"][group] for group in groups)
    return _score("harrington_acetabulum", table["title"], facts, (applicable, reason), names)


def score_harrington_original(facts: Facts) -> Score:
    """The class as other sources report the original: IV is a solitary lesion resectable for cure."""
    table = load_score("harrington_acetabulum")
    applicable, reason = _applicable(facts, table)
    names = _original_classes(facts, table) if applicable != "NO" else ()
    return _score("harrington_acetabulum_original", table["title_original"], facts, (applicable, reason), names)


def harrington_fact(facts: Facts, score: Score) -> Fact:
    """The possible groups as a fact for the rules; unknown where the groups do not apply.

    A group that was seen stays as it is, with a note where the parts typed into the case exclude it.
    """
    if score.applicable != "NO" and _seen(facts["harrington_groups"]):
        where = "; ".join(part for part in (facts["harrington_groups"].where, _difference(facts)) if part)
        return facts["harrington_groups"].model_copy(update={"where": where})
    groups = possible_groups(facts) if score.applicable != "NO" and len(score.groups) < len(_ALL_GROUPS) else None
    update = {"value": groups, "origin": "derived" if groups else "unknown", "where": ""}
    return facts["harrington_groups"].model_copy(update=update)


def _difference(facts: Facts) -> str:
    """What the parts typed into the case give, where the group that was seen is not among it."""
    seen, typed = _seen(facts["harrington_groups"]), _groups_of_parts(facts)
    return "" if not seen or seen[0] in typed else f"the parts in the case give {' or '.join(typed)}"


def _patterns(facts: Facts) -> Iterator[tuple[bool, bool, bool, bool, bool]]:
    choices = [_choices(facts[part]) for part in _PARTS]
    yield from product(*choices)


def _choices(fact: Fact) -> tuple[bool, ...]:
    return (fact.value,) if isinstance(fact.value, bool) else (False, True)


def _applicable(facts: Facts, table: dict[str, Any] | Any) -> tuple[Answer, str]:
    near = facts["periacetabular"].value
    reasons: dict[Answer, str] = {"YES": "", "NO": table["not_this_bone"], "CANNOT_TELL": table["subsite_unknown"]}
    verdict = answer_from(near if isinstance(near, bool) else None)
    return verdict, reasons[verdict]


def _original_classes(facts: Facts, table: dict[str, Any] | Any) -> tuple[str, ...]:
    """IV needs both: one metastasis in all, and resectable. The ladder below it is that of the paper's groups."""
    number, resectable = facts["n_metastases"].value, facts["acetabulum_resectable"].value
    solitary = None if number is None else number == 1
    ladder = table["original"]["ladder"]
    if solitary is False or resectable is False:
        return (ladder,)
    fourth = table["original"]["IV"]
    return (fourth,) if solitary and resectable else (ladder, fourth)


def _score(key: str, title: str, facts: Facts, applies: tuple[Answer, str], groups: tuple[str, ...]) -> Score:
    applicable, reason = applies
    if applicable == "NO":
        return _blank(key, title, reason)
    table = load_score("harrington_acetabulum")
    original = key.endswith("original")
    asked = ("n_metastases", "acetabulum_resectable") if original else _PARTS
    missing = [facts[name].label for name in asked if facts[name].value is None] if len(groups) > 1 else []
    update = {
        "applicable": applicable,
        "reason": reason,
        "groups": groups,
        "summary": _summary(groups),
        "missing": tuple(missing),
        "caveats": _caveats(facts, table),
    }
    return _blank(key, title, reason).model_copy(update=update)


@lru_cache(maxsize=8)
def _blank(key: str, title: str, reason: str) -> Score:
    """The score where it does not apply: the same for every patient."""
    part = "evidence_original" if key.endswith("original") else "evidence"
    return Score(
        key=key,
        title=title,
        applicable="NO",
        reason=reason,
        summary=reason,
        evidence=evidence_of("harrington_acetabulum", part),
        **published_performance(key),
    )


def _summary(groups: tuple[str, ...]) -> str:
    return ("Group " if len(groups) == 1 else "Possible groups: ") + "; ".join(groups) + "."


def _caveats(facts: Facts, table: dict[str, Any] | Any) -> tuple[str, ...]:
    found = list(table["caveats"]["always"])
    if difference := _difference(facts):
        found.append(f"The group as seen stands; {difference}.")
    if facts["bone"].value == "ilium" and facts["cortex"].value != "intact":
        found.append(table["ilium_wall"])
        if facts["acetabulum_medial_wall"].value is None:
            found.append(table["medial_wall_asked"])
    return tuple(found)
