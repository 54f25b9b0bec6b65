"""A DICOM segmentation (SEG): its frames, each placed by its own position on the CT's grid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from buttress.exchange.dicom.decoding import Decoder
from buttress.exchange.dicom.elements import code_of, items_of, text_of, whole_of
from buttress.exchange.dicom.headers import ImageHeader, read_image_headers
from buttress.exchange.dicom.mask_file import Notes, check_frame_of_reference, read_mask_dataset, unusable
from buttress.exchange.dicom.pixels import (
    NATIVE,
    pixel_data,
    refuse_short_file,
    refuse_syntax,
    stored_frames,
    unpacked,
)
from buttress.exchange.labels import Label, Segment, choose_segment, refuse_empty
from buttress.exchange.placing import mark_voxels
from buttress.numerics.grid import Grid
from buttress.records.document import ButtressError
from buttress.records.image import Mask

_SAME_PLACE_MM = 0.1  # ours: what the reader of a CT series lets pass as straight and even, 0.05 mm each
_DRIFT = 0.25  # ours: of a pixel, from one edge of a frame to the other
_THICKNESS_FRACTION = 0.25  # ours: frames thicker or thinner than the CT's slices leave or double some
_HALF = 0.5

_TAGS = ["Modality", "SegmentSequence", "SegmentationType", "MaximumFractionalValue"]


def read_dicom_seg(
    path: Path, like: Grid, frame_of_reference: str | None, *, where: str, label: Label = None
) -> tuple[Mask, Notes]:
    """Read one segment of a DICOM SEG onto the CT's grid ``like``; of a fractional one, what is at least half inside.

    Frames may cover any of the CT's slices in any order. Raises ``ButtressError`` for another frame of reference, for
    frames that do not lie in the CT's slices, and with the segments when none is chosen.
    """
    facts = read_mask_dataset(path, _TAGS, where)
    segment = choose_segment(_segments(facts), label, where)
    headers = read_image_headers(path)
    kind = code_of(facts, "SegmentationType").upper()
    frames = [header for header in headers if kind == "LABELMAP" or header.segment == segment.number]
    least = _least_inside(kind, facts, where)
    if not frames:
        raise unusable(f"no frame of the file shows segment {segment.in_words()}", where)
    notes = check_frame_of_reference({header.frame_of_reference for header in frames}, frame_of_reference, where)
    _refuse_incomplete(frames, where)
    placed = np.zeros(like.shape, dtype=bool)
    farthest = 0.0
    for header, values in zip(frames, _values(frames, where), strict=True):
        inside = values == segment.number if kind == "LABELMAP" else values >= least
        indices, off = _indices(header, inside, like, where)
        mark_voxels(placed, indices, where)
        farthest = max(farthest, off)
    refuse_empty(placed, where)
    moved = f"{where}: the segmentation lies up to {farthest:.2f} mm off the CT's voxels; the nearest ones were taken."
    return Mask(like, placed), (*notes, *((moved,) if farthest > _SAME_PLACE_MM else ()))


def _least_inside(kind: str, facts: Dataset, where: str) -> float:
    """The least stored value that counts as inside (PS3.3, C.8.20.2.3)."""
    if kind in ("BINARY", "LABELMAP"):
        return 1.0
    most = whole_of(facts, "MaximumFractionalValue")
    if kind == "FRACTIONAL" and most is not None and most > 0:
        return _HALF * most
    raise unusable("the segmentation does not say what its values mean", where)


def _segments(facts: Dataset) -> tuple[Segment, ...]:
    items = items_of(facts, "SegmentSequence")
    numbered = [(whole_of(item, "SegmentNumber"), text_of(item, "SegmentLabel")) for item in items]
    return tuple(Segment(number, name) for number, name in numbered if number is not None)


def _refuse_incomplete(frames: list[ImageHeader], where: str) -> None:
    first = frames[0]
    refuse_syntax(first, "the segmentation", where)
    sizes = (first.rows or 0) * (first.columns or 0)
    placed = all(header.position_mm and header.orientation and header.spacing_mm for header in frames)
    if not placed or sizes < 1 or first.samples != 1 or first.bits not in (1, 8, 16):
        raise unusable("the segmentation lacks the size, the bits or the place of its frames", where)
    if first.bits == 1 and (first.syntax not in NATIVE or first.file_bytes * 8 < sizes * first.frames):
        raise unusable("the segmentation announces more pixels than its file can hold", where)
    if first.bits != 1:
        refuse_short_file(first, "the segmentation", where)
        if first.bits_stored is None or first.high_bit is None or not 1 <= first.bits_stored <= first.high_bit + 1:
            raise unusable("the segmentation lacks usable bits", where)


def _values(frames: list[ImageHeader], where: str) -> Iterator[NDArray[np.int64]]:
    """The stored values ``[row, column]`` of each frame, one after another."""
    first = frames[0]
    if first.bits == 1:
        yield from _bits(frames, where)
        return
    stored = stored_frames(first, "the segmentation", where)
    with Decoder() as decoder:
        for header in frames:
            yield unpacked(stored[header.frame], header, decoder, "the segmentation", where)


def _bits(frames: list[ImageHeader], where: str) -> Iterator[NDArray[np.int64]]:
    """Frames of single bits, packed without a gap, the lowest bit first (PS3.5, 8.1.1 and annex D)."""
    first = frames[0]
    rows, columns = first.rows or 0, first.columns or 0
    data = np.frombuffer(pixel_data(first, "the segmentation", where), dtype=np.uint8)
    size = rows * columns
    if data.size * 8 < size * first.frames:
        raise unusable("the segmentation holds fewer pixels than it announces", where)
    for header in frames:
        start = size * header.frame
        packed = data[start // 8 : (start + size + 7) // 8]
        bits = np.unpackbits(packed, bitorder="little")[start % 8 : start % 8 + size]
        yield bits.reshape(rows, columns).astype(np.int64)


def _indices(header: ImageHeader, inside: NDArray[np.bool_], like: Grid, where: str) -> tuple[NDArray[np.int_], float]:
    """The CT's voxels ``(n, 3)`` nearest to the pixels inside one frame, and how far off the farthest lies, mm."""
    corner, along_row, along_column = _steps(header, like, where)
    rows, columns = np.nonzero(inside)
    exact = corner + columns[:, None] * along_row + rows[:, None] * along_column
    nearest = np.rint(exact).astype(int)
    off = np.linalg.norm((exact - nearest) * like.spacing_mm, axis=1)
    return nearest, float(off.max(initial=0.0))


