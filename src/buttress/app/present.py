"""What a verb shows a person: short tables on the terminal. Machines get the JSON."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from buttress.records.document import ButtressError
from buttress.records.findings import LesionFindings, Measure, Observation
from buttress.records.review import Review
from buttress.records.score import Assessment


def show_error(console: Console, error: ButtressError) -> None:
    """An error in the user's input: what was found, what was expected, what to do."""
    console.print(f"[bold red]error[/] {escape(error.message)}", soft_wrap=True)


def show_review(console: Console, review: Review) -> None:
    """Measures, scores and gaps of a review, one block per lesion."""
    assessments = {one.lesion_id: one for one in review.assessments}
    for found in review.findings.lesions:
        console.print(_measures(found))
        if found.lesion_id in assessments:
            _show_assessment(console, assessments[found.lesion_id])
    for note in review.findings.image_notes:
        console.print(f"[dim]images: {escape(note)}[/]")


def _measures(found: LesionFindings) -> Table:
    table = Table("measure", "value", "range", "where", title=f"lesion {found.lesion_id}", title_justify="left")
    for name, value in found:
        if isinstance(value, Measure):
            table.add_row(name, _number(value), _interval(value), escape(value.where or value.note))
        elif isinstance(value, Observation):
            shown = value.status.replace("_", " ") if value.value is None else str(value.value)
            table.add_row(name, shown, "", escape(value.where or value.note))
    return table


def _number(measure: Measure) -> str:
    if measure.value is None:
        return measure.status.replace("_", " ")
    return f"{measure.value:.3g} {measure.unit}" + (" (given)" if measure.status == "given" else "")


def _interval(measure: Measure) -> str:
    if measure.low is None or measure.high is None:
        return ""
    return f"{measure.low:.3g} to {measure.high:.3g}"


def _show_assessment(console: Console, assessment: Assessment) -> None:
    for score in assessment.scores:
        console.print(f"[bold]{escape(score.title)}[/]: {escape(score.summary)}")
    table = Table("technique", "for", "against", "block", "caution", "ask", title_justify="left")
    for view in assessment.techniques:
        counts = [str(len(view.by_effect(effect)) or "") for effect in ("FOR", "AGAINST", "BLOCK", "CAUTION", "ASK")]
        table.add_row(view.title, *counts)
    console.print(table)
    for gap in assessment.blocking_gaps:
        console.print(f"[yellow]gap[/] {escape(gap)}")
    for gate in assessment.gates:
        if not gate.open:
            console.print(f"[yellow]gate[/] before {escape(gate.before)}: {escape(gate.reason)}")
