"""Corridors for screws as a table: where in, how far, what holds it, and what lies near."""

from __future__ import annotations

from collections.abc import Iterator

from buttress.records.corridor import Corridor, ScrewPath
from buttress.records.strength import Strength
from buttress.report.blocks import Block, Cell, Table, Text
from buttress.report.corridor_words import direction_words_of, near_words, point_words

TITLES = ("Screw", "Entry and tip, LPS mm", "Held before and behind the lesion", "Bone about the thread", "Near it")
WIDTHS = (1.4, 1.4, 1.0, 0.9, 2.0)
NOT_VALIDATED = "By geometry of the outlined bone alone; never compared with screws that were placed."


def corridor_blocks(strength: Strength) -> Iterator[Block]:
    """The corridors of one lesion, or why there is none; nothing for a review that is older than they are."""
    if not strength.corridor_note:
        return
    if not strength.corridors:
        yield Text(Cell(strength.corridor_note, tone="missing"))
        return
    rows = tuple(row for n, one in enumerate(strength.corridors, start=1) for row in _rows(n, one))
    yield Table("Straight corridors for screws across the lesion", TITLES, WIDTHS, rows)
    yield Text(Cell(f"{strength.corridor_note} {NOT_VALIDATED}", tone="ask"))


def _rows(n: int, corridor: Corridor) -> Iterator[tuple[Cell, ...]]:
    name, words = f"{n}: one", direction_words_of(corridor)
    yield _row(name, words, corridor.screw, corridor.diameter_mm, near_words(corridor.near))
    pair = corridor.pair
    if pair is None:
        yield (Cell(f"{n}: two parallel", note=corridor.pair_note, tone="missing"), *(Cell("–"),) * 4)
        return
    apart = f"{pair.spacing_mm:.1f} mm apart"
    yield _row(f"{n}a: of two parallel", apart, pair.screws[0], pair.diameter_mm, f"of both: {near_words(pair.near)}")
    yield _row(f"{n}b: of two parallel", apart, pair.screws[1], pair.diameter_mm, "–")


def _row(name: str, note: str, path: ScrewPath, diameter_mm: float, near: str) -> tuple[Cell, ...]:
    return (
        Cell(f"{name}, {diameter_mm:g} × {path.length_mm:g} mm", note=note, tone="strong"),
        Cell(f"{point_words(path.entry_mm)} to {point_words(path.tip_mm)}"),
        Cell(f"{path.entry_anchorage_mm:.0f} and {path.tip_anchorage_mm:.0f} mm"),
        Cell(f"{path.clearance_mm:.1f} mm"),
        Cell(near),
    )
