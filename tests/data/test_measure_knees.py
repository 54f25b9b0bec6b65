"""Knees of real CTs: a tibia ends at its condyles and at the fibula, a femur at the tibia. Places read off pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from buttress.exchange.nifti import read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure.skeleton import segment_bone

Point = tuple[float, float, float]

TIBIAL_SHAFT, PLATEAU = (67.0, 25.0, 507.0), (70.0, 28.0, 540.0)
FIBULA, CONDYLE = (96.0, 52.0, 480.0), (43.0, 44.0, 566.0)


@pytest.mark.parametrize(
    ("name", "bone", "seed_mm", "held_mm", "beyond_mm"),
    [
        ("STS_010", "tibia", TIBIAL_SHAFT, [PLATEAU], [FIBULA, CONDYLE]),
        ("STS_010", "tibia", PLATEAU, [TIBIAL_SHAFT], [FIBULA, CONDYLE]),
        ("STS_010", "fibula", FIBULA, [], [TIBIAL_SHAFT, PLATEAU, CONDYLE]),
        ("STS_013", "femur", (66.0, 39.0, 626.0), [(66.0, 45.0, 600.0)], [(66.0, 45.0, 548.0)]),
        ("STS_017", "femur", (95.0, -5.0, 600.0), [(104.0, -19.0, 706.0)], []),
    ],
    ids=["tibia from its shaft", "tibia from its plateau", "fibula", "femur", "femur from a condyle"],
)
def test_a_bone_ends_at_its_joints(
    shared_data: Path, name: str, bone: str, seed_mm: Point, held_mm: list[Point], beyond_mm: list[Point]
) -> None:
    ct, _ = read_nifti_volume(shared_data / "sts-ibsi" / name / "ct.nii.gz")
    found = segment_bone(ct, load_bones()[bone], seed_mm=np.array(seed_mm))
    assert found is not None
    assert all(found.bone.holds(point) for point in (seed_mm, *held_mm))
    assert not any(found.bone.holds(point) for point in beyond_mm)
