"""How stiff bone is by its grey value: a power of its share of dense cortex, anchored at dense cortex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.library.load import load_bone_strength, load_modulus_laws
from buttress.library.load_attenuation import energies_kev, tissue_hu
from buttress.records.calibration import DensityCalibration

MIDDLE_LAW = "morgan2003_pooled"
"""The law that gives values; the others of the shelf give intervals (ours)."""

MARROW_MPA = 1.0
"""Marrow, tumour and fat inside the bone: next to nothing (ours). Kept above zero so that no piece floats."""

GAP_MPA = 0.05
"""Air, and the gap of a fracture (ours)."""

AIR_HU = -500.0

LEAST_SHARE = 0.1
"""What holds less than this share of dense cortex does not count as bone that can fail (ours; about 170 HU)."""


@dataclass(frozen=True, slots=True)
class BoneMaterial:
    """``E = cortical_mpa * share ** exponent`` with ``share = (HU - soft_hu) / (cortex_hu - soft_hu)``.

    HU are those of the scan, as stored.
    """

    law: str
    exponent: float
    soft_hu: float
    cortex_hu: float
    cortical_mpa: float

    def share(self, hu: NDArray[np.floating]) -> NDArray[np.float64]:
        """Share of dense cortex in every voxel, 0 and more: enamel-like values go beyond 1."""
        return np.maximum((np.asarray(hu, dtype=float) - self.soft_hu) / (self.cortex_hu - self.soft_hu), 0.0)

    def modulus_mpa(self, hu: NDArray[np.floating]) -> NDArray[np.float64]:
        """Young's modulus of every voxel, MPa; marrow's where there is no mineral, next to none in air."""
        least = np.where(np.asarray(hu) < AIR_HU, GAP_MPA, MARROW_MPA)
        return np.asarray(np.maximum(self.cortical_mpa * self.share(hu) ** self.exponent, least))

    def is_bone(self, hu: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Where there is enough mineral to count as bone that can fail."""
        return np.asarray(self.share(hu) >= LEAST_SHARE)


def bone_materials(calibration: DensityCalibration | None) -> tuple[BoneMaterial, ...]:
    """The laws of the shelf for one scan, the middle one first; then the middle one at either end of the calibration.

    What the scan's own air, fat and muscle say of its grey values is taken along, with two of its errors; so are the
    beam's least and greatest effective energy. Soft tissue is muscle.
    """
    laws, cortical = load_modulus_laws(), load_bone_strength().cortical_modulus_mpa.value
    low_kev, high_kev = energies_kev(calibration.kvp if calibration else None)
    middle = 0.5 * (low_kev + high_kev)

    def at(law: str, kev: float, errors: float) -> BoneMaterial:
        soft, cortex = (
            _as_stored(calibration, tissue_hu(name, kev), errors) for name in ("muscle", "cortical_bone")
        )  # fmt: skip
        return BoneMaterial(law, laws[law].exponent, soft, cortex, cortical)

    others = (key for key in laws if key != MIDDLE_LAW)
    return (
        at(MIDDLE_LAW, middle, 0.0),
        *(at(key, middle, 0.0) for key in others),
        at(MIDDLE_LAW, low_kev, -2.0),
        at(MIDDLE_LAW, high_kev, 2.0),
    )


def _as_stored(calibration: DensityCalibration | None, true_hu: float, errors: float) -> float:
    """The value that a scan shows for a tissue of ``true_hu``, ``errors`` standard deviations off."""
    if calibration is None:
        return true_hu
    return (true_hu - calibration.intercept_hu + errors * calibration.error_hu(true_hu)) / calibration.slope
