"""Every row of the paper's rules is somewhere, every rule has a source, a place, and facts that exist."""

from __future__ import annotations

import re
import string

import pytest

from buttress.evidence.source import Evidence, bibliography
from buttress.library.load import load_bones, load_table
from buttress.library.load_rules import (
    load_defaults,
    load_fact_words,
    load_rules,
    load_score,
    load_techniques,
)
from buttress.records.rule import Rule

ROWS = [
    "GEN-01",
    "GEN-02",
    "GEN-03",
    "RT-01",
    "RT-02",
    "RT-03",
    "RT-04",
    "IR-01",
    "IR-02",
    "IR-03",
    "IR-04",
    "MDT-01",
    "MDT-02",
    "ALG-01",
    "RFA-01",
    "RFA-02",
    "RFA-03",
    "RFA-04",
    "RFA-05",
    "RFA-06",
    "RFA-07",
    "RFA-08",
    "RFA-09",
    "RFA-10",
    "MWA-01",
    "MWA-02",
    "MWA-03",
    "MWA-04",
    "CRYO-01",
    "CRYO-02",
    "CRYO-03",
    "CRYO-04",
    "CRYO-05",
    "CRYO-06",
    "CRYO-07",
    "CRYO-08",
    "CRYO-09",
    "CRYO-10",
    "ABL-01",
    "CEM-01",
    "CEM-02",
    "CEM-03",
    "CEM-04",
    "CEM-05",
    "CEM-06",
    "CEM-07",
    "CEM-08",
    "CEM-09",
    "PS-01",
    "PS-02",
    "PS-03",
    "PS-04",
    "PS-05",
    "PS-06",
    "PS-07",
    "SUR-01",
    "C1",
    "C2",
    "C3",
    "C4",
    "C5",
    "C5-a",
    "MIR-01",
    "MIR-02",
    "MIR-03",
    "MIR-04",
    "MIR-05",
    "HAR-01",
    "HAR-02",
    "VDL-01",
    "HFX-01",
]
"""The rows of the clinical notes, sections 1a to 1e."""

ELSEWHERE = {
    "MDT-01": "a gate: assess/gates.py with the texts of considerations.toml",
    "MDT-02": "the members still missing, named by the gate MDT-01",
    "C4": "a consideration: considerations.toml asks for architecture, the scores answer the risk of fracture",
    "C5": "a consideration; what follows from it stands in CRYO-04, CRYO-06, CEM-05, RFA-09 and MWA-04",
    "MIR-01": "a score: rules/scores/mirels.toml",
    "MIR-02": "the risks in the bands of rules/scores/mirels.toml",
    "HAR-01": "a score: rules/scores/harrington_acetabulum.toml",
    "VDL-01": "a score: rules/scores/van_der_linden.toml",
    "HFX-01": "a score: rules/scores/harrington_femur.toml",
}

LATER = {"L-CEM-02", "L-TMP-01", "L-BLD-01", "L-REB-02"}
"""Rows of later evidence that are already needed."""

RULES = load_rules()


def test_every_row_of_the_paper_is_a_rule_or_has_its_place_elsewhere() -> None:
    as_rules = {rule.row for rule in RULES}
    print(f"{len(ROWS)} rows: {len(set(ROWS) & as_rules)} as {len(RULES)} rules, {len(ELSEWHERE)} elsewhere")
    assert len(ROWS) == len(set(ROWS)) == 71
    assert set(ROWS) - as_rules == set(ELSEWHERE)
    assert as_rules - set(ROWS) == LATER


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


def test_defaults_and_gates_cite_known_sources_with_places() -> None:
    found = evidence_of(dict(load_defaults())) + evidence_of(load_table("considerations.toml")["gates"])
    assert len(found) == 8
    assert all(e.source in bibliography() and e.place for e in found)


def test_every_source_named_in_a_note_or_caveat_is_in_the_bibliography() -> None:
    texts = [load_score("mirels")["caveats"], *(rule.evidence.note + rule.because for rule in RULES)]
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
