"""Ten kinds of bad input, as the user meets them: exit code 2, what was found, what was expected, what to do.

Each starts from the bundled tibia and spoils one thing.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from buttress.exchange.nifti import read_nifti_volume, write_nifti_mask, write_nifti_volume
from buttress.library.example_cases import example_folder
from buttress.numerics.grid import Grid
from buttress.records.image import Mask, Volume
from dicom_phantom import SERIES, image, save, series

Run = Callable[..., tuple[int, str, str]]
Spoil = Callable[[Path], None]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A copy of the bundled tibia to spoil."""
    with resources.as_file(example_folder("tibia")) as folder:
        return Path(shutil.copytree(folder, tmp_path / "case")) / "case.toml"


def put(case: Path, old: str, new: str) -> None:
    """Replace a line of the case; the old text must be there."""
    text = case.read_text("utf-8")
    assert old in text, old
    case.write_text(text.replace(old, new, 1), "utf-8")


def missing_file(case: Path) -> None:
    (case.parent / "lesion.nii.gz").unlink()


def mask_on_another_grid(case: Path) -> None:
    grid = Grid.aligned((20, 20, 20), 1.0, (180, 270, 350))
    inside = np.zeros(grid.shape, np.bool_)
    inside[5:9, 5:9, 5:9] = True
    write_nifti_mask(Mask(grid, inside), case.parent / "lesion.nii.gz")


def seed_outside_bone(case: Path) -> None:
    put(case, 'mask = "lesion.nii.gz"', "seed_mm = [225.0, 300.0, 365.0]")


def unknown_bone(case: Path) -> None:
    put(case, 'bone = "tibia"', 'bone = "tibula"')


def wrong_side(case: Path) -> None:
    put(case, 'side = "right"', 'side = "left"')


def mr_instead_of_ct(case: Path) -> None:
    series(case.parent / "dicom", Modality="MR")
    put(case, 'ct = "ct.nii.gz"', 'ct = "dicom"')


def two_series_in_one_folder(case: Path) -> None:
    series(case.parent / "dicom" / "a")
    series(case.parent / "dicom" / "b", [0, 1, 2], SeriesInstanceUID=SERIES + ".2", SliceThickness="5")
    put(case, 'ct = "ct.nii.gz"', 'ct = "dicom"')


def truncated_dicom(case: Path) -> None:
    folder = series(case.parent / "dicom")
    save(image(3), folder / "IM003.dcm")
    whole = (folder / "IM003.dcm").read_bytes()
    (folder / "IM003.dcm").write_bytes(whole[: len(whole) - 100])
    put(case, 'ct = "ct.nii.gz"', 'ct = "dicom"')


def toml_typo(case: Path) -> None:
    put(case, "pacemaker = false", "pacemaker = flase")


def hu_that_are_not_hu(case: Path) -> None:
    volume, _ = read_nifti_volume(case.parent / "ct.nii.gz")
    write_nifti_volume(Volume(volume.grid, volume.values + 1024), case.parent / "ct.nii.gz")


KINDS: dict[str, tuple[Spoil, tuple[str, ...]]] = {
    "missing file": (missing_file, ("lesions[0].mask", "no file lesion.nii.gz", "put the file there")),
    "mask on another grid": (mask_on_another_grid, ("another grid", "20 x 20 x 20", "116 x 145 x 245", "resample")),
    "seed outside bone": (seed_outside_bone, ("seed", "225.0", "HU", "what to do")),
    "unknown bone": (unknown_bone, ("line 6", "tibula", "did you mean", "tibia")),
    "wrong side for the anatomy": (wrong_side, ("left", "right", "fibula", "what to do")),
    "MR instead of CT": (mr_instead_of_ct, ("MR instead of CT", "name the folder of the CT series")),
    "two series in one folder": (two_series_in_one_folder, ("2 CT series", SERIES + ".2", "images.series_uid")),
    "truncated DICOM": (truncated_dicom, ("truncated DICOM", "copy or export the series again")),
    "TOML typo": (toml_typo, ("case.toml, line 2", "TOML cannot be read", "mend this line")),
    "HU that are not HU": (hu_that_are_not_hu, ("HU that are not HU", "+1024", "rescale intercept")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_bad_input_is_answered_with_what_to_do_and_nothing_is_written(kind: str, case: Path, run: Run) -> None:
    spoil, words = KINDS[kind]
    spoil(case)
    out = case.parent.parent / "out"
    code, printed, said = run("plan", str(case), "-o", str(out))
    said = " ".join(said.split())
    assert code == 2, said
    for word in (*words, "expected:", "what to do:"):
        assert word in said
    assert "Traceback" not in said
    assert printed == ""
    assert not out.exists()


def test_an_error_is_json_for_machines(case: Path, run: Run) -> None:
    missing_file(case)
    code, printed, said = run("measure", str(case), "--json")
    assert (code, printed) == (2, "")
    error = json.loads(said.strip().splitlines()[-1])["error"]
    assert error["where"] == "lesions[0].mask"
    assert error["what_to_do"]


def test_a_damaged_gzip_is_refused_in_words(case: Path, run: Run) -> None:
    ct = case.parent / "ct.nii.gz"
    ct.write_bytes(gzip.compress(gzip.decompress(ct.read_bytes())[:500_000]))
    code, _, said = run("measure", str(case))
    assert code == 2
    assert "images.ct" in said


def test_no_word_of_a_dicom_header_is_repeated(case: Path, run: Run) -> None:
    two_series_in_one_folder(case)
    _, printed, said = run("measure", str(case))
    assert "Doe" not in printed + said
    assert "123456" not in printed + said
