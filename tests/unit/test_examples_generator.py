"""Does the lesion generator do the small things: stays in its place, keeps noise, fills with tumour, breaks bones?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage as ndi

from buttress.numerics.grid import Grid
from buttress.phantom.fine_grid import finer
from buttress.phantom.lytic_lesion import LesionSpec, bone_envelope, draw_lesion
from buttress.phantom.pathological_fracture import FractureSpec, break_bone, broken_volume
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

NOISE_HU = 20.0
SPEC = LesionSpec(
    centre_mm=(5.0, 0.0, 0.0), axes_mm=(24.0, 12.0, 10.0), hu_mean=50.0, hu_sd=0.0, roughness=0.15, seed=4
)


@pytest.fixture(scope="module")
def leg() -> tuple[Volume, Mask]:
    """A tube of bone (radius 7 to 11 mm) along z in noisy muscle."""
    grid = Grid.aligned((48, 48, 60), 1.0, (-23.5, -23.5, -29.5))
    radius = np.hypot(*np.moveaxis(grid.to_mm(np.indices(grid.shape).transpose(1, 2, 3, 0)), -1, 0)[:2])
    hu = np.where((radius >= 7) & (radius <= 11), 1300.0, 45.0)
    grain = ndi.gaussian_filter(np.random.default_rng(0).normal(size=grid.shape), (0.8, 0.8, 0.0))  # as a kernel makes
    hu += NOISE_HU * grain / grain.std()
    return Volume(grid, hu.astype(np.float32)), Mask(grid, radius <= 11)


def test_the_envelope_is_the_bone_with_its_marrow(leg: tuple[Volume, Mask]) -> None:
    ct, bone = leg
    found = bone_envelope(ct, (0.0, 0.0, 0.0))
    assert np.mean(found.inside == bone.inside) > 0.999


def test_the_same_seed_draws_the_same_lesion_and_another_seed_another(leg: tuple[Volume, Mask]) -> None:
    one, two = draw_lesion(*leg, SPEC), draw_lesion(*leg, SPEC)
    assert np.array_equal(one.ct.values, two.ct.values)
    assert np.array_equal(one.lesion.inside, two.lesion.inside)
    other = draw_lesion(*leg, LesionSpec(SPEC.centre_mm, SPEC.axes_mm, roughness=0.15, seed=5))
    assert not np.array_equal(one.lesion.inside, other.lesion.inside)


def test_tumour_has_its_own_hu_and_the_noise_of_the_scan(leg: tuple[Volume, Mask]) -> None:
    drawn = draw_lesion(*leg, SPEC)
    full = drawn.lesion.inside & (np.hypot(*np.indices(drawn.lesion.inside.shape)[:2] - 23.5) < 5)
    values = drawn.ct.values[full]
    assert values.mean() == pytest.approx(50.0, abs=3 * NOISE_HU / np.sqrt(values.size) + 2)
    assert values.std() == pytest.approx(NOISE_HU, rel=0.2)


def test_a_contained_lesion_does_not_leave_the_bone(leg: tuple[Volume, Mask]) -> None:
    drawn = draw_lesion(*leg, SPEC)
    assert not np.any(drawn.lesion.inside & ~leg[1].inside)


def test_a_lesion_that_misses_the_bone_is_refused(leg: tuple[Volume, Mask]) -> None:
    with pytest.raises(ButtressError, match="does not meet the bone"):
        draw_lesion(*leg, LesionSpec(centre_mm=(20.0, 20.0, 0.0), axes_mm=(6.0, 4.0, 4.0), seed=1))


def test_sub_voxels_share_the_faces_of_their_voxel() -> None:
    grid = Grid.aligned((2, 3, 4), (1.0, 2.0, 3.0), (10.0, 20.0, 30.0))
    fine = finer(grid, (2, 4, 6))
    assert np.allclose(fine.spacing_mm, 0.5)
    assert np.allclose(fine.to_mm((-0.5, -0.5, -0.5)), grid.to_mm((-0.5, -0.5, -0.5)))


def test_spared_islands_leave_bone_inside_the_outline(leg: tuple[Volume, Mask]) -> None:
    drawn = draw_lesion(*leg, LesionSpec(SPEC.centre_mm, SPEC.axes_mm, spared_fraction=0.4, seed=4))
    assert drawn.weight[drawn.outline].mean() == pytest.approx(0.6 * 0.9, abs=0.12)  # 0.9: the soft margin


def test_a_break_shifts_the_distal_piece_and_opens_a_gap(leg: tuple[Volume, Mask]) -> None:
    ct, bone = leg
    crack = FractureSpec((0.0, 0.0, 0.0), (0.0, 0.0, -1.0), 2.0, (0.0, 3.0, 0.0), 0.0, roughness_mm=0.0, seed=1)
    broken = break_bone(bone, crack)
    after = broken_volume(ct, bone, broken, crack)
    cortex = after.values > 600
    above, below = (ct.grid.to_mm(np.argwhere(cortex[:, :, k : k + 1])).mean(axis=0) for k in (45, 12))
    assert above[:2] == pytest.approx([0.0, 0.0], abs=0.3)
    assert below[:2] == pytest.approx([0.0, 3.0], abs=0.3)
    thickness = np.array([cortex[:, :, k].sum() for k in range(60)])
    assert (thickness[22:38] < 0.3 * thickness[45]).sum() == pytest.approx(2, abs=1)
    assert np.array_equal(after.values[:, :, 45:], ct.values[:, :, 45:].round())


def test_a_structure_keeps_its_volume_when_it_moves_with_the_piece(leg: tuple[Volume, Mask]) -> None:
    _, bone = leg
    crack = FractureSpec((0.0, 0.0, 0.0), (0.0, 0.0, -1.0), 1.0, (0.0, 2.0, 0.0), 4.0, seed=1)
    ball = Mask(bone.grid, bone.inside & (np.indices(bone.inside.shape)[2] < 20))
    moved = break_bone(bone, crack).moved(ball)
    assert moved.volume_ml == pytest.approx(ball.volume_ml, rel=0.1)
