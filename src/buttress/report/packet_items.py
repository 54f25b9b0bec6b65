"""The fifteen items of a packet for the tumour board: where each stands in the report, and what it still lacks.

The list is ours, from the five considerations of ahmed2019, from boast2022, and from what boards complain of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from buttress.records.case import Case
from buttress.records.review import Review
from buttress.report.blocks import Cell, Link, Table, Tone
from buttress.report.fact_words import fields, label, plain
from buttress.report.technique_sections import is_protection
from buttress.report.words import joined

State = Literal["complete", "partly", "missing"]
BLOOD = (
    "platelets_e9_per_l", "inr", "calcium_mg_per_dl", "albumin_g_per_dl", "crp_mg_per_dl", "ldh_iu_per_l",
    "bilirubin_mg_per_dl", "anticoagulants", "implants", "pacemaker", "allergies", "infection",
)  # fmt: skip
MEASURES = (
    "longest_diameter_mm", "width_fraction", "axial_cortical_involvement_mm",
    "circumferential_cortical_involvement_fraction", "cortical_breach", "soft_tissue_extension_ml",
)  # fmt: skip
TONES: dict[State, Tone] = {"complete": "good", "partly": "ask", "missing": "bad"}


@dataclass(frozen=True, slots=True)
class Held:
    """What a review holds of an item: how many of its parts, and the names of those it lacks."""

    parts: int
    missing: tuple[str, ...]

    @property
    def state(self) -> State:
        """Complete without a gap; missing where nothing is there."""
        return "complete" if not self.missing else "partly" if self.parts else "missing"


@dataclass(frozen=True, slots=True)
class PacketItem:
    """One item: its number and title, the sections where it stands, and the question what it lacks.

    ``sections`` are anchors of sections of the case; with a star they stand once for each lesion.
    """

    number: int
    title: str
    sections: tuple[str, ...]
    held: Callable[[Review], Held]


def items_table(review: Review, titles: dict[str, str]) -> Table:
    """Every item with its place and state; ``titles`` are those of the report's sections, by anchor."""
    rows = tuple(
        (
            Cell(str(item.number)),
            Cell(item.title),
            Cell("", links=tuple(_links(item, review, titles))),
            _state(item, review),
        )
        for item in ITEMS
    )
    columns = ("", "Item", "Where it stands", "State")
    return Table("The fifteen items of a packet for the board", columns, (0.25, 2.2, 2.2, 3.0), rows)


def sections_of(item: PacketItem, case: Case) -> tuple[tuple[str, str], ...]:
    """Anchors of the sections where an item stands, in a report of this case, each with its lesion ("" for none)."""
    found: list[tuple[str, str]] = []
    for name in item.sections:
        if name.startswith("*"):
            found += [(f"sec-{lesion.id}-{name[1:]}", lesion.id) for lesion in case.lesions]
        else:
            found.append((f"sec-{name}", ""))
    return tuple(found)


def _links(item: PacketItem, review: Review, titles: dict[str, str]) -> Iterator[Link]:
    several = len(review.case.lesions) > 1
    for anchor, lesion in sections_of(item, review.case):
        yield Link(anchor, f"{titles[anchor]} ({lesion})" if several and lesion else titles[anchor])


def _state(item: PacketItem, review: Review) -> Cell:
    held = item.held(review)
    return Cell(held.state, note=joined(held.missing), tone=TONES[held.state])


def _held(parts: Iterable[tuple[str, object]]) -> Held:
    """Parts that are known, and names of those whose value is ``None`` or false."""
    told = list(parts)
    missing = tuple(dict.fromkeys(plain(name) for name, value in told if value is None or value is False))
    return Held(sum(value is not None and value is not False for _, value in told), missing)


def _known(names: Iterable[str], part: Iterable[tuple[str, object]]) -> Iterator[tuple[str, object]]:
    """Whether each named field is known; a fact that is known to be false is known."""
    return ((name, value is not None) for name, value in fields(part, tuple(names)))


def _of_lesions(review: Review, parts: Callable[[int], Iterable[tuple[str, object]]]) -> Iterator[tuple[str, object]]:
    """Parts of every lesion, the lesion named where there are several."""
    lesions = review.case.lesions
    for number, lesion in enumerate(lesions):
        for name, value in parts(number):
            yield (f"{lesion.id}: {name}" if len(lesions) > 1 else name), value


def _identity(review: Review) -> Held:
    case = review.case
    named = case.patient.pseudonym != "anonymous"
    return _held([("a pseudonym", named), ("the question", case.board.question), ("urgency", case.board.urgency)])


def _diagnosis(review: Review) -> Held:
    names = ("primary", "histology_proven", "staging", "n_metastases")
    return _held([*_known(names, review.case.patient), ("the sarcoma gate (not judged)", bool(review.assessments))])


def _considerations(review: Review) -> Held:
    case = review.case
    if not review.assessments:
        return Held(0, ("the five considerations (not judged)",))
    viewed = [c for one in review.assessments for c in one.considerations]
    lacking = tuple(f"{c.key}: {len(c.missing)} named there" for c in viewed if c.missing)
    origin = _held([("what the facts were taken from", case.facts_from), ("their day", case.facts_on)])
    return Held(sum(len(c.known) for c in viewed), lacking + origin.missing)


