"""The what-if table: how strong the bone about a lesion is, healed, as it is, and with what could be put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from buttress.evidence.source import Evidence
from buttress.library.load import load_bone_strength, load_cements, load_modulus_laws
from buttress.records.findings import Measure, SeenLesion
from buttress.records.image import Mask, Volume
from buttress.records.strength import LOAD_CASES, LoadCase, Strength, StrengthCell, StrengthRow
from buttress.reinforce.block import BoneBlock, cut_block
from buttress.reinforce.bone_material import BoneMaterial, bone_materials
from buttress.reinforce.failure import (
    CRITERIA,
    Criterion,
    Part,
    bone_index,
    directions,
    in_directions,
    least_of,
    load_at_failure,
    stress_index,
    yield_index,
)
from buttress.reinforce.inserts import CEMENT, Insert, LeftOut, inserts_for
from buttress.reinforce.interface import LET_GO, InterfaceLayer, cement_skin, interface_layer, slides
from buttress.reinforce.loaded_block import UNITS, Answer, LoadedBlock, LoadFrame, Unit, load_frame
from buttress.reinforce.strength_words import LIMITS, sentences
from buttress.reinforce.unrolled import unroll_bone

Floats = NDArray[np.float64]
Progress = Callable[[str], None]

RELEASES = 3
"""Times that an interface is looked at again after some of it has let go (ours: later ones change little)."""

GIVES_WAY = 2.0
"""A piece that moves this many times as far as the healed one does when that fails has failed as well (ours): bone on
either side of a gap is hardly strained."""

UNITS_OF: dict[LoadCase, tuple[Unit, ...]] = {
    "compression": ("compression",),
    "bending": ("bending_i", "bending_j"),
    "torsion": ("torsion",),
}


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One state of the bone under one law: loads at failure by case, criterion and direction, and what moved.

    ``first`` names what fails; ``yields`` is the load at which metal begins to yield, infinite without metal.
    """

    loads: Mapping[tuple[LoadCase, Criterion], Floats]
    first: Mapping[LoadCase, list[str]]
    yields: Mapping[LoadCase, Floats]
    compliance: Mapping[LoadCase, Floats]
    answers: Mapping[Unit, Answer]

    def ratios(self, healed: Held, case: LoadCase, criterion: Criterion = "principal") -> Floats:
        """Strength over that of the piece healed in every direction."""
        return np.minimum(
            self.loads[case, criterion] / healed.loads[case, criterion],
            GIVES_WAY * healed.compliance[case] / self.compliance[case],
        )


def measure_strength(seen: SeenLesion, ct: Volume, progress: Progress = lambda _: None) -> Strength:
    """Loads at failure of the piece of bone about a lesion over those of the same piece healed, row by row.

    Needs the bone's axis and the affected levels in ``seen``; without them the answer says why there is none. Intervals
    are the spread over modulus laws, calibration, criteria of failure, and the bone healed from either side alone.
    """
    axis, affected_mm = seen.findings.bone_axis, seen.affected_mm
    if axis is None or affected_mm is None:
        return _without(seen, "a piece of bone along a long axis is needed; none was measured here", applicable=False)
    try:
        bone = unroll_bone(seen, axis, affected_mm, ct)
        inside = Mask(seen.lesion.grid, seen.intraosseous)
        blocks = [cut_block(bone, ct, inside)]
        blocks += [cut_block(bone, ct, inside, by_one_side=side) for side in range(len(bone.healed_by_one_side))]
    except ValueError as error:
        return _without(seen, f"strength was not computed: {error}", applicable=True)
    materials = bone_materials(seen.findings.density_calibration)
    variants = [(blocks[0], material) for material in materials] + [(one, materials[0]) for one in blocks[1:]]
    return _strength(seen, variants, progress)


