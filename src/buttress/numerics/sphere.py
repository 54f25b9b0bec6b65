"""Spheres: even directions, and the sphere through points of which some lie elsewhere."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics.grid import Points

Floats = NDArray[np.float64]


def even_directions(n: int) -> Points:
    """``n`` unit vectors spread evenly over the sphere (Fibonacci lattice), ``(n, 3)``."""
    k = np.arange(n) + 0.5
    z = 1.0 - 2.0 * k / n
    turn = np.pi * (1.0 + np.sqrt(5.0)) * k
    level = np.sqrt(1.0 - z**2)
    return np.stack([level * np.cos(turn), level * np.sin(turn), z], axis=-1)


def fit_sphere(points_mm: ArrayLike, steps: int = 8) -> tuple[Points, float]:
    """Centre and radius of least squared distance from points ``(n, 3)`` to the surface.

    The algebraic fit starts, Gauss-Newton on the distances finishes. ``ValueError`` for fewer than four points.
    """
    points = np.asarray(points_mm, dtype=float)
    if len(points) < 4:
        raise ValueError(f"a sphere needs at least four points, got {len(points)}")
    middle = points.mean(axis=0)
    shifted = points - middle
    design = np.column_stack([2.0 * shifted, np.ones(len(points))])
    solved = np.linalg.lstsq(design, np.sum(shifted**2, axis=1), rcond=None)[0]
    radius = float(np.sqrt(max(solved[3] + solved[:3] @ solved[:3], 1e-12)))
    centre, radius = _refined(shifted, np.ones(len(points)), solved[:3].copy(), radius, steps)
    return middle + centre, radius


@numba.njit(cache=True)
def _refined(points: Floats, weights: Floats, centre: Floats, radius: float, steps: int) -> tuple[Floats, float]:
    """Gauss-Newton steps on the weighted distances to the sphere, by the normal equations of its four unknowns."""
    row = np.ones(4)
    for _ in range(steps):
        normal, wanted = np.zeros((4, 4)), np.zeros(4)
        for n in range(len(points)):
            x, y, z = points[n, 0] - centre[0], points[n, 1] - centre[1], points[n, 2] - centre[2]
            apart = max(np.sqrt(x * x + y * y + z * z), 1e-9)
            row[0], row[1], row[2] = x / apart, y / apart, z / apart
            for i in range(4):
                wanted[i] += weights[n] * (apart - radius) * row[i]
                for j in range(4):
                    normal[i, j] += weights[n] * row[i] * row[j]
        # a trace of damping keeps points in one plane solvable
        change = np.linalg.solve(normal + 1e-9 * (1.0 + np.trace(normal)) * np.eye(4), wanted)
        centre, radius = centre + change[:3], radius + change[3]
    return centre, radius


def fit_sphere_robustly(points_mm: ArrayLike, tolerance_mm: float, steps: int = 12) -> tuple[Points, float, Floats]:
    """The sphere most points lie on, and each point's distance to it (positive outside).

    Points are weighted down by Tukey's biweight; its width shrinks from four times ``tolerance_mm`` to twice it.
    """
    points = np.asarray(points_mm, dtype=float)
    centre, radius = fit_sphere(points)
    for step in range(steps):
        off = np.linalg.norm(points - centre, axis=1) - radius
        width = tolerance_mm * max(2.0, 4.0 - 4.0 * step / steps)
        weights = np.maximum(1.0 - (off / width) ** 2, 0.0) ** 2
        if np.count_nonzero(weights) < 4:
            break
        centre, radius = _refined(points, weights, centre, radius, 2)
    return centre, radius, np.linalg.norm(points - centre, axis=1) - radius
