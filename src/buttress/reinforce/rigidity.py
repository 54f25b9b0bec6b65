"""Rigidity of the bone at the lesion relative to the same bone with the lesion healed: composite beam theory."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from buttress.evidence.source import Evidence
from buttress.library.load import load_modulus_laws
from buttress.records.findings import Measure, SeenLesion
from buttress.records.image import Volume
from buttress.records.strength import Rigidity, RigidityLevel
from buttress.reinforce.bone_material import MIDDLE_LAW
from buttress.reinforce.other_side import against_other_side
from buttress.reinforce.ratios import INTERCEPTS_HU, SIDE_NOISE, Ratios, ratios_over
from buttress.reinforce.torsion import is_open
from buttress.reinforce.unrolled import UnrolledBone, unroll_bone

CORTEX_HU = 400.0
"""A healed direction whose densest point reaches this has a cortex to lose (ours; thin ones blur to 400-900)."""

GAP_SHARE = 0.5
GAP_RAD = np.deg2rad(10.0)
"""The cortex is gone where the densest point fell below half of the healed one over 10 degrees or more (ours)."""

METHOD_SOURCE = Evidence(source="nazarian2015", place="method: composite-beam rigidity from CT sections")


def measure_rigidity(seen: SeenLesion, ct: Volume) -> Rigidity:
    """Axial, bending and torsional rigidity at the weakest level of the lesion, over the healed bone.

    Torsion twice: as the polar sum, and with the warping of the section, which alone sees a slit.

    Needs the bone's axis and the affected levels in ``seen``; bones without an axis get "not applicable", and a lesion
    without sound bone beside it gets "not computed", each with its reason. Ratios need no calibration phantom: with
    density proportional to HU the slope and the law's coefficient cancel. The interval is the spread over what does not
    cancel: the exponent, the intercept, and whether the bone is healed from both sides or from either alone.
    """
    axis, affected_mm = seen.findings.bone_axis, seen.affected_mm
    if axis is None or affected_mm is None:
        return _without(seen, "beam theory needs a bone with a long axis; none was measured here", applicable=False)
    try:
        bone = unroll_bone(seen, axis, affected_mm, ct)
    except ValueError as error:
        return _without(seen, f"rigidity was not computed: {error}", applicable=True)
    return _rigidity(seen, bone)


def _rigidity(seen: SeenLesion, bone: UnrolledBone) -> Rigidity:
    laws = load_modulus_laws()
    exponents = [laws[MIDDLE_LAW].exponent, *(law.exponent for key, law in laws.items() if key != MIDDLE_LAW)]
    healed = replace(bone, hu=bone.healed_hu)
    middle = ratios_over(bone, healed, exponents[0], INTERCEPTS_HU[0], bone.affected)
    is_slit = has_open_section(bone) or any(map(is_open, middle.torsion, middle.polar))
    weakest = np.arange(len(middle.torsion)) == int(np.argmin(middle.torsion))
    spread = [
        middle,
        *(
            ratios_over(bone, healed, exponent, shift, weakest)
            for exponent, shift in list(product(exponents, INTERCEPTS_HU))[1:]
        ),
        *(
            ratios_over(bone, replace(bone, hu=hu), exponents[0], INTERCEPTS_HU[0], weakest)
            for hu in bone.healed_by_one_side
        ),
    ]
    return Rigidity(
        lesion_id=seen.findings.lesion_id,
        status="measured on sections normal to the bone's axis; verified on closed forms, not validated",
        axial_ratio=_weakest(bone, [r.axial for r in spread], "axial rigidity EA"),
        bending_ratio=_weakest(bone, [r.bending_min for r in spread], "bending rigidity EI, weakest direction"),
        torsion_polar_ratio=_weakest(bone, [r.polar for r in spread], "polar sum of GJ"),
        torsion_ratio=_weakest(bone, [r.torsion for r in spread], "torsional rigidity GJ with warping (Saint-Venant)"),
        open_section=is_slit,
        levels=_levels(bone, middle),
        other_side=None if seen.other_side is None else against_other_side(bone, seen.other_side),
        limits=_limits(bone, is_slit=is_slit),
        evidence=(METHOD_SOURCE, *(law.evidence for law in laws.values()), SIDE_NOISE),
    )


def has_open_section(bone: UnrolledBone) -> bool:
    """Whether at some affected level the cortex is interrupted over 10 degrees or more of its circumference."""
    healed, found = bone.healed_hu.max(axis=2), bone.hu.max(axis=2)
    gone = (healed >= CORTEX_HU) & (found < GAP_SHARE * healed) & bone.affected[:, None]
    needed = int(np.ceil(GAP_RAD / (2 * np.pi) * gone.shape[1]))
    run = gone.copy()
    for shift in range(1, needed):
        run &= np.roll(gone, -shift, axis=1)
    return bool(run.any())


def _weakest(bone: UnrolledBone, ratios: list[NDArray[np.float64]], what: str) -> Measure:
    """The least ratio over the levels for the middle law, with the spread of that least over the other assumptions."""
    least = [float(r.min()) for r in ratios]
    level = int(np.argmin(ratios[0]))
    arc = float(bone.curve.arc_mm[level])
    x, y, z = bone.curve.points_mm[level].tolist()
    side = "distal to" if arc > 0 else "proximal to"
    return Measure(
        value=least[0],
        low=min(least),
        high=max(least),
        at_mm=(x, y, z),
        where=f"section {abs(arc):.0f} mm {side} the lesion's centre" if round(arc) else "section through its centre",
        method=f"{what}, lesion over the same bone healed, weakest section",
        note="interval: three density-modulus laws, density intercept ±50 HU, healed from either side alone (ours)",
    )


def _levels(bone: UnrolledBone, ratios: Ratios) -> tuple[RigidityLevel, ...]:
    return tuple(
        RigidityLevel(
            from_lesion_mm=float(arc),
            axial=float(ratios.axial[k]),
            bending_min=float(ratios.bending_min[k]),
            bending_max=float(ratios.bending_max[k]),
            torsion_polar=float(ratios.polar[k]),
            torsion=float(ratios.torsion[k]),
        )
        for k, arc in enumerate(bone.curve.arc_mm)
    )


def _limits(bone: UnrolledBone, *, is_slit: bool) -> tuple[str, ...]:
    found = [
        "Verified on closed forms; not validated against tests of bones with lesions.",
        "The intact bone is virtual: levels beside the lesion, blended along the axis.",
        "Density is taken proportional to HU with zero intercept; no phantom was used.",
        "Beam theory holds for shafts; near a joint, where the bone flares, the healed bone is a rough guide.",
        "No failure load: a rigidity ratio is not a strength. Sides of healthy people differ too.",
        "Soft tissue inside the bone's outline counts by its HU.",
    ]
    if is_slit:
        found.append(
            "The cortex is interrupted: the polar sum overstates torsional rigidity, and the true value of the section "
            "understates it where the gap is short. A slit along a whole tube left 0.08; one half as long as the bone "
            "is wide 0.97, one three times as long 0.51 (calculated for tubes, ours; same trend: elias2000)."
        )
    if bone.one_sided:
        found.append("Sound bone was seen on one side of the lesion only: it stands for the healed bone unchanged.")
    return tuple(found)


def _without(seen: SeenLesion, reason: str, *, applicable: bool) -> Rigidity:
    missing = Measure.missing(reason, applicable=applicable)
    return Rigidity(
        lesion_id=seen.findings.lesion_id,
        status="not computed" if applicable else "not applicable",
        axial_ratio=missing,
        bending_ratio=missing,
        torsion_polar_ratio=missing,
        torsion_ratio=missing,
        limits=(reason,),
        evidence=(METHOD_SOURCE,),
    )
