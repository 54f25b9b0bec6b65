"""True torsional rigidity of a section: Saint-Venant's problem with the warping that it needs.

A bar that twists evenly warps by φ(x, y) per unit twist, ``∇·(G ∇φ) = 0`` inside, ``G ∂φ/∂n = G (y n_x - x n_y)`` at
every surface, and

    GJ = ∫ G (x² + y²) dA - ∫ G (y ∂φ/∂x - x ∂φ/∂y) dA

The polar sum is the first term alone: right for round sections, blind to a slit. Bilinear squares, solved directly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve

Floats = NDArray[np.float64]

REGULAR = 1e-12
"""Numerical, ours: added to the diagonal, relative to its greatest: warping is known up to a constant a piece."""

SQUARE = (
    np.array([[4.0, -1.0, -2.0, -1.0], [-1.0, 4.0, -1.0, -2.0], [-2.0, -1.0, 4.0, -1.0], [-1.0, -2.0, -1.0, 4.0]]) / 6.0
)
"""Laplace's matrix of a bilinear square, corners in turn."""

CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])


def torsional_rigidity(shear_modulus: NDArray[np.floating], pixel_mm: float) -> float:
    """GJ of a section in the units of the modulus times mm⁴; 0 for an empty one.

    ``shear_modulus`` ``(nx, ny)`` on square pixels: 0 outside, the mean over the pixel where one is cut. Exact for a
    round bar in the limit; error in proportion to the square of the pixel where surfaces follow pixels. Raises
    ``ValueError`` for moduli that are negative or not finite.
    """
    g = np.asarray(shear_modulus, dtype=float)
    if g.ndim != 2 or not np.isfinite(g).all() or (g < 0).any() or not pixel_mm > 0:
        raise ValueError("shear moduli: two axes, finite and not negative, on pixels of positive size")
    pixels = np.argwhere(g > 0)
    if not len(pixels):
        return 0.0
    stiff = g[tuple(pixels.T)]
    centre = (pixels + 0.5) * pixel_mm
    centre -= np.average(centre, axis=0, weights=stiff)  # any origin gives the same; this one loses no digits
    x, y = centre.T
    polar = float(np.sum(stiff * (x**2 + y**2 + pixel_mm**2 / 6.0)) * pixel_mm**2)
    sign = 2.0 * CORNERS - 1.0
    force = 0.5 * pixel_mm * stiff[:, None] * (np.outer(y, sign[:, 0]) - np.outer(x, sign[:, 1]))
    node = (pixels[:, None, 0] + CORNERS[:, 0]) * (g.shape[1] + 1) + pixels[:, None, 1] + CORNERS[:, 1]
    used, unknown = np.unique(node, return_inverse=True)
    unknown = unknown.reshape(node.shape)
    load = np.bincount(unknown.ravel(), weights=force.ravel(), minlength=len(used))
    values = (stiff[:, None, None] * SQUARE).ravel()
    rows, columns = np.repeat(unknown, 4, axis=1).ravel(), np.tile(unknown, (1, 4)).ravel()
    matrix = sparse.coo_matrix((values, (rows, columns)), shape=(len(used),) * 2).tocsc()
    matrix += sparse.identity(len(used), format="csc") * (REGULAR * float(matrix.diagonal().max()))
    warping = spsolve(matrix, load)
    return polar - float(warping @ load)
