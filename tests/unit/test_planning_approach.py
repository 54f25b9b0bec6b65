"""Does the search for a straight path find the side that is known to be best, and refuse what it must?"""

from __future__ import annotations

import numpy as np
import pytest

from buttress.numerics.grid import Points
from buttress.planning.approach import ProposedPath, parallel_offsets, propose_path
from buttress.planning.rays import fibonacci_directions
from buttress.planning.surroundings import look_around
from buttress.records.findings import SeenLesion
from buttress.records.image import Mask, Volume
from lesion_phantom import ball, mask_of, tube
from limb_phantom import limb, slab

TARGET = (15.0, 0.0, 0.0)


def search(seen: SeenLesion, ct: Volume, structures: dict[str, Mask] | None = None, **options: float) -> ProposedPath:
    return propose_path(seen, ct, structures or {}, TARGET, min_clearance_mm=10.0, **options)  # type: ignore[arg-type]


def side_of(path: ProposedPath) -> np.ndarray:
    """Unit vector from the target to the skin."""
    assert path.axis is not None
    return -np.array(path.axis)


def test_the_shortest_way_through_soft_tissue_is_taken_when_nothing_is_in_the_way() -> None:
    path = search(*limb())
    assert side_of(path) @ (1, 0, 0) > np.cos(np.deg2rad(10))
    assert path.placements[0].depth_mm == pytest.approx(50.0 - 15.0, abs=1.5)
    assert path.placements[0].angle_to_axis_deg == pytest.approx(90.0, abs=10.0)


def test_the_entry_lies_on_the_skin_and_the_axis_points_from_entry_to_tip() -> None:
    path = search(*limb())
    entry, tip = (np.array(p) for p in (path.placements[0].entry_mm, path.placements[0].tip_mm))
    assert np.hypot(entry[0], entry[1]) == pytest.approx(50.0, abs=1.2)
    np.testing.assert_allclose(tip, TARGET)
    np.testing.assert_allclose((tip - entry) / np.linalg.norm(tip - entry), path.axis, atol=1e-9)


@pytest.mark.parametrize(("hu", "word"), [(900.0, "another bone"), (-850.0, "gas")])
def test_a_bone_or_gas_on_the_short_side_turns_the_path_away_from_it(hu: float, word: str) -> None:
    seen, ct = limb(extra=((slab(0, 32.0, 40.0, 20.0), hu),))
    path = search(seen, ct)
    entry = np.array(path.placements[0].entry_mm)
    points = np.array(TARGET) + np.linspace(0, 1, 400)[:, None] * (entry - TARGET)
    plate = (points[:, 0] >= 31.0) & (points[:, 0] <= 41.0) & (np.abs(points[:, 1]) <= 19.0)
    assert not plate.any(), word
    assert side_of(path) @ (1, 0, 0) < np.cos(np.deg2rad(40))


def test_a_nerve_beside_the_short_path_is_kept_ten_millimetres_away() -> None:
    seen, ct = limb()
    nerve = mask_of(ct.grid, ball((38.0, 3.0, 0.0), 3.0))
    path = search(seen, ct, {"nerve": nerve})
    assert dict(path.placements[0].clearances)["nerve"] >= 10.0
    assert path.reason == "least cost of the free straight paths"


def test_where_no_path_keeps_the_distance_the_widest_is_taken_and_said() -> None:
    seen, ct = limb()
    joint = mask_of(ct.grid, ball((15.0, 0.0, 14.0), 5.0))
    path = search(seen, ct, {"joint": joint})
    assert path.axis is not None
    assert "no free path keeps 10 mm" in path.reason
    assert 2.0 <= dict(path.placements[0].clearances)["joint"] < 10.0
    assert side_of(path)[2] <= 0.0 + 0.2


def test_a_target_enclosed_by_bone_has_no_path_and_the_reason_names_bone() -> None:
    def shell(points: Points) -> np.ndarray:
        return np.asarray((np.linalg.norm(points - np.array(TARGET), axis=-1) >= 18.0) & tube((0, 0, 1), 46.0)(points))

    seen, ct = limb(extra=((shell, 900.0),))
    path = search(seen, ct)
    assert path.placements == ()
    assert path.axis is None
    assert "another bone" in path.reason


