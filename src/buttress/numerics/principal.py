"""Principal values of many symmetric tensors at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def principal_ends(tensors: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Greatest and least principal value of strains or stresses ``(6, …)``, ``(…)`` each.

    Order xx, yy, zz, xy, yz, zx; tensor components, so that engineering shears are to be halved first. Closed form by
    the angle of the deviator's third invariant; its error is a few units in the last place of the greatest component.
    """
    xx, yy, zz, xy, yz, zx = tensors
    mean = (xx + yy + zz) / 3.0
    a, b, c = xx - mean, yy - mean, zz - mean
    spread = np.sqrt((a * a + b * b + c * c + 2.0 * (xy * xy + yz * yz + zx * zx)) / 6.0)
    third = a * (b * c - yz * yz) - xy * (xy * c - yz * zx) + zx * (xy * yz - b * zx)
    size = np.where(spread > 0.0, spread, 1.0)
    angle = np.arccos(np.clip(third / (2.0 * size**3), -1.0, 1.0)) / 3.0
    return mean + 2.0 * spread * np.cos(angle), mean + 2.0 * spread * np.cos(angle + 2.0 * np.pi / 3.0)
