"""The generated references of all protocol steps and all disagreements, for ``tools/build_docs.py``."""

from __future__ import annotations

from buttress.evidence.source import Evidence
from buttress.library.load_defaults import shelf_defaults
from buttress.library.load_disagreements import DisagreementRow, load_disagreements, load_settled_slips
from buttress.library.load_protocol import StepRow, load_protocol
from buttress.library.rule_words import condition_in_words, techniques_in_words

STEPS_HEAD = """# All protocol steps

What published rules and reports imply if a technique is chosen, as it stands in `src/buttress/library/protocol.toml`: a
checklist, not an order. A step is left out where its question is answered NO; where a fact is missing it is listed and
asks. Every step names the rules that imply it ([rules.md](rules.md)) or a gate. That most of them are *done* is our
reading (`ours`): the sources mostly tell what was done.
"""
DISAGREEMENTS_HEAD = """# All disagreements

Where sources contradict each other, or themselves, as it stands in `src/buttress/library/disagreements.toml`. A review
shows those that touch its case, or may: their question is not answered NO.
"""


def steps_page(made: str) -> str:
    """Every step, by phase; ``made`` is the comment that says where the page comes from."""
    rows = load_protocol().values()
    lines = [made, STEPS_HEAD, f"{len(rows)} steps.", ""]
    for phase in ("before", "during", "after"):
        lines += [f"## {phase.capitalize()}", ""]
        lines += [line for row in rows if row.phase == phase for line in step_lines(row)]
    return "\n".join(lines)


def disagreements_page(made: str) -> str:
    """Every disagreement, then what is left out and why."""
    lines = [made, DISAGREEMENTS_HEAD]
    lines += [line for row in load_disagreements().values() for line in disagreement_lines(row)]
    lines += ["## Left out", "", *(f"- **{row}**: {why}." for row, why in load_settled_slips().items())]
    return "\n".join(lines) + "\n"


def step_lines(row: StepRow) -> list[str]:
    """One step: the action first, then for what, when and from where."""
    told = {
        "for": techniques_in_words(row.techniques),
        "when": condition_in_words(row.when),
        "rules": ", ".join(row.rules),
        "source": "; ".join(map(place_of, row.evidence)),
        "ours": row.ours,
    }
    return [
        f"### {row.key}",
        "",
        shelf_defaults().fill(row.action),
        "",
        *(f"- {name}: {text}" for name, text in told.items() if text),
        "",
    ]


def disagreement_lines(row: DisagreementRow) -> list[str]:
    """One disagreement: every side with its source, then what is done with it."""
    sides = (f"- {position.says} ({place_of(position.evidence)})" for position in row.positions)
    told = (f"- touches a case when: {condition_in_words(row.when)}", f"- rows of the notes: {', '.join(row.rows)}")
    return [f"## {row.title}", "", *sides, "", f"Handled: {row.handled}", "", *told, ""]


def place_of(evidence: Evidence) -> str:
    """Source, place, and any doubt."""
    told = f"`{evidence.source}`, {evidence.place}"
    return f"{told}; {evidence.note}" if evidence.note else told
