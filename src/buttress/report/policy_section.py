"""What a site has decided otherwise than we did: a line on the first page, a table where the report came from."""

from __future__ import annotations

from buttress.library.default_uses import load_uses
from buttress.records.policy import PolicyChange, amount
from buttress.records.provenance import Provenance
from buttress.report.blocks import Block, Cell, Table, Text
from buttress.report.words import sentence

NOTHING = "nothing that differs from the library's own choices"
WIDTHS = (2.0, 0.9, 0.9, 1.5, 2.2)
COLUMNS = ("Our choice", "At this site", "Ours was", "The site's reason", "Used by")


def policy_lead(origin: Provenance) -> tuple[Block, ...]:
    """For the first page: under which policy the review was judged, and what it changes; nothing without one."""
    lines = []
    if origin.policy is not None:
        told = "; ".join(f"{change.label} {change.told}" for change in origin.policy.changes) or NOTHING
        lines.append(f'Judged under the site policy "{origin.policy.name}": {told}.')
    if origin.policy_note:
        lines.append(sentence(origin.policy_note))
    return tuple(Text(Cell(line, tone="warn")) for line in lines)


def policy_blocks(origin: Provenance) -> tuple[Block, ...]:
    """The policy in full: every changed choice, the file it came from by its hash; nothing without one."""
    policy = origin.policy
    blocks: list[Block] = []
    if policy is not None:
        rows = tuple(_row(change) for change in policy.changes)
        blocks += [Table(f"Site policy: {policy.name}", COLUMNS, WIDTHS, rows)] if rows else []
        blocks += [Text(Cell(f'Policy file of "{policy.name}", SHA-256: {policy.sha256}'))]
    if origin.policy_note:
        blocks += [Text(Cell(sentence(origin.policy_note), tone="warn"))]
    return tuple(blocks)


def _row(change: PolicyChange) -> tuple[Cell, ...]:
    uses = load_uses().get(change.key)
    return (
        Cell(change.label, note=change.key),
        Cell(amount(change.value, change.unit), tone="strong"),
        Cell(amount(change.ours, change.unit)),
        Cell(change.reason or "none given", tone="" if change.reason else "missing"),
        Cell(uses.in_words() if uses else "no rule of this version"),
    )
