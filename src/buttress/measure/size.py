"""How large a lesion is: diameters and volume, with what half a voxel of boundary makes of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull

from buttress.numerics.distance import longest_chord, voxel_corners_mm
from buttress.numerics.grid import Grid, Points
from buttress.records.findings import Measure
from buttress.records.image import Mask

RIVAL_VOXELS = 1.0
"""Ours: chords this many voxels short of the longest may be the longest one in truth; a lesion as wide as it is long
has many, and the diameter across differs from one to the next."""
DRAFT_BEYOND = 1.2
"""Ours: a draft ends at the bone's surface; across, a lesion that goes beyond it is wider by up to this."""
RIVALS = 40
"""Ours: as many of them are tried, evenly over their lengths."""


def measure_size(lesion: Mask) -> tuple[Measure, Measure, Measure]:
    """Longest diameter, longest diameter across it, and volume.

    A diameter is the longest chord between voxel centres plus one voxel along it (the boundary lies half a voxel beyond
    the last centre on average); ``low`` is the chord between centres, ``high`` between outer corners. The diameter
    across is the longest chord of the lesion seen along the longest one; its interval also holds what it would be
    across every other chord that may be the longest. The volume's interval moves the whole surface by half a voxel.
    """
    lesion = lesion.cropped(lesion.box())
    shell = lesion.inside & ~ndimage.binary_erosion(lesion.inside)
    centres, corners = lesion.grid.to_mm(np.argwhere(shell)), voxel_corners_mm(lesion.inside, lesion.grid)
    longest = _diameter(centres, corners, lesion.grid, "")
    orthogonal = _across(centres, corners, lesion.grid)
    # The voxel added along a chord may be longer across than along: of a few voxels the order could turn over.
    if longest.value is not None and orthogonal.value is not None:
        longest = longest.model_copy(update={"value": max(longest.value, orthogonal.value)})
    return longest, orthogonal, _volume(lesion)


def measure_inside(lesion: Mask, bone: Mask, whole: Measure) -> Measure:
    """Volume of the lesion inside the restored bone; the interval of the ``whole`` volume, in the same proportion."""
    box = lesion.box()
    inside = float(np.sum(lesion.inside[box] & bone.inside[box]) * lesion.grid.voxel_volume_ml)
    if whole.value is None or whole.low is None or whole.high is None:
        return Measure.missing(whole.note, unit="ml")
    share = inside / whole.value
    return Measure(
        value=inside,
        low=whole.low * share,
        high=whole.high * share,
        unit="ml",
        where="whole lesion",
        method="voxels of the lesion mask inside the restored surface of the bone; interval: as of the whole volume",
    )


def widen_draft(
    size: tuple[Measure, Measure, Measure], width: Measure, volume_ml: tuple[float, float] | None
) -> tuple[Measure, Measure, Measure, Measure]:
    """Diameters, volume and width fraction of a drafted lesion with the volumes (low, high, ml) that it may have.

    The ends of a length's interval move as the cube root of the volume. ``None``: a given mask, nothing to widen.
    """
    longest, orthogonal, volume = size
    if volume_ml is None or not volume.value:
        return longest, orthogonal, volume, width
    less, more = ((ml / volume.value) ** (1 / 3) for ml in volume_ml)
    ends = ((longest, more), (orthogonal, more * DRAFT_BEYOND))
    lengths = [_widened(one, less * (one.low or 0.0), most * (one.high or 0.0)) for one, most in ends]
    wide = _widened(width, less * (width.low or 0.0), min(1.0, more * (width.high or 0.0)))
    return lengths[0], lengths[1], _widened(volume, *volume_ml), wide


def _widened(measure: Measure, low: float, high: float) -> Measure:
    if measure.status != "measured" or measure.low is None or measure.high is None:
        return measure
    return measure.model_copy(
        update={
            "low": min(measure.low, low),
            "high": max(measure.high, high),
            "method": measure.method + "; widened to what the draft's evidence leaves room for",
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


def _across(centres: Points, corners: Points, grid: Grid) -> Measure:
    """The longest chord across the longest one, its interval over all chords that a voxel could make longest."""
    _, start, stop = longest_chord(corners)
    along = (stop - start) / np.linalg.norm(stop - start)
    flat = [points - (points @ along)[:, None] * along for points in (centres, corners)]
    across = _diameter(flat[0], flat[1], grid, "seen along the longest diameter")
    if across.value is None or across.low is None or across.high is None:
        return across
    others = _widths_across(corners, RIVAL_VOXELS * _voxel_along(grid, along))
    if len(others) == 0:
        return across
    inner = across.high - across.low
    return across.model_copy(
        update={
            "low": max(0.0, min(across.low, float(others.min()) - inner)),
            "high": max(across.high, float(others.max())),
            "method": f"{across.method}; and over the other chords as long to {RIVAL_VOXELS:g} voxel",
        }
    )


def _widths_across(corners: Points, tolerance_mm: float) -> NDArray[np.float64]:
    """Longest chord across each chord that is within ``tolerance_mm`` of the longest, mm."""
    hull = corners[ConvexHull(corners).vertices]
    first, second = np.triu_indices(len(hull), 1)
    chords = hull[second] - hull[first]
    lengths = np.linalg.norm(chords, axis=1)
    rivals = np.flatnonzero(lengths >= lengths.max() - tolerance_mm)
    rivals = rivals[np.argsort(lengths[rivals])[::-1]]
    rivals = rivals[np.linspace(0, len(rivals) - 1, min(RIVALS, len(rivals))).astype(int)]
    along = chords[rivals] / lengths[rivals, None]
    return np.array([np.sqrt(np.max(lengths**2 - (chords @ way) ** 2)) for way in along])


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
