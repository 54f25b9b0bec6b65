"""A force and a moment spread over nodes: what a rigid pot would pass on, without making the end rigid."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics.grid import Points

Floats = NDArray[np.float64]

RANK = 1e-9
"""Numerical, ours: below this share of the greatest singular value the nodes lie on a line."""


def spread_load(points_mm: Points, force_n: ArrayLike, moment_n_mm: ArrayLike, about_mm: ArrayLike) -> Floats:
    """Forces at nodes ``(n, 3)`` that together are one force through ``about_mm`` and one moment, N and N·mm.

    Of all forces that do so the ones of least squares are returned: linear over the nodes, as pressure under a plate.
    ``points_mm`` ``(n, 3)``. Raises ``ValueError`` where fewer than three nodes, or all on a line, cannot
    take a moment.
    """
    arms = np.asarray(points_mm, dtype=float) - np.asarray(about_mm, dtype=float)
    size = max(float(np.abs(arms).max(initial=0.0)), 1e-12)
    motions = rigid_motions(arms / size)
    gram = motions @ motions.T
    values = np.linalg.eigvalsh(gram)
    if len(arms) < 3 or values[0] < RANK * values[-1]:
        raise ValueError(f"{len(arms)} nodes on a line or a point cannot take a moment")
    wanted = np.concatenate([np.asarray(force_n, dtype=float), np.asarray(moment_n_mm, dtype=float) / size])
    return np.asarray((motions.T @ np.linalg.solve(gram, wanted)).reshape(-1, 3))


def rigid_motions(arms: Points) -> Floats:
    """The six rigid motions of points ``(n, 3)``, three shifts and three turns about the origin, ``(6, 3 n)``."""
    shifts = np.broadcast_to(np.eye(3)[:, None, :], (3, len(arms), 3))
    turns = np.cross(np.eye(3)[:, None, :], arms[None, :, :])
    return np.concatenate([shifts, turns]).reshape(6, -1)
