"""The sphere of a femoral or humeral head: where the ball of the joint lies, though it touches its socket.

Seen from a point inside the head, the first bright ridge on every ray is the head's own subchondral plate: the joint
space and the plate of the socket come after it. A sphere is fitted robustly to these first ridges from many starting
points deep in bone; the head is that with most ridges on it, fewest inside it and darkness beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from buttress.numerics.grid import Grid, Points
from buttress.numerics.resample import resample_box, resample_to, sample
from buttress.numerics.sphere import even_directions, fit_sphere_robustly
from buttress.records.image import Mask, Volume

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

RADIUS_MM = (18.0, 30.0)
"""Ours: bony femoral heads of adults are about 20 to 28 mm in radius, humeral heads about as large; a margin added."""
USUAL_MM = 22.0
"""Ours: a smaller ball counts for less, by its area: thick corners of the pelvis hold small balls."""
REACH_MM = 60.0
"""Ours: how far from the given point the head's centre is looked for: a lesion of the acetabulum lies nearer."""
VOXEL_MM, SMOOTH_MM = 1.5, 1.0
DEEP_MM, DEEP_HU, START_STEP_MM = 13.0, 90.0, 9.0
"""Ours: the head's middle lies this deep in filled bone (spongy bone is denser than soft tissue, and a plate surrounds
fatty marrow); from starts half a step of 9 mm away the fit still finds it."""
CLOSE_MM, CLOSE_STEP_MM = 15.0, 6.0
"""Ours: this close to the point there are few starts, and with steps of 9 mm a head cut by the
border could have none."""
KNOWN_MM = 5.0
"""Ours: a start this near to the middle of a ball already found would find it again."""
RAY_MM = np.arange(9.0, 36.01, 0.5)
RIDGE_MM, RIDGE_HU = 2.0, 45.0
"""Ours: a ridge stands this much above the mean of what lies 2 mm before and behind it; smoothed noise of the CTs at
hand (14-33 HU) is below 12 HU."""
WINDOWS_MM = (8.0, 5.0, 4.0, 3.0, 3.0, 2.5, 2.5, 2.5)
"""Ours: how far from the last sphere a first ridge may lie, round by round."""
ON_SPHERE_MM = 1.5
"""Ours: a ridge this near to the sphere belongs to it: half a slice of 3 mm."""
LEAST_ON, LEAST_SEEN = 0.15, 0.4
"""Ours: with fewer of the seen directions on the sphere, or less of it inside the images, no head is told."""
LEAST_WORTH = 0.25
"""Ours: heads looked at have 0.27 to 0.9; the thick bone of the roof, taken for a head, up to 0.24."""
GAP_MM, GAP_HU = 3.0, 100.0
"""Ours: joint space or soft tissue lies this far beyond the plate, darker by about this much or more."""
PLATE_MM = 1.0
"""Ours, from drawn hips: the outer edge lies this far beyond the blurred plate's brightest point."""
BLUR_MM = 0.6
"""Ours, from drawn hips: blur moves the steepest fall outside a thin bright plate outwards by this much."""
MOST_MOVED_MM = 6.0
FREE_WINDOWS_MM = (3.5, 3.0, 2.5, 2.5)
FREE_HU, FREE_FALL, LEAST_FREE = 130.0, 25.0, 0.12
"""Ours: where soft tissue lies 2.5 mm beyond the edge the plate stands free of the socket; with this share of all
directions free, the sphere is fitted to them alone: where plates merge, the ridge lies between them."""
FACING, NORMAL_STEP_MM = 0.9, 0.75
"""Ours: a free edge faces away from the head's middle to within 26 degrees; the flare of the neck and the slope of a
rim do not."""
DOUBT_MM, COARSE_DOUBT_MM, COARSE_MM = 2.5, 5.0, 2.0
"""Ours: how far the middle may be off along an axis. Drawn hips are found within 1 mm; with voxels above 2 mm in every
plane the plates of head and socket are one, and with metal a streak is a plate: two such heads lay 3.4 and 5 mm off
spheres through automatic labels, and 6 mm off themselves once a lesion was drawn."""
DOUBT_RADIUS_MM = 1.5
"""Ours: drawn hips are told within 0.4 mm; blur and the edge chosen add to that in real ones. Both the interval that is
printed and the doubt of the parts use it."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadSphere:
    """The ball of a joint: centre (LPS mm), radius to the outer edge of its bone, and how well it is told.

    ``residual_mm`` is the root mean square distance of its ridges to the sphere, ``coverage`` the share of the
    directions inside the images that have a ridge on it (0-1); ``note`` says what stands against it, ``doubt_mm`` how
    far the centre may be off along each axis.
    """

    centre_mm: tuple[float, float, float]
    radius_mm: float
    residual_mm: float
    coverage: float
    note: str = ""
    doubt_mm: float = DOUBT_MM


@dataclass(frozen=True, slots=True, eq=False)
class _Ball:
    """A fitted sphere through first ridges.

    ``worth`` is the share of directions on it, less twice that with a ridge well inside it, plus the fall beyond it.
    """

    centre: Points
    radius: float
    residual: float
    on: float
    worth: float
    seen: float


def fit_head_sphere(
    ct: Volume,
    near_mm: ArrayLike,
    side: Literal["left", "right"] | None = None,
    reach_mm: float = REACH_MM,
    lesion: Mask | None = None,
    least_worth: float = LEAST_WORTH,
) -> HeadSphere | None:
    """The head's sphere whose centre lies within ``reach_mm`` of a point (LPS mm), or ``None`` where none is told.

    Where several are in reach, one on the given ``side`` of the others is taken, else the best told. The radius reaches
    to the outer edge of the subchondral plate; cartilage is not included. A ray ends where it enters the ``lesion``, so
    that the wall of a round cavity is never taken for a head; a ball of which less is seen counts for less. Who knows
    more of the place may ask for ``least_worth``.
    """
    near = np.asarray(near_mm, dtype=float)
    hu, box = resample_box(ct.values, ct.grid, near, reach_mm + 12.0, VOXEL_MM, outside=np.nan)
    if not np.isfinite(hu).any():
        return None
    starts = _starts(hu, box, near, reach_mm)
    hu, box = resample_box(ct.values, ct.grid, near, reach_mm + RADIUS_MM[1] + 4.0, VOXEL_MM, outside=np.nan)
    smooth = _smooth(hu)
    if lesion is not None:
        smooth[resample_to(lesion.inside, lesion.grid, box, outside=0.0) >= 0.5] = np.nan
        starts = [start for start in starts if not bool(lesion.holds(start))]
    few, many = even_directions(200), even_directions(1000)
    quick: list[_Ball] = []
    for start in starts:
        if all(np.linalg.norm(ball.centre - start) > KNOWN_MM for ball in quick):
            ball = _fitted(smooth, box, start, USUAL_MM, few, WINDOWS_MM[:5])
            quick += [ball] if ball is not None else []
    balls = []
    for rough in _apart(quick):
        ball = _fitted(smooth, box, rough.centre, rough.radius, many, WINDOWS_MM[2:])
        if ball is not None and ball.on >= LEAST_ON and ball.worth >= least_worth:
            balls.append(ball)
    balls = [ball for ball in balls if np.linalg.norm(ball.centre - near) <= reach_mm]
    best = _chosen(balls, side)
    return None if best is None else _head(ct, smooth, box, best, many)


def _smooth(hu: NDArray[np.float32]) -> NDArray[np.float32]:
    """Smoothed HU; beyond the images nothing, and their border is no edge. Metal counts as bone."""
    seen = np.asarray(np.isfinite(hu))
    nearest = ndimage.distance_transform_edt(~seen, return_distances=False, return_indices=True)
    filled = np.clip(hu[tuple(nearest)], -100.0, 1200.0)
    smooth = ndimage.gaussian_filter(filled, SMOOTH_MM / VOXEL_MM)
    smooth[~seen] = np.nan
    return np.asarray(smooth)


def _starts(hu: NDArray[np.float32], box: Grid, near_mm: Points, reach_mm: float) -> list[Points]:
    """Points of a coarse lattice that lie deep in bone within reach, deepest first."""
    seen = np.isfinite(hu)
    hard = ndimage.gaussian_filter(np.where(seen, hu, 0.0), SMOOTH_MM / VOXEL_MM) >= DEEP_HU
    bone = ndimage.binary_closing(_filled(hard), iterations=2) | ~seen
    deep = ndimage.distance_transform_edt(bone, sampling=VOXEL_MM)
    deep[ndimage.distance_transform_edt(~seen, sampling=VOXEL_MM) > 0.5 * START_STEP_MM] = 0.0
    step = round((START_STEP_MM if reach_mm > CLOSE_MM else CLOSE_STEP_MM) / VOXEL_MM)
    at = np.argwhere(deep[::step, ::step, ::step] >= DEEP_MM) * step
    at = at[np.argsort(-deep[tuple(at.T)], kind="stable")]
    return [p for p in box.to_mm(at) if np.linalg.norm(p - near_mm) <= reach_mm + 5.0]


def _filled(hard: Booleans) -> Booleans:
    """Bone with the holes of each family of slices filled: marrow may be as dark as soft tissue."""
    filled = hard.copy()
    for axis in range(3):
        for k in range(hard.shape[axis]):
            at = tuple(k if a == axis else slice(None) for a in range(3))
            filled[at] |= ndimage.binary_fill_holes(hard[at])
    return filled


def _fitted(
    smooth: NDArray[np.float32],
    box: Grid,
    centre: Points,
    radius: float,
    directions: Points,
    windows_mm: tuple[float, ...],
) -> _Ball | None:
    """The sphere through the first ridges seen from its own centre, or ``None`` where it wanders off."""
    for window in windows_mm:
        ridge, height, _ = _ridges(smooth, box, centre, directions)
        near = ridge & (np.abs(RAY_MM - radius) <= window)
        has = near.any(axis=1)
        if has.sum() < 0.1 * len(directions):
            return None
        at = _peak_mm(height, near.argmax(axis=1))
        centre, radius, off = fit_sphere_robustly((centre + at[:, None] * directions)[has], 1.0)
        if not RADIUS_MM[0] - 2.0 <= radius <= RADIUS_MM[1] or not box.contains(centre):
            return None
    ridge, _, seen = _ridges(smooth, box, centre, directions)
    there = seen[:, int(np.abs(RAY_MM - radius).argmin())]
    if there.mean() < LEAST_SEEN:
        return None
    on = ridge[there][:, np.abs(RAY_MM - radius) <= ON_SPHERE_MM].any(axis=1).mean()
    inside = ridge[there][:, (radius - 2.0 > RAY_MM) & (0.5 * radius < RAY_MM)].any(axis=1).mean()
    residual = float(np.sqrt(np.mean(off[np.abs(off) <= ON_SPHERE_MM] ** 2)))
    fall = _fall(smooth, box, centre, radius, directions)
    worth = (float(on - 2.0 * inside) + fall) * min(1.0, radius / USUAL_MM) ** 2
    return _Ball(centre, radius, residual, float(on), worth, float(there.mean()))


def _fall(smooth: NDArray[np.float32], box: Grid, centre: Points, radius: float, directions: Points) -> float:
    """How much darker it is beyond the plate than in it, averaged over the directions: -1 to 1."""
    drop = sample(smooth, box, centre + radius * directions) - sample(
        smooth, box, centre + (radius + GAP_MM) * directions
    )
    return float(np.nanmean(np.tanh(drop / GAP_HU))) if np.isfinite(drop).any() else -1.0


def _ridges(
    smooth: NDArray[np.float32], box: Grid, centre: Points, directions: Points
) -> tuple[Booleans, Floats, Booleans]:
    """Where each ray crosses a ridge, how high every sample stands above its surroundings, and what is seen: nothing
    beyond a lesion or the images' border."""
    hu = sample(smooth, box, centre + RAY_MM[:, None] * directions[:, None, :]).astype(float)
    hu[np.logical_or.accumulate(~np.isfinite(hu), axis=1)] = np.nan
    n = round(RIDGE_MM / 0.5)
    height = np.full_like(hu, -1e3)
    height[:, n:-n] = np.nan_to_num(hu[:, n:-n] - 0.5 * (hu[:, : -2 * n] + hu[:, 2 * n :]), nan=-1e3)
    ridge = np.zeros(hu.shape, dtype=bool)
    middle = height[:, 1:-1]
    ridge[:, 1:-1] = (middle >= height[:, :-2]) & (middle > height[:, 2:]) & (middle > RIDGE_HU)
    return ridge, height, np.isfinite(hu)


