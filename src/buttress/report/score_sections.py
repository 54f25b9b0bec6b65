"""Scores in full: items, criteria, bands, how they did elsewhere; those that do not apply in a line: as blocks."""

from __future__ import annotations

from collections.abc import Sequence

from buttress.records.case import Case
from buttress.records.score import Assessment, Score
from buttress.report.bibliography import Citations, cited
from buttress.report.blocks import Block, Bullets, Cell, Table, Text
from buttress.report.fact_words import value_text
from buttress.report.performance import performance_blocks, prognosis_table
from buttress.report.words import ANSWERS, finding_text, joined, origin_words, sentence


def score_line(score: Score) -> str:
    """A score's result in a few words."""
    if score.low is not None and score.high is not None:
        span = str(score.low) if score.low == score.high else f"{score.low} to {score.high}"
        result = f"{span} of {score.out_of}" if score.out_of is not None else span
    elif score.groups:
        result = " or ".join(group.partition(":")[0] for group in score.groups)
    elif score.criteria:
        met = sum(c.answer == "YES" for c in score.criteria)
        open_ = sum(c.answer == "CANNOT_TELL" for c in score.criteria)
        result = f"{met} of {len(score.criteria)} met" + (f", {open_} cannot be told" if open_ else "")
    else:
        return "–"
    return result if score.applicable == "YES" else f"({result})"


def tells_nothing(score: Score) -> bool:
    """Whether a score does not apply and has nothing met, counted or left to show."""
    met = any(criterion.answer != "CANNOT_TELL" for criterion in score.criteria)
    return score.applicable == "NO" and not met and score.low is None and not score.groups


def not_applicable(scores: Sequence[Score], cite: Citations) -> Table:
    """A line for each score that does not apply: why not."""
    rows = tuple((Cell(s.title), Cell(sentence(s.reason)), Cell("", cites=cite.of(*cited(s)))) for s in scores)
    return Table("Why they do not apply", ("Score", "Why not", "Source"), (1.6, 2.4, 2.6), rows)


def beside_the_point(assessment: Assessment, cite: Citations) -> tuple[Block, ...]:
    """The scores that do not apply and tell nothing, in one table."""
    found = [score for score in assessment.scores if tells_nothing(score)]
    return (not_applicable(found, cite),) if found else ()


def survival_blocks(case: Case, assessment: Assessment, cite: Citations) -> tuple[Block, ...]:
    """The typed-in life expectancy and estimates; the scores follow. None is a forecast for this patient."""
    expected = case.patient.life_expectancy
    given = (
        Cell("Life expectancy: not given.", tone="ask")
        if expected is None
        else Cell(f"Life expectancy: {value_text(expected)}, given in the case.")
    )
    typed = [view for one in assessment.considerations for view in one.prognoses]
    none = Text(Cell("No estimate of a survival tool was typed in.", tone="missing"))
    said = Text(Cell("Every range below is that of the group a tool was made from, and no forecast for this patient."))
    return Text(given), said, prognosis_table(typed, cite) if typed else none


def applicable(score: Score) -> Cell:
    """Whether the score applies, in a word."""
    word, tone = ANSWERS[score.applicable]
    return Cell(word, tone=tone)


def score_blocks(score: Score, cite: Citations) -> tuple[Block, ...]:
    """A score in full: result, items or criteria, bands, caveats."""
    blocks: list[Block] = [Text(Cell(_result(score), tone="strong", cites=cite.of(*score.evidence)))]
    if score.applicable != "YES":
        applies = "Does not apply" if score.applicable == "NO" else "Cannot be told whether it applies"
        blocks.append(Text(Cell(sentence(f"{applies}: {score.reason}"), tone="ask")))
    blocks += [_items(score)] if score.items else []
    blocks += [_criteria(score, cite)] if score.criteria else []
    blocks += [_bands(score, cite)] if score.bands else []
    blocks += performance_blocks(score, cite)
    if score.missing:
        blocks.append(Text(Cell("Would narrow the result:", note=sentence(joined(score.missing)), tone="ask")))
    if score.caveats:
        blocks.append(Bullets("Caveats and disagreements", tuple(map(Cell, score.caveats))))
    return tuple(blocks)


def _result(score: Score) -> str:
    """The result once: the summary where it holds the number, the count of criteria where there are any."""
    if score.groups and score.applicable == "YES":
        return f"Result: {score.summary}"
    if score.criteria or not score.summary.startswith(score_line(score).strip("()")[:4]):
        line = score_line(score)
        more = "" if score.criteria or score.summary.startswith(score.reason or "–") else score.summary
        return " ".join(part for part in (sentence(f"Result: {'none' if line == '–' else line}"), more) if part)
    return f"Result: {score.summary}"


def _items(score: Score) -> Table:
    rows = tuple(
        (
            Cell(item.label),
            Cell(finding_text(item.finding, item.origin, item.where), note=item.note),
            Cell(str(item.low) if item.low == item.high else f"{item.low} to {item.high}", tone="strong"),
            Cell(origin_words(item.origin, item.where)),
        )
        for item in score.items
    )
    return Table(f"{score.title}: items", ("Item", "Finding", "Points", "Where it came from"), (1, 2.2, 0.6, 1.8), rows)


def _criteria(score: Score, cite: Citations) -> Table:
    rows = tuple(
        (
            Cell(c.label, cites=cite.of(c.evidence)),
            Cell(*ANSWERS[c.answer][:1], tone=ANSWERS[c.answer][1] or "strong"),
            Cell(finding_text(c.finding, c.origin, c.where), note=c.risk),
            Cell(origin_words(c.origin, c.where)),
        )
        for c in score.criteria
    )
    return Table(
        f"{score.title}: criteria", ("Criterion", "Met", "Finding", "Where it came from"), (2.1, 0.7, 1.6, 1.4), rows
    )


def _bands(score: Score, cite: Citations) -> Table:
    rows = tuple(
        (
            Cell(band.label, tone="strong" if _overlaps(score, band.low, band.high) else ""),
            Cell("◀ this case" if _overlaps(score, band.low, band.high) else "", tone="strong"),
            Cell(band.risk),
            Cell(band.advice, cites=cite.of(*band.evidence)),
        )
        for band in score.bands
    )
    return Table(
        f"{score.title}: bands and what their source says",
        ("Score", "", "Risk", "Said of it"),
        (0.6, 0.7, 1.6, 3),
        rows,
    )


def _overlaps(score: Score, low: int, high: int) -> bool:
    return score.low is not None and score.high is not None and score.low <= high and score.high >= low
