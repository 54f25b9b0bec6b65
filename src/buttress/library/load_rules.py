"""Rules, techniques, facts and score tables off the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from buttress.library.load import load_folder, load_table
from buttress.library.load_defaults import shelf_defaults, with_numbers
from buttress.records.document import Document
from buttress.records.points import PointScore, PublishedPerformance
from buttress.records.rule import Rule, Technique


class FactWords(Document):
    """How to name a fact, and its unit."""

    label: str
    unit: str = ""


@lru_cache(maxsize=1)
def load_fact_words() -> Mapping[str, FactWords]:
    """Label and unit of every fact a rule may ask about, by name (``facts.toml``), with our defaults in the labels."""
    fill = shelf_defaults().fill
    return {name: FactWords(label=fill(t), unit=unit) for name, (t, unit) in load_fact_templates().items()}


@lru_cache(maxsize=1)
def load_fact_templates() -> Mapping[str, tuple[str, str]]:
    """Label, with the names of defaults in braces, and unit of every fact."""
    return {name: (row["label"], row.get("unit", "")) for name, row in load_table("facts.toml").items()}


@lru_cache(maxsize=1)
def load_techniques() -> Mapping[str, Technique]:
    """The table of techniques, by key, in the library's order (``techniques.toml``)."""
    rows = load_table("techniques.toml").items()
    return {key: Technique.model_validate({"key": key, **row}) for key, row in rows}


@lru_cache(maxsize=1)
def load_rules() -> tuple[Rule, ...]:
    """Every rule (``rules/*.toml``), files in alphabetical order. Raises ``ValueError`` when an id appears twice."""
    rows = [row for table in load_folder("rules").values() for row in table.get("rule", ())]
    rules = tuple(Rule.model_validate(_with_effect(with_numbers(row))) for row in rows)
    if len({rule.id for rule in rules}) != len(rules):
        raise ValueError("two rules share an id")
    return rules


def _with_effect(row: dict[str, Any]) -> dict[str, Any]:
    """The row of a rule; where its effect is named by a choice of ours, with the effect and that name."""
    ours = shelf_defaults().rows.get(row["effect"])
    return row if ours is None else {**row, "effect": ours.value, "effect_default": ours.key}


@lru_cache(maxsize=1)
def load_considerations() -> Mapping[str, Any]:
    """What each of the five considerations gathers, and the words of the gates (``considerations.toml``)."""
    return load_table("considerations.toml")


@lru_cache(maxsize=32)
def load_score(key: str) -> Mapping[str, Any]:
    """The table of one score (``rules/scores/<key>.toml``)."""
    return load_table(f"rules/scores/{key}.toml")


@lru_cache(maxsize=8)
def load_points(key: str) -> PointScore:
    """One additive score of prognosis, checked (``rules/scores/<key>.toml``)."""
    table = load_score(key)
    parts = {name: table[name] for name in ("title", "out_of", "higher_is", "items", "bands", "evidence")}
    return PointScore.model_validate({**parts, "caveats": table["caveats"]["always"]})


@lru_cache(maxsize=32)
def load_performance(key: str) -> PublishedPerformance:
    """What sources found of one score where it was tried (``performance`` in ``rules/scores/<key>.toml``)."""
    table = load_score(key)
    rows, note = table.get("performance", ()), table.get("performance_note", "")
    return PublishedPerformance.model_validate({"rows": rows, "note": note})


@lru_cache(maxsize=1)
def load_primary_kinds() -> Mapping[str, str]:
    """Kind of primary tumour by its name in small letters (``rules/scores/primaries.toml``)."""
    kinds = load_score("primaries")["kind"]
    return {name: kind for kind, row in kinds.items() for name in row["names"]}
