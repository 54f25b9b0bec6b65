"""Whole files of every format that is read, and ways to damage them: for ``fuzz_readers`` and for the tests."""

from __future__ import annotations

import gzip
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
from pydicom.uid import RLELossless

from buttress.exchange.dicom.series import read_dicom_series
from buttress.exchange.masks import read_mask
from buttress.exchange.nifti import read_nifti_volume, write_nifti_mask, write_nifti_volume
from buttress.exchange.nrrd import read_nrrd_volume
from buttress.records.image import Mask, Volume
from dicom_phantom import COUNT, FRAME_OF_REFERENCE, enhanced, image, leg, save, series, tilted, transcoded
from mask_phantom import contours, cube, grid, nrrd, saved, segmentation, slicer_keys, wedge

Read = Volume | Mask


@dataclass(frozen=True)
class Form:
    """A format: how to write whole files into a folder, how to read them, and which of them is damaged."""

    write: Callable[[Path], None]
    read: Callable[[Path], Read]
    damaged: str


def _twelve_bits(folder: Path, syntax: str) -> None:
    for place in range(COUNT):
        stored = (leg()[:, :, place].T + 1024).astype("<u2").tobytes()
        facts = {"PixelRepresentation": 0, "BitsStored": 12, "HighBit": 11}
        save(image(place, PixelData=stored, **facts), folder / f"IM{place:03d}.dcm")
        transcoded(folder / f"IM{place:03d}.dcm", syntax)


def _packed(syntax: str) -> Form:
    return Form(lambda folder: _twelve_bits(folder, syntax), _series, "IM003.dcm")


def _series(folder: Path) -> Volume:
    return read_dicom_series(folder, where="ct")[0]


def _mask(name: str, label: str | int | None = None) -> Callable[[Path], Mask]:
    return lambda folder: read_mask(folder / name, grid(), FRAME_OF_REFERENCE, where="mask", label=label)[0]


def _bytes(name: str, content: Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content()) and None


def _nifti(name: str) -> Form:
    volume = Volume(grid(), leg().astype(np.float32))
    return Form(
        lambda folder: write_nifti_volume(volume, folder / name),
        lambda folder: read_nifti_volume(folder / name)[0],
        name,
    )


def _nrrd(encoding: str, kind: str = "<i2") -> Form:
    return Form(
        _bytes("ct.nrrd", lambda: nrrd(leg().astype(kind), grid().affine, encoding=encoding)),
        lambda folder: read_nrrd_volume(folder / "ct.nrrd")[0],
        "ct.nrrd",
    )


def _layers() -> bytes:
    return nrrd(np.stack([wedge(), cube()]).astype(np.uint8), grid().affine, keys=slicer_keys(), encoding="raw")


def _run_lengths(folder: Path) -> None:
    dataset = enhanced()
    dataset.compress(RLELossless, generate_instance_uid=False)
    save(dataset, folder / "ct.dcm")


FORMS: dict[str, Form] = {
    "NIfTI": _nifti("ct.nii"),
    "NIfTI, gzip": _nifti("ct.nii.gz"),
    "NIfTI mask": Form(lambda f: write_nifti_mask(Mask(grid(), wedge()), f / "m.nii"), _mask("m.nii"), "m.nii"),
    "NRRD, raw": _nrrd("raw"),
    "NRRD, gzip": _nrrd("gzip", ">i2"),
    "NRRD, ascii": _nrrd("ascii"),
    "Slicer .seg.nrrd": Form(_bytes("m.seg.nrrd", _layers), _mask("m.seg.nrrd", "lesion"), "m.seg.nrrd"),
    "DICOM": Form(lambda f: series(f) and None, _series, "IM003.dcm"),
    "DICOM, implicit": _packed("ImplicitVRLittleEndian"),
    "DICOM, big endian": _packed("ExplicitVRBigEndian"),
    "DICOM, deflated": _packed("DeflatedExplicitVRLittleEndian"),
    "DICOM, tilted": Form(lambda f: tilted(f, 12.0) and None, _series, "3.dcm"),
    "DICOM, enhanced": Form(lambda f: save(enhanced(), f / "ct.dcm"), _series, "ct.dcm"),
    "DICOM, enhanced RLE": Form(_run_lengths, _series, "ct.dcm"),
    "DICOM, JPEG lossless": _packed("JPEGLosslessProcess14_1"),
    "DICOM, JPEG 12 bits": _packed("JPEGExtendedProcess2_4"),
    "DICOM, JPEG-LS": _packed("JPEGLSLossless"),
    "DICOM, JPEG 2000": _packed("JPEG2000Lossless"),
    "DICOM SEG": Form(lambda f: saved(segmentation(), f / "m.dcm") and None, _mask("m.dcm", 1), "m.dcm"),
    "DICOM SEG, fractional": Form(
        lambda f: saved(segmentation(kind="FRACTIONAL"), f / "m.dcm") and None, _mask("m.dcm", 1), "m.dcm"
    ),
    "DICOM RTSTRUCT": Form(lambda f: saved(contours(), f / "m.dcm") and None, _mask("m.dcm", "lesion"), "m.dcm"),
}

