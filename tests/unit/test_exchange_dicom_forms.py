"""The forms a CT takes in DICOM: every compression, byte order, multi-frame, tilt, padding, several stacks."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

import buttress.exchange.dicom.decoding as decoding
from buttress.exchange.dicom.decoding import Decoder, DecodingError
from buttress.exchange.dicom.series import read_dicom_ct, read_dicom_series
from buttress.records.document import ButtressError
from dicom_phantom import (
    COLUMNS,
    COUNT,
    FRAME_OF_REFERENCE,
    MARK,
    ORIGIN,
    ROWS,
    SERIES,
    SPACING,
    enhanced,
    image,
    leg,
    save,
    series,
    tilted,
    transcoded,
)

LOSSLESS = (
    "JPEGLosslessProcess14",
    "JPEGLosslessProcess14_1",
    "JPEGLSLossless",
    "JPEG2000Lossless",
    "RLELossless",
    "ExplicitVRBigEndian",
    "DeflatedExplicitVRLittleEndian",
    "ImplicitVRLittleEndian",
)
LOSSY_HU = {"JPEGExtendedProcess2_4": 60.0, "JPEGLSNearLossless": 3.0, "JPEG2000": 1.0}


def unsigned(place: int) -> Dataset:
    """An image as most scanners store it: 12 of 16 bits, no sign."""
    stored = (leg()[:, :, place].T + 1024).astype("<u2")
    return image(place, PixelData=stored.tobytes(), PixelRepresentation=0, BitsStored=12, HighBit=11)


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_every_lossless_syntax_gives_the_same_hu(tmp_path: Path, syntax: str) -> None:
    for place in range(COUNT):
        save(unsigned(place), tmp_path / f"{place}.dcm")
        transcoded(tmp_path / f"{place}.dcm", syntax)
    volume, _ = read_dicom_series(tmp_path)
    np.testing.assert_array_equal(volume.values, leg())


@pytest.mark.parametrize("syntax", LOSSY_HU)
def test_lossy_syntaxes_stay_within_what_they_lose(tmp_path: Path, syntax: str) -> None:
    for place in range(COUNT):
        save(unsigned(place), tmp_path / f"{place}.dcm")
        transcoded(tmp_path / f"{place}.dcm", syntax)
    volume, _ = read_dicom_series(tmp_path)
    assert np.abs(volume.values - leg()).max() <= LOSSY_HU[syntax]


def test_eight_bit_jpeg_is_read_before_its_values_are_judged(tmp_path: Path) -> None:
    """Eight bits with a coarse slope: soft tissue and bone survive, and so does the place of the bone."""
    for place in range(COUNT):
        stored = np.clip((leg()[:, :, place].T + 1024) / 10, 0, 255).astype("u1")
        pixels = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0}
        save(image(place, PixelData=stored.tobytes(), RescaleSlope="10", **pixels), tmp_path / f"{place}.dcm")
        transcoded(tmp_path / f"{place}.dcm", "JPEGBaselineProcess1")
    volume, _ = read_dicom_series(tmp_path)
    assert np.abs(volume.values - leg()).mean() < 60
    assert volume.values[MARK] > 1000


@pytest.mark.parametrize("signed", [True, False])
def test_unused_high_bits_are_dropped_and_the_sign_is_the_highest_used_bit(tmp_path: Path, signed: bool) -> None:
    for place in range(COUNT):
        hu = leg()[:, :, place].T.astype(int)
        stored = np.where(hu < 0, hu + 4096, hu) if signed else hu + 1024
        litter = np.random.default_rng(place).integers(0, 16, stored.shape) << 12
        changes = {"PixelRepresentation": int(signed), "BitsStored": 12, "HighBit": 11}
        intercept = "0" if signed else "-1024"
        pixels = (stored | litter).astype("<u2").tobytes()
        save(image(place, PixelData=pixels, RescaleIntercept=intercept, **changes), tmp_path / f"{place}.dcm")
    volume, _ = read_dicom_series(tmp_path)
    np.testing.assert_array_equal(volume.values, leg())


def test_monochrome_1_shows_inverted_but_holds_the_same_hu(tmp_path: Path) -> None:
    volume, _ = read_dicom_series(series(tmp_path, PhotometricInterpretation="MONOCHROME1"))
    np.testing.assert_array_equal(volume.values, leg())


def padded(place: int, stored_padding: int) -> Dataset:
    stored = (leg()[:, :, place].T + 1024).astype("<i2")
    stored[:, 0] = stored_padding
    return image(place, PixelData=stored.tobytes(), PixelPaddingValue=stored_padding)


@pytest.mark.parametrize("padding", [-2000, 32767])
def test_padding_becomes_air_and_is_counted(tmp_path: Path, padding: int) -> None:
    for place in range(COUNT):
        save(padded(place, padding), tmp_path / f"{place}.dcm")
    volume, notes = read_dicom_series(tmp_path)
    assert (volume.values[0] == -1024).all()
    np.testing.assert_array_equal(volume.values[1:], leg()[1:])
    assert f"{ROWS * COUNT} pixels marked as padding were replaced by -1024 HU." in notes


def test_padding_that_could_be_tissue_is_left_alone(tmp_path: Path) -> None:
    volume, notes = read_dicom_series(series(tmp_path, PixelPaddingValue=1024 + 900))
    np.testing.assert_array_equal(volume.values, leg())
    assert len(notes) == 1


@pytest.mark.parametrize("order", [list(range(COUNT)), [5, 0, 7, 3, 1, 6, 2, 4]])
def test_an_enhanced_ct_is_read_frame_by_frame(tmp_path: Path, order: list[int]) -> None:
    save(enhanced(order), tmp_path / "ct.dcm")
    read = read_dicom_ct(tmp_path)
    np.testing.assert_array_equal(read.volume.values, leg())
    np.testing.assert_allclose(read.volume.grid.to_mm(MARK), ORIGIN + SPACING * MARK)
    assert read.frame_of_reference == FRAME_OF_REFERENCE
    assert read.notes == (f"DICOM series {SERIES}: 8 images.",)


@pytest.mark.parametrize(
    "syntax", [RLELossless, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_an_enhanced_ct_is_read_in_other_syntaxes(tmp_path: Path, syntax: str) -> None:
    dataset = enhanced()
    if syntax == RLELossless:
        dataset.compress(RLELossless, generate_instance_uid=False)
    else:
        dataset.file_meta.TransferSyntaxUID = syntax
        if syntax == ExplicitVRBigEndian:
            dataset.PixelData = np.frombuffer(dataset.PixelData, dtype="<i2").astype(">i2").tobytes()
    save(dataset, tmp_path / "ct.dcm")
    volume, _ = read_dicom_series(tmp_path)
    np.testing.assert_array_equal(volume.values, leg())


def test_an_enhanced_ct_with_a_frame_missing_or_doubled_is_refused(tmp_path: Path) -> None:
    save(enhanced([0, 1, 2, 4, 5, 6, 7]), tmp_path / "a" / "ct.dcm")
    with pytest.raises(ButtressError, match="1 slice is missing"):
        read_dicom_series(tmp_path / "a")
    doubled = enhanced([0, 1, 2, 3, 4, 5, 6, 7])
    frames = doubled.PerFrameFunctionalGroupsSequence
    frames[3].PlanePositionSequence[0].ImagePositionPatient = [*ORIGIN[:2], ORIGIN[2] + 6]
    save(doubled, tmp_path / "b" / "ct.dcm")
    with pytest.raises(ButtressError, match="two different images"):
        read_dicom_series(tmp_path / "b")


@pytest.mark.parametrize("frames", [7, 9, 2_000_000_000])
def test_an_enhanced_ct_that_lies_about_its_frames_is_refused(tmp_path: Path, frames: int) -> None:
    save(enhanced(NumberOfFrames=frames), tmp_path / "ct.dcm")
    with pytest.raises(ButtressError):
        read_dicom_series(tmp_path)


def weighted_centre(folder: Path, bare: Path) -> NDArray[np.float64]:
    """Where the mark lies: the centre of the difference between the leg with it and without."""
    volume, _ = read_dicom_series(folder)
    other, _ = read_dicom_series(bare)
    extra = volume.values.astype(float) - other.values
    places = np.argwhere(np.abs(extra) > 0)
    weights = extra[tuple(places.T)]
    return np.asarray((volume.grid.to_mm(places) * weights[:, None]).sum(axis=0) / weights.sum())


@pytest.mark.parametrize("degrees", [-22.0, 5.0, 15.0, 30.0])
def test_a_tilted_gantry_is_straightened_and_the_mark_stays_at_its_place(tmp_path: Path, degrees: float) -> None:
    tilted(tmp_path / "with", degrees)
    tilted(tmp_path / "without", degrees)
    hu = leg()[:, :, MARK[2]].T.copy()
    hu[MARK[1], MARK[0]] = 0
    position = ORIGIN + SPACING * (0, 0, MARK[2]) + (0, SPACING[2] * MARK[2] * np.tan(np.radians(degrees)), 0)
    bare = image(MARK[2], ImagePositionPatient=position.tolist(), PixelData=(hu + 1024).astype("<i2").tobytes())
    save(bare, tmp_path / "without" / f"{MARK[2]}.dcm")
    truth = position + SPACING * (MARK[0], MARK[1], 0)
    np.testing.assert_allclose(weighted_centre(tmp_path / "with", tmp_path / "without"), truth, atol=0.01)
    volume, notes = read_dicom_series(tmp_path / "with")
    assert f"tilted by {abs(degrees):.1f} degrees" in notes[1]
    assert volume.values.min() >= -1024
    np.testing.assert_allclose(volume.grid.spacing_mm, SPACING)


def test_tilt_by_whole_pixels_changes_no_value(tmp_path: Path) -> None:
    """2 mm sideways for every 3 mm of height is one row a slice."""
    tilted(tmp_path, float(np.degrees(np.arctan(2 / 3))))
    volume, _ = read_dicom_series(tmp_path)
    for place in range(COUNT):
        np.testing.assert_allclose(volume.values[:, place : place + ROWS, place], leg()[:, :, place], atol=1e-3)


def test_a_tilt_that_no_gantry_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ButtressError, match=r"50\.0 degrees"):
        read_dicom_series(tilted(tmp_path, 50.0))


def coronal(place: int, **changes: object) -> Dataset:
    position = [ORIGIN[0], ORIGIN[1] + 2.0 * place, ORIGIN[2]]
    turned = [1, 0, 0, 0, 0, -1]
    return image(place, ImageOrientationPatient=turned, ImagePositionPatient=position, **changes)


def test_reformatted_and_single_images_of_another_orientation_are_passed_over(tmp_path: Path) -> None:
    series(tmp_path)
    for place in range(5):
        save(coronal(place, ImageType=["DERIVED", "SECONDARY", "REFORMATTED"]), tmp_path / f"mpr{place}.dcm")
    save(image(0, ImageOrientationPatient=[0, 1, 0, 0, 0, -1]), tmp_path / "scout.dcm")
    volume, notes = read_dicom_series(tmp_path)
    np.testing.assert_array_equal(volume.values, leg())
    assert notes[1] == (
        "Images of another orientation in the series were passed over: "
        "5 coronal image(s) of 12 x 10, reformatted; 1 sagittal image(s) of 12 x 10."
    )


def test_two_stacks_in_one_series_are_refused_with_both_listed(tmp_path: Path) -> None:
    series(tmp_path)
    for place in range(5):
        save(coronal(place), tmp_path / f"other{place}.dcm")
    with pytest.raises(ButtressError) as caught:
        read_dicom_series(tmp_path)
    assert "8 axial image(s) of 12 x 10; 5 coronal image(s) of 12 x 10" in caught.value.found


def test_a_series_of_reformatted_images_is_passed_over(tmp_path: Path) -> None:
    series(tmp_path / "a")
    kind = ["DERIVED", "SECONDARY", "OTHER", "CT_SOM5 MPR"]
    series(tmp_path / "b", SeriesInstanceUID=SERIES + ".9", ImageType=kind)
    volume, notes = read_dicom_series(tmp_path)
    np.testing.assert_array_equal(volume.values, leg())
    assert "Files of other series were passed over: 8 CT." in notes


def test_a_deflated_file_that_unpacks_without_end_is_not_followed(tmp_path: Path) -> None:
    dataset = image(3)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    series(tmp_path)
    save(dataset, tmp_path / "IM003.dcm")
    data = (tmp_path / "IM003.dcm").read_bytes()
    start = data.index(b"1.2.840.10008.1.2.1.99")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = b"".join([*(packer.compress(bytes(1 << 24)) for _ in range(17)), packer.flush()])
    (tmp_path / "IM003.dcm").write_bytes(data[: start + 22] + bomb)
    with pytest.raises(ButtressError):
        read_dicom_series(tmp_path)


OPTIONS = {"rows": 4, "columns": 4, "bits_allocated": 16, "bits_stored": 16, "pixel_representation": 0}


def test_a_decoder_that_dies_or_hangs_is_an_error_and_the_next_image_is_still_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decoding, "MAX_SECONDS", 0.5)
    with Decoder() as decoder:
        monkeypatch.setattr(decoding, "_WORKER", "this")  # prints a poem and ends: an answer of nonsense length
        with pytest.raises(DecodingError):
            decoder.decode(b"x", {"syntax": str(RLELossless), **OPTIONS})
        monkeypatch.setattr(decoding, "_WORKER", "buttress.exchange.dicom.decoding_worker")
        monkeypatch.setattr(decoding, "MAX_SECONDS", 10.0)
        with pytest.raises(DecodingError):
            decoder.decode(b"x", {"syntax": str(RLELossless), **OPTIONS})


def test_a_jpeg_that_announces_another_size_than_its_header_is_refused(tmp_path: Path) -> None:
    for place in range(COUNT):
        save(unsigned(place), tmp_path / f"{place}.dcm")
        transcoded(tmp_path / f"{place}.dcm", "JPEGLosslessProcess14_1")
    data = bytearray((tmp_path / "3.dcm").read_bytes())
    start = data.index(b"\xff\xc3")
    assert data[start + 5 : start + 9] == bytes([0, ROWS, 0, COLUMNS])
    data[start + 5 : start + 9] = b"\xff\xff\xff\xff"
    (tmp_path / "3.dcm").write_bytes(data)
    with pytest.raises(ButtressError, match="cannot be decoded"):
        read_dicom_series(tmp_path)
