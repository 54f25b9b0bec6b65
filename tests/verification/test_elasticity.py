"""Elastic voxels against exact answers: patches, rigid motion, an assembled matrix, beams, a hole in a plate."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from buttress.numerics.brick import Brick
from buttress.numerics.elasticity import ElasticSolver, energy_density_of, strain_of, stress_of

SIDES = [(1.0, 1.0, 1.0), (0.8, 0.8, 3.0), (0.5, 1.3, 0.9)]


def at_nodes(shape: tuple[int, ...], sides: tuple[float, ...]) -> np.ndarray:
    """Coordinates of nodes, ``(3, ni + 1, nj + 1, nk + 1)``, mm."""
    return np.stack(np.meshgrid(*[np.arange(n + 1) * h for n, h in zip(shape, sides, strict=True)], indexing="ij"))


def rim(shape: tuple[int, ...]) -> np.ndarray:
    """All components of the nodes on the outer faces."""
    found = np.ones((3, *(n + 1 for n in shape)), dtype=bool)
    found[:, 1:-1, 1:-1, 1:-1] = False
    return found


def random_modulus(shape: tuple[int, ...], seed: int = 0, void: float = 0.3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(shape) < void, 0.0, np.exp(rng.normal(6.0, 2.0, shape))).astype(np.float32)


def assembled(modulus: np.ndarray, sides: tuple[float, float, float], poisson: float) -> np.ndarray:
    """The whole matrix from Gauss points of every voxel on their own, dense, unknowns ``component, node``."""
    shape = modulus.shape
    node = np.arange(np.prod(np.array(shape) + 1)).reshape(np.array(shape) + 1)
    found = np.zeros((3 * node.size, 3 * node.size))
    lam, mu = poisson / ((1 + poisson) * (1 - 2 * poisson)), 0.5 / (1 + poisson)
    gauss = 1 / np.sqrt(3)
    corners = list(product((0, 1), repeat=3))
    for at in product((-gauss, gauss), repeat=3):
        slope = np.zeros((8, 3))
        for n, corner in enumerate(corners):
            sign = np.array(corner) * 2 - 1
            for a in range(3):
                others = [0.5 * (1 + sign[o] * at[o]) for o in range(3) if o != a]
                slope[n, a] = sign[a] / sides[a] * others[0] * others[1]
        weight = float(np.prod(sides)) / 8
        for voxel in np.argwhere(modulus > 0):
            unknown = [node[tuple(voxel + corner)] for corner in corners]
            e = float(modulus[tuple(voxel)]) * weight
            for p, q in product(range(8), repeat=2):
                dot = slope[p] @ slope[q]
                block = lam * np.outer(slope[p], slope[q]) + mu * np.outer(slope[q], slope[p]) + mu * dot * np.eye(3)
                for a, b in product(range(3), repeat=2):
                    found[a * node.size + unknown[p], b * node.size + unknown[q]] += e * block[a, b]
    return found


@pytest.mark.parametrize(("sides", "poisson"), [(SIDES[0], 0.3), (SIDES[1], 0.45), (SIDES[2], 0.0), (SIDES[2], -0.2)])
def test_forces_are_those_of_the_assembled_matrix(sides, poisson):
    shape = (3, 2, 4)
    modulus = random_modulus(shape, 1)
    u = np.random.default_rng(2).normal(size=(3, 4, 3, 5))
    found = ElasticSolver(modulus, sides, rim(shape), poisson).forces_of(u)
    expected = (assembled(modulus, sides, poisson) @ u.ravel()).reshape(u.shape)
    assert found == pytest.approx(expected, abs=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("shape", [(2, 3, 1), (5, 4, 63), (3, 3, 64), (2, 2, 65), (4, 2, 131)])
def test_rows_of_any_length_hold_together(shape):
    """Rows are taken in blocks: a matrix is symmetric and its rows sum to zero however long they are."""
    solver = ElasticSolver(random_modulus(shape, 3), SIDES[2], rim(shape))
    rng = np.random.default_rng(4)
    u, v = rng.normal(size=(2, 3, *(n + 1 for n in shape)))
    one, two = solver.forces_of(u), solver.forces_of(v)
    assert np.sum(v * one) == pytest.approx(np.sum(u * two), rel=1e-12)
    assert np.abs(one.sum(axis=(1, 2, 3))).max() < 1e-12 * np.abs(one).sum()


@pytest.mark.parametrize("sides", SIDES)
def test_rigid_motion_takes_no_force(sides):
    shape = (6, 5, 7)
    solver = ElasticSolver(random_modulus(shape), sides, rim(shape))
    x = at_nodes(shape, sides)
    scale = np.abs(solver.forces_of(x)).max()
    for axis in range(3):
        turn = np.zeros(3)
        turn[axis] = 1.0
        rotation = np.stack(
            [turn[1] * x[2] - turn[2] * x[1], turn[2] * x[0] - turn[0] * x[2], turn[0] * x[1] - turn[1] * x[0]]
        )
        for motion in (rotation, np.broadcast_to(turn[:, None, None, None], x.shape)):
            assert np.abs(solver.forces_of(np.ascontiguousarray(motion))).max() < 1e-11 * scale


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("sides", SIDES)
def test_an_even_strain_is_met_exactly(sides, inside):
    """The patch test: any linear displacement held at the rim, or at some nodes inside too, holds everywhere."""
    shape = (9, 8, 11)
    gradient = np.random.default_rng(5).normal(size=(3, 3))
    linear = np.tensordot(gradient, at_nodes(shape, sides), axes=1)
    held = rim(shape)
    if inside:
        held[:, 4, 4, 3:8] = True
        held[1, 2, 3, 6] = True
    found = ElasticSolver(np.full(shape, 1000.0), sides, held, 0.31).solve(held_mm=linear, tolerance=1e-13)
    assert found.status == "solved"
    assert found.displacement_mm == pytest.approx(linear, abs=1e-12 * np.abs(linear).max())
    strain = strain_of(found.displacement_mm, sides)
    wanted = [gradient[0, 0], gradient[1, 1], gradient[2, 2]]
    wanted += [gradient[0, 1] + gradient[1, 0], gradient[1, 2] + gradient[2, 1], gradient[2, 0] + gradient[0, 2]]
    assert strain == pytest.approx(np.broadcast_to(np.array(wanted)[:, None, None, None], strain.shape), abs=1e-10)
    energy = energy_density_of(strain, stress_of(strain, np.full(shape, 1000.0), 0.31))
    assert energy.sum() * np.prod(sides) == pytest.approx(found.energy_n_mm, rel=1e-9)


def test_a_bar_pulled_free_of_its_sides_thins_by_poissons_ratio():
    shape, sides = (4, 4, 12), (1.0, 1.5, 2.0)
    held = np.zeros((3, 5, 5, 13), dtype=bool)
    held[2, :, :, 0] = held[2, :, :, -1] = True
    held[0, 0] = held[1, :, 0] = True
    pulled = np.zeros(held.shape)
    pulled[2, :, :, -1] = 0.24
    found = ElasticSolver(np.full(shape, 17_000.0), sides, held, 0.3).solve(held_mm=pulled, tolerance=1e-12)
    assert found.force_n[2, :, :, -1].sum() == pytest.approx(17_000.0 * 0.01 * 4 * 6, rel=1e-9)
    assert found.displacement_mm[0, -1] == pytest.approx(-0.3 * 0.01 * 4.0, rel=1e-9)
    assert found.displacement_mm[1, :, -1] == pytest.approx(-0.3 * 0.01 * 6.0, rel=1e-9)


def sinus(x: np.ndarray) -> np.ndarray:
    """A displacement, zero at the sides of a cube of 1 mm."""
    s = np.sin(np.pi * x)
    return np.stack([s[0] * s[1] * s[2], 0.5 * s[0] * s[1] * s[2], -0.7 * s[0] * s[1] * s[2]])


def body_force(x: np.ndarray, lam: float, mu: float) -> np.ndarray:
    """What ``sinus`` takes, for unit modulus, N/mm³: -(λ + μ) grad div u - μ Laplace u."""
    s, c, weight = np.sin(np.pi * x), np.cos(np.pi * x), np.array([1.0, 0.5, -0.7])
    plain = s[0] * s[1] * s[2]
    second = np.empty((3, 3, *x.shape[1:]))
    for a, b in product(range(3), repeat=2):
        other = 3 - a - b
        second[a, b] = -plain if a == b else c[a] * c[b] * s[other]
    div_grad = np.pi**2 * np.einsum("b,ab...->a...", weight, second)
    return -(lam + mu) * div_grad + mu * 3 * np.pi**2 * weight[:, None, None, None] * plain


def sinus_error(count: int, poisson: float = 0.3, skew: float = 1.0) -> float:
    """L2 error of a made-up solution on a cube of so many voxels along two axes, ``skew`` times on the third."""
    shape = (count, count, round(count * skew))
    sides = tuple(1.0 / n for n in shape)
    lam, mu = Brick((1.0, 1.0, 1.0), poisson).lame
    load = np.zeros((3, *(n + 1 for n in shape)))
    gauss = 0.5 / np.sqrt(3)
    middle = np.stack(np.meshgrid(*[(np.arange(n) + 0.5) / n for n in shape], indexing="ij"))
    for at in product((-gauss, gauss), repeat=3):
        point = middle + (np.array(at) * sides)[:, None, None, None]
        force = body_force(point, lam, mu) * np.prod(sides) / 8
        for corner in product((0, 1), repeat=3):
            share = np.prod([0.5 + (2 * n - 1) * t for n, t in zip(corner, at, strict=True)])
            i, j, k = (slice(n, n + size) for n, size in zip(corner, shape, strict=True))
            load[:, i, j, k] += share * force
    found = ElasticSolver(np.ones(shape), sides, rim(shape), poisson).solve(load, tolerance=1e-10)
    off = found.displacement_mm - sinus(at_nodes(shape, sides))
    return float(np.sqrt(np.mean(np.sum(off**2, axis=0))))


@pytest.mark.parametrize(("poisson", "skew"), [(0.3, 1.0), (0.4, 1.0), (0.3, 0.5)])
def test_a_made_up_solution_is_met_at_second_order(poisson, skew):
    errors = [sinus_error(count, poisson, skew) for count in (8, 16, 32)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders[-1] == pytest.approx(2.0, abs=0.1)


def test_a_cantilever_bends_as_published_for_another_solver():
    """FAIM's tutorial: 200 x 1 x 20 voxels of 0.5 mm, 10 N, 200 GPa: 0.4018 mm there, 0.400 by beam theory."""
    held, load = np.zeros((3, 201, 2, 21), dtype=bool), np.zeros((3, 201, 2, 21))
    held[[0, 2], 0] = True
    held[1, 0, 0, 10] = True
    share = np.array([0.5, *[1.0] * 19, 0.5])
    load[2, -1] = -10.0 * share / (2 * share.sum())
    found = ElasticSolver(np.full((200, 1, 20), 2e5), (0.5,) * 3, held).solve(load, tolerance=1e-8)
    assert found.status == "solved"
    assert -found.displacement_mm[2, -1].mean() == pytest.approx(0.4018, abs=1e-4)


