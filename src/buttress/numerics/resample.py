"""Values of a grid at other points, and on a local box of even voxels."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from buttress.numerics.grid import Grid
from buttress.numerics.trilinear import at_points


def sample(
    values: NDArray[Any], grid: Grid, points_mm: ArrayLike, order: int = 1, outside: float = np.nan
) -> NDArray[np.float32]:
    """Values at LPS points ``(..., 3)``: ``order`` 0 nearest, 1 trilinear, 3 cubic; ``outside`` beyond the outer faces.

    Within half a voxel of an outer face the edge value is held.
    """
    points = np.asarray(points_mm, dtype=float)
    if order == 1:
        rows = np.ascontiguousarray(points.reshape(-1, 3))
        return np.asarray(at_points(voxels(values), to_index(grid), rows, outside).reshape(points.shape[:-1]))
    index = grid.to_index(points).reshape(-1, 3)
    source = values.astype(np.float32) if values.dtype == np.bool_ else values
    found = ndimage.map_coordinates(source, index.T, order=order, mode="nearest", output=np.float32)
    beyond = np.any((index < -0.5 - 1e-9) | (index > np.array(grid.shape) - 0.5 + 1e-9), axis=1)
    found[beyond] = outside
    return np.asarray(found.reshape(points.shape[:-1]))


def voxels(values: NDArray[Any]) -> NDArray[Any]:
    """The array as the trilinear kernels take it: float32, or a mask's bytes, uncopied where it can be."""
    return values.view(np.uint8) if values.dtype == np.bool_ else np.asarray(values, dtype=np.float32)


def to_index(grid: Grid) -> NDArray[np.float64]:
    """The ``(3, 4)`` matrix from LPS mm to fractional indices."""
    return np.ascontiguousarray(np.linalg.inv(grid.affine)[:3])


def box_grid(centre_mm: ArrayLike, half_size_mm: ArrayLike, spacing_mm: float) -> Grid:
    """Even voxels along the patient's axes that reach at least ``half_size_mm`` (one number or three) each way."""
    half = np.broadcast_to(np.asarray(half_size_mm, dtype=float), 3)
    steps = np.ceil(half / spacing_mm - 1e-9).astype(int)
    i, j, k = (2 * steps + 1).tolist()
    return Grid.aligned((i, j, k), spacing_mm, np.asarray(centre_mm, dtype=float) - steps * spacing_mm)


def resample_box(
    values: NDArray[Any],
    grid: Grid,
    centre_mm: ArrayLike,
    half_size_mm: ArrayLike,
    spacing_mm: float,
    outside: float = np.nan,
    order: int = 1,
) -> tuple[NDArray[np.float32], Grid]:
    """Values on an isotropic box about a point, axes along LPS; ``outside`` where the source grid has nothing."""
    box = box_grid(centre_mm, half_size_mm, spacing_mm)
    return resample_to(values, grid, box, outside, order), box


def resample_to(
    values: NDArray[Any], grid: Grid, target: Grid, outside: float = np.nan, order: int = 1
) -> NDArray[np.float32]:
    """Values of ``grid`` at the voxel centres of ``target``; ``outside`` where the source grid has nothing."""
    source = values.view(np.uint8) if values.dtype == np.bool_ and order <= 1 else values.astype(np.float32, copy=False)
    to_source = np.linalg.inv(grid.affine) @ target.affine
    found = ndimage.affine_transform(
        source,
        to_source[:3, :3],
        to_source[:3, 3],
        output_shape=target.shape,
        output=np.float32,
        order=order,
        mode="nearest",
    )
    beyond = ~_covered(grid, target, to_source)
    found[beyond] = outside
    return np.asarray(found)


def _covered(grid: Grid, target: Grid, to_source: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which voxel centres of ``target`` lie inside the outer faces of ``grid``."""
    axes = [np.arange(n, dtype=float) for n in target.shape]
    inside = np.ones(target.shape, dtype=bool)
    for row, size in enumerate(grid.shape):
        parts = [to_source[row, a] * axes[a] for a in range(3)]
        index = parts[0][:, None, None] + parts[1][None, :, None] + parts[2] + to_source[row, 3]
        inside &= (index >= -0.5 - 1e-9) & (index <= size - 0.5 + 1e-9)
    return inside


@numba.njit(cache=True)
def add_to_blocks(sums: NDArray[np.float64], index: NDArray[np.intp], values: NDArray[Any], size: int) -> None:
    """Add values ``(n,)`` of voxels ``index`` ``(n, 3)`` to the sums of their blocks of ``size`` voxels each way."""
    for n in range(len(values)):
        sums[index[n, 0] // size, index[n, 1] // size, index[n, 2] // size] += values[n]
