"""Resampling, distances, curves and sections against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.numerics.curve import curve_through, fit_centreline
from buttress.numerics.distance import longest_chord, nearest_points, signed_distance_mm, voxel_corners_mm
from buttress.numerics.grid import Grid
from buttress.numerics.resample import resample_box, sample
from buttress.numerics.sections import (
    even_angles,
    heal,
    outer_radius,
    outermost_crossing,
    plane_points,
    polar_points,
)


def turned_grid() -> Grid:
    """An oblique anisotropic grid."""
    a, b = np.radians(25), np.radians(10)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]]) @ np.array(
        [[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]
    )
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([0.8, 0.9, 2.5])
    affine[:3, 3] = (-12.0, 30.0, 400.0)
    return Grid((30, 28, 20), affine)


def all_points(grid: Grid) -> np.ndarray:
    return grid.to_mm(np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), axis=-1))


def test_trilinear_sampling_reproduces_a_linear_field_on_an_oblique_grid():
    grid = turned_grid()
    slope = np.array([3.0, -2.0, 0.5])
    values = (all_points(grid) @ slope).astype(np.float32)
    index = np.random.default_rng(1).uniform(0.5, 17.0, (200, 3))
    points = grid.to_mm(index)
    assert sample(values, grid, points) == pytest.approx(points @ slope, abs=1e-3)


def test_points_beyond_the_outer_faces_get_the_outside_value():
    grid = Grid.aligned((4, 4, 4), 1.0)
    found = sample(np.ones(grid.shape, np.float32), grid, [[-0.4, 1, 1], [-0.6, 1, 1], [3.4, 3.4, 3.4]], outside=-7.0)
    assert found.tolist() == [1.0, -7.0, 1.0]


def test_a_local_box_is_even_and_reads_the_same_linear_field():
    grid = turned_grid()
    slope = np.array([1.0, 2.0, -1.0])
    centre = grid.to_mm((14, 13, 9))
    values, box = resample_box((all_points(grid) @ slope).astype(np.float32), grid, centre, 5.0, 1.0)
    assert box.spacing_mm.tolist() == [1.0, 1.0, 1.0]
    assert box.to_mm((5, 5, 5)) == pytest.approx(centre)
    assert values == pytest.approx(all_points(box) @ slope, abs=1e-3)


def test_signed_distance_of_a_box_is_exact_with_uneven_voxels():
    inside = np.zeros((12, 12, 12), dtype=bool)
    inside[4:8, 4:8, 4:8] = True
    found = signed_distance_mm(inside, (1.0, 2.0, 3.0))
    assert found[5, 5, 5] == pytest.approx(-1.5)  # two voxel centres from the i face: 1.5 mm
    assert found[0, 5, 5] == pytest.approx(3.5)
    assert found[2, 5, 2] == pytest.approx(np.hypot(1.5, 4.5))


def test_signed_distance_of_a_sphere_is_within_half_a_voxel_diagonal():
    grid = Grid.aligned((41, 41, 41), 1.0, (-20, -20, -20))
    radius = np.linalg.norm(all_points(grid), axis=-1)
    found = signed_distance_mm(radius < 12.0, 1.0)
    near = np.abs(radius - 12.0) < 6.0
    assert np.abs(found - (radius - 12.0))[near].max() < 0.87  # half the diagonal of a voxel


def test_distance_to_nothing_is_infinite():
    assert np.all(signed_distance_mm(np.zeros((3, 3, 3), dtype=bool), 1.0) == np.inf)


def test_longest_chord_of_a_block_of_voxels_is_its_diagonal():
    inside = np.zeros((20, 20, 20), dtype=bool)
    inside[5:15, 6:12, 7:9] = True
    grid = Grid.aligned(inside.shape, (1.0, 0.5, 3.0))
    length, _, _ = longest_chord(voxel_corners_mm(inside, grid))
    assert length == pytest.approx(np.sqrt(10.0**2 + 3.0**2 + 6.0**2))


def test_nearest_points_of_two_clouds():
    apart, here, there = nearest_points([[0, 0, 0], [5, 0, 0]], [[9, 3, 0], [20, 0, 0]])
    assert (apart, here.tolist(), there.tolist()) == (5.0, [5, 0, 0], [9, 3, 0])


def test_frames_of_a_flat_arc_do_not_twist():
    turn = np.linspace(0, 1.2, 60)
    points = np.stack([200 * np.cos(turn), np.zeros_like(turn), 200 * np.sin(turn)], axis=1)
    curve = curve_through(points)
    assert curve.arc_mm[-1] == pytest.approx(240.0, rel=1e-4)
    out_of_plane = curve.u[:, 1]
    assert np.ptp(out_of_plane) < 1e-6
    assert np.cross(curve.u, curve.v) == pytest.approx(curve.tangents, abs=1e-12)


def test_level_and_angle_of_a_point_come_back_from_a_straight_curve():
    direction = np.array([0.3, -0.2, -0.93])
    direction /= np.linalg.norm(direction)
    curve = curve_through(np.arange(-20, 21)[:, None] * direction, np.arange(-20.0, 21.0))
    point = 7.3 * direction + 5.0 * (np.cos(1.1) * curve.u[0] + np.sin(1.1) * curve.v[0])
    assert curve.arc_of(point) == pytest.approx(7.3)
    assert curve.angle_of(point) == pytest.approx(1.1)
    assert curve.at(7.3) == pytest.approx(7.3 * direction)


def test_smoothed_centreline_bridges_a_gap_of_noisy_centroids():
    along = np.arange(-60.0, 61.0)
    true = np.stack([0.002 * along**2, 0.3 * along, -along], axis=1)
    noisy = true + np.random.default_rng(3).normal(0, 0.3, true.shape)
    weights = np.where(np.abs(along) < 20, 0.0, 1.0)
    curve = fit_centreline(noisy, weights, stiffness=2e4)
    apart = [nearest_points(p[None], true)[0] for p in curve.points_mm[5:-5]]
    assert max(apart) < 0.65  # half a mm of sampling distance plus the smoothed noise


def test_outer_radius_of_an_oblique_cylinder_is_its_radius():
    grid = Grid.aligned((60, 60, 60), (0.8, 0.8, 1.2), (-23.6, -23.6, -35.4))
    direction = np.array([0.4, 0.2, -0.89])
    direction /= np.linalg.norm(direction)
    points = all_points(grid)
    along = points @ direction
    radius = np.linalg.norm(points - along[..., None] * direction, axis=-1)
    curve = curve_through(np.arange(-10, 11)[:, None] * direction)
    found = outer_radius(radius < 10.0, grid, curve, even_angles(72), 20.0)
    assert found.mean() == pytest.approx(10.0, abs=0.05)
    assert np.abs(found - 10.0).max() < 0.6


def test_outermost_crossing_is_linear_and_says_zero_where_nothing_is_met():
    profiles = np.array([[1.0, 1.0, 0.25, 0.0], [0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
    assert outermost_crossing(profiles, [0.0, 1.0, 2.0, 3.0], 0.5) == pytest.approx([1 + 0.5 / 0.75, 0.0, 2.5, 3.0])


def test_normalised_polar_sum_is_the_area_of_an_off_centre_disc():
    curve = curve_through([[0, 0, 0], [0, 0, -1.0]])
    angles = even_angles(720)
    offset, size = 3.0, 10.0
    outer = offset * np.cos(angles) + np.sqrt(size**2 - (offset * np.sin(angles)) ** 2)
    share = (np.arange(50) + 0.5) / 50
    area = np.sum(share * outer[:, None] ** 2) * (1 / 50) * (2 * np.pi / 720)
    assert area == pytest.approx(np.pi * size**2, rel=1e-6)
    edge = polar_points(curve, angles, np.broadcast_to(outer[None, :, None], (2, 720, 1)))[0, :, 0]
    middle = offset * curve.u[0]
    assert np.linalg.norm(edge - middle, axis=1) == pytest.approx(np.full(720, size))


def test_plane_points_lie_in_planes_normal_to_the_curve():
    curve = curve_through([[0, 0, 0], [1.0, 2.0, -5.0], [2.0, 5.0, -10.0]])
    points = plane_points(curve, [-2.0, 0.0, 2.0])
    assert points.shape == (3, 3, 3, 3)
    assert np.sum((points - curve.points_mm[:, None, None]) * curve.tangents[:, None, None], axis=-1) == pytest.approx(
        0
    )


def test_healing_restores_a_linear_change_along_the_axis_exactly():
    arc = np.arange(-30.0, 31.0)
    true = np.stack([2.0 + 0.1 * arc, 5.0 - 0.3 * arc], axis=1)
    broken = true.copy()
    broken[20:45] = 0.0
    assert heal(broken, arc, (-10.0, 14.0)) == pytest.approx(true)


def test_healing_with_one_side_missing_holds_the_other():
    arc = np.arange(10.0)
    stack = np.where(arc < 4, 7.0, 0.0)[:, None]
    assert heal(stack, arc, (4.0, 9.0))[:, 0].tolist() == [7.0] * 10


def test_healing_leaves_out_unknown_levels_and_needs_one_sound_one():
    arc = np.arange(10.0)
    stack = np.full((10, 1), 3.0)
    stack[3] = np.nan
    stack[4:7] = -50.0
    assert heal(stack, arc, (4.0, 6.0))[4:7, 0].tolist() == [3.0, 3.0, 3.0]
    with pytest.raises(ValueError, match="no sound level"):
        heal(stack, arc, (-1.0, 20.0))
