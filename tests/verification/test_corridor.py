"""Corridors for screws in drawn bones whose straight ways are known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from buttress.library.load_implants import load_implants
from buttress.numerics.grid import Grid, Points
from buttress.records.corridor import Corridor, ScrewPath
from buttress.records.image import Mask, Volume
from buttress.records.implant import Implant
from buttress.reinforce.corridor import find_corridors, hemisphere
from buttress.reinforce.way_in import in_the_way
from lesion_phantom import Shape, ball, mask_of

GRID = Grid.aligned((61, 61, 131), 1.0, (-30, -30, -65))
AXIS = np.array([0.3, 0.2, 0.9]) / np.linalg.norm([0.3, 0.2, 0.9])
HALF_MM, LESION_MM = 48.0, 6.0


def screws() -> list[Implant]:
    return [load_implants()[key] for key in ("cannulated_4_5_full", "cannulated_7_0_full")]


def rod(radius_mm: float) -> Shape:
    """A round bone of 96 mm along ``AXIS`` with flat ends."""

    def inside(points: Points) -> np.ndarray:
        along = points @ AXIS
        off = np.linalg.norm(points - along[..., None] * AXIS, axis=-1)
        return np.asarray((off <= radius_mm) & (np.abs(along) <= HALF_MM))

    return inside


def searched(bone: Shape, lesion: Shape, grid: Grid = GRID) -> tuple[tuple[Corridor, ...], str]:
    whole = mask_of(grid, bone)
    return find_corridors(whole, Mask(grid, whole.inside & mask_of(grid, lesion).inside), screws())


@cache
def in_the_rod(radius_mm: float) -> tuple[tuple[Corridor, ...], str]:
    return searched(rod(radius_mm), ball((0.0, 0.0, 0.0), LESION_MM))


def along(path: ScrewPath) -> np.ndarray:
    found = np.array(path.tip_mm) - np.array(path.entry_mm)
    return np.asarray(found / np.linalg.norm(found))


def test_along_a_straight_bone_the_screw_takes_its_middle_and_all_the_length_there_is() -> None:
    best, *_ = in_the_rod(10.0)[0]
    assert abs(along(best.screw) @ AXIS) > np.cos(np.deg2rad(2.0))
    # 96 mm less 3.5 mm of radius and 1 mm of margin before the far end leave 91.5; the shelf goes in steps of 5 mm.
    assert (best.implant, best.screw.length_mm) == ("cannulated_7_0_full", 90.0)
    assert float(np.dot(best.screw.entry_mm, AXIS)) == pytest.approx(
        -np.sign(np.dot(best.screw.tip_mm, AXIS)) * HALF_MM, abs=1.0
    )
    assert best.screw.entry_anchorage_mm == pytest.approx(HALF_MM - LESION_MM, abs=1.5)
    assert best.screw.tip_anchorage_mm == pytest.approx(90.0 - HALF_MM - LESION_MM, abs=1.5)
    # The walls of a slanting bone are stairs of 1 mm: the clearance is never told larger, and up to two steps smaller.
    assert 10.0 - 3.5 - 2.0 <= best.screw.clearance_mm <= 10.0 - 3.5


def test_two_screws_lie_parallel_as_far_apart_as_the_shelf_wants_and_as_wide_as_there_is_room() -> None:
    # Two of 7.0 mm and 3 mm between, with 1 mm about them, need a round bone of 19 mm across; two of 4.5 mm, 14 mm.
    pair = in_the_rod(14.0)[0][0].pair
    assert pair is not None
    assert pair.implant == "cannulated_7_0_full"
    a, b = pair.screws
    assert along(a) @ along(b) == pytest.approx(1.0, abs=1e-9)
    apart = np.array(a.entry_mm) - np.array(b.tip_mm)
    assert np.linalg.norm(apart - (apart @ along(a)) * along(a)) == pytest.approx(pair.spacing_mm, abs=1e-6)
    assert pair.spacing_mm >= 7.0 + 3.0 - 1e-9
    narrow = in_the_rod(6.0)[0][0]
    assert narrow.pair is None
    assert "side by side" in narrow.pair_note


def test_a_bone_too_thin_for_any_screw_is_told_with_the_widest_that_would_fit() -> None:
    def post(points: Points) -> np.ndarray:
        return np.asarray((np.hypot(points[..., 0], points[..., 1]) <= 3.2) & (np.abs(points[..., 2]) <= HALF_MM))

    found, note = searched(post, ball((0.0, 0.0, 0.0), LESION_MM))
    assert found == ()
    # 6.4 mm across less 1 mm on either side leave 4.4 mm, no room for 4.5; stairs of 1 mm take some on both sides.
    widest = float(note.rsplit("is about ", 1)[1].split(" mm")[0])
    assert 4.4 - 2.5 <= widest <= 4.4


def test_in_a_bent_bone_the_screw_is_a_chord() -> None:
    bend_mm, thick_mm = 60.0, 9.0
    middle = np.array([bend_mm, 0.0, 0.0])

    def arch(points: Points) -> np.ndarray:
        off = points - middle
        around = np.hypot(off[..., 0], off[..., 2])
        return np.asarray((np.hypot(around - bend_mm, off[..., 1]) <= thick_mm) & (off[..., 0] < 0.0))

    grid = Grid.aligned((75, 25, 125), 1.0, (-12, -12, -62))
    found, _ = searched(arch, ball((0.0, 0.0, 0.0), 5.0), grid)
    best = found[0]
    # A chord of 4.5 mm with its margin stays within 9 - 3.25 mm of the middle line: it is 2 * sqrt(R² - r²) long.
    longest = 2 * np.sqrt((bend_mm + thick_mm) ** 2 - (bend_mm - thick_mm + 3.25) ** 2)
    assert 30.0 <= best.screw.length_mm <= longest
    assert abs(along(best.screw)[2]) > 0.8
    assert_inside(best, arch)


def assert_inside(corridor: Corridor, bone: Shape) -> None:
    """The thread's surface lies in the bone beyond the entry, with the clearance told where it is told."""
    pair = corridor.pair
    both = [(corridor.diameter_mm, corridor.screw)]
    both += [(pair.diameter_mm, one) for one in pair.screws] if pair else []
    for diameter, path in both:
        middle = np.linspace(path.entry_mm, path.tip_mm, 200)
        from_entry = np.linspace(0.0, path.length_mm, 200)
        u = np.cross(along(path), [1.0, 0.3, 0.2])
        u /= np.linalg.norm(u)
        turn = np.linspace(0.0, 2 * np.pi, 24)[:, None, None]
        ring = np.cos(turn) * u + np.sin(turn) * np.cross(along(path), u)
        # A slanting entry ends at 20 degrees: radius and margin over its sine.
        beyond = from_entry >= (diameter / 2 + 1.0) / np.sin(np.deg2rad(20.0)) + 1.0
        assert bone(middle[beyond] + diameter / 2 * ring).all()
        assert bone(middle[beyond] + (diameter / 2 + 1.0 - 0.5) * ring).all()  # the margin, less half a voxel
        lesion = from_entry >= path.entry_anchorage_mm
        lesion &= from_entry <= path.length_mm - path.tip_anchorage_mm
        assert bone(middle[lesion] + (diameter / 2 + path.clearance_mm - 0.5) * ring).all()


