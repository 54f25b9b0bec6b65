"""Conduction, blood flow and freezing against exact answers, one dimension or one point at a time."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.numerics import exact_heat
from buttress.numerics.heat import HeatProblem, advance_heat, start_heat, temperature_c
from sample_heat import ICE, MUSCLE, materials, plain, sharp

LINE = ("insulated", "insulated", "held")


def line(cells: int, spacing_m: float, *changes: dict[str, float], labels: np.ndarray | None = None) -> HeatProblem:
    kinds = np.zeros((1, 1, cells), np.uint8) if labels is None else labels.reshape(1, 1, -1).astype(np.uint8)
    return HeatProblem(kinds, (spacing_m,) * 3, materials(*changes), edge=LINE)


def held_ends(cells: int, first_c: float, start_c: float = 37.0) -> np.ndarray:
    start = np.full((1, 1, cells), start_c)
    start[0, 0, 0] = first_c
    return start


def slab_error(spacing_m: float) -> float:
    cells = round(0.02 / spacing_m) + 1
    problem = line(cells, spacing_m, plain(MUSCLE))
    state = start_heat(problem, held_ends(cells, 90.0))
    advance_heat(problem, state, 6000.0)
    exact = exact_heat.slab_theta(MUSCLE, 53.0, 0.02, np.arange(cells) * spacing_m)
    return float(np.abs(temperature_c(problem, state)[0, 0] - 37.0 - exact).max() / 53.0)


def test_v1_steady_slab_with_blood_flow_is_second_order():
    coarse, fine = slab_error(0.002), slab_error(0.001)
    assert fine < 1e-4
    assert np.log2(coarse / fine) >= 1.9


@pytest.mark.parametrize(("time", "longest_step_s"), [(600.0, 12.0), (60.0, 1.0)])
def test_v2_half_space_warms_as_it_should(time, longest_step_s):
    problem = line(121, 0.001, plain(MUSCLE))
    state = start_heat(problem, held_ends(121, 90.0))
    advance_heat(problem, state, time, longest_step_s=longest_step_s)
    exact = exact_heat.half_space_theta(MUSCLE, 53.0, np.arange(121) * 0.001, time)
    assert np.abs(temperature_c(problem, state)[0, 0] - 37.0 - exact).max() < 0.1


def decay_error(longest_step_s: float) -> float:
    problem = HeatProblem(np.zeros((1, 1, 4), np.uint8), (0.001,) * 3, materials(plain(MUSCLE)), edge="insulated")
    state = start_heat(problem, 57.0)
    advance_heat(problem, state, 600.0, longest_step_s=longest_step_s)
    left = float(temperature_c(problem, state)[0, 0, 0]) - 37.0
    return abs(left / exact_heat.decayed_theta(MUSCLE, 20.0, 600.0) - 1.0)


def test_v2_blood_evens_out_a_uniform_temperature_with_an_error_in_proportion_to_the_step():
    assert decay_error(0.5) < 1e-4
    assert decay_error(12.0) < 1e-3


@pytest.mark.parametrize("time", [60.0, 600.0])
def test_v4_neumanns_freezing_front(time):
    cells, h = 141, 0.001
    problem = line(cells, h, sharp(ICE))
    state = start_heat(problem, held_ends(cells, -140.0))
    advance_heat(problem, state, time)
    exact = exact_heat.planar_front(ICE, -140.0, 37.0)
    melted = problem.materials.melted_fraction(state.enthalpy, problem.labels)[0, 0]
    front = (np.sum(1.0 - melted) - 0.5) * h  # the held cell's centre is the wall
    assert abs(front - exact.front_m(time)) < 0.15e-3
    warm = temperature_c(problem, state)[0, 0]
    for level in (-20.0, -40.0):
        assert abs(np.interp(level, warm, np.arange(cells) * h) - exact.isotherm_m(level, time)) < 0.15e-3


def test_v9_flux_through_layers_in_series_is_exact():
    cortex, marrow = plain(exact_heat.Perfused(0.32, 2.5e6, 0.0)), plain(exact_heat.Perfused(0.1921, 2.02e6, 0.0))
    labels = np.repeat([0, 1, 0], [4, 8, 4])
    problem = line(16, 0.001, cortex, marrow, labels=labels)
    state = start_heat(problem, held_ends(16, 80.0))
    advance_heat(problem, state, 20000.0)
    warm = temperature_c(problem, state)[0, 0].astype(float)
    k = np.where(labels == 0, 0.32, 0.1921)
    exact = exact_heat.series_flux_w_m2(43.0, [0.0035, 0.008, 0.0035], [0.32, 0.1921, 0.32])
    flux = (warm[:-1] - warm[1:]) / (0.0005 / k[:-1] + 0.0005 / k[1:])
    assert np.abs(flux / exact - 1.0).max() < 2e-5  # float32: 4e-6 K in steps of 2 K


def test_exact_answers_have_the_digits_found_before():
    """The numbers of ``exact_heat`` at the parameters of the design notes, all digits that these show."""
    m, ice = MUSCLE, exact_heat.planar_front(ICE, -140.0, 37.0)
    assert exact_heat.slab_theta(m, 53.0, 0.02, 0.01) == pytest.approx(20.9126, abs=6e-5)
    assert exact_heat.point_source_theta(m, 10.0, [0.01, 0.02], 600.0) == pytest.approx([57.5503, 6.9178], abs=1.1e-4)
    assert exact_heat.sphere_theta(m, 53.0, 0.005, [0.01, 0.02]) == pytest.approx([18.5288, 4.5292], abs=1.1e-4)
    assert exact_heat.line_source_theta(m, 500.0, [0.005, 0.02]) == pytest.approx([194.999, 37.595], abs=1.1e-3)
    assert (ice.growth, ice.front_m(60) * 1e3) == pytest.approx((0.505407, 8.2533), abs=6e-5)
    assert [ice.isotherm_m(c, 600) * 1e3 for c in (-20, -40)] == pytest.approx([22.0158, 17.9957], abs=6e-5)
    for sink, row in (
        (200, (6.8107, 2.0479, 0.5824)),
        (500, (12.7935, 7.7873, 4.6769)),
        (800, (16.6985, 12.0974, 8.7227)),
    ):
        front = exact_heat.line_sink_front(ICE, sink, 37.0)
        found = [front.front_m(600), *(front.isotherm_m(c, 600) for c in (-20, -40))]
        assert np.array(found) * 1e3 == pytest.approx(row, abs=6e-5)


def test_exact_answers_satisfy_their_equations():
    """Put back into the equation: differences in space and time, independent of any formula's derivation."""
    m, d = MUSCLE, 1e-5
    for field, dimension in ((exact_heat.half_space_theta, 1), (exact_heat.point_source_theta, 3)):
        x = np.array([0.004, 0.009, 0.02])
        at = [field(m, 50.0, x + step, 300.0) for step in (-d, 0.0, d)]
        rate = (field(m, 50.0, x, 300.5) - field(m, 50.0, x, 299.5)) * m.capacity_j_m3k
        curved = (at[2] - 2 * at[1] + at[0]) / d**2 + (dimension - 1) / x * (at[2] - at[0]) / (2 * d)
        assert rate == pytest.approx(m.conductivity_w_mk * curved - m.perfusion_w_m3k * at[1], rel=2e-3)
    front = exact_heat.line_sink_front(ICE, 500.0, 37.0)
    r, t = front.front_m(600.0), 600.0
    jump = [(front.temperature_c(r + s * d, t) - front.temperature_c(r, t)) / (s * d) for s in (-1, 1)]
    speed = (front.front_m(t + 1) - front.front_m(t - 1)) / 2
    assert 2.0 * jump[0] - 0.5 * jump[1] == pytest.approx(ICE.latent_j_m3 * speed, rel=5e-3)
