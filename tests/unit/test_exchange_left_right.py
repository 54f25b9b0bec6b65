"""Left stays left: one lopsided leg in every format, its axes in every order and direction; its mark never moves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from buttress.exchange.dicom.series import read_dicom_series
from buttress.exchange.masks import read_mask
from buttress.exchange.nifti import read_nifti_volume, write_nifti_volume
from buttress.exchange.nrrd import read_nrrd_volume
from buttress.exchange.seg_nrrd import segmentation_to_bytes
from buttress.numerics.grid import Grid
from buttress.records.image import Mask, Volume
from dicom_phantom import FRAME_OF_REFERENCE, MARK, ORIGIN, SPACING, enhanced, image, leg, save, series, transcoded
from mask_phantom import SIGNS, contours, grid, nrrd, outlines, saved, segmentation, wedge

SAME_MM = 0.01
TRUTH = ORIGIN + SPACING * MARK
ORDERS = list(permutations(range(3)))
FLIPS = list(product((1, -1), repeat=3))
TURNS = list(product(ORDERS, product((1, -1), repeat=2)))


def stored(
    values: NDArray[np.generic], order: tuple[int, ...], flips: tuple[int, ...]
) -> tuple[NDArray[np.generic], NDArray[np.float64]]:
    """Values of the leg's grid with their axes in another order and direction, and the affine that says so."""
    turned = values.transpose(order)[tuple(slice(None, None, flip) for flip in flips)]
    axes = np.diag(SPACING)
    corner = np.zeros(3)
    for axis, flip in zip(order, flips, strict=True):
        corner[axis] = values.shape[axis] - 1 if flip < 0 else 0
    affine = np.eye(4)
    affine[:3, :3] = axes[:, list(order)] * np.array(flips)
    affine[:3, 3] = ORIGIN + axes @ corner
    return turned, affine


def check_mark(volume: Volume) -> None:
    found = np.argwhere(volume.values == 1234)
    assert len(found) == 1
    assert np.abs(volume.grid.to_mm(found[0]) - TRUTH).max() <= SAME_MM
    assert np.linalg.det(volume.grid.directions) == pytest.approx(1.0)
    np.testing.assert_allclose(volume.grid.directions, np.eye(3), atol=1e-9)
    np.testing.assert_array_equal(volume.values, leg())


def write_dicom(folder: Path, order: tuple[int, ...], flips: tuple[int, ...]) -> None:
    values, affine = stored(leg(), order, flips)
    spacing = np.abs(affine[:3, :3]).sum(axis=0)
    turn = [*(affine[:3, 0] / spacing[0]), *(affine[:3, 1] / spacing[1])]
    for place in range(values.shape[2]):
        dataset = image(
            0,
            SOPInstanceUID=f"1.2.3.{place}",
            ImageOrientationPatient=turn,
            ImagePositionPatient=(affine[:3, 3] + affine[:3, 2] * place).tolist(),
            PixelSpacing=[spacing[1], spacing[0]],
            Rows=values.shape[1],
            Columns=values.shape[0],
            PixelData=(values[:, :, place].T + 1024).astype("<i2").tobytes(),
        )
        save(dataset, folder / f"{place:02d}.dcm")


@pytest.mark.parametrize(("order", "flips"), TURNS)
def test_a_dicom_series_acquired_any_way_round(tmp_path: Path, order: tuple[int, ...], flips: tuple[int, ...]) -> None:
    """Axial, coronal and sagittal; head or feet first; supine, prone or on a side."""
    write_dicom(tmp_path, order, (*flips, 1))
    check_mark(read_dicom_series(tmp_path)[0])


@pytest.mark.parametrize("space", SIGNS)
def test_an_nrrd_file_in_every_space_order_and_direction(tmp_path: Path, space: str) -> None:
    for order, flips in product(ORDERS, FLIPS):
        values, affine = stored(leg(), order, flips)
        (tmp_path / "ct.nrrd").write_bytes(nrrd(values, affine, space=space, encoding="raw"))
        check_mark(read_nrrd_volume(tmp_path / "ct.nrrd")[0])


def as_nifti(folder: Path) -> Volume:
    write_nifti_volume(Volume(grid(), leg().astype(np.float32)), folder / "ct.nii.gz")
    return read_nifti_volume(folder / "ct.nii.gz")[0]


def as_enhanced(folder: Path) -> Volume:
    save(enhanced([3, 1, 0, 2, 7, 6, 5, 4]), folder / "e.dcm")
    return read_dicom_series(folder)[0]


def as_jpeg(folder: Path) -> Volume:
    for path in sorted(series(folder).iterdir()):
        transcoded(path, "JPEGLosslessProcess14_1")
    return read_dicom_series(folder)[0]


