"""A small DICOM CT series made on the spot: a leg of a few voxels with one marked among them.

Tests change single elements of it, or drop them, to see what reading says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gdcm
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset

SERIES = "1.2.826.0.1.3680043.8.498.1"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
EXPLICIT = "1.2.840.10008.1.2.1"
FRAME_OF_REFERENCE = SERIES + ".99"
ROWS, COLUMNS, COUNT = 12, 10, 8
MARK = (7, 2, 5)  # column, row, image
ORIGIN = np.array([-30.0, 20.0, 100.0])
SPACING = np.array([1.5, 2.0, 3.0])  # between columns, rows, images
PATIENT_WORDS = "Doe^Jane"


def leg() -> NDArray[np.int16]:
    """HU ``[column, row, image]``: air, noisy soft tissue, a shaft, one marked voxel."""
    values = np.full((COLUMNS, ROWS, COUNT), -1000, dtype=np.int16)
    values[1:9, 1:11] = np.random.default_rng(2).integers(-120, 90, (8, 10, COUNT))
    values[3:5, 4:6] = 900
    values[MARK] = 1234
    return values


def image(place: int, **changes: Any) -> Dataset:
    """One CT image of the leg; ``changes`` set elements, or drop them where the value is ``None``."""
    stored = (leg()[:, :, place].T + 1024).astype("<i2")
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = EXPLICIT
    elements: dict[str, Any] = {
        "SOPClassUID": CT_IMAGE,
        "SOPInstanceUID": f"{SERIES}.7.{place + 1}",
        "Modality": "CT",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "PatientName": PATIENT_WORDS,
        "PatientID": "123456",
        "SeriesDescription": PATIENT_WORDS,
        "SeriesInstanceUID": SERIES,
        "FrameOfReferenceUID": FRAME_OF_REFERENCE,
        "InstanceNumber": place + 1,
        "SliceThickness": "3",
        "ImagePositionPatient": [*ORIGIN[:2], ORIGIN[2] + SPACING[2] * place],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": ROWS,
        "Columns": COLUMNS,
        "PixelSpacing": [SPACING[1], SPACING[0]],
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 1,
        "RescaleSlope": "1",
        "RescaleIntercept": "-1024",
        "PixelData": stored.tobytes(),
    }
    for name, value in (elements | changes).items():
        if value is not None:
            setattr(dataset, name, value)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def save(dataset: Dataset, path: Path) -> None:
    """Write one image, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)


def series(folder: Path, places: list[int] | None = None, **changes: Any) -> Path:
    """A folder with the images at ``places``, their file names in the order of the list."""
    for number, place in enumerate(range(COUNT) if places is None else places):
        save(image(place, **changes), folder / f"IM{number:03d}.dcm")
    return folder


def at_heights(folder: Path, heights: list[float]) -> Path:
    """A folder with one image at each height, mm."""
    for place, height in enumerate(heights):
        save(image(place, ImagePositionPatient=[*ORIGIN[:2], height]), folder / f"IM{place:03d}.dcm")
    return folder


def transcoded(path: Path, syntax: str) -> None:
    """Store a file again in another transfer syntax, by GDCM's name for it (``JPEGLosslessProcess14_1``)."""
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, syntax)))
    if not reader.Read():
        raise ValueError(f"GDCM cannot read {path}")
    change.SetInput(reader.GetImage())
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(path))
    if not change.Change():
        raise ValueError(f"GDCM cannot write {syntax}")
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.Write()


def tilted(folder: Path, degrees: float, **changes: Any) -> Path:
    """A folder with the leg from a gantry tilted about the left-right axis: images slide towards the back."""
    for place in range(COUNT):
        slide = SPACING[2] * place * np.tan(np.radians(degrees))
        position = [ORIGIN[0], ORIGIN[1] + slide, ORIGIN[2] + SPACING[2] * place]
        save(image(place, ImagePositionPatient=position, **changes), folder / f"{place}.dcm")
    return folder


def item(**elements: Any) -> Dataset:
    """An item of a sequence."""
    dataset = Dataset()
    for name, value in elements.items():
        setattr(dataset, name, value)
    return dataset


def enhanced(order: list[int] | None = None, stored: NDArray[np.generic] | None = None, **changes: Any) -> Dataset:
    """The leg as one enhanced multi-frame CT, its frames in ``order``; every other frame has a slope of its own."""
    order = list(range(COUNT)) if order is None else order
    frames, pixels = [], []
    for place in order:
        slope = 0.5 if place % 2 else 1.0
        hu = leg()[:, :, place].T
        pixels.append(((hu + 1024) / slope).astype("<i2"))
        frames.append(
            item(
                PlanePositionSequence=[item(ImagePositionPatient=[*ORIGIN[:2], ORIGIN[2] + SPACING[2] * place])],
                PixelValueTransformationSequence=[item(RescaleSlope=slope, RescaleIntercept=-1024, RescaleType="HU")],
                CTImageFrameTypeSequence=[item(FrameType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])],
            )
        )
    shared = item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        PixelMeasuresSequence=[item(PixelSpacing=[SPACING[1], SPACING[0]], SliceThickness=3)],
    )
    dataset = image(
        0,
        SOPClassUID=ENHANCED_CT,
        NumberOfFrames=len(order),
        ImagePositionPatient=None,
        ImageOrientationPatient=None,
        PixelSpacing=None,
        SliceThickness=None,
        RescaleSlope=None,
        RescaleIntercept=None,
        PixelData=np.stack(pixels).tobytes() if stored is None else stored.tobytes(),
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
    )
    for name, value in changes.items():
        setattr(dataset, name, value)
    return dataset
