"""The sphere of a femoral or humeral head: where the ball of the joint lies, though it touches its socket.

Bone is bright inside and dark outside: every such edge votes for the centres 18 to 30 mm behind it (a Hough vote along
the gradient), the strongest places are refined on rays from the centre, and the best-covered sphere is the head.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from buttress.numerics.grid import Grid, Points
from buttress.numerics.resample import resample_box, sample
from buttress.numerics.sphere import even_directions, fit_sphere_robustly
from buttress.records.image import Volume

Floats = NDArray[np.float64]

RADIUS_MM = (18.0, 30.0)
"""Ours: bony femoral heads of adults are about 20 to 28 mm in radius, humeral heads about as large; a margin added."""
REACH_MM = 75.0
"""Ours: how far from the given point the head's centre is looked for; beyond the height of the ilium's wing."""
VOXEL_MM = 1.5
SMOOTH_MM = 1.5
"""Ours: half of a 3 mm slice; finer structure than this votes at random."""
EDGE_HU_PER_MM = 30.0
"""Ours: an edge from spongy bone (150 HU) to soft tissue (40 HU) across the blur of 3 mm slices is about this steep."""
CANDIDATES = 6
DEEP_MM, LEAST_DEEP = 9.0, 0.75
"""Ours: within about a head's radius of a head's centre nearly all is bone or marrow."""
DIRECTIONS = 1200
FACING = 0.8
"""Ours: an edge of the head falls along the ray from the centre, to within about 37 degrees."""
WINDOWS_MM = (6.0, 5.0, 4.0, 3.5, 3.0, 3.0)
"""Ours: how far from the last sphere its edge is looked for along each ray, round by round."""
RAY_STEP_MM = 0.25
ON_SPHERE_MM = 1.5
"""Ours: an edge this near to the sphere belongs to it: half a slice of 3 mm."""
LEAST_COVERAGE = 0.3
"""Ours: the head's free surface without neck and fovea is about two thirds of a sphere, a humeral head's near a half;
less than this fits many round things."""
LEAST_INSIDE_HU, LEAST_INSIDE = 90.0, 0.6
"""Ours: spongy bone of a head, osteopenic ones too, is denser than soft tissue, bladder and muscle; a lesion may take
the rest."""
LEAST_SEEN = 0.4
"""Ours: with less of the sphere inside the images its centre hangs on too little."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadSphere:
    """The ball of a joint: centre (LPS mm), radius to the outer edge of its bone, and how well it is told.

    ``residual_mm`` is the root mean square distance of the edges on it, ``coverage`` the share of all directions that
    have an edge on it (0-1); ``note`` says what stands against it.
    """

    centre_mm: tuple[float, float, float]
    radius_mm: float
    residual_mm: float
    coverage: float
    note: str = ""


def fit_head_sphere(
    ct: Volume, near_mm: ArrayLike, side: Literal["left", "right"] | None = None, reach_mm: float = REACH_MM
) -> HeadSphere | None:
    """The head's sphere whose centre lies within ``reach_mm`` of a point (LPS mm), or ``None`` where none is told.

    Where several are in reach, one on the given ``side`` of the others is taken, else the best covered. The edge is
    where HU falls fastest along a ray outwards: the outer surface of the subchondral bone, cartilage not included.
    """
    near = np.asarray(near_mm, dtype=float)
    hu, box = resample_box(ct.values, ct.grid, near, reach_mm + RADIUS_MM[1] + 3.0, VOXEL_MM, outside=np.nan)
    seen = np.isfinite(hu)
    if not seen.any():
        return None
    smooth = _smooth(hu, seen)
    found: list[HeadSphere] = []
    for centre in _voted_centres(smooth, seen, box, near, reach_mm):
        head = _refined(ct, smooth, box, centre)
        if head is not None and np.linalg.norm(np.array(head.centre_mm) - near) <= reach_mm:
            found.append(head)
    return _chosen(found, side)


