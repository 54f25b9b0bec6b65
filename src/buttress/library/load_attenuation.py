"""HU of tissues from published attenuation: what a scan of a given effective energy should show."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from buttress.library.load import load_table

ENERGY_KEV = {80: (50.0, 58.0), 100: (54.0, 66.0), 120: (60.0, 75.0), 140: (66.0, 80.0)}
UNKNOWN_KEV = (58.0, 80.0)
"""Ours: effective energies of CT beams behind a body. At 140 kVp cortex reads 1300 to 1500 HU, which is ICRU-44's
cortical bone at 74 to 81 keV."""


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return load_table("tissues/attenuation.toml")


@lru_cache(maxsize=64)
def tissue_hu(tissue: str, energy_kev: float) -> float:
    """HU of an ICRU-44 tissue for photons of one energy (50 to 100 keV): 1000 (mu / mu_water - 1), nist126.

    Between the table's energies the logarithm of the attenuation is linear in the logarithm of the energy.
    """
    table = _table()
    ratio = _attenuation(table[tissue], energy_kev) / _attenuation(table["water"], energy_kev)
    return float(1000.0 * (ratio - 1.0))


def tissue_density_g_cm3(tissue: str) -> float:
    """Density of an ICRU-44 tissue, g/cm3."""
    return float(_table()[tissue]["density_g_cm3"])


def _attenuation(row: dict[str, Any], energy_kev: float) -> float:
    at = np.log(_table()["energies_kev"]["at"])
    mass = np.log(row["mass_attenuation_cm2_g"])
    return float(row["density_g_cm3"] * np.exp(np.interp(np.log(energy_kev), at, mass)))


def energies_kev(kvp: float | None) -> tuple[float, float]:
    """Least and greatest effective energy of the beam, keV, for a tube voltage; wide where it is unknown."""
    if kvp is None:
        return UNKNOWN_KEV
    return ENERGY_KEV[min(ENERGY_KEV, key=lambda known: abs(known - kvp))]
