"""A mask in any of the formats it comes in, on the CT's grid."""

from __future__ import annotations

from pathlib import Path

from buttress.exchange.dicom.contours import read_rtstruct
from buttress.exchange.dicom.mask_file import modality_of
from buttress.exchange.dicom.segmentation import read_dicom_seg
from buttress.exchange.labels import Label
from buttress.exchange.nifti import read_nifti_mask
from buttress.exchange.nrrd import read_nrrd_mask
from buttress.numerics.grid import Grid
from buttress.records.document import ButtressError
from buttress.records.image import Mask

_DICOM = {"SEG": read_dicom_seg, "RTSTRUCT": read_rtstruct}


def read_mask(
    path: Path, like: Grid, frame_of_reference: str | None, *, where: str, label: Label = None
) -> tuple[Mask, tuple[str, ...]]:
    """Read a mask onto the CT's grid ``like``, and sentences for the report.

    NIfTI, NRRD and .seg.nrrd by their ending; DICOM SEG and RTSTRUCT (.dcm) by their modality, checked against the
    CT's ``frame_of_reference`` where it has one. ``label`` chooses among several segments, by name or number. Raises
    ``ButtressError`` that says where the mask lies, or which segments there are.
    """
    name = path.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return read_nifti_mask(path, like, where=where, label=label), ()
    if name.endswith((".nrrd", ".nhdr")):
        return read_nrrd_mask(path, like, where=where, label=label), ()
    if name.endswith(".dcm") and path.is_file():
        modality = modality_of(path, where)
        if modality in _DICOM:
            return _DICOM[modality](path, like, frame_of_reference, where=where, label=label)
        raise _no_mask(f"the DICOM file is of modality {modality or 'unnamed'}", where)
    raise _no_mask("a folder" if path.is_dir() else f"the file's ending is {path.suffix or 'none'}", where)


def _no_mask(found: str, where: str) -> ButtressError:
    return ButtressError(
        found,
        "a mask: NIfTI (.nii, .nii.gz), NRRD (.nrrd, .seg.nrrd), DICOM SEG or RTSTRUCT (.dcm)",
        "export the mask in one of these formats",
        where=where,
    )
