"""The potential solver against closed answers (ablation ladder V9 to V12), and its order, balance and robustness."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import cg

from buttress.numerics import conduction_kernels as kernel
from buttress.numerics import exact_potential as exact
from buttress.numerics.electrode import Body, contact_with, sphere
from buttress.numerics.multigrid import Multigrid
from buttress.numerics.potential import Electrode, PotentialReport, PotentialSolver

MUSCLE_S_M = 0.354
MM = 1e-3
OFFSETS = [(0.0, 0.0, 0.0), (0.5, 0.5, 0.5), (0.3, 0.1, 0.45)]


def even(shape: tuple[int, int, int], sigma: float = MUSCLE_S_M) -> np.ndarray:
    return np.full(shape, sigma, dtype=np.float32)


def middle(shape: tuple[int, int, int], offset: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> np.ndarray:
    """The lattice's middle, in voxels, moved by a fraction of a voxel."""
    return np.array(shape) // 2 + np.array(offset)


def distances_m(shape: tuple[int, int, int], centre: np.ndarray, spacing_m: float) -> np.ndarray:
    index = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1)
    return np.linalg.norm((index - centre) * spacing_m, axis=-1)


def assert_balanced(found: PotentialReport) -> None:
    """Heat is voltage times current to 1e-4, and no current is lost."""
    assert found.status == "solved"
    assert found.heat_w + found.beyond_w == pytest.approx(found.power_w, rel=1e-4)
    lost = sum(found.currents_a) - found.edge_current_a
    assert abs(lost) < 1e-4 * max(abs(current) for current in found.currents_a)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("radius_mm", [1.0, 2.0, 5.0])
def test_sphere_in_endless_tissue(radius_mm, offset):
    shape = (48, 48, 48)
    ball = sphere(middle(shape, offset) * MM, radius_mm * MM)
    found = PotentialSolver(shape, (MM,) * 3).solve(even(shape), [Electrode(ball, 20.0)], edge="unbounded")
    assert_balanced(found)
    assert found.resistance_ohm == pytest.approx(exact.sphere_resistance_ohm(MUSCLE_S_M, radius_mm * MM), rel=0.01)
    assert found.power_w == pytest.approx(20.0**2 / found.resistance_ohm)


def test_sphere_in_a_grounded_shell():
    """The shell is a region of a hundredfold conductivity, grounded at the lattice's faces."""
    shape, spacing = (56, 56, 56), 2 * MM
    centre = middle(shape, (-0.5, -0.5, -0.5))
    sigma = even(shape)
    sigma[distances_m(shape, centre, spacing) > 50 * MM] = 100 * MUSCLE_S_M
    ball = Electrode(sphere(centre * spacing, 5 * MM), 20.0)
    found = PotentialSolver(shape, (spacing,) * 3).solve(sigma, [ball], edge="grounded")
    assert_balanced(found)
    expected = exact.sphere_resistance_ohm(MUSCLE_S_M, 5 * MM, 50 * MM)
    assert found.resistance_ohm == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize(("radius_mm", "spacing_mm"), [(0.75, 1.0), (0.75, 0.5), (1.2, 1.0), (1.2, 2.0)])
def test_needle_in_a_coaxial_tube(radius_mm, spacing_mm, offset):
    outer = 20 * MM
    shape = (int(48 / spacing_mm), int(48 / spacing_mm), 4)
    spacing = spacing_mm * MM
    centre = middle(shape, offset)
    index = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1)
    sigma = even(shape)
    sigma[np.linalg.norm((index - centre)[..., :2] * spacing, axis=-1) > outer] = 1000 * MUSCLE_S_M
    ends = [np.array([centre[0] * spacing, centre[1] * spacing, z]) for z in (-1.0, 1.0)]
    # A grounded ring of thick wires stands for the tube's outer contact: only it and the needle carry current.
    corner = 1.5 * spacing
    far = (shape[0] - 1) * spacing - corner
    wires = [Body(np.array([x, y, -1.0]), np.array([x, y, 1.0]), spacing) for x in (corner, far) for y in (corner, far)]
    driven = [Electrode(Body(ends[0], ends[1], radius_mm * MM), 1.0), *(Electrode(wire, 0.0) for wire in wires)]
    found = PotentialSolver(shape, (spacing,) * 3).solve(sigma, driven)
    assert_balanced(found)
    length = shape[2] * spacing
    expected = exact.coaxial_resistance_ohm_m(MUSCLE_S_M, radius_mm * MM, outer) / length
    assert found.resistance_ohm == pytest.approx(expected, rel=0.01)