def tube(voxel_mm: float, length_mm: float, outer_mm: float = 14.0, inner_mm: float = 8.0) -> np.ndarray:
    """Share of each voxel that is wall, by points within it."""
    half = round(1.1 * outer_mm / voxel_mm)
    at = (np.arange(-half * 6, half * 6) + 0.5) / 6 * voxel_mm
    radius = np.hypot(*np.meshgrid(at, at, indexing="ij"))
    wall = (radius < outer_mm) & (radius > inner_mm)
    share = wall.reshape(2 * half, 6, 2 * half, 6).mean(axis=(1, 3))
    return np.repeat(share[:, :, None], round(length_mm / voxel_mm), axis=2).astype(np.float32)


def turned(modulus: np.ndarray, voxel_mm: float, angle: float) -> tuple[float, ElasticSolver]:
    """Torque (N mm) that turns the ends of a piece along k against each other."""
    shape = modulus.shape
    x = at_nodes(shape, (voxel_mm,) * 3)
    middle = np.array(shape[:2]) * voxel_mm / 2
    held = np.zeros((3, *(n + 1 for n in shape)), dtype=bool)
    held[:, :, :, 0] = held[:, :, :, -1] = True
    twist = np.zeros(held.shape)
    twist[0, :, :, -1] = -angle * (x[1, :, :, -1] - middle[1])
    twist[1, :, :, -1] = angle * (x[0, :, :, -1] - middle[0])
    solver = ElasticSolver(modulus, (voxel_mm,) * 3, held)
    found = solver.solve(held_mm=twist, tolerance=1e-6)
    assert found.status == "solved"
    force = found.force_n[:, :, :, -1]
    arm = x[:, :, :, -1] - middle[[0, 1, 1]][:, None, None]
    return float(np.sum(arm[0] * force[1] - arm[1] * force[0])), solver


