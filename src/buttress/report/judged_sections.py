"""Considerations, scores, techniques and gates, as blocks."""

from __future__ import annotations

from dataclasses import replace

from buttress.records.score import Assessment, Consideration, Effect, Gate, Score, TechniqueView, Verdict
from buttress.report.bibliography import Citations
from buttress.report.blocks import Block, Bullets, Cell, Cite, Table, Text, Tone
from buttress.report.change_words import ChangeLine, change_lines
from buttress.report.performance import performance_blocks, prognosis_table
from buttress.report.words import ANSWERS, fact_text, finding_text, joined, origin_words, sentence

EFFECTS: tuple[tuple[Effect, Tone], ...] = (
    ("FOR", "good"),
    ("AGAINST", "warn"),
    ("BLOCK", "bad"),
    ("CAUTION", "warn"),
    ("ASK", "ask"),
)
GRAVEST: tuple[Effect, ...] = ("BLOCK", "ASK", "AGAINST", "CAUTION", "FOR")
MOST_CHANGES = 3
"""How many of the facts that would turn a technique's reasons are shown; the review holds them all."""
TONES: dict[Effect, Tone] = {**dict(EFFECTS), "INFO": ""}


def score_line(score: Score) -> str:
    """A score's result in a few words."""
    if score.low is not None and score.high is not None:
        span = str(score.low) if score.low == score.high else f"{score.low} to {score.high}"
        result = f"{span} of {score.out_of}" if score.out_of is not None else span
    elif score.groups:
        result = " or ".join(score.groups)
    elif score.criteria:
        met = sum(c.answer == "YES" for c in score.criteria)
        open_ = sum(c.answer == "CANNOT_TELL" for c in score.criteria)
        result = f"{met} of {len(score.criteria)} met" + (f", {open_} cannot be told" if open_ else "")
    else:
        return "–"
    return result if score.applicable == "YES" else f"({result})"


def scores_short(assessment: Assessment, cite: Citations) -> Table:
    """One line a score of the lesion, one for all of survival, one for those that do not apply: for the first page."""
    shown = [score for score in assessment.scores if score.applicable != "NO"]
    rows = tuple(
        (
            Cell(score.title, tone="strong"),
            _applicable(score),
            Cell(score_line(score), tone="strong" if score.applicable == "YES" else "missing"),
            Cell(score.summary if score.applicable == "YES" else score.reason, cites=_plain(cite, score)),
        )
        for score in shown
        if score.subject != "prognosis"
    )
    survival = joined(f"{score.title}: {score_line(score)}" for score in shown if score.subject == "prognosis")
    rows += ((Cell("Survival", tone="strong"), Cell("yes"), Cell("see there"), Cell(survival)),) if survival else ()
    others = joined(score.title + _hypothetical(score) for score in assessment.scores if score.applicable == "NO")
    rows += ((Cell("Do not apply here"), _NO, Cell("–", tone="missing"), Cell(others)),) if others else ()
    return Table("Scores", ("Score", "Applies", "Result", "Reading"), (2.2, 0.55, 1.25, 3.6), rows)


_NO = Cell(ANSWERS["NO"][0], tone=ANSWERS["NO"][1])


def _hypothetical(score: Score) -> str:
    """What a score that does not apply would say, where anything is met or counted."""
    met = any(criterion.answer == "YES" for criterion in score.criteria)
    return f" {score_line(score)}" if score.low is not None or score.groups or met else ""


def techniques_short(assessment: Assessment) -> Table:
    """One line a technique: how many reasons of each kind, and the one that weighs most on either side."""
    rows = tuple(
        (
            Cell(view.title, note=view.label),
            *(_count(view, effect, tone) for effect, tone in EFFECTS),
            Cell(_weightiest(view)),
        )
        for view in assessment.techniques
    )
    columns = ("Technique", "For", "Against", "Block", "Caution", "Ask", "First reason of the gravest kind")
    return Table("Techniques: number of reasons", columns, (2.0, 0.3, 0.5, 0.4, 0.52, 0.3, 4.0), rows)


def missing_short(assessment: Assessment) -> Bullets:
    """What to ask before the board decides."""
    gaps = assessment.blocking_gaps
    asks = dict.fromkeys(ask for view in assessment.techniques for verdict in view.verdicts for ask in verdict.asks)
    others = [ask for ask in asks if not any(gap.startswith(ask) for gap in gaps)]
    items = [Cell(gap, note="leaves a stop or a score undecided", tone="ask") for gap in gaps]
    items += [Cell(joined(others), note="would settle a technique")] if others else []
    narrow = dict.fromkeys(label for s in assessment.scores if s.applicable != "NO" for label in s.missing)
    items += [Cell(joined(narrow), note="would narrow a score")] if narrow else []
    return Bullets("Missing: ask", tuple(items) or (Cell("Nothing that a rule asks for is missing."),))


def gates(assessment: Assessment, cite: Citations) -> Bullets:
    """Gates with their state."""
    items = tuple(_gate(gate, cite) for gate in assessment.gates)
    return Bullets("Gates", items or (Cell("No gate."),))


