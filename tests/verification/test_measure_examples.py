"""The lesions of the bundled examples against their answer sheets (drawn without noise on the healthy CT)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import buttress.library
from buttress.exchange.documents import read_case
from buttress.exchange.images import read_imaging
from buttress.library.load import load_bones
from buttress.measure import measure_lesion
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging

EXAMPLES = Path(buttress.library.__file__).parent / "examples"


def example(name: str) -> tuple[SeenLesion, dict[str, Any]]:
    folder = EXAMPLES / name
    case = read_case(folder / "case.toml")
    lesion = case.lesions[0]
    seen = measure_lesion(case, lesion, read_imaging(case, folder), load_bones()[lesion.bone])
    assert isinstance(seen, SeenLesion)
    return seen, json.loads((folder / "truth.json").read_text("utf-8"))["truth"]


def test_tibia_example_is_within_2_mm_and_5_percent_of_its_answer_sheet():
    seen, truth = example("tibia")
    found = seen.findings
    axial, around = found.axial_cortical_involvement_mm, found.circumferential_cortical_involvement_fraction
    assert axial.value == pytest.approx(truth["axial_cortical_involvement_mm"], abs=2.0)
    assert around.value == pytest.approx(truth["circumferential_cortical_involvement_fraction"], abs=0.05)
    assert found.cortical_destruction_fraction.value == pytest.approx(truth["cortical_destruction_fraction"], abs=0.05)
    assert found.width_fraction.value == pytest.approx(truth["width_fraction"]["any"], abs=0.1)
    assert found.volume_ml.low <= truth["volume_ml"] <= found.volume_ml.high
    assert found.longest_diameter_mm.value == pytest.approx(truth["longest_diameter_mm"], abs=1.0)
    assert found.side.value == "right"
    assert found.bone_axis is not None
    points = np.array(found.bone_axis.points_mm)
    along = (points[-1] - points[0]) / np.linalg.norm(points[-1] - points[0])
    assert abs(along @ np.array(truth["axis"]["direction"])) > np.cos(np.radians(3.0))


def test_sternum_example_keeps_its_lesion_inside_the_restored_bone():
    seen, truth = example("sternum")
    found = seen.findings
    assert found.volume_ml.low <= truth["volume_ml"] <= found.volume_ml.high
    assert found.longest_diameter_mm.value == pytest.approx(truth["longest_diameter_mm"], abs=3.0)
    assert found.soft_tissue_extension_ml.value < 0.2 * truth["volume_ml"]
    assert found.cortical_breach.value is True
    assert found.axial_cortical_involvement_mm.status == "not_applicable"
    assert found.side.status == "not_applicable"


def test_one_click_in_the_tibia_finds_the_same_involvement_and_says_that_it_is_a_draft():
    folder = EXAMPLES / "tibia"
    case, truth = read_case(folder / "case.toml"), json.loads((folder / "truth.json").read_text("utf-8"))["truth"]
    imaging = read_imaging(case, folder)
    clicked = imaging.lesions["tibia-shaft"].points_mm().mean(axis=0)
    x, y, z = clicked.tolist()
    lesion = case.lesions[0].model_copy(update={"mask": None, "seed_mm": (x, y, z)})
    seen = measure_lesion(case, lesion, Imaging(imaging.ct), load_bones()["tibia"])
    assert isinstance(seen, SeenLesion)
    found = seen.findings
    axial, around = found.axial_cortical_involvement_mm, found.circumferential_cortical_involvement_fraction
    assert axial.value == pytest.approx(truth["axial_cortical_involvement_mm"], abs=2.0)
    assert around.value == pytest.approx(truth["circumferential_cortical_involvement_fraction"], abs=0.05)
    assert found.volume_ml.low <= truth["volume_ml"] <= found.volume_ml.high
    assert "draft" in found.notes[0]


def test_the_axis_of_the_tibia_runs_from_the_knee_to_the_ankle():
    axis = example("tibia")[0].findings.bone_axis
    assert axis is not None
    heights = [point[2] for point in axis.points_mm]
    assert heights == sorted(heights, reverse=True), "z grows towards the head: proximal comes first"
    assert list(axis.from_lesion_mm) == sorted(axis.from_lesion_mm), "and arc length grows distally"