def test_a_skin_outside_the_image_is_no_way_in() -> None:
    whole_seen, whole = limb()
    start, stop = (0, 0, 0), (np.array(whole.grid.shape) - [20, 0, 0]).tolist()
    grid = whole.grid.crop(start, stop)
    cut = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    seen = SeenLesion(
        whole_seen.findings,
        Mask(grid, whole_seen.bone.inside[cut]),
        Mask(grid, whole_seen.lesion.inside[cut]),
        whole_seen.affected_mm,
    )
    path = search(seen, Volume(grid, whole.values[cut]))
    entry = np.array(path.placements[0].entry_mm)
    assert entry[0] < 31.0, "the image ends at x = 31 mm, inside the limb"
    assert np.hypot(entry[0], entry[1]) == pytest.approx(50.0, abs=1.2)


def test_lung_cut_by_the_edge_of_the_image_is_gas_and_no_way_in() -> None:
    whole_seen, whole = limb(extra=((tube((0, 0, 1), 12.0, centre_mm=(-30.0, 0.0, 0.0)), -850.0),))
    start, stop = (20, 0, 0), whole.grid.shape
    grid = whole.grid.crop(start, stop)
    cut = (slice(20, None), slice(None), slice(None))
    seen = SeenLesion(
        whole_seen.findings, Mask(grid, whole_seen.bone.inside[cut]), Mask(grid, whole_seen.lesion.inside[cut]), None
    )
    world = look_around(seen, Volume(grid, whole.values[cut]), TARGET)
    lung = tuple(np.rint(world.grid.to_index((-24.0, 0.0, 0.0))).astype(int))
    room = tuple(np.rint(world.grid.to_index((60.0, 0.0, 0.0))).astype(int))
    assert world.gas[lung]
    assert not world.outside[lung]
    assert world.outside[room]
    assert not world.gas[room]


def test_another_limb_above_the_skin_is_not_needled_through() -> None:
    seen, ct = limb(extra=((lambda p: np.hypot(p[..., 0] - 95.0, p[..., 1]) <= 38.0, 40.0),), half_mm=(140, 70, 50))
    path = search(seen, ct)
    beyond = np.array(TARGET) + 80.0 * side_of(path)
    assert np.hypot(beyond[0] - 95.0, beyond[1]) > 38.0


def test_the_same_question_gets_the_same_answer() -> None:
    assert search(*limb()) == search(*limb())


@pytest.mark.parametrize("probes", [2, 3, 4])
def test_parallel_probes_are_laid_at_their_spacing_evenly_about_the_target(probes: int) -> None:
    path = search(*limb(lesion_mm=9.0), probes=probes, spacing_mm=12.0)
    tips = np.array([p.tip_mm for p in path.placements])
    apart = np.linalg.norm(tips - np.roll(tips, 1, axis=0), axis=1)
    np.testing.assert_allclose(apart, 12.0, atol=1e-9)
    np.testing.assert_allclose(tips.mean(axis=0), TARGET, atol=1e-9)
    np.testing.assert_allclose((tips - np.array(TARGET)) @ np.array(path.axis), 0.0, atol=1e-9)
    ways = np.array([np.subtract(p.tip_mm, p.entry_mm) for p in path.placements])
    np.testing.assert_allclose(np.cross(ways, np.array(path.axis)), 0.0, atol=1e-6)


def test_more_probes_than_a_published_layout_are_refused() -> None:
    with pytest.raises(ValueError, match="one to four"):
        parallel_offsets(np.eye(3), np.array([0.0, 0.0, 1.0]), 5, 10.0)


def test_directions_are_even_and_of_unit_length() -> None:
    directions = fibonacci_directions(600)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0)
    cosines = directions @ directions.T
    np.fill_diagonal(cosines, -1.0)
    nearest = np.rad2deg(np.arccos(cosines.max(axis=1)))
    assert nearest.min() > 5.0
    assert nearest.max() < 11.0