def gates_short(assessment: Assessment) -> Bullets:
    """Gates for the first page: the reason only where one is closed."""
    shut = tuple(Cell(f"Before {g.before}: closed.", note=g.reason, tone="bad") for g in assessment.gates if not g.open)
    passed = joined(g.before for g in assessment.gates if g.open)
    return Bullets("Gates", shut + ((Cell(f"Open: before {passed}."),) if passed else ()) or (Cell("No gate."),))


def consideration_blocks(one: Consideration, cite: Citations) -> tuple[Block, ...]:
    """One of the five considerations: known, missing, remarks."""
    rows = tuple(
        (Cell(f.label), Cell(fact_text(f), tone="strong"), Cell(origin_words(f.origin, f.where))) for f in one.known
    )
    title = f"{one.key} {one.title}"
    blocks: list[Block] = [
        Table(title, ("Known", "Value", "Where it came from"), (1.6, 1.8, 1.6), rows)
        if rows
        else Bullets(title, (Cell("Nothing is known.", tone="missing"),))
    ]
    if one.missing:
        blocks.append(Text(Cell(sentence(f"Missing: {joined(one.missing)}"), tone="ask")))
    blocks += [prognosis_table(one.prognoses, cite)] if one.prognoses else []
    blocks += [Bullets("", tuple(map(Cell, one.remarks)))] if one.remarks else []
    if one.evidence:
        blocks.append(Text(Cell("Source of the consideration:", cites=cite.of(*one.evidence))))
    return tuple(blocks)


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
        blocks.append(Text(Cell(sentence(f"Would narrow the result: {joined(score.missing)}"), tone="ask")))
    if score.caveats:
        blocks.append(Bullets("Caveats and disagreements", tuple(map(Cell, score.caveats))))
    return tuple(blocks)


def techniques_full(assessment: Assessment, cite: Citations) -> Table:
    """Every verdict of every technique: statement, the fact behind it, source."""
    rows: list[tuple[Cell, ...]] = []
    for view in assessment.techniques:
        rows.append((Cell(view.title, note=joined((view.group, view.label)), tone="strong"),))
        rows += [_verdict(verdict, cite) for verdict in view.verdicts]
        if not view.verdicts:
            rows.append((Cell(""), Cell("No rule speaks for or against it.", tone="missing"), Cell(""), Cell("")))
        rows += [_change(line) for line in change_lines(assessment, view.key)[:MOST_CHANGES]]
    return Table(
        "Techniques: every reason",
        ("Effect", "Statement", "Because", "Rule, source"),
        (0.62, 2.3, 1.7, 2.2),
        tuple(rows),
    )


def background(assessment: Assessment, cite: Citations) -> Block | None:
    """Rules that hold for every case."""
    if not assessment.background:
        return None
    return Bullets(
        "Background that holds for every case",
        tuple(
            Cell(v.statement, note=joined((v.rule, v.because)), cites=cite.of(*v.evidence))
            for v in assessment.background
        ),
    )


def _result(score: Score) -> str:
    line = score_line(score)
    summary = "" if score.applicable != "YES" and score.summary.startswith(score.reason) else score.summary
    extra = score.summary.removeprefix(score.reason).strip(". ") if not summary else ""
    return " ".join(
        part for part in (sentence(f"Result: {'none' if line == '–' else line}"), summary, sentence(extra)) if part
    )


def _applicable(score: Score) -> Cell:
    word, tone = ANSWERS[score.applicable]
    return Cell(word, tone=tone)


def _plain(cite: Citations, score: Score) -> tuple[Cite, ...]:
    return tuple(dict.fromkeys(replace(c, place="") for c in cite.of(*score.evidence)))


def _count(view: TechniqueView, effect: Effect, tone: Tone) -> Cell:
    found = len(view.by_effect(effect))
    return Cell(str(found), tone=tone) if found else Cell("·")


def _weightiest(view: TechniqueView) -> str:
    for effect in GRAVEST:
        if found := view.by_effect(effect):
            return f"{effect}: {found[0].statement}"
    return "no rule speaks for or against it"


def _gate(gate: Gate, cite: Citations) -> Cell:
    state = "open" if gate.open else "closed"
    return Cell(
        f"Before {gate.before}: {state}. {gate.reason}",
        tone="good" if gate.open else "bad",
        cites=cite.of(*gate.evidence),
    )


def _verdict(verdict: Verdict, cite: Citations) -> tuple[Cell, ...]:
    asks = f"Ask: {joined(verdict.asks)}" if verdict.asks else ""
    answer = "" if verdict.answer == "YES" else f"answer: {ANSWERS[verdict.answer][0]}"
    return (
        Cell(verdict.effect, tone=TONES[verdict.effect]),
        Cell(verdict.statement, note=asks),
        Cell(verdict.because, note=answer),
        Cell(verdict.rule, note=verdict.grade, cites=cite.of(*verdict.evidence)),
    )


def _change(line: ChangeLine) -> tuple[Cell, ...]:
    return (
        Cell("would change", tone="missing"),
        Cell(sentence(f"If {line.supposed}"), note=line.now),
        Cell(sentence(line.effects)),
        Cell(""),
    )


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
