"""Loads spread over nodes, and principal values, against what they must add up to and an eigenvalue solver."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.numerics.nodal_loads import spread_load
from buttress.numerics.principal import principal_ends


@pytest.mark.parametrize("seed", range(4))
def test_spread_forces_add_up_to_the_force_and_moment_asked_for(seed):
    rng = np.random.default_rng(seed)
    points, about = rng.normal(size=(40, 3)) * (12.0, 9.0, 0.1) + 50.0, rng.normal(size=3) * 20.0
    force, moment = rng.normal(size=3) * 800.0, rng.normal(size=3) * 9000.0
    found = spread_load(points, force, moment, about)
    assert found.sum(axis=0) == pytest.approx(force, rel=1e-9, abs=1e-6)
    assert np.cross(points - about, found).sum(axis=0) == pytest.approx(moment, rel=1e-9, abs=1e-4)


def test_a_force_through_the_middle_of_a_square_plate_is_even_pressure():
    i, j = np.meshgrid(np.arange(5.0), np.arange(5.0))
    points = np.stack([i.ravel(), j.ravel(), np.zeros(25)], axis=1)
    found = spread_load(points, (0.0, 0.0, -100.0), np.zeros(3), (2.0, 2.0, 0.0))
    assert found == pytest.approx(np.tile([0.0, 0.0, -4.0], (25, 1)))


@pytest.mark.parametrize("points", [np.zeros((2, 3)), np.outer(np.arange(5.0), [1.0, 2.0, 0.5])])
def test_nodes_on_a_line_cannot_take_a_moment(points):
    with pytest.raises(ValueError, match="cannot take a moment"):
        spread_load(points, np.zeros(3), np.ones(3), np.zeros(3))


def test_principal_ends_are_those_of_the_eigenvalue_solver():
    rng = np.random.default_rng(1)
    tensors = rng.normal(size=(6, 500)) * 10.0 ** rng.integers(-6, 3, 500)
    tensors[:, 0] = 0.0
    tensors[:, 1] = [2.0, 2.0, 2.0, 0.0, 0.0, 0.0]
    tensors[:, 2] = [1.0, 1.0, -3.0, 0.0, 0.0, 0.0]
    xx, yy, zz, xy, yz, zx = tensors
    full = np.stack([np.stack([xx, xy, zx]), np.stack([xy, yy, yz]), np.stack([zx, yz, zz])]).transpose(2, 0, 1)
    values = np.linalg.eigvalsh(full)
    most, least = principal_ends(tensors)
    size = np.abs(tensors).max(axis=0) + 1e-30
    assert np.abs(most - values[:, -1]).max() <= 1e-6 * size.max()
    assert (np.abs(most - values[:, -1]) / size).max() < 1e-6
    assert (np.abs(least - values[:, 0]) / size).max() < 1e-6
