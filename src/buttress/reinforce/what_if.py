"""One piece of bone under one law: healed, as it is, and with things put in, bonded or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from buttress.library.load import load_bone_strength, load_cements
from buttress.numerics.elasticity import strain_of
from buttress.records.strength import LoadCase
from buttress.reinforce.block import BoneBlock
from buttress.reinforce.bone_material import BoneMaterial
from buttress.reinforce.failure import (
    CRITERIA,
    Criterion,
    Part,
    bone_index,
    in_directions,
    least_of,
    load_at_failure,
    stress_index,
    yield_index,
)
from buttress.reinforce.hip_loads import hip_frame
from buttress.reinforce.inserts import CEMENT, Insert
from buttress.reinforce.interface import LET_GO, InterfaceLayer, cement_skin, interface_layer, slides
from buttress.reinforce.load_frame import LoadFrame
from buttress.reinforce.loaded_block import Answer, LoadedBlock
from buttress.reinforce.piece_loads import piece_frame

Floats = NDArray[np.float64]

RELEASES = 3
"""Times that an interface is looked at again after some of it has let go (ours: later ones change little)."""

ROUGH = 1e-3
"""Of the forces out of balance, where an interface lets go (ours): what it stands for is no better known."""

GIVES_WAY = 2.0
"""A piece that moves this many times as far as the healed one does when that fails has failed as well (ours): bone on
either side of a gap is hardly strained."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One state of the bone under one law: loads at failure by case, criterion and direction, and what moved.

    ``first`` names what fails; ``yields`` is the load at which metal begins to yield, infinite without metal.
    """

    loads: Mapping[tuple[LoadCase, Criterion], Floats]
    first: Mapping[LoadCase, list[str]]
    yields: Mapping[LoadCase, Floats]
    compliance: Mapping[LoadCase, Floats]
    answers: Mapping[str, Answer]

    def ratios(self, healed: Held, case: LoadCase, criterion: Criterion = "principal") -> Floats:
        """Strength over that of the piece healed in every direction."""
        borne = self.loads[case, criterion] / healed.loads[case, criterion]
        return _until_it_gives_way(borne, self.compliance[case], healed.compliance[case])


def _until_it_gives_way(borne: Floats, compliance: Floats, healed: Floats) -> Floats:
    """A share of the healed strength, or the share at which the piece has moved too far for one where that is less."""
    return np.minimum(borne, GIVES_WAY * healed / compliance)


class WhatIf:
    """One block under one law: the healed bone, the bone as it is, and inserts in it."""

    def __init__(
        self, block: BoneBlock, material: BoneMaterial, start: Mapping[str, Answer] = MappingProxyType({})
    ) -> None:
        self.block, self.material, self.limits = block, material, load_bone_strength()
        self.bone_mpa = material.modulus_mpa(block.hu)
        healed_mpa = material.modulus_mpa(block.healed_hu)
        self.frame: LoadFrame = (
            piece_frame(block, np.where(block.solid, healed_mpa, 0.0)) if block.hip is None else hip_frame(block)
        )
        whole = block.window & material.is_bone(block.healed_hu)
        self.failing = max(1, round(self.limits.failed_share.value * int(whole.sum())))
        self._start = start
        self.healed = self._state(healed_mpa, [Part("bone", whole, self.failing)], start)
        self._remaining = block.window & material.is_bone(block.hu)

    @cached_property
    def lesion(self) -> Held:
        """The bone as it is."""
        return self._state(self.bone_mpa, [Part("bone", self._remaining, self.failing)], self._start)

    def with_insert(self, insert: Insert) -> Held:
        """With something put in and bonded throughout."""
        return self._state(insert.stiffened(self.bone_mpa), self._parts(insert), self.lesion.answers, insert)

    def modulus_of(self, held: Held, insert: Insert | None = None) -> Floats:
        """The modulus of every voxel in one state: healed, as it is, or with ``insert``, MPa."""
        if insert is not None:
            return insert.stiffened(self.bone_mpa)
        return self.material.modulus_mpa(self.block.healed_hu) if held is self.healed else self.bone_mpa

    def parts_of(self, held: Held, insert: Insert | None = None) -> list[Part]:
        """What can fail in one state, by material."""
        if insert is not None:
            return self._parts(insert)
        hu = self.block.healed_hu if held is self.healed else self.block.hu
        return [Part("bone", self.block.window & self.material.is_bone(hu), self.failing)]

    def index_of(self, part: Part, strain: Floats, insert: Insert | None, criterion: Criterion = "principal") -> Floats:
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

    def nearness(self, held: Held, load_case: LoadCase, insert: Insert | None = None) -> Floats:
        """How near each voxel is to its limit under a case, in the direction and at the load that fail the lesion.

        ``(ni, nj, nk)``, NaN where nothing could fail. ``insert`` is what ``held`` has in it; without one the grey
        values of the bone as it is, or healed, say what is bone.
        """
        worst = int(np.argmin(self.lesion.ratios(self.healed, load_case)))
        load = float(self.lesion.loads[load_case, "principal"][worst])
        of = self.frame.cases[load_case]
        weights = of.directions[worst] * load
        answers = [held.answers[unit].displacement_mm for unit in of.units]
        moved = np.tensordot(weights, np.stack(answers), axes=1)
        strain = strain_of(moved, self.block.grid.spacing_mm.tolist())
        hu = self.block.healed_hu if held is self.healed else self.block.hu
        found = np.full(self.block.grid.shape, np.nan)
        everywhere = [Part("bone", self.block.solid & self.material.is_bone(hu), 1)]
        if insert is not None:
            everywhere.append(Part("cement", self.block.solid & insert.cement_voxels, 1))
        for part in everywhere:
            found[part.where] = self.index_of(part, strain[:, part.where], insert)
        return found

    def slipping(self, insert: Insert, bonded: Held) -> dict[LoadCase, float]:
        """The strength ratio of each case where nothing is glued, in the direction that was weakest when bonded.

        Cement is held by friction, metal by its thread: it lets go where it is pulled. Never less than without the
        insert: what has let go does no harm (a model's limit, not a promise).
        """
        layer, friction = self._interface(insert)
        found: dict[LoadCase, float] = {}
        for case, of in self.frame.cases.items():
            worst = int(np.argmin(bonded.ratios(self.healed, case)))
            weighted = list(zip(of.directions[worst], of.units, strict=True))
            load = sum(w * self.frame.loads[unit] for w, unit in weighted)
            start = sum(w * bonded.answers[unit].displacement_mm for w, unit in weighted)
            at, compliance = self._released(insert, layer, friction, np.asarray(load), np.asarray(start))
            borne = at / self.healed.loads[case, "principal"][[worst]]
            held = _until_it_gives_way(borne, np.array([compliance]), self.healed.compliance[case][[worst]])
            found[case] = max(float(held[0]), float(self.lesion.ratios(self.healed, case).min()))
        return found

    def _released(
        self, insert: Insert, layer: InterfaceLayer, friction: Floats, load: Floats, start: Floats
    ) -> tuple[float, float]:  # fmt: skip
        """The load at failure, and how far it moves, once the interface has let go wherever nothing holds it."""
        field = insert.stiffened(self.bone_mpa)
        own, gone = field[layer.inside], np.zeros(len(layer.normals), dtype=bool)
        loaded = LoadedBlock(self.block, self.frame, field)
        answer = loaded.solve_load(load, start, tolerance=ROUGH)
        for _ in range(RELEASES):
            now = slides(loaded.strain(answer)[:, layer.inside], np.where(gone, 0.0, own), layer, friction) & ~gone
            if not now.any():
                break
            gone |= now
            field[layer.inside] = np.where(gone, LET_GO * own, own)
            loaded = LoadedBlock(self.block, self.frame, field)
            answer = loaded.solve_load(load, answer.displacement_mm, tolerance=ROUGH)
        let_go = np.zeros(self.block.grid.shape, dtype=bool)
        let_go[layer.inside] = gone
        strain = loaded.strain(answer)
        loads = [
            load_at_failure(self.index_of(one, strain[:, one.where & ~let_go], insert), one.failing)
            for one in self._parts(insert)
            if one.material != "metal"
        ]
        return min(loads), answer.compliance

    def _interface(self, insert: Insert) -> tuple[InterfaceLayer, Floats]:
        """The cement's skin and what lies around metal, and the friction of each voxel: a thread bears any shear."""
        spacing, rubs = self.block.grid.spacing_mm, self.limits.cement_friction.value
        skin = cement_skin(insert.cement_voxels, self.block.solid, insert.cement, spacing)
        if insert.metal_material is None:
            return skin, np.full(len(skin.normals), rubs)
        around = interface_layer(insert.metal, self.block.solid, spacing)
        both = skin.inside | around.inside
        normals, friction = np.zeros((*both.shape, 3)), np.full(both.shape, np.inf)
        normals[around.inside] = around.normals
        normals[skin.inside], friction[skin.inside] = skin.normals, rubs
        return InterfaceLayer(both, normals[both]), friction[both]

    def _parts(self, insert: Insert) -> list[Part]:
        share, window = self.limits.failed_share.value, self.block.window
        cement, metal = insert.cement_voxels & window, insert.metal_voxels & window
        parts = [Part("bone", self._remaining & ~cement & ~metal, self.failing)]
        for name, where in (("cement", cement), ("metal", metal)):
            if where.any():
                parts.append(Part(name, where, max(1, round(share * int(where.sum())))))
        return parts

    def _state(
        self, modulus: Floats, parts: list[Part], start: Mapping[str, Answer], insert: Insert | None = None
    ) -> Held:
        """The state of the block with these moduli; the first of the parts is the bone."""
        loaded = LoadedBlock(self.block, self.frame, modulus)
        answers = {
            unit: loaded.solve(unit, start[unit].displacement_mm if unit in start else None)
            for unit in self.frame.loads
        }
        strains: dict[str, dict[str, Floats]] = {one.material: {} for one in parts}
        for unit, answer in answers.items():
            strain = loaded.strain(answer)
            for one in parts:
                strains[one.material][unit] = strain[:, one.where]
        loads: dict[tuple[LoadCase, Criterion], Floats] = {}
        first: dict[LoadCase, list[str]] = {}
        yields: dict[LoadCase, Floats] = {}
        for case, of in self.frame.cases.items():
            by_part = {
                one.material: self._failing_loads(one, strains[one.material], case, insert)
                for one in parts
                if one.material != "bone"
            }
            yields[case] = by_part.pop("metal", np.full(len(of.directions), np.inf))
            for criterion in CRITERIA:
                bone = self._failing_loads(parts[0], strains["bone"], case, insert, criterion)
                loads[case, criterion], named = least_of({"bone": bone, **by_part})
                first.setdefault(case, named)
        compliance = {case: self._compliance(answers, case) for case in self.frame.cases}
        return Held(loads, first, yields, compliance, answers)

    def _failing_loads(
        self,
        part: Part,
        strains: Mapping[str, Floats],
        case: LoadCase,
        insert: Insert | None,
        criterion: Criterion = "principal",
    ) -> Floats:
        """The load at which one part fails in each of the case's directions."""
        of = self.frame.cases[case]
        turned = in_directions([strains[unit] for unit in of.units], of.directions)
        return np.array(
            [load_at_failure(self.index_of(part, strain, insert, criterion), part.failing) for strain in turned]
        )

    def _compliance(self, answers: Mapping[str, Answer], case: LoadCase) -> Floats:
        """How far the grip moves by a unit load, in each of the case's directions."""
        units = self.frame.cases[case].units
        work = np.array(
            [[float(np.sum(answers[a].displacement_mm * self.frame.loads[b])) for b in units] for a in units]
        )  # fmt: skip
        return np.array([weights @ work @ weights for weights in self.frame.cases[case].directions])
