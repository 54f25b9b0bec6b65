"""Lesions drawn into real femurs of 1 x 1 x 3.27 mm, up to 40 degrees off the table's axis, against their truth."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.exchange.nifti import read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure import measure_lesion
from buttress.phantom.lesion_truth import shaft_axis, shaft_truth
from buttress.phantom.lytic_lesion import LesionSpec, bone_envelope, draw_lesion
from buttress.records.case import Case, Lesion
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging


@pytest.mark.parametrize(
    ("folder", "near_mm"),
    [("STS_011", (-120.8, -58.9, -768.7)), ("STS_027", (121.9, 35.8, 769.9))],
)
def test_shaft_lesion_of_a_real_femur_is_within_2_mm_and_5_percent(shared_data, folder, near_mm):
    ct, _ = read_nifti_volume(shared_data / "sts-ibsi" / folder / "ct.nii.gz")
    bone = bone_envelope(ct, near_mm)
    axis = shaft_axis(bone, near_mm, 30.0)
    across, other = axis.across
    centre = axis.point_mm + (np.array(near_mm) - axis.point_mm) @ axis.direction * axis.direction
    centre = centre + 8.0 * across + 5.0 * other
    spec = LesionSpec(
        centre_mm=(float(centre[0]), float(centre[1]), float(centre[2])),
        axes_mm=(30.0, 18.0, 16.0),
        long_axis=tuple(axis.direction.tolist()),
        mid_axis=tuple(across.tolist()),
        margin_mm=1.5,
        extra_mm=1.0,
        seed=3,
    )
    drawn = draw_lesion(ct, bone, spec)
    truth = shaft_truth(ct, bone, drawn, axis)
    lesion = Lesion(id="a", bone="femur")
    case = Case(id="c", lesions=(lesion,))
    seen = measure_lesion(case, lesion, Imaging(drawn.ct, {"a": drawn.lesion}), load_bones()["femur"])
    assert isinstance(seen, SeenLesion)
    found = seen.findings
    axial, around = found.axial_cortical_involvement_mm, found.circumferential_cortical_involvement_fraction
    assert axial.value == pytest.approx(truth["axial_cortical_involvement_mm"], abs=2.0)
    assert around.value == pytest.approx(truth["circumferential_cortical_involvement_fraction"], abs=0.05)