def _peak_mm(height: Floats, at: NDArray[np.intp]) -> Floats:
    """Radius of each ray's ridge, by a parabola through three samples."""
    rows = np.arange(len(at))
    at = np.clip(at, 1, len(RAY_MM) - 2)
    before, here, after = height[rows, at - 1], height[rows, at], height[rows, at + 1]
    bend = np.minimum(before - 2.0 * here + after, -1e-6)
    return np.asarray(RAY_MM[at] + 0.5 * np.clip(0.5 * (before - after) / bend, -1.0, 1.0))


def _apart(balls: list[_Ball], count: int = 4) -> list[_Ball]:
    """The best few that are not the same ball again."""
    kept: list[_Ball] = []
    for ball in sorted(balls, key=lambda b: -b.worth):
        if all(np.linalg.norm(ball.centre - k.centre) > 4.0 or abs(ball.radius - k.radius) > 3.0 for k in kept):
            kept.append(ball)
    return kept[:count]


def _chosen(balls: list[_Ball], side: Literal["left", "right"] | None) -> _Ball | None:
    """The best told; with a side, among those that have no ball half as good a hip's width further to it (x: left).

    What is told by a part of the sphere counts by that part: a ball at the border, or behind a lesion, owes its good
    marks to the few directions left.
    """
    if not balls:
        return None
    best = max(ball.worth * ball.seen for ball in balls)
    good = [ball for ball in balls if ball.worth * ball.seen >= 0.5 * best]
    if side is not None:
        sign = 1.0 if side == "left" else -1.0
        edge = max(sign * float(ball.centre[0]) for ball in good)
        good = [ball for ball in good if sign * ball.centre[0] > edge - 2.0 * RADIUS_MM[1]]
    return max(good, key=lambda ball: ball.worth * ball.seen)