def _function(review: Review) -> Held:
    case = review.case
    pain = _of_lesions(review, lambda n: _known(("pain_nrs", "opioid_mg_per_day"), case.lesions[n]))
    status = case.patient.ecog is not None or case.patient.kps is not None
    return _held([*pain, ("ECOG or Karnofsky", status), *_known(("ambulation",), case.patient)])


def _blood(review: Review) -> Held:
    return _held(_known(BLOOD, review.case.patient))


def _images(review: Review) -> Held:
    found = review.findings.lesions
    measured = _of_lesions(review, lambda n: [(label(name), _has(found[n], name)) for name in MEASURES])
    intervals = _of_lesions(review, lambda n: [("an interval of the measures", _has_interval(found[n]))])
    return _held([*_known(("modality", "date", "whole_bone_films"), review.case.images), *measured, *intervals])


def _has(found: object, name: str) -> bool:
    one = getattr(found, name)
    return bool(one.value is not None or one.status == "not_applicable")


def _has_interval(found: object) -> bool:
    return any(getattr(getattr(found, name), "low", None) is not None for name in MEASURES)


def _scores(review: Review) -> Held:
    if not review.assessments:
        return Held(0, ("the scores (not judged)",))
    shown = [s for one in review.assessments for s in one.scores if s.subject == "bone" and s.applicable != "NO"]
    gaps = tuple(dict.fromkeys(f"{s.title}: {joined(map(plain, s.missing))}" for s in shown if s.missing))
    unsure = tuple(dict.fromkeys(f"{s.title}: {s.reason}" for s in shown if s.applicable == "CANNOT_TELL"))
    return Held(1, gaps + unsure)


def _prognosis(review: Review) -> Held:
    case = review.case
    ranges = [s for one in review.assessments for s in one.scores if s.subject == "prognosis" and s.low is not None]
    open_ = tuple(dict.fromkeys(f"{s.title} lacks facts named there" for s in ranges if s.missing))
    typed = bool(case.patient.life_expectancy or case.prognosis)
    absent = () if typed else ("a life expectancy or an estimate of a survival tool",)
    return Held(len(ranges) + typed, absent + open_)


def _techniques(review: Review) -> Held:
    if not review.assessments:
        return Held(0, ("the table of techniques (not judged)",))
    groups = {view.group for one in review.assessments for view in one.techniques}
    lacking = () if "comparator" in groups else ("the rows of radiotherapy and surgery",)
    asks = {ask for one in review.assessments for view in one.techniques for v in view.verdicts for ask in v.asks}
    return Held(1, lacking + ((f"{len(asks)} facts that rules ask for, named there",) if asks else ()))


def _neighbours(review: Review) -> Held:
    found = review.findings.lesions
    distances = _of_lesions(
        review, lambda n: [(f"distance to {c.name}", c.distance_mm.value is not None) for c in found[n].nearby]
    )
    named = _of_lesions(review, lambda n: [("structures nearby", bool(found[n].nearby))])
    plan = any(is_protection(step) for one in review.assessments for step in one.steps)
    return _held([*named, *distances, ("steps that protect them", plan)])


def _sketch(review: Review) -> Held:
    drawn = [plan for plan in review.plans if plan.ablation or plan.fills or plan.fixations]
    if not drawn:
        return Held(0, ("a candidate with a trajectory: none without images, or none was planned",))
    return Held(1, tuple(dict.fromkeys(name for plan in drawn for name in plan.not_computed)))


def _disagreements(review: Review) -> Held:
    found = any(one.disagreements for one in review.assessments)
    return Held(int(found), () if found else ("no disagreement is recorded in this review",))


def _preference(review: Review) -> Held:
    return _held([("what the patient wants", review.case.patient.preference)])


def _board(review: Review) -> Held:
    board = review.case.board
    names = ("attendance", "decision", "dissent", "follow_up", "signed_by", "signed_on")
    return _held([(label(name).lower(), getattr(board, name) is not None) for name in names])


def _origin(review: Review) -> Held:
    origin = review.provenance
    return _held([("software version", origin.version), ("rule version", origin.library_sha256), ("audit hash", True)])


ITEMS = (
    PacketItem(1, "Identity under a pseudonym, question, urgency", ("identity",), _identity),
    PacketItem(2, "Diagnosis, tissue proof, staging, metastases, sarcoma gate", ("diagnosis", "*gates"), _diagnosis),
    PacketItem(3, "The five considerations, with source and date", ("*considerations",), _considerations),
    PacketItem(4, "Pain, opioids, performance status, walking", ("function",), _function),
    PacketItem(5, "Blood, anticoagulants, implants, allergies, infection", ("blood",), _blood),
    PacketItem(6, "Images, measures and their uncertainty", ("images", "*measures"), _images),
    PacketItem(7, "Scores with components, bands, gaps, applicability", ("*scores",), _scores),
    PacketItem(8, "Prognosis: range, tool, population", ("*survival",), _prognosis),
    PacketItem(9, "Every technique, for and against; radiotherapy, surgery", ("*techniques",), _techniques),
    PacketItem(10, "Structures nearby: distances and protection", ("*nearby", "*steps"), _neighbours),
    PacketItem(11, "Sketch of the candidate: not a prescription", ("*candidates",), _sketch),
    PacketItem(12, "Disagreements between sources", ("*disagreements",), _disagreements),
    PacketItem(13, "What the patient wants", ("wish",), _preference),
    PacketItem(14, "Attendance, decision, dissent, follow-up", ("board",), _board),
    PacketItem(15, "Software version, rule version, audit hash", ("origin",), _origin),
)
