"""Sub-voxels: what is drawn finer than a scanner sees, its means over voxels, and random fields on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from buttress.numerics.grid import Grid

Floats = NDArray[np.float64]

SUBVOXEL_MM = 0.5
"""Ours: the finest structure drawn; clinical CT blurs more than this."""


def parts_per_voxel(grid: Grid) -> tuple[int, int, int]:
    """Into how many sub-voxels of at most 0.5 mm a voxel is cut along i, j, k."""
    i, j, k = (max(1, int(np.ceil(s / SUBVOXEL_MM))) for s in grid.spacing_mm - 1e-6)
    return i, j, k


def finer(grid: Grid, factor: tuple[int, int, int]) -> Grid:
    """The grid of sub-voxels: each voxel of ``grid`` cut into ``factor`` parts along i, j, k."""
    parts = np.array(factor)
    affine = grid.affine.copy()
    affine[:3, :3] = grid.affine[:3, :3] / parts
    affine[:3, 3] = grid.to_mm(0.5 / parts - 0.5)
    i, j, k = (np.array(grid.shape) * parts).tolist()
    return Grid((i, j, k), affine)


def averaged(fine: NDArray[np.generic], factor: tuple[int, int, int]) -> Floats:
    """Means over blocks of ``factor`` sub-voxels: the partial volume of a voxel."""
    a, b, c = factor
    i, j, k = fine.shape
    return np.asarray(fine.reshape(i // a, a, j // b, b, k // c, c).mean(axis=(1, 3, 5), dtype=np.float64))


def positions_mm(grid: Grid) -> Floats:
    """Centres of all voxels, ``(ni, nj, nk, 3)``, LPS mm."""
    return grid.to_mm(np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), axis=-1))


def signed_distance_mm(inside: NDArray[np.bool_], grid: Grid, fine: Grid) -> Floats:
    """Distance to the surface of a mask (positive inside), interpolated from its grid to sub-voxels."""
    spacing = grid.spacing_mm
    room = np.pad(inside, 1, mode="edge")
    deep = ndi.distance_transform_edt(room, sampling=spacing) - ndi.distance_transform_edt(~room, sampling=spacing)
    half = 0.5 * float(spacing.min())  # the surface lies half a voxel before the nearest centre outside
    smooth = ndi.gaussian_filter(deep - half * np.sign(deep), 0.5)[1:-1, 1:-1, 1:-1]
    return sample(smooth, grid.to_index(positions_mm(fine)))


def sample(values: NDArray[np.floating], index: Floats, order: int = 1) -> Floats:
    """Values at fractional indices ``(..., 3)``; the edge continues outside."""
    return np.asarray(ndi.map_coordinates(values, np.moveaxis(index, -1, 0), order=order, mode="nearest"), dtype=float)


def random_field(grid: Grid, correlation_mm: float, rng: np.random.Generator) -> Floats:
    """A Gaussian random field of mean 0 and SD 1 with the given correlation length."""
    field = ndi.gaussian_filter(rng.standard_normal(grid.shape), correlation_mm / grid.spacing_mm)
    return np.asarray((field - field.mean()) / field.std())


def as_triple(vector: Floats) -> tuple[float, float, float]:
    """A vector ``(3,)`` as the plain numbers that a specification holds."""
    x, y, z = vector.tolist()
    return (x, y, z)
