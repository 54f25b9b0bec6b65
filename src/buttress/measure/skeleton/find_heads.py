"""Where femoral heads may lie in a region: steep edges of bone vote for the centre behind them, and each is fitted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.head_sphere import RADIUS_MM, HeadSphere, fit_head_sphere
from buttress.measure.skeleton.bone_tissue import Tissue
from buttress.numerics.grid import Points
from buttress.records.image import Volume

CANDIDATES = 5
EDGE_HU_PER_MM = 30.0
"""Ours: an edge from spongy bone (150 HU) to soft tissue (40 HU) across the blur of 3 mm slices is about this steep."""
DEEP_MM, LEAST_DEEP = 9.0, 0.75
"""Ours: within about a head's radius of a head's centre nearly all is bone or marrow."""
REACH_MM = 12.0
"""Ours: votes gather this near to the centre."""
APART_MM = (140.0, 220.0)
"""Ours: so far apart are the heads of two hips; a trochanter, the sacrum or the roof, taken for a head, is nearer."""
MOST_HEADS = 2


def find_heads(ct: Volume, tissue: Tissue) -> list[HeadSphere]:
    """The femoral heads of a region, at most two, best covered first."""
    found = [fit_head_sphere(ct, centre, None, REACH_MM) for centre in _voted(tissue)]
    kept: list[HeadSphere] = []
    for head in sorted((h for h in found if h is not None), key=lambda h: -h.coverage):
        apart = [float(np.linalg.norm(np.subtract(head.centre_mm, k.centre_mm))) for k in kept]
        if all(APART_MM[0] < mm < APART_MM[1] for mm in apart):
            kept.append(head)
    return kept[:MOST_HEADS]


def _voted(tissue: Tissue) -> list[Points]:
    """Places deep in bone with most edges facing them at a head's radius, best first."""
    voxel = tissue.voxel_mm
    smooth = np.clip(tissue.smooth_hu, -100.0, 1200.0)
    slope = np.stack(list(np.gradient(smooth, voxel)), axis=-1)
    steep = np.linalg.norm(slope, axis=-1)
    at = np.argwhere(steep > EDGE_HU_PER_MM)
    inward = slope[tuple(at.T)] / steep[tuple(at.T)][:, None]
    votes: NDArray[np.float64] = np.zeros(steep.size)
    for radius in np.arange(RADIUS_MM[0], RADIUS_MM[1] + 0.1, voxel):
        index = np.rint(at + inward * (radius / voxel)).astype(int)
        index = index[np.all((index >= 0) & (index < steep.shape), axis=1)]
        votes += np.bincount(np.ravel_multi_index(tuple(index.T), steep.shape), minlength=votes.size)
    counted = ndimage.gaussian_filter(votes.reshape(steep.shape), 2.5 / voxel)
    counted[ndimage.gaussian_filter(tissue.body.astype(np.float32), DEEP_MM / voxel) < LEAST_DEEP] = 0.0
    peaks = np.argwhere((counted == ndimage.maximum_filter(counted, 2 * round(8.0 / voxel) + 1)) & (counted > 0))
    order = np.argsort(-counted[tuple(peaks.T)], kind="stable")[:CANDIDATES]
    return [tissue.box.to_mm(peaks[n]) for n in order]
