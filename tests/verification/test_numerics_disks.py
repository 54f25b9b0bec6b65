"""Closing, opening and filling of sections with a disk, against the general filters of scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from buttress.numerics.disks import closed, dilated, disk, eroded, filled, opened, piece_over


def blobs(seed: int) -> np.ndarray:
    return ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((47, 39)), 1.5) > 0.05


def whole(radius: float) -> np.ndarray:
    n = int(radius)
    a, b = np.mgrid[-n : n + 1, -n : n + 1]
    return a * a + b * b <= radius**2


@pytest.mark.parametrize("radius", [1.3, 3.3, 5.0, 7.9])
def test_filters_with_a_disk_are_those_of_scipy_also_at_the_borders(radius):
    section, brush = blobs(1), disk(radius)
    assert np.array_equal(dilated(section, brush), ndimage.binary_dilation(section, whole(radius)))
    assert np.array_equal(eroded(section, brush), ndimage.binary_erosion(section, whole(radius)))
    assert np.array_equal(opened(section, brush), ndimage.binary_opening(section, whole(radius)))
    padded = ndimage.binary_closing(np.pad(section, 9), whole(radius))[9:-9, 9:-9]
    assert np.array_equal(closed(section, brush), padded)


def test_holes_are_filled_and_bays_at_the_border_are_not():
    section = blobs(2)
    assert (filled(section) & ~section).any()
    assert np.array_equal(filled(section), ndimage.binary_fill_holes(section))


def test_the_piece_that_shares_most_is_taken_whole_and_none_where_nothing_is_shared():
    section = np.zeros((20, 20), bool)
    section[2:5, 2:12] = section[8:16, 3:9] = section[5, 12] = True  # the last touches the first by a corner only
    other = np.zeros_like(section)
    other[4:12, 4:6] = True
    wanted = np.zeros_like(section)
    wanted[8:16, 3:9] = True
    assert np.array_equal(piece_over(section, other), wanted)
    assert not piece_over(section, np.zeros_like(section)).any()
