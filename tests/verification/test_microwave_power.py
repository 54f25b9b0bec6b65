"""The power of a microwave antenna: all of it arrives, at any angle, and fades as each tissue on the way lets it."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.ablate.antenna import AntennaField
from buttress.ablate.bench import bench_box
from buttress.ablate.dielectric import attenuation_1_m
from buttress.ablate.heat_run import PlacedNeedle
from buttress.ablate.microwave import voxel_attenuation_1_m
from buttress.numerics.grid import Grid
from buttress.records.applicator import MicrowaveApplicator
from buttress.records.number import Assumed

FREQUENCY_HZ = 2.45e9


def number(value: float) -> Assumed:
    return Assumed(value=value, unit="", low=value, high=value, ours="a test")


def antenna(tail_ratio: float = 1.0) -> MicrowaveApplicator:
    return MicrowaveApplicator(
        kind="microwave",
        diameter_mm=number(2.0),
        frequency_hz=number(FREQUENCY_HZ),
        efficiency=number(0.6),
        reach_mm=number(10.0),
        tail_ratio=number(tail_ratio),
        feed_mm=number(8.0),
    )


def density(
    applicator: MicrowaveApplicator, where: PlacedNeedle, grid: Grid, fades: np.ndarray, watts: float
) -> np.ndarray:
    """What the generator's watts make: the antenna radiates its efficiency's share."""
    return AntennaField.of(applicator, where, grid).power_density_w_m3(fades, applicator.efficiency.value * watts)


def placed(direction: tuple[float, float, float] = (0, 0, 1), shift: float = 0.0) -> PlacedNeedle:
    unit = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    return PlacedNeedle(np.array([shift, 0.3, 0.0]) - 8.0 * unit, unit)


@pytest.mark.parametrize("direction", [(0, 0, 1), (1, 1, 0), (1, 2, 3)])
@pytest.mark.parametrize("voxel_mm", [1.0, 2.0])
def test_all_power_that_reaches_tissue_becomes_heat_at_any_angle(
    direction: tuple[float, float, float], voxel_mm: float
) -> None:
    tissue, grid = bench_box("muscle", 50.0, voxel_mm)
    fades = voxel_attenuation_1_m(tissue, FREQUENCY_HZ)
    found = density(antenna(), placed(direction), grid, fades, 50.0)
    total = float(found.sum(dtype=float)) * voxel_mm**3 * 1e-9
    # In muscle less than 2 % is left at the edge of a box of 50 mm: exp(-2 * 44.8/m * 49 mm) = 1.2 %.
    assert total == pytest.approx(0.6 * 50.0, rel=0.02)
    assert total < 0.6 * 50.0


def exact_w_m3(r_mm: float, watts: float, fade: float) -> float:
    """The pattern's own formula beside the feed, in muscle: a Gaussian of 10 mm along the shaft."""
    along = 10.0e-3 * np.sqrt(np.pi)
    return float(watts / along * 2.0 * fade * np.exp(-2.0 * fade * (r_mm - 1.0) * 1e-3) / (2.0 * np.pi * r_mm * 1e-3))


@pytest.mark.parametrize("r_mm", [5.0, 10.0, 20.0])
def test_beside_the_feed_power_is_what_the_formula_says(r_mm: float) -> None:
    tissue, grid = bench_box("muscle", 50.0, 1.0)
    fades = voxel_attenuation_1_m(tissue, FREQUENCY_HZ)
    found = density(antenna(), PlacedNeedle((0, 0, -8.0), (0, 0, 1)), grid, fades, 50.0)
    middle = (grid.shape[0] - 1) // 2
    expected = exact_w_m3(r_mm, 0.6 * 50.0, attenuation_1_m("muscle", FREQUENCY_HZ))
    assert found[middle + int(r_mm), middle, middle] == pytest.approx(expected, rel=0.03)


def test_twice_the_power_is_twice_the_heat() -> None:
    tissue, grid = bench_box("muscle", 40.0, 2.0)
    fades = voxel_attenuation_1_m(tissue, FREQUENCY_HZ)
    one, two = (density(antenna(), placed(), grid, fades, watts) for watts in (30.0, 60.0))
    assert np.allclose(two, 2.0 * one, rtol=1e-5)


def test_the_tail_lies_towards_the_hub() -> None:
    tissue, grid = bench_box("muscle", 50.0, 2.0)
    fades = voxel_attenuation_1_m(tissue, FREQUENCY_HZ)
    found = density(antenna(tail_ratio=2.0), placed(), grid, fades, 50.0)
    along = found.sum(axis=(0, 1))
    middle = (grid.shape[2] - 1) // 2
    assert along[middle + 1 :].sum() == pytest.approx(2.0 * along[:middle].sum(), rel=0.15)


def test_a_shell_of_cortex_takes_little_and_lets_the_rest_through() -> None:
    tissue, grid = bench_box("muscle", 40.0, 1.0)
    fades = voxel_attenuation_1_m(tissue, FREQUENCY_HZ)
    r = np.hypot(*(np.abs(np.indices(grid.shape)[:2] - 40)))
    shell = (r >= 10.0) & (r < 13.0)
    with_bone = np.where(shell, np.float32(attenuation_1_m("cortical", FREQUENCY_HZ)), fades)
    bare = density(antenna(), PlacedNeedle((0, 0, -8.0), (0, 0, 1)), grid, fades, 50.0)
    cortex = density(antenna(), PlacedNeedle((0, 0, -8.0), (0, 0, 1)), grid, with_bone, 50.0)
    beyond = (r >= 15.0) & (r < 20.0)
    assert cortex[beyond].sum() > bare[beyond].sum()
    assert cortex[shell].sum() < bare[shell].sum()


def test_boiled_tissue_lets_power_through_to_what_lies_behind() -> None:
    tissue, grid = bench_box("muscle", 40.0, 2.0)
    boiled = np.zeros(grid.shape, dtype=np.float32)
    r = np.hypot(*(np.indices(grid.shape)[:2] - 20)) * 2.0
    boiled[r < 8.0] = 1.0
    wet, dry = (voxel_attenuation_1_m(tissue, FREQUENCY_HZ, part) for part in (None, boiled))
    before, after = (density(antenna(), placed(), grid, fades, 50.0) for fades in (wet, dry))
    ring = (r > 12.0) & (r < 16.0)
    assert after[ring].sum() > 1.5 * before[ring].sum()


def test_an_antenna_off_the_grid_is_refused() -> None:
    grid = Grid.aligned((20, 20, 20), 2.0)
    with pytest.raises(ValueError, match="off the grid"):
        density(antenna(), placed(shift=500.0), grid, np.full(grid.shape, 45.0, dtype=np.float32), 50.0)
