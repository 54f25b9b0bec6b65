"""Judge one lesion: facts, scores, the five considerations, techniques with reasons, gates, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from buttress.assess.considerations import view_considerations
from buttress.assess.evaluate import Facts
from buttress.assess.facts import gather_facts
from buttress.assess.gates import view_gates
from buttress.assess.harrington_acetabulum import (
    harrington_fact,
    score_harrington_acetabulum,
    score_harrington_original,
)
from buttress.assess.harrington_femur import score_harrington_femur
from buttress.assess.mirels import score_mirels
from buttress.assess.techniques import background, undecided_stops, view_techniques
from buttress.assess.van_der_linden import score_van_der_linden
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
)
"""The scores of the paper, in the order in which they are shown."""


def judge(case: Case, lesion: Lesion, findings: LesionFindings, bone: Bone) -> Assessment:
    """Everything the paper's rules say of this lesion. Lists reasons and gaps; never a choice."""
    first = gather_facts(case, lesion, findings, bone)
    scores = tuple(score(first) for score in SCORES)
    facts = with_scores(first, scores)
    return Assessment(
        lesion_id=lesion.id,
        considerations=view_considerations(facts, scores, bone),
        scores=scores,
        techniques=view_techniques(facts),
        gates=view_gates(case, facts, bone),
        background=background(facts),
        blocking_gaps=(*undecided_stops(facts), *undecided_scores(scores)),
    )


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
    """A sentence for each score that may apply and whose points reach over more than one band."""
    return tuple(
        f"{score.title}: {score.summary} Missing: {', '.join(score.missing) or 'a finer measurement'}"
        for score in scores
        if score.applicable != "NO" and len(score.bands) > 1
    )


def _mirels_fact(fact: Fact, score: Score) -> Fact:
    if score.applicable == "NO" or score.low is None or score.high is None:
        return fact.model_copy(update={"where": score.reason})
    missing = f"missing: {', '.join(score.missing)}" if score.missing else ""
    return fact.model_copy(update={"low": score.low, "high": score.high, "origin": "derived", "where": missing})