@cache
def needle_ohm(radius_mm: float) -> float:
    return exact.needle_resistance_ohm(MUSCLE_S_M, 20 * MM, radius_mm * MM, rings=1200)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("tilt_degrees", [0, 10, 20, 33, 45])
@pytest.mark.parametrize("radius_mm", [0.75, 1.2])
def test_needle_at_any_angle_and_offset(radius_mm, tilt_degrees, offset):
    shape = (60, 60, 60)
    turn = np.radians(tilt_degrees)
    axis = np.array([0.8 * np.sin(turn), 0.6 * np.sin(turn), np.cos(turn)])
    centre = middle(shape, offset) * MM
    needle = Body(centre - 10 * MM * axis, centre + 10 * MM * axis, radius_mm * MM)
    found = PotentialSolver(shape, (MM,) * 3).solve(even(shape), [Electrode(needle, 1.0)], edge="unbounded")
    assert_balanced(found)
    assert found.resistance_ohm == pytest.approx(needle_ohm(radius_mm), rel=0.01)


def test_the_ring_of_charges_agrees_with_closed_forms():
    """The needle's own oracle: a ball, and between a short and a long prolate spheroid's bounds."""
    ball = exact.needle_resistance_ohm(MUSCLE_S_M, 1e-9, 5 * MM, rings=1200)
    assert ball == pytest.approx(exact.sphere_resistance_ohm(MUSCLE_S_M, 5 * MM), rel=1e-3)
    inscribed = exact.prolate_resistance_ohm(MUSCLE_S_M, 10.75 * MM, 0.75 * MM)
    assert 0.85 * inscribed < needle_ohm(0.75) < inscribed


@pytest.mark.parametrize(("radius_mm", "apart_mm"), [(1.0, 10.0), (2.0, 10.0), (5.0, 20.0)])
def test_two_spheres_driven_against_each_other(radius_mm, apart_mm):
    shape = (72, 64, 64)
    centre = middle(shape, (0.2, 0.3, 0.1)) * MM
    half = np.array([apart_mm / 2 * MM, 0.0, 0.0])
    pair = [Electrode(sphere(centre + sign * half, radius_mm * MM), sign * 10.0) for sign in (1.0, -1.0)]
    found = PotentialSolver(shape, (MM,) * 3).solve(even(shape), pair, edge="unbounded")
    assert_balanced(found)
    expected = exact.two_spheres_resistance_ohm(MUSCLE_S_M, radius_mm * MM, apart_mm * MM)
    assert found.resistance_ohm == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("offset", OFFSETS)
def test_two_cylinders_driven_against_each_other(offset):
    shape = (160, 160, 2)
    centre = middle(shape, offset) * MM
    across = np.array([3.0 * MM, 4.0 * MM, 0.0])
    along = np.array([0.0, 0.0, 1.0])
    pair = [
        Electrode(Body(centre + sign * across - along, centre + sign * across + along, 0.9 * MM), sign * 1.0)
        for sign in (1.0, -1.0)
    ]
    found = PotentialSolver(shape, (MM,) * 3).solve(even(shape), pair)
    assert_balanced(found)
    expected = exact.two_cylinders_resistance_ohm_m(MUSCLE_S_M, 0.9 * MM, 10 * MM) / (2 * MM)
    assert found.resistance_ohm == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_layers_in_series_are_exact(axis):
    """Harmonic faces: cortical bone, marrow and tumour between plane contacts, to float32's round-off."""
    shape = tuple(24 if a == axis else 6 for a in range(3))
    layers = np.array([0.02] * 3 + [0.0022] * 9 + [0.4] * 12)
    grid = Multigrid([np.ones(n) for n in shape])
    sigma = np.zeros([n + 2 for n in shape], dtype=np.float32)
    sigma[1:-1, 1:-1, 1:-1] = layers.reshape([-1 if a == axis else 1 for a in range(3)])
    fine = grid.finest
    ones = [np.ones(n + 2, dtype=np.float32) for n in shape]
    kernel.harmonic_faces(sigma, sigma, sigma, *ones, fine.gi, fine.gj, fine.gk)
    b, x = np.zeros_like(sigma), np.zeros(sigma.shape)
    ends = [tuple(at if a == axis else slice(1, -1) for a in range(3)) for at in (1, -2)]
    for end in ends:
        fine.leak[end] = 2.0 * sigma[end]
    b[ends[0]] = fine.leak[ends[0]]
    grid.refresh()
    grid.solve(b, x, float(fine.leak[ends[0]].sum()), 1e-7, 60)
    current = float(np.sum(fine.leak[ends[0]] * (1.0 - x[ends[0]]), dtype=float))
    expected = exact.layers_resistance_ohm(layers, np.ones(24), 36.0)
    assert 1.0 / current == pytest.approx(expected, rel=2e-6)