@pytest.mark.parametrize("written", [as_nifti, as_enhanced, as_jpeg])
def test_the_mark_lies_where_it_lies_in_every_other_format(tmp_path: Path, written: Callable[[Path], Volume]) -> None:
    check_mark(written(tmp_path))


@pytest.mark.parametrize("name", ["m.nrrd", "m.seg.nrrd"])
def test_a_mask_stored_any_way_round_lies_on_the_ct(tmp_path: Path, name: str) -> None:
    keys = {"Segment0_Name": "a", "Segment0_LabelValue": "1"} if "seg" in name else {}
    for order, flips in product(ORDERS, FLIPS):
        values, affine = stored(wedge().astype(np.uint8), order, flips)
        (tmp_path / name).write_bytes(nrrd(values, affine, space="LAS", encoding="raw", keys=keys))
        mask, _ = read_mask(tmp_path / name, grid(), None, where="m")
        np.testing.assert_array_equal(mask.inside, wedge())


def test_a_segmentation_written_for_3d_slicer_says_where_it_lies(tmp_path: Path) -> None:
    """By its own header, and read back: one mark in a lopsided grid."""
    inside = np.zeros(grid().shape, dtype=bool)
    inside[tuple(MARK)] = True
    written = segmentation_to_bytes({"lesion": Mask(grid(), inside)})
    header = written.split(b"\n\n")[0].decode()
    assert "space: left-posterior-superior" in header
    origin = next(line for line in header.splitlines() if line.startswith("space origin"))
    assert [float(v) for v in origin.split("(")[1].strip(")").split(",")] == pytest.approx(ORIGIN.tolist())
    (tmp_path / "a.seg.nrrd").write_bytes(written)
    found, _ = read_mask(tmp_path / "a.seg.nrrd", grid(), None, where="m", label="lesion")
    assert np.abs(found.points_mm() - TRUTH).max() <= SAME_MM


@pytest.mark.parametrize(("row", "column"), list(product((1, -1), repeat=2)))
def test_a_segmentation_with_mirrored_rows_or_columns_lies_on_the_ct(tmp_path: Path, row: int, column: int) -> None:
    mirrored = wedge()[::row, ::column]
    dataset = segmentation({"a": mirrored})
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = [row, 0, 0, 0, column, 0]
    far = ORIGIN + SPACING * (np.array(wedge().shape) - 1)
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        place = frame.PlanePositionSequence[0]
        x, y = (ORIGIN[0] if row > 0 else far[0]), (ORIGIN[1] if column > 0 else far[1])
        place.ImagePositionPatient = [x, y, place.ImagePositionPatient[2]]
    path = saved(dataset, tmp_path / "seg.dcm")
    mask, _ = read_mask(path, grid(), FRAME_OF_REFERENCE, where="m")
    np.testing.assert_array_equal(mask.inside, wedge())


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_contours_drawn_on_axial_coronal_or_sagittal_slices_fill_the_same_voxels(tmp_path: Path, axis: int) -> None:
    """The rectangles of ``outlines`` are drawn with another axis standing still; masks of whole voxels agree."""
    box = np.zeros(grid().shape, dtype=bool)
    box[2:7, 3:5, 2:5] = True
    low, high = np.array([2, 3, 2]) - 0.5, np.array([7, 5, 5]) - 0.5
    others = [other for other in range(3) if other != axis]
    lines = []
    for place in range(int(low[axis] + 0.5), int(high[axis] + 0.5)):
        corners = np.full((4, 3), float(place))
        corners[:, others[0]] = [low[others[0]], high[others[0]], high[others[0]], low[others[0]]]
        corners[:, others[1]] = [low[others[1]], low[others[1]], high[others[1]], high[others[1]]]
        lines.append((ORIGIN + corners * SPACING).ravel().tolist())
    path = saved(contours({"a": lines}), tmp_path / "rt.dcm")
    mask, _ = read_mask(path, grid(), FRAME_OF_REFERENCE, where="m")
    np.testing.assert_array_equal(mask.inside, box)


def test_contours_on_an_oblique_ct_fill_the_same_voxels(tmp_path: Path) -> None:
    turn = np.radians(25)
    rotation = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    affine = grid().affine.copy()
    affine[:3, :3] = rotation @ affine[:3, :3]
    oblique = Grid(grid().shape, affine)
    lines = [
        oblique.to_mm(grid().to_index(np.array(points).reshape(-1, 3))).ravel().tolist() for points in outlines(wedge())
    ]
    path = saved(contours({"a": lines}), tmp_path / "rt.dcm")
    mask, _ = read_mask(path, oblique, FRAME_OF_REFERENCE, where="m")
    np.testing.assert_array_equal(mask.inside, wedge())
