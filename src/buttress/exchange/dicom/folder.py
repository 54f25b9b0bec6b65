"""What lies in a DICOM folder, and which of it is the one CT series."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from buttress.exchange.dicom.headers import ImageHeader, read_image_headers
from buttress.exchange.dicom.one_stack import is_reformatted
from buttress.records.document import ButtressError

MAX_FILES = 20_000
"""Ours: a folder of more files is not one patient's series."""

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = ("1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2")

_NO_IMAGE = {"RTSTRUCT", "RTPLAN", "RTDOSE", "RTRECORD", "SR", "PR", "KO", "REG", "SEG", "DOC", "AU", "ECG", "FID"}

Notes = tuple[str, ...]


def read_folder(folder: Path, where: str) -> tuple[tuple[ImageHeader, ...], Notes]:
    """Headers of all image files below the folder, in alphabetical order of their paths."""
    if not folder.is_dir():
        raise ButtressError(
            "there is no such folder", "a folder with one DICOM CT series", "check the path", where=where
        )
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    if len(files) > MAX_FILES:
        raise ButtressError(
            f"the folder holds {len(files)} files", f"at most {MAX_FILES}", "name the folder of the series", where=where
        )
    read = [read_image_headers(path) for path in files]
    strangers = sum(not headers for headers in read)
    headers = tuple(header for own in read for header in own)
    damaged = sum(not header.series_uid for header in headers)
    if damaged:
        raise ButtressError(
            f"truncated DICOM: {damaged} of {len(files)} files end or break before they name their series",
            "whole DICOM files",
            "copy or export the series again",
            where=where,
        )
    if not headers:
        raise ButtressError(
            f"none of the {len(files)} files in the folder is a DICOM file",
            "a folder with one DICOM CT series",
            "check the path",
            where=where,
        )
    note = (f"{strangers} file(s) in the folder are not DICOM and were passed over.",) if strangers else ()
    return headers, note


def choose_series(
    headers: tuple[ImageHeader, ...], series_uid: str | None, where: str
) -> tuple[tuple[ImageHeader, ...], Notes]:
    """The images of the one CT series, or of the one asked for."""
    images = tuple(header for header in headers if header.modality not in _NO_IMAGE)
    if series_uid is not None:
        images = tuple(header for header in images if header.series_uid == series_uid)
        if not images:
            raise ButtressError(
                f"no image of series {series_uid} is in the folder",
                f"one of these series: {_listed(headers)}",
                "set images.series_uid to one of them",
                where=where,
            )
    _refuse_other_modalities(images or headers, where)
    ct = tuple(header for header in images if header.modality == "CT")
    usable = _without_reformatted_series(tuple(header for header in ct if _is_slice(header)))
    if not usable:
        raise _no_slices(ct, where)
    if len({header.series_uid for header in usable}) > 1:
        raise ButtressError(
            f"{len({header.series_uid for header in usable})} CT series in one folder: {_listed(usable)}",
            "one CT series",
            "set images.series_uid to the one to use, or move the others out of the folder",
            where=where,
        )
    others = tuple(header for header in headers if header.series_uid != usable[0].series_uid)
    scouts = sum(header.series_uid == usable[0].series_uid for header in ct) - len(usable)
    return usable, _passed_over(others, scouts)


def _refuse_other_modalities(images: tuple[ImageHeader, ...], where: str) -> None:
    modalities = sorted({header.modality for header in images})
    if "CT" in modalities:
        return
    raise ButtressError(
        f"{' and '.join(modalities)} instead of CT ({len(images)} files)",
        "a DICOM series of modality CT: bone is measured in Hounsfield units",
        "name the folder of the CT series",
        where=where,
    )


def _without_reformatted_series(images: tuple[ImageHeader, ...]) -> tuple[ImageHeader, ...]:
    """Without the series computed from others, where another one is there."""
    scanned = {header.series_uid for header in images if not is_reformatted(header)}
    return tuple(header for header in images if header.series_uid in scanned) if scanned else images


def _is_slice(header: ImageHeader) -> bool:
    """A cross-section: neither a localiser nor a screen shot filed under CT."""
    return header.sop_class in (CT_IMAGE, *ENHANCED_CT) and "LOCALIZER" not in header.image_type


def _no_slices(ct: tuple[ImageHeader, ...], where: str) -> ButtressError:
    return ButtressError(
        f"the folder holds {len(ct)} CT file(s), all of them localisers or screen shots",
        "the cross-sections of a CT series",
        "export the axial series itself",
        where=where,
    )


def _passed_over(others: tuple[ImageHeader, ...], scouts: int) -> Notes:
    counts = Counter(header.modality for header in others)
    kinds = ", ".join(f"{count} {modality}" for modality, count in sorted(counts.items()))
    notes = (f"Files of other series were passed over: {kinds}.",) if counts else ()
    return (*notes, f"{scouts} localiser or screen-shot image(s) were passed over.") if scouts else notes


def _listed(headers: tuple[ImageHeader, ...]) -> str:
    """Series by UID, number of images, modality and slice thickness. Descriptions may name patients: not shown."""
    lines = []
    for uid in sorted({header.series_uid for header in headers}):
        own = [header for header in headers if header.series_uid == uid]
        thicknesses = sorted({header.thickness_mm for header in own if header.thickness_mm is not None})
        thick = (
            " and ".join(f"{mm:.4g}" for mm in thicknesses[:3]) + " mm slices" if thicknesses else "thickness unknown"
        )
        lines.append(f"{uid} ({len(own)} images, {own[0].modality}, {thick})")
    return "; ".join(lines)