def test_a_tube_turns_as_a_tube():
    """GJ/L of a hollow shaft 28/16 mm: mechanics of materials, with voxels of 1 mm that count by their share."""
    length, angle, modulus = 40.0, 0.01, 17_000.0
    torque, _ = turned(modulus * tube(1.0, length), 1.0, angle)
    exact = modulus / 2.6 * np.pi / 2 * (14.0**4 - 8.0**4) * angle / length
    assert torque == pytest.approx(exact, rel=0.02)


def test_the_longer_a_slit_the_less_a_tube_resists_torsion():
    """A slit of a fifth of the outer diameter costs little while short and most of the stiffness once long (Elias)."""
    wall = tube(1.0, 120.0)
    ni, nj, nk = wall.shape
    whole = turned(17_000.0 * wall, 1.0, 0.01)[0]
    shares = []
    for length in (14, 28, 56, 84):
        slit = wall.copy()
        slit[ni // 2 :, nj // 2 - 3 : nj // 2 + 3, nk // 2 - length // 2 : nk // 2 + length // 2] = 0.0
        shares.append(turned(17_000.0 * slit, 1.0, 0.01)[0] / whole)
    assert all(a > b for a, b in pairwise(shares))
    assert shares[0] > 0.9
    assert shares[-1] < 0.75


@pytest.mark.parametrize("radius", [10, 16])
def test_stress_beside_a_hole_follows_kirsch_away_from_its_edge(radius):
    """Plane strain, the exact displacement held at the rim; from a quarter of the radius off the staircase edge on."""
    half, poisson, modulus, stress = 3 * radius, 0.3, 1000.0, 1.0
    shape = (2 * half, 2 * half, 1)
    x = at_nodes(shape, (1.0, 1.0, 1.0)) - half
    r, turn = np.hypot(x[0], x[1]), np.arctan2(x[1], x[0])
    r = np.maximum(r, 1e-9)
    kappa, mu, a = 3 - 4 * poisson, modulus / (2 * (1 + poisson)), float(radius)
    radial = (
        stress
        / (4 * mu)
        * (
            r * ((kappa - 1) / 2 + np.cos(2 * turn))
            + a**2 / r * (1 + (1 + kappa) * np.cos(2 * turn))
            - a**4 / r**3 * np.cos(2 * turn)
        )
    )
    around = stress / (4 * mu) * ((1 - kappa) * a**2 / r - r - a**4 / r**3) * np.sin(2 * turn)
    exact = np.stack(
        [radial * np.cos(turn) - around * np.sin(turn), radial * np.sin(turn) + around * np.cos(turn), 0 * r]
    )
    middle = np.arange(2 * half) - half + 0.5
    solid = np.hypot(*np.meshgrid(middle, middle, indexing="ij")) > radius
    held = np.zeros((3, *(n + 1 for n in shape)), dtype=bool)
    held[:, [0, -1]] = held[:, :, [0, -1]] = held[2] = True
    field = np.where(solid, modulus, 0.0)[:, :, None]
    found = ElasticSolver(field, (1.0,) * 3, held, poisson).solve(held_mm=exact, tolerance=1e-8)
    along = stress_of(strain_of(found.displacement_mm, (1.0,) * 3), field, poisson)[0, half, :, 0]
    far = middle >= 1.25 * radius
    y = np.hypot(middle[far], 0.5)
    expected = stress * (1 + a**2 / (2 * y**2) + 3 * a**4 / (2 * y**4))
    assert along[far] == pytest.approx(expected, rel=0.03)


def test_voids_are_left_out_without_a_trace():
    """A block in a large empty lattice answers as the block alone, though rows and planes about it are skipped."""
    shape, where = (6, 5, 7), (slice(5, 11), slice(9, 14), slice(70, 77))
    modulus = random_modulus(shape, 6, void=0.1)
    held, moved = np.zeros((3, 7, 6, 8), dtype=bool), np.zeros((3, 7, 6, 8))
    held[:, :, :, 0] = held[:, :, :, -1] = True
    moved[:, :, :, -1] = 0.1
    alone = ElasticSolver(modulus, SIDES[2], held).solve(held_mm=moved, tolerance=1e-11)
    large, wide_held, wide_moved = (
        np.zeros((24, 20, 90)),
        np.zeros((3, 25, 21, 91), dtype=bool),
        np.zeros((3, 25, 21, 91)),
    )
    large[where] = modulus
    nodes = (slice(None), *(slice(w.start, w.stop + 1) for w in where))
    wide_held[nodes], wide_moved[nodes] = held, moved
    wide = ElasticSolver(large, SIDES[2], wide_held).solve(held_mm=wide_moved, tolerance=1e-11)
    assert (wide.status, alone.status) == ("solved", "solved")
    assert wide.force_n[nodes] == pytest.approx(alone.force_n, abs=1e-7 * np.abs(alone.force_n).max())
    assert np.abs(np.delete(wide.force_n, np.r_[9:15], axis=2)).max() == 0.0


def test_a_warm_start_ends_where_a_cold_one_does_and_sooner():
    shape = (20, 20, 20)
    modulus = random_modulus(shape, 7, void=0.0)
    held, moved = np.zeros((3, 21, 21, 21), dtype=bool), np.zeros((3, 21, 21, 21))
    held[:, :, :, 0] = held[:, :, :, -1] = True
    moved[2, :, :, -1] = 0.1
    before = ElasticSolver(modulus, SIDES[0], held).solve(held_mm=moved, tolerance=1e-9)
    modulus[8:11, 8:11, 8:11] *= 3.0
    again = ElasticSolver(modulus, SIDES[0], held)
    cold = again.solve(held_mm=moved, tolerance=1e-8)
    warm = again.solve(held_mm=moved, start_mm=before.displacement_mm, tolerance=1e-8)
    assert warm.displacement_mm == pytest.approx(cold.displacement_mm, abs=1e-6 * 0.1)
    assert warm.iterations < cold.iterations


@pytest.mark.parametrize(
    ("stiff", "steps"), [(1.0, 25), (110_000.0, 40)], ids=["bone alone", "a titanium rod in soft marrow"]
)
def test_steep_steps_of_modulus_cost_few_steps(stiff, steps):
    shape = (32, 32, 32)
    modulus = np.full(shape, 50.0)
    modulus[:, 3:29, 3:29] = 5.0
    modulus[:, 2:4] = modulus[:, 28:30] = 17_000.0
    modulus[:, 14:18, 14:18] = np.maximum(stiff, modulus[:, 14:18, 14:18])
    held, moved = np.zeros((3, 33, 33, 33), dtype=bool), np.zeros((3, 33, 33, 33))
    held[:, 0] = held[:, -1] = True
    moved[0, -1] = 0.1
    found = ElasticSolver(modulus, SIDES[0], held).solve(held_mm=moved)
    assert found.status == "solved"
    assert found.iterations <= steps


def test_a_free_end_that_falls_between_coarse_nodes_costs_few_steps():
    """An odd number of layers once held the coarse nodes beyond the free end: 36 steps instead of 6."""
    shape = (21, 19, 45)
    i, j, _ = np.indices(shape)
    modulus = np.where((i - 10) ** 2 + (j - 9) ** 2 < 70, 17_000.0, 0.0)
    held = np.zeros((3, *(n + 1 for n in shape)), dtype=bool)
    held[:, :, :, 0] = True
    load = np.zeros(held.shape)
    load[0, 10, 9, -1] = 1.0
    found = ElasticSolver(modulus, (1.0, 1.0, 1.0), held).solve(load)
    assert found.status == "solved"
    assert found.iterations <= 10
