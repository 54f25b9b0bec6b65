"""One DICOM file's header: only the tags that place and scale an image, read within the bounds of the file."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset

MAX_FILE_BYTES = 1 << 28
"""Ours: no classic CT image comes near 256 MB; a larger file is not opened."""

_DIRECTORY = "1.2.840.10008.1.3.10"  # DICOMDIR
_CODE = re.compile(r"[0-9A-Za-z._]{1,64}")
_ENDINGS = (".dcm", ".ima")

HEADER_TAGS = [
    "ImageType",
    "SOPClassUID",
    "SOPInstanceUID",
    "Modality",
    "SeriesInstanceUID",
    "SliceThickness",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "PixelSpacing",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "RescaleSlope",
    "RescaleIntercept",
    "RescaleType",
]


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What one image says of itself; ``None`` where it says nothing or nonsense. No patient data.

    ``spacing_mm`` is between rows, then between columns; ``orientation`` the directions of a row and of a column (LPS).
    """

    path: Path
    file_bytes: int
    series_uid: str
    modality: str
    syntax: str = ""
    sop_class: str = ""
    instance_uid: str = ""
    image_type: tuple[str, ...] = ()
    thickness_mm: float | None = None
    rows: int | None = None
    columns: int | None = None
    bits: int | None = None
    samples: int = 1
    frames: int = 1
    spacing_mm: tuple[float, ...] | None = None
    orientation: tuple[float, ...] | None = None
    position_mm: tuple[float, ...] | None = None
    slope: float | None = None
    intercept: float | None = None
    rescale_type: str = ""


def read_image_header(path: Path) -> ImageHeader | None:
    """The header of the DICOM file at ``path``; ``None`` where it is no DICOM file.

    A DICOM file that is cut off or damaged before its series is named has an empty ``series_uid``.
    """
    dicom = path.stat().st_size <= MAX_FILE_BYTES and _has_preamble(path)
    dataset = read_dataset(path, HEADER_TAGS, stop_before_pixels=True) if dicom else None
    if dataset is None:
        return _damaged(path) if dicom or path.suffix.lower() in _ENDINGS else None
    meta = getattr(dataset, "file_meta", Dataset())
    if _text(meta, "MediaStorageSOPClassUID") == _DIRECTORY:
        return None
    if not _code(dataset, "Modality") or not _code(dataset, "SeriesInstanceUID"):
        return _damaged(path)
    return ImageHeader(
        path=path,
        file_bytes=path.stat().st_size,
        series_uid=_code(dataset, "SeriesInstanceUID"),
        modality=_code(dataset, "Modality"),
        syntax=_code(meta, "TransferSyntaxUID"),
        sop_class=_code(dataset, "SOPClassUID"),
        instance_uid=_code(dataset, "SOPInstanceUID"),
        image_type=tuple(part.upper() for part in _text(dataset, "ImageType").split("\\")),
        thickness_mm=(_numbers(dataset, "SliceThickness", 1) or (None,))[0],
        rows=_whole(dataset, "Rows"),
        columns=_whole(dataset, "Columns"),
        bits=_whole(dataset, "BitsAllocated"),
        samples=_whole(dataset, "SamplesPerPixel") or 1,
        frames=_whole(dataset, "NumberOfFrames") or 1,
        spacing_mm=_numbers(dataset, "PixelSpacing", 2),
        orientation=_numbers(dataset, "ImageOrientationPatient", 6),
        position_mm=_numbers(dataset, "ImagePositionPatient", 3),
        slope=(_numbers(dataset, "RescaleSlope", 1) or (None,))[0],
        intercept=(_numbers(dataset, "RescaleIntercept", 1) or (None,))[0],
        rescale_type=_code(dataset, "RescaleType").upper(),
    )


def _damaged(path: Path) -> ImageHeader:
    return ImageHeader(path=path, file_bytes=path.stat().st_size, series_uid="", modality="")


def read_dataset(path: Path, tags: list[str], *, stop_before_pixels: bool = False) -> Dataset | None:
    """The named elements of a DICOM file, or ``None`` where it cannot be parsed.

    The bytes are read first, so that an element announcing more than the file holds allocates nothing. Warnings are
    dropped because they may quote patient data.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return pydicom.dcmread(
                BytesIO(path.read_bytes()), stop_before_pixels=stop_before_pixels, specific_tags=list(tags)
            )
        except (Exception, RecursionError):  # a parser fed arbitrary bytes promises no list of errors
            return None


def _has_preamble(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def _value(dataset: Dataset, name: str) -> Any:
    """An element's value; conversion happens on access and may fail in any way, which counts as absent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return dataset.get(name)
        except Exception:
            return None


def _text(dataset: Dataset, name: str) -> str:
    value = _value(dataset, name)
    if value is None:
        return ""
    return "\\".join(str(part) for part in value) if not isinstance(value, str) else str(value)


def _code(dataset: Dataset, name: str) -> str:
    """A UID or a code; "" where it is not written as one, so that no other text can reach a message."""
    text = _text(dataset, name).strip()
    return text if _CODE.fullmatch(text) else ""


def _whole(dataset: Dataset, name: str) -> int | None:
    value = _value(dataset, name)
    try:
        return int(value) if value is not None else None
    except (TypeError, ValueError):
        return None


def _numbers(dataset: Dataset, name: str, count: int) -> tuple[float, ...] | None:
    value = _value(dataset, name)
    try:
        parts = [value] if isinstance(value, int | float | str) else list(value or ())
        numbers = tuple(float(part) for part in parts)
    except (TypeError, ValueError):
        return None
    finite = all(abs(number) < 1e9 for number in numbers)
    return numbers if len(numbers) == count and finite else None
