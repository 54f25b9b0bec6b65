"""A stack from a tilted gantry is sheared: each image is moved sideways to where it was taken, on one square grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.exchange.dicom.stack import Stack
from buttress.exchange.hounsfield import AIR_HU


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The square field that holds all images of a stack: columns and rows, and where each image begins in it.

    ``starts`` ``(n, 2)`` are pixels (with fractions) along the row and the column; ``first`` is the field's own corner
    against the first image's, in whole pixels.
    """

    size: tuple[int, int]
    starts: NDArray[np.float64]
    first: NDArray[np.int_]


def frame_of(stack: Stack) -> Frame:
    """The smallest field that holds every image where it lies."""
    between_rows, between_columns = stack.headers[0].spacing_mm or (1.0, 1.0)
    slides = stack.slides_mm / np.array([between_columns, between_rows])
    slides = np.where(np.abs(slides - np.rint(slides)) < 1e-6, np.rint(slides), slides)
    low, high = np.floor(slides.min(axis=0)).astype(int), np.ceil(slides.max(axis=0)).astype(int)
    columns, rows = stack.headers[0].columns or 0, stack.headers[0].rows or 0
    extra_columns, extra_rows = (high - low).tolist()
    return Frame((columns + extra_columns, rows + extra_rows), slides - low, low)


def placed(image: NDArray[np.float32], start: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
    """An image ``[column, row]`` at its start in the field, between pixels by linear interpolation; air around it."""
    if image.shape == size and not start.any():
        return image
    above_air = image - np.float32(AIR_HU)
    for axis in (0, 1):
        above_air = _slid(above_air, axis, float(start[axis]), size[axis])
    return above_air + np.float32(AIR_HU)


def _slid(image: NDArray[np.float32], axis: int, start: float, length: int) -> NDArray[np.float32]:
    whole = int(np.floor(start))
    part = np.float32(start - whole)
    shape = list(image.shape)
    shape[axis] = length
    out = np.zeros(shape, dtype=np.float32)
    count = image.shape[axis]
    for shift, weight in ((whole, 1 - part), (whole + 1, part)):
        if weight:
            room = [slice(None)] * image.ndim
            room[axis] = slice(shift, shift + count)
            out[tuple(room)] += weight * image
    return out
