"""True torsional rigidity of bone sections that are unrolled about the bone's axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.warping import torsional_rigidity

Floats = NDArray[np.float64]

PIXEL_MM = 0.5
PIXELS = 56
"""Ours: sections are laid on pixels of half a millimetre, wider where more than so many would cross the bone."""

POINTS = 3
"""Ours: a pixel is the mean of so many points each way, so that a surface that cuts it counts by its share."""

OPEN_SHARE = 0.35
"""Ours: a section counts as open where its true torsional rigidity kept less than this share of what its polar sum
kept. A slit leaves a tenth or less of that; a wall thinned to a fifth over a twelfth of the way round leaves half."""


def true_torsion(modulus: NDArray[np.floating], radius_mm: Floats) -> Floats:
    """Saint-Venant's torsional rigidity of each level ``(levels,)``, in units of the modulus times mm⁴.

    ``modulus`` ``(levels, angles, shares)`` and ``radius_mm`` ``(levels, angles)`` as for ``section_rigidity``; with
    one Poisson's ratio throughout, shear modulus and modulus are proportional and ratios are the same.
    """
    return np.array([_of_one(level, radius) for level, radius in zip(modulus, radius_mm, strict=True)])


def _of_one(modulus: NDArray[np.floating], radius_mm: Floats) -> float:
    reach = float(radius_mm.max())
    pixel = max(PIXEL_MM, 2.0 * reach / PIXELS)
    count = int(np.ceil(reach / pixel)) + 1
    at = ((np.arange(2 * count * POINTS) + 0.5) / POINTS - count) * pixel
    x, y = np.meshgrid(at, at, indexing="ij")
    angles, shares = modulus.shape
    angle = np.mod(np.rint(np.arctan2(y, x) / (2 * np.pi) * angles).astype(int), angles)
    share = np.hypot(x, y) / radius_mm[angle]
    inside = share < 1.0
    values = np.where(inside, modulus[angle, np.minimum((share * shares).astype(int), shares - 1)], 0.0)
    return torsional_rigidity(values.reshape(2 * count, POINTS, 2 * count, POINTS).mean(axis=(1, 3)), pixel)


def is_open(true_ratio: float, polar_ratio: float) -> bool:
    """Whether a section has been slit open: its true torsional rigidity fell far more than its polar sum.

    Both ratios are over the same section healed.
    """
    return true_ratio < OPEN_SHARE * polar_ratio
