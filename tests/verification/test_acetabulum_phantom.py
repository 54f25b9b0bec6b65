"""Is the destroyed share of each part of a drawn socket found, alike on both sides, and is a flipped image caught?"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from buttress.measure.acetabulum import measure_acetabulum
from buttress.measure.head_sphere import fit_head_sphere
from buttress.records.acetabulum import PARTS, AcetabulumFindings
from buttress.records.case import Lesion
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume
from socket_phantom import Hip, draw_hip

SPACING = (1.2, 1.2, 2.0)
PLACES = {"medial": (32.0, 0.0, 0.0), "roof": (2.0, 0.0, 38.0)}
"""Middle of the lesion: towards the middle of the body, y, z; mm from the head's middle."""
REACH = {"medial": 20.0, "roof": 22.0}


@lru_cache(maxsize=4)
def healthy(side: str) -> Volume:
    return draw_hip(Hip(side=side), SPACING, 15.0, seed=2)


@lru_cache(maxsize=4)
def measured(side: str, place: str) -> AcetabulumFindings:
    ct, hip = healthy(side), Hip(side=side)
    m, y, z = PLACES[place]
    points = ct.grid.to_mm(np.moveaxis(np.indices(ct.grid.shape), 0, -1))
    apart = np.linalg.norm(points - np.array([m * hip.medial, y, z]), axis=-1)
    sick = (apart < REACH[place]) & (np.linalg.norm(points, axis=-1) > hip.radius_mm + 3.0)
    ct = Volume(ct.grid, np.where(sick & (ct.values > 150), 50.0, ct.values).astype(np.float32))
    found = measure_acetabulum(ct, Lesion(id="a", bone="acetabulum", side=side), Mask(ct.grid, sick))
    assert isinstance(found, AcetabulumFindings)
    return found


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_hole_in_the_medial_wall_destroys_that_part_and_no_other(side: str) -> None:
    found = measured(side, "medial")
    assert found.destroyed("medial_wall") is True
    assert found.destroyed("roof") is False
    assert found.destroyed("lateral_rim") is False
    assert found.groups() == ("II",)


def test_a_hole_in_the_roof_fits_no_group_and_leaves_the_medial_wall() -> None:
    found = measured("left", "roof")
    assert found.destroyed("roof") is True
    assert found.destroyed("medial_wall") is False
    assert "II" not in found.groups()
    assert "III" not in found.groups()


@pytest.mark.parametrize("place", ["medial", "roof"])
def test_mirrored_hips_have_mirrored_measures(place: str) -> None:
    left, right = measured("left", place), measured("right", place)
    for part in (*PARTS, "anterior_column", "posterior_column"):
        assert getattr(left, part).value == pytest.approx(getattr(right, part).value, abs=0.05)
    assert left.head_centre_mm[0] == pytest.approx(-right.head_centre_mm[0], abs=0.6)


def flipped(axis: int) -> AcetabulumFindings | str:
    ct = healthy("left")
    spot = np.zeros(ct.grid.shape, dtype=bool)
    i, j, k = np.round(ct.grid.to_index((0.0, 0.0, 20.0))).astype(int)
    spot[i - 1 : i + 2, j - 1 : j + 2, k - 1 : k + 2] = True
    turned = Volume(ct.grid, np.ascontiguousarray(np.flip(ct.values, axis=axis)))
    return measure_acetabulum(turned, Lesion(id="a", bone="acetabulum", side="left"), Mask(ct.grid, spot))


def test_an_image_flipped_from_side_to_side_is_refused() -> None:
    with pytest.raises(ButtressError, match="right hip"):
        flipped(0)


def test_an_image_turned_upside_down_is_not_measured_and_says_so() -> None:
    told = flipped(2)
    assert isinstance(told, str)
    assert "up and down could not be told" in told


def test_a_round_cavity_is_not_taken_for_the_head() -> None:
    ct = draw_hip(Hip(), SPACING, 15.0, seed=2)
    points = ct.grid.to_mm(np.moveaxis(np.indices(ct.grid.shape), 0, -1))
    apart = np.linalg.norm(points - np.array([-4.0, 0.0, 46.0]), axis=-1)
    shell, cavity = (apart < 20.5) & (apart > 18.0), apart < 18.0
    outside = np.linalg.norm(points, axis=-1) > 27.0
    values = np.where(shell & outside, 800.0, np.where(cavity & outside, 50.0, ct.values)).astype(np.float32)
    head = fit_head_sphere(Volume(ct.grid, values), (-4.0, 0.0, 46.0), lesion=Mask(ct.grid, cavity & outside))
    assert head is not None
    assert np.linalg.norm(head.centre_mm) <= 2.0
