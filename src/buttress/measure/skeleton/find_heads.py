"""Where femoral heads lie: edges of bone vote for the centre behind them, each is fitted; a socket decides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.head_sphere import RADIUS_MM, HeadSphere, fit_head_sphere
from buttress.measure.skeleton.bone_tissue import Tissue
from buttress.numerics.balls import grown
from buttress.numerics.grid import Grid, Points
from buttress.numerics.resample import resample_box, resample_to, sample
from buttress.numerics.sphere import even_directions
from buttress.records.image import Volume

CANDIDATES = 6
"""Ours: the head was among the first four in every hip looked at, with the voxels' grid moved."""
VOTE_MM = 2.0
"""Ours: voxels of 3 mm put the peak up to 12 mm off the head's middle, those of 2 mm 4 mm (twice
9), of 1.5 mm no less."""
SMOOTH_MM = 1.0
EDGE_HU_PER_MM = 30.0
"""Ours: an edge from spongy bone (150 HU) to soft tissue (40 HU) across the blur of 3 mm slices is about this steep."""
BESIDE_MM = 4.5
"""Ours: edges further from bone than this are skin, air and vessels."""
DEEP_MM, LEAST_DEEP = 9.0, 0.75
"""Ours: within about a head's radius of a head's centre nearly all is bone or marrow."""
REACH_MM = 12.0
"""Ours: votes gather this near to the centre."""
LEAST_WORTH = 0.15
"""Ours: a whole head in 3 mm slices, in touch with its roof, had 0.25 to 0.29; less is asked for
than where no socket is
looked for."""
APART_MM = (140.0, 220.0)
"""Ours: so far apart are the heads of two hips; a trochanter, the sacrum or the roof, taken for a head, is nearer."""
MOST_HEADS = 2
SPACE_MM, WALL_MM, STEP_MM = (-0.5, 4.0), 6.0, 0.5
"""Ours: the joint space lies this far from the head's outer edge, the socket's plate this far behind its middle."""
WALL_HU, FULL_DIP_HU = 200.0, 100.0
"""Ours: the least brightness of a socket's plate in 3 mm slices; a joint space this much darker than both plates counts
in full, one less dark in part."""
LEAST_SEATED = 0.11
"""Ours: eight hips looked at have 0.12 to 0.24; condyles 0.02 to 0.10, trochanters 0.05 to 0.11."""

LEAST_TOLD = 0.026
"""Ours: the same times the sphere's coverage: 0.028 to 0.10 in those hips, 0.023 at the corner of a sacrum."""


def find_heads(ct: Volume, tissue: Tissue) -> list[HeadSphere]:
    """The femoral heads of a region, at most two, best told first: by their coverage and by the socket around them.

    A trochanter, a condyle or the roof of a socket may be as round as a head, but is not seated like one.
    """
    found = [fit_head_sphere(ct, centre, None, REACH_MM, least_worth=LEAST_WORTH) for centre in _voted(ct, tissue)]
    seats = [(seated(ct, head), head) for head in found if head is not None]
    told = [(seat * head.coverage, head) for seat, head in seats if seat >= LEAST_SEATED]
    kept: list[HeadSphere] = []
    for worth, head in sorted(told, key=lambda one: -one[0]):
        apart = [float(np.linalg.norm(np.subtract(head.centre_mm, k.centre_mm))) for k in kept]
        if worth >= LEAST_TOLD and all(APART_MM[0] < mm < APART_MM[1] for mm in apart):
            kept.append(head)
    return kept[:MOST_HEADS]


