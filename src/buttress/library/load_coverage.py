"""What became of every row of our clinical notes: a rule, a place elsewhere, or a reason for leaving it out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from buttress.library.load import load_table
from buttress.library.load_rules import load_rules
from buttress.records.document import Document
from buttress.records.score import Effect

Fate = Literal["rule", "elsewhere", "left out", "missing"]


class Section(Document):
    """One section of the notes: its title and the rows it holds."""

    title: str
    rows: tuple[str, ...]


class RowLedger(Document):
    """Every row of the notes, and a sentence for each that is no rule (``rules/left_out.toml``)."""

    sections: dict[str, Section]
    elsewhere: dict[str, str]
    left_out: dict[str, str]
    parts_left_out: dict[str, str]

    def fate(self, row: str) -> tuple[Fate, str]:
        """What became of a row, with the rules' ids, the place, or the reason."""
        ids = [rule.id for rule in load_rules() if rule.row == row]
        if ids:
            return "rule", ", ".join(ids)
        if row in self.elsewhere:
            return "elsewhere", self.elsewhere[row]
        return ("left out", self.left_out[row]) if row in self.left_out else ("missing", "")


class MatrixEntry(Document):
    """One entry of the technique matrix, and what carries it.

    ``weaker`` says why the rule speaks with another effect than the entry's column.
    """

    entry: str
    rules: tuple[str, ...] = ()
    weaker: str = ""
    elsewhere: str = ""
    left_out: str = ""


Matrix = Mapping[str, Mapping[Effect, tuple[MatrixEntry, ...]]]


@lru_cache(maxsize=1)
def load_row_ledger() -> RowLedger:
    """The ledger of the notes' rows."""
    return RowLedger.model_validate(load_table("rules/left_out.toml"))


@lru_cache(maxsize=1)
def load_matrix() -> Matrix:
    """The technique matrix by technique and column (``rules/matrix.toml``)."""
    return {
        technique: {column: tuple(map(MatrixEntry.model_validate, entries)) for column, entries in columns.items()}
        for technique, columns in load_table("rules/matrix.toml").items()
    }
