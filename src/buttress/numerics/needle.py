"""A needle thinner than the voxels it lies in: a line of sources spread over the cells near it.

A cylinder of radius r_p drives a field u with flux density -κ grad u (heat: u = T, κ = k; current: u = V, κ = σ).
Around a long needle u is logarithmic, so the flux per length is 2πκ (u_p - ū) / ln(r*/r_p), where ū is the mean of u
under the kernel that also spreads the source, and r* is the radius at which the exact field has that mean. For a
Gaussian kernel of widths s₁, s₂ across the needle the mean of the logarithm is known in closed form,

    ln r* = ln(s₁ + s₂) - γ/2 - δ,   δ = (1/2π) ∮ Σᵢ hᵢ² uᵢ⁴ / (24 Σᵢ σᵢ² uᵢ²) dθ

with γ Euler's constant, u the unit vectors across the needle, and δ what the lattice of spacing h adds to its own
Green's function at second order (Peaceman's equivalent radius is the same idea for a source in one cell). Nothing is
fitted: any angle, any place between voxel centres, any anisotropy of the voxels.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

WIDTH_CELLS = 0.8
"""Kernel width in voxels: narrower and the lattice shows, wider and the field near the needle is blurred further."""

WIDTH_RADII = 1.1
"""Kernel width in needle radii, at least: r* stays 1.6 times the radius or more, so ln(r*/r_p) stays clear of zero."""

REACH_WIDTHS = 3.5
"""Where the kernel is cut off; 0.7 % of a Gaussian lies beyond and is put back in proportion."""

STEP_WIDTHS = 0.75
"""Distance of neighbouring nodes in kernel widths: the sum of Gaussians is then smooth to round-off."""

EULER = float(np.euler_gamma)


@dataclass(frozen=True, slots=True)
class Needle:
    """The active part of a needle: a straight cylinder, in metres from the centre of voxel ``[0, 0, 0]`` along i, j, k.

    ``film_w_m2k`` is the heat transfer between what is held and the tissue (Robin); infinite: the surface is held.
    """

    start_m: tuple[float, float, float]
    end_m: tuple[float, float, float]
    radius_m: float
    film_w_m2k: float = inf

    def __post_init__(self) -> None:
        if not np.isfinite([*self.start_m, *self.end_m, self.radius_m]).all() or self.radius_m <= 0:
            raise ValueError("a needle needs finite ends and a positive radius")
        if self.length_m <= 0:
            raise ValueError("a needle's ends must differ")
        if not self.film_w_m2k > 0:
            raise ValueError("film_w_m2k must be positive")

    @property
    def length_m(self) -> float:
        """Length of the active part."""
        return float(np.linalg.norm(np.subtract(self.end_m, self.start_m)))


@dataclass(frozen=True, slots=True, eq=False)
class LineCoupling:
    """A needle as nodes, each with cells and weights: node n owns entries ``first[n]`` to ``first[n + 1]``.

    ``cells`` are flat C-order indices, ``weights`` add up to 1 in each node, ``length_m`` is each node's share of the
    needle. Per unit of κ a node conducts ``2π length_m / log_ratio`` to the weighted mean of its cells. Nodes outside
    the grid are left out.
    """

    first: NDArray[np.int64]
    cells: NDArray[np.int64]
    weights: Floats
    length_m: Floats
    log_ratio: float

    @property
    def conductance_m(self) -> Floats:
        """Conductance of each node per unit of κ (times W/mK: W/K; times S/m: S), ``(nodes,)``."""
        return np.asarray(2 * np.pi * self.length_m / self.log_ratio)


def kernel_widths_m(radius_m: float, spacing_m: ArrayLike) -> Floats:
    """Standard deviations of the kernel along i, j, k."""
    return np.asarray(np.maximum(WIDTH_CELLS * np.asarray(spacing_m, dtype=float), WIDTH_RADII * radius_m))


def equivalent_radius_m(direction: ArrayLike, widths_m: ArrayLike, spacing_m: ArrayLike) -> float:
    """The radius r* at which a line's field equals its mean under the kernel on the lattice; see the module."""
    along = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    width, spacing = np.asarray(widths_m, dtype=float), np.asarray(spacing_m, dtype=float)
    across = np.linalg.svd(along[None])[2][1:]
    s1, s2 = np.sqrt(np.linalg.eigvalsh(across * width**2 @ across.T))
    angle = (np.arange(64) + 0.5) * np.pi / 64
    unit = np.cos(angle)[:, None] * across[0] + np.sin(angle)[:, None] * across[1]
    lattice = np.mean((spacing**2 * unit**4).sum(1) / (24 * (width**2 * unit**2).sum(1)))
    return float((s1 + s2) * np.exp(-EULER / 2 - lattice))


def line_coupling(needle: Needle, shape: tuple[int, int, int], spacing_m: ArrayLike) -> LineCoupling:
    """The cells and weights that couple a needle to a lattice of ``shape`` voxels of ``spacing_m`` (3,).

    Reference: Peaceman 1978 for the equivalent radius of a well in a grid; the Gaussian form is derived above.
    """
    spacing = np.broadcast_to(np.asarray(spacing_m, dtype=float), 3)
    start, end = np.asarray(needle.start_m), np.asarray(needle.end_m)
    widths = kernel_widths_m(needle.radius_m, spacing)
    count = max(1, int(np.ceil(needle.length_m / (STEP_WIDTHS * widths.min()))))
    nodes = start + (np.arange(count) + 0.5)[:, None] / count * (end - start)
    inside = np.all((nodes / spacing >= -0.5) & (nodes / spacing <= np.array(shape) - 0.5), axis=1)
    found = [_spread(node, widths, shape, spacing) for node in nodes[inside]]
    sizes = [len(cells) for cells, _ in found]
    radius = equivalent_radius_m(end - start, widths, spacing)
    return LineCoupling(
        first=np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64),
        cells=np.concatenate([cells for cells, _ in found]) if found else np.zeros(0, np.int64),
        weights=np.concatenate([weights for _, weights in found]) if found else np.zeros(0),
        length_m=np.full(len(found), needle.length_m / count),
        log_ratio=float(np.log(radius / needle.radius_m)),
    )


def _spread(
    node: Floats, widths: Floats, shape: tuple[int, int, int], spacing: Floats
) -> tuple[NDArray[np.int64], Floats]:
    """Cells near a node and their weights."""
    low = np.maximum(np.ceil((node - REACH_WIDTHS * widths) / spacing), 0).astype(int)
    high = np.minimum(np.floor((node + REACH_WIDTHS * widths) / spacing) + 1, shape).astype(int)
    axes = [np.arange(first, last) for first, last in zip(low, high, strict=True)]
    square = [
        ((axis * step - place) / width) ** 2
        for axis, step, place, width in zip(axes, spacing, node, widths, strict=True)
    ]
    distance = square[0][:, None, None] + square[1][None, :, None] + square[2][None, None, :]
    near = distance <= REACH_WIDTHS**2
    flat = (axes[0][:, None, None] * shape[1] + axes[1][None, :, None]) * shape[2] + axes[2][None, None, :]
    weights = np.exp(-0.5 * distance[near])
    return flat[near].astype(np.int64), weights / weights.sum()
