"""The what-if table: how strong the bone about a lesion is, healed, as it is, and with what could be put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from buttress.evidence.source import Evidence
from buttress.library.load import load_bone_strength, load_cements, load_modulus_laws
from buttress.records.findings import Measure, SeenLesion
from buttress.records.image import Mask, Volume
from buttress.records.implant import PlacedImplant
from buttress.records.strength import LOAD_CASES, LoadCase, Strength, StrengthCell, StrengthRow
from buttress.reinforce.block import BoneBlock, broken, cut_block
from buttress.reinforce.bone_material import BoneMaterial, bone_materials
from buttress.reinforce.failure import CRITERIA
from buttress.reinforce.inserts import CEMENT, Insert, LeftOut, inserts_for
from buttress.reinforce.loaded_block import Answer, Unit
from buttress.reinforce.plate_block import cut_plate
from buttress.reinforce.strain_cut import strain_cuts
from buttress.reinforce.strength_words import LIMITS, sentences
from buttress.reinforce.unrolled import unroll_bone
from buttress.reinforce.what_if import Held, WhatIf

Floats = NDArray[np.float64]
Progress = Callable[[str], None]


def measure_strength(
    seen: SeenLesion,
    ct: Volume,
    placed: Sequence[PlacedImplant] = (),
    *,
    is_broken: bool = False,
    progress: Progress = lambda _: None,
) -> Strength:
    """Loads at failure of the piece of bone about a lesion over those of the same piece healed, row by row.

    ``placed`` are implants that the user put somewhere; ``is_broken`` says that the bone is fractured, which its grey
    values may not show. A bone with an axis is healed along it, one without by depth; where neither can be, the answer
    says why there is no table. Intervals are the spread over modulus laws, calibration, criteria of failure and, along
    an axis, the bone healed from either side alone.
    """
    materials = bone_materials(seen.findings.density_calibration)
    try:
        blocks = _blocks(seen, ct)
        if is_broken:
            blocks = [broken(one, materials[0].modulus_mpa(one.hu)) for one in blocks]
    except ValueError as error:
        return _without(seen, f"strength was not computed: {error}")
    return _strength(seen, blocks, materials, placed, is_broken=is_broken, progress=progress)


def _strength(
    seen: SeenLesion,
    blocks: Sequence[BoneBlock],
    materials: Sequence[BoneMaterial],
    placed: Sequence[PlacedImplant],
    *,
    is_broken: bool,
    progress: Progress,
) -> Strength:
    """The table over all materials; blocks after the first are healed in other ways, and otherwise the same."""
    block, lesion_id = blocks[0], seen.findings.lesion_id
    inserts = list(inserts_for(block, materials[0], placed))
    put_in = [one for one in inserts if isinstance(one, Insert)]
    states: dict[str, list[Held]] = {key: [] for key in ("healed", "lesion", *(one.key for one in put_in))}
    slipping: dict[str, dict[LoadCase, float]] = {}
    start: Mapping[Unit, Answer] = {}
    for n, material in enumerate(materials):
        progress(f"strength of {lesion_id}: {n + 1} of {len(materials)} sets of assumptions")
        table = WhatIf(block, material, start)
        start = start or table.lesion.answers
        states["healed"].append(table.healed)
        states["lesion"].append(table.lesion)
        for one in put_in:
            held = table.with_insert(one)
            states[one.key].append(held)
            if n == 0:
                slipping[one.key] = table.slipping(one, held)
        if n == 0:
            first = {key: known[0] for key, known in states.items()}
            load_case, cuts = strain_cuts(table, first, {one.key: one for one in put_in})
    for other in blocks[1:]:
        whole = WhatIf(other, materials[0], start).healed
        for key, known in states.items():
            known.append(whole if key == "healed" else known[0])
    rows = [
        StrengthRow(key="healed", title="Healed (virtual)", cells=_cells(states["healed"], states["healed"], {})),
        StrengthRow(
            key="lesion",
            title="As it is, fractured" if is_broken else "As it is",
            cells=_cells(states["lesion"], states["healed"], {}),
            note="the case says so: cut through at the lesion's weakest level" if is_broken else "",
        ),
    ]
    for insert in inserts:
        row = StrengthRow(key=insert.key, title=insert.title, technique=insert.technique)
        if isinstance(insert, LeftOut):
            rows.append(row.model_copy(update={"note": f"not computed: {insert.reason}"}))
            continue
        cells = _cells(states[insert.key], states["healed"], slipping[insert.key])
        rows.append(row.model_copy(update={"cells": cells, "note": insert.note}))
    solved = all(answer.solved for state in states.values() for one in state for answer in one.answers.values())
    return Strength(
        lesion_id=lesion_id,
        status=("computed" if solved else "NOT CONVERGED in part") + "; verified on closed forms, not validated",
        rows=tuple(rows),
        sentences=sentences(rows),
        spacing_mm=float(block.grid.spacing_mm[0]),
        length_mm=block.length_mm,
        voxels=int(block.solid.sum()),
        cut_load=load_case,
        cuts=cuts,
        limits=LIMITS,
        evidence=_evidence(),
    )


def _cells(states: list[Held], healed: list[Held], slipping: Mapping[LoadCase, float]) -> tuple[StrengthCell, ...]:
    return tuple(_cell(case, states, healed, slipping.get(case)) for case in LOAD_CASES)


def _cell(case: LoadCase, states: list[Held], healed: list[Held], slipping: float | None) -> StrengthCell:
    """Ratios over the healed bone in the weakest direction; the first state is the value, all are the interval."""
    strength = [
        float(one.ratios(whole, case, criterion).min())
        for criterion in CRITERIA
        for one, whole in zip(states, healed, strict=True)
    ]
    stiffness = [
        float(np.min(whole.compliance[case] / one.compliance[case]))
        for one, whole in zip(states, healed, strict=True)
    ]  # fmt: skip
    ratios = states[0].ratios(healed[0], case)
    weakest = int(np.argmin(ratios))
    breaks = states[0].loads[case, "principal"][weakest] / healed[0].loads[case, "principal"][weakest]
    metal = float((states[0].yields[case] / healed[0].loads[case, "principal"]).min())
    ours = "interval: modulus laws, calibration, two criteria, healed from either side alone"
    return StrengthCell(
        load_case=case,
        strength_ratio=_ratio(strength, f"load at failure over that of the piece healed; {ours}"),
        stiffness_ratio=_ratio(
            stiffness, "stiffness of the piece over that healed; interval: laws, calibration, sides"
        ),
        slip_ratio=None
        if slipping is None
        else Measure(
            value=slipping,
            low=min(slipping, *strength),
            high=max(slipping, *strength),
            unit="1",
            method="the same with nothing glued: cement by friction, metal by its thread; where bonded is weakest",
            note="interval: from there to the bonded ones",
        ),
        fails_first=states[0].first[case][weakest] if breaks <= ratios[weakest] else "gives way",
        metal_yields_at=metal if np.isfinite(metal) else None,
    )


def _ratio(values: list[float], method: str) -> Measure:
    return Measure(value=values[0], low=min(values), high=max(values), unit="1", method=method)


def _evidence() -> tuple[Evidence, ...]:
    limits, cement = load_bone_strength(), load_cements()[CEMENT]
    numbers = (
        limits.cortical_modulus_mpa,
        limits.tensile_yield_strain,
        limits.energy_strain,
        limits.cement_friction,
        cement.modulus_mpa,
        cement.bending_strength_mpa,
    )
    found = [number.evidence for number in numbers if not isinstance(number, float) and hasattr(number, "evidence")]
    return (*found, *(law.evidence for law in load_modulus_laws().values()))


def _blocks(seen: SeenLesion, ct: Volume) -> list[BoneBlock]:
    """The piece of bone, and the same healed in other ways; ``ValueError`` with a sentence where there is none."""
    axis, affected_mm = seen.findings.bone_axis, seen.affected_mm
    if axis is None or affected_mm is None:
        return [cut_plate(seen, ct)]
    bone = unroll_bone(seen, axis, affected_mm, ct)
    inside = Mask(seen.lesion.grid, seen.intraosseous)
    others = [cut_block(bone, ct, inside, by_one_side=side) for side in range(len(bone.healed_by_one_side))]
    return [cut_block(bone, ct, inside), *others]


def _without(seen: SeenLesion, reason: str) -> Strength:
    return Strength(lesion_id=seen.findings.lesion_id, status="not computed", limits=(reason,))
