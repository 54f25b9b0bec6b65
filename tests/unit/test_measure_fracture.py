"""A break through every wall of a shaft is called a possible fracture; lesions, canals and sound shafts are not."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.library.load import load_bones
from buttress.measure.fracture import observe_fracture
from buttress.measure.target import find_target
from buttress.phantom import Notch, PhantomSpec, build_phantom
from buttress.phantom.pathological_fracture import FractureSpec, break_bone, broken_volume
from buttress.records.findings import Observation
from buttress.records.image import Mask, Volume

SMALL = (30.0, 30.0, 48.0)


def observed(ct: Volume, lesion: Mask) -> Observation:
    target = find_target(ct, lesion, load_bones()["tibia"], None, "lesion a")
    assert target.shaft is not None
    return observe_fracture(ct, target.shaft)


def in_marrow(ct: Volume) -> Mask:
    """A small mark in the middle of the shaft, where a case would put its lesion."""
    index = np.moveaxis(np.indices(ct.grid.shape), 0, -1)
    return Mask(ct.grid, np.linalg.norm(ct.grid.to_mm(index), axis=-1) <= 6.0)


def broken(
    tube: PhantomSpec, notch: Notch | None, *, shift_mm: float, gap_mm: float, oblique_deg: float = 0.0
) -> Observation:
    built = build_phantom(tube, notch)
    u, v, distal = tube.directions
    lean = np.radians(oblique_deg)
    normal = np.cos(lean) * distal + np.sin(lean) * u
    spec = FractureSpec(
        point_mm=(0.0, 0.0, 0.0),
        distal=tuple(normal.tolist()),
        gap_mm=gap_mm,
        shift_mm=tuple((shift_mm * v).tolist()),
        angle_deg=3.0 if shift_mm else 0.0,
        hinge=tuple(u.tolist()),
    )
    rupture = break_bone(built.bone, spec)
    after = broken_volume(built.ct, built.bone, rupture, spec)
    return observed(after, rupture.moved(built.lesion) if built.lesion else in_marrow(after))


@pytest.mark.parametrize(
    "tube", [PhantomSpec(half_mm=SMALL), PhantomSpec(half_mm=SMALL, tilt_deg=30.0, spacing_mm=(1.0, 1.0, 3.0))]
)
def test_a_sound_shaft_is_not_called_broken(tube):
    ct = build_phantom(tube).ct
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
    built = build_phantom(PhantomSpec(half_mm=SMALL), notch)
    assert built.lesion is not None
    found = observed(built.ct, built.lesion)
    assert found.value is not True
    assert found.value is False or notch.circumference_deg > 240.0


@pytest.mark.parametrize(
    ("shift_mm", "gap_mm", "oblique_deg"),
    [(3.0, 1.5, 0.0), (0.0, 2.0, 0.0), (0.0, 2.0, 35.0)],
    ids=["displaced", "an undisplaced gap", "an oblique gap"],
)
def test_a_break_through_the_lesion_is_a_possible_fracture(shift_mm, gap_mm, oblique_deg):
    notch = Notch(axial_mm=18.0, circumference_deg=120.0)
    found = broken(PhantomSpec(half_mm=SMALL), notch, shift_mm=shift_mm, gap_mm=gap_mm, oblique_deg=oblique_deg)
    assert found.value is True
    assert "through the lesion's centre" in found.where or "mm" in found.where
    assert "a person must look" in found.method


def test_where_the_lesion_has_taken_the_whole_ring_a_fracture_cannot_be_told():
    built = build_phantom(PhantomSpec(half_mm=SMALL), Notch(axial_mm=30.0, circumference_deg=360.0))
    assert built.lesion is not None
    found = observed(built.ct, built.lesion)
    assert found.value is None
    assert "hardly any wall is left" in found.note


def test_a_bone_without_a_shaft_is_not_looked_at():
    found = observe_fracture(build_phantom(PhantomSpec(half_mm=SMALL)).ct, None, "ilium has no shaft")
    assert found.status == "not_computed"
    assert "ilium has no shaft" in found.note
