"""The pixels of CT images as HU, never more of them than the files can hold."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom.config import IGNORE
from pydicom.encaps import generate_frames
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from buttress.exchange.dicom.codestream import announced_size
from buttress.exchange.dicom.decoding import Decoder, DecodingError
from buttress.exchange.dicom.elements import value_of
from buttress.exchange.dicom.files import read_dataset
from buttress.exchange.dicom.headers import ImageHeader
from buttress.exchange.hounsfield import AIR_HU
from buttress.records.document import ButtressError

NATIVE = {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian}
"""Uncompressed transfer syntaxes; a deflated file is one of them once its bytes are unpacked."""

COMPRESSED = {
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    JPEG2000Lossless,
    JPEG2000,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    HTJ2K,
}
"""Syntaxes whose images announce their own size and are unpacked by native decoders, in a process apart."""

MAX_FRAME_PIXELS = 4096 * 4096
"""Ours: the largest matrix of any CT is 2048 x 2048."""

_RLE_MAX_RATIO = 64  # two bytes of a run become at most 128: DICOM PS3.5, annex G.3.1
_HIGHEST_HU = 3071.0  # of a 12-bit CT; padding between air and this could be tissue, and is left alone

Hu = tuple[NDArray[np.float32], int]
"""One image ``[column, row]``, and how many of its pixels were padding."""


def refuse_syntax(header: ImageHeader, place: str, where: str) -> None:
    """Raise ``ButtressError`` for a compression that is not read here, by its name."""
    if header.syntax in NATIVE | COMPRESSED | {RLELossless}:
        return
    raise ButtressError(
        f"{place} is stored as {_syntax_name(header.syntax)}",
        "uncompressed, deflated, RLE, JPEG, JPEG-LS or JPEG 2000 images",
        "export the series uncompressed (or convert it: gdcmconv --raw, dcmdjpeg), or give it as NIfTI",
        where=where,
    )


def _syntax_name(syntax: str) -> str:
    if not syntax:
        return "an unnamed transfer syntax"
    known = UID(syntax, validation_mode=IGNORE)
    return f"{known.name} ({syntax})" if known.is_transfer_syntax else f"an unknown transfer syntax ({syntax[:64]})"


def refuse_short_file(header: ImageHeader, place: str, where: str) -> None:
    """Raise ``ButtressError`` when rows x columns x bits x frames cannot come out of a file of this size.

    What a JPEG may shrink to has no bound; there each image's own announcement is compared before it is unpacked.
    """
    wanted = frame_bytes(header) * header.frames
    ratio = _RLE_MAX_RATIO if header.syntax == RLELossless else 1
    if header.syntax not in COMPRESSED and header.file_bytes * ratio < wanted:
        raise truncated(f"{place} announces {wanted:,} bytes of pixels in a file of {header.file_bytes:,} bytes", where)
    if (header.rows or 0) * (header.columns or 0) > MAX_FRAME_PIXELS:
        raise ButtressError(
            f"{place} announces {header.rows} x {header.columns} pixels",
            f"at most {MAX_FRAME_PIXELS:,} pixels an image",
            "export the CT in the matrix it was reconstructed in",
            where=where,
        )


def frame_bytes(header: ImageHeader) -> int:
    """Bytes of one unpacked image."""
    return (header.rows or 0) * (header.columns or 0) * ((header.bits or 0) // 8) * header.samples


def truncated(found: str, where: str) -> ButtressError:
    """The error of a file that holds less than it announces."""
    return ButtressError(f"truncated DICOM: {found}", "whole files", "copy or export the series again", where=where)


def read_hu(headers: Sequence[ImageHeader], places: Sequence[str], where: str) -> Iterator[Hu]:
    """HU of one image after another (stored value times slope plus intercept); padding becomes air.

    ``places`` name the images in errors. A file of many images is opened once if they follow each other. Raises
    ``ButtressError`` when pixel data are shorter than announced, or cannot be decoded.
    """
    with Decoder() as decoder:
        path, stored = None, list[bytes | memoryview]()
        for header, place in zip(headers, places, strict=True):
            if header.path != path:
                path, stored = header.path, stored_frames(header, place, where)
            values = unpacked(stored[header.frame], header, decoder, place, where)
            yield _hu(values, header)


def stored_frames(header: ImageHeader, place: str, where: str) -> list[bytes | memoryview]:
    """The stored bytes of every frame of a file, as many as its header says."""
    data = pixel_data(header, place, where)
    if header.syntax not in NATIVE:
        frames = _fragments(data, header.frames)
        if len(frames) != header.frames:
            raise truncated(f"{place} holds no readable pixel data ({len(frames)} of {header.frames} frames)", where)
        return list(frames)
    size = frame_bytes(header)
    if len(data) < size * header.frames:
        raise truncated(f"{place} holds {len(data):,} of {size * header.frames:,} bytes of pixels", where)
    view = memoryview(data)
    return [view[size * frame : size * (frame + 1)] for frame in range(header.frames)]


def pixel_data(header: ImageHeader, place: str, where: str) -> bytes:
    """The value of the pixel data element."""
    dataset = read_dataset(header.path, ["PixelData"])
    data = None if dataset is None else value_of(dataset, "PixelData")
    if not isinstance(data, bytes):
        raise truncated(f"{place} holds no readable pixel data", where)
    return data


def _fragments(data: bytes, frames: int) -> list[bytes]:
    """The frames of encapsulated pixel data; none where the encapsulation is broken."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return [frame for frame in generate_frames(data, number_of_frames=frames) if frame]
        except (Exception, RecursionError):  # promises no list of errors
            return []


