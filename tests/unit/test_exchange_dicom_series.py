"""A DICOM folder becomes one volume, or a sentence that says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import MPEG2MPML, JPEG2000Lossless

from buttress.exchange.dicom.series import read_dicom_ct, read_dicom_series
from buttress.records.document import ButtressError
from buttress.records.image import Volume
from dicom_phantom import COLUMNS, COUNT, MARK, ORIGIN, ROWS, SERIES, SPACING, at_heights, image, leg, save, series


def refusal(folder: Path, series_uid: str | None = None) -> ButtressError:
    with pytest.raises(ButtressError) as caught:
        read_dicom_series(folder, series_uid, where="images.ct (dicom)")
    error = caught.value
    assert error.where == "images.ct (dicom)"
    assert error.found
    assert error.expected
    assert error.remedy
    assert "Doe" not in error.message
    assert "123456" not in error.message
    return error


def mark_mm(volume: Volume) -> NDArray[np.float64]:
    found = np.argwhere(volume.values == 1234)
    assert len(found) == 1
    return volume.grid.to_mm(found[0])


def test_a_uniform_series_is_read_to_hu_at_its_place_and_named(tmp_path: Path) -> None:
    volume, notes = read_dicom_series(series(tmp_path))
    np.testing.assert_array_equal(volume.values, leg())
    np.testing.assert_allclose(mark_mm(volume), ORIGIN + SPACING * MARK)
    np.testing.assert_allclose(volume.grid.spacing_mm, SPACING)
    assert notes == (f"DICOM series {SERIES}: 8 images.",)


def test_images_are_ordered_by_position_not_by_name_or_number(tmp_path: Path) -> None:
    volume, _ = read_dicom_series(series(tmp_path, [5, 0, 7, 3, 1, 6, 2, 4], InstanceNumber=1))
    np.testing.assert_array_equal(volume.values, leg())


def test_an_oblique_series_keeps_its_rotation(tmp_path: Path) -> None:
    turn = np.radians(20)
    row, column = np.array([np.cos(turn), 0, np.sin(turn)]), np.array([0.0, 1, 0])
    normal = np.cross(row, column)
    for place in range(COUNT):
        position = (ORIGIN + normal * SPACING[2] * place).tolist()
        turned = image(place, ImagePositionPatient=position, ImageOrientationPatient=[*row, *column])
        save(turned, tmp_path / f"{place}.dcm")
    volume, _ = read_dicom_series(tmp_path)
    axes = np.column_stack([row, column, normal]) * SPACING
    np.testing.assert_allclose(mark_mm(volume), ORIGIN + axes @ np.array(MARK), atol=1e-4)
    np.testing.assert_allclose(volume.grid.directions, np.column_stack([row, column, normal]), atol=1e-6)


def test_a_feet_first_prone_series_is_turned_without_moving_the_patient(tmp_path: Path) -> None:
    series(tmp_path, ImageOrientationPatient=[-1, 0, 0, 0, -1, 0])
    volume, notes = read_dicom_series(tmp_path)
    np.testing.assert_allclose(mark_mm(volume), ORIGIN + SPACING * MARK * np.array([-1, -1, 1]))
    np.testing.assert_allclose(volume.grid.directions, np.eye(3), atol=1e-9)
    assert "ran to the patient's right, anterior, head" in notes[1]


@pytest.mark.parametrize("slope", ["0.5", "1"])
def test_slope_and_intercept_are_applied_image_by_image(tmp_path: Path, slope: str) -> None:
    series(tmp_path)
    stored = ((leg()[:, :, 3].T + 1000) / float(slope)).astype("<i2")
    save(image(3, RescaleSlope=slope, RescaleIntercept="-1000", PixelData=stored.tobytes()), tmp_path / "IM003.dcm")
    volume, _ = read_dicom_series(tmp_path)
    np.testing.assert_array_equal(volume.values, leg())


def test_contours_localisers_and_other_files_are_passed_over_and_counted(tmp_path: Path) -> None:
    series(tmp_path / "ct")
    save(image(0, Modality="RTSTRUCT", SeriesInstanceUID=SERIES + ".2"), tmp_path / "rt" / "contours.dcm")
    save(image(0, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]), tmp_path / "ct" / "scout.dcm")
    (tmp_path / "readme.txt").write_text("nothing")
    volume, notes = read_dicom_series(tmp_path)
    np.testing.assert_array_equal(volume.values, leg())
    assert notes[1:] == (
        "1 file(s) in the folder are not DICOM and were passed over.",
        "Files of other series were passed over: 1 RTSTRUCT.",
        "1 localiser or screen-shot image(s) were passed over.",
    )


def test_uneven_spacing_is_resampled_linearly_and_said(tmp_path: Path) -> None:
    heights = [100.0, 103.0, 106.0, 109.6, 112.0, 115.0, 118.0, 121.0]
    volume, notes = read_dicom_series(at_heights(tmp_path, heights))
    wanted = 100.0 + 3.0 * np.arange(8)
    truth = np.apply_along_axis(lambda column: np.interp(wanted, heights, column), 2, leg().astype(float))
    np.testing.assert_allclose(volume.values, truth, atol=1e-3)
    assert volume.grid.spacing_mm[2] == pytest.approx(3.0)
    assert "varies from 2.4 to 3.6 mm; they were resampled linearly to 3 mm" in notes[1]


def test_the_same_image_twice_is_used_once_and_said(tmp_path: Path) -> None:
    volume, notes = read_dicom_series(series(tmp_path, [0, 1, 2, 2, 3, 4, 5, 6, 7]))
    np.testing.assert_array_equal(volume.values, leg())
    assert notes[1] == "1 image(s) were in the folder twice; one of each was used."


def test_thin_images_far_apart_are_said(tmp_path: Path) -> None:
    _, notes = read_dicom_series(series(tmp_path, SliceThickness="1"))
    assert notes[1] == "Images 1 mm thick lie 3 mm apart: what lies between them was not imaged."


def test_one_of_two_series_is_read_when_it_is_named(tmp_path: Path) -> None:
    series(tmp_path / "a")
    series(tmp_path / "b", SeriesInstanceUID=SERIES + ".9", SliceThickness="5")
    volume, notes = read_dicom_series(tmp_path, SERIES)
    np.testing.assert_array_equal(volume.values, leg())
    assert "Files of other series were passed over: 8 CT." in notes


def test_two_series_are_refused_with_the_choice_listed(tmp_path: Path) -> None:
    series(tmp_path / "a")
    series(tmp_path / "b", [0, 1, 2], SeriesInstanceUID=SERIES + ".9", SliceThickness="5")
    error = refusal(tmp_path)
    assert "2 CT series in one folder" in error.found
    assert f"{SERIES} (8 images, CT, 3 mm slices); {SERIES}.9 (3 images, CT, 5 mm slices)" in error.found
    assert "images.series_uid" in error.remedy
    assert "is in the folder" in refusal(tmp_path, "1.2.3").found


def test_magnetic_resonance_is_refused(tmp_path: Path) -> None:
    error = refusal(series(tmp_path, Modality="MR", RescaleSlope=None, RescaleIntercept=None))
    assert "MR instead of CT" in error.found
    assert "CT series" in error.remedy


def test_pixels_that_cannot_be_millimetres_are_refused(tmp_path: Path) -> None:
    assert "the voxels measure" in refusal(series(tmp_path, PixelSpacing=[0.002, 0.0015])).found


def test_missing_slices_are_counted_and_located(tmp_path: Path) -> None:
    error = refusal(series(tmp_path, [0, 1, 4, 5, 7]))
    assert error.found == (
        "3 slices are missing: 2 between 103.00 and 112.00 mm, 1 between 115.00 and 121.00 mm along the foot-head axis"
    )
    assert "every 3 mm" in error.expected


def test_a_gap_in_a_stack_of_three_is_still_a_missing_slice(tmp_path: Path) -> None:
    assert "1 slice is missing" in refusal(series(tmp_path, [0, 1, 3])).found


def test_images_that_leave_the_line_are_refused(tmp_path: Path) -> None:
    for place in range(COUNT):
        slide = 4.0 if place == 5 else 0.0
        save(
            image(place, ImagePositionPatient=[ORIGIN[0] + slide, ORIGIN[1], ORIGIN[2] + SPACING[2] * place]),
            tmp_path / f"{place}.dcm",
        )
    assert "do not lie in one line" in refusal(tmp_path).found


def compressed(place: int, syntax: str) -> Dataset:
    """An image that says it is compressed, and holds nothing that any decoder knows."""
    dataset = image(place)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x04\x00\x00\x00\x00\x00\x00\x00"
    dataset["PixelData"].is_undefined_length = True
    return dataset


ONE_BAD: dict[str, tuple[Callable[[], Dataset], str]] = {
    "other orientation": (lambda: image(3, ImageOrientationPatient=[1, 0, 0, 0, 0, 1]), "1 slice is missing"),
    "other size": (lambda: image(3, Rows=6), "different sizes"),
    "other pixel spacing": (lambda: image(3, PixelSpacing=[1, 1]), "different pixel spacings"),
    "no slope": (lambda: image(3, RescaleSlope=None), "no usable rescale slope"),
    "no intercept": (lambda: image(3, RescaleIntercept=None), "no usable rescale slope"),
    "no position": (lambda: image(3, ImagePositionPatient=None), "lacks a usable ImagePositionPatient"),
    "no pixels": (lambda: image(3, PixelData=None), "truncated DICOM"),
    "short pixels": (lambda: image(3, PixelData=b"\0" * 100), "100 of 240 bytes of pixels"),
    "lying size": (lambda: image(3, Rows=65535, Columns=65535), "announces 8,589,672,450 bytes"),
    "colour": (lambda: image(3, SamplesPerPixel=3), "one grey value a pixel"),
    "multi-frame": (lambda: image(3, NumberOfFrames=4), "4 frames, but is no enhanced CT"),
    "not HU": (lambda: image(3, RescaleType="OD"), "values of type OD"),
    "a film": (lambda: compressed(3, MPEG2MPML), "MPEG2 Main Profile / Main Level"),
    "broken compression": (lambda: compressed(3, JPEG2000Lossless), "cannot be decoded"),
    "impossible bits": (lambda: image(3, BitsStored=12, HighBit=20), "lacks a usable BitsStored and HighBit"),
    "palette": (lambda: image(3, PhotometricInterpretation="PALETTE COLOR"), "one grey value a pixel"),
    "another frame of reference": (lambda: image(3, FrameOfReferenceUID=SERIES + ".4"), "2 frames of reference"),
    "another image at one place": (lambda: image(3, ImagePositionPatient=[-30, 20, 106]), "two different images"),
}


@pytest.mark.parametrize("kind", ONE_BAD)
def test_one_bad_image_refuses_the_series_in_words(tmp_path: Path, kind: str) -> None:
    make, words = ONE_BAD[kind]
    series(tmp_path)
    save(make(), tmp_path / "IM003.dcm")
    assert words in refusal(tmp_path).found


@pytest.mark.parametrize("kept", [0.15, 0.4, 0.8, 0.99])
@pytest.mark.parametrize("place", [3, COUNT - 1])
def test_a_truncated_file_is_refused_wherever_it_is_cut(tmp_path: Path, kept: float, place: int) -> None:
    path = series(tmp_path) / f"IM{place:03d}.dcm"
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    error = refusal(tmp_path)
    assert "truncated DICOM" in error.found or "lacks a usable" in error.found
    assert "again" in error.remedy


def test_stored_values_without_their_intercept_are_refused(tmp_path: Path) -> None:
    error = refusal(series(tmp_path, RescaleIntercept="0"))
    assert "stored values with +1024" in error.found


def test_a_missing_empty_or_foreign_folder_is_refused(tmp_path: Path) -> None:
    assert "no such folder" in refusal(tmp_path / "nowhere").found
    (tmp_path / "a.txt").write_text("x")
    assert "none of the 1 files in the folder is a DICOM file" in refusal(tmp_path).found
    assert "localisers" in refusal(series(tmp_path / "s", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])).found
    assert "2 image(s)" in refusal(series(tmp_path / "two", [0, 1])).found


def test_deeply_nested_sequences_are_refused_not_followed(tmp_path: Path) -> None:
    folder = series(tmp_path)
    data = (folder / "IM003.dcm").read_bytes()
    opening = b"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    start = data.index(b"\x08\x00\x16\x00UI")
    (folder / "IM003.dcm").write_bytes(data[:start] + opening * 3000)
    assert "truncated DICOM" in refusal(folder).found


def test_damaged_bytes_never_escape_as_anything_but_a_refusal(tmp_path: Path) -> None:
    folder = series(tmp_path)
    path = folder / "IM003.dcm"
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(7)
    outcomes = set()
    for _ in range(150):
        broken = bytearray(data)
        for place in rng.integers(132, len(data), 6):
            broken[place] = rng.integers(256)
        path.write_bytes(broken)
        try:
            volume, _ = read_dicom_series(folder)
            outcomes.add(volume.values.shape == (COLUMNS, ROWS, COUNT) and bool(np.isfinite(volume.values).all()))
        except ButtressError as error:
            outcomes.add(bool(error.remedy))
    assert outcomes == {True}


@pytest.mark.parametrize(("told", "read"), [("120", 120.0), ("0", None), ("abc", None)])
def test_the_tube_voltage_is_read_where_it_can_be_one(tmp_path: Path, told: str, read: float | None) -> None:
    changes = {"KVP": told} if told != "abc" else {}
    assert read_dicom_ct(series(tmp_path, **changes)).kvp == read