def _steps(
    header: ImageHeader, like: Grid, where: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """In the CT's indices: the first pixel's place, and the steps along a row and along a column."""
    between_rows, between_columns = header.spacing_mm or (0.0, 0.0)
    row, column = np.array(header.orientation or (0.0,) * 6).reshape(2, 3)
    corner = like.to_index(header.position_mm or (0.0,) * 3)
    steps = like.to_index(like.affine[:3, 3] + np.array([row * between_columns, column * between_rows]))
    for step, count in zip(steps, (header.columns or 1, header.rows or 1), strict=True):
        drift = np.abs(step - np.rint(step)).max() * count
        if np.abs(np.rint(step)).sum() != 1 or drift > _DRIFT:
            raise _elsewhere(where)
    stacked = int(np.argmin(np.abs(steps).sum(axis=0)))
    thickness, spacing = header.thickness_mm, float(like.spacing_mm[stacked])
    if thickness and abs(thickness - spacing) > _THICKNESS_FRACTION * spacing:
        raise _elsewhere(where, f" (frames {thickness:.4g} mm thick, slices every {spacing:.4g} mm)")
    return corner, steps[0], steps[1]


def _elsewhere(where: str, more: str = "") -> ButtressError:
    return ButtressError(
        f"the frames of the segmentation do not lie in the CT's slices, pixel on pixel{more}",
        "a segmentation drawn on this CT",
        "give the CT that it was drawn on, or resample it to this CT and save it as NIfTI",
        where=where,
    )
