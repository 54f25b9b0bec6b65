"""Do the rays hit where geometry says? Analytic depths of a ball, an ellipsoid and a tube."""

from __future__ import annotations

import numpy as np

from buttress.numerics.grid import Grid
from buttress.report.raycast import trace_ellipsoid, trace_field, trace_tube

FORWARD = np.array([0.0, 1.0, 0.0])
ORIGINS = np.array([[0.0, -50.0, 0.0], [6.0, -50.0, 0.0], [0.0, -50.0, 8.0], [30.0, -50.0, 0.0]])


def test_a_ball_in_a_distance_field_is_hit_at_its_front_and_missed_beside_it() -> None:
    box = Grid.aligned((61, 61, 61), 1.0, (-30, -30, -30))
    points = box.to_mm(np.moveaxis(np.indices(box.shape), 0, -1))
    field = (np.linalg.norm(points, axis=-1) - 10.0).astype(np.float32)
    hits = trace_field(field, field, box, ORIGINS, FORWARD, 100.0)
    np.testing.assert_allclose(hits.depth_mm[:3], 50 - np.sqrt([100.0, 100 - 36, 100 - 64]), atol=0.25)
    assert not np.isfinite(hits.depth_mm[3])
    np.testing.assert_allclose(hits.normals[0], (0, -1, 0), atol=0.02)
    np.testing.assert_allclose(hits.normals[1], (0.6, -0.8, 0), atol=0.05)


def test_an_ellipsoid_of_revolution_is_hit_where_its_equation_says() -> None:
    hits = trace_ellipsoid(np.zeros(3), np.array([0.0, 0.0, 1.0]), 20.0, 10.0, ORIGINS, FORWARD)
    expected = [50 - 10, 50 - 10 * np.sqrt(1 - 0.36), 50 - 10 * np.sqrt(1 - 0.16), np.inf]
    np.testing.assert_allclose(hits.depth_mm, expected)
    np.testing.assert_allclose(hits.normals[0], (0, -1, 0), atol=1e-12)


def test_a_tube_across_the_view_is_hit_on_its_near_side_between_its_ends_only() -> None:
    start, stop = np.array([-20.0, 5.0, 0.0]), np.array([20.0, 5.0, 0.0])
    hits = trace_tube(start, stop, 2.0, ORIGINS, FORWARD)
    np.testing.assert_allclose(hits.depth_mm, [53.0, 53.0, np.inf, np.inf])
    np.testing.assert_allclose(hits.normals[0], (0, -1, 0), atol=1e-12)


def test_a_tube_seen_end_on_is_not_drawn() -> None:
    hits = trace_tube(np.zeros(3), np.array([0.0, 40.0, 0.0]), 2.0, ORIGINS, FORWARD)
    assert not np.isfinite(hits.depth_mm).any()
