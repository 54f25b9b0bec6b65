"""What would change the reasons on a technique, in words: one line for each set of facts, most consequential first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from buttress.records.score import Assessment, Change

TURNS = {"gains": "adds", "loses": "takes away", "settles": "settles, without a reason added,"}


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """Facts that would have to be so, what is known of them now, and every verdict that turns with them."""

    supposed: str
    now: str
    effects: str
    rules: tuple[str, ...]


def change_lines(assessment: Assessment, technique: str) -> tuple[ChangeLine, ...]:
    """The changes of one technique, those of the same facts and values in one line."""
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Change]] = {}
    for change in assessment.changes:
        if change.technique == technique:
            groups.setdefault((change.facts, change.to), []).append(change)
    return tuple(_line(group) for group in groups.values())


def plain_label(label: str) -> str:
    """A fact's label without the choice of words that stands behind it in parentheses."""
    return label.partition(" (")[0]


def _line(group: list[Change]) -> ChangeLine:
    first = group[0]
    labels = tuple(map(plain_label, first.labels))
    return ChangeLine(
        supposed="; ".join(f"{label}: {to}" for label, to in zip(labels, first.to, strict=True)),
        now="; ".join(f"now {frm}" for frm in first.frm),
        effects="; ".join(_effects(group)),
        rules=tuple(change.rule for change in group),
    )


def _effects(group: list[Change]) -> Iterable[str]:
    for turn, verb in TURNS.items():
        told = [f"{change.effect} ({change.rule})" for change in group if change.turn == turn]
        if told:
            yield f"{verb} {', '.join(told)}"
