"""``buttress segment`` as its user meets it: masks to look at, edit and give back, on the right side of the patient."""

from __future__ import annotations

import gzip
import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from buttress.app.jobs import SegmentedLesion, segment_job
from buttress.app.sources import load_input
from buttress.exchange.images import read_imaging
from buttress.exchange.nifti import read_nifti_mask, write_nifti_mask
from buttress.exchange.nrrd import read_nrrd_mask
from buttress.library.example_cases import example_folder
from buttress.records.document import ButtressError
from buttress.records.image import Mask

pytestmark = pytest.mark.xdist_group("segment")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tibia example in a folder of its own."""
    folder = tmp_path_factory.mktemp("case") / "tibia"
    shutil.copytree(str(example_folder("tibia")), folder)
    return folder


@pytest.fixture(scope="module")
def segmented(case: Path) -> SegmentedLesion:
    """Its masks as NIfTI."""
    (one,) = segment_job(load_input(str(case)), case / "masks", "nifti", lambda _: None)
    return one


def test_bone_cortex_and_lesion_are_masks_on_the_grid_of_the_ct(case: Path, segmented: SegmentedLesion) -> None:
    loaded = load_input(str(case))
    imaging = read_imaging(loaded.case, loaded.folder)
    bone, cortex, lesion = (
        read_nifti_mask(segmented.files[name], imaging.ct.grid, where=name) for name in ("bone", "cortex", "lesion")
    )
    np.testing.assert_array_equal(lesion.inside, imaging.lesions[segmented.lesion_id].inside)
    assert not (cortex.inside & ~bone.inside).any()
    assert 0.2 < cortex.volume_ml / bone.volume_ml < 0.8
    assert imaging.ct.values[cortex.inside].min() > 300
    assert segmented.volumes_ml["bone"] == pytest.approx(bone.volume_ml)
    assert segmented.files["preview"].read_bytes().startswith(b"\x89PNG")
    assert not [path for path in (case / "masks").iterdir() if path.name.startswith(".")], "a temporary file is left"


def test_the_file_says_in_ras_where_the_lesion_is_in_the_patient(case: Path, segmented: SegmentedLesion) -> None:
    loaded = load_input(str(case))
    lesion = read_imaging(loaded.case, loaded.folder).lesions[segmented.lesion_id]
    raw = gzip.decompress(segmented.files["lesion"].read_bytes())
    shape = struct.unpack("<8h", raw[40:56])[1:4]
    start = int(struct.unpack("<f", raw[108:112])[0])
    assert struct.unpack("<hh", raw[252:256])[1] > 0, "an affine must be set (sform)"
    affine = np.array(struct.unpack("<12f", raw[280:328])).reshape(3, 4)  # NIfTI-1: index to RAS+ millimetres
    stored = np.frombuffer(raw[start:], dtype=np.uint8)[: int(np.prod(shape))].reshape(shape, order="F")
    ras = np.argwhere(stored) @ affine[:, :3].T + affine[:, 3]
    np.testing.assert_allclose(ras.mean(axis=0), lesion.points_mm().mean(axis=0) * (-1, -1, 1), atol=1e-3)


def test_one_file_for_slicer_holds_the_same_three_masks_by_name(
    case: Path, segmented: SegmentedLesion, tmp_path: Path
) -> None:
    loaded = load_input(str(case))
    (one,) = segment_job(loaded, tmp_path / "slicer", "seg.nrrd", lambda _: None)
    grid = read_imaging(loaded.case, loaded.folder).ct.grid
    for name in ("bone", "cortex", "lesion"):
        there = read_nrrd_mask(one.files[name], grid, where=name, label=name)
        np.testing.assert_array_equal(there.inside, read_nifti_mask(segmented.files[name], grid, where=name).inside)
    assert one.case_lines.splitlines()[1] == 'mask_label = "lesion"'


def test_an_edited_lesion_is_given_back_by_the_line_that_was_printed(
    case: Path, segmented: SegmentedLesion, run: Run
) -> None:
    loaded = load_input(str(case))
    grid = read_imaging(loaded.case, loaded.folder).ct.grid
    lesion = read_nifti_mask(segmented.files["lesion"], grid, where="lesion")
    inside = lesion.inside.copy()
    inside[:, :, : int(np.argwhere(inside)[:, 2].mean())] = False
    edited = case / "edited"
    edited.mkdir()
    write_nifti_mask(Mask(grid, inside), edited / segmented.files["lesion"].name)
    text = (case / "case.toml").read_text("utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("mask = ")]
    assert segmented.case_lines == f'mask = "masks/{segmented.files["lesion"].name}"'
    changed = text.replace(line, segmented.case_lines.replace("masks/", "edited/"))
    (case / "changed.toml").write_text(changed, "utf-8")
    _, answer, _ = run("measure", str(case / "changed.toml"), "--json")
    volume = json.loads(answer)["findings"]["lesions"][0]["volume_ml"]["value"]
    assert volume == pytest.approx(Mask(grid, inside).volume_ml)
    assert volume < 0.7 * lesion.volume_ml


def test_what_was_written_is_told_and_the_same_case_gives_the_same_bytes(
    run: Run, case: Path, segmented: SegmentedLesion, tmp_path: Path
) -> None:
    code, said, _ = run("segment", str(case), "-o", str(tmp_path / "out"))
    assert code == 0
    assert f"{tmp_path / 'out' / 'tibia-shaft-bone.nii.gz'}" in said
    assert "mask = " in said
    for name, path in segmented.files.items():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes(), name


def test_masks_never_mix_with_a_review(case: Path, tmp_path: Path) -> None:
    (tmp_path / "review").mkdir()
    (tmp_path / "review" / "review.json").write_text("{}")
    with pytest.raises(ButtressError, match="holds a review"):
        segment_job(load_input(str(case)), tmp_path / "review", "nifti", lambda _: None)


def test_a_lesion_that_cannot_be_outlined_says_why_and_the_exit_code_is_1(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    shutil.copytree(str(example_folder("tibia")), folder)
    lines = (folder / "case.toml").read_text("utf-8").splitlines()
    (folder / "case.toml").write_text("\n".join(one for one in lines if not one.startswith("mask = ")), "utf-8")
    code, said, _ = run("segment", str(folder), "-o", str(tmp_path / "out"), "--json")
    assert code == 1
    (one,) = json.loads(said)["lesions"]
    assert one["files"] == {}
    assert "neither a mask" in one["reason"]
