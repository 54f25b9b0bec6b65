"""The cut between a femoral head and its socket: along the head's sphere, all around but for the neck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from buttress.measure.head_sphere import HeadSphere, find_head_spheres
from buttress.measure.skeleton.bone_tissue import Tissue
from buttress.numerics.grid import Points
from buttress.numerics.resample import sample
from buttress.numerics.sphere import even_directions
from buttress.records.image import Volume

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]

DIRECTIONS = 1500
APART_MM = 100.0
"""Ours: the heads of two hips are further apart than this; a trochanter is nearer."""
MOST_HEADS = 2
NECK_DEG = 35.0
"""Ours: half opening of the neck seen from the head's centre (neck about 28-34 mm wide at 24 mm)."""
RING_DEG = (52.0, 75.0)
"""Ours: around the neck lies the joint's capsule, no bone."""
LOWEST_RISE = 0.3
"""Ours: a neck points down from its head, on a flexed thigh forwards; the roof of the socket lies above."""
CUT_MM = (-0.5, 2.5)
"""Ours: the darkest place between head and socket lies this far from the sphere of the head's outer edge."""
THICKNESS_MM = 1.9
"""Ours: more than one voxel of 1.5 mm, so that the cut lets nothing through from face to face."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadCut:
    """A head in a box: ``cut`` parts it from the socket, ``ball`` is the inside of the head."""

    head: HeadSphere
    cut: Booleans
    ball: Booleans


def find_heads(ct: Volume, tissue: Tissue) -> list[HeadCut]:
    """The femoral heads of a region, best covered first, each with its cut."""
    heads = find_head_spheres(ct, tissue.smooth_hu, tissue.box)
    kept: list[HeadSphere] = []
    for head in heads:
        far = [np.linalg.norm(np.subtract(head.centre_mm, k.centre_mm)) > APART_MM for k in kept]
        if all(far) and len(kept) < MOST_HEADS:
            kept.append(head)
    return [_cut(tissue, head) for head in kept]


def _cut(tissue: Tissue, head: HeadSphere) -> HeadCut:
    """A shell one voxel thick along the darkest place between head and socket, open at the neck."""
    centre, radius = np.array(head.centre_mm), head.radius_mm
    directions = even_directions(DIRECTIONS)
    tree = cKDTree(directions)
    radii = np.arange(radius - 4.0, radius + 14.1, 0.5)
    rays = centre + radii[:, None] * directions[:, None, :]
    hu = sample(tissue.smooth_hu, tissue.box, rays, outside=-200.0)
    body = sample(tissue.body, tissue.box, rays, order=0, outside=0.0)
    gap = (radii >= radius - 1.0) & (radii <= radius + 4.0)
    darkest = radii[gap][hu[:, gap].argmin(axis=1)]
    near = tree.query_ball_point(directions, 2.0 * np.sin(np.radians(5.0)))
    at = np.array([np.median(darkest[n]) for n in near])
    at = np.clip(at, radius + CUT_MM[0], radius + CUT_MM[1])
    neck = _neck(directions, radii - radius, hu, body)
    index, window = _window(tissue, centre, radius + 6.0)
    offset = tissue.box.to_mm(index) - centre
    far = np.linalg.norm(offset, axis=-1)
    shell = (far > radius - 2.0) & (far < radius + 6.0)
    _, which = tree.query(offset[shell] / far[shell][:, None])
    cut, ball = np.zeros(tissue.body.shape, bool), np.zeros(tissue.body.shape, bool)
    parted = np.zeros(far.shape, bool)
    beyond = far[shell] - at[which]
    parted[shell] = ~neck[which] & (beyond >= -0.3) & (beyond < THICKNESS_MM - 0.3)
    cut[window] = parted & tissue.body[window]
    ball[window] = far < radius - 1.0
    return HeadCut(head, cut, ball)


def _neck(directions: Points, beyond_mm: Floats, hu: Floats, body: Floats) -> Booleans:
    """Which directions from the centre run down the neck: bone all the way there, none in a ring around it.

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
    worth = np.where(directions[:, 2] < LOWEST_RISE, within - around - 0.2 * directions[:, 2], -np.inf)
    axis = int(worth.argmax())
    clear = (bony > 0.95) & (dip < 0.3)
    return np.asarray(
        (cosine[axis] > np.cos(np.radians(NECK_DEG))) | (clear & (cosine[axis] > np.cos(np.radians(RING_DEG[0]))))
    )


def _window(tissue: Tissue, centre_mm: Points, reach_mm: float) -> tuple[NDArray[np.intp], tuple[slice, ...]]:
    """Indices and slices of the box within ``reach_mm`` of a point."""
    at, n = tissue.box.to_index(centre_mm), reach_mm / tissue.voxel_mm
    low = np.maximum(0, np.floor(at - n)).astype(int)
    high = np.minimum(tissue.box.shape, np.ceil(at + n) + 1).astype(int)
    ranges = [np.arange(a, b) for a, b in zip(low, high, strict=True)]
    return np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1), tuple(
        slice(a, b) for a, b in zip(low, high, strict=True)
    )
