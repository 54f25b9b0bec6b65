"""The whole bone of phantoms with a known surface: tilted, cut by the field of view, noisy, with a defect."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.library.load import load_bones
from buttress.measure.skeleton import segment_bone
from buttress.phantom import Notch, PhantomSpec, build_phantom

LEAST_DICE = 0.92
"""The surface still lies about half a millimetre outside the true one (0.94 reached; the aim is 0.95)."""


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2.0 * (one & other).sum() / (one.sum() + other.sum()))


@pytest.mark.parametrize(
    ("tilt_deg", "spacing_mm", "noise_hu"),
    [
        (0.0, (1.0, 1.0, 1.0), 20.0),
        (40.0, (1.0, 1.0, 3.27), 33.0),
    ],
)
def test_a_shaft_cut_by_the_field_of_view_is_filled_with_its_marrow(tilt_deg, spacing_mm, noise_hu):
    spec = PhantomSpec(
        tilt_deg=tilt_deg, spacing_mm=spacing_mm, noise_hu=noise_hu, half_mm=(28.0, 28.0, 30.0), limb_mm=30.0
    )
    phantom = build_phantom(spec)
    found = segment_bone(phantom.ct, load_bones()["tibia"], seed_mm=np.zeros(3))
    assert found is not None
    assert dice(found.bone.inside, phantom.bone.inside) >= LEAST_DICE
    assert np.array_equal(found.bone.inside, found.cortical.inside | found.cancellous.inside)
    assert not (found.cortical.inside & found.cancellous.inside).any()
    assert any("goes on beyond the images" in note for note in found.notes)


def test_a_defect_through_the_cortex_is_a_hole_in_the_mask_no_longer():
    phantom = build_phantom(PhantomSpec(half_mm=(28.0, 28.0, 30.0), limb_mm=30.0), Notch(25.0, 100.0))
    assert phantom.lesion is not None
    found = segment_bone(phantom.ct, load_bones()["tibia"], lesion=phantom.lesion)
    assert found is not None
    assert dice(found.bone.inside, phantom.bone.inside) >= LEAST_DICE
    assert found.bone.inside[phantom.lesion.inside & phantom.bone.inside].mean() >= 0.9


def test_a_given_mask_is_used_but_not_at_the_lesion():
    phantom = build_phantom(PhantomSpec(half_mm=(28.0, 28.0, 30.0), limb_mm=30.0), Notch(25.0, 100.0))
    assert phantom.lesion is not None
    eaten = type(phantom.bone)(phantom.bone.grid, phantom.bone.inside & ~phantom.lesion.inside)
    found = segment_bone(phantom.ct, load_bones()["tibia"], lesion=phantom.lesion, start=eaten)
    assert found is not None
    assert dice(found.bone.inside, phantom.bone.inside) >= LEAST_DICE
    assert (
        found.bone.inside[phantom.lesion.inside & phantom.bone.inside].mean() >= 0.75
    )  # 0.81 reached: the given mask ends with a rim that the ball does not bridge


def test_a_seed_in_soft_tissue_far_from_bone_finds_none():
    phantom = build_phantom(PhantomSpec(half_mm=(45.0, 45.0, 20.0), limb_mm=44.0))
    assert segment_bone(phantom.ct, load_bones()["tibia"], seed_mm=np.array([38.0, 0.0, 0.0])) is None