def test_resistance_converges_at_second_order():
    """A ball that four, then eight, then sixteen voxels span, driven against a grounded twin: steps shrink fourfold."""
    found = []
    for spacing_mm in (2.0, 1.0, 0.5):
        shape = (round(72 / spacing_mm), round(48 / spacing_mm), round(48 / spacing_mm))
        centre = (np.array(shape) - 1) / 2 * spacing_mm * MM
        pair = [
            Electrode(sphere(centre + np.array([sign * 12 * MM, 0, 0]), 4 * MM), sign * 1.0) for sign in (1.0, -1.0)
        ]
        solver = PotentialSolver(shape, (spacing_mm * MM,) * 3)
        found.append(solver.solve(even(shape), pair, tolerance=1e-8).resistance_ohm)
    order = np.log2(abs(found[0] - found[1]) / abs(found[1] - found[2]))
    assert order > 1.9


@pytest.mark.parametrize(("contrast", "most"), [(1.0, 10), (10.0, 10), (1e3, 14)])
def test_iterations_hardly_grow_with_contrast(contrast, most):
    """A thin shell of bone with a breach, marrow of a contrast to muscle within."""
    shape = (64, 64, 64)
    away = distances_m(shape, middle(shape, (2, -3, 1)), MM) / MM
    sigma = even(shape)
    sigma[away < 24] /= contrast
    sigma[(away > 22) & (away < 25)] = 0.02
    sigma[30:36, 30:36, 50:62] = MUSCLE_S_M
    assert solved_from_a_needle(sigma).iterations <= most


@pytest.mark.parametrize(("contrast", "most"), [(1e3, 30), (1e5, 50)])
def test_random_grains_of_great_contrast_are_solved_too(contrast, most):
    """The worst that joined cells can meet: no coarse lattice sees the paths between grains of 4 mm."""
    grains = np.random.default_rng(7).random((16, 16, 16)).repeat(4, 0).repeat(4, 1).repeat(4, 2)
    sigma = even((64, 64, 64))
    sigma[grains > 0.5] /= contrast
    assert solved_from_a_needle(sigma).iterations <= most


def solved_from_a_needle(sigma: np.ndarray) -> PotentialReport:
    needle = Body(middle(sigma.shape) * MM, middle(sigma.shape, (8, 4, 6)) * MM, 0.75 * MM)
    solver = PotentialSolver(sigma.shape, (MM,) * 3)
    found = solver.solve(sigma, [Electrode(needle, 30.0)], edge="grounded", tolerance=1e-6)
    assert_balanced(found)
    return found


def test_iterations_hardly_grow_with_size_or_slice_thickness():
    steps = []
    for shape, spacing in (((32, 32, 32), (1, 1, 1)), ((96, 96, 96), (1, 1, 1)), ((64, 64, 21), (0.8, 0.8, 3))):
        metres = np.array(spacing) * MM
        needle = sphere(middle(shape, (0.2, 0.1, 0.3)) * metres, 5 * MM)
        found = PotentialSolver(shape, metres).solve(even(shape), [Electrode(needle, 1.0)], edge="grounded")
        assert_balanced(found)
        steps.append(found.iterations)
    assert max(steps) <= 10


