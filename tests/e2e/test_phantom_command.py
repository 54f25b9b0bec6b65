"""``buttress phantom``: a user who wants to know how far to trust a number."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from buttress.exchange.documents import read_case
from buttress.exchange.nifti import read_nifti_mask, read_nifti_volume

Run = Callable[..., tuple[int, str, str]]
COARSE = ("--spacing", "2", "--seed", "3")


def truth_in(folder: Path) -> dict[str, object]:
    return json.loads((folder / "truth.json").read_text("utf-8"))["lesion"]


def test_a_drawn_leg_can_be_measured_and_its_truth_lies_in_the_intervals(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "leg"
    code, out, _ = run("phantom", "tube", "--fibula", "--side", "right", *COARSE, "--axial", "24", "-o", str(folder))
    assert code == 0
    assert {path.name for path in folder.iterdir()} == {
        "ct.nii.gz", "bone.nii.gz", "lesion.nii.gz", "truth.json", "case.toml"
    }  # fmt: skip
    assert str(folder / "truth.json") in out
    code, said, _ = run("measure", str(folder), "--json")
    assert code == 0
    found, truth = json.loads(said)["findings"]["lesions"][0], truth_in(folder)
    for name in ("axial_cortical_involvement_mm", "circumferential_cortical_involvement_fraction", "volume_ml"):
        assert found[name]["low"] <= truth[name] <= found[name]["high"], name
    assert found["side"]["value"] == truth["side"] == "right"
    assert found["cortical_breach"]["value"] is truth["cortical_breach"] is True


def test_a_lesion_is_put_into_a_ct_of_one_s_own(run: Run, tmp_path: Path) -> None:
    healthy, made = tmp_path / "healthy", tmp_path / "made"
    assert run("phantom", "curved", "--lesion", "none", "--tilt", "15", *COARSE, "-o", str(healthy))[0] == 0
    assert not (healthy / "case.toml").exists()
    seed = ("--seed-mm", "0", "0", "0", "--bone", "femur", "--side", "left")
    code, _, _ = run("phantom", "insert", str(healthy / "ct.nii.gz"), *seed, "--class", "under-third", "-o", str(made))
    assert code == 0
    truth = truth_in(made)
    assert 0.0 < truth["width_fraction"] <= 1 / 3
    before, after = (read_nifti_volume(folder / "ct.nii.gz")[0] for folder in (healthy, made))
    lesion = read_nifti_mask(made / "lesion.nii.gz", after.grid, where="lesion")
    changed = before.values != after.values
    assert changed[lesion.inside].mean() > 0.95
    assert changed.mean() < 0.1
    assert lesion.volume_ml == pytest.approx(truth["volume_ml"], rel=0.15)
    assert read_case(made / "case.toml").lesions[0].bone == "femur"


def test_a_plate_and_a_hip_write_cases_that_can_be_read(run: Run, tmp_path: Path) -> None:
    for kind, bone in (("flat", "ilium"), ("hip", "acetabulum")):
        assert run("phantom", kind, "--spacing", "3", "-o", str(tmp_path / kind))[0] == 0
        assert read_case(tmp_path / kind / "case.toml").lesions[0].bone == bone
        assert truth_in(tmp_path / kind)["volume_ml"] > 1.0
    bone = json.loads((tmp_path / "hip" / "truth.json").read_text("utf-8"))["bone"]
    assert (bone["head_radius_mm"], bone["joint_space_mm"]) == (23.0, 4.0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("tube", "--tilt", "80"), "tilt of 80"),
        (("tube", "--bone", "femurr"), 'unknown bone "femurr"'),
        (("flat", "--fibula"), "fibula beside a flat bone"),
        (("insert", "no.nii.gz", "--seed-mm", "0", "0", "0", "--bone", "femur", "--side", "left"), "no such file"),
        (("insert", "no.nii.gz", "--seed-mm", "0", "0", "0", "--bone", "sternum", "--side", "left"), "no long bone"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    code, _, said = run("phantom", *arguments, "-o", str(tmp_path / "out"))
    assert code == 2
    assert words in said
    assert not (tmp_path / "out").exists()


def test_other_files_are_not_written_over(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    code, _, said = run("phantom", "tube", "--spacing", "3", "-o", str(tmp_path))
    assert code == 2
    assert "the folder holds other files" in said
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
