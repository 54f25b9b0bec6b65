"""Every rule has a source, a place, and facts that exist; it names techniques and never prescribes."""

from __future__ import annotations

import re
import string

import pytest

from buttress.evidence.source import Evidence, bibliography
from buttress.library.load import load_bones, load_table
from buttress.library.load_rules import (
    load_fact_words,
    load_rules,
    load_score,
    load_techniques,
)
from buttress.records.rule import Rule

RULES = load_rules()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_a_known_source_with_a_place(rule: Rule) -> None:
    assert rule.evidence.source in bibliography()
    assert rule.evidence.place


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_asks_only_for_facts_that_exist(rule: Rule) -> None:
    asked = set(rule.when.facts if rule.when else ())
    named = {name for _, name, _, _ in string.Formatter().parse(rule.because) if name}
    assert asked | named <= set(load_fact_words())


@pytest.mark.parametrize("rule", [r for r in RULES if r.when is not None], ids=lambda rule: rule.id)
def test_a_rule_that_depends_on_the_patient_names_the_patients_own_fact(rule: Rule) -> None:
    assert "{" in rule.because


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_speaks_of_techniques_that_exist(rule: Rule) -> None:
    techniques = load_techniques()
    groups = {technique.group for technique in techniques.values()} | {"percutaneous"}
    assert set(rule.techniques) <= set(techniques) | groups


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_does_not_prescribe(rule: Rule) -> None:
    assert not re.search(r"\b(should|must not|you|recommend\w*)\b", rule.statement, re.IGNORECASE)


def test_a_rule_with_an_effect_on_a_choice_names_a_technique() -> None:
    assert [rule.id for rule in RULES if not rule.techniques and rule.effect != "INFO"] == []


def test_only_two_stops_exist_and_both_come_from_a_source() -> None:
    assert [rule.id for rule in RULES if rule.effect == "BLOCK"] == ["RFA-06/stop", "L-CEM-02/stop"]


def test_the_bibliography_has_no_doi_twice() -> None:
    dois = [source.doi for source in bibliography().values() if source.doi]
    assert len(dois) == len(set(dois))


def evidence_of(table: object) -> list[Evidence]:
    """Every evidence table anywhere inside TOML data."""
    if isinstance(table, list):
        return [found for item in table for found in evidence_of(item)]
    if not isinstance(table, dict):
        return []
    if "source" in table:
        return [Evidence.model_validate(table)]
    return [found for value in table.values() for found in evidence_of(value)]


@pytest.mark.parametrize("key", ["mirels", "van_der_linden", "harrington_femur", "harrington_acetabulum"])
def test_a_score_table_cites_known_sources_with_places(key: str) -> None:
    found = evidence_of(load_score(key))
    assert found
    assert all(e.source in bibliography() and e.place for e in found)


def numbers_of(table: dict[str, dict[str, object]]) -> list[dict[str, object]]:
    return [row for row in table.values() if "value" in row]


def test_defaults_and_gates_cite_known_sources_with_places() -> None:
    defaults = [row for file in ("defaults.toml", "choices.toml") for row in numbers_of(load_table(file))]
    found = evidence_of(defaults) + evidence_of(load_table("considerations.toml")["gates"])
    assert len(found) == len(defaults) + 3
    assert all(e.source in bibliography() and e.place for e in found)


def test_every_source_named_in_a_note_or_caveat_is_in_the_bibliography() -> None:
    texts = [load_score("mirels")["caveats"], *(f"{rule.evidence.note} {rule.because}" for rule in RULES)]
    named = set(re.findall(r"\b[a-z]+(?:19|20)\d\d[a-z]*\b", str(texts)))
    assert named
    assert named <= set(bibliography())


def test_the_considerations_ask_for_facts_that_exist() -> None:
    table = load_table("considerations.toml")
    named = {name for key in ("C1", "C2", "C3", "C4", "C5") for name in table[key]["facts"] + table[key]["optional"]}
    assert named <= set(load_fact_words())


def test_the_twelve_techniques_of_the_table_are_there_with_both_comparators() -> None:
    techniques = load_techniques()
    assert len(techniques) == 12
    assert [key for key, t in techniques.items() if t.group == "comparator"] == ["radiotherapy", "open_surgery"]


def test_bones_are_consistent_and_the_spine_is_out_of_scope() -> None:
    bones = load_bones()
    assert [key for key, bone in bones.items() if not bone.in_scope] == ["skull", "vertebra"]
    for bone in bones.values():
        assert set(bone.peritrochanteric_subsites) <= set(bone.subsites)
        assert set(bone.load_by_subsite) <= set(bone.subsites)
        assert bone.in_scope or bone.scope_note
    assert {key for key, bone in bones.items() if bone.long_bone} == {
        "femur",
        "tibia",
        "fibula",
        "humerus",
        "radius",
        "ulna",
    }
