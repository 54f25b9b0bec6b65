"""Where the images of a series lie along their normal and sideways: order, tilt, duplicates, gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.exchange.dicom.headers import ImageHeader
from buttress.records.document import ButtressError

SAME_POSITION_MM = 0.01  # ours: below the rounding of any scanner's table position
UNIFORM_MM = 0.05  # ours: no voxel moves by more than this when a spacing counts as uniform
LARGEST_GAP_CHANGE_FRACTION = 0.4  # ours: a gap further than this from the usual one is refused, not resampled
SLIDE_MM = 0.05  # ours: as UNIFORM_MM; images that slide further sideways are moved back, not taken as straight
STEEPEST_TILT_DEG = 45.0  # ours: gantries tilt by up to 30 degrees; more is something else
_COSINE = 1e-3  # Grid's limit on axes
_WHOLE_GAP_FRACTION = 0.2  # ours: a gap this near to a whole multiple of the usual one is slices that are missing
_NAMED_GAPS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Images in order along their normal: headers, distances along it, and the directions of a row and a column.

    ``slides_mm`` ``(n, 2)`` is how far each image lies sideways of the first, along the row and along the column:
    zero but where the gantry was tilted.
    """

    headers: tuple[ImageHeader, ...]
    along_mm: NDArray[np.float64]
    slides_mm: NDArray[np.float64]
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
        headers = tuple(self.headers[place] for place in kept)
        return Stack(headers, self.along_mm[kept], self.slides_mm[kept], self.row, self.column)

    @property
    def tilt_deg(self) -> float:
        """Angle between the normal and the line from the first image to the last; 0 for a straight stack."""
        height = max(float(self.along_mm[-1] - self.along_mm[0]), 1e-9)
        return float(np.degrees(np.arctan2(np.linalg.norm(self.slides_mm[-1] - self.slides_mm[0]), height)))


def stack_images(headers: tuple[ImageHeader, ...], where: str) -> Stack:
    """Order the images of one series along their normal.

    Raises ``ButtressError`` for an orientation that is none, and for images that lie neither straight nor in line.
    """
    orientation = np.array(headers[0].orientation, dtype=float)
    row, column = orientation[:3], orientation[3:]
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
    moved = positions[order] - positions[order[0]]
    slides = np.column_stack([moved @ row, moved @ column])
    if np.abs(slides).max() <= SLIDE_MM:
        slides = np.zeros_like(slides)
    stack = Stack(tuple(headers[place] for place in order), along[order], slides, row, column)
    _refuse_out_of_line(stack, where)
    return stack


def _refuse_out_of_line(stack: Stack, where: str) -> None:
    """A tilted gantry slides every image by the same share of its height; anything else is no stack."""
    height = stack.along_mm - stack.along_mm[0]
    if not stack.slides_mm.any():
        return
    share = (height @ stack.slides_mm) / max(float(height @ height), 1e-9)
    off = np.linalg.norm(stack.slides_mm - height[:, None] * share, axis=1)
    limit = 0.5 * min(stack.headers[0].spacing_mm or (1.0,))  # ours: half a pixel
    if off.max() > limit:
        raise ButtressError(
            f"the images do not lie in one line: image {int(off.argmax()) + 1} in order of position lies "
            f"{off.max():.1f} mm off it",
            "images stacked along one straight line",
            "export one reconstruction, without images of another field of view",
            where=where,
        )
    if stack.tilt_deg > STEEPEST_TILT_DEG:
        raise ButtressError(
            f"the images slide sideways at {stack.tilt_deg:.1f} degrees to their normal",
            f"a straight stack, or a gantry tilted by at most {STEEPEST_TILT_DEG:g} degrees",
            "export the axial series itself",
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
