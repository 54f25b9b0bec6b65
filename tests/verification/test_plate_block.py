"""A long plate (cortex about spongy bone) with a hole: healed by depth against the plate as it was, and cut through."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from buttress.numerics.grid import Grid
from buttress.records.findings import SeenLesion
from buttress.records.image import Mask, Volume
from buttress.reinforce.block import BoneBlock, broken
from buttress.reinforce.bone_material import bone_materials
from buttress.reinforce.inserts import Insert, LeftOut, inserts_for
from buttress.reinforce.plate_block import cut_plate
from buttress.reinforce.strength import measure_strength
from buttress.reinforce.strength_words import limits
from buttress.reinforce.what_if import WhatIf
from lesion_phantom import seen_lesion

HALF = np.array([20.0, 7.0, 60.0])
CORTEX_MM, CORTEX_HU, CORE_HU = 2.0, 1200.0, 250.0
MATERIAL = bone_materials(None)[0]


@cache
def plate(hole_mm: float, turned_deg: float = 0.0) -> tuple[SeenLesion, Volume, Volume]:
    """The lesion as measured, its CT, and the CT without it; turned about the y axis."""
    angle = np.deg2rad(turned_deg)
    turn = np.array([[np.cos(angle), 0.0, np.sin(angle)], [0.0, 1.0, 0.0], [-np.sin(angle), 0.0, np.cos(angle)]])
    half = np.ceil(np.abs(turn) @ HALF + 3.0).astype(int)
    i, j, k = (2 * half + 1).tolist()
    grid = Grid.aligned((i, j, k), 1.0, -half.astype(float))
    own = grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1)) @ turn
    depth = (HALF - np.abs(own)).min(axis=-1)
    share, shell = (np.clip(depth - edge + 0.5, 0.0, 1.0) for edge in (0.0, CORTEX_MM))
    hu = 40.0 + share * (CORTEX_HU - 40.0) - shell * (CORTEX_HU - CORE_HU)
    inside = np.linalg.norm(own * (1.0, 1.0, 0.7), axis=-1) <= hole_mm
    lesion = inside & (depth > 0)
    seen = seen_lesion(Mask(grid, depth > 0), Mask(grid, lesion))
    whole, found = hu.astype(np.float32), np.where(inside, 40.0, hu).astype(np.float32)
    return seen, Volume(grid, found), Volume(grid, whole)


def block(hole_mm: float, turned_deg: float = 0.0) -> BoneBlock:
    seen, ct, _ = plate(hole_mm, turned_deg)
    return cut_plate(seen, ct)


@pytest.mark.parametrize("turned_deg", [0.0, 35.0])
def test_the_healed_plate_is_as_stiff_as_the_plate_that_was(turned_deg):
    seen, ct, whole = plate(12.0, turned_deg)
    healed, truth = cut_plate(seen, ct), cut_plate(seen, whole)
    found, true = (MATERIAL.modulus_mpa(values)[healed.solid] for values in (healed.healed_hu, truth.hu))
    assert found.sum() == pytest.approx(true.sum(), rel=0.04)
    states = [WhatIf(one, MATERIAL).healed for one in (healed, truth)]
    for case in ("compression", "bending", "torsion"):
        assert states[0].compliance[case].max() == pytest.approx(states[1].compliance[case].max(), rel=0.06)


def test_the_piece_runs_along_the_plate_however_it_lies_and_holds_the_hole():
    for turned_deg in (0.0, 35.0):
        found = block(12.0, turned_deg)
        along = found.grid.directions[:, 2]
        angle = np.deg2rad(turned_deg)
        assert abs(along @ np.array([np.sin(angle), 0.0, np.cos(angle)])) > 0.995
        assert along[2] < 0
        assert found.cavity.sum() * found.grid.voxel_volume_ml == pytest.approx(
            plate(12.0)[0].intraosseous.sum() / 1000, rel=0.06
        )


def test_a_hole_costs_strength_and_a_wider_one_more():
    for case in ("compression", "bending", "torsion"):
        ratios = []
        for hole_mm in (8.0, 16.0):
            table = WhatIf(block(hole_mm), MATERIAL)
            ratios.append(float(table.lesion.ratios(table.healed, case).min()))
        assert 1.0 > ratios[0] > ratios[1] + 0.1


def test_a_plate_told_to_be_broken_bears_nothing_and_slipping_cement_little_torsion():
    cut = broken(block(8.0), MATERIAL.modulus_mpa(block(8.0).hu))
    table = WhatIf(cut, MATERIAL)
    for case in ("compression", "bending", "torsion"):
        assert float(table.lesion.ratios(table.healed, case).min()) < 0.01
    cement = next(iter(inserts_for(cut, MATERIAL)))
    assert isinstance(cement, Insert)
    slipping = table.slipping(cement, table.with_insert(cement))
    assert slipping["compression"] > slipping["torsion"] + 0.1


def test_a_round_bone_has_no_direction_and_says_so():
    seen, ct, _ = plate(8.0)
    grid = seen.bone.grid
    ball = Mask(grid, np.linalg.norm(grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1)), axis=-1) < 6.5)
    table = measure_strength(seen_lesion(ball, Mask(grid, ball.inside & seen.lesion.inside)), ct)
    assert (table.status, table.rows) == ("not computed", ())
    assert "not long one way" in table.limits[0]


def test_a_piece_that_falls_apart_and_one_of_soft_bone_say_why_there_is_no_table():
    seen, ct, _ = plate(8.0)
    soft = measure_strength(seen, Volume(ct.grid, np.minimum(ct.values, 60.0).astype(np.float32)))
    assert "too little dense bone" in soft.limits[0]
    parted = seen.bone.inside.copy()
    parted[:, :, parted.shape[2] // 2 + 12 : parted.shape[2] // 2 + 14] = False
    apart = measure_strength(seen_lesion(Mask(ct.grid, parted), seen.lesion), ct)
    assert apart.rows == ()
    assert "hang together" in apart.limits[0]


def test_the_limits_tell_how_the_bone_was_healed_and_that_a_fracture_was_drawn():
    by_depth, along = (
        limits("piece healed by depth", is_broken=True),
        limits("piece healed along its axis", is_broken=False),
    )
    assert any("as deep under the surface" in one for one in by_depth)
    assert any("one cut straight across" in one for one in by_depth)
    assert any("blended along the axis" in one for one in along)
    assert not any("fracture" in one for one in along)


def test_a_cavity_without_a_whole_voxel_and_a_bone_without_a_canal_take_nothing():
    thin = block(8.0)
    spread = replace(thin, cavity=np.where(thin.solid, np.float32(0.1), np.float32(0.0)))
    kinds = {one.key: one for one in inserts_for(spread, MATERIAL)}
    assert isinstance(kinds["cement"], LeftOut)
    dense = replace(thin, healed_hu=np.full(thin.grid.shape, 1400.0, np.float32))
    kinds = {one.key: one for one in inserts_for(dense, MATERIAL)}
    assert isinstance(kinds["rebar"], LeftOut)
    assert isinstance(kinds["nails"], LeftOut)