@pytest.mark.parametrize("radius_mm", [6.0, 10.0, 14.0])
def test_the_surface_of_every_screw_lies_in_the_bone_with_the_clearance_that_is_told(radius_mm: float) -> None:
    for corridor in in_the_rod(radius_mm)[0]:
        assert_inside(corridor, rod(radius_mm))


def test_the_mirrored_bone_has_the_mirrored_corridor() -> None:
    def tapered(points: Points) -> np.ndarray:
        along = points @ AXIS
        off = np.linalg.norm(points - along[..., None] * AXIS - np.array([0.0, 1.0, 0.0]), axis=-1)
        return np.asarray((off <= 9.0 - along / 16.0) & (np.abs(along) <= HALF_MM))

    def mirrored(shape: Shape) -> Shape:
        return lambda points: shape(points * np.array([-1.0, 1.0, 1.0]))

    lesion = ball((2.0, 1.0, 5.0), 6.0)
    one, other = searched(tapered, lesion)[0][0], searched(mirrored(tapered), mirrored(lesion))[0][0]
    assert other.screw.length_mm == one.screw.length_mm
    for found, expected in ((other.screw.entry_mm, one.screw.entry_mm), (other.screw.tip_mm, one.screw.tip_mm)):
        assert np.array(found) == pytest.approx(np.array(expected) * np.array([-1.0, 1.0, 1.0]), abs=0.3)


