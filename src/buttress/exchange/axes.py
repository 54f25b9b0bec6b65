"""Axes that no grid can have, in words: sheared, flat, or not in millimetres. For every format with an affine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buttress.records.document import ButtressError

_AXES_TOLERANCE = 1e-3  # Grid's own limit: cosines between axes
_PLAUSIBLE_SPACING_MM = (0.02, 20.0)  # ours: micro-CT to scout; outside, the unit is not the millimetre
_FARTHEST_MM = 1e6  # ours: a kilometre from the scanner


def refuse_bad_axes(affine: NDArray[np.float64], where: str) -> None:
    """Raise ``ButtressError`` for an affine (3 or 4 rows, mm) that is not finite, flat, or sheared."""
    columns = affine[:3, :3]
    spacing = np.linalg.norm(columns, axis=0)
    if not np.isfinite(affine).all() or spacing.min() <= 0 or np.abs(affine[:3, 3]).max() > _FARTHEST_MM:
        raise ButtressError(
            "the header's affine is not a position in space (a voxel size of zero, or numbers that are not finite)",
            "voxel sizes in millimetres and three axes",
            "export the image again from its DICOM series",
            where=where,
        )
    cosines = (columns / spacing).T @ (columns / spacing) - np.eye(3)
    if np.abs(cosines).max() > _AXES_TOLERANCE:
        skew = 90 - np.degrees(np.arccos(min(1.0, float(np.abs(cosines).max()))))
        raise ButtressError(
            f"the image is sheared: two of its axes are {skew:.1f} degrees off square (gantry tilt looks like this)",
            "axes at right angles",
            "resample the image to a square grid first",
            where=where,
        )


def refuse_implausible_spacing(affine: NDArray[np.float64], where: str) -> None:
    """Raise ``ButtressError`` where the voxels cannot be measured in millimetres."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    low, high = _PLAUSIBLE_SPACING_MM
    if spacing.min() < low or spacing.max() > high:
        raise ButtressError(
            f"the voxels measure {' x '.join(f'{s:.4g}' for s in spacing)} mm",
            f"voxel edges between {low} and {high:g} mm",
            "check the unit of the header (metres or micrometres?)",
            where=where,
        )
