"""Whether heat or cold has killed: rate laws and doses over a temperature history.

``Ω = int A exp(-Ea/RT) dt`` (arrhenius), ``CEM43 = int R^(43 - T) dt``; numbers and sources are in ``damage.toml``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.library.load_damage import load_damage
from buttress.records.damage import ArrheniusLaw, ThermalDose

ZERO_C_K = 273.15
GAS_CONSTANT_J_MOLK = 8.314462618

Floats = NDArray[np.float64]


def damage_rate_1_s(law: ArrheniusLaw, temperature_c: ArrayLike) -> Floats:
    """``dΩ/dt`` at a temperature, 1/s; any shape. In logarithms, since A alone may be 1e98."""
    kelvin = np.asarray(temperature_c, dtype=float) + ZERO_C_K
    return np.asarray(np.exp(np.log(law.frequency_1_s) - law.energy_k / kelvin))


def dose_rate(dose: ThermalDose, temperature_c: ArrayLike) -> Floats:
    """Equivalent minutes at 43 °C per minute at a temperature; any shape."""
    away = dose.reference_c.value - np.asarray(temperature_c, dtype=float)
    base = np.where(away <= 0.0, dose.base_above.value, dose.base_below.value)
    return np.asarray(base**away)


def damage_over(law: ArrheniusLaw, times_s: ArrayLike, temperatures_c: ArrayLike) -> Floats:
    """Ω after a history: ``times_s`` ``(n,)`` rising, ``temperatures_c`` ``(n, ...)``; straight lines between times."""
    return _integral(np.asarray(times_s, dtype=float), damage_rate_1_s(law, temperatures_c))


def dose_over(dose: ThermalDose, times_s: ArrayLike, temperatures_c: ArrayLike) -> Floats:
    """CEM43 in minutes after a history; shapes as in :func:`damage_over`."""
    return _integral(np.asarray(times_s, dtype=float), dose_rate(dose, temperatures_c)) / 60.0


def _integral(times_s: Floats, rate: Floats) -> Floats:
    """Rates rise exponentially with temperature, so between two times the logarithm of the rate is taken as straight.

    The exact integral is then the logarithmic mean times the step; the trapezium would be too large.
    """
    before, after = rate[:-1], rate[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.log(after) - np.log(before)
        mean = np.where(np.abs(grown) > 1e-6, (after - before) / grown, 0.5 * (before + after))
    steps = np.diff(times_s).reshape([-1] + [1] * (rate.ndim - 1))
    return np.asarray(np.sum(np.nan_to_num(mean) * steps, axis=0))


def seconds_to_kill(law: ArrheniusLaw, temperature_c: float) -> float:
    """Seconds at a constant temperature until Ω = 1."""
    return float(1.0 / damage_rate_1_s(law, temperature_c))


def seconds_to_dose(temperature_c: float, dose: ThermalDose | None = None) -> float:
    """Seconds at a constant temperature until the lethal thermal dose."""
    shelf = dose or load_damage().dose
    return float(shelf.lethal_min.value * 60.0 / dose_rate(shelf, temperature_c))
