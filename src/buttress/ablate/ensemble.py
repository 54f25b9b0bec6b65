"""What a simulation does not know, drawn many times: blood flow, the tumour's properties, power, the tips' place.

A Latin hypercube over the ranges of the shelf: every draw is another patient that the same CT could be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from buttress.ablate.chart import PLACING_ERROR_MM
from buttress.ablate.materials import PropertyChange
from buttress.library.load_tissues import load_electrical_tissues, load_thermal_tissues
from buttress.records.number import Number

TUMOUR = "lytic_tumour"
PERFUSION_FACTORS = (0.5, 2.0)
"""Half to twice the shelf's blood flow everywhere (ours: no perfusion of lytic metastases was found)."""

POWER_FACTORS = (0.9, 1.1)
"""What reaches the tissue of what the generator sends (ours)."""

PLAIN = 5
"""Numbers drawn for a variation before the shifts of its tips, three for each probe."""


@dataclass(frozen=True, slots=True, eq=False)
class Variation:
    """One draw: tissue properties, the factor on power or cooling, and shifts of the probes, mm, ``(probes, 3)``."""

    change: PropertyChange
    power_factor: float
    shifts_mm: NDArray[np.float64]


def nominal(probes: int) -> Variation:
    """The shelf's own numbers and the probes as planned."""
    return Variation(PropertyChange(), 1.0, np.zeros((probes, 3)))


def draw_variations(count: int, probes: int, seed: int = 0) -> tuple[Variation, ...]:
    """``count`` draws for ``probes`` probes, the same for a seed. Raises ``ValueError`` for a count below one."""
    if count < 1:
        raise ValueError("an ensemble needs one draw or more")
    cube = qmc.LatinHypercube(PLAIN + 3 * probes, rng=np.random.default_rng(seed)).random(count)
    return tuple(_variation(row, probes) for row in cube)


def _variation(row: NDArray[np.float64], probes: int) -> Variation:
    low, high = np.log(PERFUSION_FACTORS)
    thermal, electrical = load_thermal_tissues().tissue, load_electrical_tissues().tissue
    change = PropertyChange(
        perfusion_factor=float(np.exp(low + row[0] * (high - low))),
        thermal={TUMOUR: {"conductivity_w_mk": _between(thermal[TUMOUR].conductivity_w_mk, row[1])}},
        sigma_s_m={
            TUMOUR: _between(electrical[TUMOUR].conductivity_s_m, row[2]),
            "cancellous": _between(electrical["cancellous"].conductivity_s_m, row[3]),
        },
    )
    power = POWER_FACTORS[0] + float(row[4]) * (POWER_FACTORS[1] - POWER_FACTORS[0])
    return Variation(change, power, _in_ball(row[PLAIN:].reshape(probes, 3)) * PLACING_ERROR_MM)


def _between(number: Number, share: float) -> float:
    low = number.value if number.low is None else number.low
    high = number.value if number.high is None else number.high
    return float(low + share * (high - low))


def _in_ball(unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of the unit cube ``(n, 3)`` to points spread evenly in the unit ball."""
    radius, height, turn = np.cbrt(unit[:, 0]), 2.0 * unit[:, 1] - 1.0, 2.0 * np.pi * unit[:, 2]
    flat = np.sqrt(1.0 - height**2)
    return np.asarray(radius[:, None] * np.stack([flat * np.cos(turn), flat * np.sin(turn), height], axis=1))
