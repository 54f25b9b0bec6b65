"""Spheres: even directions, and the sphere through points of which some lie elsewhere."""

from __future__ import annotations

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


def fit_sphere(points_mm: ArrayLike, weights: ArrayLike | None = None, steps: int = 8) -> tuple[Points, float]:
    """Centre and radius of least squared distance from weighted points ``(n, 3)`` to the surface.

    The algebraic fit starts, Gauss-Newton on the distances finishes. ``ValueError`` for fewer than four points.
    """
    points = np.asarray(points_mm, dtype=float)
    if len(points) < 4:
        raise ValueError(f"a sphere needs at least four points, got {len(points)}")
    root = np.sqrt(np.ones(len(points)) if weights is None else np.asarray(weights, dtype=float))
    middle = points.mean(axis=0)
    shifted = points - middle
    design = np.column_stack([2.0 * shifted, np.ones(len(points))])
    solved = np.linalg.lstsq(design * root[:, None], np.sum(shifted**2, axis=1) * root, rcond=None)[0]
    centre, radius = solved[:3], float(np.sqrt(max(solved[3] + solved[:3] @ solved[:3], 1e-12)))
    for _ in range(steps):
        away = shifted - centre
        apart = np.maximum(np.linalg.norm(away, axis=1), 1e-9)
        slope = np.column_stack([-away / apart[:, None], -np.ones(len(points))])
        change = np.linalg.lstsq(slope * root[:, None], -(apart - radius) * root, rcond=None)[0]
        centre, radius = centre + change[:3], radius + float(change[3])
    return middle + centre, radius


def fit_sphere_robustly(points_mm: ArrayLike, tolerance_mm: float, steps: int = 12) -> tuple[Points, float, Floats]:
    """The sphere most points lie on, and each point's distance to it (positive outside).

    Points are weighted down by Tukey's biweight; its width shrinks from four times ``tolerance_mm`` to twice it.
    """
    points = np.asarray(points_mm, dtype=float)
    weights = np.ones(len(points))
    centre, radius = fit_sphere(points, weights)
    for step in range(steps):
        off = np.linalg.norm(points - centre, axis=1) - radius
        width = tolerance_mm * max(2.0, 4.0 - 4.0 * step / steps)
        weights = np.maximum(1.0 - (off / width) ** 2, 0.0) ** 2
        if np.count_nonzero(weights) < 4:
            break
        centre, radius = fit_sphere(points, weights, steps=2)
    return centre, radius, np.linalg.norm(points - centre, axis=1) - radius
