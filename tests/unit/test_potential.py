"""What the potential solver promises beside its numbers: refusals, insulators, electrodes, statuses."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.numerics.electrode import Body, contact_with, sphere
from buttress.numerics.potential import Electrode, PotentialSolver

MM = 1e-3
SHAPE = (24, 24, 24)
BALL = Electrode(sphere([12 * MM] * 3, 3 * MM), 10.0)


def solver() -> PotentialSolver:
    return PotentialSolver(SHAPE, (MM,) * 3)


def tissue() -> np.ndarray:
    return np.full(SHAPE, 0.35, dtype=np.float32)


def test_inside_an_electrode_the_potential_is_its_own_and_no_heat_arises():
    found = solver().solve(tissue(), [BALL], edge="grounded")
    assert found.potential_v[12, 12, 12] == 10.0
    assert found.heat_w_m3[12, 12, 12] == 0.0
    assert 0.0 < found.potential_v.min() < found.potential_v.max() == 10.0


def test_an_insulator_takes_no_heat_and_shields_what_it_encloses():
    sigma = tissue()
    sigma[2:8, 2:8, 2:8] = 0.0
    sigma[4:6, 4:6, 4:6] = 0.35
    found = solver().solve(sigma, [BALL], edge="grounded")
    assert found.status == "solved"
    assert not found.heat_w_m3[2:8, 2:8, 2:8].any()


def test_heat_grows_with_the_square_of_the_voltage():
    once = solver().solve(tissue(), [BALL], edge="grounded")
    twice = solver().solve(tissue(), [Electrode(BALL.body, 20.0)], edge="grounded")
    assert twice.heat_w == pytest.approx(4.0 * once.heat_w, rel=1e-4)
    assert twice.resistance_ohm == pytest.approx(once.resistance_ohm, rel=1e-4)


def test_too_few_iterations_are_told():
    found = solver().solve(tissue(), [BALL], edge="grounded", most_iterations=1)
    assert (found.status, found.iterations) == ("not converged", 1)
    assert found.error > 1e-4


def test_a_cancelled_solve_says_so():
    found = solver().solve(tissue(), [BALL], edge="grounded", cancelled=lambda: True)
    assert (found.status, found.iterations) == ("cancelled", 0)


@pytest.mark.parametrize(
    ("sigma", "electrodes", "edge", "words"),
    [
        (tissue(), [BALL], "insulated", "drives no current"),
        (tissue(), [], "insulated", "drives no current"),
        (tissue(), [], "grounded", "drives no current"),
        (tissue()[1:], [BALL], "grounded", "shape"),
        (-tissue(), [BALL], "grounded", "not negative"),
        (np.where(np.arange(24) == 3, np.nan, tissue()).astype(np.float32), [BALL], "grounded", "finite"),
        (tissue(), [Electrode(sphere([1.0, 0.0, 0.0], MM), 1.0)], "grounded", "outside the lattice"),
        (tissue(), [Electrode(sphere([12 * MM] * 3, MM), float("nan"))], "grounded", "finite"),
    ],
)
def test_what_cannot_be_solved_is_refused(sigma, electrodes, edge, words):
    with pytest.raises(ValueError, match=words):
        solver().solve(sigma, electrodes, edge=edge)


@pytest.mark.parametrize(("start", "radius"), [([0, 0], MM), ([0, 0, np.nan], MM), ([0, 0, 0], 0.0), ([0, 0, 0], -MM)])
def test_a_body_without_sense_is_refused(start, radius):
    with pytest.raises(ValueError, match="body"):
        Body(np.array(start, dtype=float), np.zeros(3), radius)


@pytest.mark.parametrize(("shape", "spacing"), [((1, 8, 8), (MM,) * 3), ((8, 8, 8), (MM, 0.0, MM)), ((8, 8, 8), (MM,))])
def test_a_lattice_without_sense_is_refused(shape, spacing):
    with pytest.raises(ValueError, match=r"lattice|spacing"):
        PotentialSolver(shape, spacing)


def test_a_needle_thinner_than_a_voxel_still_touches():
    needle = Body(np.array([5.3, 5.2, 3.0]) * MM, np.array([5.3, 5.2, 9.0]) * MM, 0.1 * MM)
    contact = contact_with(needle, (12, 12, 12), (MM,) * 3)
    assert len(contact.inside) == 0
    assert contact.length_m.min() > 0.0
    assert np.abs(contact.cells - np.array([5, 5, 6])).max() <= 4


def test_a_needle_that_leaves_the_lattice_touches_with_the_part_inside():
    long = Body(np.array([6.0, 6.0, -500.0]) * MM, np.array([6.0, 6.0, 500.0]) * MM, 0.75 * MM)
    contact = contact_with(long, (12, 12, 12), (MM,) * 3)
    assert set(np.concatenate([contact.cells, contact.inside])[:, 2]) == set(range(12))
