"""The images of a case: CT and masks on one grid, errors that name the field, and hashes of what was read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from buttress.exchange.images import hash_inputs, read_imaging
from buttress.exchange.nifti import write_nifti_mask, write_nifti_volume
from buttress.numerics.grid import Grid
from buttress.records.case import Case
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

GRID = Grid.aligned((8, 9, 10), (1.0, 1.0, 2.0), (-4.0, 5.0, 6.0))


def leg() -> Volume:
    values = np.full(GRID.shape, -1000, dtype=np.float32)
    values[1:7, 1:8] = np.random.default_rng(0).integers(-120, 90, (6, 7, 10))
    values[3:5, 3:5] = 900
    return Volume(GRID, values)


def block(start: int) -> Mask:
    inside = np.zeros(GRID.shape, dtype=bool)
    inside[start : start + 2, 3:5, 3:6] = True
    return Mask(GRID, inside)


def folder_with_images(folder: Path) -> Path:
    write_nifti_volume(leg(), folder / "ct.nii.gz")
    for number, name in enumerate(("lesion", "bone", "nerve")):
        write_nifti_mask(block(number), folder / f"{name}.nii.gz")
    return folder


def case(**lesion: Any) -> Case:
    facts = {
        "id": "a",
        "bone": "femur",
        "mask": "lesion.nii.gz",
        "bone_mask": "bone.nii.gz",
        "critical_structures": [{"name": "nerve", "kind": "nerve", "mask": "nerve.nii.gz"}],
    }
    return Case.model_validate({"id": "c", "images": {"ct": "ct.nii.gz"}, "lesions": [facts | lesion]})


def test_the_ct_and_all_masks_are_read_on_one_grid(tmp_path: Path) -> None:
    imaging = read_imaging(case(), folder_with_images(tmp_path))
    np.testing.assert_array_equal(imaging.ct.values, leg().values)
    for masks, key, start in ((imaging.lesions, "a", 0), (imaging.bones, "a", 1), (imaging.structures, "nerve", 2)):
        np.testing.assert_array_equal(masks[key].inside, block(start).inside)
        assert masks[key].grid is imaging.ct.grid
    assert imaging.notes == ()


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("ct", "images.ct"),
        ("lesion", "lesions[0].mask"),
        ("bone", "lesions[0].bone_mask"),
        ("nerve", "lesions[0].critical_structures[0].mask"),
    ],
)
def test_a_missing_file_is_named_by_the_field_of_the_case(tmp_path: Path, name: str, field: str) -> None:
    folder = folder_with_images(tmp_path)
    (folder / f"{name}.nii.gz").unlink()
    for action in (read_imaging, hash_inputs):
        with pytest.raises(ButtressError) as caught:
            action(case(), folder)
        assert caught.value.where == field
        assert caught.value.found == f"there is no file {name}.nii.gz"
        assert "relative to the folder of the case file" in caught.value.expected


def test_a_mask_on_another_grid_is_named_by_its_field(tmp_path: Path) -> None:
    folder = folder_with_images(tmp_path)
    other = Grid.aligned((8, 9, 9), (1.0, 1.0, 2.0), (-4.0, 5.0, 6.0))
    write_nifti_mask(Mask(other, block(0).inside[:, :, :9]), folder / "lesion.nii.gz")
    with pytest.raises(ButtressError) as caught:
        read_imaging(case(), folder)
    assert caught.value.where == "lesions[0].mask (lesion.nii.gz)"
    assert "8 x 9 x 9 voxels" in caught.value.found
    assert "8 x 9 x 10 voxels" in caught.value.expected


def test_a_case_without_a_ct_and_two_masks_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = folder_with_images(tmp_path)
    with pytest.raises(ButtressError, match="names no CT"):
        read_imaging(case().model_copy(update={"images": case().images.model_copy(update={"ct": None})}), folder)
    twice = [{"name": "n", "kind": "nerve", "mask": f"{name}.nii.gz"} for name in ("nerve", "bone")]
    with pytest.raises(ButtressError, match="share a name but not a mask"):
        read_imaging(case(critical_structures=twice), folder)


def test_inputs_are_hashed_by_their_bytes(tmp_path: Path) -> None:
    folder = folder_with_images(tmp_path)
    found = hash_inputs(case(), folder)
    assert [one.role for one in found] == ["ct", "mask of a", "bone_mask of a", "structure nerve"]
    for one in found:
        assert one.sha256 == hashlib.sha256((folder / one.path).read_bytes()).hexdigest()


def test_a_folder_is_hashed_by_names_and_bytes(tmp_path: Path) -> None:
    only_ct = Case.model_validate({"id": "c", "images": {"ct": "dicom"}, "lesions": [{"id": "a", "bone": "femur"}]})
    hashes = []
    for names in (("1", "2"), ("2", "1"), ("1", "3")):
        folder = tmp_path / "-".join(names)
        (folder / "dicom").mkdir(parents=True)
        for name in names:
            (folder / "dicom" / name).write_text("same" if name != "1" else "other")
        hashes.append(hash_inputs(only_ct, folder)[0].sha256)
    assert hashes[0] == hashes[1]
    assert hashes[0] != hashes[2]
