"""``buttress strength`` as its user meets it: the table, the report with it, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from buttress.exchange.documents import read_review

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.xdist_group("strength")
def test_a_case_gets_its_table_and_a_later_report_keeps_it(run: Run, tmp_path: Path) -> None:
    folder, again = tmp_path / "one", tmp_path / "again"
    screw = "cannulated_4_5_full:{}:{}"
    placed = ("--implant", _along_the_bone(screw, run), "--trocar", "192.8,279.5,366.3", "--cement-ml", "4")
    code, out, err = run("strength", "tibia", "-o", str(folder), "--no-pdf", *placed)
    assert code in (0, 1), err
    assert "As it is" in out
    assert "1 implant as placed, with cement" in out
    assert "not validated" in out
    review = read_review(folder / "review.json")
    [table] = review.strengths
    assert table.row("cement").cell("torsion").slip_ratio is not None
    assert table.cuts
    assert table.injection.volume_ml == 4.0
    assert 0.3 < table.injection.cavity_fraction <= 1.0
    assert f"{table.injection.cavity_fraction:.0%} of the cavity" in out
    page = (folder / "report.html").read_text("utf-8")
    assert "Strength, as it is and with cement and metal" in page
    assert "Strain along the bone in" in page
    code, _, _ = run("report", str(folder), "-o", str(again), "--no-pdf")
    assert code in (0, 1)
    assert read_review(again / "review.json").strengths == review.strengths
    assert (again / "report.html").read_bytes() == (folder / "report.html").read_bytes()


def _along_the_bone(form: str, run: Run) -> str:
    """An implant through the middle of the demo's lesion, along the bone's own axis."""
    _, out, _ = run("measure", "tibia", "--json")
    found = read_review(None, out)
    axis = found.findings.lesions[0].bone_axis
    assert axis is not None
    near = [p for p, at in zip(axis.points_mm, axis.from_lesion_mm, strict=True) if abs(at) < 25.0]
    entry, tip = (",".join(f"{v:.1f}" for v in point) for point in (near[0], near[-1]))
    return form.format(entry, tip)


def test_a_case_without_images_and_an_unknown_implant_are_refused(run: Run, tmp_path: Path) -> None:
    code, _, err = run("strength", "case-1", "-o", str(tmp_path / "a"))
    assert (code, "names no CT" in err) == (2, True)
    code, _, err = run("strength", "tibia", "--implant", "nail:1,2,3:4,5,6", "-o", str(tmp_path / "b"))
    assert (code, "cannulated_7_0_full" in err) == (2, True)
    assert not (tmp_path / "b").exists()
