"""The parts of a socket about the head's sphere, and the bone that belongs to them in health."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from buttress.measure.acetabulum.frame import SocketFrame
from buttress.measure.head_sphere import HeadSphere
from buttress.numerics.grid import Grid, Points
from buttress.numerics.resample import box_grid, resample_to, sample
from buttress.numerics.sphere import even_directions
from buttress.records.image import Mask, Volume

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]

BOX_MM = 1.0
GAP_MM = 1.5
"""Ours: what lies nearer to the head's outer edge is joint space; the blurred plate of the socket begins here."""
SHELL_MM, ROOF_MM, WALL_MM = 6.0, 20.0, 14.0
"""Ours: subchondral bone to 6 mm outside the joint; the dome to 20 mm above it; the walls to 14 mm."""
ROOF_DEG, RIM_DEG, WALL_DEG = 45.0, (30.0, 80.0), 40.0
"""Ours: the roof lies within 45 degrees of straight up, the rim 30 to 80 degrees down from it on the outer side, the
medial wall within 40 degrees of straight inwards."""
BONE_HU = 180.0
"""Ours: thin blurred pelvic cortex and spongy bone above, tumour and marrow at 20-110 HU below (note lesions.md)."""
MARROW_MM = 4.0
"""Ours: closing over marrow gaps of healthy spongy bone."""
RAYS = 24
"""Ours: so many sound rays beside a defect tell where its bone was."""


@dataclass(frozen=True, slots=True)
class Borders:
    """Where the parts end: degrees further out than usual, and depth as a share of the usual."""

    wider_deg: float = 0.0
    deeper: float = 1.0


USUAL = Borders()


@dataclass(frozen=True, slots=True, eq=False)
class Sectors:
    """Boxes of 1 mm about the head: ``healthy`` bone of the socket, the part of it that was ``restored`` (not seen),
    the parts by name, and depth in the lesion (mm)."""

    box: Grid
    healthy: Booleans
    restored: Booleans
    parts: dict[str, Booleans]
    in_lesion_mm: Floats


def cut_sectors(ct: Volume, head: HeadSphere, frame: SocketFrame, lesion: Mask) -> Sectors:
    """The socket's bone with the lesion restored, cut into its parts."""
    box = box_grid(head.centre_mm, head.radius_mm + ROOF_MM + 8.0, BOX_MM)
    offsets = box.to_mm(np.moveaxis(np.indices(box.shape), 0, -1)) - np.array(head.centre_mm)
    in_frame = np.stack(frame.parts(offsets), axis=-1)
    sick = resample_to(lesion.inside, lesion.grid, box, outside=0.0) - 0.5
    healthy, restored = _healthy(ct, box, sick >= 0.0, offsets, head.radius_mm)
    healthy &= _socket(in_frame)
    depth = ndimage.distance_transform_edt(sick >= 0.0) - ndimage.distance_transform_edt(sick < 0.0)
    parts = cut_parts(in_frame, head.radius_mm)
    return Sectors(box, healthy, restored & healthy, parts, np.asarray(depth - 0.5 * np.sign(depth)) * BOX_MM)


def _healthy(ct: Volume, box: Grid, sick: Booleans, offsets: Floats, radius_mm: float) -> tuple[Booleans, Booleans]:
    """Bone outside the joint: hard voxels with small marrow gaps, and lesion where sound rays beside it have bone; and
    which of it was so restored."""
    hu = resample_to(ct.values, ct.grid, box, outside=-1000.0)
    beyond = np.linalg.norm(offsets, axis=-1) - radius_mm
    hard = (ndimage.gaussian_filter(hu, 0.7) > BONE_HU) & (beyond > GAP_MM)
    bone = _closed(hard, MARROW_MM)
    for k in range(box.shape[2]):
        bone[:, :, k] |= ndimage.binary_fill_holes(bone[:, :, k])
    bone &= beyond > GAP_MM
    gone = np.argwhere(sick & ~bone & (beyond > GAP_MM))
    restored = np.zeros_like(bone)
    if len(gone) == 0:
        return bone, restored
    at = tuple(gone.T)
    inner, outer = _expected(bone, sick, box, radius_mm, offsets[at])
    restored[at] = (beyond[at] >= inner - 0.5) & (beyond[at] <= outer + 0.5)
    return bone | restored, restored


