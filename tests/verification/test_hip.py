"""The proximal femur under the loads of its hip, on a drawn femur whose every place is known: frames, forces, sides."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from buttress.library.load import load_hip_loads
from buttress.records.image import Mask, Volume
from buttress.reinforce.block import GRIP_VOXELS, BoneBlock
from buttress.reinforce.bone_material import bone_materials
from buttress.reinforce.femur_block import cut_femur, with_cap
from buttress.reinforce.femur_frame import femur_frame
from buttress.reinforce.hip_loads import ANTEVERSION_DEG, hip_frame
from buttress.reinforce.loaded_block import Answer, LoadedBlock
from buttress.reinforce.strength import measure_strength
from buttress.reinforce.what_if import WhatIf
from femur_phantom import (
    CORTEX_MM,
    DROP_MM,
    HEAD_MM,
    OFFSET_MM,
    RADIUS_MM,
    SHAFT_MM,
    block,
    drawn,
    frame_of,
    place,
    with_ball,
)
from lesion_phantom import seen_lesion

MATERIAL = bone_materials(None)[0]


def strengths(one: BoneBlock) -> dict[str, float]:
    table = WhatIf(one, MATERIAL)
    return {case: float(table.lesion.ratios(table.healed, case).min()) for case in table.frame.cases}


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_frame_of_a_drawn_femur_is_told_within_two_degrees_and_its_side_is_right(side):
    found, axes = femur_frame(drawn(side)[0]), frame_of(side)
    for ours, true in zip((found.medial, found.anterior, found.distal), axes, strict=True):
        assert np.rad2deg(np.arccos(np.clip(ours @ true, -1.0, 1.0))) < 2.0
    assert found.side == side
    trochanter = axes @ (found.trochanter_mm - HEAD_MM)
    assert trochanter == pytest.approx([-OFFSET_MM - 23.0, 0.0, 22.0], abs=3.0)


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_forces_on_the_head_are_those_of_the_table_in_the_patient_and_pass_through_its_middle(side):
    one = block(side)
    frame, step = hip_frame(one), one.grid.spacing_mm
    nodes = np.moveaxis(np.indices(frame.held.shape[1:]), 0, -1) * step
    head = (one.grid.to_index(HEAD_MM) + 0.5) * step
    axes = frame_of(side)
    for case, load in load_hip_loads().items():
        of = frame.cases[case]
        for row, turned in zip(of.directions, np.deg2rad(ANTEVERSION_DEG), strict=True):
            forces = sum(weight * frame.loads[unit] for weight, unit in zip(row, of.units, strict=True))
            total = one.grid.directions @ forces.sum(axis=(1, 2, 3)) / 1000.0
            # the condyles' medial axis lies behind the neck by the anteversion
            medial = np.cos(turned) * axes[0] - np.sin(turned) * axes[1]
            anterior = np.cos(turned) * axes[1] + np.sin(turned) * axes[0]
            wanted = load.medial * medial + load.anterior * anterior - load.proximal * axes[2]
            assert total == pytest.approx(wanted / load.body_weights, abs=0.03)
            moment = np.cross(nodes - head, np.moveaxis(forces, 0, -1)).sum(axis=(0, 1, 2))
            assert np.abs(moment).max() < 1e-6 * 1000.0 * RADIUS_MM
    assert frame.held[:, :, :, :-1].any() == 0


def test_a_fall_squeezes_the_femur_between_head_and_trochanter_and_asks_nothing_of_the_cut():
    one = block()
    frame = hip_frame(one)
    forces = frame.loads["fall"]
    assert np.abs(forces.sum(axis=(1, 2, 3))).max() < 1e-6
    nodes = np.moveaxis(np.indices(frame.held.shape[1:]), 0, -1) * one.grid.spacing_mm
    moment = np.cross(nodes, np.moveaxis(forces, 0, -1)).sum(axis=(0, 1, 2))
    assert np.abs(moment).max() < 1e-4 * 1000.0 * RADIUS_MM
    medial = (one.grid.directions @ forces.reshape(3, -1)).T @ frame_of("right")[0]
    places = nodes.reshape(-1, 3)[:, 0]
    assert places[medial < 0].mean() > places[medial > 0].mean() + 60.0  # head pushed laterally, trochanter medially


@pytest.mark.parametrize("above_the_cut_mm", [25.0, 40.0, 55.0])
def test_the_shaft_bears_the_force_on_the_head_and_its_moment_as_a_beam_does(above_the_cut_mm):
    """N = F and M = F times the head's distance from the section's own centre of stiffness, whatever lies above."""
    one, loaded, answer = pushed_along_the_shaft()
    step = float(one.grid.spacing_mm[0])
    k = one.grid.shape[2] - GRIP_VOXELS - round(above_the_cut_mm / step)
    along = loaded.strain(answer)[2, :, :, k]
    modulus = np.where(one.solid[:, :, k], loaded.modulus_mpa[:, :, k], 0.0)
    i = (np.indices(modulus.shape)[0] + 0.5) * step
    middle = (i * modulus).sum() / modulus.sum()
    head = (one.grid.to_index(HEAD_MM)[0] + 0.5) * step
    bending = (modulus * ((i - middle) ** 2 + step**2 / 12)).sum() * step**2
    assert (modulus * along).sum() * step**2 == pytest.approx(-1000.0, rel=0.03)
    assert (modulus * along * (i - middle)).sum() * step**2 == pytest.approx(-1000.0 * (head - middle), rel=0.015)
    slope = np.polyfit(i[modulus > 0], along[modulus > 0], 1, w=np.sqrt(modulus[modulus > 0]))[0]
    assert slope == pytest.approx(-1000.0 * (head - middle) / bending, rel=0.015)


@cache
def pushed_along_the_shaft() -> tuple[BoneBlock, LoadedBlock, Answer]:
    """The drawn femur under 1 kN on its head along the shaft."""
    one = block(spacing_mm=1.5)
    loaded = LoadedBlock(one, hip_frame(one), MATERIAL.modulus_mpa(one.hu))
    return one, loaded, loaded.solve("head_distal")


@pytest.fixture(scope="module")
def neck():
    """Strength with a ball of tumour under, over, and in the middle of a right neck."""
    along = np.array([-OFFSET_MM, 0.0, DROP_MM]) / np.hypot(OFFSET_MM, DROP_MM)
    below = np.array([DROP_MM, 0.0, OFFSET_MM]) / np.hypot(OFFSET_MM, DROP_MM)
    middle, whole = along * (RADIUS_MM + 8.0), block()
    return {
        "under": [strengths(with_ball(whole, place("right", *(middle + 10.0 * below)), r)) for r in (7.0, 10.0, 13.0)],
        "over": [strengths(with_ball(whole, place("right", *(middle - 10.0 * below)), r)) for r in (7.0, 10.0, 13.0)],
    }


def test_walking_breaks_a_neck_that_is_eaten_from_below_and_a_fall_one_from_above(neck):
    for case in ("stance", "stairs"):
        assert neck["under"][-1][case] < neck["over"][-1][case] - 0.1
    assert neck["over"][-1]["fall"] < neck["under"][-1]["fall"] - 0.1


def test_the_neck_grows_weaker_as_its_lesion_grows(neck):
    for small, large in pairwise(neck["under"]):
        assert all(large[case] <= small[case] + 0.01 for case in small)
    assert neck["under"][-1]["stance"] < 0.7


def test_a_cortex_free_lesion_of_the_shaft_hardly_matters():
    found = strengths(with_ball(block(), place("right", -OFFSET_MM, 0.0, 110.0), SHAFT_MM - CORTEX_MM))
    assert min(found.values()) > 0.97


def test_a_mirrored_patient_has_the_mirrored_answer():
    right = strengths(with_ball(block("right"), place("right", -20.0, 6.0, 28.0), 11.0))
    left = strengths(with_ball(block("left"), place("left", -20.0, 6.0, 28.0), 11.0))
    assert left == pytest.approx(right, abs=0.03)
    behind = strengths(with_ball(block("left"), place("left", -20.0, -6.0, 28.0), 11.0))
    assert abs(behind["stairs"] - left["stairs"]) > 0.03  # the test could tell front from back


def test_a_larger_cap_takes_more_of_the_head_and_bone_beside_the_load_cannot_fail():
    one = block()
    small, large = with_cap(one, 20.0), with_cap(one, 45.0)
    assert small.window.sum() > one.window.sum() > large.window.sum()
    for key in ("stance", "fall"):
        ratio = (
            WhatIf(large, MATERIAL).healed.loads[key, "energy"] / WhatIf(small, MATERIAL).healed.loads[key, "energy"]
        )
        assert ratio == pytest.approx(1.0, abs=0.25)


def test_finer_voxels_move_no_ratio_by_three_points_and_the_load_by_less_than_five_percent():
    at = place("right", -11.0, 0.0, 32.0)
    found = {size: with_ball(block(spacing_mm=size), at, 12.0) for size in (2.0, 1.5, 1.25)}
    assert strengths(found[2.0]) == pytest.approx(strengths(found[1.25]), abs=0.03)
    loads = {size: WhatIf(found[size], MATERIAL).healed.loads for size in (1.5, 1.25)}
    for case in ("stance", "stairs", "fall"):
        assert loads[1.5][case, "principal"][0] == pytest.approx(loads[1.25][case, "principal"][0], rel=0.05)


def test_too_little_of_the_femur_is_told():
    femur, ct = drawn("right")
    near = femur.bone.inside & (np.linalg.norm(
        ct.grid.to_mm(np.moveaxis(np.indices(ct.grid.shape), 0, -1)) - HEAD_MM, axis=-1) < 95.0)  # fmt: skip
    short = replace(femur, bone=Mask(ct.grid, near))
    with pytest.raises(ValueError, match="shaft"):
        cut_femur(short, Mask(ct.grid, np.zeros(ct.grid.shape, dtype=bool)), ct)
    low = femur.bone.inside & (np.indices(ct.grid.shape)[2] < 6)
    with pytest.raises(ValueError, match="where the femur is cut"):
        cut_femur(femur, Mask(ct.grid, low), ct)


def test_a_lesion_of_the_neck_gets_the_hips_table_and_one_without_a_head_says_why_not():
    femur, ct = drawn("left")
    places = ct.grid.to_mm(np.moveaxis(np.indices(ct.grid.shape), 0, -1))
    ball = (np.linalg.norm(places - place("left", -20.0, 0.0, 36.0), axis=-1) < 13.0) & femur.bone.inside
    sick = Volume(ct.grid, np.where(ball, np.float32(40.0), ct.values))
    seen = seen_lesion(femur.bone, Mask(ct.grid, ball))
    table = measure_strength(seen, sick, femur=femur)
    assert table.loaded_as == "proximal femur"
    assert table.load_cases == ("stance", "stairs", "fall")
    lesion, cement = table.row("lesion"), table.row("cement")
    assert lesion.cell("stance").strength_ratio.value < 0.85
    assert cement.cell("stance").slip_ratio.value > lesion.cell("stance").strength_ratio.value
    assert table.row("rebar") is None
    assert any("in walking" in one for one in table.sentences)
    without = measure_strength(seen, sick, femur="the whole femur was not found")
    assert without.loaded_as != "proximal femur"
    assert any("the whole femur was not found" in one for one in without.limits)
