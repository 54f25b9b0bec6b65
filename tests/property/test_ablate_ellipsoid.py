"""What must hold of every drawn ellipsoid, wherever it lies and however it is turned."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from buttress.ablate.ellipsoid import Ellipsoid

half_axis = st.floats(3.0, 40.0)
coordinate = st.floats(-60.0, 60.0)
Triple = tuple[float, float, float]
points = st.tuples(coordinate, coordinate, coordinate)
ways = st.tuples(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0), st.floats(-1.0, 1.0)).filter(
    lambda way: float(np.linalg.norm(way)) > 0.1
)


def ellipsoid(centre: Triple, way: Triple, a: float, c: float) -> Ellipsoid:
    return Ellipsoid(np.array(centre), np.array(way) / np.linalg.norm(way), a, c)


def surface_of(zone: Ellipsoid) -> np.ndarray:
    """Points on the surface from its parametric form."""
    helper = np.eye(3)[int(np.argmin(np.abs(zone.axis)))]
    u = np.cross(zone.axis, helper)
    u /= np.linalg.norm(u)
    v = np.cross(zone.axis, u)
    polar, turn = (x.ravel() for x in np.meshgrid(np.linspace(0, np.pi, 60), np.linspace(0, 2 * np.pi, 60)))
    across = np.cos(turn)[:, None] * u + np.sin(turn)[:, None] * v
    return np.asarray(
        zone.centre_mm
        + zone.half_width_mm * np.sin(polar)[:, None] * across
        + zone.half_length_mm * np.cos(polar)[:, None] * zone.axis
    )


@given(points, ways, half_axis, half_axis, points)
@settings(deadline=None)
def test_depth_is_never_more_than_the_distance_to_a_surface_point_and_its_sign_tells_the_side(
    centre: Triple,
    way: Triple,
    a: float,
    c: float,
    at: Triple,
) -> None:
    zone = ellipsoid(centre, way, a, c)
    depth = float(zone.depth_mm([at])[0])
    nearest = float(np.linalg.norm(surface_of(zone) - np.array(at), axis=1).min())
    assert abs(depth) <= nearest + 1e-6
    assert abs(depth) >= nearest - 0.06 * max(a, c), "no farther than the step of the sampled surface allows"
    assert (depth >= 0.0) == bool(zone.contains([at])[0])


@given(ways, half_axis, half_axis, points, st.floats(0.1, 10.0))
@settings(deadline=None)
def test_a_larger_zone_never_has_less_depth_anywhere(way: Triple, a: float, c: float, at: Triple, more: float) -> None:
    small, large = ellipsoid((0.0, 0.0, 0.0), way, a, c), ellipsoid((0.0, 0.0, 0.0), way, a + more, c + more)
    assert large.depth_mm([at])[0] >= small.depth_mm([at])[0] - 1e-7


@given(points, ways, half_axis, half_axis, points, points)
@settings(deadline=None)
def test_depth_is_concave_so_that_the_hull_is_enough(
    centre: Triple,
    way: Triple,
    a: float,
    c: float,
    one: Triple,
    other: Triple,
) -> None:
    zone = ellipsoid(centre, way, a, c)
    ends = zone.depth_mm([one, other])
    between = np.array(one) + np.linspace(0, 1, 9)[:, None] * (np.array(other) - np.array(one))
    assert zone.depth_mm(between).min() >= ends.min() - 1e-6
