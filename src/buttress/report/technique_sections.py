"""Every technique with every reason, what would change them, and the steps that follow if it is chosen: as blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from buttress.records.findings import LesionFindings
from buttress.records.score import Assessment, Effect, ProtocolStep, TechniqueView, Verdict
from buttress.report.bibliography import Citations
from buttress.report.blocks import Block, Bullets, Cell, Fold, Table, Text, Ticks, Tone
from buttress.report.change_words import ChangeLine, change_lines
from buttress.report.measured_sections import nearby
from buttress.report.words import ANSWERS, joined, sentence

ORDER: tuple[Effect, ...] = ("BLOCK", "FOR", "AGAINST", "CAUTION", "ASK")
TONES: dict[Effect, Tone] = {
    "FOR": "good",
    "AGAINST": "warn",
    "BLOCK": "bad",
    "CAUTION": "warn",
    "ASK": "ask",
    "INFO": "",
}
MOST_CHANGES = 3
"""How many of the facts that would turn a technique's reasons are shown; the review holds them all."""
SHARED_BY = 3
"""From so many techniques on, a remark that is the same for all stands once, after them."""
ALWAYS = "holds for every case"
PHASES: tuple[tuple[Literal["before", "during", "after"], str], ...] = (
    ("before", "Before"),
    ("during", "During"),
    ("after", "After"),
)
GROUPS = (("ablation", "every ablation"), ("fixation", "every fixation"))
PROTECTION = ("L-PRO", "L-TMP", "distances", "RFA-06", "RFA-02", "C5-a")
"""Rows of the notes that are about sparing what lies near, or keeping the current away."""


def technique_blocks(assessment: Assessment, cite: Citations) -> tuple[Block, ...]:
    """Every verdict of every technique: statement, the fact behind it, source; remarks folded; what would change it."""
    shared = _shared(assessment)
    blocks: list[Block] = [Text(Cell("The order is the library's, the same for every case: it ranks nothing."))]
    for view in assessment.techniques:
        blocks += _technique(view, assessment, shared, cite)
    if shared:
        items = tuple(_remark(verdict, cite, joined(titles)) for verdict, titles in shared.values())
        blocks.append(Fold("Known of several techniques", items))
    return tuple(blocks)


def step_blocks(steps: Sequence[ProtocolStep], assessment: Assessment, cite: Citations) -> tuple[Block, ...]:
    """A checklist of the steps that the rules imply, to be ticked: before, during, after."""
    if not steps:
        return (Text(Cell("This review holds no steps.", tone="missing")),)
    said = "Steps that published rules and reports imply, for the technique that the board chooses; not an order. "
    blocks: list[Block] = [Text(Cell(said + "A step in blue hangs on a fact that is not known."))]
    for phase, title in PHASES:
        items = tuple(_step(step, assessment, cite) for step in steps if step.phase == phase)
        blocks += [Ticks(title, items)] if items else []
    return tuple(blocks)


def nearby_blocks(found: LesionFindings, steps: Sequence[ProtocolStep]) -> tuple[Block, ...]:
    """Distances, and how what lies near would be protected; sources and conditions stand with the steps."""
    actions = tuple(Cell(step.action, note=step.phase) for step in steps if is_protection(step))
    none = Cell("This review holds no step that protects them.", tone="missing")
    return nearby(found), Bullets("Protection, if a technique is chosen that needs it", actions or (none,))


def is_protection(step: ProtocolStep) -> bool:
    """Whether a step spares something that lies near."""
    return any(rule.startswith(PROTECTION) for rule in step.rules)


def background(assessment: Assessment, cite: Citations) -> Block | None:
    """Rules that hold for every case; what the considerations told already is not told again."""
    told = " ".join(remark for one in assessment.considerations for remark in one.remarks)
    held = [verdict for verdict in assessment.background if verdict.effect == "INFO" or verdict.statement not in told]
    if not held:
        return None
    return Bullets(
        "Background that holds for every case",
        tuple(Cell(v.statement, note=joined((v.rule, v.because)), cites=cite.of(*v.evidence)) for v in held),
    )


