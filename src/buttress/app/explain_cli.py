"""``buttress explain``: why and why not, for one technique, in sentences with their sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from buttress.evidence.source import Evidence, Source, bibliography
from buttress.library.load_rules import load_rules, load_techniques
from buttress.records.document import ButtressError
from buttress.records.provenance import Provenance
from buttress.records.review import Review
from buttress.records.rule import Rule
from buttress.records.score import Assessment, Effect, TechniqueView, Verdict
from buttress.report.change_words import ChangeLine, change_lines

HEADINGS: tuple[tuple[Effect, str], ...] = (
    ("BLOCK", "Stops"),
    ("AGAINST", "Reasons against"),
    ("FOR", "Reasons for"),
    ("CAUTION", "Cautions"),
    ("ASK", "What is asked"),
    ("INFO", "To know"),
)
MOST_CHANGES = 10
"""How many changes are told; the rest is counted, and is in the JSON."""


def check_technique(key: str) -> None:
    """Raise ``ButtressError``, naming those there are, for a technique that is not in the table."""
    if key not in load_techniques():
        known = ", ".join(load_techniques())
        raise ButtressError(f"there is no technique {key!r}", known, "name one of these")


def explanation_text(review: Review, technique: str) -> str:
    """Everything the rules say of one technique for every lesion, in sentences; sources numbered and listed at the end.

    Raises ``ButtressError`` for a technique that does not exist.
    """
    check_technique(technique)
    numbers: dict[str, int] = {}
    lines = [line for one in review.assessments for line in _of_lesion(one, technique, numbers)]
    sources = bibliography()
    lines += _policy(review.provenance)
    lines += ["Sources", *(f"  [{number}] {key}: {sources[key].citation}" for key, number in numbers.items())]
    return "\n".join([*lines, "", review.notice])


def explanation_json(review: Review, technique: str) -> dict[str, Any]:
    """The same as plain data: verdicts and changes of each lesion, and the sources they cite."""
    check_technique(technique)
    lesions = [
        {
            "lesion_id": one.lesion_id,
            "technique": _view(one, technique).model_dump(mode="json"),
            "changes": [change.model_dump(mode="json") for change in one.changes if change.technique == technique],
        }
        for one in review.assessments
    ]
    rules = _rules()
    named = {rule.split(", ")[0] for one in review.assessments for rule in _rule_ids(one, technique)}
    keys = dict.fromkeys(
        [e.source for one in review.assessments for v in _view(one, technique).verdicts for e in v.evidence]
        + [rules[name].evidence.source for name in sorted(named) if name in rules]
    )
    found: Mapping[str, Source] = bibliography()
    policy = review.provenance.policy
    told = {"policy": policy.model_dump(mode="json")} if policy else {}
    sources = [found[key].model_dump() for key in keys]
    return {"notice": review.notice, **told, "lesions": lesions, "sources": sources}


def _policy(origin: Provenance) -> Iterator[str]:
    if origin.policy is not None:
        yield f'Judged under the site policy "{origin.policy.name}"'
        yield from (f"  - {change.label}: {change.told}" for change in origin.policy.changes)
    if origin.policy_note:
        yield f"  - {origin.policy_note}"
    if origin.policy or origin.policy_note:
        yield ""


def _of_lesion(assessment: Assessment, technique: str, numbers: dict[str, int]) -> Iterator[str]:
    view = _view(assessment, technique)
    yield f"{view.title}: lesion {assessment.lesion_id}"
    yield f"({view.label})" if view.label else ""
    for effect, heading in HEADINGS:
        said = view.by_effect(effect)
        if said:
            yield heading
            yield from (f"  - {_ask(one, numbers) if effect == 'ASK' else _said(one, numbers)}" for one in said)
            yield ""
    yield from _changes(change_lines(assessment, technique), numbers)


def _said(verdict: Verdict, numbers: dict[str, int]) -> str:
    rule = _rules().get(verdict.rule)
    of_the_patient = rule is not None and "{" in rule.because
    always = verdict.because.startswith(("holds ", "always "))
    told = "" if always or (of_the_patient and _all_unknown(verdict)) else _sentence(verdict.because)
    here = f" Here: {verdict.because}." if told and of_the_patient else told and f" {told}"
    return f"{verdict.statement}{here} {_cites(verdict.evidence, numbers)} ({verdict.rule}; {verdict.grade})"


def _all_unknown(verdict: Verdict) -> bool:
    """Whether a verdict that holds for everyone names only facts that nobody knows: not worth a sentence."""
    return all(part.endswith("unknown") for part in verdict.because.split("; "))


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _ask(verdict: Verdict, numbers: dict[str, int]) -> str:
    return f"{_sentence(verdict.statement)} {_sentence(verdict.because)} {_cites(verdict.evidence, numbers)}"


def _changes(lines: Sequence[ChangeLine], numbers: dict[str, int]) -> Iterator[str]:
    yield "What would change this"
    rules = _rules()
    for line in lines[:MOST_CHANGES]:
        named = [rules[key] for key in line.rules if key in rules]
        told = f"{line.supposed[:1].upper()}{line.supposed[1:]} ({line.now}): {line.effects}."
        yield f"  - {told} {_cites((r.evidence for r in named), numbers)}"
    if not lines:
        yield "  - No single fact, and no two together, would turn what the rules say."
    elif len(lines) > MOST_CHANGES:
        yield f"  - and {len(lines) - MOST_CHANGES} more of less weight: see --json"
    yield ""


def _cites(evidence: Iterable[Evidence], numbers: dict[str, int]) -> str:
    """Numbers of the sources with their places, in order of first use."""
    cites = dict.fromkeys((numbers.setdefault(one.source, len(numbers) + 1), one.place) for one in evidence)
    return "[" + "; ".join(f"{number}, {place}" if place else str(number) for number, place in cites) + "]"


def _view(assessment: Assessment, technique: str) -> TechniqueView:
    for view in assessment.techniques:
        if view.key == technique:
            return view
    raise ButtressError(
        f"the review says nothing of {technique!r}",
        "a review made with this version's table of techniques",
        "run buttress assess on the case again",
    )


def _rule_ids(assessment: Assessment, technique: str) -> Iterator[str]:
    return (change.rule for change in assessment.changes if change.technique == technique)


def _rules() -> Mapping[str, Rule]:
    return {rule.id: rule for rule in load_rules()}
