"""Distances to and across voxel masks and point sets."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, cKDTree
from scipy.spatial.distance import cdist

from buttress.numerics.grid import Grid, Points

FIRST_LOOK = 256
"""Ours: targets nearest to the sources' box, whose distance bounds the least one."""


def signed_distance_mm(inside: NDArray[np.bool_], spacing_mm: ArrayLike) -> NDArray[np.float64]:
    """Distance of every voxel centre to the mask's surface (its voxels' faces), mm; negative inside.

    The voxel of the other kind with the nearest centre stands for the surface. An empty mask gives +inf everywhere, a
    full one -inf.
    """
    spacing = np.broadcast_to(np.asarray(spacing_mm, dtype=float), inside.ndim)
    if not inside.any() or inside.all():
        return np.full(inside.shape, -np.inf if inside.any() else np.inf)
    signed = _distance_to(inside, spacing)
    # The nearest voxel outside lies beside the mask's own box at the furthest.
    spans = [np.flatnonzero(inside.any(axis=tuple(set(range(inside.ndim)) - {a}))) for a in range(inside.ndim)]
    box = tuple(slice(max(0, span[0] - 1), span[-1] + 2) for span in spans)
    own = inside[box]
    np.negative(_distance_to(~own, spacing), out=signed[box], where=own)
    return signed


def _distance_to(target: NDArray[np.bool_], spacing: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of every voxel centre to the box of the nearest target voxel."""
    nearest = ndimage.distance_transform_edt(~target, sampling=spacing, return_distances=False, return_indices=True)
    three = (*[1] * (3 - target.ndim), *target.shape)
    return np.asarray(_apart(nearest.reshape(target.ndim, *three), spacing).reshape(target.shape))


@numba.njit(cache=True)
def _apart(nearest: NDArray[np.int32], spacing: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of every voxel centre to the box of voxel ``nearest`` ``(axes, n, m, l)``, for the last axes."""
    axes, first, second, third = nearest.shape
    found = np.empty((first, second, third))
    own = np.empty(3)
    for i in range(first):
        for j in range(second):
            for k in range(third):
                own[0], own[1], own[2] = i, j, k
                squared = 0.0
                for axis in range(axes):
                    beyond = max(abs(nearest[axis, i, j, k] - own[3 - axes + axis]) - 0.5, 0.0) * spacing[axis]
                    squared += beyond * beyond
                found[i, j, k] = np.sqrt(squared)
    return found


@numba.njit(cache=True)
def mapped_length(points: Points, centre: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Length of ``(point - centre) @ matrix`` for points ``(n, 3)`` and a 3 x 3 matrix."""
    found = np.empty(len(points))
    for n in range(len(points)):
        x, y, z = points[n, 0] - centre[0], points[n, 1] - centre[1], points[n, 2] - centre[2]
        squared = 0.0
        for column in range(3):
            squared += (x * matrix[0, column] + y * matrix[1, column] + z * matrix[2, column]) ** 2
        found[n] = np.sqrt(squared)
    return found


def voxel_corners_mm(inside: NDArray[np.bool_], grid: Grid) -> Points:
    """Corners of the mask's surface voxels, ``(n, 3)``, LPS mm: the mask's true extent for hulls and diameters."""
    spans = [np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    if len(spans[0]) == 0:
        return np.zeros((0, 3))
    box = tuple(slice(span[0], span[-1] + 1) for span in spans)
    own = inside[box]
    corners = np.zeros([n + 1 for n in own.shape], dtype=bool)
    index = np.argwhere(own & ~ndimage.binary_erosion(own))
    for step in np.ndindex(2, 2, 2):
        corners[tuple((index + step).T)] = True
    return grid.to_mm(np.argwhere(corners) + [side.start for side in box] - 0.5)


def longest_chord(points_mm: ArrayLike) -> tuple[float, Points, Points]:
    """Greatest distance between any two of the points ``(n, d)`` (maximum Feret diameter), and its two ends. Exact."""
    points = np.asarray(points_mm, dtype=float)
    if len(points) > 400:
        points = points[ConvexHull(points).vertices]
    apart = cdist(points, points)
    first, second = np.unravel_index(int(np.argmax(apart)), apart.shape)
    return float(apart[first, second]), points[first], points[second]


def nearest_points(from_mm: ArrayLike, to_mm: ArrayLike) -> tuple[float, Points, Points]:
    """Least distance between two point sets ``(n, 3)`` and ``(m, 3)``, mm, and the nearest point of each. Exact.

    Targets further from the sources' box than the answer can be are left out before any tree is built.
    """
    sources, targets = np.asarray(from_mm, dtype=float), np.asarray(to_mm, dtype=float)
    low, high = sources.min(axis=0), sources.max(axis=0)
    beyond = np.linalg.norm(np.maximum(0.0, np.maximum(low - targets, targets - high)), axis=1)
    few = targets[np.argsort(beyond, kind="stable")[:FIRST_LOOK]]
    bound = float(cKDTree(few).query(sources)[0].min())
    near = targets[beyond <= bound + 1e-9]
    apart, which = cKDTree(near).query(sources)
    best = int(np.argmin(apart))
    return float(apart[best]), sources[best], near[which[best]]
