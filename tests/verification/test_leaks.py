"""Open cortex as a leak site: its area against closed forms, and what is not one."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.numerics.grid import Grid, Points
from buttress.records.findings import Clearance, Measure
from buttress.reinforce.cement import estimate_cement_fill
from buttress.reinforce.leaks import leak_sites
from lesion_phantom import Shape, ball, mask_of, seen_lesion, shaft_ct, tube

OUTER, INNER = 14.0, 9.0


def sector(gap_deg: float, half_mm: float, *, from_mm: float = 0.0) -> Shape:
    """A part of the shaft: an angle about its axis towards +x, beyond a radius."""

    def inside(points: Points) -> np.ndarray:
        x, y, z = np.moveaxis(points, -1, 0)
        near = (np.abs(np.arctan2(y, x)) <= np.deg2rad(gap_deg) / 2) & (np.abs(z) <= half_mm)
        return np.asarray(near & (np.hypot(x, y) >= from_mm))

    return inside


def shaft(hole: Shape, spacing: float = 1.0):
    count = int(40 / spacing) + 1
    grid = Grid.aligned((count, count, count), spacing, (-spacing * (count - 1) / 2,) * 3)
    wall, bone = tube((0, 0, 1), OUTER, INNER), tube((0, 0, 1), OUTER)
    lesion = mask_of(grid, lambda p: hole(p) & bone(p))
    return seen_lesion(mask_of(grid, bone), lesion), shaft_ct(grid, wall, lesion=hole)


@pytest.mark.parametrize(("gap_deg", "half_mm"), [(90.0, 10.0), (140.0, 6.0)])
@pytest.mark.parametrize("spacing", [1.0, 0.8])
def test_the_area_of_a_breach_is_that_of_the_wall_that_is_gone(gap_deg, half_mm, spacing):
    seen, ct = shaft(sector(gap_deg, half_mm), spacing)
    [site] = leak_sites(seen, ct)
    truth = np.deg2rad(gap_deg) * OUTER * 2 * half_mm
    assert site.kind == "open cortex"
    assert site.area_mm2 is not None
    assert site.area_mm2.value == pytest.approx(truth, rel=0.15)
    assert site.area_mm2.low < truth < site.area_mm2.high
    assert site.at_mm is not None
    assert site.at_mm[0] > 0.8 * OUTER
    assert site.towards is not None
    assert site.towards[0] > 0.85
    assert np.hypot(site.at_mm[1], site.at_mm[2]) < 3.0


def test_a_cavity_behind_a_wall_of_three_millimetres_has_no_way_out():
    seen, ct = shaft(lambda p: ball((4.0, 0, 0), 6.9)(p) & (np.hypot(p[..., 0], p[..., 1]) < 11.0))
    assert leak_sites(seen, ct) == ()


def test_two_breaches_are_two_sites_the_larger_first():
    def both(points: Points) -> np.ndarray:
        flipped = points * (-1.0, 1.0, 1.0)
        return sector(90.0, 8.0)(points) | sector(50.0, 5.0)(flipped) | ball((0, 0, 0), 8.0)(points)

    seen, ct = shaft(both)
    first, second = leak_sites(seen, ct)
    assert first.at_mm[0] > 0 > second.at_mm[0]
    assert first.area_mm2.value > second.area_mm2.value


def test_a_joint_that_is_near_is_told_and_one_that_is_far_is_not():
    seen, ct = shaft(lambda p: ball((0, 0, 0), 6.0)(p))
    near, far = (
        Clearance(name=name, kind="joint", distance_mm=Measure(value=mm, unit="mm"))
        for name, mm in (("knee joint", 3.0), ("hip joint", 30.0))
    )
    beside = seen_lesion(seen.bone, seen.lesion, nearby=(near, far))
    [site] = leak_sites(beside, ct)
    assert (site.kind, site.what) == ("near", "knee joint")


def test_without_a_ct_nothing_is_said_of_leaks():
    seen, ct = shaft(sector(90.0, 8.0))
    assert estimate_cement_fill(seen).leak_sites is None
    assert estimate_cement_fill(seen, ct=ct).leak_sites
