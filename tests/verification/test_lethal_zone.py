"""Coverage, margins and histograms of spheres, whose answers are known, on voxels that need not be cubes."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.ablate.lethal_zone import (
    Criterion,
    ThermalHistory,
    ablative_margin,
    covered_fraction,
    criteria,
    cumulative_histogram,
    default_cold,
    grown,
    judge_structure,
)

SPACINGS = [(1.0, 1.0, 1.0), (0.8, 0.8, 1.5), (2.0, 1.0, 1.0)]


def distance_mm(spacing: tuple[float, float, float], centre_mm: tuple[float, float, float] = (0, 0, 0)) -> np.ndarray:
    """Distance of every voxel centre to a point, in a box of 56 mm about the origin."""
    axes = [np.arange(-28.0, 28.0 + 1e-9, step) - c for step, c in zip(spacing, centre_mm, strict=True)]
    i, j, k = np.meshgrid(*axes, indexing="ij")
    return np.sqrt(i**2 + j**2 + k**2)


def ball(radius_mm: float, spacing: tuple[float, float, float]) -> Criterion:
    """A zone whose level falls as the temperature about a needle does: not linear in distance."""
    level = np.log(radius_mm / np.maximum(distance_mm(spacing), 0.5))
    return Criterion("ball", "a ball", level.astype(np.float32))


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("shift_mm", [0.0, 3.0])
def test_the_margin_of_a_ball_about_a_smaller_ball_is_the_gap_less_the_shift(
    spacing: tuple[float, float, float], shift_mm: float
) -> None:
    tumour = distance_mm(spacing, (0, shift_mm, 0)) <= 10.0
    found = ablative_margin(ball(18.0, spacing), tumour, spacing)
    assert found.least_mm is not None
    # The tumour itself is made of voxels: its faces stand up to half a diagonal off the sphere.
    assert found.least_mm == pytest.approx(8.0 - shift_mm, abs=0.5 * float(np.linalg.norm(spacing)))
    assert not found.is_cut


def test_the_surface_of_the_zone_is_found_between_voxels_to_a_tenth_of_a_millimetre() -> None:
    spacing = (2.0, 2.0, 2.0)
    tumour = np.zeros(distance_mm(spacing).shape, dtype=bool)
    tumour[14, 14, 14] = True  # one voxel at the centre: its faces lie 1 mm off it, exactly
    for radius in (12.3, 13.0, 13.7):
        found = ablative_margin(ball(radius, spacing), tumour, spacing)
        assert found.least_mm == pytest.approx(radius - 1.0, abs=0.1)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_tumour_that_sticks_out_has_a_negative_margin_where_it_does(spacing: tuple[float, float, float]) -> None:
    tumour = distance_mm(spacing, (0, 0, 12.0)) <= 8.0
    found = ablative_margin(ball(15.0, spacing), tumour, spacing)
    assert found.least_mm is not None
    assert found.least_at is not None
    assert found.least_mm == pytest.approx(-5.0, abs=0.5 * float(np.linalg.norm(spacing)))
    assert found.least_at[2] * spacing[2] - 28.0 > 18.0
    assert np.nanmax(found.map_mm) > 0.0
    assert np.isnan(found.map_mm[0, 0, 0])


def test_no_zone_has_no_margin_and_a_zone_that_leaves_the_box_says_so() -> None:
    spacing = SPACINGS[0]
    tumour = distance_mm(spacing) <= 5.0
    nothing = Criterion("none", "none", np.full(tumour.shape, -1.0, dtype=np.float32))
    assert ablative_margin(nothing, tumour, spacing).least_mm is None
    assert ablative_margin(ball(30.0, spacing), tumour, spacing).is_cut
    with pytest.raises(ValueError, match="no tumour"):
        ablative_margin(nothing, np.zeros(tumour.shape, dtype=bool), spacing)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_coverage_of_two_balls_is_the_ratio_of_their_volumes(spacing: tuple[float, float, float]) -> None:
    target = distance_mm(spacing) <= 20.0
    assert covered_fraction(ball(16.0, spacing).zone, target) == pytest.approx(0.8**3, abs=0.01)
    assert covered_fraction(ball(21.0, spacing).zone, target) == 1.0


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_margin_grows_in_millimetres_whatever_the_voxels(spacing: tuple[float, float, float]) -> None:
    seed = distance_mm(spacing) == distance_mm(spacing).min()
    assert grown(seed, 9.0, spacing).sum() * np.prod(spacing) == pytest.approx(4 / 3 * np.pi * 9.0**3, rel=0.03)


def test_the_histogram_of_a_linear_field_is_a_straight_line() -> None:
    values = np.linspace(-100.0, 40.0, 1401, dtype=np.float32).reshape(1, 1, -1)
    everywhere = np.ones(values.shape, dtype=bool)
    cold = cumulative_histogram(values, everywhere, of_cold=True)
    share = dict(zip(cold.edges_c, cold.fraction, strict=True))
    assert share[-160.0] == 0.0
    assert share[-40.0] == pytest.approx(60.0 / 140.0, abs=2e-3)
    assert share[40.0] == 1.0
    hot = cumulative_histogram(values, everywhere, of_cold=False)
    assert hot.fraction[0] == pytest.approx(3.0 / 140.0, abs=2e-3)
    assert list(hot.fraction) == sorted(hot.fraction, reverse=True)


def test_criteria_call_dead_what_their_threshold_says_and_colder_thresholds_lie_inside() -> None:
    cold = (distance_mm(SPACINGS[0]) * 4.0 - 100.0).astype(np.float32)
    found = criteria(ThermalHistory(coldest_c=cold))
    assert set(found) == {"minus_40", "minus_30", "minus_20", "ice"}
    assert default_cold() == "minus_40"
    assert np.array_equal(found["minus_40"].zone, cold < -40.0)
    volumes = [found[key].zone.sum() for key in ("minus_40", "minus_30", "minus_20", "ice")]
    assert volumes == sorted(volumes)


def test_heat_is_judged_by_the_isotherm_the_dose_and_every_rate_law() -> None:
    radius = distance_mm(SPACINGS[0])
    dose = np.exp(20.0 - radius).astype(np.float32) * np.float32(240.0)
    omega = np.exp(15.0 - radius).astype(np.float32)
    found = criteria(
        ThermalHistory(hottest_c=(80.0 - radius).astype(np.float32), dose_min=dose, damage={"bone": omega})
    )
    assert set(found) == {"sixty", "dose", "damage_bone"}
    assert np.array_equal(found["dose"].zone, dose > 240.0)
    assert np.array_equal(found["damage_bone"].zone, omega > 1.0)


@pytest.mark.parametrize(("low", "high", "spared"), [(12.0, 40.0, True), (8.0, 40.0, False), (12.0, 46.0, False)])
def test_a_nerve_is_spared_between_ten_and_forty_five_degrees(low: float, high: float, spared: bool) -> None:
    shape = (4, 4, 4)
    history = ThermalHistory(np.full(shape, low, dtype=np.float32), np.full(shape, high, dtype=np.float32))
    found = judge_structure(history, "sciatic nerve", "nerve", np.ones(shape, dtype=bool))
    assert (found.coldest_c, found.hottest_c, found.is_spared) == (low, high, spared)


def test_a_structure_of_a_kind_without_a_band_is_told_but_not_judged() -> None:
    history = ThermalHistory(coldest_c=np.full((2, 2, 2), -5.0, dtype=np.float32))
    found = judge_structure(history, "implant", "metal", np.ones((2, 2, 2), dtype=bool))
    assert found.is_spared is None
    assert found.hottest_c is None
    with pytest.raises(ValueError, match="no voxel"):
        judge_structure(history, "implant", "metal", np.zeros((2, 2, 2), dtype=bool))
