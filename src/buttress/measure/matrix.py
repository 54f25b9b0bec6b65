"""How dense a lesion is, and what its density and its margin say about its matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.distance import signed_distance_mm
from buttress.numerics.grid import voxel_indices
from buttress.records.findings import Measure, Observation
from buttress.records.image import Volume

Booleans = NDArray[np.bool_]

LYTIC_BELOW_HU = 170.0
"""Ours: between plain lytic metastases (mean 20-110 HU) and mixed or sclerotic ones (from 235 HU) of nine real lesions
(note lesions.md, BLDS)."""
BLASTIC_ABOVE_HU = 500.0
"""Ours: denser on average than any of those nine (up to 362 HU)."""
LEAST_SHARE_INSIDE = 0.1
"""Ours: with less of it inside, what lies inside is the edge of the cortex it touches."""
DENSE_HU, DENSE_SHARE = 300.0, 0.25
"""Ours: a lesion with a quarter of its voxels this dense is mixed whatever its mean."""
ABOUT_MM = 10.0
"""Ours: what is looked at about the lesion: the rim and the bone's outer 3 mm beyond it."""
RIM_MM = (3.0, 6.0)
"""Ours: the rim looked at lies this far outside the lesion; nearer is its blurred edge."""
WIDE_MARGIN_MM = 4.0
"""Margins by the note lesions.md: 1 mm geographic, 2-3 mm ill defined, 4 mm and more permeative."""
HOLES_SHARE = 0.12
"""Ours: this share of the rim, or more, as dark as the lesion."""
UNSURE_SHARE, UNSURE_HU = 0.05, 30.0
"""Ours: as near as this to a limit, the class could be the other one."""


@dataclass(frozen=True, slots=True, eq=False)
class Margin:
    """The lesion's edge: how wide it is (mm; ``None``: no contrast), and the share of the rim that holds dark holes."""

    width_mm: float | None
    holes_fraction: float | None


def measure_density(ct: Volume, lesion: Booleans, bone: Booleans) -> tuple[Measure, Observation]:
    """Mean HU of the lesion inside the bone (outermost voxel layer left out), and the matrix class that it suggests."""
    box = _window(lesion, np.ceil(ABOUT_MM / ct.grid.spacing_mm).astype(int))
    lesion, bone, values = lesion[box], bone[box], ct.values[box]
    within = lesion & bone
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
    return mean, _matrix(hu, read_margin(values, ct.grid.spacing_mm, within, bone, float(np.median(hu))))


def read_margin(
    values: NDArray[np.float32], spacing: NDArray[np.float64], within: Booleans, bone: Booleans, lesion_hu: float
) -> Margin:
    """The lesion's edge against the bone around it, below the bone's outer 3 mm.

    Width: the contrast over the steepest rise of mean HU with distance from the outline. Holes: voxels 3-6 mm outside
    that lie within a third of the contrast of the lesion's HU.
    """
    away = signed_distance_mm(within, spacing)
    depth = ndimage.distance_transform_edt(np.pad(bone, 1), sampling=spacing)[1:-1, 1:-1, 1:-1]
    deep, hu = bone & (depth > 3.0), values.astype(np.float64)
    rim = deep & (away > RIM_MM[0]) & (away <= RIM_MM[1])
    if rim.sum() < 50:
        return Margin(None, None)
    bone_hu = float(np.median(hu[rim]))
    contrast = bone_hu - lesion_hu
    if contrast < 60.0:
        return Margin(None, None)
    shells = [hu[deep & (away > a) & (away <= a + 1.0)] for a in np.arange(-4.0, 6.0)]
    rise = np.diff([shell.mean() if len(shell) >= 10 else np.nan for shell in shells])
    steepest = float(np.nanmax(rise)) if np.isfinite(rise).any() else 0.0
    holes = float(np.mean(hu[rim] < lesion_hu + contrast / 3))
    return Margin(contrast / steepest if steepest > 0 else None, holes)


def _window(inside: Booleans, reach: NDArray[np.intp]) -> tuple[slice, slice, slice]:
    index = voxel_indices(inside)
    low, high = np.maximum(0, index.min(axis=0) - reach), np.minimum(inside.shape, index.max(axis=0) + reach + 1)
    i, j, k = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return i, j, k


def _matrix(hu: NDArray[np.float64], margin: Margin) -> Observation:
    mean, dense = float(hu.mean()), float((hu > DENSE_HU).mean())
    low = float((hu < LYTIC_BELOW_HU).mean())
    holes, width = margin.holes_fraction, margin.width_mm
    lytic = mean <= LYTIC_BELOW_HU and dense < DENSE_SHARE
    if mean > BLASTIC_ABOVE_HU:
        value = "blastic"
    elif not lytic:
        value = "mixed"
    elif holes is not None and width is not None and holes >= HOLES_SHARE and width >= WIDE_MARGIN_MM:
        value = "permeative"
    else:
        value = "lytic"
    return Observation(
        value=value,
        where="lesion inside the bone, and the bone within 6 mm of it",
        method=f"lytic up to a mean of {LYTIC_BELOW_HU:.0f} HU, blastic above {BLASTIC_ABOVE_HU:.0f} HU, mixed between "
        f"or with {DENSE_SHARE:.0%} of voxels above {DENSE_HU:.0f} HU; permeative: lytic with a margin of at "
        f"least {WIDE_MARGIN_MM:.0f} mm and dark holes in {HOLES_SHARE:.0%} of the rim or more (our thresholds)",
        note=f"mean {mean:.0f} HU, standard deviation {hu.std():.0f} HU, {low:.0%} below {LYTIC_BELOW_HU:.0f} HU, "
        f"{dense:.0%} above {DENSE_HU:.0f} HU; {_margin_words(margin)}{_doubt(mean, dense, margin)}",
    )


def _margin_words(margin: Margin) -> str:
    if margin.width_mm is None or margin.holes_fraction is None:
        return "its margin shows no contrast, so a permeative one could not be told"
    return f"margin about {margin.width_mm:.0f} mm wide, dark holes in {margin.holes_fraction:.0%} of the rim"


def _doubt(mean: float, dense: float, margin: Margin) -> str:
    """What else it could be, where a number lies near its limit."""
    near = [limit for limit in (LYTIC_BELOW_HU, BLASTIC_ABOVE_HU) if abs(mean - limit) < UNSURE_HU]
    near += [DENSE_SHARE] if abs(dense - DENSE_SHARE) < UNSURE_SHARE else []
    holes = margin.holes_fraction
    near += [HOLES_SHARE] if holes is not None and abs(holes - HOLES_SHARE) < UNSURE_SHARE else []
    return "; near a limit: the class is in doubt" if near else ""
