"""NRRD in: every voxel stays at its place, other files are never opened, and what is damaged is refused in words."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from buttress.exchange.nrrd import read_nrrd_mask, read_nrrd_volume
from buttress.records.document import ButtressError
from dicom_phantom import leg
from mask_phantom import SIGNS, cube, grid, nrrd, slicer_keys, wedge


def ct(folder: Path, **changes: object) -> Path:
    path = folder / "ct.nrrd"
    path.write_bytes(nrrd(leg(), grid().affine, **changes))  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("space", SIGNS)
@pytest.mark.parametrize("encoding", ["raw", "gzip", "ascii"])
@pytest.mark.parametrize("kind", ["<i2", ">i2", "<f4", "<i4", ">f8"])
def test_every_space_encoding_and_type_gives_the_same_ct(tmp_path: Path, space: str, encoding: str, kind: str) -> None:
    (tmp_path / "ct.nrrd").write_bytes(nrrd(leg().astype(kind), grid().affine, space=space, encoding=encoding))
    volume, notes = read_nrrd_volume(tmp_path / "ct.nrrd")
    np.testing.assert_array_equal(volume.values, leg())
    assert volume.grid.is_close(grid(), 1e-6)
    assert notes == ()


@pytest.mark.parametrize("compressed", [False, True])
def test_a_file_that_simpleitk_wrote_is_read_as_simpleitk_reads_it(tmp_path: Path, compressed: bool) -> None:
    image = sitk.GetImageFromArray(np.ascontiguousarray(leg().transpose(2, 1, 0)))
    turn = np.radians(10)
    image.SetDirection([np.cos(turn), -np.sin(turn), 0, np.sin(turn), np.cos(turn), 0, 0, 0, 1])
    image.SetSpacing([1.5, 2.0, 3.0])
    image.SetOrigin([-30.0, 20.0, 100.0])
    sitk.WriteImage(image, str(tmp_path / "ct.nrrd"), useCompression=compressed)
    volume, _ = read_nrrd_volume(tmp_path / "ct.nrrd")
    np.testing.assert_array_equal(volume.values, leg())
    truth = image.TransformIndexToPhysicalPoint((7, 2, 5))
    np.testing.assert_allclose(volume.grid.to_mm((7, 2, 5)), truth, atol=1e-6)


def refusal(path: Path) -> ButtressError:
    with pytest.raises(ButtressError) as caught:
        read_nrrd_volume(path, where="images.ct")
    assert caught.value.where == "images.ct"
    assert caught.value.expected
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("field", ["data file", "datafile"])
@pytest.mark.parametrize("named", ["ct.raw", "/etc/passwd", "LIST", "%03d.raw 1 8 1", "../../secret"])
def test_a_file_named_in_a_header_is_never_opened(tmp_path: Path, field: str, named: str) -> None:
    (tmp_path / "ct.raw").write_bytes(leg().ravel(order="F").tobytes())
    assert "names other files" in refusal(ct(tmp_path, encoding="raw", fields={field: named})).found


BROKEN: dict[str, tuple[dict[str, str | None], str]] = {
    "no space": ({"space": None}, "no space of a patient"),
    "another space": ({"space": "scanner-xyz"}, "no space of a patient"),
    "no directions": ({"space directions": None}, "how three axes"),
    "a direction that is none": ({"space directions": "none (0,2,0) (0,0,3)"}, "how three axes"),
    "directions of text": ({"space directions": "(a,0,0) (0,2,0) (0,0,3)"}, "three numbers each"),
    "flat": ({"space directions": "(0,0,0) (0,2,0) (0,0,3)"}, "not a position in space"),
    "endless": ({"space directions": "(inf,0,0) (0,2,0) (0,0,3)"}, "not a position in space"),
    "sheared": ({"space directions": "(1.5,1,0) (0,2,0) (0,0,3)"}, "sheared"),
    "no origin": ({"space origin": None}, "three numbers each"),
    "in metres": ({"space directions": "(0.0015,0,0) (0,0.002,0) (0,0,0.003)"}, "voxels measure"),
    "units of metres": ({"space units": '"m" "m" "m"'}, "not millimetres"),
    "lying size": ({"sizes": "900 900 900"}, "truncated"),
    "too many voxels": ({"sizes": "30000 30000 30000"}, "30000 x 30000 x 30000"),
    "negative size": ({"sizes": "-10 12 8"}, "3 dimensions"),
    "size of text": ({"sizes": "ten 12 8"}, "no whole numbers"),
    "two dimensions": ({"dimension": "2", "sizes": "10 96"}, "2 dimensions"),
    "bzip2": ({"encoding": "bzip2"}, "not raw, gzip or ascii"),
    "a block": ({"type": "block"}, "type of the voxels"),
    "no endian": ({"endian": None}, "order the bytes"),
    "skip": ({"byte skip": "-1"}, "skips a part"),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("encoding", ["raw", "gzip"])
def test_a_broken_or_lying_header_is_refused_in_words(tmp_path: Path, kind: str, encoding: str) -> None:
    fields, words = BROKEN[kind]
    assert words in refusal(ct(tmp_path, encoding=encoding, fields=fields)).found


def test_cut_and_foreign_files_are_refused(tmp_path: Path) -> None:
    for encoding in ("raw", "gzip", "ascii"):
        path = ct(tmp_path, encoding=encoding)
        path.write_bytes(path.read_bytes()[:-40])
        assert "truncated" in refusal(path).found
    (tmp_path / "x.nrrd").write_bytes(b"NRRD0005\ntype: short\n")
    assert "does not end" in refusal(tmp_path / "x.nrrd").found
    (tmp_path / "x.nrrd").write_bytes(b"hello\n\n")
    assert "not an NRRD image" in refusal(tmp_path / "x.nrrd").found
    assert "no such file" in refusal(tmp_path / "y.nrrd").found
    data = nrrd(leg(), grid().affine, encoding="ascii")
    (tmp_path / "x.nrrd").write_bytes(data[:-20] + b" nothing" + data[-20:])
    assert "truncated" in refusal(tmp_path / "x.nrrd").found


def test_a_gzip_stream_that_unpacks_to_more_than_announced_is_cut_there(tmp_path: Path) -> None:
    head = nrrd(leg(), grid().affine, encoding="raw", fields={"encoding": "gzip"})
    start = head.index(b"\n\n") + 2
    (tmp_path / "ct.nrrd").write_bytes(head[:start] + gzip.compress(head[start:] + bytes(1 << 26)))
    volume, _ = read_nrrd_volume(tmp_path / "ct.nrrd")
    np.testing.assert_array_equal(volume.values, leg())


def test_a_segmentation_is_no_ct(tmp_path: Path) -> None:
    layers = np.stack([wedge(), cube()]).astype(np.uint8)
    (tmp_path / "ct.nrrd").write_bytes(nrrd(layers, grid().affine, keys=slicer_keys()))
    assert "a segmentation, not a CT" in refusal(tmp_path / "ct.nrrd").found


def test_layers_of_a_slicer_segmentation_are_chosen_by_name(tmp_path: Path) -> None:
    layers = np.stack([wedge(), cube()]).astype(np.uint8)
    path = tmp_path / "both.seg.nrrd"
    path.write_bytes(nrrd(layers, grid().affine, space="right-anterior-superior", keys=slicer_keys()))
    for label, truth in (("lesion", wedge()), ("NERVE", cube())):
        mask = read_nrrd_mask(path, grid(), where="m", label=label)
        np.testing.assert_array_equal(mask.inside, truth)


def test_a_slicer_segmentation_cut_to_its_segment_is_placed_on_the_ct(tmp_path: Path) -> None:
    box = (slice(1, 8), slice(2, 10), slice(1, 6))
    part = grid().crop((1, 2, 1), (8, 10, 6))
    keys = {"Segment0_Name": "lesion", "Segment0_LabelValue": "3"}
    path = tmp_path / "part.seg.nrrd"
    path.write_bytes(nrrd(wedge()[box].astype(np.uint8) * np.uint8(3), part.affine, keys=keys))
    np.testing.assert_array_equal(read_nrrd_mask(path, grid(), where="m").inside, wedge())
    moved = part.affine.copy()
    moved[0, 3] += 0.2
    path.write_bytes(nrrd(wedge()[box].astype(np.uint8) * np.uint8(3), moved, keys=keys))
    with pytest.raises(ButtressError, match="another grid"):
        read_nrrd_mask(path, grid(), where="m")
    moved[0, 3] = part.affine[0, 3] + 6 * 1.5
    path.write_bytes(nrrd(wedge()[box].astype(np.uint8) * np.uint8(3), moved, keys=keys))
    with pytest.raises(ButtressError, match="outside the CT"):
        read_nrrd_mask(path, grid(), where="m")
