"""The exact answers themselves: digits found before, and that they satisfy their own equations."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.ablate.ladder.samples import ICE, MUSCLE
from buttress.numerics import exact_heat


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
    q = 1e6
    inside, beyond = (exact_heat.heated_ball_theta(m, q, 0.005, 0.005 + side * 1e-9) for side in (-1, 1))
    assert inside == pytest.approx(beyond, rel=1e-5)
    x = np.array([0.002, 0.004, 0.008])
    at = [exact_heat.heated_ball_theta(m, q, 0.005, x + step) for step in (-d, 0.0, d)]
    curved = (at[2] - 2 * at[1] + at[0]) / d**2 + 2 / x * (at[2] - at[0]) / (2 * d)
    lost = m.perfusion_w_m3k * at[1] - m.conductivity_w_mk * curved
    assert lost == pytest.approx([q, q, 0.0], abs=1e-3 * q)