Shared = dict[tuple[str, str, str], tuple[Verdict, list[str]]]


def _shared(assessment: Assessment) -> Shared:
    """Remarks that several techniques share, with the titles of those techniques."""
    told = [(_key(v), v, view.title) for view in assessment.techniques for v in view.by_effect("INFO")]
    often = Counter(key for key, _, _ in told)
    found: Shared = {}
    for key, verdict, title in told:
        if often[key] >= SHARED_BY:
            found.setdefault(key, (verdict, []))[1].append(title)
    return found


def _key(verdict: Verdict) -> tuple[str, str, str]:
    return verdict.rule, verdict.statement, verdict.because


def _technique(view: TechniqueView, assessment: Assessment, shared: Shared, cite: Citations) -> Iterator[Block]:
    kind = joined((view.group, view.label))
    title = f"{view.title} ({kind})"
    rows = tuple(_verdict(verdict, cite) for effect in ORDER for verdict in view.by_effect(effect))
    if rows:
        yield Table(title, ("Effect", "Statement", "Because", "Rule, source"), (0.62, 2.3, 1.7, 2.2), rows)
    else:
        yield Bullets(title, (Cell("No rule speaks for or against it.", tone="missing"),))
    known = tuple(_remark(v, cite) for v in view.by_effect("INFO") if _key(v) not in shared)
    if known:
        yield Fold(f"Known of this technique ({len(known)})", known)
    lines = tuple(_change(line) for line in change_lines(assessment, view.key)[:MOST_CHANGES])
    if lines:
        yield Bullets(f"What would change this for {view.title}", lines)


def _verdict(verdict: Verdict, cite: Citations) -> tuple[Cell, ...]:
    is_ask = verdict.effect == "ASK"
    said_already = is_ask and verdict.statement.startswith(verdict.asks)
    asks = f"Ask: {joined(verdict.asks)}" if verdict.asks and not said_already else ""
    answer = "" if is_ask or verdict.answer == "YES" else f"answer: {ANSWERS[verdict.answer][0]}"
    return (
        Cell(verdict.effect, tone=TONES[verdict.effect]),
        Cell(verdict.statement, note=asks),
        Cell(verdict.because, note=answer),
        Cell("" if is_ask else verdict.rule, note=verdict.grade, cites=cite.of(*verdict.evidence)),
    )


def _remark(verdict: Verdict, cite: Citations, titles: str = "") -> Cell:
    because = "" if verdict.because == ALWAYS else verdict.because
    named = f"for: {titles}" if titles else ""
    return Cell(
        verdict.statement, note=joined((verdict.rule, verdict.grade, because, named)), cites=cite.of(*verdict.evidence)
    )


def _change(line: ChangeLine) -> Cell:
    return Cell(f"If {line.supposed}: {sentence(line.effects)}", note=line.now)


def _step(step: ProtocolStep, assessment: Assessment, cite: Citations) -> Cell:
    asks = f"needed or not hangs on: {joined(step.asks)}" if step.answer == "CANNOT_TELL" else ""
    ours = f"ours: {step.ours}" if step.ours else ""
    note = joined((f"for {_named(step, assessment)}", step.because, asks, ours, ", ".join(step.rules)))
    tone: Tone = "ask" if step.answer == "CANNOT_TELL" else "strong"
    return Cell(step.action, note=note, tone=tone, cites=cite.of(*step.evidence))


def _named(step: ProtocolStep, assessment: Assessment) -> str:
    """The techniques of a step: in a word where it belongs to all, to all through the skin, or to a whole group."""
    views, left, names = assessment.techniques, dict.fromkeys(step.techniques), []
    if {view.key for view in views} <= left.keys():
        return "every technique"
    wholes = [("every technique through the skin", [v.key for v in views if v.group != "comparator"])]
    wholes += [(words, [v.key for v in views if v.group == group]) for group, words in GROUPS]
    for words, keys in wholes:
        if len(keys) > 1 and set(keys) <= left.keys():
            names.append(words)
            left = {key: None for key in left if key not in keys}
    titles = {view.key: view.title for view in views}
    return joined((*names, *(titles.get(key, key.replace("_", " ")) for key in left)))
