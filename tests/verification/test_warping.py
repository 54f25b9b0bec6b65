"""True torsional rigidity of sections with an exact answer: round, square, hollow, slit, of two materials."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.numerics.warping import torsional_rigidity


def section(inside, half_mm: float, pixel_mm: float, fine: int = 8) -> np.ndarray:
    """Mean of a function of x and y over the pixels of a square of half a side, by points within each."""
    count = 2 * round(half_mm / pixel_mm)
    at = (np.arange(count * fine) + 0.5) / fine * pixel_mm - count * pixel_mm / 2
    x, y = np.meshgrid(at, at, indexing="ij")
    return np.asarray(inside(x, y), dtype=float).reshape(count, fine, count, fine).mean(axis=(1, 3))


def tube(x, y, outer=14.0, inner=8.0):
    r = np.hypot(x, y)
    return (r < outer) & (r > inner)


def slit(x, y, width=5.0):
    return tube(x, y) & ~((x > 0) & (np.abs(y) < width / 2))


def tube_j(outer=14.0, inner=8.0) -> float:
    return np.pi / 2 * (outer**4 - inner**4)


def rectangle_j(a: float, b: float) -> float:
    """A bar of sides a >= b (series of Saint-Venant)."""
    n = np.arange(1, 60, 2)
    return a * b**3 * (1 / 3 - 64 / np.pi**5 * b / a * np.sum(np.tanh(n * np.pi * a / (2 * b)) / n**5))


@pytest.mark.parametrize(("pixel_mm", "within"), [(1.0, 0.01), (0.5, 0.005)])
def test_round_and_hollow_sections_have_their_polar_moment(pixel_mm, within):
    full = torsional_rigidity(section(lambda x, y: np.hypot(x, y) < 12, 14, pixel_mm), pixel_mm)
    assert full == pytest.approx(np.pi / 2 * 12**4, rel=within)
    assert torsional_rigidity(section(tube, 15, pixel_mm), pixel_mm) == pytest.approx(tube_j(), rel=within)


@pytest.mark.parametrize(("a", "b"), [(16, 16), (24, 12), (40, 8)])
def test_bars_converge_to_the_series_at_second_order(a, b):
    off = [
        torsional_rigidity(np.ones((round(a / h), round(b / h))), h) / rectangle_j(a, b) - 1 for h in (1.0, 0.5, 0.25)
    ]
    assert abs(off[1]) < 0.01
    assert np.log2(off[1] / off[2]) == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize("width", [1.0, 5.0])
def test_a_slit_tube_keeps_a_twelfth_while_the_polar_sum_sees_next_to_nothing(width):
    """Independent values for a 28/16 mm tube: 0.0863 (1 mm slit) and 0.0807 (5 mm), from a finer mesh (0.125 mm)."""
    found = torsional_rigidity(section(lambda x, y: slit(x, y, width), 15, 0.5), 0.5) / tube_j()
    assert found == pytest.approx({1.0: 0.0863, 5.0: 0.0807}[width], rel=0.02)


def test_a_thin_slit_tube_follows_the_formula_for_open_sections():
    """J = (2 π r - w) t³ / 3 for a wall of 1.5 mm at 20 mm."""
    outer, inner, width = 20.75, 19.25, 2.0
    open_tube = section(lambda x, y: tube(x, y, outer, inner) & ~((x > 0) & (np.abs(y) < width / 2)), 22, 0.25, 4)
    exact = (2 * np.pi * 20.0 - width) * 1.5**3 / 3
    assert torsional_rigidity(open_tube, 0.25) == pytest.approx(exact, rel=0.04)


def test_two_materials_about_one_axis_add_up():
    g = section(tube, 15, 0.5) * 6538.0 + section(lambda x, y: np.hypot(x, y) <= 8, 15, 0.5) * 962.0
    exact = 6538.0 * tube_j() + 962.0 * np.pi / 2 * 8.0**4
    assert torsional_rigidity(g, 0.5) == pytest.approx(exact, rel=0.005)


@pytest.mark.parametrize(("gap", "share"), [(False, 0.496), (True, 0.795)])
def test_bonded_cement_gives_a_slit_tube_back_what_an_independent_mesh_says(gap, share):
    """5 mm slit, cortex 17 GPa, cement 2.5 GPa in the canal alone or in the gap too, over the whole empty tube."""

    def cement(x, y):
        canal = np.hypot(x, y) <= 8
        filled = (x > 0) & (np.abs(y) < 2.5) & (np.hypot(x, y) < 14) & (np.hypot(x, y) > 8)
        return canal | filled if gap else canal

    g = 17.0 * section(slit, 15, 0.5) + 2.5 * section(cement, 15, 0.5)
    assert torsional_rigidity(g, 0.5) / (17.0 * tube_j()) == pytest.approx(share, rel=0.02)


def test_where_the_section_lies_and_how_it_is_turned_changes_nothing():
    g = section(slit, 15, 0.5)
    expected = torsional_rigidity(g, 0.5)
    assert torsional_rigidity(np.pad(g, ((7, 1), (0, 13))), 0.5) == pytest.approx(expected, rel=1e-9)
    assert torsional_rigidity(g.T[:, ::-1], 0.5) == pytest.approx(expected, rel=1e-9)
    assert torsional_rigidity(2.0 * g, 0.5) == pytest.approx(2.0 * expected, rel=1e-9)


def test_pieces_that_do_not_touch_each_resist_alone():
    bar = np.ones((8, 8))
    apart = np.zeros((8, 40))
    apart[:, :8] = apart[:, -8:] = bar
    one = torsional_rigidity(bar, 1.0)
    assert torsional_rigidity(apart, 1.0) == pytest.approx(2 * one, rel=1e-6)


def test_an_empty_section_has_none_and_nonsense_is_refused():
    assert torsional_rigidity(np.zeros((4, 4)), 1.0) == 0.0
    for wrong in (np.full((4, 4), -1.0), np.full((4, 4), np.nan), np.ones(4)):
        with pytest.raises(ValueError, match="shear moduli"):
            torsional_rigidity(wrong, 1.0)
