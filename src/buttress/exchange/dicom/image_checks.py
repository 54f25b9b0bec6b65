"""What every image of a CT series must have, and must share with its neighbours."""

from __future__ import annotations

from buttress.exchange.dicom.folder import ENHANCED_CT
from buttress.exchange.dicom.headers import ImageHeader
from buttress.exchange.dicom.pixels import refuse_short_file, refuse_syntax
from buttress.exchange.nifti_header import MAX_VOXELS
from buttress.records.document import ButtressError

_GREY = ("MONOCHROME1", "MONOCHROME2")  # the first only inverts the display (PS3.3, C.7.6.3.1.2): HU are the same


def check_images(series: tuple[ImageHeader, ...], where: str) -> None:
    """Refuse images that lack what places or scales them, or that differ from their neighbours."""
    for number, header in enumerate(series, start=1):
        place = f"image {number} of {len(series)} (files in alphabetical order)"
        _refuse_unplaced_frames(header, place, where)
        refuse_syntax(header, place, where)
        _refuse_incomplete(header, place, where)
        refuse_short_file(header, place, where)
    for what, kinds in (
        ("sizes (rows x columns)", {(header.rows, header.columns) for header in series}),
        ("pixel spacings", {header.spacing_mm for header in series}),
    ):
        if len(kinds) > 1:
            raise ButtressError(
                f"the images of the series have different {what}: {sorted(map(str, kinds))[:4]}",
                "one size and one pixel spacing",
                "leave localisers and reformatted images out of the folder",
                where=where,
            )
    refuse_too_many_voxels(len(series), series[0].columns or 0, series[0].rows or 0, where)


def refuse_too_many_voxels(images: int, columns: int, rows: int, where: str) -> None:
    """Raise ``ButtressError`` for a volume beyond the bound of every reader."""
    if images * columns * rows > MAX_VOXELS:
        raise ButtressError(
            f"the series has {images} images of {rows} x {columns} pixels",
            f"at most {MAX_VOXELS:,} voxels",
            "export the part around the lesion's bone",
            where=where,
        )


def _refuse_unplaced_frames(header: ImageHeader, place: str, where: str) -> None:
    if header.frames == 1 or header.sop_class in ENHANCED_CT:
        return
    raise ButtressError(
        f"{place} holds {header.frames} frames, but is no enhanced CT that says where each of them lies",
        "classic CT images, one slice a file, or an enhanced CT",
        "export the series as classic or as enhanced CT, or give it as NIfTI",
        where=where,
    )


def _refuse_incomplete(header: ImageHeader, place: str, where: str) -> None:
    lacks = {
        "ImagePositionPatient": header.position_mm,
        "ImageOrientationPatient": header.orientation,
        "PixelSpacing": header.spacing_mm if header.spacing_mm and min(header.spacing_mm) > 0 else None,
        "Rows and Columns": (header.rows or 0) * (header.columns or 0) or None,
        "BitsAllocated of 8, 16 or 32": header.bits if header.bits in (8, 16, 32) else None,
        "BitsStored and HighBit": 1 if _bits_fit(header) else None,
        "one grey value a pixel": 1 if header.samples == 1 and header.photometric in _GREY else None,
    }
    for name, value in lacks.items():
        if value is None:
            raise ButtressError(
                f"{place} lacks a usable {name}",
                "whole images that are placed in the patient",
                "export the series again",
                where=where,
            )
    if header.slope is None or header.intercept is None or header.slope == 0:
        raise ButtressError(
            f"{place} has no usable rescale slope and intercept",
            "RescaleSlope and RescaleIntercept, without which stored values are not HU",
            "export the series again from the scanner or archive",
            where=where,
        )
    if header.rescale_type not in ("", "HU", "US"):
        raise ButtressError(
            f"{place} holds values of type {header.rescale_type[:16]}",
            "Hounsfield units (HU)",
            "export the standard reconstruction",
            where=where,
        )


def _bits_fit(header: ImageHeader) -> bool:
    """Whether the stored bits lie within the allocated ones (PS3.5, 8.1.1)."""
    stored, high = header.bits_stored, header.high_bit
    if stored is None or high is None or header.bits is None:
        return False
    return 1 <= stored <= high + 1 <= header.bits
