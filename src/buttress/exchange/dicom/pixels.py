"""The pixels of one CT image as HU, never more of them than the file can hold."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from pydicom.config import IGNORE
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from buttress.exchange.dicom.headers import HEADER_TAGS, ImageHeader, read_dataset
from buttress.records.document import ButtressError

NATIVE = {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian}
"""Uncompressed transfer syntaxes. Deflated is left out: its length is not bounded by the file's."""

_RLE_MAX_RATIO = 64  # two bytes of a run become at most 128: DICOM PS3.5, annex G.3.1


def refuse_syntax(header: ImageHeader, place: str, where: str) -> None:
    """Raise ``ButtressError`` for a compression that is not read here, by its name."""
    if header.syntax in NATIVE | {RLELossless}:
        return
    raise ButtressError(
        f"{place} is stored as {_syntax_name(header.syntax)}",
        "uncompressed or RLE lossless DICOM",
        "export the series uncompressed (or convert it: gdcmconv --raw, dcmdjpeg), or give it as NIfTI",
        where=where,
    )


def _syntax_name(syntax: str) -> str:
    if not syntax:
        return "an unnamed transfer syntax"
    known = UID(syntax, validation_mode=IGNORE)
    return f"{known.name} ({syntax})" if known.is_transfer_syntax else f"an unknown transfer syntax ({syntax[:64]})"


def refuse_short_file(header: ImageHeader, place: str, where: str) -> None:
    """Raise ``ButtressError`` when rows x columns x bits cannot come out of a file of this size."""
    wanted = pixel_bytes(header)
    ratio = _RLE_MAX_RATIO if header.syntax == RLELossless else 1
    if header.file_bytes * ratio < wanted:
        raise _truncated(
            f"{place} announces {wanted:,} bytes of pixels in a file of {header.file_bytes:,} bytes", where
        )


def pixel_bytes(header: ImageHeader) -> int:
    """Bytes of one unpacked image."""
    return (header.rows or 0) * (header.columns or 0) * ((header.bits or 0) // 8) * header.samples


def _truncated(found: str, where: str) -> ButtressError:
    return ButtressError(f"truncated DICOM: {found}", "whole files", "copy or export the series again", where=where)


def read_stored_bytes(header: ImageHeader, place: str, where: str) -> bytes:
    """The pixel data of an image as they lie in the file."""
    dataset = read_dataset(header.path, ["PixelData"])
    data = None if dataset is None else dataset.get("PixelData")
    if not isinstance(data, bytes):
        raise _truncated(f"{place} holds no readable pixel data", where)
    return data


def read_hu(header: ImageHeader, place: str, where: str) -> NDArray[np.float32]:
    """HU of one image ``[column, row]``: stored values times slope plus intercept.

    Raises ``ButtressError`` when the pixel data are shorter than rows x columns x bits, or cannot be decoded.
    """
    dataset = read_dataset(header.path, [*HEADER_TAGS, "PixelData"])
    data = None if dataset is None else dataset.get("PixelData")
    if dataset is None or not isinstance(data, bytes):
        raise _truncated(f"{place} holds no readable pixel data", where)
    if header.syntax in NATIVE and len(data) < pixel_bytes(header):
        raise _truncated(f"{place} holds {len(data):,} of {pixel_bytes(header):,} bytes of pixels", where)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            stored = dataset.pixel_array
        except (Exception, RecursionError):  # decoders promise no list of errors
            raise _truncated(f"the pixels of {place} cannot be decoded", where) from None
    if stored.shape != (header.rows, header.columns):
        raise _truncated(f"{place} unpacks to {stored.shape}, not {header.rows} x {header.columns} pixels", where)
    return np.asarray(stored.T * np.float64(header.slope) + np.float64(header.intercept), dtype=np.float32)
