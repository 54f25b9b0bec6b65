"""Thickness of a blurred plate against its closed form, and of a tube's cortex in thick and thin slices."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erf

from buttress.measure.bone import restore_shaft
from buttress.measure.bone_axis import follow_axis
from buttress.measure.thickness import DEPTHS_MM, map_thickness
from buttress.numerics.plate import fit_plates
from buttress.numerics.sections import sample_sections
from buttress.phantom import PhantomSpec, build_phantom

NOISE_HU = 25.0


def plates(thickness_mm: float, sigma_mm: float, n: int = 100) -> np.ndarray:
    """Profiles of a plate of 1300 HU between muscle (40) and marrow (-20), blurred, with noise."""
    front, back = (0.5 * (1 + erf((DEPTHS_MM - at) / (sigma_mm * np.sqrt(2)))) for at in (0.0, thickness_mm))
    clean = 40.0 + 1260.0 * front - 1320.0 * back
    return clean + np.random.default_rng(0).normal(0.0, NOISE_HU, (n, len(DEPTHS_MM)))


@pytest.mark.parametrize("sigma_mm", [0.75, 1.5])
@pytest.mark.parametrize("thickness_mm", [0.5, 0.75, 1.0, 2.0, 6.0])
def test_a_plate_of_known_height_is_measured_far_below_its_blur(thickness_mm, sigma_mm):
    profiles = plates(thickness_mm, sigma_mm)
    start = np.tile([0.0, 1.5 * thickness_mm, 1300.0], (len(profiles), 1))
    found = fit_plates(profiles, DEPTHS_MM, np.full(len(profiles), sigma_mm), 1300.0, start)
    assert np.mean(found.thickness_mm) == pytest.approx(thickness_mm, abs=0.02)
    assert np.std(found.thickness_mm) < 0.06


def test_a_thick_plate_tells_its_own_height():
    start = np.tile([0.0, 3.5, 1000.0], (100, 1))
    found = fit_plates(plates(3.0, 0.9), DEPTHS_MM, np.full(100, 0.9), None, start)
    assert np.median(found.height) == pytest.approx(1300.0, rel=0.02)


@pytest.mark.parametrize(
    ("cortex_mm", "slice_mm", "tilt_deg", "within_mm"),
    [(4.0, 1.0, 20.0, 0.2), (3.0, 3.0, 30.0, 0.2), (1.2, 1.0, 20.0, 0.2)],
)
def test_cortex_of_a_tube_is_read_without_the_blur_s_excess(cortex_mm, slice_mm, tilt_deg, within_mm):
    """In thin walls the density cannot be read and the usual one stands in: here it is the right one (1300 HU)."""
    spec = PhantomSpec(
        kind="tube",
        cortex_mm=cortex_mm,
        cortex_hu=1300.0,
        tilt_deg=tilt_deg,
        spacing_mm=(0.8, 0.8, slice_mm),
        half_mm=(34.0, 34.0, 42.0),
    )
    ct = build_phantom(spec).ct
    bone = follow_axis(ct, np.zeros(3), 2.0 * np.vstack([np.eye(3), -np.eye(3)]))
    assert bone is not None
    shaft = restore_shaft(bone, (-4.0, 4.0))
    assert shaft is not None
    radii = np.maximum(shaft.radius_mm[..., None] - DEPTHS_MM, 0.0)
    profiles = sample_sections(ct.values, ct.grid, shaft.bone.curve, shaft.angles_rad, radii)
    found = map_thickness(profiles, shaft, ct.grid)
    middle = shaft.sound & (np.abs(shaft.bone.curve.arc_mm) < 25.0)
    assert np.nanmedian(found.thickness_mm[middle]) == pytest.approx(cortex_mm, abs=within_mm)
    assert found.seen.told == (cortex_mm > 2.0)
