"""A bone without a shaft (pelvis, sternum, scapula, rib): its envelope near a lesion, closed across the defect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.straightened import BONE_HU
from buttress.numerics.grid import Grid, Points
from buttress.numerics.resample import resample_to
from buttress.records.image import Mask, Volume

Booleans = NDArray[np.bool_]

BOX_MM = 1.0
"""Ours: even voxels of the local box, about the finest CT of a living patient at hand."""
MARGIN_MM = 40.0
"""Ours: how far beyond the lesion the bone is looked at."""
CLOSING_MM = (4.0, 18.0)
"""Ours: the closing that bridges the defect is half as wide as the lesion, within these bounds; below the radius of a
femoral head (20 mm or more), so that a socket stays a socket."""
SHARED = 0.2
"""Ours: a fragment belongs to the bone when the lesion sits in it at least this much as in the main one."""
LEAST_CORE_MM3 = 1000.0
"""Ours: smaller thick parts are no bone of their own."""
BESIDE_MM = 6.0
"""Ours: a thick part this near to a lesion of thin bone is still the same bone."""
FARTHEST_MM = 15.0
"""Ours: a seed further from all bone than this lies outside bone."""
SPLIT_MM = 2.5
"""Ours: bones that touch over less than about 5 mm (head and socket, rib and cartilage) are told apart."""


def local_box(grid: Grid, points_mm: Points, margin_mm: float = MARGIN_MM) -> Grid:
    """Even voxels along the patient's axes about the points, within what the CT covers."""
    low, high = points_mm.min(axis=0) - margin_mm, points_mm.max(axis=0) + margin_mm
    corners = grid.to_mm(np.array(np.meshgrid(*[(0, n - 1) for n in grid.shape])).reshape(3, -1).T)
    low, high = np.maximum(low, corners.min(axis=0)), np.minimum(high, corners.max(axis=0))
    i, j, k = (np.maximum(1, np.floor((high - low) / BOX_MM)).astype(int) + 1).tolist()
    return Grid.aligned((i, j, k), BOX_MM, low)


def restore_envelope(ct: Volume, lesion: Mask | None, near_mm: Points, start: Mask | None = None) -> Mask | None:
    """The target bone's envelope near ``near_mm`` ``(n, 3)`` on a local box, marrow and lesion inside, or ``None``.

    Bone above 200 HU (or the given starting mask) is filled, parted from its neighbours, and closed across the lesion
    with a ball about half as wide as the lesion.
    """
    box = local_box(ct.grid, near_mm)
    hard = _hard(ct, box, start)
    solid = _filled(hard)
    seat = _seat(box, lesion, near_mm)
    reach_mm = 2.0 if lesion is not None else _reach_mm(solid, seat)
    target = _target(solid, _within(seat, reach_mm))
    if target is None:
        return None
    width = 2.0 * (3.0 * seat.sum() * BOX_MM**3 / (4.0 * np.pi)) ** (1 / 3)
    closing_mm = float(np.clip(0.6 * width, *CLOSING_MM)) if lesion is not None else 10.0
    near = _within(seat, 2.0 if lesion is not None else closing_mm)
    bridged = _closed(target, closing_mm) & near & ~(solid & ~target)
    return Mask(box, _filled(target | bridged))


def _hard(ct: Volume, box: Grid, start: Mask | None) -> Booleans:
    if start is not None:
        return resample_to(start.inside, start.grid, box, outside=0.0) >= 0.5
    hard = resample_to(ct.values, ct.grid, box, outside=-1000.0) > BONE_HU
    labels, count = ndimage.label(hard)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    return np.asarray((sizes > 100)[labels])


def _seat(box: Grid, lesion: Mask | None, near_mm: Points) -> Booleans:
    """Where the lesion sits in the box: its mask, or the voxels next to the given points."""
    if lesion is not None:
        return resample_to(lesion.inside, lesion.grid, box, outside=0.0) >= 0.5
    seat = np.zeros(box.shape, dtype=bool)
    index = np.clip(np.round(box.to_index(near_mm)).astype(int), 0, np.array(box.shape) - 1)
    seat[tuple(index.T)] = True
    return seat


