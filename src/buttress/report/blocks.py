"""What a report is made of: sections of plain words, tables and pictures. Page and PDF print the same blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["", "good", "warn", "bad", "ask", "missing", "strong"]


@dataclass(frozen=True, slots=True)
class Cite:
    """A numbered source and the place in it: ``[3] Table 2``."""

    number: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text with, in smaller letters, a note, and the sources behind it."""

    text: str
    note: str = ""
    tone: Tone = ""
    cites: tuple[Cite, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    cell: Cell
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list under a short title; ``ordered`` when the order means something."""

    title: str
    items: tuple[Cell, ...]
    ordered: bool = False
    kind: Literal["bullets"] = "bullets"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns; ``widths`` are shares of the line. A row of one cell is a sub-heading."""

    caption: str
    columns: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Figures:
    """Pictures by key, in rows."""

    keys: tuple[str, ...]
    kind: Literal["figures"] = "figures"


@dataclass(frozen=True, slots=True)
class Blanks:
    """Fields to fill in by hand: a label and how many lines of room."""

    fields: tuple[tuple[str, int], ...]
    kind: Literal["blanks"] = "blanks"


Block = Text | Bullets | Table | Figures | Blanks


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of the report; ``level`` 2 for a part, 3 below it."""

    title: str
    level: int
    blocks: tuple[Block, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class FrontLesion:
    """One lesion on the first page: key pictures, what stands beside them, what follows."""

    heading: str
    pictures: tuple[str, ...]
    beside: tuple[Block, ...]
    below: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """One line of the bibliography."""

    number: int
    key: str
    citation: str
    doi: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole report in words: what both templates print."""

    title: str
    case_id: str
    pseudonym: str
    notice: str
    stage: str
    question: str
    lead: tuple[Block, ...]
    front: tuple[FrontLesion, ...]
    sections: tuple[Section, ...]
    references: tuple[Reference, ...]
    software: str
