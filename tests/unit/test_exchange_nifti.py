"""NIfTI in and out: every voxel stays at its place in the patient, and what is no CT is refused in words."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray

from buttress.exchange.hounsfield import refuse_unless_hu
from buttress.exchange.nifti import read_nifti_mask, read_nifti_volume, write_nifti_mask, write_nifti_volume
from buttress.numerics.grid import Grid
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

SHAPE = (9, 10, 11)
SPACING = np.array([1.0, 2.0, 3.0])
MARK = (2, 7, 4)
MARK_HU = 1234.0
ORDERS = list(permutations(range(3)))
FLIPS = list(product((1, -1), repeat=3))


def leg() -> NDArray[np.float32]:
    """Air, noisy muscle and fat, a shaft of bone, and one marked voxel: nothing about it is symmetric."""
    values = np.full(SHAPE, -1000, dtype=np.float32)
    values[1:8, 1:9, :] = np.random.default_rng(1).integers(-120, 90, (7, 8, 11))
    values[3:5, 3:5, :] = 900
    values[MARK] = MARK_HU
    return values


def turned_30_degrees_about_head() -> NDArray[np.float64]:
    cosine = np.cos(np.radians(30))
    sine = np.sin(np.radians(30))
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])


def store(
    path: Path, order: tuple[int, ...], flips: tuple[int, ...], rotation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Write the leg with its axes stored in another order and direction; the true LPS position of the mark."""
    axes = rotation * SPACING
    origin = np.array([-20.0, 35.0, 110.0])
    stored = leg().transpose(order)[tuple(slice(None, None, flip) for flip in flips)]
    stored_axes = axes[:, list(order)] * np.array(flips)
    corner = np.zeros(3)
    for axis, flip in zip(order, flips, strict=True):
        corner[axis] = SHAPE[axis] - 1 if flip < 0 else 0
    image = sitk.GetImageFromArray(np.ascontiguousarray(stored.transpose(2, 1, 0)))
    spacing = np.linalg.norm(stored_axes, axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((stored_axes / spacing).ravel().tolist())
    image.SetOrigin((origin + axes @ corner).tolist())
    sitk.WriteImage(image, str(path))
    return np.asarray(origin + axes @ np.array(MARK))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("flips", FLIPS)
def test_a_marked_voxel_stays_at_its_place_whatever_way_the_axes_are_stored(
    tmp_path: Path, order: tuple[int, ...], flips: tuple[int, ...]
) -> None:
    truth_mm = store(tmp_path / "ct.nii", order, flips, np.eye(3))
    volume, notes = read_nifti_volume(tmp_path / "ct.nii", where="images.ct")
    found = np.argwhere(volume.values == MARK_HU)
    assert len(found) == 1
    np.testing.assert_allclose(volume.grid.to_mm(found[0]), truth_mm, atol=1e-4)
    np.testing.assert_allclose(volume.grid.directions, np.eye(3), atol=1e-6)
    np.testing.assert_array_equal(volume.values, leg())
    untouched = order == (0, 1, 2) and flips == (1, 1, 1)
    assert untouched or "voxels were reordered" in notes[0]
    assert not untouched or notes == ()


@pytest.mark.parametrize("flips", FLIPS)
def test_an_oblique_image_keeps_its_rotation_and_its_marked_voxel(tmp_path: Path, flips: tuple[int, ...]) -> None:
    rotation = turned_30_degrees_about_head()
    truth_mm = store(tmp_path / "ct.nii.gz", (1, 2, 0), flips, rotation)
    volume, _ = read_nifti_volume(tmp_path / "ct.nii.gz")
    np.testing.assert_allclose(volume.grid.to_mm(np.argwhere(volume.values == MARK_HU)[0]), truth_mm, atol=1e-4)
    np.testing.assert_allclose(volume.grid.directions, rotation, atol=1e-5)


def test_a_y_flipped_header_is_turned_and_said_in_words(tmp_path: Path) -> None:
    store(tmp_path / "ct.nii", (0, 1, 2), (1, -1, 1), np.eye(3))
    _, notes = read_nifti_volume(tmp_path / "ct.nii", where="images.ct")
    assert notes[0].startswith("images.ct: The stored axes ran to the patient's left, anterior, head")


def oblique_grid() -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = turned_30_degrees_about_head() * SPACING
    affine[:3, 3] = (-20.0, 35.0, 110.0)
    return Grid(SHAPE, affine)


@pytest.mark.parametrize("name", ["out.nii", "out.nii.gz"])
@pytest.mark.parametrize("offset", [0.0, 0.25])
def test_a_written_volume_reads_back_equal_and_writes_the_same_bytes_twice(
    tmp_path: Path, name: str, offset: float
) -> None:
    volume = Volume(oblique_grid(), leg() + np.float32(offset))
    write_nifti_volume(volume, tmp_path / name)
    first = (tmp_path / name).read_bytes()
    write_nifti_volume(volume, tmp_path / name)
    assert (tmp_path / name).read_bytes() == first
    assert [file.name for file in tmp_path.iterdir()] == [name]
    back, _ = read_nifti_volume(tmp_path / name)
    np.testing.assert_array_equal(back.values, volume.values)
    assert back.grid.is_close(volume.grid)


def test_a_written_mask_reads_back_equal_and_holds_no_time(tmp_path: Path) -> None:
    mask = Mask(oblique_grid(), leg() > 800)
    write_nifti_mask(mask, tmp_path / "lesion.nii.gz")
    assert struct.unpack("<I", (tmp_path / "lesion.nii.gz").read_bytes()[4:8]) == (0,)
    back = read_nifti_mask(tmp_path / "lesion.nii.gz", mask.grid, where="lesions[0].mask")
    np.testing.assert_array_equal(back.inside, mask.inside)


def refusal(action: Callable[[], object]) -> ButtressError:
    with pytest.raises(ButtressError) as caught:
        action()
    assert caught.value.found
    assert caught.value.expected
    assert caught.value.remedy
    return caught.value


def test_a_mask_on_another_grid_is_refused_with_both_geometries(tmp_path: Path) -> None:
    mask = Mask(oblique_grid(), leg() > 800)
    write_nifti_mask(mask, tmp_path / "lesion.nii.gz")
    moved = oblique_grid().affine.copy()
    moved[0, 3] += 0.02
    error = refusal(lambda: read_nifti_mask(tmp_path / "lesion.nii.gz", Grid(SHAPE, moved), where="lesions[0].mask"))
    assert error.where == "lesions[0].mask"
    assert "another grid: 9 x 10 x 11 voxels of 1 x 2 x 3 mm, first voxel at (-20.00, 35.00, 110.00)" in error.found
    assert "turned by 30.00 degrees" in error.found
    assert "the CT's grid: 9 x 10 x 11 voxels of 1 x 2 x 3 mm, first voxel at (-19.98, 35.00, 110.00)" in error.expected
    assert "resample the mask" in error.remedy


@pytest.mark.parametrize(
    ("labels", "words"),
    [([0], "empty"), ([1], "fills the whole image"), ([0, 1, 2], "holds 3 values (0, 1, 2)")],
)
def test_a_mask_that_is_empty_full_or_of_many_labels_is_refused(tmp_path: Path, labels: list[int], words: str) -> None:
    grid = Grid.aligned((3, 3, 3), 1.0)
    values = np.resize(np.array(labels, dtype=np.float32), (3, 3, 3))
    write_nifti_volume(Volume(grid, values), tmp_path / "mask.nii")
    assert words in refusal(lambda: read_nifti_mask(tmp_path / "mask.nii", grid, where="m")).found


def test_a_missing_file_and_a_foreign_ending_are_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(lambda: read_nifti_volume(tmp_path / "ct.nii.gz")).found
    (tmp_path / "one.dcm").write_bytes(b"x" * 200)
    error = refusal(lambda: read_nifti_volume(tmp_path / "one.dcm"))
    assert ".dcm" in error.found
    assert "folder" in error.expected


def patched(tmp_path: Path, change: Callable[[bytearray], bytearray], name: str = "ct.nii") -> Path:
    """The leg as a NIfTI file whose bytes were changed."""
    store(tmp_path / "good.nii", (0, 1, 2), (1, 1, 1), np.eye(3))
    data = bytes(change(bytearray((tmp_path / "good.nii").read_bytes())))
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return tmp_path / name


def put(data: bytearray, place: int, kind: str, *numbers: float) -> bytearray:
    packed = struct.pack("<" + kind, *numbers)
    data[place : place + len(packed)] = packed
    return data


BROKEN: dict[str, tuple[Callable[[bytearray], bytearray], str]] = {
    "cut in its voxels": (lambda data: data[:-5], "truncated"),
    "cut in its header": (lambda data: data[:200], "inside its header"),
    "not NIfTI": (lambda data: bytearray(b"hello world " * 100), "not a NIfTI-1 image"),
    "lying size": (lambda data: put(data, 42, "3h", 900, 900, 900), "truncated"),
    "four dimensions": (lambda data: put(data, 40, "5h", 4, 9, 10, 1, 11), "4 dimensions"),
    "two dimensions": (lambda data: put(data, 40, "3h", 2, 9, 110), "2 dimensions"),
    "too many voxels": (lambda data: put(data, 42, "3h", 30000, 30000, 30000), "30000 x 30000 x 30000"),
    "no orientation": (lambda data: put(data, 252, "2h", 0, 0), "does not say how the image lies"),
    "sheared": (lambda data: put(put(data, 252, "2h", 0, 1), 284, "f", 0.9), "sheared"),
    "flat axis": (lambda data: put(put(data, 252, "2h", 0, 1), 280, "3f", 0, 0, 0), "not a position in space"),
    "two orientations": (lambda data: put(data, 292, "f", 77.0), "disagree"),
    "impossible numbers": (lambda data: put(data, 112, "f", float("nan")), "impossible numbers"),
    "spacing in micrometres": (lambda data: put(data, 123, "B", 3), "voxels measure"),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz"])
def test_a_broken_or_lying_header_is_refused_in_words(tmp_path: Path, kind: str, name: str) -> None:
    change, words = BROKEN[kind]
    error = refusal(lambda: read_nifti_volume(patched(tmp_path, change, name), where="images.ct"))
    assert words in error.found
    assert error.where == "images.ct"


def test_a_gzip_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = patched(tmp_path, lambda data: data, "ct.nii.gz")
    path.write_bytes(path.read_bytes()[:-200])
    assert "truncated" in refusal(lambda: read_nifti_volume(path)).found


def test_padding_far_below_air_becomes_air_and_is_said(tmp_path: Path) -> None:
    values = leg()
    values[0] = -3024
    write_nifti_volume(Volume(Grid.aligned(SHAPE, SPACING), values), tmp_path / "ct.nii")
    volume, notes = read_nifti_volume(tmp_path / "ct.nii")
    assert (volume.values[0] == -1024).all()
    assert volume.values.max() == MARK_HU
    assert "Padding below -1500 HU (11.1 % of the voxels)" in notes[0]


def body(seed: int = 0) -> NDArray[np.float32]:
    """HU of a limb in air: 40 % air, fat, muscle, marrow, cortex, with noise."""
    rng = np.random.default_rng(seed)
    means = rng.choice([-1000.0, -100.0, 45.0, 250.0, 1100.0], (40, 40, 40), p=[0.4, 0.2, 0.3, 0.05, 0.05])
    return np.asarray(means + rng.normal(0, 20, means.shape), dtype=np.float32)


def without_air() -> NDArray[np.float32]:
    """A crop deep in the body: no air at all."""
    values = body()
    return np.where(values < -300, np.float32(40), values)


NOT_HU: dict[str, tuple[NDArray[np.float32], str, str]] = {
    "8-bit picture": (np.clip((body() + 1000) / 8, 0, 255), "8-bit", "window"),
    "normalised to 0..1": ((body() + 1100) / 2400, "normalised", "before any normalisation"),
    "z-scores": ((body() - body().mean()) / body().std(), "normalised", "before any normalisation"),
    "mask": (np.asarray(body() > 500, dtype=np.float32), "a mask", "CT itself"),
    "stored with +1024": (np.maximum(body() + 1024, 0), "stored values with +1024", "subtract 1024"),
    "offset twice": (body() - 1024, "subtracted twice", "add 1024"),
    "magnetic resonance": (np.abs(body(3)) * 0.7, "MR looks like this", "give a CT"),
    "soft-tissue window": (np.clip(body(), -160, 240), "nothing is denser than 240", "without a window"),
    "scaled tenfold": (body() * 10 + 5000, "range of soft tissue", "slope and intercept"),
    "shifted up by 600": (body() + 600, "range of soft tissue", "slope and intercept"),
    "empty": (np.zeros((4, 4, 4), dtype=np.float32), "an empty image", "CT itself"),
}


@pytest.mark.parametrize("kind", NOT_HU)
def test_numbers_that_are_not_hu_are_refused_with_what_they_look_like(kind: str) -> None:
    values, words, remedy = NOT_HU[kind]
    error = refusal(lambda: refuse_unless_hu(np.asarray(values, dtype=np.float32), "images.ct"))
    assert error.found.startswith("HU that are not HU: ")
    assert words in error.found
    assert remedy in error.remedy
    assert "Hounsfield" in error.expected


def test_voxels_that_are_not_numbers_are_refused() -> None:
    values = body()
    values[0, 0, :3] = np.nan
    error = refusal(lambda: refuse_unless_hu(values, "images.ct"))
    assert "3 voxels are not numbers" in error.found
    assert "-1024" in error.remedy


def noise() -> NDArray[np.float64]:
    return np.random.default_rng(5).normal(0, 20, (200, 40, 40))


@pytest.mark.parametrize(
    "values",
    [
        body(),
        without_air(),
        np.clip(body(), -1024, 3071),
        np.where(body() < -300, -3024, body()),
        np.concatenate([np.full((30, 40, 40), -2000), np.full((200, 40, 40), -1000) + noise(), body()]),
    ],
    ids=["limb in air", "deep in the body", "clipped to 12 bits", "padded with -3024", "a small limb, padded"],
)
def test_true_hounsfield_units_pass(values: NDArray[np.float32]) -> None:
    assert refuse_unless_hu(np.asarray(values, dtype=np.float32), "images.ct") is None  # type: ignore[func-returns-value]
