"""How much of the bone's width a lesion takes in a section (the diameter basis of Mirels' size)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buttress.measure.bone import RestoredShaft
from buttress.measure.place import section_name
from buttress.numerics.sections import sample_planes
from buttress.records.findings import Measure
from buttress.records.image import Mask

VIEWS = np.radians(np.arange(0.0, 180.0, 5.0))
"""Directions across the bone, as radiographs from all around would look at it."""


def measure_width(shaft: RestoredShaft, lesion: Mask) -> Measure:
    """Largest ratio of lesion width to bone width over sections and views.

    ``low`` is the median over the views of that section (another radiograph could show it), ``high`` adds half a voxel
    on each side of the lesion.
    """
    curve, offsets = shaft.bone.curve, shaft.bone.offsets_mm
    levels = np.flatnonzero((curve.arc_mm >= shaft.affected_mm[0]) & (curve.arc_mm <= shaft.affected_mm[1]))
    share = sample_planes(lesion.inside, lesion.grid, curve, offsets, outside=0.0)[levels]
    best: tuple[float, float, int, float] | None = None
    for row, level in enumerate(levels.tolist()):
        inside = (share[row] >= 0.5) & (shaft.depth_mm[level] > 0)
        if not inside.any():
            continue
        bone_widths = _widths(shaft.depth_mm[level] > 0, offsets)
        ratios = _widths(inside, offsets) / bone_widths
        view = int(ratios.argmax())
        if best is None or ratios[view] > best[0]:
            best = float(ratios[view]), float(np.median(ratios)), level, float(bone_widths[view])
    if best is None:
        return Measure.missing("no lesion voxel lies inside the bone's sections", unit="1")
    ratio, median, level, width_mm = best
    half_voxels = float(lesion.grid.spacing_mm.mean()) / width_mm
    x, y, z = curve.points_mm[level]
    return Measure(
        value=min(1.0, ratio),
        low=min(1.0, ratio, median),
        high=min(1.0, ratio + half_voxels),
        unit="1",
        at_mm=(float(x), float(y), float(z)),
        where=section_name(float(curve.arc_mm[level]), (x, y, z), lesion.grid),
        method="lesion width over bone width in the worst view; interval: median view, half a voxel more each side",
    )


def _widths(inside: NDArray[np.bool_], offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Extent of a section's pixels seen from each of ``VIEWS``, mm."""
    rows, columns = np.nonzero(inside)
    across = np.cos(VIEWS)[:, None] * offsets[rows] + np.sin(VIEWS)[:, None] * offsets[columns]
    return np.asarray(np.ptp(across, axis=1) + (offsets[1] - offsets[0]))
