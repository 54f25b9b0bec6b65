"""A tumour all along a shaft: a closed cortex is whole, an open one is not called whole."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.measure.abutting import shaft_touched
from buttress.phantom import Notch, PhantomSpec, build_phantom, coordinates_in
from buttress.records.image import Mask, Volume

TUBE = PhantomSpec(tilt_deg=20.0, half_mm=(45.0, 40.0, 60.0), spacing_mm=(1.0, 1.0, 3.0))


def wrapped(ct: Volume, inner_mm: float) -> Mask:
    """A tumour around half of the tube from ``inner_mm`` off its axis outwards, from end to end of the image."""
    points = ct.grid.to_mm(np.stack(np.meshgrid(*[np.arange(n) for n in ct.grid.shape], indexing="ij"), axis=-1))
    _, radius, angle = coordinates_in(TUBE, points)
    return Mask(ct.grid, (radius > inner_mm) & (radius < 26.0) & (np.abs(angle) < 1.6))


def test_a_closed_ring_at_every_level_is_told_with_its_limits():
    ct = build_phantom(TUBE).ct
    found = shaft_touched(ct, wrapped(ct, TUBE.outer_mm))
    assert found is not None
    shaft, note = found
    middle = np.abs(shaft.bone.curve.arc_mm) < 40.0
    assert shaft.bone.sections.sound[middle].all()
    assert np.median(shaft.radius_mm[middle]) == pytest.approx(TUBE.outer_mm, abs=0.5)
    assert "shallow erosion" in note


def test_a_hole_in_the_ring_under_the_tumour_is_not_called_whole():
    ct = build_phantom(TUBE, Notch(30.0, 120.0)).ct
    assert shaft_touched(ct, wrapped(ct, TUBE.outer_mm)) is None


def test_a_lesion_in_the_bone_is_not_one_that_lies_on_it():
    ct = build_phantom(TUBE).ct
    assert shaft_touched(ct, wrapped(ct, 3.0)) is None
