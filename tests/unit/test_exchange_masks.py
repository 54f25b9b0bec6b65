"""A mask in any format lies where it was drawn; several segments are chosen by name; another frame is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.sr.codedict import codes
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless

from buttress.exchange.filling import coverage, filled
from buttress.exchange.images import read_imaging
from buttress.exchange.masks import read_mask
from buttress.exchange.nifti import write_nifti_mask, write_nifti_volume
from buttress.records.case import Case
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume
from dicom_phantom import COUNT, FRAME_OF_REFERENCE, ORIGIN, SERIES, SPACING, series
from mask_phantom import contours, cube, grid, nrrd, saved, segmentation, slicer_keys, wedge


def lesion(path: Path, label: str | int | None = "lesion", frame: str | None = FRAME_OF_REFERENCE) -> NDArray[np.bool_]:
    mask, notes = read_mask(path, grid(), frame, where="lesions[0].mask", label=label)
    assert notes == ()
    return mask.inside


def refusal(path: Path, label: str | int | None = "lesion", frame: str | None = FRAME_OF_REFERENCE) -> ButtressError:
    with pytest.raises(ButtressError) as caught:
        read_mask(path, grid(), frame, where="lesions[0].mask", label=label)
    assert caught.value.where == "lesions[0].mask"
    assert caught.value.expected
    assert caught.value.remedy
    assert "Doe" not in caught.value.message
    return caught.value


@pytest.mark.parametrize("backwards", [False, True])
def test_a_binary_segmentation_on_some_slices_in_any_order_is_placed_by_position(
    tmp_path: Path, backwards: bool
) -> None:
    path = saved(segmentation(backwards=backwards), tmp_path / "seg.dcm")
    np.testing.assert_array_equal(lesion(path), wedge())
    np.testing.assert_array_equal(lesion(path, 2), cube())
    np.testing.assert_array_equal(lesion(path, "Nerve"), cube())


@pytest.mark.parametrize("syntax", ["native", DeflatedExplicitVRLittleEndian, RLELossless])
def test_a_fractional_segmentation_is_cut_at_a_half(tmp_path: Path, syntax: str) -> None:
    dataset = segmentation(kind="FRACTIONAL")
    if syntax == RLELossless:
        dataset.compress(RLELossless, generate_instance_uid=False)
    elif syntax != "native":
        dataset.file_meta.TransferSyntaxUID = syntax
    np.testing.assert_array_equal(lesion(saved(dataset, tmp_path / "seg.dcm")), wedge())


def test_a_segmentation_that_highdicom_wrote_is_read(tmp_path: Path) -> None:
    folder = series(tmp_path / "ct")
    images = [dcmread(path) for path in sorted(folder.iterdir())]
    for one in images:
        one.StudyInstanceUID = SERIES + ".0"
        for name in ("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "AccessionNumber", "StudyID"):
            setattr(one, name, "")
        one.ReferringPhysicianName = ""
    meaning = hd.seg.SegmentDescription(
        segment_number=1,
        segment_label="lesion",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Neoplasm,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
    )
    written = hd.seg.Segmentation(
        source_images=images,
        pixel_array=wedge().transpose(2, 1, 0).astype(np.uint8),
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[meaning],
        series_instance_uid=SERIES + ".5",
        series_number=5,
        sop_instance_uid=SERIES + ".5.1",
        instance_number=1,
        manufacturer="none",
        manufacturer_model_name="none",
        software_versions="0",
        device_serial_number="0",
    )
    written.save_as(tmp_path / "seg.dcm")
    np.testing.assert_array_equal(lesion(tmp_path / "seg.dcm", None), wedge())


def test_contours_are_filled_to_the_voxels_they_enclose(tmp_path: Path) -> None:
    path = saved(contours(), tmp_path / "rt.dcm")
    np.testing.assert_array_equal(lesion(path), wedge())
    np.testing.assert_array_equal(lesion(path, "nerve"), cube())


def square(low: float, high: float, place: int) -> list[float]:
    index = np.array([(low, low, place), (high, low, place), (high, high, place), (low, high, place)])
    return [float(x) for x in (ORIGIN + index * SPACING).ravel()]


def test_an_inner_contour_is_a_hole(tmp_path: Path) -> None:
    path = saved(contours({"lesion": [square(1.5, 7.5, 3), square(3.5, 5.5, 3)]}), tmp_path / "rt.dcm")
    truth = np.zeros_like(wedge())
    truth[2:8, 2:8, 3] = True
    truth[4:6, 4:6, 3] = False
    np.testing.assert_array_equal(lesion(path), truth)


def test_slices_without_a_contour_stay_empty_and_are_said(tmp_path: Path) -> None:
    path = saved(contours({"lesion": [square(1.5, 5.5, 2), square(1.5, 5.5, 5)]}), tmp_path / "rt.dcm")
    mask, notes = read_mask(path, grid(), FRAME_OF_REFERENCE, where="m")
    assert np.flatnonzero(mask.inside.any(axis=(0, 1))).tolist() == [2, 5]
    assert notes == ("m: 2 slice(s) between the first and the last contour have none; they were left empty.",)


def test_the_area_of_a_filled_circle_is_exact_to_a_thousandth() -> None:
    turns = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    circle = np.column_stack([20.3 + 12.4 * np.cos(turns), 18.7 + 12.4 * np.sin(turns)])
    assert coverage([circle], (40, 40)).sum() == pytest.approx(np.pi * 12.4**2, rel=1e-3)
    hole = np.column_stack([20.3 + 5.2 * np.cos(turns), 18.7 + 5.2 * np.sin(turns)])
    ring = coverage([circle, hole], (40, 40))
    assert ring.sum() == pytest.approx(np.pi * (12.4**2 - 5.2**2), rel=1e-3)
    i, j = np.meshgrid(np.arange(40), np.arange(40), indexing="ij")
    far = np.hypot(i - 20.3, j - 18.7)
    inside = filled([circle, hole], (40, 40))
    assert inside[(far < 11.6) & (far > 6)].all()
    assert not inside[(far > 13.2) | (far < 4.4)].any()


def test_all_formats_hold_the_same_mask(tmp_path: Path) -> None:
    write_nifti_mask(Mask(grid(), wedge()), tmp_path / "a.nii.gz")
    (tmp_path / "b.nrrd").write_bytes(nrrd(wedge().astype(np.uint8), grid().affine))
    layers = np.stack([wedge(), cube()]).astype(np.uint8)
    (tmp_path / "c.seg.nrrd").write_bytes(nrrd(layers, grid().affine, keys=slicer_keys()))
    saved(segmentation(), tmp_path / "d.dcm")
    saved(contours(), tmp_path / "e.dcm")
    for name, label in (("a.nii.gz", None), ("b.nrrd", None), ("c.seg.nrrd", "lesion"), ("d.dcm", 1), ("e.dcm", "1")):
        np.testing.assert_array_equal(lesion(tmp_path / name, label), wedge())


@pytest.mark.parametrize("name", ["seg", "rt", "slicer"])
def test_segments_are_listed_when_none_or_a_wrong_one_is_chosen(tmp_path: Path, name: str) -> None:
    if name == "slicer":
        path = tmp_path / "c.seg.nrrd"
        keys = slicer_keys() | {"Segment1_LabelValue": "2"}
        layers = np.stack([wedge(), cube() * np.uint8(2)]).astype(np.uint8)
        path.write_bytes(nrrd(layers, grid().affine, keys=keys))
    else:
        path = saved(segmentation() if name == "seg" else contours(), tmp_path / "m.dcm")
    error = refusal(path, None)
    assert error.found == 'the file holds 2 segments: "lesion" (1), "nerve" (2)'
    assert "mask_label" in error.remedy
    assert refusal(path, "tumour").found == 'no segment is called "tumour"; there are: "lesion" (1), "nerve" (2)'


def test_labels_of_a_nifti_map_are_chosen_by_number(tmp_path: Path) -> None:
    values = np.where(wedge(), np.float32(3), np.where(cube(), np.float32(7), np.float32(0)))
    write_nifti_volume(Volume(grid(), values), tmp_path / "map.nii.gz")
    np.testing.assert_array_equal(lesion(tmp_path / "map.nii.gz", 3), wedge())
    assert "holds 3 values (0, 3, 7)" in refusal(tmp_path / "map.nii.gz", None).found
    assert "there are: 3, 7" in refusal(tmp_path / "map.nii.gz", 4).found


@pytest.mark.parametrize("make", [segmentation, contours])
def test_another_frame_of_reference_is_refused_and_an_unknown_one_said(tmp_path: Path, make: Any) -> None:
    path = saved(make(), tmp_path / "m.dcm")
    assert "another frame of reference" in refusal(path, frame="1.2.3").found
    for frame in (None, ""):
        mask, notes = read_mask(path, grid(), frame, where="m", label="lesion")
        np.testing.assert_array_equal(mask.inside, wedge())
        assert "the CT names no frame of reference" in notes[0]


def shifted(dataset: Any, offset: list[float]) -> Any:
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        place = frame.PlanePositionSequence[0]
        place.ImagePositionPatient = [a + b for a, b in zip(place.ImagePositionPatient, offset, strict=True)]
    return dataset


def test_a_segmentation_beside_or_between_the_voxels_is_refused_or_said(tmp_path: Path) -> None:
    path = saved(shifted(segmentation(), [0, 0, 3.0 * COUNT]), tmp_path / "far.dcm")
    assert "outside the CT" in refusal(path).found
    path = saved(shifted(segmentation(), [0.5, 0, 0]), tmp_path / "near.dcm")
    mask, notes = read_mask(path, grid(), FRAME_OF_REFERENCE, where="m", label="lesion")
    np.testing.assert_array_equal(mask.inside, wedge())
    assert "up to 0.50 mm off" in notes[0]
    dataset = segmentation()
    dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [1, 1]
    assert "pixel on pixel" in refusal(saved(dataset, tmp_path / "other.dcm")).found
    dataset = segmentation()
    dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SliceThickness = 5
    assert "5 mm thick" in refusal(saved(dataset, tmp_path / "thick.dcm")).found


BAD_SEG: dict[str, tuple[dict[str, Any], str]] = {
    "no segments": ({"SegmentSequence": []}, "no segment"),
    "too few pixels": ({"PixelData": b"\0\0"}, "more pixels than its file can hold|fewer pixels"),
    "lying size": ({"Rows": 60000, "Columns": 60000}, "more pixels than its file"),
    "lying frames": ({"NumberOfFrames": 4000}, "no frame of the file"),
    "no places": ({"PerFrameFunctionalGroupsSequence": []}, "no frame of the file"),
    "strange bits": ({"BitsAllocated": 4}, "lacks the size, the bits"),
    "empty": ({"PixelData": bytes(200)}, "empty"),
}


@pytest.mark.parametrize("kind", BAD_SEG)
def test_a_broken_segmentation_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    changes, words = BAD_SEG[kind]
    error = refusal(saved(segmentation(**changes), tmp_path / "seg.dcm"))
    assert any(word in error.found for word in words.split("|"))


BAD_CONTOURS: dict[str, tuple[dict[str, Any], str]] = {
    "open": ({"ContourGeometricType": "OPEN_PLANAR"}, "not closed: OPEN_PLANAR"),
    "a point": ({"ContourGeometricType": "POINT", "ContourData": ["1", "2", "3"]}, "not closed: POINT"),
    "two points": ({"ContourData": ["-20", "30", "109"] * 2}, "fewer than three points"),
    "broken triplet": ({"ContourData": ["-20", "30", "109"] * 3 + ["1"]}, "fewer than three points"),
    "not planar": (
        {"ContourData": ["-20", "30", "103", "-25", "30", "106", "-25", "25", "109"]},
        "not drawn in the CT's",
    ),
    "beyond": ({"ContourData": ["-20", "30", "109", "900", "30", "109", "900", "40", "109"]}, "reaches out"),
    "above": ({"ContourData": ["-20", "30", "500", "-25", "30", "500", "-25", "25", "500"]}, "reaches out"),
    "a line": ({"ContourData": ["-20", "30", "109", "-21", "30", "109", "-22", "30", "109"]}, "empty"),
}


@pytest.mark.parametrize("kind", BAD_CONTOURS)
def test_broken_contours_are_refused_in_words(tmp_path: Path, kind: str) -> None:
    changes, words = BAD_CONTOURS[kind]
    path = saved(contours({"lesion": [square(1.5, 5.5, 2)]}, **changes), tmp_path / "rt.dcm")
    assert words in refusal(path).found


def test_a_region_without_contours_and_other_dicom_files_are_refused(tmp_path: Path) -> None:
    assert "holds no contour" in refusal(saved(contours({"lesion": []}), tmp_path / "rt.dcm")).found
    folder = series(tmp_path / "ct")
    assert "modality CT" in refusal(folder / "IM000.dcm").found
    (tmp_path / "x.dcm").write_bytes(b"nothing" * 100)
    assert "not a readable DICOM file" in refusal(tmp_path / "x.dcm").found
    assert "a folder" in refusal(folder).found
    (tmp_path / "x.png").write_bytes(b"")
    assert ".png" in refusal(tmp_path / "x.png").found


def test_a_case_names_segments_of_one_file_for_lesion_and_nerve(tmp_path: Path) -> None:
    series(tmp_path / "ct")
    saved(contours(), tmp_path / "rt.dcm")
    facts = {
        "id": "a",
        "bone": "femur",
        "mask": "rt.dcm",
        "mask_label": "lesion",
        "critical_structures": [{"name": "n", "kind": "nerve", "mask": "rt.dcm", "mask_label": 2}],
    }
    case = Case.model_validate({"id": "c", "images": {"ct": "ct"}, "lesions": [facts]})
    imaging = read_imaging(case, tmp_path)
    np.testing.assert_array_equal(imaging.lesions["a"].inside, wedge())
    np.testing.assert_array_equal(imaging.structures["n"].inside, cube())
