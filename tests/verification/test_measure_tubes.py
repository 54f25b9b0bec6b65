"""Involvement of oblique tubes with a notch of known length and width, partial volume, blur and noise included."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from buttress.measure import measure_lesion
from buttress.phantom import Notch, PhantomSpec, build_phantom, coordinates_in
from buttress.records.case import Case, Lesion
from buttress.records.device import Bone
from buttress.records.findings import LesionFindings, Measure, SeenLesion
from buttress.records.image import Imaging, Mask, Volume

BONE = Bone(key="humerus", title="humerus", sided=True, long_bone=True, limb="upper", weight_bearing=False)


@lru_cache(maxsize=4)
def seen(tube: PhantomSpec, notch: Notch) -> SeenLesion:
    built = build_phantom(tube, notch)
    assert built.lesion is not None
    lesion = Lesion(id="a", bone="humerus")
    found = measure_lesion(Case(id="c", lesions=(lesion,)), lesion, Imaging(built.ct, {"a": built.lesion}), BONE)
    assert isinstance(found, SeenLesion)
    return found


def involvement(findings: LesionFindings) -> tuple[float, float]:
    axial, around = findings.axial_cortical_involvement_mm, findings.circumferential_cortical_involvement_fraction
    assert axial.value is not None
    assert around.value is not None
    return axial.value, around.value


@pytest.mark.parametrize(
    ("tilt_deg", "axial_mm", "around_deg"),
    [(0.0, 5.0, 40.0), (20.0, 30.0, 140.0), (20.0, 60.0, 360.0), (45.0, 30.0, 120.0), (45.0, 5.0, 40.0)],
)
def test_full_thickness_notch_is_measured_within_1_mm_and_2_percent_at_any_tilt(tilt_deg, axial_mm, around_deg):
    half = (55.0, 45.0, 50.0) if tilt_deg > 30 else (40.0, 32.0, 55.0)
    found = seen(PhantomSpec(tilt_deg=tilt_deg, half_mm=half), Notch(axial_mm, around_deg)).findings
    axial, around = involvement(found)
    assert axial == pytest.approx(axial_mm, abs=1.0)
    assert around == pytest.approx(around_deg / 360.0, abs=0.02)
    assert found.bone_axis is not None
    assert found.bone_axis.tilt_deg == pytest.approx(tilt_deg, abs=1.5)
    assert found.cortical_breach.value is True


def test_axis_runs_from_proximal_to_distal_with_zero_at_the_lesion():
    found = seen(PhantomSpec(tilt_deg=30.0, half_mm=(40.0, 32.0, 45.0)), Notch(20.0, 90.0)).findings
    axis = found.bone_axis
    assert axis is not None
    assert axis.points_mm[0][2] > axis.points_mm[-1][2]
    at = np.argmin(np.abs(axis.from_lesion_mm))
    apart = np.array(axis.points_mm[at]) - np.array(found.centre_mm)
    along = np.array(axis.points_mm[-1]) - np.array(axis.points_mm[0])
    assert abs(apart @ along / np.linalg.norm(along)) < 1.0


@pytest.mark.parametrize("slice_mm", [2.5, 3.27])
def test_thick_slices_of_an_oblique_shaft_keep_2_mm_and_5_percent(slice_mm):
    tube = PhantomSpec(tilt_deg=35.0, spacing_mm=(0.98, 0.98, slice_mm), half_mm=(45.0, 45.0, 50.0))
    axial, around = involvement(seen(tube, Notch(30.0, 120.0)).findings)
    assert axial == pytest.approx(30.0, abs=2.0)
    assert around == pytest.approx(1 / 3, abs=0.05)


@pytest.mark.parametrize(("depth", "involved"), [(0.3, False), (0.8, True)])
def test_cortex_counts_as_involved_when_more_than_half_of_it_is_gone(depth, involved):
    found = seen(PhantomSpec(half_mm=(28.0, 28.0, 45.0)), Notch(25.0, 150.0, depth_fraction=depth)).findings
    lost = found.cortical_destruction_fraction.value
    assert lost == pytest.approx(depth, abs=0.05)
    axial, around = involvement(found)
    assert (axial > 20.0, around > 0.35) == (involved, involved)
    assert found.cortical_breach.value is False


def test_lesion_of_the_marrow_alone_involves_no_cortex():
    found = seen(
        PhantomSpec(half_mm=(28.0, 28.0, 45.0)), Notch(25.0, 360.0, depth_fraction=0.0, into_marrow_mm=20.0)
    ).findings
    assert involvement(found) == (0.0, 0.0)
    assert found.cortical_breach.value is False
    assert found.width_fraction.value == pytest.approx(18.0 / 26.0, abs=0.06)


def test_measures_of_a_tapering_shaft_are_not_fooled_by_the_taper():
    tube = PhantomSpec(taper=-0.06, half_mm=(30.0, 30.0, 50.0))
    axial, around = involvement(seen(tube, Notch(30.0, 90.0)).findings)
    assert axial == pytest.approx(30.0, abs=1.5)
    assert around == pytest.approx(0.25, abs=0.03)


def test_the_restored_bone_covers_the_notch_and_little_else():
    tube = PhantomSpec(tilt_deg=20.0, half_mm=(40.0, 32.0, 55.0))
    notch = Notch(30.0, 140.0)
    built = build_phantom(tube, notch)
    ct, mask, truth = built.ct, built.lesion, built.bone
    assert mask is not None
    found = seen(tube, notch).bone.inside
    along, _, _ = coordinates_in(tube, ct.grid.to_mm(np.argwhere(np.ones(ct.grid.shape, dtype=bool))))
    near = (np.abs(along) < 25.0).reshape(ct.grid.shape)
    both = 2 * np.sum(found & truth.inside & near) / (np.sum(found & near) + np.sum(truth.inside & near))
    assert both > 0.97
    assert np.mean(found[mask.inside]) > 0.95


def test_every_interval_holds_its_value_and_names_its_place():
    found = seen(PhantomSpec(half_mm=(28.0, 28.0, 45.0)), Notch(25.0, 150.0, depth_fraction=0.8)).findings
    measured = [m for m in (getattr(found, name) for name in type(found).model_fields) if isinstance(m, Measure)]
    known = [m for m in measured if m.value is not None]
    assert len(known) >= 8
    assert all(m.low <= m.value <= m.high and m.where and m.method and m.unit for m in known)


def test_with_sound_bone_on_one_side_alone_the_measures_stand_and_say_so():
    tube = PhantomSpec(tilt_deg=0.0, half_mm=(32.0, 32.0, 45.0))
    built = build_phantom(tube, Notch(20.0, 90.0))
    assert built.lesion is not None
    top = int(built.lesion.points_mm()[:, 2].max() / built.ct.grid.spacing_mm[2]) + built.ct.grid.shape[2] // 2 - 2
    keep = (slice(None), slice(None), slice(0, top))
    ct = Volume(built.ct.grid.crop((0, 0, 0), (*built.ct.grid.shape[:2], top)), built.ct.values[keep])
    lesion = Lesion(id="a", bone="humerus")
    mask = Mask(ct.grid, built.lesion.inside[keep])
    found = measure_lesion(Case(id="c", lesions=(lesion,)), lesion, Imaging(ct, {"a": mask}), BONE)
    assert isinstance(found, SeenLesion)
    destruction = found.findings.cortical_destruction_fraction
    assert destruction.value == pytest.approx(1.0, abs=0.1)
    assert "only one side" in destruction.note
