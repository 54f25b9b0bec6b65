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
    if review.provenance.policy:
        told = "; ".join(f"{change.label}: {change.told}" for change in review.provenance.policy.changes)
        console.print(f"[yellow]site policy[/] {escape(review.provenance.policy.name)}: {escape(told)}")
    if review.provenance.policy_note:
        console.print(f"[yellow]site policy[/] {escape(review.provenance.policy_note)}")
    for note in review.findings.image_notes:
        console.print(f"[dim]images: {escape(note)}[/]")


def _measures(found: LesionFindings) -> Table:
    table = Table("measure", "value", "range", "where", title=f"lesion {found.lesion_id}", title_justify="left")
    for name, value in found:
        if isinstance(value, Measure):
            table.add_row(_words(name), _number(value), _interval(value), escape(_place(value)))
        elif isinstance(value, Observation):
            table.add_row(_words(name), _seen(value), "", escape(_place(value)))
    return table


def _words(name: str) -> str:
    """A field's name without its unit: the unit stands beside the number."""
    bare = name.removesuffix("_mm").removesuffix("_ml").removesuffix("_fraction")
    return bare.replace("_", " ").replace(" hu", " density")


def _place(found: Measure | Observation) -> str:
    """The plainest place it was read (the slice stands last), or why there is none."""
    return found.where.rpartition("; ")[2] or found.note


def _seen(observation: Observation) -> str:
    if isinstance(observation.value, bool):
        return "yes" if observation.value else "no"
    return observation.value or observation.status.replace("_", " ")


def _number(measure: Measure) -> str:
    if measure.value is None:
        return measure.status.replace("_", " ")
    number = f"{100 * measure.value:.0f} %" if measure.unit == "1" else f"{measure.value:.3g} {measure.unit}"
    return number + (" (given)" if measure.status == "given" else "")


def _interval(measure: Measure) -> str:
    if measure.low is None or measure.high is None:
        return ""
    if measure.unit == "1":
        return f"{100 * measure.low:.0f} to {100 * measure.high:.0f} %"
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