def seated(ct: Volume, head: HeadSphere) -> float:
    """How far a ball is surrounded by a socket (0-1): a dark gap beyond its plate and a second plate behind that.

    The mean over the directions that lie inside the images.
    """
    reach = head.radius_mm + SPACE_MM[1] + WALL_MM
    smooth = _smoothed(*resample_box(ct.values, ct.grid, np.array(head.centre_mm), reach, 1.5, outside=np.nan))
    beyond = np.arange(-WALL_MM, SPACE_MM[1] + WALL_MM, STEP_MM)
    rays = even_directions(1000)[:, None, :] * (head.radius_mm + beyond)[:, None]
    hu = sample(*smooth, np.array(head.centre_mm) + rays).astype(float)
    hu = hu[np.isfinite(hu).all(axis=1)]
    if len(hu) == 0:
        return 0.0
    space = np.flatnonzero((beyond >= SPACE_MM[0]) & (beyond <= SPACE_MM[1]))
    at = space[0] + hu[:, space].argmin(axis=1)
    after = np.arange(len(beyond)) - at[:, None]
    behind = np.where((after >= 0) & (after * STEP_MM < WALL_MM), hu, -np.inf).max(axis=1)
    before = hu[:, beyond < -SPACE_MM[0]].max(axis=1)
    dip = np.minimum(before, behind) - hu[:, space].min(axis=1)
    return float(np.where(behind > WALL_HU, np.clip(dip / FULL_DIP_HU, 0.0, 1.0), 0.0).mean())


def _smoothed(hu: NDArray[np.float32], box: Grid) -> tuple[NDArray[np.float32], Grid]:
    seen = np.isfinite(hu)
    smooth = ndimage.gaussian_filter(np.where(seen, hu, np.float32(0.0)), SMOOTH_MM / float(box.spacing_mm[0]))
    smooth[~seen] = np.nan
    return smooth, box


def _voted(ct: Volume, tissue: Tissue) -> list[Points]:
    """Places deep in bone with most edges facing them at a head's radius, best first."""
    box = _finer(tissue.box)
    smooth = resample_to(ct.values, ct.grid, box, outside=-1000.0)
    smooth = ndimage.gaussian_filter(np.clip(smooth, -100.0, 1200.0), SMOOTH_MM / VOTE_MM)
    body, beside = (
        resample_to(mask.astype(np.float32), tissue.box, box, outside=0.0)
        for mask in (tissue.body, grown(tissue.body, BESIDE_MM, tissue.voxel_mm))
    )
    slope = np.stack(list(np.gradient(smooth, VOTE_MM)), axis=-1)
    steep = np.linalg.norm(slope, axis=-1)
    at = np.argwhere((steep > EDGE_HU_PER_MM) & (beside > 0.5))
    inward = slope[tuple(at.T)] / steep[tuple(at.T)][:, None]
    votes: NDArray[np.float64] = np.zeros(steep.size)
    for radius in np.arange(RADIUS_MM[0], RADIUS_MM[1] + 0.1, VOTE_MM):
        index = np.rint(at + inward * (radius / VOTE_MM)).astype(int)
        index = index[np.all((index >= 0) & (index < steep.shape), axis=1)]
        votes += np.bincount(np.ravel_multi_index(tuple(index.T), steep.shape), minlength=votes.size)
    counted = ndimage.gaussian_filter(votes.reshape(steep.shape), 2.5 / VOTE_MM)
    counted[ndimage.gaussian_filter(body, DEEP_MM / VOTE_MM) < LEAST_DEEP] = 0.0
    peaks = np.argwhere((counted == ndimage.maximum_filter(counted, 2 * round(8.0 / VOTE_MM) + 1)) & (counted > 0))
    order = np.argsort(-counted[tuple(peaks.T)], kind="stable")[:CANDIDATES]
    return [box.to_mm(peaks[n]) for n in order]


def _finer(box: Grid) -> Grid:
    """The same box with the voxels of the vote."""
    shape = (np.array(box.shape) - 1) * box.spacing_mm / VOTE_MM
    i, j, k = (np.floor(shape + 1e-6).astype(int) + 1).tolist()
    affine = box.affine.copy()
    affine[:3, :3] = box.directions * VOTE_MM
    return Grid((i, j, k), affine)
