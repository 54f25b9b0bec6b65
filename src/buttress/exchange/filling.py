"""Polygons of one slice become voxels: those of which at least half lies within an odd number of outlines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_LINES = 8  # ours: scan lines a voxel; along each the length inside is exact
_HALF = 0.5


def filled(polygons: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Voxels ``[a, b]`` inside closed polygons ``(n, 2)`` in voxel indices (a voxel reaches from −0.5 to 0.5)."""
    return coverage(polygons, shape) >= _HALF


def coverage(polygons: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.float64]:
    """The share of each voxel's area that lies within an odd number of the polygons (the even-odd rule)."""
    starts = np.concatenate(polygons)
    ends = np.concatenate([np.roll(polygon, -1, axis=0) for polygon in polygons])
    share = np.zeros(shape)
    edges = np.arange(-0.5, shape[0])
    first = max(int(np.floor(starts[:, 1].min())), 0)
    last = min(int(np.ceil(starts[:, 1].max())), shape[1] - 1)
    for b in range(first, last + 1):
        for line in range(_LINES):
            height = b - 0.5 + (line + 0.5) / _LINES
            share[:, b] += np.diff(_length_inside(starts, ends, height, edges)) / _LINES
    return share


def _length_inside(
    starts: NDArray[np.float64], ends: NDArray[np.float64], height: float, edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Along the line at ``height``: how much lies inside up to each of ``edges``."""
    crossing = (starts[:, 1] <= height) != (ends[:, 1] <= height)
    if not crossing.any():
        return np.zeros_like(edges)
    start, end = starts[crossing], ends[crossing]
    part = (height - start[:, 1]) / (end[:, 1] - start[:, 1])
    places = np.sort(start[:, 0] + part * (end[:, 0] - start[:, 0]))
    lengths = np.diff(places) * (np.arange(len(places) - 1) % 2 == 0)
    return np.asarray(np.interp(edges, places, np.concatenate([[0.0], np.cumsum(lengths)])))
