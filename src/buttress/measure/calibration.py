"""The scan calibrated by the patient: its air, fat and muscle set the grey values straight, without a phantom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.library.load_attenuation import tissue_hu
from buttress.records.calibration import DensityCalibration, TissuePeak
from buttress.records.image import Volume

Floats = NDArray[np.float64]

AIR_HU, AIR_ERROR_HU = -1000.0, 6.0
"""By the definition of the Hounsfield unit; the error (scatter, values cut at the scanner's end) is ours."""
FAT_HU, FAT_ERROR_HU = -98.0, 12.0
"""Ours: between ICRU-44's mean adipose tissue (-89 to -69 HU at 60 to 80 keV, nist126) and subcutaneous fat that is
nearly all lipid (about -120); one standard deviation spans both."""
MUSCLE_HU_KEV, MUSCLE_ERROR_HU = 70.0, 10.0
"""ICRU-44's skeletal muscle (nist126), which hardly depends on the energy (44 to 42 HU); the error is ours: fat within
the muscle lowers it, contrast raises it."""
UNCALIBRATED = (0.05, 15.0)
"""Ours: one standard deviation of slope and intercept where nothing could be checked."""
WIDEST_AIR_HU = (-1100.0, -850.0)
"""Ours: air of a scan whose scale is off by no more than about 12 %."""
SOFT_HU = (-260.0, 200.0)
GAP_HU = (90.0, 210.0)
"""Ours: fat and muscle lie about 140 HU apart; a scan with a scale off by a third still keeps them within this."""
LEAST_SHARE = 0.03
"""Ours: a peak with less than this share of the body's soft tissue is not told from partial volume."""
LEAST_AIR_ML = 20.0
BIN_HU = 2.0
MOST_SLICES = 24
"""Ours: peaks of millions of voxels need no more."""
SLAB_MM = 60.0
"""Ours: the tissue within this of the lesion's levels, where the scan is as it is at the lesion."""
SLOPES = (0.92, 1.08)
"""Ours: no scanner in service is further off; air that says so is streaked, or the field of view cuts the body."""
MISFIT = 3.0
"""Ours: peaks that miss the fitted line by more than three of their standard deviations are not what they seem."""


def calibrate(ct: Volume, levels_mm: tuple[float, float] | None = None, kvp: float | None = None) -> DensityCalibration:
    """Find air, fat and muscle as peaks of the scan's HU and the line that puts them where they belong.

    ``levels_mm`` (least and greatest z, LPS) restricts it to the slices near a lesion. Weighted least squares over the
    peaks; errors are those of the reference values. Refuses, with the reason, where air or soft tissue cannot be told.
    """
    hu = _slab(ct, levels_mm)
    voxel_ml = ct.grid.voxel_volume_ml
    air = _air_peak(hu, voxel_ml)
    if air is None:
        return _refused("no room air is in the field of view (or it was overwritten with one value)", (), kvp)
    soft = _soft_peaks(hu, voxel_ml)
    if not soft:
        return _refused("neither fat nor muscle shows as a peak of the HU", (air,), kvp)
    return _fitted((air, *soft), kvp)


def _slab(ct: Volume, levels_mm: tuple[float, float] | None) -> NDArray[np.float32]:
    if levels_mm is None:
        return ct.values
    axis = int(np.argmax(np.abs(ct.grid.directions[2])))
    middle = [(n - 1) / 2 for n in ct.grid.shape]
    index = np.tile(middle, (ct.grid.shape[axis], 1))
    index[:, axis] = np.arange(ct.grid.shape[axis])
    z = ct.grid.to_mm(index)[:, 2]
    near = np.flatnonzero((z >= levels_mm[0] - SLAB_MM) & (z <= levels_mm[1] + SLAB_MM))
    near = near[:: max(1, len(near) // MOST_SLICES)]
    return np.take(ct.values, near, axis=axis) if len(near) else ct.values


def _refused(reason: str, peaks: tuple[TissuePeak, ...], kvp: float | None) -> DensityCalibration:
    slope_error, intercept_error = UNCALIBRATED
    return DensityCalibration(
        status="not_computed",
        slope_error=slope_error,
        intercept_error_hu=intercept_error,
        peaks=peaks,
        kvp=kvp,
        method="the scanner's own HU, with a guess of their error (ours)",
        note=reason,
    )


def _air_peak(hu: NDArray[np.float32], voxel_ml: float) -> TissuePeak | None:
    """Room air: the peak far below lung, without the value that a reader or scanner fills or cuts with."""
    low = hu[(hu > WIDEST_AIR_HU[0]) & (hu < WIDEST_AIR_HU[1])].astype(np.float64)
    if len(low) == 0:
        return None
    least = float(hu.min())
    real = low[low > least + 0.5]
    if len(real) * voxel_ml < LEAST_AIR_ML:
        return None
    seen, spread = _peak(real, WIDEST_AIR_HU)
    return TissuePeak(
        tissue="air",
        seen_hu=seen,
        spread_hu=spread,
        volume_ml=len(real) * voxel_ml,
        reference_hu=AIR_HU,
        reference_error_hu=AIR_ERROR_HU,
    )


def _soft_peaks(hu: NDArray[np.float32], voxel_ml: float) -> tuple[TissuePeak, ...]:
    """Fat and muscle: the two highest peaks of the soft tissue that lie as far apart as these do; or the one there is.

    A lone peak is called by what it is nearer to.
    """
    pure = _pure(hu)
    counts, centres = _histogram(pure, SOFT_HU)
    tops = _tops(counts)
    pairs = [(a, b) for a in tops for b in tops if GAP_HU[0] <= centres[b] - centres[a] <= GAP_HU[1]]
    if pairs:
        fat, muscle = max(pairs, key=lambda ab: min(counts[ab[0]], counts[ab[1]]))
        chosen: list[tuple[str, float]] = [("fat", centres[fat]), ("muscle", centres[muscle])]
    elif tops:
        top = float(centres[max(tops, key=lambda i: counts[i])])
        chosen = [("muscle" if top > -25.0 else "fat", top)]
    else:
        return ()
    references = {
        "fat": (FAT_HU, FAT_ERROR_HU),
        "muscle": (round(tissue_hu("muscle", MUSCLE_HU_KEV), 1), MUSCLE_ERROR_HU),
    }
    out = []
    for tissue, at in chosen:
        seen, spread = _peak(pure, (at - 45.0, at + 45.0))
        near = int(np.sum(np.abs(pure - seen) < 40.0))
        reference, error = references[tissue]
        out.append(
            TissuePeak(
                tissue="fat" if tissue == "fat" else "muscle",
                seen_hu=seen,
                spread_hu=spread,
                volume_ml=near * voxel_ml,
                reference_hu=reference,
                reference_error_hu=error,
            )
        )
    return tuple(out)


def _pure(hu: NDArray[np.float32]) -> Floats:
    """Soft tissue away from edges: in-plane means over 3 x 3 voxels that are all soft tissue."""
    soft = (hu > SOFT_HU[0]) & (hu < SOFT_HU[1])
    inner = ndimage.binary_erosion(soft, structure=np.ones((3, 3, 1)))
    mean = ndimage.uniform_filter(hu, size=(3, 3, 1), mode="nearest")
    return np.asarray(mean[inner], dtype=np.float64)


def _histogram(values: Floats, span: tuple[float, float]) -> tuple[Floats, Floats]:
    edges = np.arange(span[0], span[1] + BIN_HU, BIN_HU)
    counts = np.histogram(values, bins=edges)[0].astype(np.float64)
    return ndimage.gaussian_filter1d(counts, 4.0), 0.5 * (edges[1:] + edges[:-1])


def _tops(counts: Floats) -> list[int]:
    """Local maxima that stand for at least ``LEAST_SHARE`` of all values within 20 HU either side."""
    total = counts.sum()
    reach = round(20.0 / BIN_HU)
    return [
        i
        for i in range(1, len(counts) - 1)
        if counts[i] > counts[i - 1]
        and counts[i] >= counts[i + 1]
        and counts[max(0, i - reach) : i + reach + 1].sum() >= LEAST_SHARE * total
        and counts[i] >= counts[max(0, i - reach) : i + reach + 1].max()
    ]


def _peak(values: Floats, span: tuple[float, float]) -> tuple[float, float]:
    """Peak and spread (half the width at half height over 1.18, as of a normal curve) of values within a span."""
    counts, centres = _histogram(values, span)
    top = int(np.argmax(counts))
    half = counts >= 0.5 * counts[top]
    low = high = top
    while low > 0 and half[low - 1]:
        low -= 1
    while high < len(half) - 1 and half[high + 1]:
        high += 1
    part = slice(low, high + 1)
    middle = float(np.average(centres[part], weights=counts[part]))
    return middle, float((high - low + 1) * BIN_HU / 2.355)


def _fitted(peaks: Sequence[TissuePeak], kvp: float | None) -> DensityCalibration:
    seen = np.array([p.seen_hu for p in peaks])
    truth = np.array([p.reference_hu for p in peaks])
    # a broad peak may sit half its spread off: streaks in the air, tumour beside the fat
    error = np.array([np.hypot(p.reference_error_hu, 0.5 * p.spread_hu) for p in peaks])
    design = np.stack([seen, np.ones_like(seen)], axis=1) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    slope, intercept = covariance @ design.T @ (truth / error)
    misfit = np.abs(slope * seen + intercept - truth) / error
    if misfit.max(initial=0.0) > MISFIT or not SLOPES[0] <= slope <= SLOPES[1]:
        worst = peaks[int(misfit.argmax())]
        at = ", ".join(f"{p.tissue} at {p.seen_hu:.0f}" for p in peaks)
        reason = f"the peaks fit no line that a scanner shows ({at} HU; slope {slope:.2f}, worst: {worst.tissue})"
        return _refused(reason, tuple(peaks), kvp)
    return DensityCalibration(
        status="measured",
        slope=float(slope),
        intercept_hu=float(intercept),
        slope_error=float(np.sqrt(covariance[0, 0])),
        intercept_error_hu=float(np.sqrt(covariance[1, 1])),
        covariance_hu=float(covariance[0, 1]),
        peaks=tuple(peaks),
        kvp=kvp,
        method="line through the peaks of " + ", ".join(p.tissue for p in peaks) + " in the slices near the lesion, "
        "weighted by how well each tissue's true HU is known",
        note="" if len(peaks) == 3 else "only one soft tissue was found: nothing checks the line",
    )
