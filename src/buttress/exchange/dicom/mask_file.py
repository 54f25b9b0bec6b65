"""Checks that every mask in DICOM (SEG, RTSTRUCT) must pass: readable, and drawn in the CT's frame of reference."""

from __future__ import annotations

from pathlib import Path

from pydicom.dataset import Dataset

from buttress.exchange.dicom.elements import code_of
from buttress.exchange.dicom.files import has_preamble, read_dataset
from buttress.records.document import ButtressError

Notes = tuple[str, ...]


def read_mask_dataset(path: Path, tags: list[str], where: str) -> Dataset:
    """The named elements of a DICOM file. Raises ``ButtressError`` where it cannot be read."""
    dataset = read_dataset(path, tags, stop_before_pixels=True) if has_preamble(path) else None
    if dataset is None:
        raise unusable("the file is not a readable DICOM file", where)
    return dataset


def unusable(found: str, where: str) -> ButtressError:
    """The error of a DICOM file that holds no usable mask."""
    return ButtressError(
        found,
        "a DICOM segmentation (SEG) or contours (RTSTRUCT) drawn on the CT",
        "export it again, or save the mask as NIfTI on the CT's grid",
        where=where,
    )


def modality_of(path: Path, where: str) -> str:
    """``SEG``, ``RTSTRUCT`` or what else the file says it is."""
    return code_of(read_mask_dataset(path, ["Modality"], where), "Modality").upper()


def check_frame_of_reference(mask: set[str], ct: str | None, where: str) -> Notes:
    """Refuse a mask drawn in another frame of reference; a sentence where one of the two names none."""
    named = mask - {""}
    if not named or not ct:
        who = "the CT" if not ct else "the mask"
        return (f"{where}: {who} names no frame of reference; that both belong together was not checked by it.",)
    if named == {ct}:
        return ()
    raise ButtressError(
        "the mask was drawn in another frame of reference than the CT's",
        "a mask drawn on this CT, or registered to it",
        "give the CT that the mask was drawn on, or resample the mask onto this CT after registration",
        where=where,
    )
