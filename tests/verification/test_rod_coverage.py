"""Volume fractions of rods, tubes and bent nails in voxels against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.numerics.grid import Grid
from buttress.numerics.rod_coverage import Rod, mitres, rod_fraction

DIRECTIONS = [(0, 0, 1), (1, 0, 0), (1, 2, 3), (0.02, 0.01, 1), (1, 1, 0), (np.sin(0.35), 0, np.cos(0.35))]


def rod(direction: tuple[float, float, float], length: float, radius: float, inner: float = 0.0) -> Rod:
    unit = np.array(direction, dtype=float) / np.linalg.norm(direction)
    centre = np.array([0.21, -0.37, 0.13])
    return Rod(np.array([centre - unit * length / 2, centre + unit * length / 2]), radius, inner)


def grid(spacing: tuple[float, float, float], half: float = 20.0) -> Grid:
    shape = tuple(int(np.ceil(2 * half / s)) + 3 for s in spacing)
    i, j, k = shape
    return Grid.aligned((i, j, k), spacing, -(np.array(shape) - 1) / 2 * spacing)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.8, 0.8, 3.0)])
@pytest.mark.parametrize(("radius", "inner"), [(1.0, 0.0), (3.5, 1.0), (0.36, 0.2065)])
def test_volume_centroid_and_direction_are_those_of_the_rod(
    direction: tuple[float, float, float], spacing: tuple[float, float, float], radius: float, inner: float
) -> None:
    one, where = rod(direction, 30.0, radius, inner), grid(spacing)
    fraction = rod_fraction(where, one)
    volume = fraction.sum() * np.prod(spacing)
    assert volume == pytest.approx(one.area_mm2 * 30.0, rel=1e-3)
    places = where.to_mm(np.argwhere(fraction > 0))
    weights = fraction[fraction > 0]
    centroid = weights @ places / weights.sum()
    seen_mm = 0.02 if radius > 3 * max(spacing) else 0.5 * max(spacing)  # a thin rod hides between voxel centres
    np.testing.assert_allclose(centroid, one.path_mm.mean(axis=0), atol=seen_mm)
    assert fraction.max() <= 1.0


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_voxel_deep_inside_is_full_and_one_far_outside_is_empty(direction: tuple[float, float, float]) -> None:
    one, where = rod(direction, 30.0, 4.0), grid((1.0, 1.0, 1.0))
    fraction = rod_fraction(where, one)
    apart = where.to_mm(np.moveaxis(np.indices(where.shape), 0, -1)) - one.path_mm.mean(axis=0)
    unit = (one.path_mm[1] - one.path_mm[0]) / 30.0
    along = apart @ unit
    across = np.linalg.norm(apart - along[..., None] * unit, axis=-1)
    np.testing.assert_allclose(fraction[(across < 4 - 0.87) & (np.abs(along) < 15 - 0.87)], 1.0, atol=2e-3)
    assert not fraction[(across > 4 + 0.87) | (np.abs(along) > 15 + 0.87)].any()


def test_voxel_by_voxel_against_a_fine_count_of_points() -> None:
    one, where = rod((1, 2, 3), 12.0, 1.3, 0.5), grid((1.0, 0.7, 1.4), 9.0)
    fraction = rod_fraction(where, one)
    unit = (one.path_mm[1] - one.path_mm[0]) / 12.0
    offsets = np.stack(np.meshgrid(*[(np.arange(40) + 0.5) / 40 - 0.5] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    for index in np.argwhere((fraction > 0.02) & (fraction < 0.98))[::11]:
        apart = where.to_mm(index + offsets) - one.path_mm.mean(axis=0)
        along = apart @ unit
        across = np.linalg.norm(apart - along[:, None] * unit, axis=1)
        counted = np.mean((np.abs(along) <= 6.0) & (across <= 1.3) & (across >= 0.5))
        assert fraction[tuple(index)] == pytest.approx(counted, abs=0.012)


@pytest.mark.parametrize("lines", [4, 8, 16])
def test_finer_lines_come_closer(lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one, where = rod((1, 2, 3), 30.0, 1.0), grid((1.0, 1.0, 1.0))
    monkeypatch.setattr("buttress.numerics.rod_coverage.LINES_PER_RADIUS", lines)
    volume = rod_fraction(where, one).sum()
    assert volume == pytest.approx(np.pi * 30.0, rel=4e-3 / lines)


@pytest.mark.parametrize("points", [5, 9, 40])
def test_a_bent_nail_holds_area_times_length_and_overlaps_nowhere(points: int) -> None:
    turn = np.linspace(-0.6, 0.6, points)
    path = np.column_stack([30 * np.sin(turn), np.zeros(points), 30 * (np.cos(turn) - 1)])
    one, where = Rod(path, 2.0), grid((1.0, 1.0, 1.0), 22.0)
    fraction = rod_fraction(where, one)
    assert fraction.sum() == pytest.approx(one.area_mm2 * one.length_mm, rel=2e-3)
    assert 0.999 < fraction.max() <= 1.0


def test_an_oblique_grid_and_a_rod_that_leaves_it() -> None:
    turn = np.deg2rad(25.0)
    affine = np.eye(4)
    affine[:3, :3] = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.5]]
    where = Grid((31, 31, 21), affine)
    middle = where.to_mm([15, 15, 10])
    along = where.directions[:, 0]
    inside = rod_fraction(where, Rod(np.array([middle - 5 * along, middle + 5 * along]), 2.0))
    assert inside.sum() * 1.5 == pytest.approx(np.pi * 4 * 10, rel=2e-3)
    through = rod_fraction(where, Rod(np.array([middle - 100 * along, middle + 100 * along]), 2.0))
    assert through.sum() * 1.5 == pytest.approx(np.pi * 4 * 31, rel=2e-3)


@pytest.mark.parametrize(
    ("path", "radius", "inner", "complaint"),
    [
        ([[0, 0, 0]], 1.0, 0.0, "two finite points"),
        ([[0, 0, 0], [0, 0, np.nan]], 1.0, 0.0, "two finite points"),
        ([[0, 0, 0], [0, 0, 0]], 1.0, 0.0, "must differ"),
        ([[0, 0, 0], [0, 0, 1]], 1.0, 1.0, "inner radius"),
    ],
)
def test_what_is_no_rod_is_refused(path: list[list[float]], radius: float, inner: float, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Rod(np.array(path, dtype=float), radius, inner)


def test_a_fold_is_refused() -> None:
    with pytest.raises(ValueError, match="too sharply"):
        mitres([[0, 0, 0], [1, 0, 0], [1, 1, 0], [2, 1, 0]], 3.0)
    with pytest.raises(ValueError, match="turns back"):
        mitres([[0, 0, 0], [1, 0, 0], [0, 0, 0]], 0.1)
