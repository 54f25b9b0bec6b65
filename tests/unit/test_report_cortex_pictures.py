"""Do the pictures of the cortex show the loss where it is, on the side where it is?"""

from __future__ import annotations

import io
from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest
from matplotlib import colormaps
from numpy.typing import NDArray

from buttress.records.findings import Measure
from buttress.report.cortex_pictures import montage_picture, thickness_picture, unrolled_picture
from buttress.report.montage import COLUMNS, ROWS, mosaic_of, step_mm
from buttress.report.plane import edge_letters
from buttress.report.subject import Subject, subjects
from buttress.report.thickness_scene import faces_seen, viewpoints
from buttress.report.unrolled_map import most_mm, sheet_of
from sample_phantom import CENTRE_MM, leg_grid, sample_imaging
from sample_review import sample_review
from unrolled_phantom import THICK_MM, lost_towards

DIRECTIONS = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0)}


def subject(towards: str, side: str = "left") -> Subject:
    """The made-up leg with a straight unrolled cortex, lost towards one side of the patient."""
    one = subjects(sample_review("measured"), sample_imaging(leg_grid(2.0)))[0]
    cortex = lost_towards(DIRECTIONS[towards], centre_mm=CENTRE_MM)
    return replace(one, unrolled=cortex, side=side)  # type: ignore[arg-type]


def pixels(png: bytes) -> NDArray[np.float64]:
    return np.asarray(matplotlib.image.imread(io.BytesIO(png), format="png"), dtype=float)[..., :3]


def near(image: NDArray[np.float64], colour: tuple[float, float, float], within: float = 0.12) -> NDArray[np.bool_]:
    return np.asarray(np.abs(image - np.array(colour)).max(axis=-1) < within)


@pytest.mark.parametrize("towards", DIRECTIONS)
def test_the_sheet_is_cut_open_opposite_to_the_loss_and_seen_from_outside(towards: str) -> None:
    one = subject(towards)
    assert one.unrolled is not None
    sheet = sheet_of(one.unrolled)
    lost = sheet.flat(one.unrolled.loss)
    assert abs(sheet.degrees[lost.any(axis=0)].mean()) < 2.0
    assert sheet.degrees[0] == -180
    assert sheet.degrees[-1] == 180
    # Who stands before the loss with the head up has this direction on the right hand.
    to_the_right = np.cross([0.0, 0.0, 1.0], DIRECTIONS[towards])
    assert sheet.at(one.unrolled.angle_towards(to_the_right, 50)) == pytest.approx(90.0, abs=2.0)
    assert sheet.levels_mm[0] < 0 < sheet.levels_mm[-1], "proximal comes first, so it is drawn above"


def test_the_first_view_of_the_bone_looks_at_the_loss_and_the_second_from_the_other_side() -> None:
    for towards, letters in (("L", {"left": "A", "right": "P"}), ("P", {"left": "L", "right": "R"})):
        one = subject(towards)
        assert one.unrolled is not None
        first, second = viewpoints(one.unrolled)
        assert first.normal @ np.array(DIRECTIONS[towards]) > 0.99
        assert second.normal @ first.normal == pytest.approx(-1.0)
        assert {edge: edge_letters(first)[edge] for edge in letters} == letters
        assert edge_letters(first)["top"] == edge_letters(second)["top"] == "H"
    assert faces_seen(subject("L", "left"), viewpoints(subject("L").unrolled)[0]) == "from lateral"  # type: ignore[arg-type]
    assert faces_seen(subject("L", "right"), viewpoints(subject("L").unrolled)[0]) == "from medial"  # type: ignore[arg-type]


def test_lost_cortex_is_dark_on_the_map_and_in_the_first_view_and_the_other_side_is_not() -> None:
    one = subject("A")
    assert one.unrolled is not None
    dark, whole = colormaps["viridis"](0.0)[:3], colormaps["viridis"](THICK_MM / most_mm(one.unrolled))[:3]
    flat = pixels(unrolled_picture(one, one.unrolled).png)
    assert near(flat, dark).mean() > 0.02
    assert near(flat, whole).mean() > 0.2
    round_ = pixels(thickness_picture(one, one.unrolled).png)[: int(0.8 * flat.shape[0])]
    left, right = np.array_split(round_, 2, axis=1)
    assert near(left, dark, 0.2).mean() > 0.02
    assert near(right, dark, 0.2).mean() < 0.001


def test_sections_lie_at_whole_steps_that_span_the_affected_levels() -> None:
    one = subject("A")
    assert one.unrolled is not None
    mosaic, step = mosaic_of(one), step_mm(one.unrolled)
    at = one.unrolled.arc_mm[list(mosaic.levels)]
    assert len(at) == COLUMNS * ROWS
    np.testing.assert_allclose(np.diff(at), step, atol=1e-9)
    assert at[0] <= one.unrolled.affected_mm[0] + step
    assert at[-1] >= one.unrolled.affected_mm[1] - step
    assert 0.0 in at


@pytest.mark.parametrize(("towards", "half"), [("L", "right"), ("R", "left"), ("A", "top"), ("P", "bottom")])
def test_the_lost_cortex_is_marked_on_the_side_of_its_letter(towards: str, half: str) -> None:
    one = subject(towards)
    assert one.unrolled is not None
    image = pixels(montage_picture(one, one.unrolled).png)
    size = image.shape[0] // ROWS
    number = mosaic_of(one).levels.index(50)  # the level of the lesion's centre
    row, column = divmod(number, COLUMNS)
    marked = near(image[row * size : (row + 1) * size, column * size : (column + 1) * size], (0.8, 0.475, 0.655), 0.06)
    rows, columns = np.nonzero(marked)
    assert len(rows) > 50
    place = {"right": columns, "left": size - columns, "bottom": rows, "top": size - rows}[half]
    assert place.mean() > 0.6 * size


def test_captions_say_what_was_measured_and_where_nothing_is_lost_that() -> None:
    one = subject("A")
    assert one.unrolled is not None
    axial = Measure(value=20.4, low=18.0, high=22.0, unit="mm", at_mm=tuple((CENTRE_MM - [0.0, 13.0, 0.0]).tolist()))
    found = one.findings.model_copy(update={"axial_cortical_involvement_mm": axial})
    told = unrolled_picture(replace(one, findings=found), one.unrolled)
    assert "axial involvement 20.4 mm" in told.caption
    whole = replace(one.unrolled, loss=np.zeros_like(one.unrolled.loss))
    assert "Nowhere near the lesion" in unrolled_picture(replace(one, unrolled=whole), whole).caption


def test_the_same_cortex_gives_the_same_bytes() -> None:
    one = subject("L")
    assert one.unrolled is not None
    for draw in (unrolled_picture, thickness_picture, montage_picture):
        assert draw(one, one.unrolled).png == draw(one, one.unrolled).png
