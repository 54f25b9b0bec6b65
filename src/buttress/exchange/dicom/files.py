"""The bytes of a DICOM file and the elements in them: never more bytes than a stated bound, packed or unpacked."""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

MAX_FILE_BYTES = 1 << 30
"""Ours: an enhanced CT of 2,000 images of 512 x 512 pixels. A larger file is not read."""

MAX_UNPACKED_BYTES = 1 << 28
"""Ours: 500 images of 512 x 512 pixels. A deflated data set that unpacks to more is not read."""

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_EXPLICIT = b"1.2.840.10008.1.2.1\0"
_SYNTAX = (0x0002, 0x0010)
_LONG_VR = (b"OB", b"OW", b"UN", b"SQ", b"UT", b"OF", b"OD", b"OL", b"UC", b"UR", b"OV", b"SV", b"UV")
_PREAMBLE = 132


def has_preamble(path: Path) -> bool:
    """Whether a file carries DICOM's mark."""
    with path.open("rb") as file:
        return file.read(_PREAMBLE)[128:] == b"DICM"


def dicom_bytes(path: Path) -> bytes | None:
    """A DICOM file's bytes, a deflated data set unpacked (and marked explicit little endian).

    ``None`` where file or data set are larger than their bounds, or the packed stream is damaged. The bytes are read
    whole, so that an element announcing more than the file holds allocates nothing.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        return None
    data = path.read_bytes()
    elements, end = _meta_elements(data)
    if elements.get(_SYNTAX, b"").strip(b"\0 ") != _DEFLATED:
        return data
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(data[end:], MAX_UNPACKED_BYTES)
    except zlib.error:
        return None
    if unpacker.unconsumed_tail or not unpacker.eof:
        return None
    kept = {**elements, _SYNTAX: _EXPLICIT}
    meta = b"".join(_ui(tag, kept[tag]) for tag in ((0x0002, 0x0002), _SYNTAX) if tag in kept)
    return data[:_PREAMBLE] + meta + unpacked


def _ui(tag: tuple[int, int], value: bytes) -> bytes:
    return struct.pack("<HH2sH", *tag, b"UI", len(value)) + value


def _meta_elements(data: bytes) -> tuple[dict[tuple[int, int], bytes], int]:
    """Elements of the file meta information (group 2, explicit little endian: PS3.10, 7.1), and where it ends."""
    found: dict[tuple[int, int], bytes] = {}
    place = _PREAMBLE
    while len(data) >= place + 12:
        group, element, kind, short = struct.unpack_from("<HH2sH", data, place)
        if group != 2:
            break
        long = kind in _LONG_VR
        length = struct.unpack_from("<I", data, place + 8)[0] if long else short
        start = place + (12 if long else 8)
        if start + length > len(data):
            break
        found[(group, element)] = data[start : start + length]
        place = start + length
    return found, place


def read_dataset(path: Path, tags: list[str], *, stop_before_pixels: bool = False) -> Dataset | None:
    """The named elements of a DICOM file, or ``None`` where it cannot be parsed."""
    content = dicom_bytes(path)
    return None if content is None else parse_dataset(content, tags, stop_before_pixels=stop_before_pixels)


def parse_dataset(content: bytes, tags: list[str], *, stop_before_pixels: bool = False) -> Dataset | None:
    """The named elements among a file's bytes, or ``None`` where they cannot be parsed.

    Warnings are dropped because they may quote patient data.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return pydicom.dcmread(BytesIO(content), stop_before_pixels=stop_before_pixels, specific_tags=list(tags))
        except (Exception, RecursionError):  # a parser fed arbitrary bytes promises no list of errors
            return None
