"""Nothing of the clinical notes got lost: every row is a rule, stands elsewhere, or is left out for a stated reason.

The rows are written out here a second time, from the notes, so that the library's own list cannot forget one unseen.
"""

from __future__ import annotations

from collections import Counter

import pytest

from buttress.assess.rulebook import concerns
from buttress.library.load_coverage import MatrixEntry, load_matrix, load_row_ledger
from buttress.library.load_rules import load_rules, load_techniques
from buttress.records.rule import Rule


def numbered(prefix: str, last: int) -> list[str]:
    return [f"{prefix}-{number:02d}" for number in range(1, last + 1)]


NOTES = {
    "1a": [*numbered("GEN", 3), *numbered("RT", 4), *numbered("IR", 4), *numbered("MDT", 2), "ALG-01"],
    "1b": [*numbered("RFA", 10), *numbered("MWA", 4), *numbered("CRYO", 10), "ABL-01"],
    "1c": [*numbered("CEM", 9), *numbered("PS", 7), "SUR-01"],
    "1d": ["C1", "C2", "C3", "C4", "C5", "C5-a"],
    "1e": [*numbered("MIR", 5), *numbered("HAR", 2), "VDL-01", "HFX-01"],
    "1f": numbered("INC", 21),
    "4a": [*numbered("L-BLD", 2), *numbered("L-TMP", 3), *numbered("L-PRO", 2), "L-RFA-B", "distances"],
    "4b": [
        *numbered("L-ABL", 9),
        *numbered("L-RFA", 2),
        *numbered("L-MWA", 2),
        *numbered("L-CRY", 4),
        *numbered("L-CMP", 1),
    ],
    "4c": [
        *numbered("L-CEM", 9),
        *numbered("L-REB", 2),
        *numbered("L-FIC", 6),
        *numbered("L-ACE", 2),
        "L-CFC-01",
        "L-NAIL-01",
    ],
    "4d": [*numbered("L-RT", 3), *numbered("L-SUR", 2)],
}
"""Row ids of the clinical notes, by section."""

LEDGER = load_row_ledger()
BY_ID = {rule.id: rule for rule in load_rules()}
VOICES = {"FOR": {"FOR"}, "AGAINST": {"AGAINST", "CAUTION"}, "BLOCK": {"BLOCK"}, "INFO": {"INFO"}}
"""Effects that carry an entry of each column of the matrix; the notes file cautions under the reasons against."""

ENTRIES = [
    (technique, column, one)
    for technique, columns in load_matrix().items()
    for column, entries in columns.items()
    for one in entries
]


@pytest.mark.parametrize("section", NOTES)
def test_the_ledger_lists_the_rows_of_the_section(section: str) -> None:
    assert list(LEDGER.sections[section].rows) == NOTES[section]


def test_every_row_is_a_rule_or_stands_elsewhere_or_is_left_out_with_a_reason() -> None:
    for section, rows in NOTES.items():
        fates = Counter(LEDGER.fate(row)[0] for row in rows)
        print(f"{section}: {len(rows)} rows, " + ", ".join(f"{count} {fate}" for fate, count in fates.items()))
        assert [row for row in rows if LEDGER.fate(row)[0] == "missing"] == []
    total = Counter(LEDGER.fate(row)[0] for rows in NOTES.values() for row in rows)
    print(f"{total.total()} rows in all: {dict(total)}; {len(BY_ID)} rules")


def test_no_row_has_two_fates_and_no_stranger_is_listed() -> None:
    rows = {row for section in NOTES.values() for row in section}
    rules = {rule.row for rule in load_rules()}
    named = [*LEDGER.elsewhere, *LEDGER.left_out]
    assert len(named) == len(set(named))
    assert rules.isdisjoint(named)
    assert set(named) | set(LEDGER.parts_left_out) <= rows


def test_a_row_that_is_left_out_in_part_has_a_rule_for_the_other_part() -> None:
    assert [row for row in LEDGER.parts_left_out if LEDGER.fate(row)[0] != "rule"] == []


def test_every_rule_comes_from_a_row_of_the_notes() -> None:
    rows = {row for section in NOTES.values() for row in section}
    assert [rule.id for rule in load_rules() if rule.row not in rows] == []


def test_every_rule_named_as_a_place_exists() -> None:
    words = " ".join([*LEDGER.elsewhere.values(), *LEDGER.parts_left_out.values()]).replace(",", " ").split()
    named = {word.strip(";:.()") for word in words if "/" in word and ".toml" not in word}
    assert named
    assert named <= set(BY_ID)


def test_the_matrix_has_the_twelve_techniques_with_every_column() -> None:
    assert list(load_matrix()) == list(load_techniques())
    assert all(list(columns) == ["FOR", "AGAINST", "BLOCK", "INFO"] for columns in load_matrix().values())


@pytest.mark.parametrize(("technique", "column", "one"), ENTRIES)
def test_every_entry_of_the_matrix_has_one_fate(technique: str, column: str, one: MatrixEntry) -> None:
    assert sum(map(bool, (one.rules, one.elsewhere, one.left_out))) == 1


@pytest.mark.parametrize(("technique", "column", "one"), [entry for entry in ENTRIES if entry[2].rules])
def test_every_entry_of_the_matrix_is_carried_by_rules_that_speak_of_it(
    technique: str, column: str, one: MatrixEntry
) -> None:
    rules = [BY_ID[name] for name in one.rules]
    assert all(concerns(rule, load_techniques()[technique]) for rule in rules)
    in_voice = [rule for rule in rules if rule.effect in VOICES[column]]
    assert bool(one.weaker) == (len(in_voice) < len(rules))


LATER = [rule for rule in load_rules() if rule.id.startswith("L-")]


@pytest.mark.parametrize("rule", LATER, ids=lambda rule: rule.id)
def test_later_evidence_never_cites_the_paper_as_its_source(rule: Rule) -> None:
    assert rule.evidence.source != "ahmed2019"


def test_nothing_that_was_not_verified_became_a_rule() -> None:
    assert set(LEDGER.left_out) == {"L-ABL-09", "L-CEM-09", "L-FIC-02"}
    words = " ".join(rule.statement for rule in load_rules())
    assert "allergy" not in words
    assert "infected" not in words
