"""Limits, provenance, codes: what ends every report."""

from __future__ import annotations

import hashlib
import json

from buttress.records.code import Code
from buttress.records.review import Review
from buttress.report.blocks import Block, Bullets, Cell, Table, Text
from buttress.report.words import joined, yes_no

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

NO_IMAGES = "The case came without images: nothing was measured, and no probe, zone or rigidity was drawn from them."
CODES = (2.6, 0.8, 1.2, 2.0)
FINGERPRINT = "of what was found and judged, without the time, the folder and the voxel files"


def limits(review: Review) -> Block:
    """What this report cannot know."""
    blind = () if review.case.images.ct else (Cell(NO_IMAGES, tone="strong"),)
    return Bullets("", (Cell(STAGES[review.stage], tone="strong"), *blind, *map(Cell, LIMITS)))


def provenance(review: Review) -> tuple[Block, ...]:
    """Hashes, version, parameters, credit and notes."""
    origin = review.provenance
    rows = [
        (Cell("Software"), Cell(f"{origin.software} {origin.version}")),
        (Cell("Rules and library, SHA-256"), Cell(origin.library_sha256)),
        (Cell("This review, SHA-256"), Cell(fingerprint(review), note=FINGERPRINT)),
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


def fingerprint(review: Review) -> str:
    """SHA-256 of the review's content: equal for two reports that say the same."""
    values = review.model_dump(mode="json", exclude={"case_folder", "voxels"})
    values["provenance"].pop("created")
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def codes(review: Review) -> Block:
    """What the review says, in the words of shared terminologies; concepts with the same codes share a line."""
    groups: dict[tuple[Code, ...], dict[str, None]] = {}
    for one in review.codes:
        groups.setdefault(one.codes, {})[f"{one.concept} ({one.note})" if one.note else one.concept] = None
    if not groups:
        return Text(Cell("This review holds no codes.", tone="missing"))
    rows: list[tuple[Cell, ...]] = []
    for shared, concepts in groups.items():
        rows += [
            (Cell(joined(concepts) if first else ""), Cell(code.scheme), Cell(code.value), Cell(code.meaning))
            for first, code in zip((True, *[False] * len(shared)), shared, strict=False)
        ]
    return Table("What the review says, in shared codes", ("Concept", "Scheme", "Code", "Meaning"), CODES, tuple(rows))