@pytest.mark.parametrize("radius_mm", [3.0, 5.0])
def test_sphere_on_uneven_voxels(radius_mm):
    shape, spacing = (70, 70, 24), np.array([0.8, 0.8, 2.5]) * MM
    ball = sphere(middle(shape, (0.3, 0.2, 0.4)) * spacing, radius_mm * MM)
    found = PotentialSolver(shape, spacing).solve(even(shape), [Electrode(ball, 1.0)], edge="unbounded")
    assert_balanced(found)
    assert found.resistance_ohm == pytest.approx(exact.sphere_resistance_ohm(MUSCLE_S_M, radius_mm * MM), rel=0.02)


def test_cooled_electrode_joule_heating_and_steady_conduction():
    """V12: a ball at 20 V held at body temperature; the rise of the tissue against its closed form, within 1 K."""
    shape, k_w_mk, radius, volts = (64, 64, 64), 0.495, 5 * MM, 20.0
    centre = middle(shape, (-0.5, -0.5, -0.5))
    ball = sphere(centre * MM, radius)
    potential = PotentialSolver(shape, (MM,) * 3).solve(even(shape), [Electrode(ball, volts)], edge="unbounded")
    away = distances_m(shape, centre, MM)
    expected = exact.sphere_heating_k(MUSCLE_S_M, k_w_mk, volts, radius, away)
    rise = conducted(shape, k_w_mk, potential.heat_w_m3, contact_with(ball, shape, (MM,) * 3), expected)
    compared = away > 7 * MM
    assert np.abs(rise - expected)[compared].max() < 1.0
    at_two_radii = np.abs(away - 2 * radius) < 0.4 * MM
    assert rise[at_two_radii].mean() == pytest.approx(35.758, abs=0.5)


def conducted(shape, k_w_mk, heat_w_m3, contact, edge_k) -> np.ndarray:
    """Steady rise by a plain sparse solve, apart from the code under test: edge voxels held at ``edge_k``."""
    index = np.arange(np.prod(shape)).reshape(shape)
    pairs = [(index.take(range(n - 1), a).ravel(), index.take(range(1, n), a).ravel()) for a, n in enumerate(shape)]
    rows, columns = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    inside = np.zeros(shape, dtype=bool)
    inside[tuple(contact.inside.T)] = True
    g = k_w_mk * MM * ~(inside.ravel()[rows] | inside.ravel()[columns])
    tie = np.full(shape, 1e-12)
    tie[tuple(contact.cells.T)] += k_w_mk * contact.length_m
    b = heat_w_m3.astype(float) * MM**3
    edge = np.ones(shape, dtype=bool)
    edge[1:-1, 1:-1, 1:-1] = False
    tie[edge] += 1.0
    b[edge] += edge_k[edge]
    off = coo_array((g, (rows, columns)), shape=(index.size, index.size))
    matrix = (diags_array((off + off.T).sum(axis=1) + tie.ravel()) - off - off.T).tocsr()
    jacobi = diags_array(1.0 / matrix.diagonal())
    rise, failed = cg(matrix, b.ravel(), rtol=1e-8, M=jacobi, maxiter=2000)
    assert failed == 0
    return rise.reshape(shape)


def test_a_warm_start_saves_work_and_changes_no_answer():
    shape = (64, 64, 64)
    sigma = even(shape)
    needle = Electrode(Body(middle(shape) * MM, middle(shape, (0, 0, 10)) * MM, 0.75 * MM), 30.0)
    solver = PotentialSolver(shape, (MM,) * 3)
    cold = solver.solve(sigma, [needle], edge="grounded")
    warmer = sigma * (1.0 + 0.05 * np.exp(-distances_m(shape, middle(shape), MM) / 0.01)).astype(np.float32)
    from_cold = solver.solve(warmer, [needle], edge="grounded", start=cold)
    afresh = solver.solve(warmer, [needle], edge="grounded", tolerance=1e-6)
    assert from_cold.iterations < cold.iterations
    assert from_cold.resistance_ohm == pytest.approx(afresh.resistance_ohm, rel=1e-4)
    assert from_cold.heat_w == pytest.approx(afresh.heat_w, rel=1e-4)
