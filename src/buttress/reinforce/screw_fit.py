"""Where on a line through a bone a screw lies wholly inside it, how long it may be, and how much it holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.grid import Points
from buttress.records.corridor import ScrewPath
from buttress.records.implant import Implant, Lengths
from buttress.reinforce.bone_lines import VOXEL_DOUBT_MM, Lines
from buttress.reinforce.inserts import ANCHOR_MM

Floats = NDArray[np.float64]

MARGIN_MM = 1.0
"""Of bone about the thread (ours)."""

FLATTEST_DEG = 20.0
"""Entering at a smaller angle to the surface, a drill slides along it (ours)."""


@dataclass(frozen=True, slots=True)
class Size:
    """A screw as far as fitting it goes; without ``lengths`` any length is to be had."""

    key: str
    diameter_mm: float
    lengths: Lengths | None
    gap_mm: float


def size_of(implant: Implant) -> Size:
    """The size of a screw of the shelf."""
    assert implant.outer_diameter_mm is not None
    assert implant.pair_gap_mm is not None
    return Size(implant.key, implant.outer_diameter_mm.value, implant.lengths, implant.pair_gap_mm.value)


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """The longest screw on each of ``n`` lines that enters where the line begins, each array ``(n,)``.

    ``entry_mm`` and the lesion's ends ``low_mm`` and ``high_mm`` along the line; the rest is of ``ScrewPath``. Where
    ``is_fit`` is not so, they mean nothing.
    """

    is_fit: NDArray[np.bool_]
    entry_mm: Floats
    length_mm: Floats
    low_mm: Floats
    high_mm: Floats
    entry_anchorage_mm: Floats
    tip_anchorage_mm: Floats
    clearance_mm: Floats

    def path(self, row: int, point: Points, direction: Points) -> ScrewPath:
        """The screw on one line."""
        start = float(self.entry_mm[row])
        ex, ey, ez = (point + start * direction).tolist()
        tx, ty, tz = (point + (start + float(self.length_mm[row])) * direction).tolist()
        return ScrewPath(
            entry_mm=(ex, ey, ez),
            tip_mm=(tx, ty, tz),
            length_mm=float(self.length_mm[row]),
            entry_anchorage_mm=float(self.entry_anchorage_mm[row]),
            tip_anchorage_mm=float(self.tip_anchorage_mm[row]),
            clearance_mm=float(self.clearance_mm[row]),
        )


def fits_of(lines: Lines, size: Size, slack_mm: float = 0.0, span_mm: tuple[float, float] | None = None) -> Fits:
    """The screw on every line; ``slack_mm`` is forgiven, ``span_mm`` must be bridged wherever the lesion lies.

    The run through a line's point where the axis is deep enough gives the tip its room; at the near end the screw runs
    on out through the surface.
    """
    radius, at = size.diameter_mm / 2, lines.at_mm
    step, middle = float(at[1] - at[0]), len(at) // 2
    deep = radius + MARGIN_MM + VOXEL_DOUBT_MM - slack_mm
    first, last = _run(lines.depth_mm >= deep, middle)
    entry = lines.surface_mm
    inside = _deep_from(lines, first, deep)
    slant = inside - entry
    length = _lengths(at[last] - entry, size)
    tip = entry + length
    low, high, is_crossed = _lesion_ends(lines, at[None] >= entry[:, None], at[None] <= at[last][:, None], step)
    if span_mm is not None:
        low = np.where(is_crossed, np.minimum(low, span_mm[0]), span_mm[0])
        high = np.where(is_crossed, np.maximum(high, span_mm[1]), span_mm[1])
        is_crossed = np.ones_like(is_crossed)
    held = at[None] >= np.maximum(inside, low - ANCHOR_MM)[:, None]
    held &= at[None] <= np.minimum(tip, high + ANCHOR_MM)[:, None]
    clearance = np.where(held, lines.depth_mm, np.inf).min(axis=1) - VOXEL_DOUBT_MM - radius
    # Entering slantwise, the thread has bone on one side alone until this much deeper along it (a flat surface).
    bare = radius * np.sqrt(np.maximum(slant**2 - deep**2, 0.0)) / deep
    entry_hold, tip_hold, wanted = low - entry - bare, tip - high, ANCHOR_MM - slack_mm
    is_fit = (
        (lines.depth_mm[:, middle] >= deep)
        & (slant <= deep / np.sin(np.deg2rad(FLATTEST_DEG)))
        & is_crossed
        & (entry_hold >= wanted)
        & (tip_hold >= wanted)
    )
    return Fits(is_fit, entry, length, low, high, entry_hold, tip_hold, clearance)


def _deep_from(lines: Lines, first: NDArray[np.intp], deep: float) -> Floats:
    """Where each line comes to be deep enough, between the sample that is and the one before."""
    rows, before = np.arange(len(first)), np.maximum(first - 1, 0)
    there, shallow = lines.depth_mm[rows, first], lines.depth_mm[rows, before]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(there > shallow, (there - deep) / (there - shallow), 0.0)
    return np.asarray(lines.at_mm[first] - np.clip(np.nan_to_num(share), 0.0, 1.0) * (lines.at_mm[1] - lines.at_mm[0]))


def _run(deep: NDArray[np.bool_], middle: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last sample of the run of deep samples about the middle one."""
    beyond, before = deep[:, middle:], deep[:, middle::-1]
    last = np.where(beyond.all(axis=1), beyond.shape[1], np.argmin(beyond, axis=1)) - 1
    first = np.where(before.all(axis=1), before.shape[1], np.argmin(before, axis=1)) - 1
    return middle - np.maximum(first, 0), middle + np.maximum(last, 0)


def _lesion_ends(
    lines: Lines, behind_entry: NDArray[np.bool_], before_end: NDArray[np.bool_], step: float
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Where the lesion begins and ends between the entry and the end of the run, and whether it is there at all."""
    there = lines.lesion & behind_entry & before_end
    count = there.shape[1]
    low = lines.at_mm[np.argmax(there, axis=1)] - step / 2
    high = lines.at_mm[count - 1 - np.argmax(there[:, ::-1], axis=1)] + step / 2
    return low, high, np.asarray(there.any(axis=1))


def _lengths(room_mm: Floats, size: Size) -> Floats:
    """The longest screw that fits into each room; NaN where none does."""
    if size.lengths is None:
        return np.where(room_mm > 0.0, room_mm, np.nan)
    found = [size.lengths.longest_within(room) if np.isfinite(room) else None for room in room_mm.tolist()]
    return np.array([np.nan if one is None else one for one in found])
