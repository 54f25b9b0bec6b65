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
class Link:
    """A way to another section of the same report: its anchor, and the words that stand for it."""

    anchor: str
    words: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text with, in smaller letters, a note, ways to other sections, and the sources behind it."""

    text: str
    note: str = ""
    tone: Tone = ""
    cites: tuple[Cite, ...] = ()
    links: tuple[Link, ...] = ()


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
class Ticks:
    """A list with a box before each line, to be ticked by hand."""

    title: str
    items: tuple[Cell, ...]
    kind: Literal["ticks"] = "ticks"


@dataclass(frozen=True, slots=True)
class Fold:
    """A list that is good to know and no reason: folded on the page until it is opened, small on paper."""

    title: str
    items: tuple[Cell, ...]
    kind: Literal["fold"] = "fold"


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


Block = Text | Bullets | Ticks | Fold | Table | Figures | Blanks


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of the report; ``level`` 2 for a part, 3 and 4 below it. ``anchor``: its name for links."""

    title: str
    level: int
    blocks: tuple[Block, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class FrontLesion:
    """One lesion on the first page: what stands first, key pictures, what stands beside them, what follows."""

    heading: str
    above: tuple[Block, ...]
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
    urgency: str
    lead: tuple[Block, ...]
    front: tuple[FrontLesion, ...]
    sections: tuple[Section, ...]
    references: tuple[Reference, ...]
    software: str