def find_head_spheres(
    ct: Volume, smooth_hu: NDArray[np.float32], box: Grid, solid: NDArray[np.bool_]
) -> list[HeadSphere]:
    """All heads in a box of even voxels that lies within the CT, best covered first.

    ``smooth_hu`` is the CT there and ``solid`` bone with its marrow: a head lies deep in it.
    """
    middle = box.to_mm((np.array(box.shape) - 1) / 2.0)
    half = float(np.linalg.norm(np.array(box.shape) * box.spacing_mm)) / 2.0
    hu = np.clip(smooth_hu, -100.0, 1200.0)
    seen = np.ones(box.shape, dtype=bool)
    deep = ndimage.gaussian_filter(solid.astype(np.float32), DEEP_MM / box.spacing_mm) > LEAST_DEEP
    heads = [_refined(ct, hu, box, c) for c in _voted_centres(hu, seen, box, middle, half, deep)]
    return sorted((head for head in heads if head is not None), key=lambda head: -head.coverage)


def _smooth(hu: NDArray[np.float32], seen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Smoothed HU; beyond the images the nearest value seen, so that their border is no edge. Metal counts as bone."""
    nearest = ndimage.distance_transform_edt(~seen, return_distances=False, return_indices=True)
    filled = np.clip(hu[tuple(nearest)], -100.0, 1200.0)
    return np.asarray(ndimage.gaussian_filter(filled, SMOOTH_MM / VOXEL_MM))


def _voted_centres(
    smooth: NDArray[np.float32], seen: NDArray[np.bool_], box: Grid, near_mm: Points, reach_mm: float,
    within: NDArray[np.bool_] | bool = True,
) -> list[Points]:
    """Places with most edges facing them at a head's radius, best first."""
    slope = np.stack(np.gradient(smooth, *box.spacing_mm), axis=-1)
    steep = np.linalg.norm(slope, axis=-1)
    at = np.argwhere((steep > EDGE_HU_PER_MM) & seen)
    inward = slope[tuple(at.T)] / steep[tuple(at.T)][:, None]
    votes = np.zeros(box.shape)
    for radius in np.arange(RADIUS_MM[0], RADIUS_MM[1] + 0.1, VOXEL_MM):
        index = np.rint(at + inward * (radius / box.spacing_mm)).astype(int)
        index = index[np.all((index >= 0) & (index < box.shape), axis=1)]
        votes += np.bincount(np.ravel_multi_index(tuple(index.T), box.shape), minlength=votes.size).reshape(box.shape)
    votes = ndimage.gaussian_filter(votes, 2.5 / box.spacing_mm)
    steps = np.indices(box.shape, sparse=True)
    centre = box.to_index(near_mm)
    apart2 = sum(((s - c) * mm) ** 2 for s, c, mm in zip(steps, centre, box.spacing_mm, strict=True))
    votes[(np.asarray(apart2) > reach_mm**2) | ~np.asarray(within)] = 0.0
    peaks = np.argwhere((votes == ndimage.maximum_filter(votes, size=[2 * round(8.0 / mm) + 1 for mm in box.spacing_mm])) & (votes > 0))
    order = np.argsort(-votes[tuple(peaks.T)], kind="stable")[:CANDIDATES]
    return [box.to_mm(peaks[k]) for k in order]


def _refined(ct: Volume, smooth: NDArray[np.float32], box: Grid, centre_mm: Points) -> HeadSphere | None:
    """The sphere about a voted centre, moved until the edges along its rays lie on it."""
    directions = even_directions(DIRECTIONS)
    radius = _first_radius(smooth, box, centre_mm, directions)
    centre = centre_mm
    for window in WINDOWS_MM:
        radii = np.arange(max(4.0, radius - window), radius + window + 1e-9, RAY_STEP_MM)
        at, falls = _edges(smooth, box, centre, directions, radii)
        if falls.sum() < DIRECTIONS * LEAST_COVERAGE / 2:
            return None
        centre, radius, off = fit_sphere_robustly((centre + at[:, None] * directions)[falls], ON_SPHERE_MM)
        if not RADIUS_MM[0] - 2.0 <= radius <= RADIUS_MM[1] + 2.0:
            return None
    return _head(ct, centre, radius, off)


def _first_radius(smooth: NDArray[np.float32], box: Grid, centre_mm: Points, directions: Points) -> float:
    """Radius at which HU falls fastest on average over the directions."""
    radii = np.arange(RADIUS_MM[0] - 1.0, RADIUS_MM[1] + 1.1, 0.5)
    hu = sample(smooth, box, centre_mm + radii[:, None] * directions[:, None, :], outside=np.nan)
    fall = np.clip(-np.gradient(hu, 0.5, axis=1), 0.0, 200.0)
    counted = np.nansum(fall, axis=0) / np.maximum(np.isfinite(fall).sum(axis=0), 1)
    return float(radii[np.argmax(ndimage.gaussian_filter1d(counted, 2.0))])


def _edges(
    smooth: NDArray[np.float32], box: Grid, centre_mm: Points, directions: Points, radii_mm: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Radius of the steepest fall on each ray (parabola between samples), and where it is steep enough to be an edge."""
    hu = sample(smooth, box, centre_mm + radii_mm[:, None] * directions[:, None, :], outside=np.nan).astype(float)
    fall = np.nan_to_num(-np.gradient(hu, RAY_STEP_MM, axis=1), nan=-1e3)
    # nearer edges first: the far side of the socket's wall falls as steeply as the head does
    middle = 0.5 * (radii_mm[0] + radii_mm[-1])
    half = 0.5 * (radii_mm[-1] - radii_mm[0])
    worth = fall * (1.0 - 0.5 * ((radii_mm - middle) / half) ** 2)
    best = np.clip(worth[:, 1:-1].argmax(axis=1) + 1, 1, len(radii_mm) - 2)
    rows = np.arange(len(directions))
    before, here, after = fall[rows, best - 1], fall[rows, best], fall[rows, best + 1]
    bend = before - 2.0 * here + after
    shift = np.where(np.abs(bend) > 1e-6, 0.5 * (before - after) / np.where(np.abs(bend) > 1e-6, bend, 1.0), 0.0)
    inner = (best > 1) & (best < len(radii_mm) - 2)
    edge_mm = centre_mm + radii_mm[best][:, None] * directions
    facing = here > FACING * _steepness(smooth, box, edge_mm)
    return radii_mm[best] + np.clip(shift, -1.0, 1.0) * RAY_STEP_MM, (here > 0.5 * EDGE_HU_PER_MM) & inner & facing


def _steepness(smooth: NDArray[np.float32], box: Grid, points_mm: Points) -> Floats:
    """Size of the gradient at points, HU per mm."""
    steps = 0.5 * VOXEL_MM * np.eye(3)
    slopes = [(sample(smooth, box, points_mm + s) - sample(smooth, box, points_mm - s)) / VOXEL_MM for s in steps]
    return np.asarray(np.nan_to_num(np.linalg.norm(slopes, axis=0), nan=np.inf))


def _head(ct: Volume, centre: Points, radius: float, off: Floats) -> HeadSphere | None:
    """The sphere as a head, where it is covered well enough and full of bone; ``None`` where it is not one."""
    directions = even_directions(DIRECTIONS)
    on = np.abs(off) <= ON_SPHERE_MM
    coverage = float(on.sum() / DIRECTIONS)
    inside = sample(ct.values, ct.grid, centre + radius * np.array([[0.3], [0.5], [0.7]])[:, None] * directions)
    seen = float(ct.grid.contains(centre + radius * directions).mean())
    if not RADIUS_MM[0] <= radius <= RADIUS_MM[1] or seen < LEAST_SEEN or not np.isfinite(inside).any():
        return None
    if coverage < LEAST_COVERAGE * seen or float((inside[np.isfinite(inside)] > LEAST_INSIDE_HU).mean()) < LEAST_INSIDE:
        return None
    notes = [f"{1.0 - seen:.0%} of the sphere lies beyond the images"] if seen < 0.98 else []
    if float((np.nan_to_num(inside) > 2000.0).mean()) > 0.005:
        notes.append("metal in the head")
    x, y, z = centre.tolist()
    residual = float(np.sqrt(np.mean(off[on] ** 2)))
    return HeadSphere((x, y, z), radius, residual, coverage, "; ".join(notes))


def _chosen(found: list[HeadSphere], side: Literal["left", "right"] | None) -> HeadSphere | None:
    """The best covered; with a side, only those that have no head as good further to that side (x to the left)."""
    if not found:
        return None
    best = max(head.coverage for head in found)
    good = [head for head in found if head.coverage >= 0.7 * best]
    if side is not None:
        sign = 1.0 if side == "left" else -1.0
        edge = max(sign * head.centre_mm[0] for head in good)
        good = [head for head in good if sign * head.centre_mm[0] > edge - 2.0 * RADIUS_MM[1]]
    return max(good, key=lambda head: head.coverage)
