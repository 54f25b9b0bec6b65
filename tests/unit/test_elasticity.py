"""What the elastic solver says of problems that have no answer, and of input that does not fit together."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.numerics.brick import Brick
from buttress.numerics.elasticity import ElasticSolver

SHAPE, SIDES = (4, 4, 6), (1.0, 1.0, 1.0)
NODES = (3, 5, 5, 7)


def ends() -> np.ndarray:
    held = np.zeros(NODES, dtype=bool)
    held[:, :, :, 0] = held[:, :, :, -1] = True
    return held


def squeezed() -> np.ndarray:
    moved = np.zeros(NODES)
    moved[2, :, :, -1] = -0.1
    return moved


def test_a_bone_that_nothing_holds_is_told_not_solved() -> None:
    load = np.zeros(NODES)
    load[2, 2, 2, 3] = 1.0
    found = ElasticSolver(np.ones(SHAPE), SIDES, np.zeros(NODES, dtype=bool)).solve(load)
    assert found.status == "not held"
    assert "not held against all rigid motion" in found.outcome
    assert not found.displacement_mm.any()


def test_a_bone_held_along_one_line_can_still_turn() -> None:
    held = np.zeros(NODES, dtype=bool)
    held[:, 0, 0, :] = True
    load = np.zeros(NODES)
    load[0, 4, 4, 3] = 1.0
    assert ElasticSolver(np.ones(SHAPE), SIDES, held).solve(load).status == "not held"
    held[:, 4, 0, 0] = True
    assert ElasticSolver(np.ones(SHAPE), SIDES, held).solve(load).status == "solved"


def test_a_loose_fragment_only_matters_when_it_is_loaded() -> None:
    modulus = np.ones((4, 4, 10))
    modulus[:, :, 6:8] = 0.0
    held, moved, load = (np.zeros((3, 5, 5, 11), dtype=kind) for kind in (bool, float, float))
    held[:, :, :, 0] = held[:, :, :, 6] = True
    moved[2, :, :, 6] = -0.1
    solver = ElasticSolver(modulus, SIDES, held)
    found = solver.solve(held_mm=moved)
    assert found.status == "solved"
    assert not found.displacement_mm[:, :, :, 8:].any()
    load[0, 2, 2, 9] = 1.0
    assert solver.solve(load, moved).status == "not held"


def test_a_load_where_there_is_no_bone_is_told() -> None:
    modulus = np.ones(SHAPE)
    modulus[3] = 0.0
    load = np.zeros(NODES)
    load[0, 4, 2, 3] = 1.0
    found = ElasticSolver(modulus, SIDES, ends()).solve(load)
    assert found.status == "not held"
    assert "no solid" in found.outcome


def test_no_load_no_bone_and_a_stop_on_request_each_have_their_word() -> None:
    solver = ElasticSolver(np.ones(SHAPE), SIDES, ends())
    assert solver.solve().status == "nothing to solve"
    assert ElasticSolver(np.zeros(SHAPE), SIDES, ends()).solve(held_mm=squeezed()).status == "not held"
    assert solver.solve(held_mm=squeezed(), progress=lambda _: False).status == "cancelled"
    short = solver.solve(held_mm=squeezed(), tolerance=0.0, most_iterations=1)
    assert short.status == "not converged"
    assert "out of balance" in short.outcome


def test_the_answer_is_the_same_however_often_and_on_how_many_threads_it_is_asked() -> None:
    rng = np.random.default_rng(0)
    modulus = np.exp(rng.normal(5.0, 1.0, (24, 24, 24))).astype(np.float32)
    held = np.zeros((3, 25, 25, 25), dtype=bool)
    held[:, :, :, 0] = held[:, :, :, -1] = True
    moved = np.zeros(held.shape)
    moved[2, :, :, -1] = 0.1
    found = []
    for threads in (1, 2, 2):
        solver = ElasticSolver(modulus, SIDES, held)
        for level in solver._multigrid().levels:
            level.threads = threads
        found.append(solver.solve(held_mm=moved).displacement_mm)
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[1], found[2])


@pytest.mark.parametrize("modulus", [np.full(SHAPE, -1.0), np.full(SHAPE, np.nan), np.ones((4, 4))])
def test_moduli_that_no_bone_has_are_refused(modulus: np.ndarray) -> None:
    with pytest.raises(ValueError, match="moduli"):
        ElasticSolver(modulus, SIDES, ends())


def test_arrays_of_another_lattice_are_refused() -> None:
    with pytest.raises(ValueError, match="held components"):
        ElasticSolver(np.ones((4, 4, 5)), SIDES, ends())
    with pytest.raises(ValueError, match="finite values"):
        ElasticSolver(np.ones(SHAPE), SIDES, ends()).solve(np.zeros((3, 5, 5, 6)))
    with pytest.raises(ValueError, match="finite values"):
        ElasticSolver(np.ones(SHAPE), SIDES, ends()).solve(held_mm=np.full(NODES, np.inf))


@pytest.mark.parametrize(
    ("sides", "poisson"), [((1.0, 1.0, 0.0), 0.3), ((1.0, -1.0, 1.0), 0.3), (SIDES, 0.5), (SIDES, -1.0)]
)
def test_bricks_that_no_solid_is_made_of_are_refused(sides: tuple[float, float, float], poisson: float) -> None:
    with pytest.raises(ValueError, match=r"brick|Poisson"):
        Brick(sides, poisson)
