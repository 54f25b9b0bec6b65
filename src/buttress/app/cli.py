"""The command line: parses, calls a job, shows what came of it.

Exit codes: 0 done; 1 done, but facts are missing that leave a stop or a score undecided; 2 the input cannot be used;
70 a fault in buttress itself.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

import buttress
from buttress.ablate.schedule import parse_schedule
from buttress.app.bench_cli import bench_device
from buttress.app.codes_cli import book_rows, review_rows, show_book, show_codes
from buttress.app.collector import ease_collector
from buttress.app.device_cli import device_app
from buttress.app.doctor import as_rows, diagnose
from buttress.app.explain_cli import check_technique, explanation_json, explanation_text
from buttress.app.jobs import (
    Progress,
    Written,
    assess_job,
    demo_job,
    judged_review,
    measure_job,
    plan_job,
    report_job,
    segment_job,
    simulate_job,
    strength_job,
)
from buttress.app.outputs import MaskFormat, replace_text
from buttress.app.phantom_cli import phantom_app
from buttress.app.policy_cli import PolicyFile, policy_app
from buttress.app.present import show_error, show_review
from buttress.app.rules_cli import rules_app
from buttress.app.segment_cli import masks_json, masks_text
from buttress.app.simulate_cli import (
    DeviceKey,
    EnsembleRuns,
    PlanId,
    ScheduleText,
    Seed,
    SimulationQuality,
    simulation_lines,
)
from buttress.app.sources import load_input
from buttress.app.strength_cli import CementMl, Placed, PushOn, TrocarTips, parse_placed, parse_trocars, strength_lines
from buttress.app.verify_cli import verify
from buttress.exchange.documents import case_schema, review_schema, review_to_json
from buttress.exchange.template import case_template
from buttress.records.document import ButtressError
from buttress.records.implant import StrengthQuestion
from buttress.records.review import Review
from buttress.report.bibliography import bibliography_of
from buttress.workflow.simulate_case import SimulationChoice

NOTICE = "Research use only. It lists reasons; it never prescribes."

app = typer.Typer(
    name="buttress",
    help="Plan percutaneous ablation and augmentation of extraspinal lytic bone metastases: from a CT and a few facts "
    f"to a report that a tumour board can question. {NOTICE}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(rules_app, name="rules")
app.add_typer(phantom_app, name="phantom")
app.add_typer(policy_app, name="policy")
app.add_typer(device_app, name="device")
out, err = Console(), Console(stderr=True)

Source = Annotated[
    str,
    typer.Argument(
        metavar="CASE|REVIEW|-",
        help="A case.toml, a review.json, a folder with one, - for standard input, or a bundled example.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to standard output (also when it is not a terminal).")]
Folder = Annotated[Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Where the report goes.")]
Pdf = Annotated[bool, typer.Option("--pdf/--no-pdf", help="Also write report.pdf.")]


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        typer.echo(buttress.__version__)
        raise typer.Exit


@app.command()
def demo(
    name: Annotated[
        str,
        typer.Argument(help="Which bundled example: tibia or sternum, or case-1 to case-4 of the paper (no images)."),
    ] = "tibia",
    output: Folder = None,
    pdf: Pdf = True,
    as_json: AsJson = False,
) -> None:
    """Plan a bundled example, by default a real CT with a synthetic lesion, and say where the report is."""
    folder = output or Path(f"buttress-demo-{name}")
    with _progress() as progress:
        written = demo_job(name, folder, progress, pdf=pdf)
    _finish(written, as_json)


@app.command("new-case")
def new_case(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("case.toml"),
    bone: Annotated[str | None, typer.Option(help="Fill in this bone, for example femur.")] = None,
) -> None:
    """Write a commented case template. Every field may stay unknown."""
    if path.exists():
        raise ButtressError("the file exists already", "a new file name", "choose another name", where=str(path))
    if not path.parent.is_dir():
        raise ButtressError(
            "the folder does not exist", "an existing folder", "create it first", where=str(path.parent)
        )
    replace_text(path, case_template(bone))
    typer.echo(f"wrote {path}; fill it in, then run: buttress plan {path}", err=True)


@app.command()
def measure(source: Source, as_json: AsJson = False) -> None:
    """Measure the lesions: size, cortex, axis, what lies nearby."""
    with _progress() as progress:
        review = measure_job(load_input(source), Path.cwd(), progress)
    _show(review, as_json)


@app.command()
def segment(
    source: Source,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Where the masks go.")] = None,
    form: Annotated[
        MaskFormat, typer.Option("--format", help="A NIfTI file for each mask, or one file for 3D Slicer.")
    ] = "nifti",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
) -> None:
    """Outline the lesions and their bones: masks of bone, cortex and lesion to look at, edit and give back."""
    loaded = load_input(source)
    with _progress() as progress:
        found = segment_job(loaded, output or Path(f"{loaded.case.id}-masks"), form, progress)
    typer.echo(masks_json(found) if as_json else masks_text(found))
    raise typer.Exit(1 if any(one.reason for one in found) else 0)


@app.command()
def assess(source: Source, policy: PolicyFile = None, as_json: AsJson = False) -> None:
    """Judge the lesions: considerations, scores, techniques with reasons for and against."""
    with _progress() as progress:
        review = assess_job(load_input(source, policy), Path.cwd(), progress)
    _show(review, as_json)
    raise typer.Exit(1 if review.blocking_gaps else 0)


@app.command()
def plan(
    source: Source, output: Folder = None, policy: PolicyFile = None, pdf: Pdf = True, as_json: AsJson = False
) -> None:
    """The whole job: measure, judge, propose; write review.json, report.html, report.pdf and the masks."""
    loaded = load_input(source, policy)
    with _progress() as progress:
        written = plan_job(loaded, output or Path(f"{loaded.case.id}-review"), progress, pdf=pdf)
    _finish(written, as_json)


@app.command()
def simulate(
    source: Source,
    plan_id: PlanId = None,
    schedule: ScheduleText = None,
    device: DeviceKey = None,
    quality: SimulationQuality = "preview",
    ensemble: EnsembleRuns = 20,
    seed: Seed = 0,
    output: Folder = None,
    pdf: Pdf = True,
    as_json: AsJson = False,
) -> None:
    """Simulate the planned ablations on the CT: zone, margin, what is spared, how sure; write the report with them."""
    loaded = load_input(source)
    phases = parse_schedule(schedule) if schedule else None
    choice = SimulationChoice(plan_id, device, phases, quality, ensemble, seed)
    folder = output or Path(f"{loaded.case.id}-review")
    written = _timed(lambda progress: simulate_job(loaded, folder, choice, progress, pdf=pdf))
    _finish(written, as_json, simulation_lines(written.review.simulations))


@app.command()
def strength(
    source: Source,
    implants: Placed = None,
    trocars: TrocarTips = None,
    cement_ml: CementMl = None,
    push_on: PushOn = False,
    output: Folder = None,
    pdf: Pdf = True,
    as_json: AsJson = False,
) -> None:
    """Compute how strong the bone is, as it is and with cement and metal put in; write the report with it."""
    loaded, placed = load_input(source), tuple(map(parse_placed, implants or ()))
    asked = StrengthQuestion(placed=placed, trocars=parse_trocars(trocars or (), cement_ml), push_on=push_on)
    folder = output or Path(f"{loaded.case.id}-review")
    written = _timed(lambda progress: strength_job(loaded, folder, asked, progress, pdf=pdf))
    _finish(written, as_json, strength_lines(written.review.strengths))


@app.command()
def report(
    source: Source, output: Folder = None, policy: PolicyFile = None, pdf: Pdf = True, as_json: AsJson = False
) -> None:
    """Write the report of a review again, under the policy it was made with (a case is planned first)."""
    loaded = load_input(source, policy)
    with _progress() as progress:
        written = report_job(loaded, output or Path(f"{loaded.case.id}-review"), progress, pdf=pdf)
    _finish(written, as_json)


@app.command()
def schema(
    what: Annotated[Literal["case", "review"], typer.Argument(help="Which document.")] = "case",
) -> None:
    """Print the JSON Schema of a case or a review."""
    typer.echo(json.dumps(case_schema() if what == "case" else review_schema(), indent=2, ensure_ascii=False))


@app.command()
def cite(source: Source, as_json: AsJson = False) -> None:
    """Print the bibliography of what a review used."""
    loaded = load_input(source)
    with _progress() as progress:
        review = loaded.review or assess_job(loaded, Path.cwd(), progress)
    sources = bibliography_of(review)
    if _wants_json(as_json):
        typer.echo(json.dumps([one.model_dump() for one in sources], indent=2, ensure_ascii=False))
        return
    for number, one in enumerate(sources, start=1):
        typer.echo(f"[{number}] {one.key}: {one.citation}")


@app.command()
def codes(
    source: Annotated[
        str | None,
        typer.Argument(metavar="CASE|REVIEW|-", help="Codes of this case or review; left out: the whole code book."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the codes of what a review says (SNOMED CT, LOINC, ICD-10-CM, UCUM, DICOM, ours), or all codes known."""
    if source is None:
        typer.echo(json.dumps(book_rows(), indent=2, ensure_ascii=False)) if _wants_json(as_json) else show_book()
        return
    loaded = load_input(source)
    with _progress() as progress:
        review = loaded.review if loaded.review and loaded.review.codes else assess_job(loaded, Path.cwd(), progress)
    if _wants_json(as_json):
        typer.echo(json.dumps(review_rows(review), indent=2, ensure_ascii=False))
    else:
        show_codes(review)


