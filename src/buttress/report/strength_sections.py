"""The what-if table as blocks: each state of the bone under each load, what follows in words, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buttress.records.strength import LOAD_TITLES, LoadCase, Strength, StrengthCell, StrengthRow
from buttress.report.bibliography import Citations
from buttress.report.blocks import Block, Bullets, Cell, Table, Text
from buttress.report.corridor_sections import corridor_blocks

NOT_COMPUTED = Cell("Not computed. To compute it: buttress strength, with this review.", tone="missing")
CAPTION = "Strength of {}, over the same healed. With something put in: slipping to bonded"


def strength_short(strength: Strength | None) -> tuple[Block, ...]:
    """What the table says, for the first page; nothing where it was not asked for."""
    if strength is None or not strength.sentences:
        return ()
    title = "Strength and what cement and metal would add (computed; verified, not validated)"
    return (Bullets(title, tuple(map(Cell, strength.sentences))),)


def strength_blocks(strength: Strength | None, cite: Citations) -> Iterator[Block]:
    """The table with its words and limits."""
    if strength is None:
        yield Text(NOT_COMPUTED)
        return
    if not strength.rows:
        yield Text(Cell(f"{strength.status}: {'; '.join(strength.limits)}", tone="missing"))
        yield from corridor_blocks(strength)
        return
    cases, is_hip = strength.load_cases, strength.loaded_as == "proximal femur"
    rows = tuple(_row(row, cases) for row in strength.rows)
    caption = CAPTION.format("the proximal femur" if is_hip else "a piece of the bone about the lesion")
    titles = (LOAD_TITLES[case].capitalize() for case in cases)
    yield Table(caption, ("Bone", *titles), (2.0, *(1.3 for _ in cases)), rows)
    yield Bullets("What follows", tuple(map(Cell, strength.sentences)))
    yield Text(Cell(_status(strength), tone="ask", cites=cite.of(*strength.evidence)))
    yield Bullets("Limits of this strength", tuple(map(Cell, strength.limits)))
    yield from corridor_blocks(strength)


def _status(strength: Strength) -> str:
    """How the table was computed and what its intervals hold, in words."""
    if strength.loaded_as == "proximal femur":
        loaded = f"The femur down to {strength.length_mm:.0f} mm below the top of the block, held there"
        otherwise = "a smaller and a larger cap of the head that is loaded"
    else:
        loaded = f"A piece of {strength.length_mm:.0f} mm between two grips"
        otherwise = "along an axis healed from either side alone"
    return (
        f"Status: {strength.status}. {loaded}, voxels of {strength.spacing_mm:.2g} mm; it fails where 2 % of the bone "
        "(or of the cement) is beyond its limit, or where it moves twice as far as the healed one at its failure. "
        f"Intervals: modulus laws, calibration, two criteria of failure, and {otherwise}."
    )


def _row(row: StrengthRow, cases: Sequence[LoadCase]) -> tuple[Cell, ...]:
    name = Cell(row.title, note=row.note, tone="strong" if row.cells else "missing")
    return (name, *(_cell(row.cell(case)) for case in cases))


def _cell(cell: StrengthCell | None) -> Cell:
    bracket = None if cell is None else cell.bracket
    if cell is None or bracket is None:
        return Cell("–", tone="missing")
    found = cell.strength_ratio
    span = "" if found.low is None or found.low == found.high else f"{found.low:.0%} to {found.high:.0%}"
    stiff = f"stiffness {cell.stiffness_ratio.value:.0%}" if cell.stiffness_ratio.value is not None else ""
    metal = f"metal yields at {cell.metal_yields_at:.0%}" if cell.metal_yields_at is not None else ""
    first = f"{cell.fails_first} first" if cell.fails_first not in ("", "bone") else ""
    if cell.slip_ratio is None:
        return Cell(f"{found.value:.0%}", note=_joined(f"({span})" if span else "", stiff if span else "", first))
    return Cell(
        f"{bracket[0]:.0%} to {bracket[1]:.0%}",
        note=_joined(f"bonded {span}" if span else "", f"bonded {stiff}", first, metal),
    )


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
