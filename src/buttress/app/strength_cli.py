"""``buttress strength``: implants as a user writes them, and the what-if table as lines on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from buttress.library.load_implants import load_implants
from buttress.records.document import ButtressError
from buttress.records.implant import PlacedImplant, Trocars
from buttress.records.strength import LOAD_TITLES, Strength, StrengthCell
from buttress.report.corridor_words import corridor_lines

Placed = Annotated[
    list[str] | None,
    typer.Option(
        "--implant",
        metavar="KEY:ENTRY:TIP",
        help="An implant put somewhere, points in LPS mm: cannulated_7_0_full:10,-20,30:15,-22,85. May be repeated; "
        "all of them make one row, alone and with cement.",
    ),
]

TrocarTips = Annotated[
    list[str] | None,
    typer.Option(
        "--trocar",
        metavar="TIP",
        help="The tip of a trocar that cement comes from, x,y,z in LPS mm; may be repeated. How far the cement gets, "
        "whether it meets open cortex, and what it adds: a row of its own.",
    ),
]
CementMl = Annotated[
    float | None,
    typer.Option("--cement-ml", metavar="ML", help="Volume from the trocars together (left out: the cavity's)."),
]
PushOn = Annotated[
    bool,
    typer.Option(
        "--push",
        help="Also push every row on beyond its first failure, under the load of which the bone as it is bears least: "
        "what it bears once bone and cement have yielded. Takes some minutes more.",
    ),
]


def parse_placed(text: str) -> PlacedImplant:
    """An implant from ``KEY:x,y,z:x,y,z``. Raises ``ButtressError`` for anything else."""
    expected = "KEY:x,y,z:x,y,z with points in LPS mm"
    key, *points = text.split(":")
    shelf = load_implants()
    usable = sorted(name for name, one in shelf.items() if not one.user_supplied)
    if key not in usable:
        reason = f": {shelf[key].user_supplied}" if key in shelf else ""
        raise ButtressError(f"no implant {key!r} that can be placed{reason}", ", ".join(usable), "name one of these")
    try:
        entry, tip = (tuple(float(number) for number in point.split(",")) for point in points)
        return PlacedImplant.model_validate({"implant": key, "paths_mm": ((entry, tip),)})
    except ValueError:
        raise ButtressError(f"an implant written as {text!r}", expected, "write entry and tip like that") from None


def parse_trocars(tips: Sequence[str], volume_ml: float | None) -> Trocars | None:
    """Trocars from their tips ``x,y,z``; None where none is given. Raises ``ButtressError`` for anything else."""
    if not tips:
        if volume_ml is not None:
            raise ButtressError(
                f"--cement-ml {volume_ml:g} without a trocar",
                "--trocar x,y,z with it",
                "say where the cement comes from",
            )
        return None
    try:
        places = tuple(tuple(float(number) for number in tip.split(",")) for tip in tips)
        return Trocars.model_validate({"tips_mm": places, "volume_ml": volume_ml})
    except ValueError:
        raise ButtressError(
            f"trocars written as {' '.join(tips)}" + (f", {volume_ml:g} mL" if volume_ml is not None else ""),
            "one to four tips as x,y,z in LPS mm, and more than 0 to 100 mL",
            "write them like that",
        ) from None


def strength_lines(strengths: Sequence[Strength]) -> Iterator[str]:
    """What a reader wants first of each table: a row a line, then what it says, then what it is worth."""
    for one in strengths:
        yield f"{one.lesion_id}: strength over the same bone healed ({one.status})"
        if not one.rows:
            yield from (f"   {limit}" for limit in one.limits)
            yield from _corridor_lines(one)
            continue
        yield "   " + "".join(f"{LOAD_TITLES[case]:>22}" for case in one.load_cases)
        for row in one.rows:
            if not row.cells:
                yield f"   {row.title}: {row.note}"
                continue
            yield f"   {row.title}" + (f" ({row.note})" if row.note else "")
            yield "   " + "".join(f"{cell_text(row.cell(case)):>22}" for case in one.load_cases)
        yield from (f"   {sentence}" for sentence in one.sentences)
        yield f"   {one.limits[0]}"
        yield from _corridor_lines(one)


def _corridor_lines(strength: Strength) -> Iterator[str]:
    yield f"   Corridors for screws. {strength.corridor_note}"
    yield from (f"   {line}" for line in corridor_lines(strength.corridors))


def cell_text(cell: StrengthCell | None) -> str:
    """A ratio with its interval; with something put in, from slipping to bonded."""
    bracket = None if cell is None else cell.bracket
    if cell is None or bracket is None:
        return "none"
    if cell.slip_ratio is not None:
        return f"{bracket[0]:.0%} to {bracket[1]:.0%}"
    found = cell.strength_ratio
    if found.low == found.high or found.low is None or found.high is None:
        return f"{found.value:.0%}"
    return f"{found.value:.0%} ({found.low:.0%} to {found.high:.0%})"
