"""Judge one lesion: facts, scores, the five considerations, techniques with reasons, gates, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from buttress.assess.bauer import score_bauer_modified, score_bauer_original
from buttress.assess.considerations import view_considerations
from buttress.assess.deschamps import score_deschamps
from buttress.assess.disagreements import disagreements_of
from buttress.assess.evaluate import Facts
from buttress.assess.facts import gather_facts
from buttress.assess.gates import view_gates
from buttress.assess.harrington_acetabulum import (
    harrington_fact,
    score_harrington_acetabulum,
    score_harrington_original,
)
from buttress.assess.harrington_femur import score_harrington_femur
from buttress.assess.katagiri import score_katagiri
from buttress.assess.mirels import score_mirels
from buttress.assess.protocol import steps_for
from buttress.assess.rulebook import Rulebook, shelf_rulebook
from buttress.assess.summary import summarise
from buttress.assess.tatar import score_tatar
from buttress.assess.techniques import background, undecided_stops, view_techniques
from buttress.assess.typed_prognosis import view_prognoses
from buttress.assess.van_der_linden import score_van_der_linden
from buttress.assess.verdicts import hear_rules, verdicts_by_subject
from buttress.assess.what_would_change import BEHIND, what_would_change
from buttress.records.case import Case, Lesion
from buttress.records.device import Bone
from buttress.records.findings import LesionFindings
from buttress.records.score import Assessment, Fact, Score

SCORES = (
    score_mirels,
    score_van_der_linden,
    score_harrington_femur,
    score_harrington_acetabulum,
    score_harrington_original,
    score_tatar,
    score_deschamps,
    score_katagiri,
    score_bauer_modified,
    score_bauer_original,
)
"""Mirels' score, which a site's policy may touch, and the other scores of the paper; then the later ones of the bone,
then those of prognosis: the order in which they are shown."""


def judge(
    case: Case,
    lesion: Lesion,
    findings: LesionFindings,
    bone: Bone,
    *,
    book: Rulebook | None = None,
    with_changes: bool = True,
) -> Assessment:
    """Everything the paper's rules say of this lesion. Lists reasons and gaps; never a choice.

    ``book`` is a site's rule book, by default the shelf's. ``with_changes`` off leaves out what would change the
    verdicts, which takes longest: cohorts do not need it.
    """
    book = book or shelf_rulebook()
    first = gather_facts(case, lesion, findings, bone, book.defaults)
    mirels = partial(score_mirels, defaults=book.defaults)
    scores = (mirels(first), *(score(first) for score in SCORES[1:]))
    facts = with_scores(first, scores)
    hearing = hear_rules(facts, book)
    said = verdicts_by_subject(hearing)
    return Assessment(
        lesion_id=lesion.id,
        summary=summarise(case, lesion, facts, scores),
        considerations=view_considerations(hearing, scores, bone, view_prognoses(case)),
        scores=scores,
        techniques=view_techniques(said),
        gates=view_gates(case, facts, bone),
        steps=steps_for(facts, hearing.described, book.defaults),
        disagreements=disagreements_of(facts, hearing.described, book.defaults),
        background=background(said),
        changes=what_would_change(facts, partial(_scored_again, first, mirels), book) if with_changes else (),
        blocking_gaps=(*undecided_stops(hearing), *undecided_scores(scores)),
    )


def _scored_again(first: Facts, mirels: Callable[[Facts], Score], changed: Facts) -> dict[str, Fact]:
    """Changed facts with the scores that rules ask about found anew; ``first`` holds them unscored."""
    blank = {**changed, **{name: first[name] for name in BEHIND}}
    return with_scores(blank, (mirels(blank), score_harrington_acetabulum(blank)))


def with_scores(facts: Facts, scores: Sequence[Score]) -> dict[str, Fact]:
    """The facts with what the scores found, so that rules may ask about it. A score that does not apply is unknown."""
    by_key = {score.key: score for score in scores}
    mirels, acetabulum = by_key["mirels"], by_key["harrington_acetabulum"]
    return {
        **facts,
        "mirels_score": _mirels_fact(facts["mirels_score"], mirels),
        "harrington_groups": harrington_fact(facts, acetabulum),
    }


def undecided_scores(scores: Sequence[Score]) -> tuple[str, ...]:
    """A sentence for each score of the bone that may apply and whose points reach over more than one band.

    Prognosis stays advisory: a range there is shown with the considerations and blocks nothing.
    """
    return tuple(
        f"{score.title}: {score.summary} Missing: {', '.join(score.missing) or 'a finer measurement'}"
        for score in scores
        if score.applicable != "NO" and score.subject == "bone" and len(score.bands) > 1
    )


def _mirels_fact(fact: Fact, score: Score) -> Fact:
    if score.applicable == "NO" or score.low is None or score.high is None:
        return fact.model_copy(update={"where": (score.reason[:1].lower() + score.reason[1:]).rstrip(".")})
    missing = f"missing: {', '.join(score.missing)}" if score.missing else ""
    return fact.model_copy(update={"low": score.low, "high": score.high, "origin": "derived", "where": missing})
