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
from buttress.records.simulation import AblationSimulation
from buttress.records.strength import Rigidity, Strength
from buttress.records.zone import AblationZone
from buttress.report import closing_sections as closing
from buttress.report import front_page
from buttress.report import judged_sections as judged
from buttress.report import measured_sections as measured
from buttress.report import planned_sections as planned
from buttress.report import score_sections as scores
from buttress.report import simulated_sections as simulated
from buttress.report import strength_sections as strengths
from buttress.report import technique_sections as techniques
from buttress.report.bibliography import Citations, bibliography_of
from buttress.report.blocks import Block, Bullets, Cell, Figures, FrontLesion, Link, Outline, Reference, Section, Text
from buttress.report.board_sections import board_blocks
from buttress.report.case_sections import case_sections, facts_of
from buttress.report.packet_items import items_table
from buttress.report.picture import Picture
from buttress.report.policy_section import policy_blocks, policy_lead
from buttress.report.technique_sections import nearby_blocks

HOLDS = ("-rigidity", "-strength", "-strain")
"""Ends of the keys of pictures that show what the bone holds."""
SIMULATED = "-simulated-"
"""Part of the keys of pictures that show a simulation."""

KEY_PICTURES = (("along-probe", "scene"), ("coronal", "scene"))
NOT_RUN = Cell("Not run in this review.", tone="missing")
SEE = (Link("sec-items", "Items of the packet"), Link("sec-board", "Decision of the board"))
NO_RIGIDITY = Cell("Not computed: planning was not run, or there are no images of this bone.", tone="missing")
JUDGED = (
    ("The five considerations", "considerations"),
    ("Scores of the bone", "scores"),
    ("Survival", "survival"),
    ("Techniques", "techniques"),
    ("If it is chosen: steps that the rules imply", "steps"),
    ("Where sources disagree", "disagreements"),
    ("Gates and gaps", "gates"),
)
"""What the judging room says of a lesion, in the order of the packet: title and anchor."""


@dataclass(frozen=True, slots=True)
class LesionPart:
    """Everything a review says of one lesion."""

    lesion: Lesion
    found: LesionFindings
    assessment: Assessment | None
    plans: tuple[Plan, ...]
    zones: dict[str, AblationZone]
    simulations: dict[str, AblationSimulation]
    appraisals: dict[str, Appraisal]
    rigidity: Rigidity | None
    strength: Strength | None
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
        urgency=f"{(review.case.board.urgency or 'not given').capitalize()}.",
        lead=(
            Text(Cell(f"{facts_of(patient) or 'No facts of the patient were given'}. See: ", links=SEE)),
            *policy_lead(review.provenance),
        ),
        front=tuple(_front(part, cite) for part in parts),
        sections=_with_items(review, tuple(_sections(review, parts, cite))),
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
        simulations={s.plan_id: s for s in review.simulations},
        appraisals={a.plan_id: a for a in review.appraisals},
        rigidity=next((r for r in review.rigidities if r.lesion_id == lesion.id), None),
        strength=next((s for s in review.strengths if s.lesion_id == lesion.id), None),
        pictures=tuple(p.key for p in pictures if p.lesion_id == lesion.id),
    )


def _front(part: LesionPart, cite: Citations) -> FrontLesion:
    """The first page's share of one lesion: one minute's reading."""
    judgement = part.assessment
    below: list[Block] = [Text(Cell(note, tone="missing")) for note in part.found.notes[:2]]
    if judgement is not None:
        below += [front_page.scores_short(judgement, cite), front_page.techniques_short(judgement)]
    items = tuple(line for plan in part.plans for line in _candidate_lines(part, plan))
    below.append(
        Bullets(
            "Candidate" if len(items) < 2 else "Candidates",
            items or (Cell("No candidate in this review.", tone="missing"),),
        )
    )
    below += strengths.strength_short(part.strength)
    if judgement is not None:
        below += [front_page.missing_short(judgement), front_page.gates_short(judgement)]
    return FrontLesion(
        heading=_heading(part),
        above=(front_page.eight_quantities(judgement.summary),) if judgement is not None else (),
        pictures=_key_pictures(part),
        beside=(measured.key_numbers(part.found, planned.rigidity_rows(part.rigidity)),),
        below=tuple(below),
    )


def _candidate_lines(part: LesionPart, plan: Plan) -> Iterator[Cell]:
    """The candidate, and what its simulation came to where there is one."""
    yield planned.candidate_line(plan, part.zones.get(plan.id))
    if plan.id in part.simulations:
        yield simulated.simulation_line(part.simulations[plan.id])


def _key_pictures(part: LesionPart) -> tuple[str, ...]:
    for pair in KEY_PICTURES:
        keys = tuple(f"{part.lesion.id}-{name}" for name in pair)
        if all(key in part.pictures for key in keys):
            return keys
    return ()


def _heading(part: LesionPart) -> str:
    return f"Lesion {part.lesion.id}: {measured.lesion_heading(part.lesion)}"


def _sections(review: Review, parts: Sequence[LesionPart], cite: Citations) -> Iterator[Section]:
    yield from case_sections(review)
    for part in parts:
        yield Section(_heading(part), 2, (measured.lesion_table(part.lesion),))
        yield from _seen(part)
        yield from _judged(review, part, cite)
        yield from _planned(part, cite)
    yield Section("Limits of this report", 2, (closing.limits(review),))
    yield Section("Decision of the board", 2, board_blocks(review), "sec-board")
    origin = (*policy_blocks(review.provenance), *closing.provenance(review))
    yield Section("Where this report came from", 2, origin, "sec-origin")
    yield Section("Codes", 3, (closing.codes(review),), "sec-codes")


