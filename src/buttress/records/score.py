"""Judgements: facts with their origin, rules and their answers, scores as intervals, techniques with reasons."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from buttress.evidence.source import Evidence
from buttress.records.document import Document
from buttress.records.performance import Performance

Answer = Literal["YES", "NO", "CANNOT_TELL"]
Effect = Literal["FOR", "AGAINST", "BLOCK", "CAUTION", "INFO", "ASK"]
Origin = Literal["measured", "given", "derived", "unknown"]


class Fact(Document):
    """One fact that rules may ask about: its value, where it came from, and how to ask for it when it is missing.

    ``low`` and ``high`` bound a measured number: a rule whose threshold lies between them answers CANNOT_TELL.
    """

    name: str
    label: str
    value: float | bool | str | tuple[str, ...] | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    origin: Origin = "unknown"
    where: str = ""


class ScoreItem(Document):
    """One component of a score: the fact behind it and the points it can bring."""

    name: str
    label: str
    finding: str = Field(description="the fact in words, or what is missing")
    low: int
    high: int
    origin: Origin
    where: str = ""
    note: str = ""


class Band(Document):
    """A stretch of a score and what a source says of it."""

    label: str
    low: int
    high: int
    risk: str = ""
    advice: str = ""
    evidence: tuple[Evidence, ...] = ()


class Criterion(Document):
    """One line of a checklist: met, not met, or cannot tell."""

    label: str
    answer: Answer
    finding: str
    origin: Origin
    where: str = ""
    risk: str = ""
    evidence: Evidence


class Score(Document):
    """A published score of one lesion, as an interval where facts are missing.

    ``applicable`` NO comes with ``reason``; the items may still be filled ("hypothetical"). Additive scores use
    ``items``, ``low``, ``high`` and ``bands``; checklists use ``criteria``; classifications use ``groups`` (all that
    remain possible).
    """

    key: str
    title: str
    applicable: Answer
    reason: str = ""
    low: int | None = None
    high: int | None = None
    out_of: int | None = None
    items: tuple[ScoreItem, ...] = ()
    bands: tuple[Band, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    groups: tuple[str, ...] = ()
    summary: str = Field(description="the result in one sentence")
    missing: tuple[str, ...] = Field((), description="labels of the facts that would narrow the result")
    caveats: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    subject: Literal["bone", "prognosis"] = Field("bone", description="a score of prognosis is never a blocking gap")
    performance: tuple[Performance, ...] = Field((), description="how it did where it was tried")
    performance_note: str = ""


class Verdict(Document):
    """What a rule says of a technique for this patient, and because of which fact."""

    rule: str
    technique: str
    effect: Effect
    answer: Answer
    statement: str
    because: str
    asks: tuple[str, ...] = Field((), description="labels of missing facts, for ASK")
    grade: str = ""
    evidence: tuple[Evidence, ...]


class TechniqueView(Document):
    """One technique with everything said for and against it. Never a recommendation."""

    key: str
    title: str
    group: Literal["ablation", "cement", "fixation", "combination", "comparator"]
    label: str = Field("", description="for example: more experimental")
    verdicts: tuple[Verdict, ...] = ()

    def by_effect(self, effect: Effect) -> tuple[Verdict, ...]:
        """Verdicts of one effect, in rule order."""
        return tuple(v for v in self.verdicts if v.effect == effect)


class PrognosisView(Document):
    """A survival estimate typed in from another tool, beside what was published of that tool. Never computed here."""

    tool: str
    result: str = Field(description="the typed result in words")
    where: str = Field("", description="who ran it, which version, when")
    derived_from: str = Field("", description="the population the tool was made from")
    performance: tuple[Performance, ...] = ()
    note: str = ""
    evidence: tuple[Evidence, ...] = ()


class Consideration(Document):
    """One of the paper's five considerations: what is known, what is missing, what follows."""

    key: Literal["C1", "C2", "C3", "C4", "C5"]
    title: str
    known: tuple[Fact, ...]
    missing: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...]
    prognoses: tuple[PrognosisView, ...] = Field((), description="typed in; only with C3")


class Gate(Document):
    """Something that must be recorded before the named step; it never stops planning."""

    key: str
    before: str
    open: bool
    reason: str
    evidence: tuple[Evidence, ...]


class Change(Document):
    """What would turn the rules on a technique: facts that, having another value or becoming known, do so together.

    ``turn`` says whether the technique then gains or loses a verdict of ``effect`` by ``rule``; ``settles`` means that
    a question is answered and the rule has nothing to say.
    """

    technique: str
    facts: tuple[str, ...]
    labels: tuple[str, ...]
    frm: tuple[str, ...] = Field(description="what is known now, in words, one for each fact")
    to: tuple[str, ...] = Field(description="what would have to be so, in words, one for each fact")
    turn: Literal["gains", "loses", "settles"]
    effect: Effect
    rule: str


class SummaryLine(Document):
    """One of the eight quantities that a board reads first: what is known of it in a few words, and what is missing."""

    key: Literal["prior", "fitness", "intention", "matrix", "cortex", "load", "fracture_risk", "neighbours"]
    title: str
    consideration: Literal["C1", "C2", "C3", "C4", "C5"]
    value: str = Field(description="in a few words; empty where nothing is known")
    origins: tuple[Origin, ...] = ()
    missing: tuple[str, ...] = ()


class ProtocolStep(Document):
    """A step that the rules imply if a technique is chosen: what, when, because of what. A checklist, not an order."""

    key: str
    phase: Literal["before", "during", "after"]
    techniques: tuple[str, ...] = Field(description="keys of the techniques it belongs to")
    action: str
    because: str = Field(description="this patient's fact; or why it holds for all")
    answer: Answer = Field("YES", description="CANNOT_TELL: whether it is needed hangs on ``asks``")
    asks: tuple[str, ...] = ()
    rules: tuple[str, ...] = Field((), description="ids of the rules that imply it")
    ours: str = ""
    evidence: tuple[Evidence, ...]


class Position(Document):
    """What one side of a disagreement says."""

    says: str
    evidence: Evidence


class Disagreement(Document):
    """Sources that contradict each other, or themselves, on something that touches this case: both are shown."""

    key: str
    title: str
    positions: tuple[Position, ...]
    handled: str = Field(description="what buttress does with it")
    touches: str = Field("", description="the patient's fact or score that it touches")


class Assessment(Document):
    """The judgement of one lesion: considerations, scores, techniques, gates, and what to ask."""

    lesion_id: str
    summary: tuple[SummaryLine, ...] = Field((), description="the eight quantities a board reads first")
    considerations: tuple[Consideration, ...]
    scores: tuple[Score, ...]
    techniques: tuple[TechniqueView, ...]
    gates: tuple[Gate, ...] = ()
    steps: tuple[ProtocolStep, ...] = Field((), description="what the rules imply for each technique, if it is chosen")
    disagreements: tuple[Disagreement, ...] = ()
    background: tuple[Verdict, ...] = Field((), description="INFO rules that hold for every case")
    changes: tuple[Change, ...] = Field(
        (), description="what would turn a verdict, for each technique the most consequential first"
    )
    blocking_gaps: tuple[str, ...] = Field(
        (), description="missing facts that leave a stop undecided or a score across its bands"
    )
