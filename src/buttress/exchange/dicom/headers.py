"""What a DICOM file says of its images: only the tags that place and scale them, read within the bounds of the file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydicom.dataset import Dataset

from buttress.exchange.dicom.elements import code_of, item_of, items_of, numbers_of, text_of, whole_of
from buttress.exchange.dicom.files import dicom_bytes, has_preamble, parse_dataset

_DIRECTORY = "1.2.840.10008.1.3.10"  # DICOMDIR
_ENDINGS = (".dcm", ".ima")
_MOST_FRAMES = 20_000  # ours: the same bound as on the files of a folder

HEADER_TAGS = [
    "ImageType",
    "SOPClassUID",
    "SOPInstanceUID",
    "Modality",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "SliceThickness",
    "KVP",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "PixelSpacing",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "RescaleSlope",
    "RescaleIntercept",
    "RescaleType",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
]


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What one image says of itself; ``None`` where it says nothing or nonsense. No patient data.

    A multi-frame file has one of these for each frame (``frame`` counts from 0 among ``frames``). ``spacing_mm`` is
    between rows, then between columns; ``orientation`` the directions of a row and of a column (LPS);
    ``segment`` the number of the segment that a frame of a DICOM SEG shows; ``frame_of_reference`` the UID of the
    patient's coordinate system; ``padding`` the stored values that stand for
    pixels outside the scan, lowest and highest.
    """

    path: Path
    file_bytes: int
    series_uid: str
    modality: str
    syntax: str = ""
    sop_class: str = ""
    instance_uid: str = ""
    frame_of_reference: str = ""
    image_type: tuple[str, ...] = ()
    thickness_mm: float | None = None
    rows: int | None = None
    columns: int | None = None
    bits: int | None = None
    bits_stored: int | None = None
    high_bit: int | None = None
    signed: bool = False
    samples: int = 1
    photometric: str = ""
    frame: int = 0
    frames: int = 1
    padding: tuple[int, int] | None = None
    spacing_mm: tuple[float, ...] | None = None
    orientation: tuple[float, ...] | None = None
    position_mm: tuple[float, ...] | None = None
    slope: float | None = None
    intercept: float | None = None
    rescale_type: str = ""
    segment: int | None = None
    kvp: float | None = None


def read_image_headers(path: Path) -> tuple[ImageHeader, ...]:
    """The headers of all images in the DICOM file at ``path``; none where it is no DICOM file.

    A DICOM file that is cut off or damaged before its series is named has an empty ``series_uid``.
    """
    dicom = has_preamble(path)
    content = dicom_bytes(path) if dicom else None
    dataset = parse_dataset(content, HEADER_TAGS, stop_before_pixels=True) if content is not None else None
    if content is None or dataset is None:
        return (_damaged(path),) if dicom or path.suffix.lower() in _ENDINGS else ()
    if code_of(_meta(dataset), "MediaStorageSOPClassUID") == _DIRECTORY:
        return ()
    if not code_of(dataset, "Modality") or not code_of(dataset, "SeriesInstanceUID"):
        return (_damaged(path),)
    header = _header(path, len(content), dataset)
    frames = items_of(dataset, "PerFrameFunctionalGroupsSequence")
    if header.frames != len(frames) or not 1 <= len(frames) <= _MOST_FRAMES:
        return (header,)
    shared = item_of(dataset, "SharedFunctionalGroupsSequence")
    return tuple(_frame(header, number, own, shared) for number, own in enumerate(frames))


def _damaged(path: Path) -> ImageHeader:
    return ImageHeader(path=path, file_bytes=path.stat().st_size, series_uid="", modality="")


def _meta(dataset: Dataset) -> Dataset:
    return getattr(dataset, "file_meta", None) or Dataset()


