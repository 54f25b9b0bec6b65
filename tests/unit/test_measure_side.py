"""Left and right as the anatomy tells it; a contradiction with the case stops everything."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.measure.side import observe_side
from buttress.numerics.grid import Grid
from buttress.phantom import PhantomSpec, build_phantom
from buttress.records.case import Lesion, Side
from buttress.records.device import Bone
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

SIDES: tuple[Side, Side] = ("left", "right")
SIGNS: dict[Side, float] = {"left": 1.0, "right": -1.0}


def bone(key: str, sided: bool = True) -> Bone:
    return Bone(key=key, title=key, sided=sided, long_bone=True, limb="lower", weight_bearing=True)


def lesion(key: str, side: Side | None = None) -> Lesion:
    return Lesion(id="a", bone=key, side=side)


def leg(side: Side, tilt_deg: float = 0.0, azimuth_deg: float = 0.0) -> tuple[Volume, Mask]:
    """One lower leg alone, with its fibula behind and lateral of the tibia; the tibia's mask."""
    half, tilt = (45.0, 45.0, 40.0), {"tilt_deg": tilt_deg, "azimuth_deg": azimuth_deg}
    built = build_phantom(PhantomSpec(side=side, fibula=True, spacing_mm=(2.0, 2.0, 2.0), half_mm=half, **tilt))
    return built.ct, built.bone


def pair(side: Side) -> tuple[Volume, Mask]:
    """A trunk with a femur on each side, whole in the field, 2 mm voxels; the mask of the femur on ``side``."""
    grid = PhantomSpec(spacing_mm=(2.0, 2.0, 2.0), half_mm=(180.0, 110.0, 30.0)).grid
    points = grid.to_mm(np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), axis=-1))
    hu = np.where(np.hypot(points[..., 0], points[..., 1] * 1.5) < 150.0, 45.0, -1000.0)
    femurs = {at: np.hypot(points[..., 0] - 80.0 * sign, points[..., 1]) < 14.0 for at, sign in SIGNS.items()}
    for femur in femurs.values():
        hu[femur] = 1200.0
    return Volume(grid, hu.astype(np.float32)), Mask(grid, femurs[side])


def mirrored(ct: Volume, mask: Mask) -> tuple[Volume, Mask]:
    """The same patient with left and right exchanged."""
    return Volume(ct.grid, ct.values[::-1].copy()), Mask(mask.grid, mask.inside[::-1].copy())


@pytest.mark.parametrize("side", SIDES)
def test_fibula_lateral_of_the_tibia_tells_the_side_of_a_lone_leg(side):
    ct, tibia = leg(side)
    assert observe_side(ct, tibia, lesion("tibia"), bone("tibia")).value == side


@pytest.mark.parametrize("side", SIDES)
def test_the_body_s_middle_tells_the_side_when_both_sides_are_in_view(side):
    ct, femur = pair(side)
    assert observe_side(ct, femur, lesion("femur", side), bone("femur")).value == side


def test_a_mirrored_image_tells_the_other_side():
    assert observe_side(*mirrored(*leg("left")), lesion("tibia"), bone("tibia")).value == "right"
    assert observe_side(*mirrored(*pair("right")), lesion("femur"), bone("femur")).value == "left"


def test_voxel_order_does_not_change_the_side():
    ct, femur = pair("left")
    affine = ct.grid.affine.copy()
    n = ct.grid.shape
    affine[:3, 3] = ct.grid.to_mm((n[0] - 1, n[1] - 1, 0))
    affine[:3, :2] *= -1.0
    turned = Grid(n, affine)
    ct, femur = Volume(turned, ct.values[::-1, ::-1].copy()), Mask(turned, femur.inside[::-1, ::-1].copy())
    assert observe_side(ct, femur, lesion("femur"), bone("femur")).value == "left"


@pytest.mark.parametrize(("view", "key"), [(leg, "tibia"), (pair, "femur")])
def test_a_case_that_names_the_wrong_side_is_refused_in_words(view, key):
    ct, mask = view("right")
    with pytest.raises(ButtressError) as caught:
        observe_side(ct, mask, lesion(key, "left"), bone(key))
    assert "the case says the lesion is on the left, the images show the right" in caught.value.found
    assert caught.value.expected
    assert caught.value.remedy


def test_a_lone_thigh_tells_nothing():
    ct, femur = pair("left")
    half = ct.grid.shape[0] // 2
    grid = ct.grid.crop((half, 0, 0), ct.grid.shape)
    cropped = Volume(grid, ct.values[half:].copy()), Mask(grid, femur.inside[half:].copy())
    found = observe_side(*cropped, lesion("femur", "right"), bone("femur"))
    assert (found.value, found.status) == (None, "not_computed")


def test_a_bone_of_the_middle_has_no_side():
    ct, mask = pair("left")
    assert observe_side(ct, mask, lesion("sternum"), bone("sternum", sided=False)).status == "not_applicable"


def test_equal_bones_either_side_of_the_middle_leave_a_central_bone_untold():
    ct, mask = pair("left")
    middle = Mask(ct.grid, np.asarray(mask.inside | mask.inside[::-1]))
    assert observe_side(ct, middle, lesion("ilium"), bone("ilium")).value is None
