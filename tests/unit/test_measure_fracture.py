"""A break through every wall of a shaft is called a possible fracture; lesions, canals and sound shafts are not."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.library.load import load_bones
from buttress.measure.fracture import observe_fracture
from buttress.measure.target import find_target
from buttress.records.findings import Observation
from buttress.records.image import Mask, Volume
from pathological_fracture import FractureSpec, break_bone, broken_volume
from phantoms import Notch, Tube, build

SMALL = (30.0, 30.0, 48.0)


def observed(ct: Volume, lesion: Mask) -> Observation:
    target = find_target(ct, lesion, load_bones()["tibia"], None, "lesion a")
    assert target.shaft is not None
    return observe_fracture(ct, target.shaft)


def in_marrow(ct: Volume) -> Mask:
    """A small mark in the middle of the shaft, where a case would put its lesion."""
    index = np.moveaxis(np.indices(ct.grid.shape), 0, -1)
    return Mask(ct.grid, np.linalg.norm(ct.grid.to_mm(index), axis=-1) <= 6.0)


def broken(tube: Tube, notch: Notch | None, *, shift_mm: float, gap_mm: float, oblique_deg: float = 0.0) -> Observation:
    ct, lesion, bone = build(tube, notch)
    u, v = tube.frame()
    lean = np.radians(oblique_deg)
    normal = np.cos(lean) * tube.direction + np.sin(lean) * u
    spec = FractureSpec(
        point_mm=(0.0, 0.0, 0.0),
        distal=tuple(normal.tolist()),
        gap_mm=gap_mm,
        shift_mm=tuple((shift_mm * v).tolist()),
        angle_deg=3.0 if shift_mm else 0.0,
        hinge=tuple(u.tolist()),
    )
    rupture = break_bone(bone, spec)
    after = broken_volume(ct, bone, rupture, spec)
    return observed(after, rupture.moved(lesion) if notch else in_marrow(after))


@pytest.mark.parametrize("tube", [Tube(half_mm=SMALL), Tube(half_mm=SMALL, tilt_deg=30.0, spacing_mm=(1.0, 1.0, 3.0))])
def test_a_sound_shaft_is_not_called_broken(tube):
    ct, _, _ = build(tube)
    assert observed(ct, in_marrow(ct)).value is False


@pytest.mark.parametrize(
    "notch",
    [
        Notch(axial_mm=30.0, circumference_deg=150.0),
        Notch(axial_mm=16.0, circumference_deg=252.0),
        Notch(axial_mm=14.0, circumference_deg=15.0),
    ],
    ids=["a long hole on one side", "a lesion of 70 % of the circumference", "a nutrient canal"],
)
def test_a_lesion_however_large_is_no_fracture_while_a_wall_runs_through(notch):
    ct, lesion, _ = build(Tube(half_mm=SMALL), notch)
    found = observed(ct, lesion)
    assert found.value is not True
    assert found.value is False or notch.circumference_deg > 240.0


@pytest.mark.parametrize(
    ("shift_mm", "gap_mm", "oblique_deg"),
    [(3.0, 1.5, 0.0), (0.0, 2.0, 0.0), (0.0, 2.0, 35.0)],
    ids=["displaced", "an undisplaced gap", "an oblique gap"],
)
def test_a_break_through_the_lesion_is_a_possible_fracture(shift_mm, gap_mm, oblique_deg):
    notch = Notch(axial_mm=18.0, circumference_deg=120.0)
    found = broken(Tube(half_mm=SMALL), notch, shift_mm=shift_mm, gap_mm=gap_mm, oblique_deg=oblique_deg)
    assert found.value is True
    assert "through the lesion's centre" in found.where or "mm" in found.where
    assert "a person must look" in found.method


def test_where_the_lesion_has_taken_the_whole_ring_a_fracture_cannot_be_told():
    ct, lesion, _ = build(Tube(half_mm=SMALL), Notch(axial_mm=30.0, circumference_deg=360.0))
    found = observed(ct, lesion)
    assert found.value is None
    assert "hardly any wall is left" in found.note


def test_a_bone_without_a_shaft_is_not_looked_at():
    found = observe_fracture(build(Tube(half_mm=SMALL))[0], None, "ilium has no shaft")
    assert found.status == "not_computed"
    assert "ilium has no shaft" in found.note
