"""A review in plain presentable blocks: the one preparation that page and PDF share, so they cannot disagree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from buttress.evidence.source import Source
from buttress.records.case import Lesion
from buttress.records.findings import LesionFindings
from buttress.records.plan import Plan
from buttress.records.review import Appraisal, Review
from buttress.records.score import Assessment
from buttress.records.strength import Rigidity
from buttress.records.zone import AblationZone
from buttress.report import closing_sections as closing
from buttress.report import judged_sections as judged
from buttress.report import measured_sections as measured
from buttress.report import planned_sections as planned
from buttress.report.bibliography import Citations, bibliography_of
from buttress.report.blocks import Block, Bullets, Cell, Figures, FrontLesion, Outline, Reference, Section, Text
from buttress.report.picture import Picture

KEY_PICTURES = (("along-probe", "scene"), ("coronal", "scene"))
NOT_RUN = Cell("Not run in this review.", tone="missing")


@dataclass(frozen=True, slots=True)
class LesionPart:
    """Everything a review says of one lesion."""

    lesion: Lesion
    found: LesionFindings
    assessment: Assessment | None
    plans: tuple[Plan, ...]
    zones: dict[str, AblationZone]
    appraisals: dict[str, Appraisal]
    rigidity: Rigidity | None
    pictures: tuple[str, ...]


def outline(review: Review, pictures: Sequence[Picture]) -> Outline:
    """The whole report in words. Raises ``ButtressError`` when the review cites a source nobody knows."""
    sources = bibliography_of(review)
    cite = Citations(sources)
    parts = [_part(review, lesion, pictures) for lesion in review.case.lesions]
    patient = review.case.patient
    return Outline(
        title=review.case.title or f"Case {review.case.id}",
        case_id=review.case.id,
        pseudonym=patient.pseudonym,
        notice=review.notice,
        stage=review.stage,
        question=review.case.board.question or "No question was put to the board.",
        lead=(Text(Cell(measured.facts_of(patient) or "No facts of the patient were given.")),),
        front=tuple(_front(part, cite) for part in parts),
        sections=tuple(_sections(review, parts, cite)),
        references=tuple(_reference(n, source) for n, source in enumerate(sources, 1)),
        software=f"{review.provenance.software} {review.provenance.version}",
    )


def _part(review: Review, lesion: Lesion, pictures: Sequence[Picture]) -> LesionPart:
    plans = tuple(plan for plan in review.plans if plan.lesion_id == lesion.id)
    return LesionPart(
        lesion=lesion,
        found=next(f for f in review.findings.lesions if f.lesion_id == lesion.id),
        assessment=next((a for a in review.assessments if a.lesion_id == lesion.id), None),
        plans=plans,
        zones={z.plan_id: z for z in review.zones},
        appraisals={a.plan_id: a for a in review.appraisals},
        rigidity=next((r for r in review.rigidities if r.lesion_id == lesion.id), None),
        pictures=tuple(p.key for p in pictures if p.lesion_id == lesion.id),
    )


def _front(part: LesionPart, cite: Citations) -> FrontLesion:
    """The first page's share of one lesion: one minute's reading."""
    judgement = part.assessment
    below: list[Block] = [Text(Cell(note, tone="missing")) for note in part.found.notes[:2]]
    if judgement is not None:
        below += [judged.scores_short(judgement, cite), judged.techniques_short(judgement)]
    items = tuple(planned.candidate_line(plan, part.zones.get(plan.id)) for plan in part.plans)
    below.append(
        Bullets(
            "Candidate" if len(items) < 2 else "Candidates",
            items or (Cell("No candidate in this review.", tone="missing"),),
        )
    )
    if judgement is not None:
        below += [judged.missing_short(judgement), judged.gates_short(judgement)]
    return FrontLesion(
        heading=_heading(part),
        pictures=_key_pictures(part),
        beside=(measured.key_numbers(part.found, planned.rigidity_rows(part.rigidity)),),
        below=tuple(below),
    )


def _key_pictures(part: LesionPart) -> tuple[str, ...]:
    for pair in KEY_PICTURES:
        keys = tuple(f"{part.lesion.id}-{name}" for name in pair)
        if all(key in part.pictures for key in keys):
            return keys
    return ()


def _heading(part: LesionPart) -> str:
    return f"Lesion {part.lesion.id}: {measured.lesion_heading(part.lesion)}"


def _sections(review: Review, parts: Sequence[LesionPart], cite: Citations) -> Iterator[Section]:
    yield Section("The case", 2, _case_blocks(review))
    for part in parts:
        yield Section(_heading(part), 2, (measured.lesion_table(part.lesion),))
        yield from _lesion_sections(part, cite)
    yield Section("Limits of this report", 2, (closing.limits(review),))
    yield Section("Decision of the board", 2, closing.board_fields(review))
    yield Section("Where this report came from", 2, closing.provenance(review))


def _case_blocks(review: Review) -> tuple[Block, ...]:
    unknown = measured.unknown_facts(review.case)
    return (measured.patient_table(review.case), *((unknown,) if unknown else ()))


def _lesion_sections(part: LesionPart, cite: Citations) -> Iterator[Section]:
    pictures: tuple[Block, ...] = (Text(Cell("No pictures: no images, or no mask of this lesion.", tone="missing")),)
    shown = tuple(key for key in part.pictures if not key.endswith("-rigidity"))
    yield Section("Pictures", 3, (Figures(shown),) if shown else pictures)
    places = (Text(measured.centre_text(part.found)), Text(measured.axis_text(part.found)))
    notes = (Bullets("Notes", tuple(map(Cell, part.found.notes))),) if part.found.notes else ()
    yield Section(
        "Measurements", 3,
        (measured.measurements(part.found), *places, *notes, measured.nearby(part.found)),
    )  # fmt: skip
    yield from _judged(part, cite)
    yield from _planned(part, cite)


def _judged(part: LesionPart, cite: Citations) -> Iterator[Section]:
    judgement = part.assessment
    if judgement is None:
        yield Section("Considerations, scores and techniques", 3, (Text(NOT_RUN),))
        return
    considered = [block for one in judgement.considerations for block in judged.consideration_blocks(one, cite)]
    yield Section("Five considerations", 3, tuple(considered))
    for score in judgement.scores:
        yield Section(f"Score: {score.title}", 3, judged.score_blocks(score, cite))
    said = judged.background(judgement, cite)
    yield Section("Techniques", 3, (judged.techniques_full(judgement, cite), *((said,) if said else ())))
    yield Section("Gates and gaps", 3, (judged.gates(judgement, cite), judged.missing_short(judgement)))


def _planned(part: LesionPart, cite: Citations) -> Iterator[Section]:
    for plan in part.plans:
        blocks = list(planned.plan_blocks(plan, cite))
        blocks += planned.zone_blocks(part.zones[plan.id], cite) if plan.id in part.zones else ()
        blocks += [planned.appraisal_table(part.appraisals[plan.id], cite)] if plan.id in part.appraisals else []
        yield Section(f"Candidate {plan.id}", 3, tuple(blocks))
    if not part.plans:
        yield Section(
            "Candidate", 3, (Text(NOT_RUN if part.assessment is None else Cell("No candidate.", tone="missing")),)
        )
    plot = tuple(key for key in part.pictures if key.endswith("-rigidity"))
    if part.rigidity is None:
        yield Section("Rigidity of the bone", 3, (Text(NOT_RUN),))
    else:
        drawn = (Figures(plot),) if plot else ()
        yield Section("Rigidity of the bone", 3, (*planned.rigidity_blocks(part.rigidity, cite), *drawn))


def _reference(number: int, source: Source) -> Reference:
    return Reference(number, source.key, source.citation.split(" doi:")[0], source.doi)
