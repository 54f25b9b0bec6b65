"""The proximal femur of real CTs: its head and its whole mask are found, or it is told why not."""

from __future__ import annotations

import numpy as np

from buttress.exchange.nifti import read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure.proximal_femur import find_proximal_femur
from buttress.records.image import Mask, Volume
from buttress.records.proximal_femur import ProximalFemur
from buttress.reinforce.femur_frame import femur_frame


def ball_at(ct: Volume, centre_mm: tuple[float, float, float], radius_mm: float = 8.0) -> Mask:
    places = ct.grid.to_mm(np.moveaxis(np.indices(ct.grid.shape), 0, -1))
    return Mask(ct.grid, np.linalg.norm(places - np.array(centre_mm), axis=-1) < radius_mm)


def test_a_left_femur_is_found_from_its_neck_with_its_side(shared_data):
    ct, _ = read_nifti_volume(shared_data / "sts-ibsi" / "STS_036" / "ct.nii.gz")
    femur = find_proximal_femur(ct, ball_at(ct, (98.0, 34.0, -672.0)), load_bones()["femur"], "left")
    assert isinstance(femur, ProximalFemur)
    assert 19.0 < femur.head_radius_mm < 28.0
    head = ball_at(ct, femur.head_mm, femur.head_radius_mm - 3.0)
    assert (ct.values[head.inside] > 120.0).mean() > 0.9
    assert femur.bone.inside[head.inside].mean() > 0.9
    assert femur.head_mm[0] < 98.0  # medial of its neck: the patient's left is at greater x
    assert femur_frame(femur).side == "left"


def test_a_lesion_far_down_a_shaft_has_no_hip(shared_data):
    ct, _ = read_nifti_volume(shared_data / "sts-ibsi" / "STS_027" / "ct.nii.gz")
    assert find_proximal_femur(ct, ball_at(ct, (121.9, 35.8, 769.9)), load_bones()["femur"], "left") is None
