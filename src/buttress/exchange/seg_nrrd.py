"""A segmentation out as 3D Slicer's .seg.nrrd: masks of one grid, each in a layer of its own, since they overlap."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.grid import Grid
from buttress.records.image import Mask

COLOURS = {"bone": (0.90, 0.86, 0.76), "cortex": (0.34, 0.71, 0.91), "lesion": (0.84, 0.37, 0.0)}
"""Okabe-Ito, as in the report's pictures; other segments are grey."""


def segmentation_to_bytes(masks: Mapping[str, Mask]) -> bytes:
    """The file's content for masks by name, all on one grid; the same masks give the same bytes."""
    grid = next(iter(masks.values())).grid
    if not all(mask.grid.is_close(grid) for mask in masks.values()):
        raise ValueError("the segments of one file share one grid")
    layers = np.stack([mask.inside for mask in masks.values()]).astype(np.uint8)
    header = "\n".join([*_fields(grid, len(masks)), *_segments(masks)]) + "\n\n"
    return header.encode("ascii") + gzip.compress(layers.tobytes(order="F"), compresslevel=6, mtime=0)


def _fields(grid: Grid, count: int) -> Iterator[str]:
    i, j, k = grid.shape
    yield from ("NRRD0004", "type: unsigned char", "dimension: 4", "space: left-posterior-superior")
    yield f"sizes: {count} {i} {j} {k}"
    yield "space directions: none " + " ".join(_vector(grid.affine[:3, axis]) for axis in range(3))
    yield from ("kinds: list domain domain domain", "encoding: gzip")
    yield f"space origin: {_vector(grid.affine[:3, 3])}"


def _segments(masks: Mapping[str, Mask]) -> Iterator[str]:
    for layer, (name, mask) in enumerate(masks.items()):
        places = np.argwhere(mask.inside)
        low, high = (places.min(axis=0), places.max(axis=0)) if len(places) else (np.zeros(3, int), np.full(3, -1))
        extent = " ".join(f"{a} {b}" for a, b in zip(low, high, strict=True))
        colour = " ".join(f"{part:g}" for part in COLOURS.get(name, (0.6, 0.6, 0.6)))
        for key, value in (
            ("ID", name), ("Name", name), ("Color", colour), ("LabelValue", "1"), ("Layer", str(layer)),
            ("Extent", extent),
        ):  # fmt: skip
            yield f"Segment{layer}_{key}:={value}"


def _vector(numbers: NDArray[np.float64]) -> str:
    return "(" + ",".join(repr(float(number)) for number in numbers) + ")"
