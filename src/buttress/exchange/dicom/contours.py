"""Contours of a DICOM RTSTRUCT: one region of interest, filled slice by slice on the CT's grid."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from buttress.exchange.dicom.elements import code_of, items_of, text_of, value_of, whole_of
from buttress.exchange.dicom.mask_file import Notes, check_frame_of_reference, read_mask_dataset, unusable
from buttress.exchange.filling import filled
from buttress.exchange.labels import Label, Segment, choose_segment, refuse_empty
from buttress.numerics.grid import Grid
from buttress.records.document import ButtressError
from buttress.records.image import Mask

_TAGS = ["Modality", "StructureSetROISequence", "ROIContourSequence", "ReferencedFrameOfReferenceSequence"]
_CONTOUR_DATA = 0x30060050
_CLOSED = {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"}  # PS3.3, C.8.8.6.3: the second is even-odd by definition
_OTHER_TYPES = {"POINT", "OPEN_PLANAR", "OPEN_NONPLANAR"}
_FLAT_FRACTION = 0.1  # ours: of a slice; a contour that wanders further is not drawn in one
_OFF_FRACTION = 0.25  # ours: of a slice; further off is said
_MOST_POINTS = 20_000_000  # ours: 2,000 slices of 10,000 points

Contours = list[NDArray[np.float64]]


def read_rtstruct(
    path: Path, like: Grid, frame_of_reference: str | None, *, where: str, label: Label = None
) -> tuple[Mask, Notes]:
    """Read one region of interest of an RTSTRUCT onto the CT's grid ``like``.

    A voxel is inside where at least half of its area in the slice lies within an odd number of contours, so that an
    inner contour is a hole. Raises ``ButtressError`` for another frame of reference, contours that are not closed or
    not drawn in the CT's slices, and with the regions when none is chosen.
    """
    dataset = read_mask_dataset(path, _TAGS, where)
    regions = items_of(dataset, "StructureSetROISequence")
    region = choose_segment(_segments(regions), label, where)
    notes = check_frame_of_reference(_frames_of_reference(dataset, regions, region), frame_of_reference, where)
    contours = [like.to_index(points) for points in _contours(dataset, region, where)]
    axis = _stacking_axis(contours, where)
    inside, said = _fill(contours, axis, like, where)
    refuse_empty(inside, where)
    return Mask(like, inside), (*notes, *said)


def _segments(regions: tuple[Dataset, ...]) -> tuple[Segment, ...]:
    numbered = [(whole_of(item, "ROINumber"), text_of(item, "ROIName")) for item in regions]
    return tuple(Segment(number, name) for number, name in numbered if number is not None)


def _frames_of_reference(dataset: Dataset, regions: tuple[Dataset, ...], region: Segment) -> set[str]:
    """The frame that the region names itself, else those of the whole file."""
    own = {
        code_of(item, "ReferencedFrameOfReferenceUID")
        for item in regions
        if whole_of(item, "ROINumber") == region.number
    } - {""}
    return own or {code_of(i, "FrameOfReferenceUID") for i in items_of(dataset, "ReferencedFrameOfReferenceSequence")}


def _contours(dataset: Dataset, region: Segment, where: str) -> Contours:
    """All closed contours of a region, each ``(n, 3)`` LPS mm."""
    found: Contours = []
    kinds: set[str] = set()
    for item in items_of(dataset, "ROIContourSequence"):
        if whole_of(item, "ReferencedROINumber") != region.number:
            continue
        for contour in items_of(item, "ContourSequence"):
            kind = code_of(contour, "ContourGeometricType").upper()
            kinds.add(kind)
            if kind in _CLOSED:
                found.append(_points(contour, where))
    strange = kinds - _CLOSED
    if strange or not found:
        names = ", ".join(sorted(strange & _OTHER_TYPES)) or ("of an unknown type" if strange else "none")
        raise ButtressError(
            f"region {region.in_words()} holds contours that are not closed: {names}"
            if strange
            else f"region {region.in_words()} holds no contour",
            "closed contours, each in one slice (CLOSED_PLANAR)",
            "choose another region with mask_label, or export the region as a segmentation",
            where=where,
        )
    if sum(len(points) for points in found) > _MOST_POINTS:
        raise unusable(f"region {region.in_words()} holds more than {_MOST_POINTS:,} points", where)
    return found


def _points(contour: Dataset, where: str) -> NDArray[np.float64]:
    numbers = _numbers(contour)
    if numbers is None or numbers.size < 9 or numbers.size % 3 or not np.abs(numbers).max() < 1e6:
        raise unusable("a contour holds fewer than three points, or numbers that are none", where)
    return numbers.reshape(-1, 3)


def _numbers(contour: Dataset) -> NDArray[np.float64] | None:
    """The numbers of a contour; taken from the bytes where these are still untouched, which is much faster."""
    try:
        raw = contour.get_item(_CONTOUR_DATA)
        if isinstance(raw, RawDataElement) and isinstance(raw.value, bytes):
            return np.array(raw.value.strip(b"\0 ").split(b"\\"), dtype=np.float64)
        return np.array([float(part) for part in value_of(contour, "ContourData") or ()])
    except (ValueError, TypeError, OverflowError, KeyError):
        return None


def _stacking_axis(contours: Contours, where: str) -> int:
    """The axis of the CT along which every contour stands still."""
    spans = np.array([np.ptp(points, axis=0) for points in contours]).max(axis=0)
    axis = int(spans.argmin())
    if spans[axis] > _FLAT_FRACTION:
        raise ButtressError(
            "the contours are not drawn in the CT's slices",
            "contours that each lie in one slice of this CT",
            "give the CT that they were drawn on, or export the region as a segmentation",
            where=where,
        )
    return axis


def _fill(contours: Contours, axis: int, like: Grid, where: str) -> tuple[NDArray[np.bool_], Notes]:
    across = [other for other in range(3) if other != axis]
    slices: dict[int, Contours] = defaultdict(list)
    farthest = 0.0
    for points in contours:
        place = float(points[:, axis].mean())
        number = int(np.rint(place))
        farthest = max(farthest, abs(place - number))
        flat = points[:, across]
        reach = np.array([like.shape[other] for other in across]) - 0.5
        if not 0 <= number < like.shape[axis] or flat.min() < -1.5 or (flat > reach + 1).any():
            raise _reaches_out(where)
        slices[number].append(flat)
    inside = np.zeros(like.shape, dtype=bool)
    view = np.moveaxis(inside, axis, 0)
    for number, flat_contours in slices.items():
        view[number] = filled(flat_contours, (view.shape[1], view.shape[2]))
    empty = max(slices) - min(slices) + 1 - len(slices)
    notes = []
    if farthest > _OFF_FRACTION:
        off = farthest * float(like.spacing_mm[axis])
        notes.append(f"{where}: contours lie up to {off:.1f} mm from the CT's slices; the nearest slice was taken.")
    if empty:
        notes.append(
            f"{where}: {empty} slice(s) between the first and the last contour have none; they were left empty."
        )
    return inside, tuple(notes)


def _reaches_out(where: str) -> ButtressError:
    return ButtressError(
        "a contour reaches out of the CT",
        "contours within the CT",
        "give the CT that they were drawn on",
        where=where,
    )
