"""How dense the bone around a lesion is, in g/cm3, from grey values that the scan's own tissues have set straight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.library.load_attenuation import energies_kev, tissue_density_g_cm3, tissue_hu
from buttress.numerics.grid import voxel_indices
from buttress.records.calibration import DensityCalibration
from buttress.records.findings import Measure
from buttress.records.image import Mask, Volume

NEAR_MM = (3.0, 20.0)
"""Ours: nearer is the lesion's own blurred edge; farther is another part of the bone."""
LEAST_ML = 0.5
"""Ours: less bone than this around the lesion is no sample."""
LAW = (
    "wet density of a mixture by volume of soft tissue and ICRU-44 cortical bone (attenuation: nist126; the mixture is "
    "ours, and so is the range of effective energies)"
)


def density_g_cm3(true_hu: float, energy_kev: float, filling: str = "") -> float:
    """Density of tissue by its (calibrated) HU: soft tissue and cortical bone mixed by volume.

    ``filling`` is what lies between the mineral: ``fat`` (yellow marrow), ``muscle`` (as red marrow or tumour), or the
    mean of both. Below the filling's own HU there is no mineral, and its own density is returned.
    """
    parts = (filling,) if filling else ("fat", "muscle")
    soft_hu = float(np.mean([tissue_hu(p, energy_kev) for p in parts]))
    soft = float(np.mean([tissue_density_g_cm3(p) for p in parts]))
    share = (true_hu - soft_hu) / (tissue_hu("cortical_bone", energy_kev) - soft_hu)
    return soft + max(0.0, share) * (tissue_density_g_cm3("cortical_bone") - soft)


def measure_bone_density(
    ct: Volume, lesion: NDArray[np.bool_], bone: NDArray[np.bool_], calibration: DensityCalibration
) -> Measure:
    """Mean density of the target bone 3 to 20 mm from the lesion, marrow included, g/cm3.

    The interval holds two standard deviations of the calibration, the range of effective energies and what fills the
    spaces. It is a mean over the bone, not of the cortex: it compares bones and scans, and enters no score.
    """
    window, around = _around(lesion, bone, ct.grid.spacing_mm)
    if around.sum() * ct.grid.voxel_volume_ml < LEAST_ML:
        return Measure.missing("too little of the bone lies around the lesion in this field of view", unit="g/cm3")
    seen = float(ct.values[window][around].astype(np.float64).mean())
    true, error = calibration.corrected_hu(seen), 2.0 * calibration.error_hu(seen)
    low_kev, high_kev = energies_kev(calibration.kvp)
    ends = [
        density_g_cm3(hu, kev, filling)
        for hu in (true - error, true + error)
        for kev in (low_kev, high_kev)
        for filling in ("fat", "muscle")
    ]
    value = density_g_cm3(true, 0.5 * (low_kev + high_kev))
    voltage = "tube voltage unknown" if calibration.kvp is None else f"{calibration.kvp:.0f} kVp"
    calibrated = "calibrated by air, fat and muscle" if calibration.status == "measured" else "not calibrated"
    return Measure(
        value=value,
        low=min(value, *ends),
        high=max(value, *ends),
        unit="g/cm3",
        where=f"the bone {NEAR_MM[0]:.0f} to {NEAR_MM[1]:.0f} mm from the lesion, marrow included",
        method=f"{LAW}; interval: calibration (two standard deviations), effective energy, fat or water in the marrow",
        note=f"mean {seen:.0f} HU as stored, {true:.0f} HU {calibrated}; {voltage}",
    )


def _around(
    lesion: NDArray[np.bool_], bone: NDArray[np.bool_], spacing_mm: NDArray[np.float64]
) -> tuple[tuple[slice, ...], NDArray[np.bool_]]:
    """The lesion's box, as wide as is needed, and which of its voxels are bone within ``NEAR_MM`` of the lesion."""
    index = voxel_indices(lesion)
    reach = np.ceil(NEAR_MM[1] / spacing_mm).astype(int) + 1
    low, high = np.maximum(0, index.min(axis=0) - reach), np.minimum(lesion.shape, index.max(axis=0) + reach + 1)
    window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    apart = ndimage.distance_transform_edt(~lesion[window], sampling=spacing_mm)
    return window, bone[window] & (apart >= NEAR_MM[0]) & (apart <= NEAR_MM[1])


def lesion_levels_mm(lesion: Mask) -> tuple[float, float]:
    """Least and greatest z of a lesion, LPS mm."""
    z = lesion.points_mm()[:, 2]
    return float(z.min()), float(z.max())
