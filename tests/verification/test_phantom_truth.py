"""Is the phantom's answer sheet right? Notches and a cylinder of tumour, whose loss geometry gives by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from buttress.phantom import LesionTruth, Notch, PhantomSpec, build_phantom, lesion_truth
from buttress.phantom.lesion_truth import Involvement, deepest_patch

FIELD = (24.0, 24.0, 24.0)


def truth_of(spec: PhantomSpec, notch: Notch) -> LesionTruth:
    return lesion_truth(build_phantom(spec, notch))


@pytest.mark.parametrize("kind", ["tube", "flared", "curved"])
@pytest.mark.parametrize("tilt_deg", [0.0, 45.0])
def test_a_notch_is_as_long_and_as_wide_as_it_was_cut(kind, tilt_deg):
    spec = PhantomSpec(kind=kind, tilt_deg=tilt_deg, half_mm=FIELD, cortex_mm=3.0)
    truth = truth_of(spec, Notch(20.0, 144.0, at_deg=70.0))
    assert truth.axial_cortical_involvement_mm == pytest.approx(20.0, abs=0.5)  # levels lie half a millimetre apart
    assert truth.circumferential_cortical_involvement_fraction == pytest.approx(0.4, abs=0.01)
    assert truth.cortical_destruction_fraction == pytest.approx(1.0, abs=0.05)
    assert truth.cortical_breach is True


@pytest.mark.parametrize(("depth", "involved", "through"), [(0.4, False, False), (0.7, True, False), (1.0, True, True)])
def test_part_of_the_thickness_gone_is_that_destruction_and_counts_from_a_half(depth, involved, through):
    truth = truth_of(PhantomSpec(half_mm=FIELD), Notch(16.0, 120.0, depth_fraction=depth))
    assert truth.cortical_destruction_fraction == pytest.approx(depth, abs=0.05)
    assert (truth.axial_cortical_involvement_mm > 0) == involved
    assert truth.cortical_breach is through


def test_volume_of_a_notch_is_its_sector_of_the_wall():
    spec = PhantomSpec(half_mm=FIELD)
    truth = truth_of(spec, Notch(16.0, 90.0, into_marrow_mm=3.0))
    inner = spec.outer_mm - spec.cortex_mm - 3.0
    assert truth.volume_ml == pytest.approx(np.pi / 4 * (spec.outer_mm**2 - inner**2) * 16.0 / 1000.0, rel=0.03)
    assert truth.soft_tissue_extension_ml == pytest.approx(0.0, abs=0.02)


def test_width_of_a_full_ring_is_the_bone_s_and_of_a_sector_its_chord():
    spec = PhantomSpec(half_mm=FIELD)
    assert truth_of(spec, Notch(16.0, 360.0)).width_fraction == pytest.approx(1.0, abs=0.03)
    quarter = truth_of(spec, Notch(16.0, 90.0))
    assert quarter.width_fraction == pytest.approx(np.sqrt(2.0) / 2.0, abs=0.04)  # the chord of a quarter of the ring


def test_a_tilted_and_coarse_scan_changes_the_picture_and_not_the_truth():
    notch = Notch(18.0, 150.0, 0.8)
    spec = PhantomSpec(half_mm=FIELD)
    straight, oblique = (
        truth_of(spec, notch),
        truth_of(replace(spec, tilt_deg=50.0, azimuth_deg=210.0, spacing_mm=(1.0, 1.0, 3.0), noise_hu=35.0), notch),
    )
    for name in ("axial_cortical_involvement_mm", "longest_diameter_mm"):
        assert getattr(oblique, name) == pytest.approx(getattr(straight, name), abs=0.8)
    for name in ("circumferential_cortical_involvement_fraction", "cortical_destruction_fraction", "width_fraction"):
        assert getattr(oblique, name) == pytest.approx(getattr(straight, name), abs=0.03)


def test_the_deepest_patch_is_a_mean_over_its_size():
    lost = np.zeros((40, 360))
    lost[10:20, 350:] = 1.0  # 5 mm long and 20 rays wide, over the seam of the ring
    lost[10:20, :10] = 1.0
    wide = 360 / (2 * np.pi * 14.0)  # rays a millimetre at an outer radius of 14 mm
    ones = np.ones_like(lost)
    found = Involvement(np.arange(40) * 0.5, lost, 4.0 * ones, 12.0 * ones, np.zeros((40, 2)))
    assert deepest_patch(found, 5.0) == pytest.approx(20 / round(5.0 * wide), abs=0.02)
    assert deepest_patch(found, 3.0) == 1.0
