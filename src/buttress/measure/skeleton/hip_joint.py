"""The cut between a femoral head and its socket: along the head's sphere, all around but for the neck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from buttress.measure.head_sphere import HeadSphere
from buttress.measure.skeleton.bone_tissue import Tissue
from buttress.numerics.grid import Points
from buttress.numerics.resample import sample
from buttress.numerics.sphere import even_directions

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]

DIRECTIONS = 1500
NECK_DEG = 35.0
"""Ours: half opening of the neck seen from the head's centre (neck about 28-34 mm wide at 24 mm)."""
RING_DEG = (52.0, 75.0)
"""Ours: around the neck lies the joint's capsule, no bone."""
LOWEST_RISE = 0.3
"""Ours: a neck points down from its head, on a flexed thigh forwards; the roof of the socket lies above."""
LEAST_ASIDE = 0.35
"""Ours: and it points sideways, however the thigh lies (eight hips: 0.58 to 0.81)."""
SPACE_MM = (-1.0, 1.5)
"""Ours: the joint space lies this far from the sphere, which is the head's outer edge to within a voxel."""
CUT_MM = 1.5
"""Ours: the darkest place in one direction lies this near to the joint space's radius over all directions."""
THICKNESS_MM = 1.9
"""Ours: more than one voxel of 1.5 mm, so that the cut lets nothing through from face to face."""
EDGE_MM = (-0.5, 1.0)
"""Ours: the head ends where it is darkest before the socket, this near to its sphere; else at the sphere."""
NEAR_SOCKET_MM, SOCKET_MM, SOCKET_DEG = 6.0, 14.0, 55.0
"""Ours: this far beyond the head lies socket, nearer the neck only its rim; trochanters begin about 15 mm beyond the
head, and all of them lie within 50 degrees of the neck's axis."""
WALL_HU, FREE_MM = 200.0, 2.0
"""Ours: with no bone beyond it the head's edge is seen, and may lie inside a sphere drawn too large (by 3 mm where the
voxels have 3 mm); with a wall there the sphere tells the edge."""
STEM_MM = 75.0
"""Ours: from the head's middle to the far side of both trochanters; within that and SOCKET_DEG no joint lies."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadCut:
    """A head in a box: ``cut`` parts it from the socket, ``ball`` is the inside of the head, ``whole`` all of it.

    ``socket`` is what lies beside it and cannot be of the femur, ``stem`` head, neck and
    trochanters with the soft tissue
    around them. ``lateral`` is 1 where the neck points to the patient's left, -1 to the right.
    """

    head: HeadSphere
    cut: Booleans
    ball: Booleans
    whole: Booleans
    socket: Booleans
    stem: Booleans
    lateral: float


def cut_head(tissue: Tissue, head: HeadSphere) -> HeadCut:
    """The head parted from its socket along the darkest place between them, all around but for the neck."""
    centre = np.array(head.centre_mm)
    directions = even_directions(DIRECTIONS)
    tree = cKDTree(directions)
    radii = np.arange(head.radius_mm - 12.0, head.radius_mm + 16.1, 0.5)
    rays = centre + radii[:, None] * directions[:, None, :]
    hu = sample(tissue.smooth_hu, tissue.box, rays, outside=-200.0).astype(float)
    body = sample(tissue.body, tissue.box, rays, order=0, outside=0.0).astype(float)
    radius = _space_radius(radii, hu, head.radius_mm)
    axis, neck = _neck(directions, radii - radius, hu, body)
    gap = (radii >= radius - CUT_MM) & (radii <= radius + CUT_MM)
    darkest = radii[gap][hu[:, gap].argmin(axis=1)]
    near = tree.query_ball_point(directions, 2.0 * np.sin(np.radians(5.0)))
    at = np.array([np.median(darkest[n]) for n in near])
    index, window = _window(tissue, centre, STEM_MM)
    offset = tissue.box.to_mm(index) - centre
    far = np.linalg.norm(offset, axis=-1)
    near = far < radius + SOCKET_MM
    _, which = tree.query(offset[near] / np.maximum(far[near], 1e-6)[:, None])
    beyond, edge = np.full(far.shape, np.inf), np.full(far.shape, np.inf)
    beyond[near] = far[near] - at[which]
    edge[near] = far[near] - np.clip(at[which], *(head.radius_mm + np.array(EDGE_MM)))
    open_to, walled = np.zeros(far.shape, bool), np.zeros(far.shape, bool)
    open_to[near] = neck[which]
    walled[near] = (hu[:, radii > head.radius_mm + EDGE_MM[1]].max(axis=1) > WALL_HU)[which]
    down = offset @ axis > far * np.cos(np.radians(SOCKET_DEG))
    parts = (
        ~open_to & (beyond >= -0.3) & (beyond < THICKNESS_MM - 0.3),
        far < radius - 2.0,
        far < head.radius_mm - np.where(walled, 0.0, FREE_MM),
        ~open_to & (edge >= 0.0) & (edge < np.where(down, NEAR_SOCKET_MM, SOCKET_MM)),
        (far < head.radius_mm) | (down & (far < STEM_MM)),
    )
    cut, ball, whole, socket, stem = (_placed(part, window, tissue.body.shape) for part in parts)
    return HeadCut(head, cut & tissue.body, ball, whole & ~socket, socket, stem & ~socket, float(np.sign(axis[0])))


def _placed(part: Booleans, window: tuple[slice, ...], shape: tuple[int, ...]) -> Booleans:
    """A mask of a window in its box."""
    whole = np.zeros(shape, bool)
    whole[window] = part
    return whole


def _space_radius(radii_mm: Floats, hu: Floats, sphere_mm: float) -> float:
    """Radius of the joint space: where most is missing between the bone within 6 mm inside and outside of it."""
    reach = round(6.0 / (radii_mm[1] - radii_mm[0]))
    inner = ndimage.maximum_filter1d(hu, reach + 1, axis=1, origin=reach // 2)
    outer = ndimage.maximum_filter1d(hu, reach + 1, axis=1, origin=-(reach // 2))
    missing = np.clip(np.minimum(inner, outer) - hu, 0.0, 300.0).mean(axis=0)
    looked = (radii_mm >= sphere_mm + SPACE_MM[0]) & (radii_mm <= sphere_mm + SPACE_MM[1])
    return float(radii_mm[looked][missing[looked].argmax()])


def _neck(directions: Points, beyond_mm: Floats, hu: Floats, body: Floats) -> tuple[Points, Booleans]:
    """The neck's axis, and which directions from the centre run down it: bone all the way, none in a ring around it.

    A socket shows a dark dip on the way out, and its wall ends; above the head only the roof lies.
    """
    way = (beyond_mm >= 0.0) & (beyond_mm <= 14.0)
    inner, space = beyond_mm < 0.0, (beyond_mm >= -1.0) & (beyond_mm <= 4.0)
    outer = (beyond_mm > 2.0) & (beyond_mm <= 8.0)
    wall = np.minimum(hu[:, inner].max(axis=1), hu[:, outer].max(axis=1))
    dip = np.clip((wall - hu[:, space].min(axis=1)) / np.maximum(wall, 100.0), 0.0, 1.0)
    bony = body[:, way].mean(axis=1)
    cosine = directions @ directions.T
    cone = cosine > np.cos(np.radians(NECK_DEG - 5.0))
    ring = (cosine < np.cos(np.radians(RING_DEG[0]))) & (cosine > np.cos(np.radians(RING_DEG[1])))
    within = cone @ (bony - dip) / cone.sum(axis=1)
    around = ring @ bony / ring.sum(axis=1)
    sideways = (directions[:, 2] < LOWEST_RISE) & (np.abs(directions[:, 0]) > LEAST_ASIDE)
    worth = np.where(sideways, within - around - 0.2 * directions[:, 2], -np.inf)
    axis = int(worth.argmax())
    clear = (bony > 0.95) & (dip < 0.3)
    down = cosine[axis] > np.cos(np.radians(NECK_DEG))
    return directions[axis], np.asarray(down | (clear & (cosine[axis] > np.cos(np.radians(RING_DEG[0])))))


def _window(tissue: Tissue, centre_mm: Points, reach_mm: float) -> tuple[NDArray[np.intp], tuple[slice, ...]]:
    """Indices and slices of the box within ``reach_mm`` of a point; none where the box ends before it."""
    at, n = tissue.box.to_index(centre_mm), reach_mm / tissue.voxel_mm
    low = np.clip(np.floor(at - n), 0, tissue.box.shape).astype(int)
    high = np.clip(np.ceil(at + n) + 1, low, tissue.box.shape).astype(int)
    ranges = [np.arange(a, b) for a, b in zip(low, high, strict=True)]
    return np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1), tuple(
        slice(a, b) for a, b in zip(low, high, strict=True)
    )
