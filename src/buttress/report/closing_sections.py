"""Limits, the board's own fields, provenance: what ends every report."""

from __future__ import annotations

from buttress.records.review import Review
from buttress.report.blocks import Blanks, Block, Bullets, Cell, Table, Text
from buttress.report.words import yes_no

LIMITS = (
    "Measured numbers depend on the masks: their intervals say how much under the stated uncertainty, not how far a "
    "wrong mask would lead.",
    "Published zones were measured in the stated medium. They are drawn, not simulated for this patient: blood flow, "
    "bone and ports are not in them.",
    "Rigidity is beam theory without a check against fractures at this site; it is no prediction of fracture.",
    "Scores carry the population they were derived in. Where a score does not apply, its result stands in brackets.",
    "Rules list published reasons. Counting them does not weigh them, and nothing here ranks one technique first.",
)
STAGES = {
    "measured": "Judging and planning were not run: this report holds measurements only.",
    "assessed": "Planning was not run: this report holds no candidate, no zone and no rigidity.",
    "planned": "All stages were run.",
}
BOARD_FIELDS = (
    ("Attended", 1),
    ("Decision", 3),
    ("Dissent and its reason", 2),
    ("Follow-up, and who does what", 2),
    ("Name, date, signature", 1),
)


def limits(review: Review) -> Block:
    """What this report cannot know."""
    return Bullets("", (Cell(STAGES[review.stage], tone="strong"), *map(Cell, LIMITS)))


def board_fields(review: Review) -> tuple[Block, ...]:
    """The question, what was recorded before, and empty fields."""
    board = review.case.board
    members = ", ".join(m.replace("_", " ") for m in board.members) or "none named"
    seen = "not recorded" if board.reviewed is None else yes_no(board.reviewed)
    return (
        Text(Cell(f"Question: {board.question or 'none was put'}")),
        Text(Cell(f"Reviewed by a board: {seen}. Members: {members}.")),
        Blanks(BOARD_FIELDS),
    )


def provenance(review: Review) -> tuple[Block, ...]:
    """Hashes, version, parameters, credit and notes."""
    origin = review.provenance
    rows = [
        (Cell("Software"), Cell(f"{origin.software} {origin.version}")),
        (Cell("Library, SHA-256"), Cell(origin.library_sha256)),
        *((Cell(f"Input: {i.role}"), Cell(i.sha256, note=i.path)) for i in origin.inputs),
        *((Cell(f"Voxels: {v.role}"), Cell(v.sha256, note=v.file)) for v in review.voxels),
        *(
            (Cell(name.replace("_", " ")), Cell(yes_no(value), note="parameter"))
            for name, value in origin.parameters.items()
        ),
    ]
    if origin.created is not None:
        rows.append((Cell("Made"), Cell(origin.created.isoformat())))
    credit = review.case.images.credit
    blocks: list[Block] = [Table("Provenance", ("What", "Value"), (1, 3.6), tuple(rows))]
    blocks.append(Text(Cell(f"Images: {credit}" if credit else "Images: no credit was given.")))
    notes = (*review.case.notes, *review.findings.image_notes)
    if notes:
        blocks.append(Bullets("Notes of the case and of the image reader", tuple(map(Cell, notes))))
    return tuple(blocks)
