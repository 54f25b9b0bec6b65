"""Fill, distance and valley kernels against what is known of simple shapes."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from buttress.numerics.balls import closed, distance_to
from buttress.numerics.enclosure import enclosed_fraction
from buttress.numerics.valleys import curvatures, valley_depth


def tube(hole: bool = False) -> tuple[np.ndarray, np.ndarray]:
    x, y, _ = np.meshgrid(*[np.arange(-15.0, 16.0)] * 3, indexing="ij")
    wall = (np.hypot(x, y) >= 8.0) & (np.hypot(x, y) <= 11.0)
    if hole:
        wall[23:, 13:18, 13:18] = False
    return wall, np.hypot(x, y) < 8.0


def test_distance_is_the_exact_euclidean_distance():
    inside = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal((30, 24, 20)), 2.0) > 0.2
    assert np.allclose(distance_to(inside, 1.5), ndimage.distance_transform_edt(~inside) * 1.5, atol=1e-4)


def test_closing_fills_a_gap_narrower_than_the_ball_and_no_wider_one():
    slab = np.zeros((40, 20, 20), bool)
    slab[4:12, 6:14, 6:14] = slab[15:23, 6:14, 6:14] = slab[33:37, 6:14, 6:14] = True
    shut = closed(slab, 3.0, 1.0)
    assert shut[13, 10, 10]
    assert not shut[28, 10, 10]


def test_the_inside_of_a_tube_is_enclosed_though_cut_at_both_ends_and_holed():
    for hole in (False, True):
        wall, lumen = tube(hole)
        share = enclosed_fraction(wall, 35.0, 1.0)
        assert share[lumen].min() >= 0.85
    x, y, _ = np.meshgrid(*[np.arange(-15.0, 16.0)] * 3, indexing="ij")
    assert share[np.hypot(x, y) > 13.0].max() < 0.75


def test_a_gap_between_two_bodies_is_a_valley_and_the_marrow_of_a_thin_plate_is_none():
    hu = np.full((60, 20, 20), 40.0, np.float32)
    hu[4:26], hu[29:54] = 400.0, 400.0  # two bodies 22 and 25 mm thick, 3 mm apart
    body = np.zeros(hu.shape, bool)
    body[4:54] = True
    depth = valley_depth(hu, body, 1.0, 4.0, 10.0, 180.0)
    assert depth[27, 10, 10] == 360.0
    top, _, _ = curvatures(ndimage.gaussian_filter(hu, 1.0), body)
    assert top[27, 10, 10] > 25.0
    hu[:], body[:] = 40.0, False
    hu[20:22], hu[26:28] = 400.0, 400.0  # a plate 8 mm thick with 4 mm of marrow
    body[20:28] = True
    assert valley_depth(hu, body, 1.0, 4.0, 10.0, 180.0)[24, 10, 10] == 0.0
