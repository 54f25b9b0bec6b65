"""The other side of the body, mirrored and laid over the lesion's bone: what the bone may have been before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from buttress.measure.bone import RestoredShaft
from buttress.numerics.grid import Grid, Points
from buttress.numerics.resample import sample
from buttress.numerics.sections import polar_points
from buttress.records.image import Volume

Floats = NDArray[np.float64]

TISSUE_HU = (-150.0, 1200.0)
"""Ours: fat to cortex; air, streaks and the densest cortex should not steer."""
COARSE_MM = 1.6
"""Ours: edge of the averaged voxels that are matched; a third of a cortex is enough, the plate finds its own face."""
BLURS_MM = (4.0, 1.6)
"""Ours: standard deviations of the two rounds: wide finds its way, narrow settles."""
SEARCH_MM, SEARCH_STEP_MM = 60.0, 6.0
"""Ours: legs on a table lie this far from mirroring each other, across and from front to back."""
SHIFTS_MM = (-24.0, -12.0, 0.0, 12.0, 24.0)
"""Ours: and this far along the table."""
STARTS = 4
OUTSIDE_MM, INSIDE_MM = 6.0, 11.0
"""Ours: what is matched lies this far outside and inside of the bone's surface."""
LEAST_IN_VIEW = 0.95
LEAST_ALIKE = 0.85
"""Ours: correlation of the two sides' HU beside the lesion. Drawn twins give 1.0; not measured on two real shafts."""
LEAST_OFF_MM = 12.0
"""Ours: a match nearer to the middle of the body than this may be the lesion's own bone."""
METAL_HU = 2500.0
LEAST_METAL_ML = 0.1
"""Ours: a screw; single bright voxels are calcified vessels or noise."""


@dataclass(frozen=True, slots=True, eq=False)
class OtherSide:
    """The whole CT mirrored and moved so that the other side's bone lies on the lesion's (no voxel is resampled), and
    the correlation of the two bones' HU at the sound levels beside the lesion.
    """

    ct: Volume
    alike: float


def lay_other_side(ct: Volume, shaft: RestoredShaft) -> OtherSide | str:
    """Mirror the CT at the body's middle and lay the other bone over this one, or say why that cannot be trusted.

    Rigid; HU at the sound levels about the surface are matched, coarse to fine, by least squares. Levels of the lesion
    have no part in it.
    """
    points = _points(shaft)
    if len(points) < 200:
        return "too little sound bone beside the lesion to match the other side with"
    middle_x = _middle_mm(ct, points)
    mirrored = mirror(ct, middle_x)
    window = _around(mirrored.grid, points, SEARCH_MM + 10.0)
    if window is None:
        return "the other side is not in view"
    if _metal(mirrored, window, points, middle_x):
        return "there is metal on the other side"
    own = _coarse(ct, _around(ct.grid, points, 10.0) or window)
    other = _coarse(mirrored, window)
    centre = points.mean(axis=0)
    move = _match(own, other, points, centre)
    there = _moved(points, centre, move)
    if np.mean(mirrored.grid.contains(there)) < LEAST_IN_VIEW:
        return "the other side is not in view at the lesion's levels"
    if (centre[0] - middle_x) * (there.mean(axis=0)[0] - middle_x) < LEAST_OFF_MM * abs(centre[0] - middle_x):
        return "the other side is not in view: only the lesion's own bone fits its mirrored self"
    seen = [sample(v.values, v.grid, at, outside=0.0) for v, at in ((own, points), (other, there))]
    alike = float(np.corrcoef(seen[0], seen[1])[0, 1])
    if not alike >= LEAST_ALIKE:
        return f"the other side does not match (correlation {alike:.2f}, at least {LEAST_ALIKE:.2f} is asked)"
    return OtherSide(
        Volume(Grid(mirrored.grid.shape, _back(centre, move) @ mirrored.grid.affine), mirrored.values), alike
    )


def mirror(ct: Volume, middle_x_mm: float) -> Volume:
    """The CT mirrored left to right at the plane ``x = middle_x_mm`` (LPS); the same voxels in another order."""
    flip, reflect = np.eye(4), np.diag([-1.0, 1.0, 1.0, 1.0])
    flip[0, 0], flip[0, 3] = -1.0, ct.grid.shape[0] - 1
    reflect[0, 3] = 2.0 * middle_x_mm
    return Volume(Grid(ct.grid.shape, reflect @ ct.grid.affine @ flip), ct.values[::-1])


def _points(shaft: RestoredShaft) -> Points:
    """Points about the surface at sound levels, ``(n, 3)``."""
    arc = shaft.bone.curve.arc_mm
    sound = shaft.sound & ((arc < shaft.affected_mm[0]) | (arc > shaft.affected_mm[1]))
    depths = np.arange(-OUTSIDE_MM, INSIDE_MM, 2.0)
    radii = np.maximum(shaft.radius_mm[:, ::6, None] - depths, 0.0)
    return polar_points(shaft.bone.curve, shaft.angles_rad[::6], radii)[np.flatnonzero(sound)[::2]].reshape(-1, 3)


