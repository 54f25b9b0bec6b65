"""What stands on the first page: one minute's reading, one line each. Everything is told in full further back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from buttress.records.score import Assessment, Effect, Score, SummaryLine, TechniqueView
from buttress.report.bibliography import Citations
from buttress.report.blocks import Block, Bullets, Cell, Cite, Table, Tone
from buttress.report.score_sections import applicable, score_line
from buttress.report.words import joined, sentence

COUNTED: tuple[tuple[Effect, Tone], ...] = (
    ("FOR", "good"),
    ("AGAINST", "warn"),
    ("BLOCK", "bad"),
    ("CAUTION", "warn"),
    ("ASK", "ask"),
)
GRAVEST: tuple[Effect, ...] = ("BLOCK", "AGAINST", "CAUTION", "FOR")
MOST_NAMED = 9
"""How many missing facts of one kind are named on the first page; the rest is counted, and named further back."""
MOST_BESIDE = 3
"""How many missing facts are named beside one of the eight quantities."""
STATEMENT_SIGNS = 62
"""Where a statement is cut on the first page: one line of the table. It stands in full among the techniques."""
SCORES = "Scores: they sort, they do not foretell. How each did where it was tried stands with it further back"
ORDER = "Techniques: number of reasons. The order is the library's, the same for every case: it ranks nothing"


def eight_quantities(lines: Sequence[SummaryLine]) -> Block:
    """What is known, and what to ask, of the eight quantities that a board reads first."""
    if not lines:
        text = "This review does not hold the eight quantities: judge the case again with buttress assess."
        return Bullets("The eight quantities", (Cell(text, tone="missing"),))
    rows = tuple(
        (
            Cell(line.title, note=line.consideration),
            Cell(line.value or "nothing is known", _origins(line), "strong" if line.value else "missing"),
            Cell(some(line.missing, MOST_BESIDE), tone="ask"),
        )
        for line in lines
    )
    return Table("The eight quantities", ("Quantity", "Known", "Missing: ask"), (1.35, 4.0, 2.0), rows)


def scores_short(assessment: Assessment, cite: Citations) -> Table:
    """One line a score of the lesion, one for all of survival, one for those that do not apply."""
    shown = [score for score in assessment.scores if score.applicable != "NO"]
    rows = tuple(
        (
            Cell(score.title, tone="strong"),
            applicable(score),
            Cell(score_line(score), tone="strong" if score.applicable == "YES" else "missing"),
            Cell(_reading(score), cites=_plain(cite, score)),
        )
        for score in shown
        if score.subject != "prognosis"
    )
    survival = joined(f"{score.title}: {score_line(score)}" for score in shown if score.subject == "prognosis")
    rows += ((Cell("Survival", tone="strong"), Cell("yes"), Cell("see there"), Cell(survival)),) if survival else ()
    others = joined(_short(score) + _hypothetical(score) for score in assessment.scores if score.applicable == "NO")
    rows += ((Cell("Do not apply here"), Cell("no"), Cell("–", tone="missing"), Cell(others)),) if others else ()
    return Table(SCORES, ("Score", "Applies", "Result", "Reading"), (2.2, 0.55, 1.25, 3.6), rows)


def techniques_short(assessment: Assessment) -> Table:
    """One line a technique: how many reasons of each kind, and the one that weighs most."""
    rows = tuple(
        (
            Cell(view.title, note=view.label),
            *(_count(view, effect, tone) for effect, tone in COUNTED),
            _weightiest(view, assessment),
        )
        for view in assessment.techniques
    )
    columns = ("Technique", "For", "Against", "Block", "Caution", "Ask", "First of the gravest reasons")
    return Table(ORDER, columns, (2.75, 0.3, 0.5, 0.4, 0.52, 0.3, 3.75), rows)


def missing_short(assessment: Assessment, most: int = MOST_NAMED) -> Bullets:
    """What to ask before the board decides; ``most`` of a kind are named."""
    gaps = assessment.blocking_gaps
    asks = dict.fromkeys(ask for view in assessment.techniques for verdict in view.verdicts for ask in verdict.asks)
    others = [ask for ask in asks if not any(gap.startswith(ask) for gap in gaps)]
    undecided = "leaves a stop or a score undecided"
    items = [Cell(gap, note="" if "decides" in gap else undecided, tone="ask") for gap in gaps[:most]]
    items += [Cell(f"and {len(gaps) - most} more such gaps", tone="ask")] if len(gaps) > most else []
    items += [Cell(some(others, most), note="would settle a technique")] if others else []
    narrow = dict.fromkeys(label for s in assessment.scores if s.applicable != "NO" for label in s.missing)
    items += [Cell(some(list(narrow), most), note="would narrow a score")] if narrow else []
    return Bullets("Missing: ask", tuple(items) or (Cell("Nothing that a rule asks for is missing."),))


def gates_short(assessment: Assessment) -> Bullets:
    """Gates in a line each: the first sentence of the reason, and only where one is closed."""
    shut = tuple(
        Cell(f"Before {g.before}: closed.", note=sentence(g.reason.partition(". ")[0]), tone="bad")
        for g in assessment.gates
        if not g.open
    )
    passed = joined(g.before for g in assessment.gates if g.open)
    return Bullets("Gates", shut + ((Cell(f"Open: before {passed}."),) if passed else ()) or (Cell("No gate."),))


def some(names: Iterable[str], most: int = MOST_NAMED) -> str:
    """The first names without their choice of words in parentheses, and how many more there are."""
    plain = [name.partition(" (")[0] for name in names]
    more = f"and {len(plain) - most} more" if len(plain) > most else ""
    return joined((*plain[:most], more))


def clipped(text: str, signs: int = STATEMENT_SIGNS) -> str:
    """The text, cut at a word with three dots where it is longer than ``signs``."""
    return text if len(text) <= signs else text[:signs].rpartition(" ")[0].rstrip(",;:.") + " …"


def _origins(line: SummaryLine) -> str:
    told = [origin for origin in dict.fromkeys(line.origins) if origin != "unknown"]
    return f"({', '.join(told)})" if told and line.value else ""


def _reading(score: Score) -> str:
    """Which criteria are met and which are open; or the score in a sentence; or why it is not known to apply."""
    if score.applicable != "YES":
        return score.reason
    if not score.criteria:
        return score.summary
    words = {"YES": "met", "CANNOT_TELL": "cannot be told", "NO": "not met"}
    found = {answer: [c.label for c in score.criteria if c.answer == answer] for answer in words}
    return joined(f"{words[answer]}: {', '.join(labels)}" for answer, labels in found.items() if labels)


def _short(score: Score) -> str:
    return score.title.partition(",")[0]


def _hypothetical(score: Score) -> str:
    """What a score that does not apply would say, where anything is met or counted."""
    met = any(criterion.answer == "YES" for criterion in score.criteria)
    return f" {score_line(score)}" if score.low is not None or score.groups or met else ""


def _plain(cite: Citations, score: Score) -> tuple[Cite, ...]:
    return tuple(dict.fromkeys(replace(c, place="") for c in cite.of(*score.evidence)))


def _count(view: TechniqueView, effect: Effect, tone: Tone) -> Cell:
    found = len(view.by_effect(effect))
    return Cell(str(found), tone=tone) if found else Cell("·")


def _weightiest(view: TechniqueView, assessment: Assessment) -> Cell:
    """A stop; a stop that hangs on an unknown fact; else the first reason against, caution, or reason for."""
    if not view.by_effect("BLOCK") and (open_stop := _open_stop(view, assessment)):
        return Cell(f"may be stopped; ask: {open_stop}", tone="ask")
    for effect in GRAVEST:
        if found := view.by_effect(effect):
            return Cell(clipped(f"{effect}: {found[0].statement}"))
    asks = some(dict.fromkeys(ask for verdict in view.verdicts for ask in verdict.asks), 3)
    return Cell(f"ASK: {asks}" if asks else "no rule speaks for or against it")


def _open_stop(view: TechniqueView, assessment: Assessment) -> str:
    changes = (c for c in assessment.changes if c.technique == view.key and c.effect == "BLOCK" and c.turn == "gains")
    return some(dict.fromkeys(c.labels[0] for c in changes if c.frm == ("unknown",)), 3)