def _on_free_surface(
    smooth: NDArray[np.float32], box: Grid, ball: _Ball, directions: Points
) -> tuple[Points, float, float]:
    """Centre, radius and residual by the edges with soft tissue beyond; by the ridges where too few stand free."""
    centre, radius, residual = ball.centre, ball.radius + PLATE_MM, ball.residual
    for window in FREE_WINDOWS_MM:
        radii = np.arange(radius - window, radius + window + 2.51, 0.25)
        hu = sample(smooth, box, centre + radii[:, None] * directions[:, None, :]).astype(float)
        fall = np.nan_to_num(-np.gradient(hu, 0.25, axis=1)[:, :-10], nan=-1e3)
        at, rows = fall.argmax(axis=1), np.arange(len(directions))
        free = (at > 0) & (at < fall.shape[1] - 1) & (fall[rows, at] > FREE_FALL) & (hu[rows, at + 10] < FREE_HU)
        edges = centre + radii[at][:, None] * directions
        free &= _faces_out(smooth, box, edges, directions)
        if free.mean() < LEAST_FREE:
            return ball.centre, ball.radius + PLATE_MM, ball.residual
        centre, radius, off = fit_sphere_robustly(edges[free], 0.8)
        residual = float(np.sqrt(np.mean(off[np.abs(off) <= ON_SPHERE_MM] ** 2)))
    moved = float(np.linalg.norm(centre - ball.centre))
    trusted = moved <= MOST_MOVED_MM and abs(radius - ball.radius) <= MOST_MOVED_MM
    return (centre, radius - BLUR_MM, residual) if trusted else (ball.centre, ball.radius + PLATE_MM, ball.residual)


