"""Does the picture say which side is which? A marker at the patient's left must lie where the letter L stands."""

from __future__ import annotations

import io
from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest
from numpy.typing import NDArray

from buttress.numerics.grid import Grid
from buttress.records.image import Imaging, Volume
from buttress.report import scene
from buttress.report.figures import render_pictures
from buttress.report.frame import png_of
from buttress.report.plane import direction_letters, edge_letters, patient_plane, plane_normal_to
from buttress.report.section import draw_section
from buttress.report.subject import Subject, subjects
from buttress.report.views import lesion_views
from sample_phantom import CENTRE_MM, LESION_OFFSET_MM, leg_grid, sample_imaging
from sample_review import sample_review

DIRECTIONS = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "H": (0, 0, 1), "F": (0, 0, -1)}
CENTRE = CENTRE_MM + LESION_OFFSET_MM
AWAY_MM, BALL_MM, VOXEL_MM = 24.0, 7.0, 2.0


def rotation(degrees: float, about: tuple[float, float, float]) -> NDArray[np.float64]:
    """Rodrigues' formula."""
    x, y, z = np.array(about) / np.linalg.norm(about)
    cross, angle = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]), np.radians(degrees)
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def turned_grid(turn: NDArray[np.float64]) -> Grid:
    """The leg's grid with its axes turned about its middle."""
    affine = np.eye(4)
    affine[:3, :3] = turn * VOXEL_MM
    shape = (48, 48, 55)
    affine[:3, 3] = CENTRE - VOXEL_MM * turn @ ((np.array(shape) - 1) / 2)
    return Grid(shape, affine)


GRIDS = {
    "aligned": leg_grid(VOXEL_MM),
    "flipped in x and y": turned_grid(np.diag([-1.0, -1.0, 1.0])),
    "flipped in y and z": turned_grid(np.diag([1.0, -1.0, -1.0])),
    "sagittal first": turned_grid(np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])),
    "oblique": turned_grid(rotation(33.0, (1.0, 2.0, -1.0))),
}


def marked_subject(letter: str, grid: Grid) -> Subject:
    """The leg with nothing on its CT but a bright ball towards one side of the lesion."""
    points = grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
    ball = np.linalg.norm(points - CENTRE - AWAY_MM * np.array(DIRECTIONS[letter]), axis=-1) <= BALL_MM
    ct = Volume(grid, np.where(ball, 3000.0, -400.0).astype(np.float32))
    imaging = replace(sample_imaging(grid), ct=ct, bones={})
    return subjects(sample_review("measured"), imaging)[0]


def half_of_ball(png: bytes) -> dict[str, bool]:
    """In which halves of the picture the ball lies, from the pixels alone."""
    grey = matplotlib.image.imread(io.BytesIO(png))[..., :3]
    rows, columns = np.nonzero(smooth(grey.min(axis=-1)) > 0.95)
    row, column = rows.mean() / grey.shape[0], columns.mean() / grey.shape[1]
    return {"left": column < 0.42, "right": column > 0.58, "top": row < 0.42, "bottom": row > 0.58}


