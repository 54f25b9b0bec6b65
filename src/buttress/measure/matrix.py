"""How dense a lesion is, and what its density says about its matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.records.findings import Measure, Observation
from buttress.records.image import Volume

LYTIC_BELOW_HU = 170.0
"""Ours: between plain lytic metastases (mean 20-110 HU) and mixed or sclerotic ones (from 235 HU) of nine real lesions
(note lesions.md, BLDS)."""
BLASTIC_ABOVE_HU = 500.0
"""Ours: denser on average than any of those nine (up to 362 HU)."""
LEAST_SHARE_INSIDE = 0.1
"""Ours: with less of it inside, what lies inside is the edge of the cortex it touches."""
DENSE_HU, DENSE_SHARE = 300.0, 0.25
"""Ours: a lesion with a quarter of its voxels this dense is mixed whatever its mean."""


def measure_density(ct: Volume, lesion: NDArray[np.bool_], bone: NDArray[np.bool_]) -> tuple[Measure, Observation]:
    """Mean HU of the lesion inside the bone (outermost voxel layer left out), and the matrix class that it suggests."""
    box = ndimage.find_objects(lesion.view(np.int8))[0]
    lesion, values = lesion[box], ct.values[box]
    within = lesion & bone[box]
    if within.sum() < LEAST_SHARE_INSIDE * lesion.sum():
        reason = f"less than {LEAST_SHARE_INSIDE:.0%} of the lesion lies inside the bone"
        return Measure.missing(reason, unit="HU"), Observation.missing(reason)
    core = ndimage.binary_erosion(within)
    used = core if core.any() else within
    hu = values[used].astype(np.float64)
    layers = (within, used, ndimage.binary_erosion(used))
    means = [float(values[m].astype(np.float64).mean()) for m in layers if m.any()]
    mean = Measure(
        value=float(hu.mean()),
        low=min(means),
        high=max(means),
        unit="HU",
        where="lesion inside the bone",
        method="mean of the lesion mask less its outermost voxels; interval: none or two layers left out",
        note=f"standard deviation {hu.std():.0f} HU",
    )
    return mean, _matrix(float(hu.mean()), float((hu > DENSE_HU).mean()))


def _matrix(mean_hu: float, dense_share: float) -> Observation:
    if mean_hu > BLASTIC_ABOVE_HU:
        value = "blastic"
    elif mean_hu > LYTIC_BELOW_HU or dense_share >= DENSE_SHARE:
        value = "mixed"
    else:
        value = "lytic"
    return Observation(
        value=value,
        where="lesion inside the bone",
        method=f"lytic up to a mean of {LYTIC_BELOW_HU:.0f} HU, blastic above {BLASTIC_ABOVE_HU:.0f} HU, mixed between "
        f"or with {DENSE_SHARE:.0%} of voxels above {DENSE_HU:.0f} HU (our thresholds)",
        note=f"mean {mean_hu:.0f} HU, {dense_share:.0%} above {DENSE_HU:.0f} HU",
    )
