"""One lopsided mask on the leg of ``dicom_phantom``, written in every format that masks come in."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset

from buttress.numerics.grid import Grid
from dicom_phantom import COLUMNS, COUNT, EXPLICIT, FRAME_OF_REFERENCE, ORIGIN, ROWS, SPACING, item, save

SEG_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"
RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
UID = "1.2.826.0.1.3680043.8.498.7"
SHAPE = (COLUMNS, ROWS, COUNT)


def grid() -> Grid:
    """The grid of the leg."""
    return Grid.aligned(SHAPE, SPACING, ORIGIN)


def wedge() -> NDArray[np.bool_]:
    """A mask ``[i, j, k]`` without any symmetry: three slices, each another L."""
    inside = np.zeros(SHAPE, dtype=bool)
    inside[2:7, 3:5, 2:5] = True
    inside[2:4, 5:9, 2] = True
    inside[6, 5, 4] = True
    return inside


def cube() -> NDArray[np.bool_]:
    """Another mask, which overlaps the first."""
    inside = np.zeros(SHAPE, dtype=bool)
    inside[5:8, 4:7, 3:6] = True
    return inside


def segmentation(
    masks: dict[str, NDArray[np.bool_]] | None = None,
    *,
    kind: str = "BINARY",
    backwards: bool = False,
    **changes: Any,
) -> Dataset:
    """A DICOM SEG with a frame for each slice that holds a segment; of a fractional one, 0.6 inside and 0.3 beside."""
    masks = {"lesion": wedge(), "nerve": cube()} if masks is None else masks
    frames, planes = [], []
    for number, mask in enumerate(masks.values(), start=1):
        slices = np.flatnonzero(mask.any(axis=(0, 1)))
        for place in slices[::-1] if backwards else slices:
            position = [*ORIGIN[:2], ORIGIN[2] + SPACING[2] * place]
            frames.append(
                item(
                    PlanePositionSequence=[item(ImagePositionPatient=position)],
                    SegmentIdentificationSequence=[item(ReferencedSegmentNumber=number)],
                )
            )
            planes.append(mask[:, :, place].T)
    binary = kind == "BINARY"
    stacked = np.stack(planes)
    fractions = np.where(stacked, 120, np.where(np.roll(stacked, 1, axis=2), 60, 0)).astype(np.uint8)
    bits = np.packbits(stacked.ravel(), bitorder="little").tobytes()
    dataset = _file(SEG_CLASS, "SEG")
    elements = {
        "SegmentationType": kind,
        "MaximumFractionalValue": 200,
        "SegmentSequence": [item(SegmentNumber=n, SegmentLabel=name) for n, name in enumerate(masks, start=1)],
        "NumberOfFrames": len(frames),
        "Rows": ROWS,
        "Columns": COLUMNS,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 1 if binary else 8,
        "BitsStored": 1 if binary else 8,
        "HighBit": 0 if binary else 7,
        "PixelRepresentation": 0,
        "SharedFunctionalGroupsSequence": [
            item(
                PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
                PixelMeasuresSequence=[item(PixelSpacing=[SPACING[1], SPACING[0]], SliceThickness=SPACING[2])],
            )
        ],
        "PerFrameFunctionalGroupsSequence": frames,
        "PixelData": (bits + b"\0" * (len(bits) % 2)) if binary else fractions.tobytes(),
    }
    for name, value in (elements | changes).items():
        setattr(dataset, name, value)
    return dataset


def outlines(mask: NDArray[np.bool_]) -> list[list[float]]:
    """The voxels of a mask as closed contours along their edges: one rectangle a run of voxels in a row."""
    found = []
    for place in np.flatnonzero(mask.any(axis=(0, 1))):
        for row in np.flatnonzero(mask[:, :, place].any(axis=0)):
            steps = np.diff(np.concatenate([[0], mask[:, row, place].astype(int), [0]]))
            runs = zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True)
            for first, last in runs:
                corners = [(first, row), (last, row), (last, row + 1), (first, row + 1)]
                index = np.array([(i - 0.5, j - 0.5, place) for i, j in corners])
                found.append((ORIGIN + index * SPACING).ravel().tolist())
    return found


def contours(regions: dict[str, list[list[float]]] | None = None, **changes: Any) -> Dataset:
    """An RTSTRUCT with the contours (flat lists of LPS mm) of each region; ``changes`` set elements of each contour."""
    regions = {"lesion": outlines(wedge()), "nerve": outlines(cube())} if regions is None else regions
    dataset = _file(RTSTRUCT_CLASS, "RTSTRUCT")
    dataset.ReferencedFrameOfReferenceSequence = [item(FrameOfReferenceUID=FRAME_OF_REFERENCE)]
    dataset.StructureSetROISequence = [
        item(ROINumber=n, ROIName=name, ReferencedFrameOfReferenceUID=FRAME_OF_REFERENCE)
        for n, name in enumerate(regions, start=1)
    ]
    dataset.ROIContourSequence = [
        item(ReferencedROINumber=n, ContourSequence=[_contour(points, changes) for points in lines])
        for n, lines in enumerate(regions.values(), start=1)
    ]
    return dataset


def _contour(points: list[float], changes: dict[str, Any]) -> Dataset:
    elements = {
        "ContourGeometricType": "CLOSED_PLANAR",
        "NumberOfContourPoints": len(points) // 3,
        "ContourData": [f"{x:.6g}" for x in points],
    }
    return item(**(elements | changes))


def _file(sop_class: str, modality: str) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = EXPLICIT
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = sop_class
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = UID + ".1"
    dataset.SeriesInstanceUID = UID
    dataset.FrameOfReferenceUID = FRAME_OF_REFERENCE
    dataset.Modality = modality
    dataset.PatientName = "Doe^Jane"
    return dataset


def saved(dataset: Dataset, path: Path) -> Path:
    """Write a DICOM file and say where."""
    save(dataset, path)
    return path


SIGNS = {
    "left-posterior-superior": (1, 1, 1),
    "LPS": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "RAS": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
    "LAS": (1, -1, 1),
}
"""What a position in each space is multiplied by to lie in left-posterior-superior."""


def nrrd(
    values: NDArray[np.generic],
    affine: NDArray[np.float64],
    *,
    space: str = "left-posterior-superior",
    encoding: str = "gzip",
    keys: dict[str, str] | None = None,
    fields: dict[str, str | None] | None = None,
) -> bytes:
    """An NRRD file of ``values`` ``[i, j, k]`` (or ``[layer, i, j, k]``); ``fields`` change or drop lines."""
    kinds = {"i2": "short", "u1": "uint8", "f4": "float", "u2": "ushort", "i4": "int", "f8": "double", "i1": "int8"}
    signs = np.array(SIGNS[space])
    vectors = ["(" + ",".join(f"{x:.17g}" for x in affine[:3, axis] * signs) + ")" for axis in range(4)]
    header: dict[str, str | None] = {
        "type": kinds[values.dtype.str[1:]],
        "dimension": str(values.ndim),
        "space": space,
        "sizes": " ".join(map(str, values.shape)),
        "space directions": " ".join((["none"] if values.ndim == 4 else []) + vectors[:3]),
        "kinds": " ".join((["list"] if values.ndim == 4 else []) + ["domain"] * 3),
        "endian": "big" if values.dtype.byteorder == ">" else "little",
        "encoding": encoding,
        "space origin": vectors[3],
    }
    lines = ["NRRD0005", "# a remark"]
    lines += [f"{name}: {value}" for name, value in (header | (fields or {})).items() if value is not None]
    lines += [f"{name}:={value}" for name, value in (keys or {}).items()]
    flat = values.ravel(order="F")
    written = {
        "raw": lambda: flat.tobytes(),
        "gzip": lambda: gzip.compress(flat.tobytes(), mtime=0),
        "ascii": lambda: " ".join(f"{x:.9g}" for x in flat).encode(),
    }
    return ("\n".join(lines) + "\n\n").encode() + written[encoding]()


def slicer_keys() -> dict[str, str]:
    """What 3D Slicer writes of two segments in two layers."""
    return {
        "Segment0_ID": "Segment_1",
        "Segment0_Name": "lesion",
        "Segment0_LabelValue": "1",
        "Segment0_Layer": "0",
        "Segment1_ID": "Segment_2",
        "Segment1_Name": "nerve",
        "Segment1_LabelValue": "1",
        "Segment1_Layer": "1",
        "Segmentation_MasterRepresentation": "Binary labelmap",
    }
