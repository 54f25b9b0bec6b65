"""Considerations, gates, and where sources disagree, as blocks."""

from __future__ import annotations

from collections.abc import Sequence

from buttress.records.score import Assessment, Consideration, Disagreement, Gate
from buttress.report.bibliography import Citations
from buttress.report.blocks import Block, Bullets, Cell, Table, Text
from buttress.report.words import fact_text, joined, origin_words, sentence


def gates(assessment: Assessment, cite: Citations) -> Bullets:
    """Gates with their state."""
    items = tuple(_gate(gate, cite) for gate in assessment.gates)
    return Bullets("Gates", items or (Cell("No gate."),))


def consideration_blocks(one: Consideration, cite: Citations) -> tuple[Block, ...]:
    """One of the five considerations: known, missing, remarks."""
    rows = tuple(
        (Cell(f.label), Cell(fact_text(f), tone="strong"), Cell(origin_words(f.origin, f.where))) for f in one.known
    )
    title = f"{one.key} {one.title}"
    blocks: list[Block] = [
        Table(title, ("Known", "Value", "Where it came from"), (1.6, 1.8, 1.6), rows)
        if rows
        else Bullets(title, (Cell("Nothing is known.", tone="missing"),))
    ]
    if one.missing:
        blocks.append(Text(Cell("Missing:", note=sentence(joined(one.missing)), tone="ask")))
    blocks += [Bullets("", tuple(map(Cell, one.remarks)))] if one.remarks else []
    if one.evidence:
        blocks.append(Text(Cell("Source of the consideration:", cites=cite.of(*one.evidence))))
    return tuple(blocks)


def disagreement_blocks(found: Sequence[Disagreement], cite: Citations) -> tuple[Block, ...]:
    """Each disagreement that touches the case: what every side says, what is done with it here."""
    if not found:
        return (Text(Cell("This review records no disagreement between sources.", tone="missing")),)
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        rows.append((Cell(one.title, note=joined((one.key, one.touches)), tone="strong"),))
        rows += [(Cell(side.says), Cell("", cites=cite.of(side.evidence))) for side in one.positions]
        rows.append((Cell(f"Here: {one.handled}", tone="missing"), Cell("")))
    caption = "Both sides stand; the last line of each says what is done here"
    return (Table(caption, ("What is said", "By"), (3.4, 2.0), tuple(rows)),)


def _gate(gate: Gate, cite: Citations) -> Cell:
    state = "open" if gate.open else "closed"
    return Cell(
        f"Before {gate.before}: {state}.",
        note=gate.reason,
        tone="good" if gate.open else "bad",
        cites=cite.of(*gate.evidence),
    )