def _reach_mm(solid: Booleans, seat: Booleans) -> float:
    """How far from a seed the bone is: a seed in a hole lies beside its bone. No further than ``FARTHEST_MM``."""
    apart = ndimage.distance_transform_edt(~seat, sampling=BOX_MM)
    nearest = float(apart[solid].min()) if solid.any() else 0.0
    return min(nearest + 2.0, FARTHEST_MM)


def _filled(inside: Booleans) -> Booleans:
    """Small gaps closed, then holes filled in each of the three families of slices."""
    closed = _closed(inside, 2.0)
    out = closed.copy()
    for axis in range(3):
        for k in range(closed.shape[axis]):
            at = tuple(k if a == axis else slice(None) for a in range(3))
            out[at] |= ndimage.binary_fill_holes(closed[at])
    return out


def _closed(inside: Booleans, by_mm: float) -> Booleans:
    """Morphological closing with a ball."""
    n = int(np.ceil(by_mm / BOX_MM)) + 1
    grown = ndimage.distance_transform_edt(~np.pad(inside, n), sampling=BOX_MM) <= by_mm
    shrunk = ndimage.distance_transform_edt(grown, sampling=BOX_MM) > by_mm
    return np.asarray(shrunk[n:-n, n:-n, n:-n] | inside)


def _within(inside: Booleans, by_mm: float) -> Booleans:
    return np.asarray(ndimage.distance_transform_edt(~inside, sampling=BOX_MM) <= by_mm)


def _target(solid: Booleans, seat: Booleans) -> Booleans | None:
    """The parts of the bone that the lesion sits in (a fracture leaves two), without thick neighbours."""
    labels, _ = ndimage.label(solid)
    held = _holding(labels, seat)
    if len(held) == 0:
        return None
    whole = np.isin(labels, held)
    foreign = _foreign(whole, seat)
    labels, _ = ndimage.label(whole & ~foreign)
    held = _holding(labels, seat)
    return np.asarray(np.isin(labels, held)) if len(held) else np.asarray(whole)


def _foreign(whole: Booleans, seat: Booleans) -> Booleans:
    """Thick parts joined to the lesion's bone by a narrow bridge: head against socket, an enhanced vessel."""
    cores, n = ndimage.label(ndimage.distance_transform_edt(whole, sampling=BOX_MM) > SPLIT_MM)
    sizes = np.bincount(cores.ravel(), minlength=n + 1) * BOX_MM**3
    big = np.flatnonzero(sizes >= LEAST_CORE_MM3)
    big = big[big > 0]
    if len(big) == 0:
        return np.zeros_like(whole)
    cores[~np.isin(cores, big)] = 0
    apart, nearest = ndimage.distance_transform_edt(cores == 0, return_indices=True)
    reached = (apart * BOX_MM <= SPLIT_MM + 1.0) & whole
    owner = np.where(reached, cores[tuple(nearest)], 0)
    own = _holding(owner, seat)
    if len(own) == 0:
        own = _holding(owner, _within(seat, BESIDE_MM))
    return np.asarray((owner > 0) & ~np.isin(owner, own))


def _holding(labels: NDArray[np.int32], seat: Booleans) -> NDArray[np.intp]:
    """Labels that share at least ``SHARED`` as much with the seat as the one that shares most."""
    shared = np.bincount(labels[seat], minlength=2)
    shared[0] = 0
    return np.flatnonzero((shared > 0) & (shared >= SHARED * shared.max()))


def envelope_mask(envelope: Mask, grid: Grid) -> Mask:
    """The envelope on another grid."""
    inside = np.zeros(grid.shape, dtype=bool)
    corners = envelope.grid.to_mm(
        np.array(np.meshgrid(*[(-0.5, n - 0.5) for n in envelope.grid.shape])).reshape(3, -1).T
    )
    index = grid.to_index(corners)
    low = np.maximum(0, np.floor(index.min(axis=0))).astype(int)
    high = np.minimum(grid.shape, np.ceil(index.max(axis=0)) + 1).astype(int)
    window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    inside[window] = resample_to(envelope.inside, envelope.grid, grid.crop(low, high), outside=0.0) >= 0.5
    return Mask(grid, inside)
