"""Closing, opening and filling of one section's pixels with a disk, fast enough for every level of every look."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Booleans = NDArray[np.bool_]
Widths = NDArray[np.int64]
"""Half the width of a disk, in pixels, for every row from its top to its bottom, ``(2 n + 1,)``."""


def disk(radius_px: float) -> Widths:
    """The disk of all pixels whose centres lie within ``radius_px`` of the middle one's."""
    n = int(radius_px)
    return np.asarray(np.sqrt(radius_px**2 - np.arange(-n, n + 1) ** 2), dtype=np.int64)


@numba.njit(cache=True)
def dilated(inside: Booleans, widths: Widths) -> Booleans:
    """The pixels ``(n, m)`` that a disk about any pixel inside covers."""
    rows, columns = inside.shape
    reach = len(widths) // 2
    found = np.zeros((rows, columns), dtype=np.bool_)
    for i in range(rows):
        j = 0
        while j < columns:
            if not inside[i, j]:
                j += 1
                continue
            start = j
            while j < columns and inside[i, j]:
                j += 1
            for a in range(max(-reach, -i), min(reach, rows - 1 - i) + 1):
                width = widths[a + reach]
                found[i + a, max(0, start - width) : min(columns, j + width)] = True
    return found


@numba.njit(cache=True)
def eroded(inside: Booleans, widths: Widths) -> Booleans:
    """The pixels ``(n, m)`` about which the disk lies inside; what lies beyond the array counts as outside."""
    rows, columns = inside.shape
    reach = len(widths) // 2
    outside = np.ones((rows + 2 * reach, columns + 2 * reach), dtype=np.bool_)
    outside[reach : reach + rows, reach : reach + columns] = ~inside
    return ~dilated(outside, widths)[reach : reach + rows, reach : reach + columns]


@numba.njit(cache=True)
def closed(inside: Booleans, widths: Widths) -> Booleans:
    """The pixels ``(n, m)`` closed with a disk, as if nothing lay beyond the array."""
    rows, columns = inside.shape
    reach = len(widths) // 2
    padded = np.zeros((rows + 2 * reach, columns + 2 * reach), dtype=np.bool_)
    padded[reach : reach + rows, reach : reach + columns] = inside
    return eroded(dilated(padded, widths), widths)[reach : reach + rows, reach : reach + columns]


@numba.njit(cache=True)
def opened(inside: Booleans, widths: Widths) -> Booleans:
    """The pixels ``(n, m)`` opened with a disk; what lies beyond the array counts as outside."""
    return dilated(eroded(inside, widths), widths)


@numba.njit(cache=True)
def filled(inside: Booleans) -> Booleans:
    """The pixels ``(n, m)`` with their holes: what no path of edge neighbours joins to the array's border."""
    rows, columns = inside.shape
    padded = np.zeros((rows + 2, columns + 2), dtype=np.bool_)
    padded[1:-1, 1:-1] = inside
    return ~_piece(~padded, 0, 0)[1:-1, 1:-1]


@numba.njit(cache=True)
def piece_over(inside: Booleans, other: Booleans) -> Booleans:
    """The connected piece (edge neighbours) of ``inside`` that shares most pixels with ``other``; none: nothing."""
    best, most = np.zeros(inside.shape, dtype=np.bool_), 0
    left = inside.copy()
    for i in range(inside.shape[0]):
        for j in range(inside.shape[1]):
            if left[i, j] and other[i, j]:
                piece = _piece(left, i, j)
                shared = int(np.sum(piece & other))
                if shared > most:
                    best, most = piece, shared
                left &= ~piece
    return best


@numba.njit(cache=True)
def _piece(inside: Booleans, i: int, j: int) -> Booleans:
    """The pixels inside that edge neighbours join to pixel ``(i, j)``."""
    rows, columns = inside.shape
    found = np.zeros((rows, columns), dtype=np.bool_)
    stack = np.empty((rows * columns, 2), dtype=np.int64)
    stack[0] = i, j
    found[i, j] = True
    size = 1
    while size > 0:
        size -= 1
        a, b = stack[size]
        for c, d in ((a - 1, b), (a + 1, b), (a, b - 1), (a, b + 1)):
            if 0 <= c < rows and 0 <= d < columns and inside[c, d] and not found[c, d]:
                found[c, d] = True
                stack[size, 0], stack[size, 1] = c, d
                size += 1
    return found