def smooth(grey: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean over blocks of 21 pixels: wipes out thin letters and lines, keeps the ball."""
    total = np.cumsum(np.cumsum(np.pad(grey.astype(float), ((1, 0), (1, 0))), axis=0), axis=1)
    n = 21
    block = (total[n:, n:] - total[:-n, n:] - total[n:, :-n] + total[:-n, :-n]) / n**2
    return np.pad(block, n // 2)


ALIGNED_ONLY = [
    ("axial", "R", "left"),
    ("axial", "P", "bottom"),
    ("coronal", "L", "right"),
    ("coronal", "F", "bottom"),
    ("sagittal", "A", "left"),
    ("sagittal", "H", "top"),
]
EVERY_GRID = [("axial", "L", "right"), ("axial", "A", "top"), ("coronal", "H", "top"), ("sagittal", "P", "right")]


@pytest.mark.parametrize(
    ("grid", "view", "letter", "edge"),
    [("aligned", *case) for case in ALIGNED_ONLY] + [(name, *case) for name in GRIDS for case in EVERY_GRID],
)
def test_a_marker_lies_in_the_half_where_its_letter_stands(view: str, letter: str, edge: str, grid: str) -> None:
    subject = marked_subject(letter, GRIDS[grid])
    shown = next(v for v in lesion_views(subject) if v.key == view)
    axes = draw_section(subject, shown)
    assert half_of_ball(png_of(axes))[edge]
    x, y = next(words.get_position() for words in axes.texts if words.get_text() == letter)
    assert {"left": x < 0, "right": x > 0, "top": y > 0, "bottom": y < 0}[edge]


@pytest.mark.parametrize("letter", ["P", "A", "L", "R", "H", "F"])
def test_the_letters_of_the_plane_along_the_probe_hold_for_the_pixels(letter: str) -> None:
    grid = GRIDS["oblique"]
    marked = marked_subject(letter, grid)
    planned = subjects(sample_review(), sample_imaging(grid))[0]
    view = next(v for v in lesion_views(planned) if v.key == "along-probe")
    letters = edge_letters(view.plane)
    edges = [edge for edge, letter_there in letters.items() if letter in letter_there]
    if not edges:
        assert abs(np.array(DIRECTIONS[letter]) @ view.plane.normal) > 0.5, (
            "only a direction across the plane is unnamed"
        )
        return
    moved = replace(marked, ct=shifted_into_plane(marked, letter, view.plane.normal))
    halves = half_of_ball(png_of(draw_section(moved, replace(view, plane=replace(view.plane, centre_mm=CENTRE)))))
    assert any(halves[edge] for edge in edges)
    assert not any(halves[opposite] for opposite in (OPPOSITE[edge] for edge in edges))


OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}


def shifted_into_plane(subject: Subject, letter: str, normal: NDArray[np.float64]) -> Volume:
    """A ball in the patient's direction, moved along the normal into the plane through the lesion's centre."""
    grid = subject.ct.grid
    points = grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
    offset = AWAY_MM * np.array(DIRECTIONS[letter], dtype=float)
    ball = np.linalg.norm(points - CENTRE - (offset - (offset @ normal) * normal), axis=-1) <= BALL_MM
    return Volume(grid, np.where(ball, 3000.0, -400.0).astype(np.float32))


def test_an_axial_picture_is_seen_from_the_feet_with_the_patients_right_on_screen_left() -> None:
    assert edge_letters(patient_plane("axial", (0, 0, 0))) == {"left": "R", "right": "L", "top": "A", "bottom": "P"}


def test_a_direction_between_two_sides_gets_both_letters_the_nearer_first() -> None:
    assert direction_letters((np.cos(np.radians(30)), np.sin(np.radians(30)), 0)) == "LP"
    assert direction_letters((np.cos(np.radians(60)), np.sin(np.radians(60)), 0)) == "PL"
    assert direction_letters((np.cos(np.radians(20)), np.sin(np.radians(20)), 0)) == "L"
    assert direction_letters((0, -1, 0)) == "A"


@pytest.mark.parametrize("normal", [(0.1, 0.2, 0.97), (0.1, -0.9, 0.3), (-0.9, 0.2, 0.1), (0.6, 0.6, -0.5)])
def test_an_oblique_plane_is_right_handed_and_looks_like_the_nearest_patient_plane(
    normal: tuple[float, float, float],
) -> None:
    plane = plane_normal_to(normal, (0, 0, 0))
    np.testing.assert_allclose(abs(plane.normal @ np.array(normal)), np.linalg.norm(normal))
    products = [plane.right @ plane.up, np.linalg.norm(plane.right), np.linalg.norm(plane.up)]
    np.testing.assert_allclose(products, [0, 1, 1], atol=1e-12)


def test_pictures_of_one_review_have_the_same_bytes_twice_and_name_every_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "SUPERSAMPLE", 1)  # a quarter of the rays: this is about sameness, not beauty
    review, imaging = sample_review(), sample_imaging()
    first, second = render_pictures(review, imaging), render_pictures(review, imaging)
    assert [p.png for p in first] == [p.png for p in second]
    assert [p.key.removeprefix("tibia-") for p in first] == [
        "axial", "across-bone", "coronal", "sagittal", "along-probe", "scene", "rigidity",
    ]  # fmt: skip
    assert all(p.alt and p.caption and p.png.startswith(b"\x89PNG") for p in first)
    assert not any(b"matplotlib" in p.png.lower() for p in first)


def test_no_images_give_no_pictures_and_no_bone_still_gives_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "SUPERSAMPLE", 1)
    review, imaging = sample_review("measured"), sample_imaging()
    assert render_pictures(review, None) == ()
    assert render_pictures(review, Imaging(ct=imaging.ct)) == ()
    bare = render_pictures(review, Imaging(ct=imaging.ct, lesions=imaging.lesions))
    assert "tibia-axial" in [p.key for p in bare]
