"""The command line as its user meets it: the bundled example, pipes, templates, schemas."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from buttress.records.case import Case
from buttress.records.review import Review

pytestmark = pytest.mark.xdist_group("demo")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tibia example, planned once as a newcomer would: in a process of its own."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    command = [sys.executable, "-m", "buttress.app.cli", "demo", "tibia", "-o", str(folder)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.rstrip().endswith(f"report: {folder / 'report.html'}")
    return folder


def test_the_demo_leaves_a_review_a_page_a_pdf_and_the_masks(demo: Path) -> None:
    review = Review.model_validate_json((demo / "review.json").read_text("utf-8"))
    assert review.stage == "planned"
    assert (demo / "report.html").read_text("utf-8").startswith("<!doctype html>")
    assert (demo / "report.pdf").read_bytes().startswith(b"%PDF")
    assert {file.role for file in review.voxels} == {"lesion", "bone", "cortex"}
    assert all((demo / file.file).is_file() for file in review.voxels)
    assert not [path.name for path in demo.iterdir() if path.name.startswith(".")], "a temporary file was left behind"


def test_the_demo_lets_the_newcomer_change_the_case_and_run_again(demo: Path, run: Run, tmp_path: Path) -> None:
    case = (demo / "case" / "case.toml").read_text("utf-8")
    assert "pacemaker = false" in case
    changed = demo / "case" / "changed.toml"
    changed.write_text(case.replace("pacemaker = false", "pacemaker = true"), "utf-8")
    _, before, _ = run("assess", str(demo / "case" / "case.toml"))
    _, after, _ = run("assess", str(changed))
    changed.unlink()
    assert not stops(before, "rfa_monopolar")
    assert "RFA-06/stop" in stops(after, "rfa_monopolar")


def test_a_changed_example_is_kept_and_planned_as_changed(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("demo", "tibia", "-o", str(out), "--no-pdf")[0] == 0
    case = out / "case" / "case.toml"
    case.write_text(case.read_text("utf-8").replace("age_y = 62", "age_y = 63"), "utf-8")
    code, _, said = run("demo", "tibia", "-o", str(out), "--no-pdf")
    assert code == 0
    assert "keeping the changed" in said
    assert "age_y = 63" in case.read_text("utf-8")
    assert Review.model_validate_json((out / "review.json").read_text("utf-8")).case.patient.age_y == 63


def stops(review: str, technique: str) -> set[str]:
    """The rules that block a technique in a review given as JSON."""
    views = Review.model_validate_json(review).assessments[0].techniques
    (view,) = [view for view in views if view.key == technique]
    return {verdict.rule for verdict in view.by_effect("BLOCK")}


def test_verbs_pipe_into_each_other(demo: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo / "case")
    code, measured, _ = run("measure", "case.toml")
    assert code == 0
    code, assessed, _ = run("assess", "-", stdin=measured)
    assert code == 0
    code, _, _ = run("report", "-", "-o", str(tmp_path / "piped"), "--no-pdf", stdin=assessed)
    assert code == 0
    piped = Review.model_validate_json((tmp_path / "piped" / "review.json").read_text("utf-8"))
    whole = Review.model_validate_json((demo / "review.json").read_text("utf-8"))
    assert piped.stage == "assessed"
    assert (piped.findings, piped.assessments) == (whole.findings, whole.assessments)


def test_the_same_case_gives_the_same_bytes(demo: Path, run: Run, tmp_path: Path) -> None:
    again = tmp_path / "again"
    code, _, _ = run("demo", "tibia", "-o", str(again))
    assert code == 0
    first, second = (json.loads((folder / "review.json").read_text("utf-8")) for folder in (demo, again))
    times = (first["provenance"].pop("created"), second["provenance"].pop("created"))
    assert first == second
    for name in sorted(path.name for path in demo.glob("*.nii.gz")):
        assert (demo / name).read_bytes() == (again / name).read_bytes(), name
    pages = [
        (f / "report.html").read_text("utf-8").replace(t[:19], "") for f, t in zip((demo, again), times, strict=True)
    ]
    assert without_times(pages[0], times) == without_times(pages[1], times)


def without_times(page: str, times: tuple[str, str]) -> str:
    """A page without the two time stamps, however they are printed."""
    for time in times:
        for shape in (time, time[:19], time.replace("T", " ")[:19], time.replace("T", " ")[:16]):
            page = page.replace(shape, "")
    return page


def test_a_report_can_be_written_again_from_its_review(demo: Path, run: Run, tmp_path: Path) -> None:
    code, _, _ = run("report", str(demo / "review.json"), "-o", str(tmp_path / "copy"), "--no-pdf")
    assert code == 0
    assert (tmp_path / "copy" / "report.html").read_text("utf-8") == (demo / "report.html").read_text("utf-8")


def test_a_report_is_refused_when_the_images_have_changed(demo: Path, run: Run, tmp_path: Path) -> None:
    review = json.loads((demo / "review.json").read_text("utf-8"))
    review["provenance"]["inputs"][0]["sha256"] = "0" * 64
    changed = demo / "changed.json"
    changed.write_text(json.dumps(review), "utf-8")
    code, _, said = run("report", str(changed), "-o", str(tmp_path / "no"))
    changed.unlink()
    assert code == 2
    assert "not those that were reviewed" in said


def test_another_cases_review_is_not_written_over(demo: Path, run: Run) -> None:
    code, _, said = run("demo", "sternum", "-o", str(demo))
    assert code == 2
    assert "another case" in said


def test_the_template_is_a_case_and_is_not_written_over(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    assert run("new-case", str(path), "--bone", "femur")[0] == 0
    code, _, said = run("new-case", str(path))
    assert code == 2
    assert "exists already" in said
    code, printed, _ = run("assess", str(path))
    assert code == 1, "everything is unknown: gaps remain"
    assert Review.model_validate_json(printed).case.lesions[0].bone == "femur"


def test_the_schema_accepts_the_bundled_case(demo: Path, run: Run) -> None:
    code, printed, _ = run("schema", "case")
    assert code == 0
    schema = json.loads(printed)
    case = tomllib.loads((demo / "case" / "case.toml").read_text("utf-8"))
    assert set(case) <= set(schema["properties"])
    assert Case.model_validate(case).id == "example-tibia"


def test_cite_prints_only_known_sources_and_the_paper_among_them(demo: Path, run: Run) -> None:
    code, printed, _ = run("cite", str(demo / "review.json"), "--json")
    assert code == 0
    keys = [source["key"] for source in json.loads(printed)]
    assert "ahmed2019" in keys
    assert len(keys) == len(set(keys))


def test_a_case_of_the_paper_is_judged_and_explained_by_its_name(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, printed, _ = run("assess", "case-3")
    assert code == 0, "no missing fact leaves a stop undecided"
    assert "RFA-06/stop" in stops(printed, "rfa_monopolar")
    code, told, _ = run("explain", "-", "screws", stdin=printed)
    assert code == 0
    assert "No clear path for screws" in told
    code, _, said = run("explain", "case-3", "laser")
    assert code == 2
    assert "cryoablation" in said


def test_a_file_of_an_examples_name_wins_over_the_example(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("new-case", "case-1", "--bone", "tibia")[0] == 0
    _, printed, _ = run("assess", "case-1")
    assert Review.model_validate_json(printed).case.lesions[0].bone == "tibia"


def test_a_name_that_is_neither_file_nor_example_is_answered_with_the_examples(run: Run) -> None:
    code, _, said = run("assess", "case-9")
    assert code == 2
    assert "no such file" in said
    assert "case-1" in said


def test_doctor_names_every_dependency(run: Run) -> None:
    code, printed, _ = run("doctor", "--json")
    assert code == 0
    states = {row["name"]: row["state"] for row in json.loads(printed)}
    assert states["numpy"] == states["typst"] == "ok"
    assert states["warp-lang [gpu]"] in ("ok", "optional")


def test_an_unknown_example_is_answered_with_the_known_ones(run: Run, tmp_path: Path) -> None:
    code, _, said = run("demo", "skull", "-o", str(tmp_path / "x"))
    assert code == 2
    assert "sternum, tibia" in said


def test_the_wheel_carries_library_templates_and_examples(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    for folder in (
        "library/rules",
        "library/rules/scores",
        "library/devices",
        "library/examples/tibia",
        "library/examples/case-1",
        "library/examples/case-4",
        "evidence",
        "report/templates",
    ):
        source = root / "src" / "buttress" / folder
        expected = {f"buttress/{folder}/{path.name}" for path in source.iterdir() if path.is_file()}
        assert expected, folder
        assert expected <= set(names), folder
