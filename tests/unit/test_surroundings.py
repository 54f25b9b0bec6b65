"""What lies near: distances by hand on simple shapes, estimates marked as such, and both sides of the body alike."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.library.load import load_bones
from buttress.library.load_landmarks import landmarks_of, load_joint_names, load_landmarks
from buttress.measure.given import unmeasured
from buttress.measure.surroundings import Structure, clearance_from, line_points, measure_near
from buttress.measure.surroundings.air import find_air
from buttress.measure.surroundings.box import look_near
from buttress.measure.surroundings.joints import find_joints
from buttress.measure.surroundings.landmarks import estimate_structures
from buttress.measure.surroundings.structure import surface_of
from buttress.measure.surroundings.typed import same_structure
from buttress.measure.surroundings.vessels import find_vessels
from buttress.numerics.grid import Grid
from buttress.records.case import Case, CriticalStructure, Lesion
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging, Mask, Volume
from buttress.workflow.simulate_case import spared_with_kinds

GRID = Grid.aligned((90, 90, 60), 1.5, (-66.75, -66.75, -44.25))
X, Y, Z = np.moveaxis(GRID.to_mm(np.moveaxis(np.indices(GRID.shape), 0, -1)), -1, 0)
DOWN = np.array([0.0, 0.0, -1.0])


def thigh(noise: float = 12.0) -> tuple[Volume, Mask, Mask]:
    """A thigh of 120 mm with a shaft of 28 mm along the table, and a small lesion in it: CT, bone, lesion."""
    r = np.hypot(X, Y)
    hu = np.where(np.hypot(X - 6, Y - 4) < 58, 45.0, -1000.0)
    hu = np.where(r < 14, 1300.0, hu)
    hu = np.where(r < 8, -20.0, hu)
    lesion = np.hypot(r, Z) < 5
    values = hu + np.random.default_rng(2).normal(0, noise, GRID.shape)
    return Volume(GRID, values.astype(np.float32)), Mask(GRID, r < 14), Mask(GRID, lesion)


def near(side: str, **changes: object):
    ct, bone, lesion = thigh()
    case = Lesion(id="a", bone="femur", subsite="diaphysis", side=side, **changes)  # type: ignore[arg-type]
    return measure_near(case, lesion, bone, Imaging(ct, {"a": lesion}), axis=DOWN)


def by_name(found, name):
    return next(c for c in found.clearances if c.name == name)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_nerve_by_the_atlas_lies_where_its_rule_says_and_is_marked_estimated(side):
    nerve = by_name(near(side), "sciatic nerve")
    # bone surface 14 mm behind the axis, 24 mm further to the nerve, lesion's surface 5 mm behind the axis
    assert nerve.distance_mm.value == pytest.approx(14 + 24 - 5, abs=2.5)
    assert nerve.distance_mm.low == pytest.approx(nerve.distance_mm.value - 17.0)
    assert nerve.distance_mm.high == pytest.approx(nerve.distance_mm.value + 17.0)
    assert (nerve.basis, nerve.direction) == ("estimated", "posterior")
    assert "ESTIMATED" in nerve.distance_mm.method


def test_what_is_medial_is_mirrored_between_the_sides():
    left, right = (by_name(near(s), "superficial femoral vessels") for s in ("left", "right"))
    assert left.direction == right.direction == "medial"
    assert left.nearest_mm[0] < -20
    assert right.nearest_mm[0] > 20
    assert left.distance_mm.value == pytest.approx(right.distance_mm.value, abs=1.0)


def test_the_whole_answer_is_the_same_for_the_mirrored_patient():
    ct, bone, lesion = thigh()
    hole = (X - 40) ** 2 + Y**2 < 8**2
    ct.values[hole] = -1000.0 + 12 * np.sin(np.arange(hole.sum()))
    told = []
    for side, flip in (("left", slice(None)), ("right", slice(None, None, -1))):
        image = Imaging(Volume(GRID, np.ascontiguousarray(ct.values[flip])))
        case = Lesion(id="a", bone="femur", subsite="diaphysis", side=side)
        masks = (Mask(GRID, np.ascontiguousarray(m.inside[flip])) for m in (lesion, bone))
        found = measure_near(case, *masks, image, axis=DOWN)
        told.append({c.name: (c.direction, c.distance_mm.value) for c in found.clearances})
    assert told[0].keys() == told[1].keys()
    for name, (direction, distance) in told[0].items():
        assert told[1][name][0] == direction
        assert told[1][name][1] == (None if distance is None else pytest.approx(distance, abs=0.01))
    assert told[0]["gas in the bowel"][0] == "lateral"


def test_a_case_that_names_the_nerve_gets_the_estimate_and_a_typed_distance_wins_over_it():
    named = CriticalStructure(name="Sciatic nerve", kind="nerve")
    found = near("left", critical_structures=(named,))
    assert by_name(found, "Sciatic nerve").basis == "estimated"
    assert "sciatic nerve" not in {c.name for c in found.clearances}
    typed = CriticalStructure(name="sciatic nerve", kind="nerve", distance_mm=9.0)
    nerve = by_name(near("left", critical_structures=(typed,)), "sciatic nerve")
    assert (nerve.basis, nerve.distance_mm.value, nerve.distance_mm.status) == ("typed", 9.0, "given")


def test_without_a_subsite_no_level_is_guessed():
    ct, bone, lesion = thigh()
    case = Lesion(id="a", bone="femur", side="left")
    found = measure_near(case, lesion, bone, Imaging(ct), axis=DOWN)
    assert not [c for c in found.clearances if c.basis == "estimated"]
    unplaced = by_name(found, "other nerves and vessels")
    assert unplaced.distance_mm.value is None
    assert "subsite" in unplaced.distance_mm.note


def test_without_a_side_only_what_needs_none_is_placed():
    _, bone, lesion = thigh()
    placed, open_ = estimate_structures("femur", "diaphysis", None, bone, lesion, DOWN)
    assert [s.name for s in placed] == ["sciatic nerve"]
    assert [mark.structure for mark, _ in open_] == ["superficial femoral vessels"]


def test_an_estimate_reaches_the_plan_as_a_thin_tube_outside_the_bone():
    _, bone, _ = thigh()
    tube = near("left").estimated["sciatic nerve (estimated)"]
    assert tube.uncertain_mm == 17.0
    points = tube.mask.points_mm()
    assert not bone.holds(points).any()
    assert points[:, 1].mean() == pytest.approx(38, abs=3)


def test_a_scan_without_contrast_says_that_its_vessels_cannot_be_seen():
    vessels = by_name(near("left"), "bright vessels")
    assert vessels.distance_mm.value is None
    assert "no contrast" in vessels.distance_mm.note


def test_a_vessel_with_contrast_is_found_and_a_second_bone_is_not_taken_for_one():
    ct, bone, lesion = thigh()
    ct.values[np.hypot(X + 32, Y) < 5] += 300.0
    other = np.hypot(X - 34, Y)
    ct.values[other < 8] = 900.0
    ct.values[other < 5] = 230.0
    found = find_vessels(look_near(ct, lesion, bone))
    assert found is not None
    points = found.mask.points_mm()
    assert np.hypot(points[:, 0] + 32, points[:, 1]).max() < 7.5
    distance = clearance_from([[0.0, 0.0, 0.0]], found, "left").distance_mm
    assert distance.low <= 32 - 5 <= distance.high


def test_a_bone_without_a_canal_is_no_vessel():
    ct, bone, lesion = thigh()
    ct.values[np.hypot(X - 34, Y) < 6] += 1100.0
    assert find_vessels(look_near(ct, lesion, bone)) is None


def test_a_bone_with_a_rim_alone_is_no_vessel():
    ct, bone, lesion = thigh()
    other = np.hypot(X - 34, Y)
    ct.values[other < 8] = 700.0
    ct.values[other < 5] = 230.0
    assert find_vessels(look_near(ct, lesion, bone)) is None


@pytest.mark.parametrize(("gap_mm", "joint"), [(3.0, True), (4.5, True), (15.0, False)])
def test_a_dark_cleft_between_two_bone_ends_is_the_joint(gap_mm, joint):
    r = np.hypot(X, Y)
    hu = np.where(r < 60, 45.0, -1000.0)
    upper, lower = (r < 18) & (Z > 0), (r < 18) & (-gap_mm > Z)
    hu = np.where(upper | lower, 900.0, hu)
    ct = Volume(GRID, hu.astype(np.float32))
    lesion = Mask(GRID, np.hypot(r, Z - 20) < 6)
    found = find_joints(look_near(ct, lesion, Mask(GRID, upper)), "femur", "left", lesion.points_mm())
    assert [s.name for s in found] == (["knee joint"] if joint else [])
    if joint:
        distance = clearance_from(lesion.points_mm(), found[0], "left").distance_mm
        assert distance.low <= 14 + gap_mm / 2 <= distance.high


def test_a_bone_cut_by_the_end_of_its_mask_is_no_joint():
    ct, bone, lesion = thigh()
    short = Mask(GRID, bone.inside & (Z > -20))
    assert find_joints(look_near(ct, lesion, short), "femur", "left", lesion.points_mm()) == ()


def test_lung_is_told_from_gas_in_the_bowel_by_its_grey_and_the_bone_it_lies_at():
    ct, _, lesion = thigh()
    ct.values[np.hypot(X - 35, Y) < 18] = -850.0
    assert [(n, k) for n, k, _ in find_air(ct, lesion, "rib").inner] == [("lung", "lung")]
    ct.values[np.hypot(X - 35, Y) < 18] = -980.0
    assert [(n, k) for n, k, _ in find_air(ct, lesion, "ilium").inner] == [("gas in the bowel", "bowel")]
    assert [(n, k) for n, k, _ in find_air(ct, lesion, "tibia").inner] == [("gas in the soft tissue", "other")]


def test_a_probe_is_measured_as_a_lesion_is():
    nerve = Structure("a nerve", "nerve", np.array([[10.0, 0.0, z] for z in range(-20, 21)]), 4.0, "estimated", "rule")
    probe = line_points((0, -30, 0), (0, 30, 0))
    found = clearance_from(probe, nerve, "left", "the probe")
    assert found.distance_mm.value == pytest.approx(10.0)
    assert (found.distance_mm.low, found.distance_mm.high) == pytest.approx((6.0, 14.0))
    assert found.direction == "lateral"
    assert np.linalg.norm(np.diff(probe, axis=0), axis=1).max() <= 0.5 + 1e-9


def test_points_inside_a_structure_are_at_no_distance():
    mask = Mask(GRID, np.hypot(X, Y) < 20)
    found = clearance_from([[0.0, 0.0, 0.0]], surface_of("x", "other", mask, "given mask", "mask"))
    assert found.distance_mm.value == 0.0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Radial nerve", "radial nerve", True),
        ("femoral vessels", "femoral nerve and vessels", True),
        ("left sciatic nerve", "sciatic nerve", True),
        ("hip joint", "hip joint", True),
        ("femoral artery", "femoral nerve", False),
        ("tibial nerve", "common peroneal nerve", False),
        ("nerve", "sciatic nerve", False),
    ],
)
def test_names_that_mean_the_same_structure(one, other, same):
    assert same_structure(one, other) is same


def test_every_landmark_is_for_a_known_bone_and_subsite_and_a_direction_that_exists():
    bones = load_bones()
    for mark in load_landmarks():
        for bone in mark.bones:
            assert bone in bones
        assert set(mark.subsites) <= {s for bone in mark.bones for s in bones[bone].subsites}
    assert set(load_joint_names()) <= set(bones)
    for bone in ("humerus", "femur", "scapula", "fibula", "rib", "acetabulum", "ischium", "clavicle"):
        assert any(mark.kind == "nerve" for mark in landmarks_of(bone))


def test_a_bundle_keeps_the_kind_of_the_atlas_when_the_case_names_only_its_artery():
    ct, bone, lesion = thigh()
    artery = CriticalStructure(name="posterior tibial artery", kind="large_vessel")
    case = Lesion(id="a", bone="tibia", subsite="diaphysis", side="left", critical_structures=(artery,))
    imaging = Imaging(ct, {"a": lesion})
    found = measure_near(case, lesion, bone, imaging, axis=DOWN)
    bundle = "tibial nerve and posterior tibial vessels"
    assert by_name(found, "posterior tibial artery").kind == "large_vessel"
    assert bundle not in {one.name for one in found.clearances}  # the case's own name stands for it
    seen = SeenLesion(unmeasured(case, "made up"), bone=bone, lesion=lesion, estimated=found.estimated)
    spared = spared_with_kinds(Case(id="c", lesions=(case,)), seen, imaging)
    assert spared[f"{bundle} (estimated)"].kind == "nerve"
    assert not spared[f"{bundle} (estimated)"].is_seen


def test_a_mask_is_spared_as_the_kind_that_any_lesion_of_the_case_gives_it():
    ct, bone, lesion = thigh()
    nerve = CriticalStructure(name="a nerve", kind="nerve", mask="nerve.nii.gz")
    one, two = Lesion(id="one", bone="femur", critical_structures=(nerve,)), Lesion(id="two", bone="femur")
    imaging = Imaging(ct, {"two": lesion}, structures={"a nerve": lesion, "nobody's": lesion})
    seen = SeenLesion(unmeasured(two, "made up"), bone=bone, lesion=lesion)
    spared = spared_with_kinds(Case(id="c", lesions=(one, two)), seen, imaging)
    assert {name: part.kind for name, part in spared.items()} == {"a nerve": "nerve", "nobody's": "other"}
