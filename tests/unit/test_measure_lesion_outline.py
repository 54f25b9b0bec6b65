"""A lesion outlined from one click or a box: how it overlaps the truth, what it says of itself, what it refuses."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from scipy import ndimage

from buttress.measure import measure_lesion
from buttress.measure.extension import measure_extension
from buttress.measure.outline import Outline, outline_lesion, outline_outside
from buttress.measure.size import measure_inside, measure_size
from buttress.numerics.grid import Grid
from buttress.records.case import Case, Lesion
from buttress.records.device import Bone
from buttress.records.document import ButtressError
from buttress.records.findings import LesionFindings, SeenLesion
from buttress.records.image import Imaging, Mask, Volume

SPONGY = Bone(key="ilium", title="ilium", sided=True, long_bone=False, limb="trunk", weight_bearing=False)
GRID = Grid.aligned((70, 60, 64), (1.0, 1.0, 1.2), (-34.5, -29.5, -38.0))
MARROW_HU, TUMOUR_HU = 240.0, 50.0


@lru_cache(maxsize=4)
def block(radius_mm: float = 9.0, at_mm: tuple[float, float, float] = (2.0, 1.0, 0.0)) -> tuple[Volume, Mask, Mask]:
    """CT of a block of spongy bone in a shell of cortex with a round hole in it, the hole, and the bone."""
    points = GRID.to_mm(np.moveaxis(np.indices(GRID.shape), 0, -1))
    size = np.array([26.0, 21.0, 30.0])
    depth = (size - np.abs(points)).min(axis=-1)
    hu = np.where(depth > 0, np.where(depth > 2.0, MARROW_HU, 1100.0), 40.0)
    hole = np.linalg.norm(points - at_mm, axis=-1) < radius_mm
    hu[hole & (depth > 0)] = TUMOUR_HU
    grain = ndimage.gaussian_filter(np.random.default_rng(3).standard_normal(GRID.shape), 0.7)
    hu = ndimage.gaussian_filter(hu, [0.7, 0.7, 0.0]) + 20.0 * grain / grain.std()
    return Volume(GRID, hu.astype(np.float32)), Mask(GRID, hole & (depth > 0)), Mask(GRID, depth > 0)


def overlap(one: Mask, two: Mask) -> float:
    return float(2 * np.sum(one.inside & two.inside) / (one.inside.sum() + two.inside.sum()))


def outlined(ct: Volume, bone: Mask, click: tuple[float, float, float], **box: object) -> Outline:
    found = outline_lesion(ct, bone, np.array(click), **box)
    assert isinstance(found, Outline), found
    return found


@pytest.mark.parametrize("click", [(2.0, 1.0, 0.0), (6.0, 1.0, 0.0), (2.0, -2.0, 3.0)])
def test_a_click_anywhere_in_a_hole_of_spongy_bone_outlines_it(click):
    ct, hole, bone = block()
    found = outlined(ct, bone, click)
    assert overlap(found.lesion(), hole) > 0.92
    assert found.volume_ml[0] <= hole.volume_ml <= found.volume_ml[1]


def test_a_hole_that_opens_the_cortex_is_followed_to_the_bones_surface_and_no_further():
    ct, hole, bone = block(10.0, (0.0, 16.0, 0.0))
    found = outlined(ct, bone, (0.0, 14.0, 1.0))
    assert overlap(found.lesion(), hole) > 0.85
    assert not np.any(found.lesion().inside & ~bone.inside)


def test_the_probability_is_high_in_the_middle_low_far_off_and_half_at_the_outline():
    ct, hole, bone = block()
    found = outlined(ct, bone, (2.0, 1.0, 0.0))
    away = ndimage.distance_transform_edt(~hole.inside, sampling=GRID.spacing_mm)
    deep = ndimage.distance_transform_edt(hole.inside, sampling=GRID.spacing_mm)
    chance = found.confidence().values
    assert chance[deep > 4].min() > 0.95
    assert chance[away > 4].max() < 0.1
    assert np.all(chance[found.lesion().inside] >= 0.5)


def test_even_bone_and_a_dense_focus_are_no_lytic_lesion():
    ct, hole, bone = block(0.1)
    assert isinstance(outline_lesion(ct, bone, np.array([2.0, 1.0, 0.0])), str)
    dense, hole, bone = block()
    dense = Volume(GRID, np.where(hole.inside, 600.0, dense.values).astype(np.float32))
    told = outline_lesion(dense, bone, np.array([2.0, 1.0, 0.0]))
    assert isinstance(told, str)
    assert "not lytic" in told


def test_a_box_holds_the_lesion_and_a_box_alone_is_enough_for_a_case():
    ct, hole, _ = block()
    lesion = Lesion(id="a", bone="ilium", box_mm=((-7.0, -8.0, -9.0), (11.0, 10.0, 9.0)))
    seen = measure_lesion(Case(id="c", lesions=(lesion,)), lesion, Imaging(ct), SPONGY)
    assert isinstance(seen, SeenLesion)
    assert overlap(seen.lesion, hole) > 0.9
    inside = seen.lesion.points_mm()
    assert np.all(inside >= np.array(lesion.box_mm[0]) - 0.6)
    assert np.all(inside <= np.array(lesion.box_mm[1]) + 0.6)
    assert any("box" in note for note in seen.findings.notes)
    assert seen.confidence is not None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"box_mm": ((28.0, 24.0, 30.0), (32.0, 28.0, 34.0))}, "middle of the box"),
        ({"box_mm": ((0.0, 0.0, 0.0), (0.0, 9.0, 9.0))}, "the box measures"),
        ({"box_mm": ((-5.0, -5.0, -5.0), (9.0, 9.0, 9.0)), "seed_mm": (15.0, 0.0, 0.0)}, "outside box_mm"),
    ],
)
def test_a_box_outside_bone_without_extent_or_beside_its_seed_is_refused(given, words):
    ct, _, _ = block()
    lesion = Lesion(id="a", bone="ilium", **given)
    with pytest.raises(ButtressError, match=words):
        measure_lesion(Case(id="c", lesions=(lesion,)), lesion, Imaging(ct), SPONGY)


def test_an_outline_given_back_as_a_mask_measures_the_same():
    ct, _, _ = block()
    click = Lesion(id="a", bone="ilium", seed_mm=(2.0, 1.0, 0.0))
    drawn = measure_lesion(Case(id="c", lesions=(click,)), click, Imaging(ct), SPONGY)
    assert isinstance(drawn, SeenLesion)
    back = Lesion(id="a", bone="ilium")
    again = measure_lesion(Case(id="c", lesions=(back,)), back, Imaging(ct, {"a": drawn.lesion}), SPONGY)
    assert isinstance(again, SeenLesion)
    for name in ("longest_diameter_mm", "orthogonal_diameter_mm", "volume_ml", "mean_hu"):
        assert getattr(again.findings, name).value == getattr(drawn.findings, name).value
    assert again.findings.matrix.value == drawn.findings.matrix.value
    assert again.confidence is None
    one, two = drawn.findings.volume_ml, again.findings.volume_ml
    assert one.high - one.low >= two.high - two.low


def test_a_mask_goes_before_a_box_and_a_seed():
    ct, hole, _ = block()
    lesion = Lesion(id="a", bone="ilium", seed_mm=(2.0, 1.0, 0.0), box_mm=((-7.0, -8.0, -9.0), (11.0, 10.0, 9.0)))
    seen = measure_lesion(Case(id="c", lesions=(lesion,)), lesion, Imaging(ct, {"a": hole}), SPONGY)
    assert isinstance(seen, SeenLesion)
    assert np.array_equal(seen.lesion.inside, hole.inside)


def test_without_box_seed_or_mask_the_findings_say_so():
    ct, _, _ = block()
    lesion = Lesion(id="a", bone="ilium")
    found = measure_lesion(Case(id="c", lesions=(lesion,)), lesion, Imaging(ct), SPONGY)
    assert isinstance(found, LesionFindings)
    assert "seed or box" in found.volume_ml.note


FAT_HU, MUSCLE_HU = -100.0, 45.0


@lru_cache(maxsize=4)
def breached(around_hu: float, bulge_mm: float, spacing_mm: float = 1.2) -> tuple[Volume, Mask, Mask, Mask]:
    """A plate with a hole through its surface and a ball of tumour that bulges out: CT, bone, hole, part outside."""
    n = round(78.0 / spacing_mm)
    grid = Grid.aligned((80, 80, n), (1.0, 1.0, spacing_mm), (-39.5, -39.5, -39.0))
    points = grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
    depth = np.minimum((np.array([60.0, 14.0, 60.0]) - np.abs(points - [0.0, 14.0, 0.0])).min(axis=-1), 14.0)
    hu = np.where(depth > 0, np.where(depth > 2.0, MARROW_HU, 1100.0), around_hu)
    ball = np.linalg.norm(points - [0.0, 3.0, 0.0], axis=-1) < 3.0 + bulge_mm
    hu[ball] = TUMOUR_HU
    grain = ndimage.gaussian_filter(np.random.default_rng(5).standard_normal(grid.shape), 0.7)
    hu = ndimage.gaussian_filter(hu, [0.7, 0.7, 0.0]) + 15.0 * grain / grain.std()
    bone = depth > 0
    return Volume(grid, hu.astype(np.float32)), Mask(grid, bone), Mask(grid, ball & bone), Mask(grid, ball & ~bone)


@pytest.mark.parametrize("spacing_mm", [1.2, 3.0])
def test_tumour_that_bulges_into_fat_is_outlined_outside_the_bone_as_its_own_part(spacing_mm):
    ct, bone, hole, bulge = breached(FAT_HU, 8.0, spacing_mm)
    found = outline_outside(ct, bone, hole)
    assert found.part is not None
    assert overlap(found.part, bulge) > 0.8
    assert not np.any(found.part.inside & bone.inside)
    assert found.volume_ml.low <= bulge.volume_ml <= found.volume_ml.high


def test_against_muscle_the_outline_stops_at_the_surface_and_says_why():
    ct, bone, hole, _ = breached(MUSCLE_HU, 8.0)
    found = outline_outside(ct, bone, hole)
    assert found.part is None
    assert found.volume_ml.value is None
    assert "muscle" in found.volume_ml.note
    assert "at most" in found.volume_ml.note


def test_a_lesion_that_ends_at_the_surface_in_fat_or_below_it_has_no_part_outside():
    ct, bone, hole, _ = breached(FAT_HU, 8.0)
    bare = np.where(bone.inside, ct.values, FAT_HU).astype(np.float32)
    flat = outline_outside(Volume(ct.grid, bare), bone, hole).volume_ml
    assert (flat.value, flat.low) == (0.0, 0.0)
    deep = Mask(bone.grid, hole.inside & (np.indices(bone.grid.shape)[1] - 39.5 > 4.0))
    assert outline_outside(ct, bone, deep).volume_ml.value == 0.0


def test_the_volume_inside_the_bone_and_the_part_outside_make_up_the_whole():
    ct, bone, hole, bulge = breached(FAT_HU, 8.0)
    whole = Mask(ct.grid, hole.inside | bulge.inside)
    inside = measure_inside(whole, bone, measure_size(whole)[2])
    assert inside.value == pytest.approx(hole.volume_ml)
    assert inside.value + measure_extension(whole, bone).value == pytest.approx(whole.volume_ml)
    assert inside.low < inside.value < inside.high
