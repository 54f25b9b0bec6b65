"""Rigidity of the bone at the lesion over that of its fellow on the other side, mirrored and laid over it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from buttress.library.load import load_modulus_laws
from buttress.numerics.resample import sample
from buttress.numerics.sections import even_angles, polar_points
from buttress.records.findings import Measure
from buttress.records.image import Volume
from buttress.records.strength import OtherSideRigidity
from buttress.reinforce.bone_material import MIDDLE_LAW
from buttress.reinforce.ratios import INTERCEPTS_HU, SIDE_NOISE, ratios_over
from buttress.reinforce.unrolled import ANGLES, SHARES, UnrolledBone

AROUND_MM = 2.0
"""The other bone is looked for this far beyond this one's outline (ours): sides are never quite alike."""

LEAST_LEVELS = 5
"""Sound levels that must be in view on both sides (ours)."""


def against_other_side(bone: UnrolledBone, other: Volume) -> OtherSideRigidity | None:
    """The weakest affected level over the same level of the other side; None where the images do not hold it."""
    shares = (np.arange(SHARES) + 0.5) / SHARES
    radius = bone.radius_mm + AROUND_MM
    points = polar_points(bone.curve, even_angles(ANGLES), radius[..., None] * shares)
    hu = sample(other.values, other.grid, points)
    there: NDArray[np.bool_] = np.asarray(np.isfinite(hu).all(axis=(1, 2)))
    sound = there & ~bone.affected
    if not (there & bone.affected).any() or sound.sum() < LEAST_LEVELS:
        return None
    fellow = replace(bone, hu=np.where(there[:, None, None], hu, bone.hu), radius_mm=radius)
    laws = load_modulus_laws()
    exponents = [laws[MIDDLE_LAW].exponent, *(law.exponent for key, law in laws.items() if key != MIDDLE_LAW)]
    nowhere = np.zeros(len(there), dtype=bool)
    middle = ratios_over(bone, fellow, exponents[0], INTERCEPTS_HU[0], nowhere)
    levels = np.flatnonzero(there & bone.affected)
    weakest = np.arange(len(there)) == int(levels[np.argmin(middle.bending_min[levels])])
    spread = [ratios_over(bone, fellow, *one, weakest) for one in product(exponents, INTERCEPTS_HU)]
    beside = np.stack([middle.axial, middle.bending_min, middle.bending_max])[:, sound]
    return OtherSideRigidity(
        axial_ratio=_at(bone, weakest, [one.axial for one in spread], "axial rigidity EA"),
        bending_ratio=_at(bone, weakest, [one.bending_min for one in spread], "bending rigidity EI, weakest direction"),
        torsion_ratio=_at(bone, weakest, [one.torsion for one in spread], "torsional rigidity GJ with warping"),
        beside_low=float(beside.min()),
        beside_high=float(beside.max()),
        evidence=(SIDE_NOISE,),
    )


def _at(bone: UnrolledBone, level: NDArray[np.bool_], ratios: list[NDArray[np.float64]], what: str) -> Measure:
    found = [float(one[level][0]) for one in ratios]
    arc = float(bone.curve.arc_mm[level][0])
    x, y, z = bone.curve.points_mm[level][0].tolist()
    side = "distal to" if arc > 0 else "proximal to"
    return Measure(
        value=found[0],
        low=min(found),
        high=max(found),
        unit="1",
        at_mm=(x, y, z),
        where=f"section {abs(arc):.0f} mm {side} the lesion's centre" if round(arc) else "section through its centre",
        method=f"{what}, lesion over the mirrored other side, the section weakest in bending",
        note="interval: three density-modulus laws, density intercept ±50 HU (ours)",
    )
