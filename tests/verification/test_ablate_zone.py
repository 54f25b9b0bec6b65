"""Are drawn zones measured right? Closed forms of spheres, ellipsoids, lenses and planes."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.ablate.ellipsoid import Ellipsoid
from buttress.ablate.surface import extreme_points_mm, surface_points_mm
from buttress.ablate.zone import clearance_mm, draw_chart_zone, points_within_mm
from buttress.evidence.source import Evidence
from buttress.numerics.grid import Grid
from buttress.records.device import ChartZone
from buttress.records.image import Mask
from buttress.records.number import Published
from buttress.records.plan import AblationStep, Placement, Plan, Step
from lesion_phantom import ball, mask_of, seen_lesion

HERE = Evidence(source="ahmed2019", place="a number of this test")
OBLIQUE = np.array([2.0, -1.0, 2.0]) / 3.0


def number(value: float, low: float | None = None, high: float | None = None) -> Published:
    return Published(value=value, low=low, high=high, unit="mm", evidence=HERE)


def plan_with(width: Published, length: Published, centre: tuple[float, float, float], axis: np.ndarray) -> Plan:
    setting = ChartZone(
        setting="test", duration_s=1.0, width_mm=width, length_mm=length, criterion="edge", medium="phantom"
    )
    path = Placement(entry_mm=(0.0, 0.0, 99.0), tip_mm=centre, depth_mm=99.0, bone_path_mm=0.0)
    x, y, z = axis.tolist()
    step = AblationStep(
        modality="microwave",
        device="test",
        title="test",
        setting=setting,
        centre_mm=centre,
        axis=(x, y, z),
        placements=(path,),
    )
    return Plan(
        id="P",
        lesion_id="L1",
        title="test",
        techniques=("microwave",),
        ablation=step,
        steps=(Step(text="x"),),
        rationale=(),
    )


def lens_ml(big: float, small: float, apart: float) -> float:
    """Volume common to two balls (closed form), mL."""
    if apart <= big - small:
        return 4 / 3 * np.pi * small**3 / 1000
    cap = (big + small - apart) ** 2 * (apart**2 + 2 * apart * (big + small) - 3 * (big - small) ** 2)
    return float(np.pi * cap / (12 * apart) / 1000)


def test_depth_in_a_sphere_is_the_radius_less_the_distance_from_the_centre() -> None:
    zone = Ellipsoid(np.array([1.0, -2.0, 3.0]), OBLIQUE, 15.0, 15.0)
    points = zone.centre_mm + np.random.default_rng(1).normal(0.0, 12.0, (500, 3))
    expected = 15.0 - np.linalg.norm(points - zone.centre_mm, axis=1)
    np.testing.assert_allclose(zone.depth_mm(points), expected, atol=1e-7)


@pytest.mark.parametrize(("half_width", "half_length"), [(16.0, 17.5), (12.0, 18.0), (20.0, 9.0)])
def test_a_point_moved_off_the_surface_along_the_normal_is_that_far_from_it(
    half_width: float, half_length: float
) -> None:
    zone = Ellipsoid(np.array([5.0, 4.0, -3.0]), OBLIQUE, half_width, half_length)
    across = np.cross(OBLIQUE, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across)
    eccentric = np.linspace(0.05, np.pi - 0.05, 60)
    surface = (
        zone.centre_mm
        + half_width * np.sin(eccentric)[:, None] * across
        + (half_length * np.cos(eccentric)[:, None] * OBLIQUE)
    )
    normal = np.sin(eccentric)[:, None] / half_width * across + np.cos(eccentric)[:, None] / half_length * OBLIQUE
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    least_curvature_radius = min(half_width, half_length) ** 2 / max(half_width, half_length)
    for off in (-0.9 * least_curvature_radius, -1.0, 2.5, 40.0):
        np.testing.assert_allclose(zone.depth_mm(surface + off * normal), -off, atol=1e-6)


def test_depth_on_the_long_axis_follows_the_closed_form_inside_the_evolute() -> None:
    a, c = 12.0, 18.0
    zone = Ellipsoid(np.zeros(3), OBLIQUE, a, c)
    z = np.linspace(-0.99, 0.99, 41) * (c * c - a * a) / c
    np.testing.assert_allclose(zone.depth_mm(z[:, None] * OBLIQUE), a * np.sqrt(1 - z**2 / (c * c - a * a)), atol=1e-6)


def test_least_margin_of_a_ball_in_a_ball_is_the_difference_of_radii_less_the_offset() -> None:
    grid = Grid.aligned((70, 70, 70), 0.5, (-17.25, -17.25, -17.25))
    lesion = mask_of(grid, ball((0, 0, 0), 10.0))
    for offset in (0.0, 1.5, 4.0):
        plan = plan_with(number(32.0), number(32.0), (offset, 0.0, 0.0), OBLIQUE)
        found = draw_chart_zone(plan, seen_lesion(lesion, lesion), {}, 5.0)
        assert found.margin_mm.value == pytest.approx(16.0 - 10.0 - offset, abs=0.25)


def test_coverage_of_a_ball_by_an_offset_ball_is_their_lens() -> None:
    grid = Grid.aligned((70, 70, 70), 0.5, (-17.25, -17.25, -17.25))
    lesion = mask_of(grid, ball((0, 0, 0), 10.0))
    plan = plan_with(number(24.0), number(24.0), (0.0, 8.0, 0.0), OBLIQUE)
    found = draw_chart_zone(plan, seen_lesion(lesion, lesion), {}, 3.0)
    whole = 4 / 3 * np.pi * 10.0**3 / 1000
    grown = 4 / 3 * np.pi * 13.0**3 / 1000
    assert found.coverage_fraction.value == pytest.approx(lens_ml(12.0, 10.0, 8.0) / whole, abs=0.004)
    assert found.covered_with_margin_fraction.value == pytest.approx(lens_ml(13.0, 12.0, 8.0) / grown, abs=0.006)
    assert found.volume_ml.value == pytest.approx(4 / 3 * np.pi * 12.0**3 / 1000)


def test_the_interval_of_the_margin_is_the_placing_error_and_the_published_spread() -> None:
    grid = Grid.aligned((60, 60, 60), 0.5, (-14.75, -14.75, -14.75))
    lesion = mask_of(grid, ball((0, 0, 0), 8.0))
    plan = plan_with(number(30.0, 26.0, 34.0), number(30.0, 26.0, 34.0), (0.0, 0.0, 0.0), np.array([0.0, 0.0, 1.0]))
    margin = draw_chart_zone(plan, seen_lesion(lesion, lesion), {}, 5.0).margin_mm
    assert margin.value == pytest.approx(7.0, abs=0.25)
    assert margin.low == pytest.approx(13.0 - 8.0 - 3.0, abs=0.25)
    assert margin.high == pytest.approx(17.0 - 8.0, abs=0.25)


def test_clearance_to_a_plane_is_its_distance_less_the_support_of_the_ellipsoid() -> None:
    grid = Grid.aligned((60, 60, 60), 1.0, (-29.5, -29.5, -29.5))
    wall = Mask(grid, grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1))[..., 0] > 20.0)
    zone = Ellipsoid(np.zeros(3), OBLIQUE, 10.0, 16.0)
    support = np.sqrt(10.0**2 * (1 - OBLIQUE[0] ** 2) + 16.0**2 * OBLIQUE[0] ** 2)
    assert clearance_mm(zone, wall) == pytest.approx(20.0 - support, abs=0.05)
    near = Ellipsoid(np.array([12.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0]), 10.0, 10.0)
    assert clearance_mm(near, wall) < 0


def test_corners_of_the_hull_give_the_same_least_depth_as_the_whole_surface() -> None:
    grid = Grid.aligned((40, 44, 30), (0.7, 0.7, 2.0))
    inside = np.zeros(grid.shape, dtype=bool)
    inside[5:30, 10:20, 4:20] = True
    inside[8:12, 20:40, 10:14] = True
    zone = Ellipsoid(grid.to_mm((15, 18, 12)), OBLIQUE, 14.0, 19.0)
    mask = Mask(grid, inside)
    assert zone.depth_mm(extreme_points_mm(mask)).min() == pytest.approx(zone.depth_mm(surface_points_mm(mask)).min())


def test_the_lesion_grown_by_its_margin_reaches_beyond_the_edge_of_the_image() -> None:
    grid = Grid.aligned((20, 20, 20), 1.0)
    lesion = mask_of(grid, ball((2, 10, 10), 4.0))
    grown = points_within_mm(lesion, 5.0)
    assert grown[:, 0].min() < -4.0


def test_drawing_a_plan_without_ablation_is_refused() -> None:
    grid = Grid.aligned((10, 10, 10), 1.0)
    lesion = mask_of(grid, ball((5, 5, 5), 3.0))
    plan = Plan(id="P", lesion_id="L1", title="t", techniques=(), steps=(), rationale=())
    with pytest.raises(ValueError, match="no ablation"):
        draw_chart_zone(plan, seen_lesion(lesion, lesion), {}, 5.0)