def _expected(bone: Booleans, sick: Booleans, box: Grid, radius_mm: float, offsets_mm: Floats) -> tuple[Floats, Floats]:
    """Depth range of bone beyond the head expected at offsets ``(n, 3)``: the mean of the nearest rays that meet bone
    and no lesion (a socket's wall changes little from one direction to the next)."""
    middle = box.to_mm((np.array(box.shape) - 1) / 2)
    directions = even_directions(2500)
    depths = np.arange(GAP_MM, ROOF_MM + 0.1, 0.5)
    points = middle + (radius_mm + depths)[:, None] * directions[:, None, :]
    there = sample(bone, box, points, order=0, outside=0.0) > 0.5
    ill = (sample(sick, box, points, order=0, outside=0.0) > 0.5).any(axis=1)
    sound = there.any(axis=1) & ~ill
    if sound.sum() < RAYS:
        return np.full(len(offsets_mm), np.inf), np.full(len(offsets_mm), -np.inf)
    first = depths[there[sound].argmax(axis=1)]
    last = depths[len(depths) - 1 - there[sound][:, ::-1].argmax(axis=1)]
    away = offsets_mm / np.linalg.norm(offsets_mm, axis=1, keepdims=True)
    apart, which = cKDTree(directions[sound]).query(away, k=RAYS)
    weight = 1.0 / np.maximum(apart, 0.02)
    weight /= weight.sum(axis=1, keepdims=True)
    return np.asarray((weight * first[which]).sum(axis=1)), np.asarray((weight * last[which]).sum(axis=1))


def _closed(inside: Booleans, by_mm: float) -> Booleans:
    n = int(np.ceil(by_mm / BOX_MM)) + 1
    grown = ndimage.distance_transform_edt(~np.pad(inside, n), sampling=BOX_MM) <= by_mm
    shrunk = ndimage.distance_transform_edt(grown, sampling=BOX_MM) > by_mm
    return np.asarray(shrunk[n:-n, n:-n, n:-n] | inside)


def _socket(in_frame: Points) -> Booleans:
    """Directions that face the socket: not the neck's cone, outwards and down."""
    neck = in_frame @ np.array([-0.75, 0.0, -0.66]) / np.maximum(np.linalg.norm(in_frame, axis=-1), 1e-6)
    return np.asarray(neck < 0.45)


def cut_parts(in_frame: Points, radius_mm: float, borders: Borders = USUAL) -> dict[str, Booleans]:
    """Membership of every offset ``(..., 3)`` from the head's middle along medial, anterior and superior (mm).

    Roof and rim share no voxel, the columns take the front and back of the rest.
    """
    medial, anterior, superior = np.moveaxis(in_frame, -1, 0)
    apart = np.maximum(np.linalg.norm(in_frame, axis=-1), 1e-6)
    beyond, wider = apart - radius_mm, borders.wider_deg
    from_top = np.rad2deg(np.arccos(np.clip(superior / apart, -1.0, 1.0)))
    thick, deep = WALL_MM * borders.deeper, ROOF_MM * borders.deeper
    outer = (beyond > GAP_MM) & (-medial > np.abs(anterior))
    rim = outer & (from_top >= RIM_DEG[0] - wider) & (from_top <= RIM_DEG[1] + wider) & (beyond <= thick)
    roof = (beyond > GAP_MM) & (from_top <= ROOF_DEG + wider) & ~rim & (beyond <= deep)
    low = (beyond > GAP_MM) & (from_top > ROOF_DEG + wider) & (from_top < 135.0) & (beyond <= thick) & ~rim
    wall = low & (medial >= np.cos(np.deg2rad(WALL_DEG + wider)) * apart)
    return {
        "subchondral": (beyond > GAP_MM) & (beyond <= GAP_MM + SHELL_MM * borders.deeper),
        "medial_wall": wall,
        "roof": roof,
        "lateral_rim": rim,
        "anterior_column": low & ~wall & (anterior > 0.0),
        "posterior_column": low & ~wall & (anterior <= 0.0),
    }
