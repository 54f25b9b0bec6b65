"""Are these numbers Hounsfield units? Checked by what every CT of a body part must show.

All limits here are ours. They rest on the scale itself (air −1000, water 0) and on plain anatomy: any CT of a bone
shows soft tissue between fat and enhanced muscle, and cortex well above 300; a crop deep in the body may hold no air.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from buttress.records.document import ButtressError

EXPECTED = "a CT in Hounsfield units (air -1000, fat about -100, muscle about 50, cortical bone above 300)"

PADDING_HU = -1500.0
"""No reconstruction falls this low; scanners write such numbers outside the field of view. Ours."""

AIR_HU = -1024.0
"""What padding becomes: the lowest value of a 12-bit CT."""

_SAMPLE = 2_000_000
_MIN_RANGE = 100.0
_FAT = -50.0
_AIR_BELOW = -300.0
_SOFT = (-200.0, 300.0)
_LEAST_BONE = 300.0

Sample = NDArray[np.float32]
Finding = tuple[str, str]
"""What was found, and what to do about it."""


def refuse_unless_hu(values: NDArray[np.float32], where: str) -> None:
    """Raise ``ButtressError`` when ``values`` ``[i, j, k]`` cannot be Hounsfield units, with what they look like."""
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        count = int(values.size - np.isfinite(values).sum())
        raise ButtressError(
            f"{count} voxels are not numbers (NaN or infinite)",
            EXPECTED,
            "replace them by -1024 (air) if they lie outside the patient",
            where=where,
        )
    flat = values.reshape(-1)
    sample = flat[:: max(1, flat.size // _SAMPLE)]
    for question in _QUESTIONS:
        finding = question(low, high, sample)
        if finding is not None:
            found, remedy = finding
            raise ButtressError(f"HU that are not HU: {found}", EXPECTED, remedy, where=where)


def pad_with_air(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Replace padding below −1500 by −1024 HU; returns the values and a sentence if any voxel changed."""
    padding = values < PADDING_HU
    count = int(padding.sum())
    if not count:
        return values, ()
    share = 100.0 * count / values.size
    note = f"Padding below {PADDING_HU:g} HU ({share:.1f} % of the voxels) was replaced by {AIR_HU:g} HU."
    return np.where(padding, np.float32(AIR_HU), values), (note,)


def _share(sample: Sample, low: float, high: float) -> float:
    return float(((sample >= low) & (sample <= high)).mean())


def _flat(low: float, high: float, sample: Sample) -> Finding | None:
    if high - low >= _MIN_RANGE:
        return None
    kind = "a mask, or a normalised image" if high > low else "an empty image"
    return f"all values lie between {low:g} and {high:g} ({kind})", "give the CT itself, before any normalisation"


def _eight_bit(low: float, high: float, sample: Sample) -> Finding | None:
    if low < 0 or high > 255:
        return None
    return f"all values lie between {low:g} and {high:g}, the range of an 8-bit picture", (
        "give the CT itself: a window was applied and HU cannot be recovered"
    )


def _offset_kept(low: float, high: float, sample: Sample) -> Finding | None:
    tissue = sample[sample > 1024 + _AIR_BELOW]
    soft = _share(tissue, 1024 + _SOFT[0], 1024 + _SOFT[1]) if tissue.size else 0.0
    if low < 0 or tissue.size < 0.01 * sample.size or soft < 0.5:
        return None
    return f"no value is below zero ({low:g} to {high:g}) and soft tissue lies near 1024: stored values with +1024", (
        "apply the rescale intercept: subtract 1024 (or 1000), or export the CT again with HU"
    )


def _doubly_shifted(low: float, high: float, sample: Sample) -> Finding | None:
    """Air near −2000 alone may be padding; fat where only air belongs (about −1100) gives the shift away."""
    air, fat, both = _share(sample, -2300, -1800), _share(sample, -1200, -1060), _share(sample, -1200, -800)
    if air < 0.05 or fat < 0.1 * both or both < 5 * _share(sample, *_SOFT):
        return None
    return f"soft tissue lies near -1000 and air near -2000 ({low:g} to {high:g}): the offset was subtracted twice", (
        "add 1024 (or 1000), or export the CT again"
    )


def _no_fat_no_air(low: float, high: float, sample: Sample) -> Finding | None:
    if low < _FAT:
        return None
    return (
        f"no value is below {low:g} (highest {high:g}), so neither fat nor air can be in it: an MR looks like this",
        ("give a CT; if it is one, export it again with its rescale intercept applied"),
    )


def _no_soft_tissue(low: float, high: float, sample: Sample) -> Finding | None:
    tissue = sample[sample > _AIR_BELOW]
    soft = _share(tissue, *_SOFT) if tissue.size else 0.0
    if tissue.size >= 0.01 * sample.size and soft >= 0.2:
        return None
    return f"only {100 * soft:.0f} % of what is not air lies in the range of soft tissue ({low:g} to {high:g})", (
        "check that slope and intercept were applied once, and that the image is a CT"
    )


def _no_bone(low: float, high: float, sample: Sample) -> Finding | None:
    if high > _LEAST_BONE:
        return None
    return f"nothing is denser than {high:g} (lowest {low:g}): there is no bone, or a window cut it off", (
        "give the CT without a window applied, with the bone in it"
    )


_QUESTIONS: tuple[Callable[[float, float, Sample], Finding | None], ...] = (
    _flat,
    _eight_bit,
    _offset_kept,
    _doubly_shifted,
    _no_fat_no_air,
    _no_soft_tissue,
    _no_bone,
)
