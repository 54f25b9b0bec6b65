"""The what-if table: how strong the bone about a lesion is, healed, as it is, and with what could be put in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.evidence.source import Evidence
from buttress.library.load import load_bone_strength, load_cements, load_hip_loads, load_modulus_laws
from buttress.records.findings import Measure, SeenLesion
from buttress.records.image import Volume
from buttress.records.implant import NOTHING_MORE, StrengthQuestion
from buttress.records.proximal_femur import ProximalFemur
from buttress.records.strength import LOAD_TITLES, LoadCase, LoadedAs, StrainCut, Strength, StrengthCell, StrengthRow
from buttress.reinforce.bone_material import BoneMaterial, bone_materials
from buttress.reinforce.failure import CRITERIA
from buttress.reinforce.injection import injected_insert
from buttress.reinforce.inserts import CEMENT, Insert, LeftOut, inserts_for
from buttress.reinforce.load_frame import UnloadableError
from buttress.reinforce.loaded_block import Answer
from buttress.reinforce.piece import Piece, broken_piece, piece_of
from buttress.reinforce.pushed import pushed
from buttress.reinforce.strain_cut import strain_cuts
from buttress.reinforce.strength_words import limits, pushed_sentence, sentences
from buttress.reinforce.ways import Ways, corridors_of
from buttress.reinforce.what_if import Held, WhatIf

Floats = NDArray[np.float64]
Progress = Callable[[str], None]


def measure_strength(
    seen: SeenLesion,
    ct: Volume,
    asked: StrengthQuestion = NOTHING_MORE,
    *,
    femur: ProximalFemur | str | None = None,
    is_broken: bool = False,
    progress: Progress = lambda _: None,
) -> Strength:
    """Loads at failure of the piece of bone about a lesion over those of the same piece healed, row by row.

    ``asked`` is what the user wants beside the table's own rows. With a ``femur`` the whole proximal femur is loaded at
    its hip instead (a sentence: why it cannot be); ``is_broken`` says that the bone is fractured, which its grey
    values may not show. A bone with an axis is healed along it, one without by depth; where neither can be, the answer
    says why there is no table. Intervals are the spread over modulus laws, calibration, criteria of failure and other
    ways to heal the piece (along an axis: from either side alone) or to load it (a hip: a smaller and a larger cap).
    Corridors for screws come with it, whether there is a table or not; the best is a row where nothing was placed.
    """
    progress(f"strength of {seen.findings.lesion_id}: corridors for screws")
    ways = corridors_of(seen, ct, femur.bone if isinstance(femur, ProximalFemur) else seen.bone)
    table = _table(seen, ct, asked, ways, femur, is_broken=is_broken, progress=progress)
    return table.model_copy(update={"corridors": ways.found, "corridor_note": ways.note})


def _table(
    seen: SeenLesion,
    ct: Volume,
    asked: StrengthQuestion,
    ways: Ways,
    femur: ProximalFemur | str | None,
    *,
    is_broken: bool,
    progress: Progress,
) -> Strength:
    """The table alone, or why there is none."""
    materials = bone_materials(seen.findings.density_calibration)
    try:
        piece = piece_of(seen, ct, femur)
        if is_broken:
            piece = broken_piece(piece, materials[0])
        if (materials[0].is_bone(piece.block.healed_hu) & piece.block.window).sum() < LEAST_VOXELS:
            raise ValueError("there is too little dense bone about the lesion to tell when it fails")
    except ValueError as error:
        return _without(seen, f"strength was not computed: {error}")
    try:
        lesion_id = seen.findings.lesion_id
        return _strength(lesion_id, piece, materials, asked, ways, is_broken=is_broken, progress=progress)
    except UnloadableError as error:
        return _without(seen, f"strength was not computed: {error}")


LEAST_VOXELS = 100
"""Ours: two in a hundred of fewer voxels of bone are no volume that fails."""


@dataclass(frozen=True, slots=True, eq=False)
class _Computed:
    """Every row's states, one for each set of assumptions, the first being the value; and what only the first gives."""

    states: Mapping[str, list[Held]]
    slipping: Mapping[str, Mapping[LoadCase, float]]
    cut_load: LoadCase
    cuts: tuple[StrainCut, ...]

    @property
    def start(self) -> Mapping[str, Answer]:
        """The bone as it is under the first assumptions."""
        return self.states["lesion"][0].answers

    @property
    def is_solved(self) -> bool:
        """Whether every solve converged."""
        return all(answer.solved for known in self.states.values() for one in known for answer in one.answers.values())


