"""What a scanner makes of the finely drawn tissue: slices with a profile, blur within the slice, correlated noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from buttress.numerics.grid import Grid
from buttress.phantom.fine_grid import Floats
from buttress.phantom.spec import PhantomSpec
from buttress.records.image import Volume

GRAIN_PIXELS = 0.8  # ours: noise of a body kernel correlates over about a pixel in the slice
HU_LIMITS = (-1024.0, 3071.0)  # the range of a 12-bit CT


def scanned(fine_hu: NDArray[np.float32], fine: Grid, spec: PhantomSpec, parts: tuple[int, int, int]) -> Volume:
    """The CT of finely drawn HU on ``fine`` (``parts`` sub-voxels a voxel of ``spec.grid``), noise by ``spec.seed``."""
    slices = slice_profile(fine_hu, parts[2], (spec.slice_mm or spec.spacing_mm[2]) / spec.spacing_mm[2])
    if spec.blur_mm > 0:
        i, j = (spec.blur_mm / fine.spacing_mm[:2]).tolist()
        slices = ndi.gaussian_filter(slices, (i, j, 0.0))
    ni, nj, nk = spec.grid.shape
    values = slices.reshape(ni, parts[0], nj, parts[1], nk).mean(axis=(1, 3), dtype=np.float64) + _noise(spec)
    return Volume(spec.grid, np.round(np.clip(values, *HU_LIMITS)).astype(np.float32))


def slice_profile(fine: NDArray[np.float32], parts: int, widths: float) -> NDArray[np.float32]:
    """Box means along k: one a slice of ``parts`` sub-slices, ``widths`` slice spacings wide, cut off at both ends.

    Exact for sub-slices of constant value, whatever the width.
    """
    n = fine.shape[2]
    total = np.concatenate([np.zeros((*fine.shape[:2], 1)), np.cumsum(fine, axis=2, dtype=np.float64)], axis=2)
    middle = (np.arange(n // parts) + 0.5) * parts
    low, high = (np.clip(middle + sign * widths * parts / 2, 0, n) for sign in (-1, 1))
    return np.asarray((_at(total, high) - _at(total, low)) / (high - low), dtype=np.float32)


def _at(total: Floats, where: Floats) -> Floats:
    below = np.minimum(np.floor(where).astype(int), total.shape[2] - 2)
    share = where - below
    return np.asarray(total[:, :, below] * (1 - share) + total[:, :, below + 1] * share)


def _noise(spec: PhantomSpec) -> Floats:
    shape = spec.grid.shape
    if spec.noise_hu <= 0:
        return np.zeros(shape)
    grain = ndi.gaussian_filter(np.random.default_rng(spec.seed).standard_normal(shape), (GRAIN_PIXELS,) * 2 + (0.0,))
    return np.asarray(grain / grain.std() * spec.noise_hu)
