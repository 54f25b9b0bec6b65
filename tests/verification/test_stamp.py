"""Stamped implants against closed forms: an oblique rod's axial rigidity (V14), tubes, bundles, threads, interfaces."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from buttress.library.load_implants import load_implant_materials, load_implants
from buttress.numerics.elasticity import strain_of
from buttress.numerics.grid import Grid
from buttress.numerics.rod_coverage import Rod, rod_fraction
from buttress.records.document import ButtressError
from buttress.records.implant import Implant, PlacedImplant
from buttress.reinforce.interface import (
    InterfaceLayer,
    delete_tension_strained,
    interface_layer,
    normal_strain,
    open_interface,
    slip_lame,
)
from buttress.reinforce.stamp import bars_of, parallel_bundle, split_path, stamp_of, stamped_modulus

Floats = NDArray[np.float64]
CORNERS = np.array(list(itertools.product((0, 1), repeat=3)))


def unit_stiffness(poisson: float) -> Floats:
    """Stiffness (24 x 24) of a unit cube of modulus 1 by 2 x 2 x 2 Gauss points: this file's own solver."""
    shear, first = 1 / (2 * (1 + poisson)), poisson / ((1 + poisson) * (1 - 2 * poisson))
    elastic = np.diag([2 * shear] * 3 + [shear] * 3)
    elastic[:3, :3] += first
    total = np.zeros((24, 24))
    for point in itertools.product((0.5 - np.sqrt(1 / 12), 0.5 + np.sqrt(1 / 12)), repeat=3):
        shape = np.where(CORNERS == 1, point, 1 - np.array(point))
        slope = np.where(CORNERS == 1, 1.0, -1.0) * np.prod(shape, axis=1)[:, None] / shape
        strain = np.zeros((6, 8, 3))
        strain[[0, 1, 2], :, [0, 1, 2]] = slope.T
        for row, (a, b) in enumerate(((1, 2), (0, 2), (0, 1)), start=3):
            strain[row, :, a], strain[row, :, b] = slope[:, b], slope[:, a]
        strain = strain.reshape(6, 24)
        total += strain.T @ elastic @ strain / 8
    return total


def energy_of_a_pull(modulus: Floats, along: Floats, poisson: float = 0.3) -> float:
    """Twice the strain energy of a block of unit voxels whose outer faces follow uniaxial stress along a rod."""
    nodes = tuple(n + 1 for n in modulus.shape)
    first = np.argwhere(np.ones(modulus.shape, dtype=bool))
    numbers = np.ravel_multi_index(tuple(np.moveaxis(first[:, None] + CORNERS, -1, 0)), nodes)
    dofs = (3 * numbers[:, :, None] + np.arange(3)).reshape(len(first), 24)
    values = modulus.ravel()[:, None, None] * unit_stiffness(poisson)
    rows, columns = np.repeat(dofs, 24, axis=1).ravel(), np.tile(dofs, (1, 24)).ravel()
    matrix = sparse.csc_matrix((values.ravel(), (rows, columns)))
    places = np.argwhere(np.ones(nodes, dtype=bool))
    gradient = np.outer(along, along) - poisson * (np.eye(3) - np.outer(along, along))
    moved = (places @ gradient.T).ravel()
    held = np.repeat(np.any((places == 0) | (places == np.array(nodes) - 1), axis=1), 3)
    free = np.flatnonzero(~held)
    moved[free] = splu(matrix[free][:, free]).solve(-(matrix[free][:, held] @ moved[held]))
    return float(moved @ (matrix @ moved))


@pytest.mark.parametrize("angle_deg", [0.0, 20.0, 35.0])
@pytest.mark.parametrize(("diameter", "bore"), [(2.25, 0.0), (4.5, 1.7)])
def test_axial_rigidity_of_an_oblique_rod_and_tube(angle_deg: float, diameter: float, bore: float) -> None:
    n, metal, host = 16, 110e3, 300.0
    along = np.array([np.sin(np.deg2rad(angle_deg)), 0.0, np.cos(np.deg2rad(angle_deg))])
    grid = Grid.aligned((n, n, n), 1.0, -(n - 1) / 2)
    rod = Rod(np.array([-2 * n * along, 2 * n * along]), diameter / 2, bore / 2)
    modulus = host + (metal - host) * rod_fraction(grid, rod)
    found = energy_of_a_pull(modulus, along) - host * n**3
    exact = (metal - host) * rod.area_mm2 * n / np.cos(np.deg2rad(angle_deg))
    assert found == pytest.approx(exact, rel=0.02)


def test_this_file_s_solver_is_right_where_the_answer_is_plain() -> None:
    along = np.array([1.0, 2.0, 2.0]) / 3.0
    assert energy_of_a_pull(np.full((3, 4, 5), 7.0), along) == pytest.approx(7.0 * 60, rel=1e-12)