def _strength(seen: SeenLesion, variants: list[tuple[BoneBlock, BoneMaterial]], progress: Progress) -> Strength:
    (block, material), lesion_id = variants[0], seen.findings.lesion_id
    inserts = list(inserts_for(block, material))
    placed = [one for one in inserts if isinstance(one, Insert)]
    states: dict[str, list[Held]] = {key: [] for key in ("healed", "lesion", *(one.key for one in placed))}
    friction: dict[str, dict[LoadCase, float]] = {}
    for n, (piece, law) in enumerate(variants):
        progress(f"strength of {lesion_id}: {n + 1} of {len(variants)} sets of assumptions")
        table = WhatIf(piece, law, states["lesion"][0].answers if states["lesion"] else {})
        states["healed"].append(table.healed)
        states["lesion"].append(table.lesion)
        for one in placed:
            held = table.with_insert(one)
            states[one.key].append(held)
            if n == 0:
                friction[one.key] = table.by_friction(one, held)
    rows = [
        StrengthRow(key="healed", title="Healed (virtual)", cells=_cells(states["healed"], states["healed"], {})),
        StrengthRow(key="lesion", title="As it is", cells=_cells(states["lesion"], states["healed"], {})),
    ]
    for insert in inserts:
        row = StrengthRow(key=insert.key, title=insert.title, technique=insert.technique)
        if isinstance(insert, LeftOut):
            rows.append(row.model_copy(update={"note": f"not computed: {insert.reason}"}))
            continue
        cells = _cells(states[insert.key], states["healed"], friction[insert.key])
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
        limits=LIMITS,
        evidence=_evidence(),
    )


