"""Is the answer sheet right? A cylinder of tumour in a tube of bone, whose loss geometry gives by hand."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.numerics.grid import Grid
from buttress.phantom.fine_grid import averaged, finer, positions_mm
from buttress.phantom.lesion_truth import (
    Axis,
    axial_mm,
    axial_one_ray_mm,
    circumferential_arc_fraction,
    circumferential_fraction,
    cortical_loss,
    lesion_numbers,
    shaft_axis,
    width_fractions,
)
from buttress.phantom.lytic_lesion import DrawnLesion
from buttress.records.image import Mask, Volume

OUTER_MM, INNER_MM = 12.0, 7.0
HOLE_MM, ECCENTRIC_MM, LENGTH_MM = 6.0, 10.0, 30.0
CENTRE = np.zeros(3)
TILTS = {"along the table": (0.0, 0.0, 1.0), "tilted by 25 degrees": (0.4226183, 0.0, 0.9063078)}


def tube(direction: tuple[float, float, float]) -> tuple[Volume, Mask, DrawnLesion, Axis]:
    """A bone of constant section and a cylinder of tumour beside its axis, both along ``direction``."""
    axis = Axis(CENTRE, np.array(direction))
    grid = Grid.aligned((64, 40, 64), 1.0, (-31.5, -19.5, -31.5))
    fine = finer(grid, (2, 2, 2))
    first, second, along = (positions_mm(fine) @ v for v in (*axis.across, axis.direction))
    radius = np.hypot(first, second)
    share = averaged(((radius <= OUTER_MM) & (radius >= INNER_MM)).astype(float), (2, 2, 2))
    hole = (np.hypot(first - ECCENTRIC_MM, second) <= HOLE_MM) & (np.abs(along) <= LENGTH_MM / 2)
    healthy = Volume(grid, (40.0 + 1360.0 * share).astype(np.float32))
    bone = Mask(grid, averaged((radius <= OUTER_MM).astype(float), (2, 2, 2)) >= 0.5)
    return healthy, bone, DrawnLesion(healthy, bone, fine, hole.astype(np.float32), hole), axis


def lost_by_angle(angles_rad: np.ndarray) -> np.ndarray:
    """Share of the wall inside the hole along rays from the tube's axis: chord of a circle, clipped to the wall."""
    half = np.sqrt(np.maximum(HOLE_MM**2 - (ECCENTRIC_MM * np.sin(angles_rad)) ** 2, 0.0))
    middle = ECCENTRIC_MM * np.cos(angles_rad)
    chord = np.minimum(middle + half, OUTER_MM) - np.maximum(middle - half, INNER_MM)
    met = (half > 0) & (np.cos(angles_rad) > 0)
    return np.where(met, np.clip(chord, 0.0, None), 0.0) / (OUTER_MM - INNER_MM)


@pytest.mark.parametrize("direction", TILTS.values(), ids=TILTS.keys())
def test_a_cylinder_of_tumour_takes_the_length_and_arc_of_geometry(
    direction: tuple[float, float, float],
) -> None:
    healthy, bone, drawn, axis = tube(direction)
    found = cortical_loss(healthy, bone, drawn, axis)
    exact = lost_by_angle(np.linspace(-np.pi, np.pi, 100_000))
    for threshold in (0.33, 0.5, 0.67, 0.95):
        arc = float(np.mean(exact >= threshold))
        assert circumferential_fraction(found, threshold) == pytest.approx(arc, abs=0.015)
        assert circumferential_arc_fraction(found, threshold) == pytest.approx(arc, abs=0.015)
    assert axial_mm(found, 0.5) == pytest.approx(LENGTH_MM, abs=0.75)
    assert axial_one_ray_mm(found, 0.5) == pytest.approx(LENGTH_MM, abs=0.75)
    assert np.nanmedian(found.thickness_mm) == pytest.approx(OUTER_MM - INNER_MM, abs=0.2)
    assert np.nanmax(found.lost) == pytest.approx(1.0, abs=0.01)


def test_half_gone_everywhere_counts_at_a_third_and_not_at_two_thirds() -> None:
    healthy, bone, drawn, axis = tube((0.0, 0.0, 1.0))
    half = DrawnLesion(drawn.ct, bone, drawn.grid, drawn.weight * np.float32(0.5), drawn.outline)
    found = cortical_loss(healthy, bone, half, axis)
    assert axial_mm(found, 0.33) == pytest.approx(LENGTH_MM, abs=0.75)
    assert axial_mm(found, 0.67) == 0.0
    assert circumferential_fraction(found, 0.67) == 0.0


def test_volume_diameter_and_width_are_those_of_the_cylinder() -> None:
    healthy, bone, drawn, axis = tube((0.0, 0.0, 1.0))
    numbers = lesion_numbers(drawn)
    assert numbers["volume_ml"] == pytest.approx(np.pi * HOLE_MM**2 * LENGTH_MM / 1000, rel=0.02)
    assert numbers["longest_diameter_mm"] == pytest.approx(np.hypot(2 * HOLE_MM, LENGTH_MM), abs=0.75)
    widths = width_fractions(cortical_loss(healthy, bone, drawn, axis), drawn, axis)
    assert widths["lateral"] == pytest.approx(2 * HOLE_MM / (2 * OUTER_MM), abs=0.04)  # the hole's full width, along y
    assert widths["ap"] == pytest.approx((OUTER_MM - (ECCENTRIC_MM - HOLE_MM)) / (2 * OUTER_MM), abs=0.04)
    assert widths["any"] >= max(widths["ap"], widths["lateral"])


@pytest.mark.parametrize("direction", TILTS.values(), ids=TILTS.keys())
def test_the_shaft_axis_of_a_tube_is_its_own(direction: tuple[float, float, float]) -> None:
    _, bone, _, axis = tube(direction)
    found = shaft_axis(bone, (0.0, 0.0, 0.0), 15.0)
    assert found.direction @ axis.direction > np.cos(np.deg2rad(1.0))
    offset = found.point_mm - (found.point_mm @ axis.direction) * axis.direction
    assert np.linalg.norm(offset) < 0.3
