"""The faces of a bone: which way about its axis lies anterior, medial and so on, for this side of the patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics.curve import Curve
from buttress.records.case import Side
from buttress.records.unrolled import UnrolledCortex


def faces_of(cortex: UnrolledCortex, level: int, side: Side | None) -> tuple[tuple[str, float], ...]:
    """The bone's four faces at a level: words, and angles about its axis in radians.

    Faces look along the patient's two axes that lie most across the bone. Medial and lateral for a bone of the left or
    right; left and right where the side is not known or midline.
    """
    along = np.cross(cortex.u[level], cortex.v[level])
    left = {"left": "lateral", "right": "medial"}.get(side or "", "left")
    right = {"left": "medial", "right": "lateral"}.get(side or "", "right")
    pairs = ((left, right), ("posterior", "anterior"), ("superior", "inferior"))
    kept = sorted(range(3), key=lambda axis: abs(along[axis]))[:2]
    return tuple(
        (word, cortex.angle_towards(sign * np.eye(3)[axis], level))
        for axis in sorted(kept)
        for word, sign in zip(pairs[axis], (1.0, -1.0), strict=True)
    )


def place_on(cortex: UnrolledCortex, points_mm: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Arc length and angle (in [0, 2π)) of points ``(..., 3)``, LPS mm, on the unrolled cortex."""
    axis = Curve(cortex.points_mm, cortex.arc_mm, np.cross(cortex.u, cortex.v), cortex.u, cortex.v)
    return axis.arc_of(points_mm), axis.angle_of(points_mm)
