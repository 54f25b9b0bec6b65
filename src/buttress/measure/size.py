"""How large a lesion is: diameters and volume, with what half a voxel of boundary makes of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.distance import longest_chord, voxel_corners_mm
from buttress.numerics.grid import Grid, Points
from buttress.records.findings import Measure
from buttress.records.image import Mask

DRAFT_SHORTFALL = 0.6
"""Ours: drafts of lesions drawn into real shafts held up to 59 % less than was drawn (docs/validation/measure.md);
marrow gives a lesion no edge."""


def measure_size(lesion: Mask) -> tuple[Measure, Measure, Measure]:
    """Longest diameter, longest diameter across it, and volume.

    A diameter is the longest chord between voxel centres plus one voxel along it (the boundary lies half a voxel beyond
    the last centre on average); ``low`` is the chord between centres, ``high`` between outer corners. The volume's
    interval moves the whole surface by half a voxel.
    """
    lesion = lesion.cropped(lesion.box())
    shell = lesion.inside & ~ndimage.binary_erosion(lesion.inside)
    centres, corners = lesion.grid.to_mm(np.argwhere(shell)), voxel_corners_mm(lesion.inside, lesion.grid)
    _, start, stop = longest_chord(corners)
    along = (stop - start) / np.linalg.norm(stop - start)
    longest = _diameter(centres, corners, lesion.grid, "")
    across = [points - (points @ along)[:, None] * along for points in (centres, corners)]
    orthogonal = _diameter(across[0], across[1], lesion.grid, "seen along the longest diameter")
    # The voxel added along a chord may be longer across than along: of a few voxels the order could turn over.
    if longest.value is not None and orthogonal.value is not None:
        longest = longest.model_copy(update={"value": max(longest.value, orthogonal.value)})
    return longest, orthogonal, _volume(lesion)


def widen_draft(volume: Measure) -> Measure:
    """The volume of a lesion drafted from one point: its interval reaches as far as drafts have fallen short."""
    if volume.value is None or volume.high is None:
        return volume
    return volume.model_copy(
        update={
            "high": max(volume.high, volume.value / (1.0 - DRAFT_SHORTFALL)),
            "method": f"{volume.method}; upper end: drafts from one point were up to {DRAFT_SHORTFALL:.0%} short",
        }
    )


def _diameter(centres: Points, corners: Points, grid: Grid, note: str) -> Measure:
    chord = _spread_chord(centres)[0]
    edge, first, last = _spread_chord(corners)
    direction = (last - first) / edge
    voxel = _voxel_along(grid, direction)
    middle = (first + last) / 2
    return Measure(
        value=min(chord + voxel, edge),
        low=chord,
        high=edge,
        unit="mm",
        at_mm=(float(middle[0]), float(middle[1]), float(middle[2])),
        where="whole lesion",
        method="longest chord of the lesion mask (maximum Feret diameter); interval: voxel centres to outer corners",
        note=note,
    )


def _spread_chord(points: Points) -> tuple[float, Points, Points]:
    """Longest chord, also of points that lie in one plane (projected ones)."""
    centred = points - points.mean(axis=0)
    _, size, axes = np.linalg.svd(centred, full_matrices=False)
    rank = max(1, int(np.sum(size > 1e-6 * max(size[0], 1e-12))))
    if rank == 1:
        along = centred @ axes[0]
        ends = int(along.argmin()), int(along.argmax())
        return float(np.ptp(along)), points[ends[0]], points[ends[1]]
    length, start, stop = longest_chord(centred @ axes[:rank].T)
    mean = points.mean(axis=0)
    return length, mean + start @ axes[:rank], mean + stop @ axes[:rank]


def _voxel_along(grid: Grid, direction: NDArray[np.float64]) -> float:
    """Voxel size along a direction: between the three edge lengths, weighted by the direction."""
    return float(np.sum((grid.directions.T @ direction) ** 2 * grid.spacing_mm))


def _volume(lesion: Mask) -> Measure:
    inside, spacing = np.pad(lesion.inside, 1), lesion.grid.spacing_mm
    shift_ml = 0.0
    for axis in range(3):
        faces = int(np.sum(np.diff(inside.astype(np.int8), axis=axis) != 0))
        # 2/3 of the voxel faces' area is the area of a sphere (a surface element shows 3/2 of its area in faces)
        shift_ml += 2 / 3 * faces * float(np.prod(spacing)) / 2 / 1000
    volume = lesion.volume_ml
    return Measure(
        value=volume,
        low=max(0.0, volume - shift_ml),
        high=volume + shift_ml,
        unit="ml",
        where="whole lesion",
        method="voxels of the lesion mask; interval: surface moved by half a voxel inwards and outwards",
    )
