"""The unrolled cortex as a record: what it must hold, where the bone's faces lie, and what its file keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from buttress.exchange.unrolled import NAMES, read_unrolled, unrolled_to_bytes
from buttress.measure.bone import restore_shaft
from buttress.measure.bone_axis import follow_axis
from buttress.measure.cortex import unroll_cortex
from buttress.measure.describe_cortex import describe_cortex
from buttress.phantom import Notch, PhantomSpec, build_phantom
from buttress.records.document import ButtressError
from buttress.report.faces import faces_of, place_on
from unrolled_phantom import RADIUS_MM, lost_towards

LEFT, POSTERIOR, HEAD = np.eye(3)


def test_loss_counts_near_the_lesion_and_on_its_levels_only() -> None:
    cortex = lost_towards(LEFT, half_mm=10.0)
    assert cortex.counted.sum() == cortex.loss.sum() > 0
    assert not replace(cortex, near=np.zeros_like(cortex.near)).counted.any()
    narrow = replace(cortex, affected_mm=(-2.0, 2.0)).counted
    assert set(cortex.arc_mm[narrow.any(axis=1)]) == {-2.0, -1.0, 0.0, 1.0, 2.0}


@pytest.mark.parametrize("name", ["loss", "near", "radius_mm", "points_mm", "u"])
def test_maps_and_axis_must_fit_each_other(name: str) -> None:
    cortex = lost_towards(LEFT)
    with pytest.raises(ValueError, match=r"must be|needs"):
        replace(cortex, **{name: getattr(cortex, name)[1:]})


def test_a_point_of_the_surface_has_the_level_and_the_angle_that_it_was_made_from() -> None:
    cortex = lost_towards(LEFT, distal=(0.3, 0.2, -0.9), centre_mm=(40.0, -20.0, 300.0))
    level, column = 30, 17
    arc, angle = place_on(cortex, cortex.surface_mm(level)[column])
    assert float(arc) == pytest.approx(cortex.arc_mm[level], abs=1e-6)
    assert float(angle) == pytest.approx(cortex.angles_rad[column], abs=1e-6)
    away = cortex.surface_mm(level)[column] - cortex.points_mm[level]
    assert np.linalg.norm(away) == pytest.approx(RADIUS_MM)


@pytest.mark.parametrize(
    ("side", "medial"), [("left", -LEFT), ("right", LEFT)], ids=["left bone", "right bone"]
)  # fmt: skip
def test_medial_looks_at_the_patients_middle_and_anterior_away_from_the_table(side: str, medial: np.ndarray) -> None:
    cortex = lost_towards(LEFT, distal=(0.1, 0.05, -1.0))
    faces = dict(faces_of(cortex, 50, side))  # type: ignore[arg-type]
    assert set(faces) == {"medial", "lateral", "anterior", "posterior"}
    for word, direction in (("medial", medial), ("lateral", -medial), ("anterior", -POSTERIOR)):
        outward = np.cos(faces[word]) * cortex.u[50] + np.sin(faces[word]) * cortex.v[50]
        assert outward @ direction > 0.98


def test_a_bone_that_lies_from_front_to_back_has_an_upper_and_a_lower_face() -> None:
    cortex = lost_towards(HEAD, distal=-POSTERIOR)
    faces = dict(faces_of(cortex, 50, "midline"))
    assert set(faces) == {"left", "right", "superior", "inferior"}
    outward = np.cos(faces["superior"]) * cortex.u[50] + np.sin(faces["superior"]) * cortex.v[50]
    assert outward @ HEAD == pytest.approx(1.0)


def test_the_file_gives_every_array_back_and_has_the_same_bytes_twice(tmp_path: Path) -> None:
    cortex = lost_towards(LEFT, distal=(0.3, 0.2, -0.9))
    loss = cortex.loss.copy()
    loss[3, 4] = np.nan
    cortex = replace(cortex, loss=loss)
    content = unrolled_to_bytes(cortex)
    assert content == unrolled_to_bytes(cortex)
    (tmp_path / "a.npz").write_bytes(content)
    again = read_unrolled(tmp_path / "a.npz")
    for name in NAMES:
        np.testing.assert_array_equal(getattr(again, name), getattr(cortex, name))


def test_a_damaged_or_foreign_file_is_refused_in_words(tmp_path: Path) -> None:
    content = unrolled_to_bytes(lost_towards(LEFT))
    for number, bad in enumerate((b"", b"not a zip", content[: len(content) // 2], content[:200] + content[260:])):
        path = tmp_path / f"{number}.npz"
        path.write_bytes(bad)
        with pytest.raises(ButtressError, match="cannot be read"):
            read_unrolled(path)
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ButtressError, match="cannot be read"):
        read_unrolled(tmp_path / "other.npz")


def test_the_map_of_a_notched_tube_is_thin_in_the_notch_and_as_thick_as_the_tube_beside_it() -> None:
    tube = PhantomSpec(tilt_deg=20.0, half_mm=(32.0, 30.0, 45.0), noise_hu=10.0)
    built = build_phantom(tube, Notch(20.0, 100.0))
    ct, notch = built.ct, built.lesion
    assert notch is not None
    points = notch.points_mm()
    bone = follow_axis(ct, points.mean(axis=0), points)
    assert bone is not None
    shaft = restore_shaft(bone, (-13.0, 13.0), notch)
    assert shaft is not None
    cortex = describe_cortex(unroll_cortex(ct, shaft, notch, 45.0), shaft)
    middle = cortex.level_of(0.0)
    towards = cortex.angle_towards(tube.directions[0], middle)  # the notch is cut at the tube's angle 0
    column = int(np.argmin(np.abs(np.angle(np.exp(1j * (cortex.angles_rad - towards))))))
    assert cortex.remaining_mm[middle, column] < 0.3
    opposite = (column + len(cortex.angles_rad) // 2) % len(cortex.angles_rad)
    assert cortex.remaining_mm[middle, opposite] == pytest.approx(tube.cortex_mm, abs=0.5)
    assert cortex.radius_mm[middle, opposite] == pytest.approx(tube.outer_mm, abs=0.6)
    assert np.cross(cortex.u, cortex.v)[middle] @ tube.directions[2] > 0.99, "levels must run from proximal to distal"