def placed(key: str, *paths: list[tuple[float, float, float]]) -> PlacedImplant:
    return PlacedImplant(implant=key, paths_mm=tuple(tuple(path) for path in paths))


GRID = Grid.aligned((41, 41, 121), 1.0, (-20, -20, -10))
LINE = [(0.3, -0.2, 0.0), (4.0, 3.0, 80.0)]
LENGTH = float(np.linalg.norm(np.subtract(LINE[1], LINE[0])))


def test_a_fully_threaded_cannulated_screw_displaces_the_mean_of_thread_and_core() -> None:
    screw, steel = load_implants()["cannulated_7_0_full"], load_implant_materials()["steel_316l"]
    stamp = stamp_of(placed(screw.key, LINE), screw, GRID)
    area = np.pi / 4 * (5.75**2 - 2.1**2)
    assert stamp.metal.sum() == pytest.approx(area * LENGTH, rel=2e-3)
    assert not stamp.inside.any()
    field = stamped_modulus(np.full(GRID.shape, 300.0), [(stamp, steel)], 2200.0)
    assert (field - 300.0).sum() == pytest.approx(area * LENGTH * (200e3 - 300.0), rel=2e-3)


def test_a_partial_thread_is_at_the_tip_and_the_shaft_behind_it() -> None:
    screw = load_implants()["cannulated_7_0_partial"]
    stamp = stamp_of(placed(screw.key, [(0, 0, 0), (0, 0, 80)]), screw, GRID)
    by_level = stamp.metal.sum(axis=(0, 1))
    assert by_level[10 + 20] == pytest.approx(np.pi / 4 * (4.5**2 - 2.1**2), rel=2e-3)
    assert by_level[10 + 75] == pytest.approx(np.pi / 4 * (5.75**2 - 2.1**2), rel=2e-3)
    assert by_level[10 + 63] == pytest.approx(by_level[10 + 20], rel=1e-3)
    assert by_level[10 + 65] == pytest.approx(by_level[10 + 75], rel=1e-3)


def test_cement_inside_a_cemented_screw_fills_the_bore() -> None:
    screw, steel = load_implants()["cemented_screw_fics"], load_implant_materials()["steel_316l"]
    stamp = stamp_of(placed(screw.key, LINE), screw, GRID)
    assert stamp.inside.sum() == pytest.approx(np.pi / 4 * 2.1**2 * LENGTH, rel=3e-3)
    field = stamped_modulus(np.full(GRID.shape, 2200.0), [(stamp, steel)], 2200.0)
    assert (field - 2200.0).sum() == pytest.approx(np.pi / 4 * (5.75**2 - 2.1**2) * LENGTH * 197.8e3, rel=2e-3)


def test_a_needle_bundle_has_the_rigidity_of_its_needles() -> None:
    bundle, steel = load_implants()["rebar_needles"], load_implant_materials()["steel_316l"]
    count = int(bundle.count.value) if bundle.count else 0
    lines = parallel_bundle(np.array([0.0, 0, 0]), np.array([10.0, 5, 60]), count, 0.3588, 5.0)
    one = PlacedImplant(implant=bundle.key, paths_mm=tuple(tuple(map(tuple, line)) for line in lines.tolist()))
    stamp = stamp_of(one, bundle, GRID)
    length = float(np.linalg.norm([10, 5, 60]))
    share = count * np.pi / 4 * (0.7176**2 - 0.413**2)
    assert stamp.metal.sum() == pytest.approx(share * length, rel=2e-3)
    field = stamped_modulus(np.full(GRID.shape, 2200.0), [(stamp, steel)], 2200.0)
    assert (field - 2200.0).sum() == pytest.approx(share * length * (200e3 - 2200), rel=2e-3)
    apart = np.linalg.norm(lines[:, None, 0] - lines[None, :, 0], axis=-1) + 9 * np.eye(count)
    assert apart.min() > 0.7176


def test_two_implants_in_one_voxel_never_hold_more_than_the_voxel() -> None:
    screw, steel = load_implants()["cannulated_7_0_full"], load_implant_materials()["steel_316l"]
    one = stamp_of(placed(screw.key, LINE), screw, GRID)
    field = stamped_modulus(np.full(GRID.shape, 300.0), [(one, steel), (one, steel)], 2200.0)
    assert field.max() <= 200e3
    assert field.min() >= 300.0


def test_paths_and_bundles_that_cannot_be_are_refused() -> None:
    partial = load_implants()["cannulated_7_0_partial"]
    with pytest.raises(ValueError, match="too short for a thread"):
        bars_of(partial, np.array([[0, 0, 0], [0, 0, 12.0]]))
    with pytest.raises(ValueError, match="side by side"):
        parallel_bundle(np.zeros(3), np.array([0, 0, 9.0]), 50, 0.36, 1.5)
    with pytest.raises(ButtressError, match="cannot be stamped"):
        bars_of(load_implants()["cement_filled_catheter"], np.array([[0, 0, 0], [0, 0, 12.0]]))