class WhatIf:
    """One block under one law: the healed bone, the bone as it is, and inserts in it."""

    def __init__(
        self, block: BoneBlock, material: BoneMaterial, start: Mapping[Unit, Answer] = MappingProxyType({})
    ) -> None:
        self.block, self.material, self.limits = block, material, load_bone_strength()
        self.bone_mpa = material.modulus_mpa(block.hu)
        healed_mpa = material.modulus_mpa(block.healed_hu)
        self.frame: LoadFrame = load_frame(block, np.where(block.solid, healed_mpa, 0.0))
        whole = block.window & material.is_bone(block.healed_hu)
        self.failing = max(1, round(self.limits.failed_share.value * int(whole.sum())))
        self.healed = self._state(healed_mpa, [Part("bone", whole, self.failing)], start)
        self._remaining = block.window & material.is_bone(block.hu)
        self.lesion = self._state(self.bone_mpa, [Part("bone", self._remaining, self.failing)], start)

    def with_insert(self, insert: Insert) -> Held:
        """With something put in and bonded throughout."""
        return self._state(insert.stiffened(self.bone_mpa), self._parts(insert), self.lesion.answers, insert)

    def by_friction(self, insert: Insert, bonded: Held) -> dict[LoadCase, float]:
        """The strength ratio of each case where friction alone holds the insert, in the direction that was weakest.

        Never less than without the insert: what has let go does no harm (a model's limit, not a promise).
        """
        layer = self._interface(insert)
        found: dict[LoadCase, float] = {}
        for case in LOAD_CASES:
            worst = int(np.argmin(bonded.ratios(self.healed, case)))
            weights = directions(case)[worst]
            load = sum(w * self.frame.loads[unit] for w, unit in zip(weights, UNITS_OF[case], strict=True))
            start = sum(
                w * bonded.answers[unit].displacement_mm for w, unit in zip(weights, UNITS_OF[case], strict=True)
            )
            at, compliance = self._released(insert, layer, np.asarray(load), np.asarray(start))
            borne = at / float(self.healed.loads[case, "principal"][worst])
            moved = GIVES_WAY * float(self.healed.compliance[case][worst]) / compliance
            found[case] = max(min(borne, moved), float(self.lesion.ratios(self.healed, case).min()))
        return found

    def _released(
        self, insert: Insert, layer: InterfaceLayer, load: Floats, start: Floats
    ) -> tuple[float, float]:  # fmt: skip
        """The load at failure, and how far it moves, once the interface has let go wherever friction fails it."""
        field = insert.stiffened(self.bone_mpa)
        own, gone = field[layer.inside], np.zeros(len(layer.normals), dtype=bool)
        friction, loaded = self.limits.cement_friction.value, LoadedBlock(self.block, self.frame, field)
        answer = loaded.solve_load(load, start)
        for _ in range(RELEASES):
            now = slides(loaded.strain(answer, layer.inside), np.where(gone, 0.0, own), layer, friction) & ~gone
            if not now.any():
                break
            gone |= now
            field[layer.inside] = np.where(gone, LET_GO * own, own)
            loaded = LoadedBlock(self.block, self.frame, field)
            answer = loaded.solve_load(load, answer.displacement_mm)
        let_go = np.zeros(self.block.grid.shape, dtype=bool)
        let_go[layer.inside] = gone
        parts = [Part(one.material, one.where & ~let_go, one.failing) for one in self._parts(insert)]
        loads = [
            load_at_failure(self._index(one, loaded.strain(answer, one.where), insert, "principal"), one.failing)
            for one in parts
            if one.material != "metal"
        ]
        return min(loads), answer.compliance

    def _interface(self, insert: Insert) -> InterfaceLayer:
        """The cement's skin, and what lies around metal."""
        spacing = self.block.grid.spacing_mm
        skin = cement_skin(insert.cement_voxels, self.block.solid, insert.cement, spacing)
        if insert.metal_material is None:
            return skin
        around = interface_layer(insert.metal, self.block.solid & ~insert.cement_voxels, spacing)
        both = skin.inside | around.inside
        normals = np.zeros((*both.shape, 3))
        normals[around.inside] = around.normals
        normals[skin.inside] = skin.normals
        return InterfaceLayer(both, normals[both])

    def _parts(self, insert: Insert) -> list[Part]:
        share, window = self.limits.failed_share.value, self.block.window
        cement, metal = insert.cement_voxels & window, insert.metal_voxels & window
        parts = [Part("bone", self._remaining & ~cement & ~metal, self.failing)]
        for name, where in (("cement", cement), ("metal", metal)):
            if where.any():
                parts.append(Part(name, where, max(1, round(share * int(where.sum())))))
        return parts

    def _state(
        self, modulus: Floats, parts: list[Part], start: Mapping[Unit, Answer], insert: Insert | None = None
    ) -> Held:
        loaded = LoadedBlock(self.block, self.frame, modulus)
        answers = {
            unit: loaded.solve(unit, start[unit].displacement_mm if unit in start else None) for unit in UNITS
        }  # fmt: skip
        strains = {one.material: {u: loaded.strain(a, one.where) for u, a in answers.items()} for one in parts}
        loads: dict[tuple[LoadCase, Criterion], Floats] = {}
        first: dict[LoadCase, list[str]] = {}
        yields: dict[LoadCase, Floats] = {}
        compliance: dict[LoadCase, Floats] = {}
        for case in LOAD_CASES:
            for criterion in CRITERIA:
                by_material = {
                    one.material: np.array(
                        [
                            load_at_failure(self._index(one, strain, insert, criterion), one.failing)
                            for strain in in_directions([strains[one.material][u] for u in UNITS_OF[case]], case)
                        ]
                    )
                    for one in parts
                }
                yields[case] = by_material.pop("metal", np.full(len(directions(case)), np.inf))
                loads[case, criterion], named = least_of(by_material)
                if criterion == CRITERIA[0]:
                    first[case] = named
            compliance[case] = self._compliance(answers, case)
        return Held(loads, first, yields, compliance, answers)

    def _index(self, part: Part, strain: Floats, insert: Insert | None, criterion: Criterion) -> Floats:
        """How near voxels are to their limit; cement and metal by their own modulus, in voxels that they share too."""
        if part.material == "cement":
            cement = load_cements()[CEMENT]
            limits = cement.bending_strength_mpa.value, cement.compressive_strength_mpa.value
            return stress_index(strain, cement.modulus_mpa.value, *limits)
        if part.material == "metal":
            assert insert is not None
            assert insert.metal_material is not None
            limit = insert.metal_material.yield_mpa
            known = np.inf if limit is None else limit.value
            return yield_index(strain, insert.metal_material.modulus_mpa.value, known)
        return bone_index(strain, self.limits, criterion)

    def _compliance(self, answers: Mapping[Unit, Answer], case: LoadCase) -> Floats:
        """How far the grip moves by a unit load, in each of the case's directions."""
        units = UNITS_OF[case]
        work = np.array(
            [[float(np.sum(answers[a].displacement_mm * self.frame.loads[b])) for b in units] for a in units]
        )  # fmt: skip
        return np.array([weights @ work @ weights for weights in directions(case)])


def _cells(states: list[Held], healed: list[Held], friction: Mapping[LoadCase, float]) -> tuple[StrengthCell, ...]:
    return tuple(_cell(case, states, healed, friction.get(case)) for case in LOAD_CASES)


def _cell(case: LoadCase, states: list[Held], healed: list[Held], friction: float | None) -> StrengthCell:
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
        friction_ratio=None
        if friction is None
        else Measure(
            value=friction,
            low=min(friction, *strength),
            high=max(friction, *strength),
            unit="1",
            method="the same where cement and metal are held by friction alone, in the direction weakest when bonded",
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


def _without(seen: SeenLesion, reason: str, *, applicable: bool) -> Strength:
    status = "not computed" if applicable else "not applicable"
    return Strength(lesion_id=seen.findings.lesion_id, status=status, limits=(reason,))
