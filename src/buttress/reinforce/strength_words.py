"""What the what-if table says, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buttress.records.strength import LOAD_CASES, StrengthCell, StrengthRow

BY_AXIS = "The intact bone is virtual: levels beside the lesion, blended along the axis."
BY_DEPTH = (
    "The intact bone is virtual: the lesion takes the values of the nearest sound bone that lies as deep under the "
    "surface. Where the lesion takes most of the bone this is a guess, and no interval tells how good a one."
)
BROKEN = (
    "The fracture is the case's word: it is drawn as one cut straight across where the lesion has left least, whatever "
    "its true place and shape."
)


def limits(*, by_depth: bool, is_broken: bool) -> tuple[str, ...]:
    """What the table does not know, in sentences."""
    return (
        "Verified on closed forms; not validated against tests of bones with lesions, cement or metal.",
        "A piece of the bone between two grips, under compression, bending and torsion: not the body's own loads, no "
        "muscles, no fatigue. The first failure of a set volume, linear up to there: no load after it is told.",
        BY_DEPTH if by_depth else BY_AXIS,
        *((BROKEN,) if is_broken else ()),
        "Cement fills the whole cavity of the lesion and nothing beyond: an upper end. Leaks are not simulated.",
        "Bonded is an upper end. Slipping is a lower one: cement held by friction (0.3), metal where it is not pulled "
        "off. The truth lies between, and where is not known.",
        "Bone is taken as equally stiff in all directions; no phantom was used.",
    )


SAME = 0.05
"""Ratios nearer than this are told as no change (ours)."""


def sentences(rows: Sequence[StrengthRow]) -> tuple[str, ...]:
    """One sentence about the bone as it is, and one for each row with something put in."""
    by_key = {row.key: row for row in rows}
    lesion = by_key.get("lesion")
    if lesion is None or not lesion.cells:
        return ()
    left = ", ".join(f"{cell.strength_ratio.value:.0%} in {cell.load_case}" for cell in lesion.cells)
    return (f"As it is the bone bears, of what it would bear healed, {left}.", *_of_inserts(rows, lesion))


def _of_inserts(rows: Sequence[StrengthRow], lesion: StrengthRow) -> Iterator[str]:
    for row in rows:
        if row.key in ("healed", "lesion") or not row.cells:
            continue
        told = []
        for case in LOAD_CASES:
            cell, bare = row.cell(case), lesion.cell(case)
            if cell is not None and bare is not None:
                told.append(_one(cell, bare))
        yield f"{row.title}: {'; '.join(told)}."


def _one(cell: StrengthCell, bare: StrengthCell) -> str:
    before, bonded, bracket = bare.strength_ratio.value, cell.strength_ratio.value, cell.bracket
    if before is None or bracket is None:
        return f"{cell.load_case} not told"
    low, high = bracket
    if high - before < SAME:
        return f"{cell.load_case} stays at {before:.0%}"
    if high - low < SAME:
        return f"{cell.load_case} from {before:.0%} to {bonded:.0%}"
    return f"{cell.load_case} from {before:.0%} to between {low:.0%} (slipping) and {high:.0%} (bonded)"