STARTS_A_PROCESS = {name for name in FORMS if "JPEG" in name or "RLE" in name}
"""Forms whose pixels are unpacked by a process apart: a quarter of a second each."""

_EXTREMES = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]
_TEXTS = [b"", b"0", b"-1", b"1e308", b"nan", b"inf", b"99999999999999999999", b"a", b"1\\2", b"../../x", b"0.0000001"]


def flip_bytes(data: bytes, rng: np.random.Generator) -> bytes:
    """One to eight bytes become others."""
    out = bytearray(data)
    for place in rng.integers(0, len(out), rng.integers(1, 9)):
        out[place] = rng.integers(256)
    return bytes(out)


def flip_early_bytes(data: bytes, rng: np.random.Generator) -> bytes:
    """As ``flip_bytes``, but in the first kilobyte, where headers are."""
    return flip_bytes(data[:1024], rng) + data[1024:]


def cut(data: bytes, rng: np.random.Generator) -> bytes:
    """The end is missing."""
    return data[: int(rng.integers(0, len(data)))]


def drop(data: bytes, rng: np.random.Generator) -> bytes:
    """A piece in the middle is missing."""
    start = int(rng.integers(0, len(data)))
    return data[:start] + data[start + int(rng.integers(1, 65)) :]


def repeat(data: bytes, rng: np.random.Generator) -> bytes:
    """A piece stands there twice, or many times."""
    start, length = int(rng.integers(0, len(data))), int(rng.integers(1, 65))
    return data[:start] + data[start : start + length] * int(rng.choice([2, 3, 100])) + data[start + length :]


def lie(data: bytes, rng: np.random.Generator) -> bytes:
    """A number of two or four bytes becomes an extreme one, in either byte order."""
    out = bytearray(data)
    kind = str(rng.choice(["<H", ">H", "<I", ">I"]))
    size = struct.calcsize(kind)
    place = int(rng.integers(0, max(1, min(len(out), 2048) - size)))
    out[place : place + size] = struct.pack(kind, int(rng.choice(_EXTREMES)) % (1 << 8 * size))
    return bytes(out)


def change_number(data: bytes, rng: np.random.Generator) -> bytes:
    """A number that is written as text becomes another text."""
    found = list(re.finditer(rb"-?\d+(\.\d+)?", data[:4096]))
    if not found:
        return flip_bytes(data, rng)
    one = found[int(rng.integers(len(found)))]
    return data[: one.start()] + _TEXTS[int(rng.integers(len(_TEXTS)))] + data[one.end() :]


def change_element(data: bytes, rng: np.random.Generator) -> bytes:
    """An element of a DICOM file is dropped, or gets another value; other files are damaged by ``lie``."""
    if data[128:132] != b"DICM":
        return lie(data, rng)
    dataset = pydicom.dcmread(BytesIO(data))
    home = dataset
    for name in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence", "ROIContourSequence"):
        if name in dataset and len(dataset[name].value) and rng.random() < 0.4:
            home = dataset[name].value[int(rng.integers(len(dataset[name].value)))]
            while rng.random() < 0.7 and (inner := [e for e in home if e.VR == "SQ" and len(e.value)]):
                home = inner[int(rng.integers(len(inner)))].value[0]
    tags = [element.tag for element in home]
    if not tags:
        return flip_bytes(data, rng)
    element = home[tags[int(rng.integers(len(tags)))]]
    if element.VR == "SQ" or rng.random() < 0.2:
        del home[element.tag]
    elif element.VR in ("US", "SS", "UL"):
        element.value = int(rng.choice([0, 1, 2, 3, 7, 8, 12, 16, 255, 32767]))
    elif element.VR in ("DS", "IS"):
        element._value = str(rng.choice(["0", "-1", "1e308", "-1e-9", "7777", "3", "nan"]))
    elif isinstance(element.value, bytes):
        element.value = element.value[: int(rng.integers(0, len(element.value) + 1)) // 2 * 2]
    else:
        element.value = str(rng.choice(["", "1.2.3", "MR", "A" * 64, "1.2.840.10008.1.2.4.90"]))
    out = BytesIO()
    dataset.save_as(out)
    return out.getvalue()


DAMAGES: tuple[Callable[[bytes, np.random.Generator], bytes], ...] = (
    flip_bytes,
    flip_early_bytes,
    cut,
    drop,
    repeat,
    lie,
    change_number,
    change_element,
)


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """A file damaged in one of all ways, sometimes in two; of a gzip file mostly what is packed in it."""
    if data[:2] == b"\x1f\x8b" and rng.random() < 0.7:
        return gzip.compress(damaged(gzip.decompress(data), rng), mtime=0)
    for _ in range(1 if rng.random() < 0.7 else 2):
        if data:
            try:
                data = DAMAGES[int(rng.integers(len(DAMAGES)))](data, rng)
            except Exception:  # what is damaged already cannot always be parsed and written again
                data = flip_bytes(data, rng)
    return data
