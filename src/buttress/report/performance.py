"""How a score or tool did where it was tried: one small table beside its result, as blocks."""

from __future__ import annotations

from collections.abc import Sequence

from buttress.records.performance import Performance
from buttress.records.score import PrognosisView, Score
from buttress.report.bibliography import Citations
from buttress.report.blocks import Block, Cell, Table, Text
from buttress.report.words import joined

_COLUMNS = ("Event and cut", "Sens.", "Spec.", "PPV", "NPV", "Seen in")
_WIDTHS = (2.0, 0.6, 0.6, 0.6, 0.6, 3.0)


def performance_blocks(score: Score, cite: Citations) -> tuple[Block, ...]:
    """The table of what sources found, or the sentence that none was found; nothing where the score does not apply."""
    if score.applicable == "NO":
        return ()
    note = (Text(Cell(score.performance_note)),) if score.performance_note else ()
    if not score.performance:
        return note
    caption = f"{score.title}: how it did where it was tried"
    if any(share is not None for one in score.performance for share in _shares(one)):
        rows = tuple(_row(one, cite) for one in score.performance)
        return (Table(caption, _COLUMNS, _WIDTHS, rows), *note)
    rows = tuple((Cell(one.measure), Cell(one.figures), _seen_in(one, cite)) for one in score.performance)
    return (Table(caption, ("What", "Figures", "Seen in"), (1.4, 3.0, 3.0), rows), *note)


def prognosis_table(prognoses: Sequence[PrognosisView], cite: Citations) -> Table:
    """Survival estimates typed in from other tools, and what was published of those tools."""
    rows = tuple(
        (
            Cell(one.tool, note=one.note),
            Cell(one.result, note=one.where, tone="strong"),
            Cell(one.derived_from, cites=cite.of(*one.evidence)),
            _published(one.performance, cite),
        )
        for one in prognoses
    )
    columns = ("Tool", "Typed in", "Made from", "Published performance")
    return Table("Survival by other tools: typed in, not computed here", columns, (1.6, 1.6, 1.8, 2.4), rows)


def share_text(share: float | None) -> str:
    """A share as per cent with the digits of its source, or a dash."""
    return "–" if share is None else f"{100 * share:.3g} %"


def _row(one: Performance, cite: Citations) -> tuple[Cell, ...]:
    return (
        Cell(joined((one.measure, one.cut)), note=one.figures),
        *(Cell(share_text(share)) for share in _shares(one)),
        _seen_in(one, cite),
    )


def _shares(one: Performance) -> tuple[float | None, ...]:
    return one.sensitivity, one.specificity, one.ppv, one.npv


def _seen_in(one: Performance, cite: Citations) -> Cell:
    return Cell(_population(one), note=_ours(one), cites=cite.of(one.evidence))


def _population(one: Performance) -> str:
    return joined((f"n = {one.n}" if one.n else "n not told", one.population))


def _ours(one: Performance) -> str:
    if one.counts is None:
        return one.ours
    cells = one.counts
    told = f"TP {cells.true_positive}, FP {cells.false_positive}, FN {cells.false_negative}, TN {cells.true_negative}"
    return joined((told, one.ours))


def _published(rows: Sequence[Performance], cite: Citations) -> Cell:
    if not rows:
        return Cell("none read", tone="missing")
    text = joined(f"{one.measure}: {one.figures} ({_population(one)})" for one in rows)
    return Cell(text, cites=cite.of(*(one.evidence for one in rows)))
