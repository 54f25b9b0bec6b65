"""A run keeps the history it says it keeps: doses of a uniformly warmed block are those of its own course."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.ablate.bench import UNPERFUSED, bench_box
from buttress.ablate.damage import damage_over, dose_over
from buttress.ablate.heat_run import PlacedNeedle, begin_run
from buttress.library.load_damage import load_damage
from buttress.numerics.grid import Grid


def test_doses_of_a_block_that_warms_evenly_are_the_integrals_of_its_course() -> None:
    tissue, grid = bench_box("muscle", 4.0, 2.0, UNPERFUSED)
    run = begin_run(tissue, grid, laws=("liver_muscle", "bone"), edge="insulated")
    capacity = float(tissue.materials.capacity_thawed_j_m3k[0])
    source = np.full(grid.shape, capacity * 20.0 / 300.0, dtype=np.float32)  # 20 K in 300 s
    times, course = [0.0], [37.0]
    for _ in range(60):
        run.advance(5.0, source_w_m3=source)
        times.append(run.state.time_s)
        course.append(float(run.temperature_c[2, 2, 2]))
    assert course[-1] == pytest.approx(57.0, abs=0.01)
    history, shelf = run.history(), load_damage()
    assert history.dose_min is not None
    assert float(history.dose_min[2, 2, 2]) == pytest.approx(float(dose_over(shelf.dose, times, course)), rel=2e-3)
    for law in ("liver_muscle", "bone"):
        expected = float(damage_over(shelf.arrhenius[law], times, course))
        assert float(history.damage[law][2, 2, 2]) == pytest.approx(expected, rel=5e-3)


def test_coagulated_tissue_has_lost_its_blood_and_is_so_only_by_every_law() -> None:
    tissue, grid = bench_box("muscle", 4.0, 2.0)
    run = begin_run(tissue, grid, start_c=np.full(grid.shape, 70.0, dtype=np.float32), edge="insulated")
    assert run.coagulated() is None
    run.advance(30.0)
    dead = run.coagulated()
    assert dead is not None
    assert dead.all()
    before = float(run.temperature_c.mean())
    run.advance(60.0)
    assert float(run.temperature_c.mean()) == pytest.approx(before, abs=1e-2)


def test_history_is_kept_where_it_was_asked_for_and_elsewhere_nothing_has_happened() -> None:
    tissue, grid = bench_box("muscle", 6.0, 2.0, UNPERFUSED)
    followed = np.zeros(grid.shape, dtype=bool)
    followed[2:4, 2:4, 2:4] = True
    run = begin_run(tissue, grid, followed=followed, edge="insulated")
    run.advance(30.0, source_w_m3=np.full(grid.shape, 1e6, dtype=np.float32))
    hottest = run.history().hottest_c
    assert hottest is not None
    assert hottest[3, 3, 3] > 40.0
    assert hottest[0, 0, 0] == 37.0


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.8, 1.2, 2.5)])
def test_a_needle_in_the_patient_keeps_its_length_and_place_on_any_grid(spacing: tuple[float, float, float]) -> None:
    grid = Grid.aligned((30, 30, 30), spacing, (5.0, -7.0, 11.0))
    needle = PlacedNeedle((10.0, 0.0, 20.0), (1.0, 2.0, 2.0)).on_grid(grid, 3.0, 12.0, 0.75, 900.0)
    assert needle.length_m == pytest.approx(0.012)
    assert np.array(needle.start_m) * 1000.0 == pytest.approx([10.0 + 1.0 - 5.0, 2.0 + 7.0, 20.0 + 2.0 - 11.0])
    assert (needle.radius_m, needle.film_w_m2k) == (0.75e-3, 900.0)
