"""The header of a NIfTI file, read and checked before any voxel is."""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from buttress.exchange.axes import refuse_bad_axes
from buttress.records.document import ButtressError

MAX_VOXELS = 1_000_000_000
"""Ours: 4 GB as float32, twice a whole-body CT of 512 x 512 x 2000."""

MAX_GZIP_RATIO = 1032
"""A deflate stream cannot expand further (258 bytes from 2 bits): zlib's technical notes."""

_HEADER_BYTES = 348
_AGREEMENT_MM = 1.0  # ours: qform and sform may differ by rounding, not by a voxel


@dataclass(frozen=True, slots=True)
class NiftiHeader:
    """What a NIfTI-1 header says of its voxels: dimensions, bytes, and the two affines it may hold (RAS mm)."""

    shape: tuple[int, ...]
    bytes_per_voxel: int
    voxel_offset: int
    qform: NDArray[np.float64] | None
    sform: NDArray[np.float64] | None

    @property
    def data_bytes(self) -> int:
        """Length of the file before compression."""
        return self.voxel_offset + int(np.prod(self.shape, dtype=object)) * self.bytes_per_voxel


def read_nifti_header(path: Path, where: str) -> NiftiHeader:
    """Read and check the header at ``path``: three dimensions, a whole file, axes that are square to each other.

    Raises ``ButtressError``, with ``where`` as its place.
    """
    header = _parse(_first_bytes(path, where), where)
    _check_shape(header, where)
    _check_length(path, header, where)
    _check_axes(header, where)
    return header


def _first_bytes(path: Path, where: str) -> bytes:
    try:
        with gzip.open(path) if _is_gzip(path) else path.open("rb") as file:
            start = file.read(_HEADER_BYTES)
    except (OSError, EOFError, zlib.error):
        raise _not_nifti("the file cannot be read or unpacked", where) from None
    if len(start) < _HEADER_BYTES:
        raise _not_nifti(f"the file ends after {len(start)} bytes, inside its header", where)
    return start


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _not_nifti(found: str, where: str) -> ButtressError:
    return ButtressError(
        found, "a NIfTI-1 image (.nii or .nii.gz) of one CT or mask", "export or copy the file again", where=where
    )


def _parse(start: bytes, where: str) -> NiftiHeader:
    order = "<" if struct.unpack("<i", start[:4])[0] == _HEADER_BYTES else ">"
    if struct.unpack(order + "i", start[:4])[0] != _HEADER_BYTES or start[344:347] not in (b"n+1", b"ni1"):
        raise _not_nifti("the file is not a NIfTI-1 image", where)
    dim = struct.unpack(order + "8h", start[40:56])
    bits = struct.unpack(order + "h", start[72:74])[0]
    pixdim = np.array(struct.unpack(order + "8f", start[76:108]), dtype=float)
    offset, slope, intercept = struct.unpack(order + "3f", start[108:120])
    qcode, scode = struct.unpack(order + "2h", start[252:256])
    quaternion = np.array(struct.unpack(order + "6f", start[256:280]), dtype=float)
    rows = np.array(struct.unpack(order + "12f", start[280:328]), dtype=float).reshape(3, 4)
    numbers = [offset, slope, intercept] if not np.isfinite([offset, slope, intercept]).all() else []
    if numbers or not 1 <= dim[0] <= 7 or bits < 8 or not 0 <= offset < 1e9:
        raise _not_nifti("the header holds impossible numbers", where)
    unit = {1: 1000.0, 3: 0.001}.get(start[123] & 7, 1.0)
    return NiftiHeader(
        shape=dim[1 : dim[0] + 1],
        bytes_per_voxel=bits // 8,
        voxel_offset=int(offset),
        qform=_quaternion_affine(quaternion, pixdim) * unit if qcode > 0 else None,
        sform=rows * unit if scode > 0 else None,
    )


def _quaternion_affine(quaternion: NDArray[np.float64], pixdim: NDArray[np.float64]) -> NDArray[np.float64]:
    """The ``(3, 4)`` affine of the qform: the NIfTI-1 standard, METHOD 2."""
    b, c, d = quaternion[:3]
    a = np.sqrt(max(0.0, 1.0 - (b * b + c * c + d * d)))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    scale = pixdim[1:4] * np.array([1.0, 1.0, -1.0 if pixdim[0] < 0 else 1.0])
    return np.column_stack([rotation * scale, quaternion[3:]])


def _check_shape(header: NiftiHeader, where: str) -> None:
    sizes = " x ".join(str(n) for n in header.shape)
    if len(header.shape) < 3 or min(header.shape) < 1 or max(header.shape[3:], default=1) > 1:
        raise ButtressError(
            f"the image has {len(header.shape)} dimensions ({sizes})",
            "one three-dimensional volume",
            "save a single volume (one phase, one time point, no colour)",
            where=where,
        )
    if int(np.prod(header.shape, dtype=object)) > MAX_VOXELS:
        raise ButtressError(
            f"the image has {sizes} voxels",
            f"at most {MAX_VOXELS:,} voxels",
            "crop the CT around the lesion's bone",
            where=where,
        )


def _check_length(path: Path, header: NiftiHeader, where: str) -> None:
    """A short file would be filled with zeros silently by the reader, so its length is checked here."""
    stored = path.stat().st_size
    if not _is_gzip(path):
        length = stored
    elif header.data_bytes > stored * MAX_GZIP_RATIO:
        length = 0
    else:
        length = _unpacked_length(path, header.data_bytes)
    if length < header.data_bytes:
        raise ButtressError(
            f"the file is truncated: its header announces {header.data_bytes:,} bytes, it holds fewer",
            "a whole NIfTI file",
            "copy or export the file again",
            where=where,
        )


def _unpacked_length(path: Path, wanted: int) -> int:
    """Bytes in a gzip file, counted up to ``wanted`` without keeping them."""
    length = 0
    try:
        with gzip.open(path) as file:
            while length < wanted and (piece := file.read(1 << 20)):
                length += len(piece)
    except (OSError, EOFError, zlib.error):
        return 0
    return length


def _check_axes(header: NiftiHeader, where: str) -> None:
    affines = [affine for affine in (header.sform, header.qform) if affine is not None]
    if not affines:
        raise ButtressError(
            "the header does not say how the image lies in the patient (qform and sform codes are 0)",
            "a header with an orientation: without one left and right cannot be told",
            "export the image again from its DICOM series",
            where=where,
        )
    for affine in affines:
        refuse_bad_axes(affine, where)
    if len(affines) == 2 and _corner_distance(affines[0], affines[1], header.shape) > _AGREEMENT_MM:
        raise ButtressError(
            "the header holds two orientations (qform and sform) that disagree by "
            f"{_corner_distance(affines[0], affines[1], header.shape):.1f} mm",
            f"one orientation, or two within {_AGREEMENT_MM:g} mm",
            "export the image again from its DICOM series, or save it with one of the two",
            where=where,
        )


def _corner_distance(one: NDArray[np.float64], other: NDArray[np.float64], shape: tuple[int, ...]) -> float:
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in shape[:3]])).reshape(3, -1)
    difference = (one - other) @ np.vstack([corners, np.ones(corners.shape[1])])
    return float(np.linalg.norm(difference, axis=0).max())
