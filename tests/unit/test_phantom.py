"""Does the phantom maker do the small things: lies where it is told, keeps its HU, its noise, its side, its slices?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from buttress.phantom import Notch, PhantomSpec, bone_truth, build_phantom, coordinates_in, ellipsoid_at, lesion_truth
from buttress.phantom.bones import bones_at, shaft_coordinates, shaft_place
from buttress.phantom.scanner import slice_profile
from buttress.phantom.spec import Kind
from buttress.records.document import ButtressError

SMALL = PhantomSpec(half_mm=(20.0, 20.0, 16.0), noise_hu=0.0, blur_mm=0.0)


def test_without_blur_and_noise_cortex_marrow_muscle_have_their_hu():
    ct = build_phantom(SMALL).ct
    _, radius, _ = coordinates_in(SMALL, ct.grid.to_mm(np.moveaxis(np.indices(ct.grid.shape), 0, -1)))
    assert set(ct.values[(radius > 10.2) & (radius < 11.8)].tolist()) == {SMALL.cortex_hu}
    assert set(ct.values[radius < 7.8].tolist()) == {SMALL.marrow_hu}
    assert set(ct.values[radius > 14.2].tolist()) == {SMALL.muscle_hu}


def test_skin_fat_and_air_lie_round_the_limb():
    spec = replace(SMALL, half_mm=(40.0, 40.0, 3.0), limb_mm=25.0)
    ct = build_phantom(spec).ct
    middle = ct.values[:, ct.grid.shape[1] // 2, ct.grid.shape[2] // 2]
    at = np.abs(ct.grid.to_mm(np.indices((ct.grid.shape[0], 1, 1)).reshape(3, -1).T)[:, 0])
    assert middle[(at > 26) & (at < 32)] == pytest.approx(-100.0)
    assert middle[at > 36] == pytest.approx(-1000.0)


@pytest.mark.parametrize("noise_hu", [10.0, 35.0])
def test_noise_has_its_spread_and_correlates_within_the_slice_only(noise_hu):
    spec = replace(SMALL, half_mm=(24.0, 24.0, 16.0), noise_hu=noise_hu, outer_mm=5.0, cortex_mm=2.0)
    muscle = build_phantom(spec).ct.values[2:14, 2:14] - spec.muscle_hu
    assert muscle.std() == pytest.approx(noise_hu, rel=0.15)
    across = np.corrcoef(muscle[1:].ravel(), muscle[:-1].ravel())[0, 1]
    between = np.corrcoef(muscle[:, :, 1:].ravel(), muscle[:, :, :-1].ravel())[0, 1]
    assert across > 0.4
    assert abs(between) < 0.1


def test_the_same_seed_scans_the_same_and_another_otherwise():
    spec = replace(SMALL, noise_hu=20.0, half_mm=(16.0, 16.0, 5.0))
    one, again, other = (build_phantom(replace(spec, seed=seed)).ct.values for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_slice_is_the_mean_over_its_thickness():
    fine = np.zeros((1, 1, 12), dtype=np.float32)
    fine[..., 5:7] = 6.0  # a sheet two sub-slices thick, across the border of slices 1 and 2 (three sub-slices each)
    assert slice_profile(fine, 3, 1.0).ravel().tolist() == pytest.approx([0.0, 2.0, 2.0, 0.0])
    # twice as thick slices overlap by half: each sees three sub-slices beyond its own
    assert slice_profile(fine, 3, 2.0).ravel().tolist() == pytest.approx([0.0, 2.0, 2.0, 0.0])
    assert slice_profile(np.ones((1, 1, 12), dtype=np.float32), 3, 1.7).ravel().tolist() == pytest.approx([1.0] * 4)


@pytest.mark.parametrize("kind", ["tube", "curved"])
def test_places_on_a_shaft_come_back_as_they_were(kind):
    spec = PhantomSpec(kind=kind, tilt_deg=35.0, azimuth_deg=200.0)
    along, radius, angle = np.array([-30.0, 0.0, 25.0]), np.array([3.0, 12.0, 7.0]), np.array([-2.0, 0.3, 2.9])
    back = shaft_coordinates(spec, spec.to_bone(spec.to_patient(shaft_place(spec, along, radius, angle))))
    assert np.allclose(back, (along, radius, angle))


@pytest.mark.parametrize("tilt_deg", [0.0, 25.0, 60.0])
@pytest.mark.parametrize("azimuth_deg", [0.0, 130.0, 270.0])
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_fibula_lies_lateral_and_behind_at_any_tilt(side, tilt_deg, azimuth_deg):
    spec = PhantomSpec(fibula=True, side=side, tilt_deg=tilt_deg, azimuth_deg=azimuth_deg)
    lateral = 30.0 * spec.lateral
    fibula = spec.to_patient(np.array([lateral, -18.0, 0.0]))
    assert bones_at(spec, np.array([[lateral, -18.0, 0.0]]))[1].depth_mm[0] > 0
    along = spec.directions[2]
    assert along[2] < 0  # proximal is towards the head
    assert fibula @ along == pytest.approx(0.0, abs=1e-9)
    if tilt_deg <= 25.0:
        assert np.sign(fibula[0]) == spec.lateral  # LPS: the left is positive
        assert fibula[1] > 0  # and behind is positive


def test_a_right_hip_is_the_mirror_image_of_a_left_one():
    base = PhantomSpec(
        kind="hip", half_mm=(40.0, 20.0, 30.0), spacing_mm=(2.0, 2.0, 2.0), noise_hu=0.0, spongy_hu=200.0
    )
    left, right = (build_phantom(replace(base, side=side)).bone.inside for side in ("left", "right"))
    assert np.mean(left == right[::-1]) > 0.999
    assert left[: left.shape[0] // 2].sum() > left[left.shape[0] // 2 :].sum()  # the socket is medial of the head


def test_head_and_socket_leave_the_joint_space_between():
    spec = PhantomSpec(kind="hip", half_mm=(30.0, 30.0, 60.0), spacing_mm=(1.0, 1.0, 1.0), noise_hu=0.0, blur_mm=0.0)
    truth = bone_truth(spec)
    up = build_phantom(spec).ct.values[30, 30, 60:]  # from the head's centre towards the patient's head
    bone = np.flatnonzero(up > 400.0)
    assert truth.head_radius_mm is not None
    assert bone[0] + 0.5 == pytest.approx(truth.head_radius_mm, abs=1.0)
    gaps = np.diff(bone)
    assert gaps[gaps > 1][0] - 1 == pytest.approx(truth.joint_space_mm, abs=1.0)  # the first gap beyond the head


def test_the_field_of_view_may_cut_the_lesion_off_but_not_lose_it():
    with pytest.raises(ButtressError, match="outside the field of view"):
        build_phantom(SMALL, replace(ellipsoid_at(SMALL, 40.0, 8.0, 0.0, (10.0, 8.0, 8.0))))
    with pytest.raises(ButtressError, match="does not meet the bone"):
        build_phantom(SMALL, ellipsoid_at(SMALL, 0.0, 18.0, 45.0, (4.0, 3.0, 3.0)))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tilt_deg": 75.0}, "tilt of 75"),
        ({"spacing_mm": (0.1, 1.0, 1.0)}, "voxels of 0.1"),
        ({"cortex_mm": 20.0}, "cortex of 20"),
        ({"kind": "cube"}, "kind 'cube'"),
        ({"slice_mm": 0.5}, "slices of 0.5"),
    ],
)
def test_what_cannot_be_built_is_refused_in_words(wrong, words):
    with pytest.raises(ButtressError) as caught:
        PhantomSpec(**wrong)
    assert words in caught.value.found
    assert caught.value.expected


def test_a_notch_needs_a_shaft():
    with pytest.raises(ButtressError, match="a notch in a flat bone"):
        build_phantom(PhantomSpec(kind="flat", half_mm=(30.0, 30.0, 30.0)), Notch(20.0, 90.0))


def test_a_lesion_of_a_plate_has_size_and_breach_but_no_involvement():
    kind: Kind = "flat"
    spec = PhantomSpec(kind=kind, outer_mm=7.0, cortex_mm=1.5, half_mm=(24.0, 16.0, 24.0), spacing_mm=(1.5, 1.5, 1.5))
    lesion = replace(ellipsoid_at(spec, 0.0, 0.0, 0.0, (20.0, 16.0, 16.0)), roughness=0.0, margin_mm=0.6)
    through = lesion_truth(build_phantom(spec, lesion))
    inside = lesion_truth(build_phantom(spec, replace(lesion, axes_mm=(14.0, 8.0, 8.0))))
    assert (through.cortical_breach, inside.cortical_breach) == (True, False)
    assert through.axial_cortical_involvement_mm is None
    assert inside.volume_ml == pytest.approx(np.pi / 6 * 14.0 * 8.0 * 8.0 / 1000.0, rel=0.06)
    assert inside.longest_diameter_mm == pytest.approx(14.0, abs=0.7)
    assert inside.orthogonal_diameter_mm == pytest.approx(8.0, abs=0.9)  # a sub-voxel's diagonal