def test_a_bent_path_is_cut_where_its_length_says() -> None:
    before, after = split_path(np.array([[0, 0, 0], [0, 0, 10], [0, 10, 10.0]]), 12.0)
    np.testing.assert_allclose(before, [[0, 0, 0], [0, 0, 8]])
    np.testing.assert_allclose(after, [[0, 0, 8], [0, 0, 10], [0, 10, 10]])


@pytest.mark.parametrize("key", [k for k, v in load_implants().items() if not v.user_supplied])
def test_every_implant_of_the_shelf_can_be_stamped(key: str) -> None:
    implant: Implant = load_implants()[key]
    assert implant.lengths is not None
    length = implant.lengths.longest_mm.value
    bars = bars_of(implant, np.array([[0, 0, 0], [0, 0, length]]))
    assert sum(bar.length_mm for bar in bars) == pytest.approx(length)
    assert implant.lengths.longest_within(implant.lengths.shortest_mm.value - 1) is None
    assert implant.lengths.longest_within(1e3) == pytest.approx(length)


def rod_and_layer() -> tuple[Grid, Floats, InterfaceLayer]:
    grid = Grid.aligned((15, 15, 15), 1.0, -7)
    filled = rod_fraction(grid, Rod(np.array([[0, 0, -20.0], [0, 0, 20.0]]), 3.0))
    return grid, filled, interface_layer(filled, np.ones(grid.shape, dtype=bool), grid.spacing_mm)


def test_the_interface_lies_around_the_implant_and_points_out_of_it() -> None:
    grid, filled, layer = rod_and_layer()
    places = grid.to_mm(np.argwhere(layer.inside))
    radial = places[:, :2] / np.linalg.norm(places[:, :2], axis=1, keepdims=True)
    assert np.all(np.sum(radial * layer.normals[:, :2], axis=1) > 0.98)
    np.testing.assert_allclose(np.linalg.norm(layer.normals, axis=1), 1.0)
    assert not layer.inside[filled >= 0.5].any()
    away = np.linalg.norm(places[:, :2], axis=1)
    assert (away.min(), away.max()) == (pytest.approx(3.0, abs=0.3), pytest.approx(4.4, abs=0.35))


def test_normal_strain_is_the_tensor_s_and_only_the_pulled_side_lets_go() -> None:
    grid, _, layer = rod_and_layer()
    strain = np.zeros((6, *grid.shape))
    strain[0], strain[1] = 2e-3, -1e-3
    across = normal_strain(strain, layer)
    exact = 2e-3 * layer.normals[:, 0] ** 2 - 1e-3 * layer.normals[:, 1] ** 2
    np.testing.assert_allclose(across, exact, atol=1e-15)
    field, count = delete_tension_strained(np.full(grid.shape, 500.0), strain, layer)
    assert count == np.count_nonzero(exact > 0)
    assert np.count_nonzero(field < 1.0) == count
    np.testing.assert_array_equal(field[layer.inside] < 1.0, exact > 0)


@pytest.mark.parametrize(("a", "b"), [(0, 1), (1, 2), (2, 0), (1, 0)])
def test_engineering_shear_counts_half_and_comes_in_the_solver_s_order(a: int, b: int) -> None:
    """A voxel of unequal sides sheared in one plane, its strain from the solver: across that plane's diagonal alone."""
    sides = np.array([0.8, 1.5, 3.0])
    moved = np.zeros((3, 2, 2, 2))
    moved[a] = 4e-3 * sides[b] * np.indices((2, 2, 2))[b]
    strain = strain_of(moved, sides)
    for c, d in ((0, 1), (1, 2), (2, 0)):
        normal = np.zeros(3)
        normal[[c, d]] = np.sqrt(0.5)
        layer = InterfaceLayer(np.ones((1, 1, 1), dtype=bool), normal[None])
        expected = 2e-3 if {a, b} == {c, d} else 0.0
        assert normal_strain(strain, layer)[0] == pytest.approx(expected, abs=1e-12)


def test_slip_keeps_the_stiffness_when_squeezed_and_loses_the_shear() -> None:
    grid, _, layer = rod_and_layer()
    first, shear = slip_lame(np.full(grid.shape, 1000.0), 0.3, layer)
    confined = first + 2 * shear
    np.testing.assert_allclose(confined[layer.inside], confined[~layer.inside][0], rtol=1e-4)
    assert shear[layer.inside].max() < 1e-3 * shear[~layer.inside].min()
    opened, count = open_interface(np.full(grid.shape, 1000.0), layer)
    assert count == layer.inside.sum()
    assert opened[layer.inside].max() <= 0.1
