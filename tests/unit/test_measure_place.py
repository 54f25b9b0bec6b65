"""A place is named so that a reader finds it: the right way along the bone, the right slice counted from one."""

from __future__ import annotations

import pytest

from buttress.measure.place import section_name, slice_name
from buttress.numerics.grid import Grid

GRID = Grid.aligned((5, 5, 40), (1.0, 1.0, 2.0), (0.0, 0.0, 100.0))


@pytest.mark.parametrize(
    ("from_lesion_mm", "words"),
    [(7.6, "8 mm distal of the lesion's centre"), (-3.2, "3 mm proximal of the lesion's centre"), (0.3, "through the")],
)
def test_a_level_beyond_the_centre_is_distal_and_before_it_proximal(from_lesion_mm: float, words: str) -> None:
    assert words in section_name(from_lesion_mm, (2.0, 2.0, 120.0), GRID)


def test_slices_are_counted_from_one_as_viewers_do() -> None:
    assert slice_name((2.0, 2.0, 100.0), GRID) == "axial slice 1 of 40"
    assert slice_name((2.0, 2.0, 178.0), GRID) == "axial slice 40 of 40"
