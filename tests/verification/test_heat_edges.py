"""Heat at its edges: boiling, faces that hold or close, films on needles, voxels that are no cubes, the growing box."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import map_coordinates
from scipy.special import ive

from buttress.ablate.ladder.samples import GEL, MUSCLE, materials, needle_between, plain
from buttress.numerics.exact_heat import Perfused, held_cylinder
from buttress.numerics.heat import HeatProblem, advance_heat, start_heat, temperature_c
from buttress.numerics.heat_reference import ReferenceHeat

MM = 1e-3
STILL = Perfused(MUSCLE.conductivity_w_mk, MUSCLE.capacity_j_m3k, 0.0)


# ---- faces between materials -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("labels_along_k", ["mixed", "runs"])
def test_every_phase_conducts_to_every_other_as_float64_says(labels_along_k: str):
    """Three materials, each frozen, melting, thawed, boiling and dry beside the others, in voxels that are no cubes."""
    dice, shape = np.random.default_rng(5), (6, 7, 40)
    labels = dice.integers(0, 3, shape if labels_along_k == "mixed" else (6, 7, 1)).astype(np.uint8)
    harder = {"conductivity_frozen_w_mk": 3.0, "conductivity_thawed_w_mk": 1.3, "conductivity_dry_w_mk": 0.6}
    living = {"conductivity_frozen_w_mk": 0.9, "perfusion_w_m3k": 2.0e4, "metabolic_w_m3": 700.0}
    problem = HeatProblem(
        np.ascontiguousarray(np.broadcast_to(labels, shape)), (MM, 2 * MM, 3 * MM), materials({}, harder, living)
    )
    warm = dice.choice([-60.0, -4.0, 20.0, 100.0, 160.0], shape) + dice.uniform(-0.9, 0.9, shape)
    state, oracle = start_heat(problem, warm), ReferenceHeat(problem, warm)
    before, exact = state.enthalpy.astype(float), oracle.enthalpy.copy()
    advance_heat(problem, state, 0.001)
    oracle.advance(0.001, 0.00005)
    exact = oracle.enthalpy - exact
    assert np.abs(exact).max() > 5e5
    assert state.enthalpy - before == pytest.approx(exact, abs=2e-3 * np.abs(exact).max())  # float32 keeps 120 of 2e9


# ---- boiling ---------------------------------------------------------------------------------------------------------


def test_a_block_boils_dry_in_the_time_that_its_heat_takes():
    """10 MW/m³ into a gel of 3.6 MJ/(m³ K), 2 GJ/m³ to boil from 99 to 101 °C, and 1 MJ/(m³ K) when dry.

    To 99 °C it takes 62 · 3.6 = 223.2 MJ/m³, 22.32 s. Boiling takes 2000 and, for the two kelvins, the mean of 3.6 and
    1 a kelvin: 2004.6 MJ/m³. Dry it warms by 10 K a second.
    """
    problem = HeatProblem(np.zeros((3, 4, 5), np.uint8), (MM, MM, MM), materials(), edge="insulated")
    state, source = start_heat(problem, 37.0), np.full((3, 4, 5), 1e7, np.float32)
    spent = 0.0
    for until_s, exact_c in ((11.16, 68.0), (22.32, 99.0), (122.55, 100.0), (222.78, 101.0), (227.78, 151.0)):
        report = advance_heat(problem, state, until_s - state.time_s, source_w_m3=source)
        spent += report.sources_j
        assert temperature_c(problem, state) == pytest.approx(
            exact_c, abs=0.01
        )  # float32 keeps 2e-6 of 2 GJ/m³: 0.004 K when dry
        assert spent == pytest.approx(1e7 * until_s * problem.voxel_m3 * 60, rel=1e-5)
        assert report.stored_j == pytest.approx(report.sources_j, rel=1e-5)


def test_a_closed_lattice_keeps_all_heat_of_a_needle_that_boils_it():
    """40 W for 60 s are 2400 J, whatever part of them has become steam; nothing that boils is above 101 °C."""
    needle = needle_between((10 * MM, 9.6 * MM, 6 * MM), (11 * MM, 10.2 * MM, 14 * MM), 0.75 * MM)
    problem = HeatProblem(np.zeros((21, 21, 21), np.uint8), (MM,) * 3, materials(), needles=(needle,), edge="insulated")
    state = start_heat(problem, 37.0)
    report = advance_heat(problem, state, 60.0, needle_powers_w=[40.0])
    warm = problem.materials.temperature_c(state.enthalpy, problem.labels)
    assert np.count_nonzero((warm > 99.0) & (warm < 101.0)) > 20
    assert sum(report.needles_j) == pytest.approx(2400.0, rel=1e-6)
    assert report.stored_j == pytest.approx(2400.0, rel=1e-5)
    # the same heat, counted by hand from the temperatures and what the gel holds at each
    pieces = [
        3.6e6 * (np.clip(warm, None, 99.0) - 37.0),
        (GEL["latent_vapour_j_m3"] / 2.0 + 2.3e6) * np.clip(warm - 99.0, 0.0, 2.0),
        1e6 * np.clip(warm - 101.0, 0.0, None),
    ]
    assert float(sum(piece.sum() for piece in pieces)) * problem.voxel_m3 == pytest.approx(2400.0, rel=1e-4)


# ---- faces that close, faces that hold, films ------------------------------------------------------------------------


def _mode(edge: str, axis: int, cells: int, step: float, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """The slowest mode of a bar, ours and exact: a cosine between closed ends, a sine between held ones."""
    shape = [1] * 3
    shape[axis] = cells
    edges = ["insulated"] * 3
    edges[axis] = edge
    spacing = [7 * MM] * 3
    spacing[axis] = step
    turn = np.arange(cells) * np.pi / (cells - 1) if edge == "held" else (np.arange(cells) + 0.5) * np.pi / cells
    form = np.sin(turn) if edge == "held" else np.cos(turn)
    length = (cells - 1) * step if edge == "held" else cells * step
    where = [1, 1, 1]
    where[axis] = cells
    i, j, k = shape
    problem = HeatProblem(
        np.zeros((i, j, k), np.uint8), (spacing[0], spacing[1], spacing[2]), materials(plain(STILL)),
        edge=(edges[0], edges[1], edges[2]),  # type: ignore[arg-type]
    )  # fmt: skip
    state = start_heat(problem, 37.0 + 20.0 * np.broadcast_to(form.reshape(where), shape))
    advance_heat(problem, state, seconds, longest_step_s=1.0)
    decay = np.exp(-STILL.diffusivity_m2_s * (np.pi / length) ** 2 * seconds)
    return np.moveaxis(temperature_c(problem, state), axis, -1)[0, 0] - 37.0, 20.0 * form * decay


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("edge", ["held", "insulated"])
def test_the_slowest_mode_of_a_bar_dies_away_as_it_should_between_closed_and_between_held_ends(edge: str, axis: int):
    found, exact = _mode(edge, axis, 25, MM, 300.0)
    assert found == pytest.approx(exact, abs=0.02)


def test_a_closed_bar_evens_out_at_its_mean_and_loses_nothing():
    problem = HeatProblem(np.zeros((1, 10, 1), np.uint8), (MM,) * 3, materials(plain(STILL)), edge="insulated")
    start = np.full((1, 10, 1), 30.0)
    start[0, :4] = 70.0
    state = start_heat(problem, start)
    report = advance_heat(problem, state, 4000.0)
    assert temperature_c(problem, state) == pytest.approx(46.0, abs=1e-3)
    assert report.faces_j == 0.0  # the box of disturbed tissue is all of the bar from the start
    assert report.stored_j == pytest.approx(0.0, abs=1e-6 * STILL.capacity_j_m3k * problem.voxel_m3 * 10 * 40)


def test_a_long_closed_bar_loses_next_to_nothing_where_its_box_grows():
    problem = HeatProblem(np.zeros((1, 60, 1), np.uint8), (MM,) * 3, materials(plain(STILL)), edge="insulated")
    start = np.full((1, 60, 1), 30.0)
    start[0, :15] = 70.0
    state = start_heat(problem, start)
    whole_j = STILL.capacity_j_m3k * problem.voxel_m3 * 15 * 40
    report = advance_heat(problem, state, 30_000.0)
    assert temperature_c(problem, state) == pytest.approx(40.0, abs=0.01)
    assert abs(report.faces_j) < 1e-5 * whole_j
    assert report.stored_j == pytest.approx(report.faces_j, abs=1e-5 * whole_j)


SQUARE = 4.0 * np.sqrt(np.pi) / 13.145_047_148_4
"""Conformal radius of a square about its middle over its side, 4 √π / Γ(1/4)²: seen from a thin wire in the middle, a
square of held faces is a cylinder of that radius."""


@pytest.mark.parametrize("film_w_m2k", [100.0, 500.0, 2000.0, np.inf])
@pytest.mark.parametrize("off_centre", [0.0, 0.4])
def test_a_film_on_a_needle_is_a_resistance_in_series_with_the_tissue(film_w_m2k: float, off_centre: float):
    """Steady heat per length, ΔT / (1 / (2π r h) + ln(R / r) / (2π k)), of a needle between held faces 40 mm apart."""
    count, radius, held_c = 41, 0.75 * MM, 60.0
    at = (20 + off_centre) * MM
    wire = needle_between((at, -0.5 * MM, at), (at, 0.5 * MM, at), radius)
    needle = type(wire)(wire.start_m, wire.end_m, radius, film_w_m2k)
    problem = HeatProblem(
        np.zeros((count, 1, count), np.uint8), (MM,) * 3, materials(plain(STILL)), needles=(needle,),
        edge=("held", "insulated", "held"),
    )  # fmt: skip
    state = start_heat(problem, 37.0)
    report = advance_heat(problem, state, 8000.0, needle_temperatures_c=[held_c])
    film = 0.0 if np.isinf(film_w_m2k) else 1.0 / (2 * np.pi * radius * film_w_m2k)
    tissue = np.log(SQUARE * 40 * MM / radius) / (2 * np.pi * STILL.conductivity_w_mk)
    assert report.needle_w[0] / MM == pytest.approx((held_c - 37.0) / (film + tissue), rel=5e-3)


# ---- voxels that are no cubes ----------------------------------------------------------------------------------------


def _spreading_error(spacing_mm: tuple[float, float, float]) -> float:
    """Greatest error, K, of a Gaussian of 20 K and 4 mm after 40 s; its middle lies off all centres."""
    shape = tuple(round(44.0 / step) for step in spacing_mm)
    axes = [(np.arange(n) - 0.5 * (n - 1)) * step * MM for n, step in zip(shape, spacing_mm, strict=True)]
    middle = np.array([0.3, -0.4, 0.7]) * MM
    squares = [(axis - at) ** 2 for axis, at in zip(axes, middle, strict=True)]
    away = squares[0][:, None, None] + squares[1][None, :, None] + squares[2][None, None, :]
    width, later = (4 * MM) ** 2, (4 * MM) ** 2 + 2 * STILL.diffusivity_m2_s * 40.0
    i, j, k = spacing_mm
    problem = HeatProblem(
        np.zeros(shape, np.uint8), (i * MM, j * MM, k * MM), materials(plain(STILL)), edge="insulated"
    )  # fmt: skip
    state = start_heat(problem, 37.0 + 20.0 * np.exp(-away / (2 * width)))
    advance_heat(problem, state, 40.0, longest_step_s=0.1)
    exact = 20.0 * (width / later) ** 1.5 * np.exp(-away / (2 * later))
    return float(np.abs(temperature_c(problem, state) - 37.0 - exact).max())


@pytest.mark.parametrize("spacing_mm", [(1.0, 2.0, 3.0), (3.0, 1.0, 2.0), (2.0, 2.0, 3.0)])
def test_heat_spreads_alike_in_flat_voxels_to_second_order(spacing_mm: tuple[float, float, float]):
    coarse, fine = (_spreading_error(tuple(f * step for step in spacing_mm)) for f in (1.0, 0.5))
    assert fine < 0.08
    assert coarse / fine == pytest.approx(4.0, abs=0.8)


def test_flat_voxels_are_as_exact_as_cubes_of_their_longest_edge():
    assert _spreading_error((1.0, 2.0, 2.0)) < 1.02 * _spreading_error((2.0, 2.0, 2.0))


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0), (1.0, 2.0), (2.0, 1.0), (0.8, 1.6)])
def test_ice_about_a_needle_is_as_large_in_flat_voxels(spacing_mm: tuple[float, float]):
    """A needle at -140 °C for 10 minutes in gel, against its equation in the radius alone: within 0.3 mm all round."""
    i, k = (step * MM for step in spacing_mm)
    shape = (round(0.08 / i) + 1, 1, round(0.08 / k) + 1)
    at = (np.array([shape[0] // 2, 0, shape[2] // 2]) + np.array([0.3, 0.0, 0.2])) * np.array([i, MM, k])
    half = np.array([0.0, 0.5 * MM, 0.0])
    needle = needle_between(at - half, at + half, 0.75 * MM)
    problem = HeatProblem(np.zeros(shape, np.uint8), (i, MM, k), materials(), needles=(needle,), edge="insulated")
    state = start_heat(problem, 37.0)
    advance_heat(problem, state, 600.0, needle_temperatures_c=[-140.0])
    exact = held_cylinder(problem.materials, 0.75 * MM, -140.0, 600.0)
    warm = temperature_c(problem, state).astype(float)
    turn = np.arange(32) * np.pi / 16
    out = np.arange(1.0, 30.0, 0.02) * MM
    points = np.stack(
        [at[0] + np.cos(turn)[:, None] * out, np.zeros((32, len(out))), at[2] + np.sin(turn)[:, None] * out]
    )
    rows = map_coordinates(warm, points / np.array([i, MM, k])[:, None, None], order=1, mode="nearest")
    for level in (0.0, -20.0, -40.0):
        radii = out[np.argmax(rows > level, axis=1)]
        assert np.mean(radii) == pytest.approx(exact.isotherm_m(level), abs=0.3 * MM)
        assert np.abs(radii - np.mean(radii)).max() < 0.3 * MM


# ---- the box that grows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("perfusion_w_m3k", [0.0, 3000.0])
@pytest.mark.parametrize("held_c", [-140.0, 95.0])
def test_the_growing_box_gives_the_answer_of_the_whole_lattice(perfusion_w_m3k: float, held_c: float):
    needle = needle_between((36.7 * MM, 37.2 * MM, 32 * MM), (38 * MM, 37 * MM, 42 * MM), 0.75 * MM)
    problem = HeatProblem(
        np.zeros((75, 75, 75), np.uint8), (MM,) * 3, materials({"perfusion_w_m3k": perfusion_w_m3k}), needles=(needle,),
        edge="held",
    )  # fmt: skip
    boxed, whole = start_heat(problem, 37.0), start_heat(problem, 37.0)
    whole.box = problem.interior.copy()
    for state in (boxed, whole):
        report = advance_heat(problem, state, 40.0, needle_temperatures_c=[held_c])
        assert report.imbalance_fraction < 1e-5
    assert boxed.box is not None
    assert np.prod(boxed.box[1::2] - boxed.box[::2]) < 0.6 * 73**3  # a test of nothing if it had grown to all of it
    assert temperature_c(problem, boxed) == pytest.approx(temperature_c(problem, whole), abs=2e-3)


def test_a_cell_disturbed_far_from_the_needle_is_inside_the_box_from_the_start():
    """A lone warm cell spreads by the lattice's own law: the products of exp(-x) I_n(x), x = 2 α t / h²."""
    needle = needle_between((5 * MM, 5 * MM, 5 * MM), (5 * MM, 5 * MM, 9 * MM), 0.75 * MM)
    problem = HeatProblem(
        np.zeros((40, 40, 40), np.uint8), (MM,) * 3, materials(plain(STILL)), needles=(needle,), edge="insulated"
    )
    start = np.full((40, 40, 40), 37.0)
    start[31, 31, 31] = 60.0
    state = start_heat(problem, start)
    advance_heat(problem, state, 10.0, needle_powers_w=[1.0], longest_step_s=0.02)
    warm = temperature_c(problem, state).astype(float)
    own, next_, after = (float(ive(n, 2 * STILL.diffusivity_m2_s * 10.0 / MM**2)) for n in (0, 1, 2))
    for at, exact in (((31, 31, 31), own**3), ((30, 31, 31), own**2 * next_), ((31, 32, 30), own * next_**2),
                      ((31, 31, 33), own**2 * after)):  # fmt: skip
        assert warm[at] - 37.0 == pytest.approx(23.0 * exact, rel=5e-3)
