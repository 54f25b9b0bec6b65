"""The what-if table as lines on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buttress.records.strength import LOAD_CASES, Strength, StrengthCell


def strength_lines(strengths: Sequence[Strength]) -> Iterator[str]:
    """What a reader wants first of each table: a row a line, then what it says, then what it is worth."""
    for one in strengths:
        yield f"{one.lesion_id}: strength over the same bone healed ({one.status})"
        if not one.rows:
            yield from (f"   {limit}" for limit in one.limits)
            continue
        yield "   " + "".join(f"{name:>22}" for name in LOAD_CASES)
        for row in one.rows:
            if not row.cells:
                yield f"   {row.title}: {row.note}"
                continue
            yield f"   {row.title}" + (f" ({row.note})" if row.note else "")
            yield "   " + "".join(f"{cell_text(row.cell(case)):>22}" for case in LOAD_CASES)
        yield from (f"   {sentence}" for sentence in one.sentences)
        yield f"   {one.limits[0]}"


def cell_text(cell: StrengthCell | None) -> str:
    """A ratio with its interval; with something put in, from friction alone to bonded."""
    if cell is None or cell.strength_ratio.value is None:
        return "none"
    found = cell.strength_ratio
    if cell.friction_ratio is not None and cell.friction_ratio.value is not None:
        low, high = sorted((cell.friction_ratio.value, found.value or 0.0))
        return f"{low:.0%} to {high:.0%}"
    if found.low == found.high or found.low is None or found.high is None:
        return f"{found.value:.0%}"
    return f"{found.value:.0%} ({found.low:.0%} to {found.high:.0%})"
