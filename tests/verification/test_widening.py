"""A lattice that widens away from electrodes, beside the same lattice of single voxels and exact layers."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.numerics.electrode import Body
from buttress.numerics.potential import Electrode, PotentialReport, PotentialSolver
from buttress.numerics.widening import Widening, even, widen

MM = 1e-3
SHAPE = (56, 48, 52)
CORE = np.array([14, 42, 10, 38, 8, 44], dtype=np.int64)


def needle(*, x_mm: float = 28.3) -> Body:
    return Body(np.array([x_mm, 24.2, 20.0]) * MM, np.array([x_mm + 2.0, 24.2, 32.0]) * MM, 0.8 * MM)


def limb() -> np.ndarray:
    """Muscle about a shaft of cortex with marrow in it, S/m."""
    i, j, _ = np.meshgrid(*[np.arange(n) for n in SHAPE], indexing="ij")
    radius = np.hypot(i - 28.0, j - 24.0)
    return np.select([radius < 9, radius < 12], [0.08, 0.03], 0.4).astype(np.float32)


def solved(sigma: np.ndarray, widening: Widening | None, edge: str = "grounded") -> PotentialReport:
    solver = PotentialSolver(SHAPE, (MM,) * 3, widening)
    driven = [Electrode(needle(), 1.0)]
    if edge == "insulated":
        driven.append(Electrode(needle(x_mm=22.3), -1.0))
    return solver.solve(sigma, driven, edge=edge, tolerance=1e-6)  # type: ignore[arg-type]


@pytest.mark.parametrize("growth", [1.1, 1.5, 2.5])
def test_cells_cover_every_voxel_once_and_are_single_in_the_core(growth: float):
    lattice = widen(SHAPE, CORE, growth)
    assert lattice.voxels == SHAPE
    assert lattice.shape < SHAPE
    for axis, edges in enumerate(lattice.edges):
        widths = np.diff(edges)
        assert edges[0] == 0
        assert widths.min() >= 1
        inside = (edges[:-1] >= CORE[2 * axis]) & (edges[:-1] < CORE[2 * axis + 1])
        assert (widths[inside] == 1).all()
        assert inside.sum() == CORE[2 * axis + 1] - CORE[2 * axis]
        beside = np.diff(widths[: int(np.argmax(inside)) + 1])
        assert (beside[1:] <= 0).all()  # away from the core they only grow; the outermost takes what is left


def test_values_of_cells_spread_to_their_voxels():
    lattice = widen((9, 8, 7), np.array([3, 5, 2, 6, 1, 6]))
    cells = np.zeros([n + 2 for n in lattice.shape])
    cells[1:-1, 1:-1, 1:-1] = np.arange(np.prod(lattice.shape)).reshape(lattice.shape)
    found = lattice.spread(cells)
    for corner in np.argwhere(found >= 0):
        cell = [np.searchsorted(edges, n, "right") - 1 for edges, n in zip(lattice.edges, corner, strict=True)]
        assert found[tuple(corner)] == cells[tuple(np.add(cell, 1))]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_joined_layers_conduct_in_series_across_and_side_by_side_along(axis: int):
    layers = np.array([0.4, 0.03, 0.08, 0.0], dtype=np.float32)
    shape = [3, 3, 3]
    shape[axis] = 4
    block = np.broadcast_to(layers.reshape([-1 if a == axis else 1 for a in range(3)]), shape).copy()
    whole = Widening(tuple(np.array([0, n]) for n in shape))  # type: ignore[arg-type]
    for given, across in ((block, 0.0), (block + 0.1, 4.0 / float(np.sum(1.0 / (layers + np.float32(0.1)))))):
        along = tuple(np.zeros((3, 3, 3), np.float32) for _ in range(3))
        whole.join(given, along, np.array([0, shape[0], 0, shape[1], 0, shape[2]]))  # type: ignore[arg-type]
        for a in range(3):
            expected = across if a == axis else float(given.mean())
            assert along[a][1, 1, 1] == pytest.approx(expected, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("edge", ["grounded", "unbounded", "insulated"])
def test_a_widened_lattice_agrees_with_single_voxels_and_conserves_current(edge: str):
    single, wide = solved(limb(), None, edge), solved(limb(), widen(SHAPE, CORE), edge)
    assert wide.status == single.status == "solved"
    assert wide.iterations <= single.iterations + 3
    assert wide.resistance_ohm == pytest.approx(single.resistance_ohm, rel=3e-3)
    assert np.abs(wide.heat_w_m3 - single.heat_w_m3).sum() < 0.02 * single.heat_w_m3.sum()
    assert wide.heat_w + wide.beyond_w == pytest.approx(wide.power_w, rel=1e-4)
    assert float(wide.heat_w_m3.sum(dtype=float)) * MM**3 == pytest.approx(wide.heat_w, rel=1e-4)
    assert sum(wide.currents_a) == pytest.approx(wide.edge_current_a, abs=1e-5 * max(wide.currents_a))


def test_current_leaves_through_a_shell_at_the_edge_as_through_single_voxels():
    """Outermost cells that hold a poor conductor conduct less across it than along: the face's own axis counts.

    Rows one behind the other, side by side, let no current step aside: such cells never conduct more than the tissue
    that they stand for. With a hundredfold step inside every outermost cell they come out 3 % too poor.
    """
    sigma = np.full(SHAPE, 0.004, dtype=np.float32)
    sigma[2:-2, 2:-2, 2:-2] = 0.4
    single, wide = solved(sigma, None), solved(sigma, widen(SHAPE, CORE))
    assert single.resistance_ohm <= wide.resistance_ohm < 1.05 * single.resistance_ohm


def test_a_lattice_that_does_not_widen_is_the_lattice_of_voxels():
    assert even(SHAPE).is_even
    assert solved(limb(), even(SHAPE)).resistance_ohm == solved(limb(), None).resistance_ohm


def test_only_the_box_that_changed_is_looked_at_again():
    solver = PotentialSolver(SHAPE, (MM,) * 3, widen(SHAPE, CORE))
    driven, sigma = [Electrode(needle(), 1.0)], limb()
    solver.solve(sigma, driven, edge="grounded", tolerance=1e-6)
    box = np.array([20, 50, 15, 40, 0, 52])
    sigma[20:50, 15:40] *= 1.5
    again = solver.solve(sigma, driven, edge="grounded", tolerance=1e-6, changed=box)
    assert again.resistance_ohm == pytest.approx(solved(sigma, widen(SHAPE, CORE)).resistance_ohm, rel=1e-6)


def test_an_electrode_among_widened_cells_is_refused():
    solver = PotentialSolver(SHAPE, (MM,) * 3, widen(SHAPE, np.array([14, 25, 10, 38, 8, 44])))
    with pytest.raises(ValueError, match="widens too near"):
        solver.solve(limb(), [Electrode(needle(), 1.0)], edge="grounded")


def test_a_widening_of_other_voxels_is_refused():
    with pytest.raises(ValueError, match="same voxels"):
        PotentialSolver((8, 8, 8), (MM,) * 3, widen(SHAPE, CORE))