def test_a_bone_that_the_image_cuts_has_no_entry_at_the_cut_and_none_behind_another_bone() -> None:
    grid = Grid.aligned((31, 31, 61), 1.0, (-15, -15, -10))

    def post(points: Points) -> np.ndarray:
        return np.asarray((np.hypot(points[..., 0], points[..., 1]) <= 7.0) & (points[..., 2] >= -6.0))

    whole = mask_of(grid, post)
    lesion = Mask(grid, whole.inside & mask_of(grid, ball((0.0, 0.0, 15.0), 5.0)).inside)
    best = find_corridors(whole, lesion, screws())[0][0]
    assert best.screw.entry_mm[2] == pytest.approx(-6.0, abs=1.0)
    assert best.screw.tip_mm[2] > 25.0
    below = mask_of(grid, lambda points: points[..., 2] <= -8.0)
    found, _ = find_corridors(whole, lesion, screws(), below)
    assert all(abs(one.screw.entry_mm[2] + 6.0) > 1.0 for one in found)


def test_the_rest_of_a_bone_behind_the_end_of_its_outline_is_in_the_way() -> None:
    radius = np.hypot(*np.moveaxis(GRID.to_mm(np.moveaxis(np.indices(GRID.shape), 0, -1)), -1, 0)[:2])
    shaft = Volume(GRID, np.where((radius <= 12.0) & (radius >= 8.0), 1200.0, 0.0).astype(np.float32))
    outlined = mask_of(
        GRID, lambda points: (np.hypot(points[..., 0], points[..., 1]) <= 12.0) & (np.abs(points[..., 2]) <= 30.0)
    )
    lesion = mask_of(GRID, ball((0.0, 0.0, 0.0), LESION_MM))
    rest = in_the_way(shaft, outlined, lesion)
    assert rest.holds([[0.0, 0.0, 50.0], [0.0, 0.0, -50.0], [10.0, 0.0, 50.0]]).all()
    assert not rest.holds([[0.0, 0.0, 0.0], [20.0, 0.0, 0.0], [20.0, 0.0, 50.0]]).any()
    for one in find_corridors(outlined, lesion, screws(), rest)[0]:
        x, y, z = one.screw.entry_mm
        # At the end of the outline only the outermost 2 mm are open: a voxel of what is in the way.
        assert abs(z) < 29.0 or np.hypot(x, y) >= 12.0 - 2.0


def test_directions_cover_the_hemisphere_and_are_their_own_mirror() -> None:
    found = hemisphere(600)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0)
    wanted = np.random.default_rng(3).normal(size=(500, 3))
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    nearest = np.rad2deg(np.arccos(np.minimum(np.abs(wanted @ found.T), 1.0))).min(axis=1)
    assert nearest.max() < 6.5
    assert {tuple(one) for one in (found * [-1.0, 1.0, 1.0]).round(9).tolist()} == {
        tuple(one) for one in found.round(9).tolist()
    }