def _header(path: Path, length: int, dataset: Dataset) -> ImageHeader:
    signed = whole_of(dataset, "PixelRepresentation") == 1
    return ImageHeader(
        path=path,
        file_bytes=length,
        series_uid=code_of(dataset, "SeriesInstanceUID"),
        modality=code_of(dataset, "Modality"),
        syntax=code_of(_meta(dataset), "TransferSyntaxUID"),
        sop_class=code_of(dataset, "SOPClassUID"),
        instance_uid=code_of(dataset, "SOPInstanceUID"),
        frame_of_reference=code_of(dataset, "FrameOfReferenceUID"),
        image_type=_image_type(dataset, "ImageType"),
        thickness_mm=_number(dataset, "SliceThickness"),
        kvp=_number(dataset, "KVP"),
        rows=whole_of(dataset, "Rows"),
        columns=whole_of(dataset, "Columns"),
        bits=whole_of(dataset, "BitsAllocated"),
        bits_stored=whole_of(dataset, "BitsStored"),
        high_bit=whole_of(dataset, "HighBit"),
        signed=signed,
        samples=whole_of(dataset, "SamplesPerPixel") or 1,
        photometric=code_of(dataset, "PhotometricInterpretation"),
        frames=whole_of(dataset, "NumberOfFrames") or 1,
        padding=_padding(dataset, signed, whole_of(dataset, "BitsAllocated") or 16),
        spacing_mm=numbers_of(dataset, "PixelSpacing", 2),
        orientation=numbers_of(dataset, "ImageOrientationPatient", 6),
        position_mm=numbers_of(dataset, "ImagePositionPatient", 3),
        slope=_number(dataset, "RescaleSlope"),
        intercept=_number(dataset, "RescaleIntercept"),
        rescale_type=code_of(dataset, "RescaleType").upper(),
    )


def _frame(header: ImageHeader, number: int, own: Dataset, shared: Dataset) -> ImageHeader:
    """The header of one frame: what its own functional groups say, else the shared ones (PS3.3, C.7.6.16)."""
    measures = _group(own, shared, "PixelMeasuresSequence")
    scale = _group(own, shared, "PixelValueTransformationSequence")
    place = _group(own, shared, "PlanePositionSequence")
    turn = _group(own, shared, "PlaneOrientationSequence")
    kind = _image_type(_group(own, shared, "CTImageFrameTypeSequence"), "FrameType")
    return replace(
        header,
        frame=number,
        image_type=kind if any(kind) else header.image_type,
        spacing_mm=numbers_of(measures, "PixelSpacing", 2) or header.spacing_mm,
        thickness_mm=_number(measures, "SliceThickness") or header.thickness_mm,
        orientation=numbers_of(turn, "ImageOrientationPatient", 6) or header.orientation,
        position_mm=numbers_of(place, "ImagePositionPatient", 3),
        slope=_number(scale, "RescaleSlope"),
        intercept=_number(scale, "RescaleIntercept"),
        rescale_type=code_of(scale, "RescaleType").upper(),
        segment=whole_of(_group(own, shared, "SegmentIdentificationSequence"), "ReferencedSegmentNumber"),
    )


def _group(own: Dataset, shared: Dataset, name: str) -> Dataset:
    found = item_of(own, name)
    return found if len(found) else item_of(shared, name)


def _number(dataset: Dataset, name: str) -> float | None:
    return (numbers_of(dataset, name, 1) or (None,))[0]


def _image_type(dataset: Dataset, name: str) -> tuple[str, ...]:
    return tuple(part.upper() for part in text_of(dataset, name).split("\\"))


def _padding(dataset: Dataset, signed: bool, bits: int) -> tuple[int, int] | None:
    """Stored values that mean "outside", brought into the range of the pixels' sign (the two tags may be US or SS)."""
    first = whole_of(dataset, "PixelPaddingValue")
    if first is None or not 1 <= bits <= 32:
        return None
    last = whole_of(dataset, "PixelPaddingRangeLimit")
    ends = [_wrapped(value, signed, bits) for value in (first, first if last is None else last)]
    return min(ends), max(ends)


def _wrapped(value: int, signed: bool, bits: int) -> int:
    within = value % (1 << bits)
    return within - (1 << bits) if signed and within >= 1 << (bits - 1) else within