def _middle_mm(ct: Volume, points: Points) -> float:
    """Middle of the body from side to side at the bone's levels, or of the images where the body is cut off; LPS x."""
    low, high = np.sort(ct.grid.to_index(points)[:, 2])[[0, -1]]
    levels = slice(max(0, int(low)), max(1, int(high) + 1), max(1, int(high - low) // 20))
    step = max(1, round(3.0 / float(ct.grid.spacing_mm[0])))
    slab = ct.values[::step, ::step, levels] > -300.0
    index = np.argwhere(ndimage.binary_opening(slab, np.ones((3, 3, 1))))
    if len(index) == 0:
        index = np.argwhere(np.ones(slab.shape, dtype=bool))
    x = ct.grid.to_mm(index * [step, step, levels.step] + [0, 0, levels.start])[:, 0]
    return float(x.min() + x.max()) / 2.0


def _around(grid: Grid, points: Points, room_mm: float) -> tuple[slice, slice, slice] | None:
    """The part of a grid about points."""
    index, room = grid.to_index(points), room_mm / grid.spacing_mm
    low = np.maximum(0, np.floor(index.min(axis=0) - room)).astype(int)
    high = np.minimum(grid.shape, np.ceil(index.max(axis=0) + room).astype(int) + 1)
    if np.any(high - low < 4):
        return None
    first, second, third = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return first, second, third


def _metal(mirrored: Volume, window: tuple[slice, slice, slice], points: Points, middle_x: float) -> bool:
    """Whether the other side holds metal about where its bone would be."""
    index = np.argwhere(mirrored.values[window] > METAL_HU) + [part.start for part in window]
    if len(index) == 0:
        return False
    same_side = (mirrored.grid.to_mm(index)[:, 0] - middle_x) * (points[:, 0].mean() - middle_x) > 0
    return bool(same_side.sum() * mirrored.grid.voxel_volume_ml >= LEAST_METAL_ML)


def _coarse(volume: Volume, window: tuple[slice, slice, slice]) -> Volume:
    """Part of a CT, clipped to tissue and averaged to voxels of about ``COARSE_MM``."""
    start = [part.start for part in window]
    values = np.clip(volume.values[window], *TISSUE_HU)
    step = np.maximum(1, np.round(COARSE_MM / volume.grid.spacing_mm)).astype(int)
    shape = np.array(values.shape) // step
    values = values[tuple(slice(0, n) for n in (shape * step).tolist())]
    blocks = values.reshape([n for pair in zip(shape.tolist(), step.tolist(), strict=True) for n in pair])
    affine = volume.grid.affine.copy()
    affine[:3, 3] = volume.grid.to_mm(np.array(start) + (step - 1) / 2)
    affine[:3, :3] = affine[:3, :3] * step
    i, j, k = shape.tolist()
    return Volume(Grid((i, j, k), affine), blocks.mean(axis=(1, 3, 5)).astype(np.float32))


def _match(own: Volume, other: Volume, points: Points, centre: Points) -> Floats:
    """The rigid move (rotation vector, shift in mm) that takes points of this bone to the mirrored other one."""
    starts: list[Floats] = []
    move = np.zeros(6)
    for blur in BLURS_MM:
        here, there = (_blurred(v, blur) for v in (own, other))
        wanted = sample(here.values, here.grid, points, outside=0.0)
        few = slice(None, None, max(1, len(points) // (1500 if blur == BLURS_MM[0] else 5000)))
        starts = _starts(there, points[few], wanted[few]) if blur == BLURS_MM[0] else [move]

        def left(move: Floats, there: Volume = there, wanted: NDArray[np.float32] = wanted, few: slice = few) -> Floats:
            found = sample(there.values, there.grid, _moved(points[few], centre, move), outside=TISSUE_HU[0])
            return np.asarray((found - wanted[few]) / 100.0, dtype=np.float64)

        # a rotation of 0.01 rad moves the ends of a shaft by about as much as 1 mm does
        fits = [
            least_squares(left, start, x_scale=[0.01] * 3 + [1.0] * 3, diff_step=1e-3, max_nfev=25) for start in starts
        ]
        move = np.asarray(min(fits, key=lambda fit: fit.cost).x)
    return move


def _starts(other: Volume, points: Points, wanted: NDArray[np.float32]) -> list[Floats]:
    """The best shifts of an even search, each some way from the others."""
    across = np.arange(-SEARCH_MM, SEARCH_MM + 1.0, SEARCH_STEP_MM)
    shifts = np.stack(np.meshgrid(across, across, SHIFTS_MM, indexing="ij"), axis=-1).reshape(-1, 3)
    some = slice(None, None, 5)
    there = [sample(other.values, other.grid, points[some] + shift, outside=TISSUE_HU[0]) for shift in shifts]
    cost = [float(np.mean((one - wanted[some]) ** 2)) for one in there]
    chosen: list[Floats] = []
    for k in np.argsort(cost):
        if all(np.linalg.norm(shifts[k] - one[3:]) > 2.0 * SEARCH_STEP_MM for one in chosen):
            chosen.append(np.concatenate([np.zeros(3), shifts[k]]))
        if len(chosen) == STARTS:
            break
    return chosen


def _blurred(volume: Volume, blur_mm: float) -> Volume:
    return Volume(volume.grid, ndimage.gaussian_filter(volume.values, blur_mm / volume.grid.spacing_mm, truncate=3.0))


def _moved(points: Points, centre: Points, move: Floats) -> Points:
    return np.asarray(Rotation.from_rotvec(move[:3]).apply(points - centre) + centre + move[3:])


def _back(centre: Points, move: Floats) -> Floats:
    """The 4 x 4 matrix from the mirrored other bone to this one."""
    there = np.eye(4)
    there[:3, :3] = Rotation.from_rotvec(move[:3]).as_matrix()
    there[:3, 3] = centre + move[3:] - there[:3, :3] @ centre
    return np.asarray(np.linalg.inv(there))
