"""Sizes of zones on the bench: of balls, ellipsoids and pairs, whose sizes are known."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.ablate.bench import bench_box, measure_zone, probe_layout
from buttress.ablate.lethal_zone import Criterion

STEP_MM = 2.0


def axes(count: int = 41) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    line = (np.arange(count) - (count - 1) / 2) * STEP_MM
    return line[:, None, None], line[None, :, None], line[None, None, :]


def zone(level: np.ndarray) -> Criterion:
    return Criterion("drawn", "drawn", level.astype(np.float32))


@pytest.mark.parametrize(("a", "c"), [(12.3, 12.3), (9.0, 20.5), (15.1, 25.0)])
def test_an_ellipsoid_has_its_own_width_length_and_volume(a: float, c: float) -> None:
    x, y, z = axes()
    found = measure_zone(zone(1.0 - np.sqrt((x / a) ** 2 + (y / a) ** 2 + (z / c) ** 2)), np.full(3, STEP_MM))
    assert found.longer_mm == pytest.approx(2 * a, abs=0.1)
    assert found.shorter_mm == pytest.approx(2 * a, abs=0.1)
    assert found.length_mm == pytest.approx(2 * c, abs=0.1)
    assert found.diameter_mm == pytest.approx(2 * a, abs=0.2)
    assert found.volume_ml == pytest.approx(4 / 3 * np.pi * a * a * c / 1000.0, rel=0.03)


def test_a_pair_is_as_long_as_both_and_as_wide_as_one() -> None:
    x, y, z = axes()
    left, right = (1.0 - np.sqrt((x - s) ** 2 + y**2 + z**2) / 8.0 for s in (-10.0, 10.0))
    found = measure_zone(zone(np.maximum(left, right)), np.full(3, STEP_MM))
    assert found.longer_mm == pytest.approx(36.0, abs=0.1)
    assert found.shorter_mm == pytest.approx(16.0, abs=0.1)
    assert found.diameter_mm == pytest.approx(2 * 8.0 * np.sqrt(2.0), abs=0.3)


def test_nothing_measures_nothing() -> None:
    found = measure_zone(zone(np.full((21, 21, 21), -1.0)), np.full(3, STEP_MM))
    assert (found.longer_mm, found.length_mm, found.diameter_mm) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("probes", [2, 3, 4, 6, 8])
def test_neighbouring_probes_stand_as_far_apart_as_asked(probes: int) -> None:
    tips = np.array([one.tip_mm for one in probe_layout(probes, 15.0, 30.0)])
    apart = np.linalg.norm(tips - np.roll(tips, 1, axis=0), axis=1)
    assert apart == pytest.approx(15.0)
    assert tips.mean(axis=0)[:2] == pytest.approx(0.0, abs=1e-9)
    assert np.all(tips[:, 2] == -15.0)


def test_a_layout_needs_a_probe() -> None:
    with pytest.raises(ValueError, match="needs a probe"):
        probe_layout(0, 15.0, 30.0)


def test_the_box_is_centred_on_the_origin() -> None:
    tissue, grid = bench_box("muscle", 20.0, 2.0)
    assert grid.to_mm(np.array(grid.shape) // 2) == pytest.approx(0.0)
    assert tissue.labels.shape == grid.shape == (21, 21, 21)
