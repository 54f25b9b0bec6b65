"""The other side of the body as a stand-in for the bone before the lesion: laid over, or refused with a reason."""

from __future__ import annotations

import re

import numpy as np
import pytest

from buttress.library.load import load_bones
from buttress.measure import measure_lesion
from buttress.measure.cortex import fit_thickness, unroll_cortex
from buttress.measure.expected_cortex import ExpectedCortex, expect_cortex
from buttress.measure.mirrored import mirror
from buttress.measure.target import find_target
from buttress.numerics.grid import Grid
from buttress.records.case import Case, Lesion
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging, Mask, Volume
from buttress.records.strength import Rigidity
from buttress.reinforce.rigidity import measure_rigidity

SHAPE, SPACING_MM = (150, 60, 80), (2.0, 2.0, 2.0)
CORTEX_MM = 5.0
RIGHT_X, LEFT_X = -80.0, 85.0
"""The lesion is in the left femur; the legs do not mirror each other exactly."""


def two_femora(right_cortex_mm: float = CORTEX_MM, right_hole: bool = False, right_there: bool = True) -> Volume:
    """Two leaning tubes of 14 mm in muscle; the left one has a hole in its medial wall."""
    grid = Grid.aligned(SHAPE, SPACING_MM, (-149.0, -59.0, -79.0))
    x, y, z = np.moveaxis(grid.to_mm(np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)), -1, 0)
    hu = np.where(np.abs(x) < 142, 50.0, -1000.0)
    femora = (LEFT_X, 0.08, CORTEX_MM, True), (RIGHT_X, -0.03, right_cortex_mm, right_there)
    for middle, lean, cortex, there in femora:
        radius = np.hypot(x - middle - lean * z, y - 4.0 * (middle < 0)) if there else np.full(x.shape, 99.0)
        bone, canal = (np.clip((edge - radius) / 2.0 + 0.5, 0.0, 1.0) for edge in (14.0, 14.0 - cortex))
        hu = hu * (1 - bone) + 1250.0 * (bone - canal) - 30.0 * canal
    hu = np.where(lesion_of(grid).inside, 45.0, hu)
    if right_hole:
        hu = np.where(np.linalg.norm(np.stack([x - RIGHT_X - 11.0, y - 4.0, z / 1.5]), axis=0) < 9.0, 45.0, hu)
    noise = np.random.default_rng(1).normal(0.0, 15.0, SHAPE)
    return Volume(grid, (hu + noise).astype(np.float32))


def lesion_of(grid: Grid) -> Mask:
    points = grid.to_mm(np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1))
    return Mask(grid, np.linalg.norm((points - (LEFT_X - 11.0, 0.0, 0.0)) / (9.0, 9.0, 13.0), axis=-1) < 1.0)


def expected(ct: Volume) -> ExpectedCortex:
    lesion = lesion_of(ct.grid)
    target = find_target(ct, lesion, load_bones()["femur"], None, "")
    assert target.shaft is not None
    cortex, own = fit_thickness(ct, target.shaft, unroll_cortex(ct, target.shaft, lesion, 45.0), 45.0)
    return expect_cortex(ct, target.shaft, cortex, own, sided=True)


def test_mirroring_swaps_left_and_right_and_moves_no_value():
    ct = two_femora()
    seen = mirror(ct, 10.0)
    index = np.array([20, 30, 40])
    place = ct.grid.to_mm(index)
    there = np.round(seen.grid.to_index((20.0 - place[0], place[1], place[2]))).astype(int)
    assert seen.values[tuple(there)] == ct.values[tuple(index)]
    assert np.linalg.det(seen.grid.directions) == pytest.approx(1.0)


def test_both_the_bone_beside_and_the_other_side_give_the_cortex_that_was_drawn():
    found = expected(two_femora())
    assert found.expected_mm.value == pytest.approx(CORTEX_MM, abs=0.4)
    assert found.mirrored_mm.value == pytest.approx(CORTEX_MM, abs=0.5)
    assert found.mirrored_mm.low <= CORTEX_MM <= found.mirrored_mm.high
    assert found.difference_mm.low <= 0.0 <= found.difference_mm.high
    assert found.doubt == ""


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"right_there": False}, "not in view|does not match"),
        ({"right_hole": True}, "defect of its own"),
        ({"right_cortex_mm": 2.5}, "differ by|does not match"),
    ],
)
def test_a_missing_a_diseased_and_an_unlike_other_side_are_refused_with_the_reason(other, reason):
    found = expected(two_femora(**other))
    assert found.expected_mm.value == pytest.approx(CORTEX_MM, abs=0.4)
    assert found.mirrored_mm.value is None
    assert re.search(reason, found.mirrored_mm.note)


def test_metal_on_the_other_side_is_refused():
    ct = two_femora()
    values = ct.values.copy()
    at = np.round(ct.grid.to_index((RIGHT_X, 4.0, 0.0))).astype(int)
    values[at[0] - 2 : at[0] + 3, at[1] - 2 : at[1] + 3, :] = 3071.0
    assert expected(Volume(ct.grid, values)).mirrored_mm.note == "there is metal on the other side"


def rigidity_of(ct: Volume) -> Rigidity:
    """The left femur's rigidity as a case would have it."""
    lesion = Lesion(id="a", bone="femur", side="left")
    seen = measure_lesion(
        Case(id="c", lesions=(lesion,)), lesion, Imaging(ct, {"a": lesion_of(ct.grid)}), load_bones()["femur"]
    )
    assert isinstance(seen, SeenLesion)
    return measure_rigidity(seen, ct)


def test_a_bone_over_its_like_on_the_other_side_is_what_it_is_over_itself_healed():
    found = rigidity_of(two_femora())
    other = found.other_side
    assert other is not None
    assert other.bending_ratio.value == pytest.approx(found.bending_ratio.value, abs=0.05)
    assert other.axial_ratio.value == pytest.approx(found.axial_ratio.value, abs=0.05)
    assert other.torsion_ratio.value == pytest.approx(found.torsion_ratio.value, abs=0.08)
    assert 0.9 < other.beside_low < 1.0 < other.beside_high < 1.1


def test_a_thinner_other_side_shows_beside_the_lesion_as_well():
    """A wall of 4.4 instead of 5 mm: EA goes with r² - (r - t)², 0.90, so that sound levels read 1.11."""
    other = rigidity_of(two_femora(right_cortex_mm=4.4)).other_side
    assert other is not None
    wanted = (14.0**2 - 9.0**2) / (14.0**2 - 9.6**2)
    assert other.beside_low < wanted < other.beside_high + 0.03
    assert other.beside_high == pytest.approx(wanted, abs=0.06)


def test_without_a_sound_other_side_there_is_no_such_ratio():
    assert rigidity_of(two_femora(right_there=False)).other_side is None
    assert rigidity_of(two_femora(right_hole=True)).other_side is None
