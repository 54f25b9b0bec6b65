"""Ratios of rigidity between two unrolled bones, level by level, for one law of stiffness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.evidence.source import Evidence
from buttress.reinforce.section import bending_ratios, section_rigidity
from buttress.reinforce.torsion import true_torsion
from buttress.reinforce.unrolled import UnrolledBone

INTERCEPTS_HU = (0.0, -50.0, 50.0)
"""Density is taken proportional to HU plus this. Zero is assumed; the others vary it (ours: no phantom in the scan)."""

FLOOR_HU = np.float32(1.0)
"""No point is softer than this, so that no section is without rigidity (numerical, ours)."""

SIDE_NOISE = Evidence(source="eckstein2004", place="abstract: left to right differences of failure load, 17 ± 12 %")


@dataclass(frozen=True, slots=True, eq=False)
class Ratios:
    """One bone over the other, ``(levels,)`` each."""

    axial: NDArray[np.float64]
    bending_min: NDArray[np.float64]
    bending_max: NDArray[np.float64]
    polar: NDArray[np.float64]
    torsion: NDArray[np.float64]
    """True torsion at the levels that were asked for, 1 at the others."""


def ratios_over(
    bone: UnrolledBone, whole: UnrolledBone, exponent: float, intercept_hu: float, twisted: NDArray[np.bool_]
) -> Ratios:
    """A bone over another on the same axis, for one law; true torsion at the ``twisted`` levels, 1 at the others."""
    found, other = _modulus(bone.hu, exponent, intercept_hu), _modulus(whole.hu, exponent, intercept_hu)
    lesion, healed = section_rigidity(found, bone.radius_mm), section_rigidity(other, whole.radius_mm)
    bending = bending_ratios(lesion, healed)
    torsion = np.ones(len(found))
    torsion[twisted] = true_torsion(found[twisted], bone.radius_mm[twisted]) / true_torsion(
        other[twisted], whole.radius_mm[twisted]
    )
    return Ratios(lesion.axial / healed.axial, bending[:, 0], bending[:, 1], lesion.polar / healed.polar, torsion)


def _modulus(hu: NDArray[np.float32], exponent: float, intercept_hu: float) -> NDArray[np.float32]:
    """Modulus up to a factor: (HU + intercept) / 1000 to the power of the law, never below the floor."""
    density = np.maximum(hu + np.float32(intercept_hu), FLOOR_HU) / np.float32(1000.0)
    return np.asarray(density ** np.float32(exponent))