def _faces_out(smooth: NDArray[np.float32], box: Grid, edges_mm: Points, directions: Points) -> Booleans:
    """Whether the HU at each edge fall away from the head's middle, not along its surface."""
    steps = NORMAL_STEP_MM * np.eye(3)
    rise = [sample(smooth, box, edges_mm + step) - sample(smooth, box, edges_mm - step) for step in steps]
    slope = np.stack(rise, axis=-1).astype(float)
    length = np.maximum(np.linalg.norm(slope, axis=-1), 1e-6)
    return np.asarray(-(slope * directions).sum(axis=-1) > FACING * length)


def _head(ct: Volume, smooth: NDArray[np.float32], box: Grid, ball: _Ball, directions: Points) -> HeadSphere | None:
    """The ball with its radius moved from the ridge to the outer edge of the plate, and what stands against it."""
    centre, radius, residual = _on_free_surface(smooth, box, ball, directions)
    if not RADIUS_MM[0] <= radius <= RADIUS_MM[1]:
        return None
    depths = np.array([[0.3], [0.5], [0.7]])[:, None] * radius
    inside = sample(ct.values, ct.grid, centre + depths * directions)
    notes = [f"{1.0 - ball.seen:.0%} of the sphere lies beyond the images"] if ball.seen < 0.98 else []
    if float((np.nan_to_num(inside) > 2000.0).mean()) > 0.005:
        notes.append("metal in the head")
    coarse = sorted(ct.grid.spacing_mm)[1] > COARSE_MM
    if coarse:
        notes.append("coarse voxels: head and socket are hardly told apart")
    doubt_mm = COARSE_DOUBT_MM if coarse or "metal in the head" in notes else DOUBT_MM
    x, y, z = centre.tolist()
    return HeadSphere((x, y, z), radius, residual, ball.on, "; ".join(notes), doubt_mm)
