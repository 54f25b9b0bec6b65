"""``buttress rules`` as its reader meets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from buttress.app import rules_cli
from buttress.library.load_rules import load_rules, load_techniques

Run = Callable[..., tuple[int, str, str]]


def rows(run: Run, *arguments: str) -> Any:
    code, out, _ = run("rules", *arguments, "--json")
    assert code == 0
    return json.loads(out)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wide terminal, as a person has one."""
    monkeypatch.setattr(rules_cli, "_wants_json", lambda as_json: as_json)
    monkeypatch.setattr(rules_cli, "out", Console(width=300, highlight=False))


def test_the_list_holds_every_rule_in_the_library_s_order(run: Run) -> None:
    assert [row["id"] for row in rows(run, "list")] == [rule.id for rule in load_rules()]


def test_the_list_is_filtered_by_technique_through_its_groups(run: Run) -> None:
    found = {row["id"] for row in rows(run, "list", "--technique", "rebar")}
    assert {"PS-03", "L-REB-02", "PS-01", "CEM-05", "IR-01"} <= found
    assert not {"SUR-01/unfit", "RFA-05", "GEN-01"} & found


def test_the_list_is_filtered_by_effect_in_any_case(run: Run) -> None:
    assert {row["id"] for row in rows(run, "list", "--effect", "block")} == {"RFA-06/stop", "L-CEM-02/stop"}


def test_one_rule_is_shown_in_full_with_the_citation_of_its_source(run: Run, terminal: None) -> None:
    code, out, _ = run("rules", "show", "l-cry-03/age")
    assert code == 0
    assert "Major complications of freezing were likelier above 70 years" in out
    assert "age: above 70 years" in out
    assert "Radiology 2020" in out
    assert "239 patients, 320 bone tumours" in out


def test_a_row_shows_all_its_rules(run: Run) -> None:
    assert [row["id"] for row in rows(run, "show", "RFA-06")] == ["RFA-06/stop", "RFA-06/elsewhere"]


def test_a_row_that_is_no_rule_says_why(run: Run, terminal: None) -> None:
    assert "no primary text was read" in run("rules", "show", "L-CEM-09")[1]
    assert "rules/scores/mirels.toml" in run("rules", "show", "MIR-01")[1]
    assert rows(run, "show", "L-ABL-09")[0]["fate"] == "left out"


def test_an_unknown_rule_is_answered_with_the_nearest_ones(run: Run) -> None:
    code, _, complaint = run("rules", "show", "RFA-6")
    assert code == 2
    assert "RFA-06" in complaint


def test_an_unknown_technique_is_answered_with_those_there_are(run: Run) -> None:
    code, _, complaint = run("rules", "list", "--technique", "laser")
    assert code == 2
    assert "cryoablation" in complaint


def test_coverage_counts_every_rule_once_and_gives_reasons(run: Run) -> None:
    found = rows(run, "coverage")
    assert found["rules"] == len(load_rules())
    assert sum(section["rules"] for section in found["sections"]) == found["rules"]
    assert sum(found["effects"].values()) == sum(found["sources"].values()) == found["rules"]
    assert set(found["techniques"]) == set(load_techniques())
    for section in found["sections"]:
        assert section["rows"] == section["rule"] + section["elsewhere"] + section["left out"]
    assert set(found["left_out"]) == {"L-ABL-09", "L-CEM-09", "L-FIC-02"}
    assert all(found["matrix_left_out"].values())


def test_the_tables_are_printed_for_a_person(run: Run, terminal: None) -> None:
    assert f"{len(load_rules())} rules" in run("rules", "list")[1]
    told = run("rules", "coverage")[1]
    assert "Later: cement and fixation" in told
    assert "left out" in told
