"""What ``make validate-hold`` loads: tubes cut, slit and filled; real shafts with lesions of growing size drawn in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from buttress.exchange.nifti import read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure import measure_lesion
from buttress.phantom.lesion_truth import Axis, shaft_axis
from buttress.phantom.lytic_lesion import LesionSpec, bone_envelope, draw_lesion
from buttress.records.case import Case, Lesion
from buttress.records.document import ButtressError
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging, Mask, Volume
from buttress.records.implant import PlacedImplant
from buttress.records.strength import PIECE_CASES, LoadCase
from buttress.reinforce.block import BoneBlock, cut_block
from buttress.reinforce.bone_material import BoneMaterial, bone_materials
from buttress.reinforce.inserts import Insert, inserts_for
from buttress.reinforce.unrolled import unroll_bone
from buttress.reinforce.what_if import Held, WhatIf
from tube_block import LINEAR, Gone, tube_block

Ratios = Mapping[LoadCase, float]
SHAFTS = {
    "tibia, right (leg)": ("visible-human-female-legs/leg_right_ct.nii.gz", "tibia", (185.0, 270.0, 365.0)),
    "femur, right (STS_011)": ("sts-ibsi/STS_011/ct.nii.gz", "femur", (-120.8, -58.9, -768.7)),
    "femur, left (STS_027)": ("sts-ibsi/STS_027/ct.nii.gz", "femur", (121.9, 35.8, 769.9)),
}
"""Real shafts without a lesion: file, bone, a point in the marrow (LPS mm)."""
MIDDLE = bone_materials(None)[0]
"""The law that gives values, for a scan without a calibration."""

SCALES = (0.0, 0.5, 0.75, 1.0, 1.25)
"""Sizes of the drawn lesion, 1 is 30 x 18 x 16 mm; 0: a mask over bone that was left as it is."""
AXES_MM = (30.0, 18.0, 16.0)


def ratios(
    block: BoneBlock, material: BoneMaterial, placed: Sequence[PlacedImplant] = ()
) -> Iterator[tuple[str, Ratios, Ratios | None, Ratios]]:
    """Every state of a block: its key, strength bonded (or as it is), strength slipping, stiffness."""
    table = WhatIf(block, material)
    whole = table.healed

    def of(state: Held) -> tuple[Ratios, Ratios]:
        strength = {c: float(state.ratios(whole, c).min()) for c in PIECE_CASES}
        stiffness = {c: float((whole.compliance[c] / state.compliance[c]).min()) for c in PIECE_CASES}
        return strength, stiffness

    bare, stiff = of(table.lesion)
    yield "as it is", bare, None, stiff
    for one in inserts_for(block, material, placed):
        if isinstance(one, Insert):
            held = table.with_insert(one)
            bonded, stiff = of(held)
            yield one.key, bonded, table.slipping(one, held), stiff


def tube(gone: Gone, outer_mm: float = 12.0, inner_mm: float = 6.0) -> BoneBlock:
    """A tube of cortex with a part gone."""
    return tube_block(outer_mm, inner_mm, gone=gone)


def filled_canal() -> Mapping[str, tuple[Ratios, Ratios | None]]:
    """A sound tube whose canal is filled with cement over its middle 40 mm: nothing is gone but marrow."""
    block = tube(lambda x, y, z, r: (r < 6.0) & (np.abs(z) < 20.0))
    return {key: (bonded, slip) for key, bonded, slip, _ in ratios(block, LINEAR)}


@lru_cache(maxsize=1)
def shaft(name: str, data: Path) -> tuple[Volume, Mask, Axis]:
    """A real shaft: its CT, its envelope and its axis."""
    file, _, near = SHAFTS[name]
    ct, _ = read_nifti_volume(data / file)
    bone = bone_envelope(ct, near)
    return ct, bone, shaft_axis(bone, near, 30.0)


def grown(name: str, data: Path, scale: float, *, turn: float = 0.0) -> BoneBlock | str:
    """The block about a lesion drawn into a real shaft, ``turn`` round the axis; or why there is none."""
    ct, bone, axis = shaft(name, data)
    near = np.array(SHAFTS[name][2])
    across, other = axis.across
    direction, point = axis.direction, axis.point_mm
    centre = point + (near - point) @ direction * direction
    centre = centre + 8.0 * np.cos(turn) * across + 8.0 * np.sin(turn) * other
    drawn = draw_lesion(
        ct,
        bone,
        LesionSpec(
            centre_mm=(float(centre[0]), float(centre[1]), float(centre[2])),
            axes_mm=tuple((scale or 1.0) * side for side in AXES_MM),  # type: ignore[arg-type]
            long_axis=tuple(direction.tolist()),
            mid_axis=tuple(across.tolist()),
            extra_mm=1.0,
            seed=3,
        ),
    )
    lesion = Lesion(id="a", bone=SHAFTS[name][1])
    seen_in = drawn.ct if scale else ct
    imaging = Imaging(seen_in, {"a": drawn.lesion})
    try:
        seen = measure_lesion(Case(id="c", lesions=(lesion,)), lesion, imaging, load_bones()[lesion.bone])
        if not isinstance(seen, SeenLesion) or seen.findings.bone_axis is None or seen.affected_mm is None:
            return "not measured"
        unrolled = unroll_bone(seen, seen.findings.bone_axis, seen.affected_mm, seen_in)
        return cut_block(unrolled, seen_in, Mask(seen.lesion.grid, seen.intraosseous))
    except (ButtressError, ValueError) as error:
        return str(error)
