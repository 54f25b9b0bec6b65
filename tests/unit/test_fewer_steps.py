"""Shorter ways to the same answer: each against the plain one."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.spatial.distance import cdist

from buttress.exchange.labels import inside_of_label
from buttress.measure.surroundings.air import opened
from buttress.numerics.distance import nearest_points
from buttress.numerics.grid import voxel_indices


def test_voxel_indices_are_those_of_argwhere() -> None:
    inside = np.random.default_rng(1).random((7, 5, 9)) > 0.7
    assert np.array_equal(voxel_indices(inside), np.argwhere(inside))
    assert np.array_equal(voxel_indices(inside.transpose(2, 0, 1)), np.argwhere(inside.transpose(2, 0, 1)))
    assert voxel_indices(np.zeros((3, 3, 3), dtype=bool)).shape == (0, 3)


def test_nearest_points_are_those_of_all_pairs() -> None:
    rng = np.random.default_rng(2)
    for shift in (0.0, 3.0, 40.0):
        sources, targets = rng.normal(size=(60, 3)), rng.normal(size=(3000, 3)) * 8.0 + shift
        apart = cdist(sources, targets)
        distance, source, target = nearest_points(sources, targets)
        assert np.isclose(distance, apart.min(), atol=1e-12)
        assert np.isclose(np.linalg.norm(source - target), distance, atol=1e-12)


def test_opening_line_by_line_is_the_opening_with_a_rectangle() -> None:
    inside = ndimage.gaussian_filter(np.random.default_rng(3).standard_normal((40, 30, 4)), (1.5, 1.5, 0)) > 0
    for sides in ((3, 3), (5, 3), (7, 5)):
        plain = ndimage.binary_opening(inside, structure=np.ones((*sides, 1)))
        assert plain.any()
        assert np.array_equal(opened(inside, *sides), plain)


def test_a_mask_of_whole_numbers_is_read_as_one_of_reals() -> None:
    stored = (np.random.default_rng(4).random((6, 6, 6)) > 0.5).astype(np.uint8)
    real = inside_of_label(stored.astype(np.float64), None, "mask")
    assert np.array_equal(inside_of_label(stored, None, "mask"), real)
    assert np.array_equal(real, stored == 1)
