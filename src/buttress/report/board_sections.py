"""The board's own record: what was written down stands in print, and the rest is a field to fill in, as blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from buttress.records.board import Board, Member
from buttress.records.review import Review
from buttress.report.blocks import Blanks, Block, Cell, Table, Text
from buttress.report.fact_words import value_text
from buttress.report.words import joined, sentence, yes_no

BOARD_GATE = "MDT-01"
FIELDS = (
    ("attendance", "Attended (role, initials)", 2),
    ("decision", "Decision", 3),
    ("chosen_techniques", "Techniques chosen", 1),
    ("dissent", "Dissent and its reason", 3),
    ("follow_up", "Follow-up, and who does what", 2),
    ("date", "Day of the meeting", 1),
    ("signed_by", "Signed by", 1),
    ("signed_on", "Signed on", 1),
)
"""Field, words, lines of room where nothing is recorded: dissent gets as much as the decision."""


def board_blocks(review: Review) -> tuple[Block, ...]:
    """Whether it may be scheduled, what was recorded, what the rules say of the choice, and empty fields."""
    board = review.case.board
    rows = tuple((Cell(words, tone="strong"), cell) for _, words, cell in _recorded(review))
    known = {name for name, _, _ in _recorded(review)}
    blank = tuple((words, lines) for name, words, lines in FIELDS if name not in known)
    members = ", ".join(m.replace("_", " ") for m in board.members) or "none named"
    seen = "not recorded" if board.reviewed is None else yes_no(board.reviewed)
    blocks: list[Block] = [
        Text(Cell(f"Question: {board.question or 'none was put'}")),
        Text(Cell(f"Reviewed by a board: {seen}. Members: {members}.")),
        Text(schedule_line(review)),
    ]
    blocks += [Table("Recorded by the board", ("Field", "What was recorded"), (1.0, 3.4), rows)] if rows else []
    blocks += [Text(Cell(said, tone="bad")) for said in _against_the_choice(review)]
    blocks += [Blanks(blank)] if blank else []
    return tuple(blocks)


def schedule_line(review: Review) -> Cell:
    """Whether the gate before scheduling is open. A decision written down does not open it."""
    gates = [gate for one in review.assessments for gate in one.gates if gate.key == BOARD_GATE]
    closed = any(not gate.open for gate in gates) or (not gates and review.case.board.reviewed is not True)
    if not closed:
        return Cell(f"The board's review is recorded: the gate before scheduling ({BOARD_GATE}) is open.", tone="good")
    written = " A decision is written down, but it opens nothing." if review.case.board.decision else ""
    return Cell(
        f"Not ready to schedule: the board's review is not recorded as done (gate {BOARD_GATE} is closed).{written}",
        tone="bad",
    )


def absent_members(board: Board) -> tuple[str, ...]:
    """Those whom the paper names for the decision and who were not there, where attendance was recorded."""
    there = {one.role for one in board.attendance or ()}
    return tuple(m.replace("_", " ") for m in get_args(Member) if m not in there) if board.attendance else ()


def _recorded(review: Review) -> Iterator[tuple[str, str, Cell]]:
    board = review.case.board
    for name, words, _ in FIELDS:
        value = getattr(board, name)
        if value is None:
            continue
        if name == "dissent":
            told = joined((f"{d.role.replace('_', ' ')}: {d.reason}" for d in board.dissent or ()), "none")
            yield name, words, Cell(told, tone="strong")
        elif name == "attendance":
            absent = ", ".join(absent_members(board))
            note = f"not there, of those the paper names: {absent}" if absent else ""
            yield name, words, Cell(value_text(value), note)
        elif name == "chosen_techniques":
            yield name, words, Cell(joined((_title(key, review) for key in value), "none of them"), tone="strong")
        else:
            yield name, words, Cell(value_text(value), tone="strong" if name == "decision" else "")


def _title(key: str, review: Review) -> str:
    titles = {view.key: view.title for one in review.assessments for view in one.techniques}
    return titles.get(key, f"{key.replace('_', ' ')} (not a technique of this review)")


def _against_the_choice(review: Review) -> Iterator[str]:
    """Stops of the rules on what the board chose: the board may overrule them, and they stay visible."""
    chosen = review.case.board.chosen_techniques or ()
    for one in review.assessments:
        for view in one.techniques:
            stops = view.by_effect("BLOCK")
            if view.key in chosen and stops:
                told = joined(f"{stop.statement.rstrip('.')} ({stop.rule})" for stop in stops)
                yield sentence(f"A rule stops what was chosen, {view.title}, at {one.lesion_id}: {told}")
