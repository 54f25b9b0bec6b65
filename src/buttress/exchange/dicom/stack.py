"""Where the images of a series lie along their normal: order, tilt, duplicates, gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.exchange.dicom.headers import ImageHeader
from buttress.records.document import ButtressError

SAME_POSITION_MM = 0.01  # ours: below the rounding of any scanner's table position
UNIFORM_MM = 0.05  # ours: no voxel moves by more than this when a spacing counts as uniform
LARGEST_GAP_CHANGE_FRACTION = 0.4  # ours: a gap further than this from the usual one is refused, not resampled
_COSINE = 1e-3  # Grid's limit on axes
_WHOLE_GAP_FRACTION = 0.2  # ours: a gap this near to a whole multiple of the usual one is slices that are missing
_NAMED_GAPS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Images in order along their normal: headers, distances along it, and the directions of a row and a column."""

    headers: tuple[ImageHeader, ...]
    along_mm: NDArray[np.float64]
    row: NDArray[np.float64]
    column: NDArray[np.float64]

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector along which the images are stacked."""
        return np.cross(self.row, self.column)

    @property
    def gaps_mm(self) -> NDArray[np.float64]:
        """Distances between neighbours."""
        return np.diff(self.along_mm)

    def without(self, dropped: set[int]) -> Stack:
        """The stack without the images at these places."""
        kept = [place for place in range(len(self.headers)) if place not in dropped]
        return Stack(tuple(self.headers[place] for place in kept), self.along_mm[kept], self.row, self.column)


def stack_images(headers: tuple[ImageHeader, ...], where: str) -> Stack:
    """Order the images of one series along their normal.

    Raises ``ButtressError`` for mixed orientations and for images that slide sideways (gantry tilt).
    """
    orientations = np.array([header.orientation for header in headers], dtype=float)
    if np.abs(orientations - orientations[0]).max() > _COSINE:
        raise ButtressError(
            "the images of the series have different orientations",
            "one stack of parallel images",
            "leave localisers and reformatted images out of the folder",
            where=where,
        )
    row, column = orientations[0, :3], orientations[0, 3:]
    if abs(row @ column) > _COSINE or not np.allclose([row @ row, column @ column], 1.0, atol=2 * _COSINE):
        raise ButtressError(
            "the image orientation is not a pair of unit vectors at right angles",
            "a valid ImageOrientationPatient",
            "export the series again",
            where=where,
        )
    positions = np.array([header.position_mm for header in headers], dtype=float)
    along = positions @ np.cross(row, column)
    order = np.argsort(along, kind="stable")
    stack = Stack(tuple(headers[place] for place in order), along[order], row, column)
    _refuse_tilt(stack, positions[order], where)
    return stack


def _refuse_tilt(stack: Stack, positions: NDArray[np.float64], where: str) -> None:
    height = stack.along_mm - stack.along_mm[0]
    sideways = np.linalg.norm(positions - positions[0] - height[:, None] * stack.normal, axis=1)
    limit = 0.5 * min(stack.headers[0].spacing_mm or (1.0,))  # half a pixel: the error of nearest-neighbour placing
    if sideways.max() <= limit:
        return
    worst = int(sideways.argmax())
    angle = np.degrees(np.arctan2(sideways[worst], max(height[worst], 1e-9)))
    raise ButtressError(
        f"the images slide sideways by up to {sideways.max():.1f} mm along the stack "
        f"({angle:.1f} degrees: gantry tilt)",
        "images stacked straight along their normal",
        "resample the series to straight axial slices (or scan without tilt), then export again",
        where=where,
    )


def duplicate_places(stack: Stack) -> tuple[int, ...]:
    """Places whose image lies where the one before it lies."""
    return tuple(int(place) + 1 for place in np.flatnonzero(stack.gaps_mm < SAME_POSITION_MM))


def usual_gap(stack: Stack) -> float:
    """The middle of the distances between neighbours, the smaller one of an even number: a gap is never the usual."""
    return float(np.percentile(stack.gaps_mm, 50, method="lower"))


def refuse_gaps(stack: Stack, where: str) -> None:
    """Raise ``ButtressError`` for missing slices, naming how many and where, and for spacing too uneven to resample."""
    gaps, usual = stack.gaps_mm, usual_gap(stack)
    missing = np.rint(gaps / usual).astype(int) - 1
    whole = (missing >= 1) & (np.abs(gaps / usual - missing - 1) <= _WHOLE_GAP_FRACTION)
    if whole.any():
        raise ButtressError(
            f"{_slices(int(missing[whole].sum()))} missing: {_gaps_in_words(stack, np.flatnonzero(whole), missing)}",
            f"an image every {usual:.4g} mm",
            "export the whole series again",
            where=where,
        )
    if np.abs(gaps - usual).max() > LARGEST_GAP_CHANGE_FRACTION * usual:
        raise ButtressError(
            f"the distance between images changes from {gaps.min():.4g} to {gaps.max():.4g} mm (usual: {usual:.4g} mm)",
            f"distances within {LARGEST_GAP_CHANGE_FRACTION:.0%} of the usual one, which are resampled",
            "export one reconstruction with one spacing",
            where=where,
        )


def _slices(count: int) -> str:
    return "1 slice is" if count == 1 else f"{count} slices are"


def _gaps_in_words(stack: Stack, places: NDArray[np.intp], missing: NDArray[np.int_]) -> str:
    """Each gap with the positions of its two neighbours along the normal, in mm."""
    named = [
        f"{missing[place]} between {stack.along_mm[place]:.2f} and {stack.along_mm[place + 1]:.2f} mm"
        for place in places[:_NAMED_GAPS]
    ]
    more = len(places) - len(named)
    return ", ".join(named) + f" along {axis_in_words(stack.normal)}" + (f", and {more} more gaps" if more else "")


def axis_in_words(normal: NDArray[np.float64]) -> str:
    """The stacking direction as a reader names it."""
    names = ("left-right", "front-back", "foot-head")
    axis = int(np.abs(normal).argmax())
    straight = abs(normal[axis]) > 0.999
    return f"the {names[axis]} axis" if straight else f"the series' own axis (mostly {names[axis]})"


def uniform_positions(stack: Stack) -> tuple[float, bool]:
    """One spacing for the stack in mm, and whether it fits the images as they lie (else they must be resampled)."""
    count = len(stack.headers)
    mean = float((stack.along_mm[-1] - stack.along_mm[0]) / (count - 1))
    even = stack.along_mm[0] + mean * np.arange(count)
    if np.abs(even - stack.along_mm).max() <= UNIFORM_MM:
        return mean, True
    return usual_gap(stack), False