def _strength(
    lesion_id: str,
    piece: Piece,
    materials: Sequence[BoneMaterial],
    asked: StrengthQuestion,
    ways: Ways,
    *,
    is_broken: bool,
    progress: Progress,
) -> Strength:
    """The table over all materials and all ways to heal and to load the piece."""
    block = piece.block
    inserts = list(inserts_for(block, materials[0], asked.placed, ways.best, ways.note))
    injection = None
    if asked.trocars is not None:
        injected, injection = injected_insert(block, materials[0], asked.trocars)
        inserts.insert(1, injected)
    put_in = [one for one in inserts if isinstance(one, Insert)]
    found = _compute(piece, materials, put_in, progress, lesion_id)
    rows = tuple(_rows(found, inserts, is_broken=is_broken))
    if asked.push_on:
        progress(f"strength of {lesion_id}: pushing on in {LOAD_TITLES[found.cut_load]}")
        rows = _pushed_on(rows, WhatIf(block, materials[0], found.start), put_in, found.cut_load)
    return Strength(
        lesion_id=lesion_id,
        status=("computed" if found.is_solved else "NOT CONVERGED in part")
        + "; verified on closed forms, not validated",
        rows=rows,
        sentences=(*sentences(rows), *pushed_sentence(rows, found.cut_load)),
        spacing_mm=float(block.grid.spacing_mm[0]),
        loaded_as=piece.loaded_as,
        length_mm=block.length_mm,
        voxels=int(block.solid.sum()),
        injection=injection,
        cut_load=found.cut_load,
        cuts=found.cuts,
        limits=(*limits(piece.loaded_as, is_broken=is_broken, is_pushed=asked.push_on), *piece.notes),
        evidence=_evidence(piece.loaded_as),
    )


def _compute(
    piece: Piece, materials: Sequence[BoneMaterial], inserts: Sequence[Insert], progress: Progress, lesion_id: str
) -> _Computed:
    count = len(materials) + len(piece.loaded_otherwise)
    tell = f"strength of {lesion_id}: {{}} of {count} sets of assumptions"
    progress(tell.format(1))
    first = WhatIf(piece.block, materials[0])
    start = first.lesion.answers
    bonded = {one.key: first.with_insert(one) for one in inserts}
    slipping = {one.key: first.slipping(one, bonded[one.key]) for one in inserts}
    middle = {"healed": first.healed, "lesion": first.lesion, **bonded}
    load_case, cuts = strain_cuts(first, middle, {one.key: one for one in inserts})
    states = {key: [held] for key, held in middle.items()}
    others = [(piece.block, one) for one in materials[1:]] + [(one, materials[0]) for one in piece.loaded_otherwise]
    for n, (block, material) in enumerate(others, start=2):
        progress(tell.format(n))
        table = WhatIf(block, material, start)
        states["healed"].append(table.healed)
        states["lesion"].append(table.lesion)
        for one in inserts:
            states[one.key].append(table.with_insert(one))
    for other in piece.healed_otherwise:
        whole = WhatIf(other, materials[0], start).healed
        for key, known in states.items():
            known.append(whole if key == "healed" else known[0])
    return _Computed(states, slipping, load_case, cuts)


def _rows(found: _Computed, inserts: Sequence[Insert | LeftOut], *, is_broken: bool) -> Iterator[StrengthRow]:
    states, healed = found.states, found.states["healed"]
    yield StrengthRow(key="healed", title="Healed (virtual)", cells=_cells(healed, healed, {}))
    yield StrengthRow(
        key="lesion",
        title="As it is, fractured" if is_broken else "As it is",
        cells=_cells(states["lesion"], healed, {}),
        note="the case says so: cut through at the lesion's weakest level" if is_broken else "",
    )
    for one in inserts:
        is_left_out = isinstance(one, LeftOut)
        yield StrengthRow(
            key=one.key,
            title=one.title,
            technique=one.technique,
            cells=() if is_left_out else _cells(states[one.key], healed, found.slipping[one.key]),
            note=f"not computed: {one.reason}" if isinstance(one, LeftOut) else one.note,
        )


def _pushed_on(
    rows: tuple[StrengthRow, ...], table: WhatIf, inserts: Sequence[Insert], load_case: LoadCase
) -> tuple[StrengthRow, ...]:
    """The rows with what each bears beyond its first failure, where the push came to an end."""
    whole = pushed(table, table.healed, load_case)
    states = {"healed": whole, "lesion": pushed(table, table.lesion, load_case)}
    states |= {one.key: pushed(table, table.lesion, load_case, one) for one in inserts}
    ratios = {key: one.peak / whole.peak for key, one in states.items() if one.solved and whole.solved}
    return tuple(row.model_copy(update={"pushed_ratio": ratios.get(row.key)}) for row in rows)


def _cells(states: list[Held], healed: list[Held], slipping: Mapping[LoadCase, float]) -> tuple[StrengthCell, ...]:
    return tuple(_cell(case, states, healed, slipping.get(case)) for case in healed[0].compliance)


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
    ours = "interval: modulus laws, calibration, two criteria, and other ways to heal or to load the piece"
    return StrengthCell(
        load_case=case,
        strength_ratio=_ratio(strength, f"load at failure over that of the piece healed; {ours}"),
        stiffness_ratio=_ratio(
            stiffness, "stiffness of the piece over that healed; interval: laws, calibration, ways to heal and to load"
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


def _evidence(loaded_as: LoadedAs) -> tuple[Evidence, ...]:
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
    loads = load_hip_loads().values() if loaded_as == "proximal femur" else ()
    return (*found, *(law.evidence for law in load_modulus_laws().values()), *(load.evidence for load in loads))


def _without(seen: SeenLesion, reason: str) -> Strength:
    return Strength(lesion_id=seen.findings.lesion_id, status="not computed", limits=(reason,))
