"""Numbers that the scores ask for, read off the unrolled cortex."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.cortex import CortexMap

Floats = NDArray[np.float64]

Patch = tuple[float, int, int]

INVOLVED = 0.5
"""Ours (note mechanics.md 5c): cortex counts as involved when half of its mineral is gone."""


def smoothed(loss: Floats) -> Floats:
    """Loss averaged over about one degree-step each way about the axis to resist noise."""
    return np.asarray(ndimage.gaussian_filter1d(loss, 1.0, axis=1, mode="wrap"))


def longest_region_mm(loss: Floats, arc_mm: Floats, threshold: float) -> tuple[float, int, int]:
    """Greatest extent along the axis of one connected region of the map with loss at or above a threshold.

    Returns length, middle level index and the angle index with the longest part there. The region may shift about the
    axis from level to level; its ends are linear between levels.
    """
    best = (0.0, 0, 0)
    labels = regions(loss >= threshold)
    for c in np.unique(labels[labels > 0]):
        region = labels == c
        levels = np.flatnonzero(region.any(axis=1))
        strongest = np.where(region, loss, 0.0).max(axis=1)
        columns = region.any(axis=0)
        beyond = columns | np.roll(columns, 1) | np.roll(columns, -1)
        edge = np.where(beyond, loss, 0.0).max(axis=1)
        edge[levels] = strongest[levels]
        low = _edge(edge, arc_mm, int(levels[0]), -1, threshold)
        high = _edge(edge, arc_mm, int(levels[-1]), 1, threshold)
        if high - low > best[0]:
            middle = int((levels[0] + levels[-1]) // 2)
            best = (high - low, middle, int(np.where(region[middle], loss[middle], -1.0).argmax()))
    return best


def regions(flags: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Connected regions (edges and corners) of a map ``(levels, angles)`` that closes on itself around the bone."""
    labels: NDArray[np.int32] = ndimage.label(flags, structure=np.ones((3, 3)))[0]
    for row in range(flags.shape[0]):
        for other in (row - 1, row, row + 1):
            if (
                0 <= other < flags.shape[0]
                and flags[row, -1]
                and flags[other, 0]
                and labels[row, -1] != labels[other, 0]
            ):
                labels[labels == labels[row, -1]] = labels[other, 0]
    return labels


def longest_run_mm(loss: Floats, arc_mm: Floats, threshold: float) -> float:
    """Longest stretch along the axis with loss at or above a threshold at one fixed angle."""
    best = 0.0
    for column in range(loss.shape[1]):
        for start, stop in _runs(loss[:, column] >= threshold):
            low = _edge(loss[:, column], arc_mm, start, -1, threshold)
            best = max(best, _edge(loss[:, column], arc_mm, stop, 1, threshold) - low)
    return best


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def _edge(values: Floats, arc_mm: Floats, at: int, step: int, threshold: float) -> float:
    beyond = at + step
    if not 0 <= beyond < len(values):
        return float(arc_mm[at])
    drop = values[at] - values[beyond]
    share = min(1.0, (values[at] - threshold) / drop) if drop > 0 else 0.0
    return float(arc_mm[at] + share * (arc_mm[beyond] - arc_mm[at]))


def widest_ring_fraction(loss: Floats, threshold: float, ring_share: Floats | None = None) -> tuple[float, int]:
    """Largest share of the circumference with loss at or above a threshold in one section, and its level index.

    ``ring_share`` ``(levels, angles)`` is the share of the turn between each angle and the next; even where left out.
    Loss is averaged over three levels; between angles it is linear.
    """
    even = ndimage.uniform_filter1d(loss, 3, axis=0, mode="nearest")
    following = np.roll(even, -1, axis=1)
    above, next_above = even - threshold, following - threshold
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = np.where(above >= 0, above, next_above) / np.abs(above - next_above)
    share = np.where((above >= 0) & (next_above >= 0), 1.0, np.where((above < 0) & (next_above < 0), 0.0, crossing))
    fractions = share.mean(axis=1) if ring_share is None else np.sum(share * ring_share, axis=1)
    return min(1.0, float(fractions.max())), int(fractions.argmax())


def deepest_patch(cortex: CortexMap, radius_mm: Floats, patch_mm: float, loss: Floats | None = None) -> Patch:
    """Largest mean loss over a patch about ``patch_mm`` square on the surface: loss, level index, angle index.

    ``loss`` is another map of loss in place of the cortex's own.
    """
    step_s = float(np.diff(cortex.arc_mm).mean())
    step_angle = float(np.median(radius_mm[radius_mm > 0]) * (cortex.angles_rad[1] - cortex.angles_rad[0]))
    size = [max(1, round(patch_mm / step)) for step in (step_s, step_angle)]
    counted = cortex.counted if loss is None else cortex.count(loss)
    mean = ndimage.uniform_filter(counted, size=size, mode=("nearest", "wrap"))
    level, column = np.unravel_index(int(mean.argmax()), mean.shape)
    return float(mean[level, column]), int(level), int(column)
