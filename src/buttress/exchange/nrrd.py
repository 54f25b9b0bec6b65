"""NRRD in: a CT (.nrrd), a mask (.nrrd) or 3D Slicer's segmentation (.seg.nrrd), in LPS millimetres."""

from __future__ import annotations

import warnings
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from buttress.exchange.hounsfield import pad_with_air, refuse_unless_hu
from buttress.exchange.labels import Label, choose_segment, inside_of_label, refuse_empty
from buttress.exchange.nifti_header import MAX_GZIP_RATIO
from buttress.exchange.nrrd_header import NrrdHeader, read_nrrd_header
from buttress.exchange.orientation import laid_out, to_patient_axes
from buttress.exchange.placing import placed_box, refuse_other_grid
from buttress.numerics.grid import Grid
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

_PIECE = 1 << 20
_LONGEST_NUMBER = 32  # ours: characters of a number written as text, with what separates it from the next


def read_nrrd_volume(path: Path, *, where: str = "") -> tuple[Volume, tuple[str, ...]]:
    """Read a CT: HU as float32 ``[i, j, k]`` and sentences for the report (axes turned, padding replaced).

    Raises ``ButtressError`` (place: ``where``, or the path) for a missing, detached, truncated or sheared file, and for
    numbers that cannot be HU.
    """
    where = where or str(path)
    header, stored = _read(path, where)
    if header.layers != 1 or header.segments:
        raise ButtressError(
            "the file is a segmentation, not a CT",
            "a CT in HU",
            "name the CT here, the segmentation as mask",
            where=where,
        )
    grid, values, note = _on_grid(header, stored[0])
    ct = laid_out(values, np.float32)
    refuse_unless_hu(ct, where)
    ct, padded = pad_with_air(ct)
    return Volume(grid, ct), ((f"{where}: {note}",) if note else ()) + padded


def read_nrrd_mask(path: Path, like: Grid, *, where: str, label: Label = None) -> Mask:
    """Read a mask on the grid ``like``: voxels of ``label``, or of the only one there is.

    A segmentation of 3D Slicer may cover a box of the CT's voxels; its segments go by name or number. Raises
    ``ButtressError`` with both geometries when it lies elsewhere, and with the segments when none is chosen.
    """
    header, stored = _read(path, where)
    if not header.segments and header.layers == 1:
        grid, values, _ = _on_grid(header, stored[0])
        refuse_other_grid(grid, like, where)
        return Mask(like, inside_of_label(values, label, where))
    segment = choose_segment(header.segments, label, where)
    if not 0 <= segment.layer < header.layers:
        raise ButtressError(
            f"segment {segment.in_words()} lies in layer {segment.layer} of {header.layers}",
            "a layer that is there",
            "save the segmentation again",
            where=where,
        )
    grid, values, _ = _on_grid(header, stored[segment.layer])
    inside = placed_box(laid_out(values == segment.number, np.bool_), grid, like, where)
    refuse_empty(inside, where)
    return Mask(like, inside)


def _on_grid(header: NrrdHeader, stored: NDArray[np.generic]) -> tuple[Grid, NDArray[np.generic], str]:
    values, affine, note = to_patient_axes(stored, header.affine)
    i, j, k = values.shape
    return Grid((i, j, k), affine), values, note


def _read(path: Path, where: str) -> tuple[NrrdHeader, NDArray[np.generic]]:
    """Header and numbers ``[layer, i, j, k]``."""
    if not path.is_file():
        raise ButtressError("there is no such file", "an NRRD file (.nrrd)", "check the path", where=where)
    header = read_nrrd_header(path, where)
    _refuse_short(path, header, where)
    wanted = header.count * header.kind.itemsize
    with path.open("rb") as file:
        file.seek(header.offset)
        if header.encoding == "ascii":
            numbers = _written_numbers(file.read(header.count * _LONGEST_NUMBER), header, where)
        elif header.encoding == "gzip":
            numbers = np.frombuffer(_unpacked(file.read(), wanted, where), dtype=header.kind)
        else:
            numbers = np.frombuffer(file.read(wanted), dtype=header.kind)
    return header, numbers.reshape((header.layers, *header.shape), order="F")  # the fastest axis comes first


def _refuse_short(path: Path, header: NrrdHeader, where: str) -> None:
    """Nothing is allocated before the file is seen to be able to hold it."""
    stored = path.stat().st_size - header.offset
    wanted = header.count * header.kind.itemsize
    most = {"raw": stored, "gzip": stored * MAX_GZIP_RATIO, "ascii": (stored + 1) // 2 * header.kind.itemsize}
    if most[header.encoding] < wanted:
        raise _truncated(where)


def _truncated(where: str) -> ButtressError:
    return ButtressError(
        "the file is truncated: its header announces more voxels than it holds",
        "a whole NRRD file",
        "copy or save the file again",
        where=where,
    )


def _unpacked(packed: bytes, wanted: int, where: str) -> bytearray:
    """The first ``wanted`` bytes of a gzip stream, never more in memory than came out of it."""
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    found, rest = bytearray(), packed
    try:
        while len(found) < wanted and rest and not unpacker.eof:
            found += unpacker.decompress(rest, min(_PIECE, wanted - len(found)))
            rest = unpacker.unconsumed_tail
    except zlib.error:
        raise _truncated(where) from None
    if len(found) < wanted:
        raise _truncated(where)
    return found


def _written_numbers(text: bytes, header: NrrdHeader, where: str) -> NDArray[np.generic]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpy only warns of what is no number
        try:
            numbers = np.fromstring(text, dtype=np.float64, count=header.count, sep=" ")
        except (ValueError, DeprecationWarning):
            raise _truncated(where) from None
    if len(numbers) < header.count:
        raise _truncated(where)
    return numbers