def unpacked(
    stored: bytes | memoryview, header: ImageHeader, decoder: Decoder, place: str, where: str
) -> NDArray[np.int64]:
    """The stored values of one frame ``[row, column]``, their unused bits dropped and their sign applied."""
    kind = f"{'>' if header.syntax == ExplicitVRBigEndian else '<'}u{(header.bits or 8) // 8}"
    if header.syntax in NATIVE:
        values = np.frombuffer(stored, dtype=kind)
    else:
        try:
            whole = _decoded(bytes(stored), header, decoder)
        except DecodingError as error:
            raise truncated(f"the pixels of {place} cannot be decoded{error}", where) from None
        values = np.frombuffer(whole, dtype=kind)
    if values.size != (header.rows or 0) * (header.columns or 0):
        raise truncated(f"{place} does not unpack to {header.rows} x {header.columns} pixels", where)
    native = header.syntax in NATIVE
    return _in_use(values.astype(np.int64), header, native).reshape(header.rows or 0, header.columns or 0)


def _decoded(stored: bytes, header: ImageHeader, decoder: Decoder) -> bytes:
    """Run-length images announce no size, but are bounded by their format; the others must announce the header's."""
    if header.syntax in COMPRESSED:
        announced = announced_size(stored)
        wanted = (header.rows, header.columns, 1)
        if announced is None or (announced.rows, announced.columns, announced.samples) != wanted:
            raise DecodingError
    return decoder.decode(stored, {"syntax": header.syntax, **_options(header)})


def _options(header: ImageHeader) -> dict[str, int | str]:
    return {
        "rows": header.rows or 0,
        "columns": header.columns or 0,
        "bits_allocated": header.bits or 0,
        "bits_stored": header.bits_stored or 0,
        "pixel_representation": int(header.signed),
    }


def _in_use(values: NDArray[np.int64], header: ImageHeader, native: bool) -> NDArray[np.int64]:
    """Only the bits that are stored count (PS3.5, 8.1.1); the highest of them is the sign where there is one."""
    bits = header.bits_stored or header.bits or 16
    lowest = (header.high_bit if header.high_bit is not None else bits - 1) + 1 - bits if native else 0
    within = (values >> lowest) & ((1 << bits) - 1)
    return np.where(within >= 1 << (bits - 1), within - (1 << bits), within) if header.signed else within


def _hu(values: NDArray[np.int64], header: ImageHeader) -> Hu:
    hu = np.asarray(values.T * np.float64(header.slope) + np.float64(header.intercept), dtype=np.float32)
    if header.padding is None:
        return hu, 0
    ends = np.array(header.padding) * np.float64(header.slope) + np.float64(header.intercept)
    if ends.max() > AIR_HU and ends.min() <= _HIGHEST_HU:
        return hu, 0
    lowest, highest = header.padding
    outside = (lowest <= values.T) & (highest >= values.T)
    return np.where(outside, np.float32(AIR_HU), hu), int(outside.sum())