def _with_items(review: Review, sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """The sections with the list of the packet's items before the last part."""
    titles = {section.anchor: section.title for section in sections}
    items = Section("Items of the packet", 2, (items_table(review, titles),), "sec-items")
    last = next(n for n, section in enumerate(sections) if section.anchor == "sec-origin")
    return (*sections[:last], items, *sections[last:])


def _seen(part: LesionPart) -> Iterator[Section]:
    pictures: tuple[Block, ...] = (Text(Cell("No pictures: no images, or no mask of this lesion.", tone="missing")),)
    shown = tuple(key for key in part.pictures if not key.endswith(HOLDS) and SIMULATED not in key)
    yield Section("Pictures", 3, (Figures(shown),) if shown else pictures, _anchor(part, "pictures"))
    places = (Text(measured.centre_text(part.found)), Text(measured.axis_text(part.found)))
    notes = (Bullets("Notes", tuple(map(Cell, part.found.notes))),) if part.found.notes else ()
    blocks = (measured.measurements(part.found), *places, *notes)
    yield Section("Measurements", 3, blocks, _anchor(part, "measures"))
    steps = part.assessment.steps if part.assessment else ()
    yield Section("Structures nearby", 3, nearby_blocks(part.found, steps), _anchor(part, "nearby"))


def _judged(review: Review, part: LesionPart, cite: Citations) -> Iterator[Section]:
    judgement = part.assessment
    if judgement is None:
        for title, name in JUDGED:
            yield Section(title, 3, (Text(NOT_RUN),), _anchor(part, name))
        return
    said = techniques.background(judgement, cite)
    blocks: dict[str, tuple[Block, ...]] = {
        "considerations": tuple(b for one in judgement.considerations for b in judged.consideration_blocks(one, cite)),
        "scores": (Text(Cell("Those that tell something of this lesion; then those that do not apply.")),),
        "survival": scores.survival_blocks(review.case, judgement, cite),
        "techniques": (*techniques.technique_blocks(judgement, cite), *((said,) if said else ())),
        "steps": techniques.step_blocks(judgement.steps, judgement, cite),
        "disagreements": judged.disagreement_blocks(judgement.disagreements, cite),
        "gates": (judged.gates(judgement, cite), front_page.missing_short(judgement, most=1000)),
    }
    for title, name in JUDGED:
        yield Section(title, 3, blocks[name], _anchor(part, name))
        if name in ("scores", "survival"):
            yield from _scores(judgement, "bone" if name == "scores" else "prognosis", cite)
        beside = scores.beside_the_point(judgement, cite)
        if name == "scores" and beside:
            yield Section("Scores that do not apply here", 4, beside)


def _scores(judgement: Assessment, subject: str, cite: Citations) -> Iterator[Section]:
    for score in judgement.scores:
        if score.subject == subject and not scores.tells_nothing(score):
            yield Section(score.title, 4, scores.score_blocks(score, cite))


def _anchor(part: LesionPart, name: str) -> str:
    return f"sec-{part.lesion.id}-{name}"


def _planned(part: LesionPart, cite: Citations) -> Iterator[Section]:
    said: Cell = Cell("Candidates to discuss: drawn from published sizes, not a prescription.")
    if not part.plans:
        said = NOT_RUN if part.assessment is None else Cell("No candidate.", tone="missing")
    yield Section("Candidates", 3, (Text(said),), _anchor(part, "candidates"))
    for plan in part.plans:
        blocks = list(planned.plan_blocks(plan, cite))
        blocks += planned.zone_blocks(part.zones[plan.id], cite) if plan.id in part.zones else ()
        blocks += [planned.appraisal_table(part.appraisals[plan.id], cite)] if plan.id in part.appraisals else []
        yield Section(f"Candidate {plan.id}", 4, tuple(blocks))
        if plan.ablation is not None:
            yield Section(f"Simulated ablation of {plan.id}", 4, _simulated(part, plan, cite))
    plot = tuple(key for key in part.pictures if key.endswith("-rigidity"))
    drawn = (Figures(plot),) if plot else ()
    held: tuple[Block, ...] = (Text(NOT_RUN if part.assessment is None else NO_RIGIDITY),)
    if part.rigidity is not None:
        held = (*planned.rigidity_blocks(part.rigidity, cite), *drawn)
    yield Section("Rigidity of the bone", 3, held, _anchor(part, "rigidity"))
    plot = tuple(key for key in part.pictures if key.endswith(("-strength", "-strain")))
    drawn = (Figures(plot),) if plot else ()
    told = strengths.strength_blocks(part.strength, cite)
    yield Section("Strength, as it is and with cement and metal", 3, (*told, *drawn), _anchor(part, "strength"))


def _simulated(part: LesionPart, plan: Plan, cite: Citations) -> tuple[Block, ...]:
    one = part.simulations.get(plan.id)
    if one is None:
        return (Text(simulated.NOT_SIMULATED),)
    pictures = [key for key in part.pictures if key.startswith(f"{plan.id}{SIMULATED}")]
    return tuple(simulated.simulation_blocks(one, part.zones.get(plan.id), pictures, cite))


def _reference(number: int, source: Source) -> Reference:
    return Reference(number, source.key, source.citation.split(" doi:")[0], source.doi)