@app.command()
def explain(
    source: Source,
    technique: Annotated[str, typer.Argument(help="Its key, for example screws or cryoablation.")],
    policy: PolicyFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
) -> None:
    """Say why and why not, for one technique: every reason with its source, what is asked, what would change it."""
    check_technique(technique)
    loaded = load_input(source, policy)
    with _progress() as progress:
        review = judged_review(loaded) or assess_job(loaded, Path.cwd(), progress)
    if as_json:
        typer.echo(json.dumps(explanation_json(review, technique), indent=2, ensure_ascii=False))
    else:
        typer.echo(explanation_text(review, technique))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, and what is missing."""
    checks = diagnose()
    if _wants_json(as_json):
        typer.echo(json.dumps(as_rows(checks), indent=2))
    else:
        table = Table("what", "state", "found")
        for check in checks:
            table.add_row(check.name.replace("[", r"\["), check.state, check.found.replace("[", r"\["))
        out.print(table)
    raise typer.Exit(2 if any(check.state == "missing" for check in checks) else 0)


def _wants_json(as_json: bool) -> bool:
    return as_json or not sys.stdout.isatty()


def _show(review: Review, as_json: bool) -> None:
    if _wants_json(as_json):
        sys.stdout.write(review_to_json(review))
    else:
        show_review(out, review)
        out.print(f"[dim]{NOTICE}[/]")


def _timed(job: Callable[[Progress], Written]) -> Written:
    """Run a job that takes a while, and say how long it took."""
    started = time.monotonic()
    with _progress() as progress:
        written = job(progress)
    typer.echo(f"buttress: took {time.monotonic() - started:.0f} s", err=True)
    return written


def _finish(written: Written, as_json: bool, lines: Iterable[str] = ()) -> None:
    """Show ``lines`` and what was written; a missing fact that leaves a stop or a score undecided is exit code 1."""
    gaps = written.review.blocking_gaps
    for line in () if as_json else lines:
        typer.echo(line)
    if as_json:
        sys.stdout.write(review_to_json(written.review))
    else:
        if sys.stdout.isatty():
            show_review(out, written.review)
        for gap in () if sys.stdout.isatty() else gaps:
            typer.echo(f"gap: {gap}", err=True)
        for path in written.files:
            typer.echo(str(path))
        typer.echo(f"{NOTICE}\nreport: {written.folder / 'report.html'}")
    raise typer.Exit(1 if gaps else 0)


app.command("bench-device")(bench_device)
app.command("verify")(verify)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A spinner with the present step on a terminal; a line per step elsewhere. On standard error, never on output."""
    if not err.is_terminal:
        yield lambda step: typer.echo(f"buttress: {step}", err=True)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=err, transient=True) as bar:
        task = bar.add_task("starting")
        yield lambda step: bar.update(task, description=step)


def main() -> None:
    """Run the command line; turn a user's bad input into a message and exit code 2, and our own faults into 70."""
    ease_collector()
    try:
        app()
    except ButtressError as error:
        if "--json" in sys.argv:
            fields = {
                "found": error.found,
                "expected": error.expected,
                "what_to_do": error.remedy,
                "where": error.where,
            }
            typer.echo(json.dumps({"error": fields}, ensure_ascii=False), err=True)
        else:
            show_error(err, error)
        sys.exit(2)
    except Exception as fault:
        # A message may quote a patient's data: only the kind and the place of the fault are shown.
        places = "".join(traceback.format_tb(fault.__traceback__, limit=-3))
        typer.echo(f"a fault in buttress itself: {type(fault).__name__}\n{places}Please report it.", err=True)
        sys.exit(70)


if __name__ == "__main__":
    main()
