"""What one lesion yields with a mask, a seed, neither, or nothing but typed-in numbers."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from buttress.measure import measure_lesion, unmeasured
from buttress.numerics.grid import Grid
from buttress.phantom import Notch, PhantomSpec, build_phantom, coordinates_in
from buttress.records.case import Acetabulum, Case, CriticalStructure, GivenMeasures, Lesion
from buttress.records.device import Bone
from buttress.records.document import ButtressError
from buttress.records.findings import LesionFindings, SeenLesion
from buttress.records.image import Imaging, Mask, Volume

SHAFT = Bone(key="humerus", title="humerus", sided=True, long_bone=True, limb="upper", weight_bearing=False)
PLATE = Bone(key="sternum", title="sternum", sided=False, long_bone=False, limb="trunk", weight_bearing=False)
TUBE = PhantomSpec(tilt_deg=15.0, half_mm=(32.0, 30.0, 45.0))
NOTCH = Notch(24.0, 130.0)


def measured(lesion: Lesion, imaging: Imaging | None, bone: Bone = SHAFT) -> SeenLesion | LesionFindings:
    return measure_lesion(Case(id="c", lesions=(lesion,)), lesion, imaging, bone)


@lru_cache(maxsize=1)
def notched() -> tuple[Volume, Mask]:
    built = build_phantom(TUBE, NOTCH)
    assert built.lesion is not None
    return built.ct, built.lesion


def test_without_images_the_typed_in_measures_are_given_and_the_rest_says_why():
    given = GivenMeasures(axial_cortical_involvement_mm=34.0, width_fraction=0.5, cortex="destroyed", source="reader 1")
    spare = CriticalStructure(name="radial nerve", kind="nerve", distance_mm=8.0)
    lesion = Lesion(id="a", bone="humerus", given=given, critical_structures=(spare,))
    found = measured(lesion, None)
    assert isinstance(found, LesionFindings)
    axial = found.axial_cortical_involvement_mm
    assert (axial.value, axial.status, axial.method) == (34.0, "given", "reader 1")
    assert found.cortical_breach.value is True
    assert found.volume_ml.status == "not_computed"
    assert "no images" in found.volume_ml.note
    assert found.nearby[0].distance_mm.status == "given"
    assert found == unmeasured(lesion, "the case has no images")


def test_images_without_mask_or_seed_measure_nothing():
    ct, _ = notched()
    found = measured(Lesion(id="a", bone="humerus"), Imaging(ct))
    assert isinstance(found, LesionFindings)
    assert "neither a mask" in found.volume_ml.note


def test_a_seed_in_the_defect_finds_the_involvement_of_the_shaft():
    ct, mask = notched()
    centre = mask.points_mm().mean(axis=0)
    lesion = Lesion(id="a", bone="humerus", seed_mm=(float(centre[0]), float(centre[1]), float(centre[2])))
    found = measured(lesion, Imaging(ct))
    assert isinstance(found, SeenLesion)
    assert found.findings.axial_cortical_involvement_mm.value == pytest.approx(24.0, abs=2.0)
    around = found.findings.circumferential_cortical_involvement_fraction.value
    assert around == pytest.approx(130.0 / 360.0, abs=0.05)
    assert any("draft" in note for note in found.findings.notes)
    assert found.findings.soft_tissue_extension_ml.value is None


def test_a_seed_in_healthy_marrow_is_said_to_show_no_defect():
    ct = build_phantom(TUBE).ct
    found = measured(Lesion(id="a", bone="humerus", seed_mm=(0.0, 0.0, 0.0)), Imaging(ct))
    assert isinstance(found, LesionFindings)
    assert "no lytic defect" in found.volume_ml.note


@pytest.mark.parametrize(
    ("seed", "words"), [((26.0, 0.0, 0.0), "outside bone"), ((300.0, 0.0, 0.0), "outside the ima")]
)
def test_a_seed_outside_bone_or_image_is_refused_with_what_lies_there(seed, words):
    ct, _ = notched()
    with pytest.raises(ButtressError, match=words) as caught:
        measured(Lesion(id="a", bone="humerus", seed_mm=seed), Imaging(ct))
    assert "RAS" in caught.value.remedy


def test_an_empty_mask_and_a_mask_in_the_air_are_refused():
    ct, _ = notched()
    empty = Mask(ct.grid, np.zeros(ct.grid.shape, dtype=bool))
    with pytest.raises(ButtressError, match="empty"):
        measured(Lesion(id="a", bone="humerus"), Imaging(ct, {"a": empty}))
    lost = np.zeros(ct.grid.shape, dtype=bool)
    lost[1:3, 1:3, 40:42] = True
    with pytest.raises(ButtressError, match="outside bone"):
        measured(Lesion(id="a", bone="humerus"), Imaging(ct, {"a": Mask(ct.grid, lost)}))


def test_a_tumour_against_a_whole_cortex_does_not_involve_it():
    built = build_phantom(TUBE)
    ct, bone = built.ct, built.bone
    points = ct.grid.to_mm(np.stack(np.meshgrid(*[np.arange(n) for n in ct.grid.shape], indexing="ij"), axis=-1))
    along, radius, angle = coordinates_in(TUBE, points)
    hugging = (np.abs(along) < 20) & (radius > 12.0) & (radius < 18.0) & (np.abs(angle) < 1.0)
    found = measured(Lesion(id="a", bone="humerus"), Imaging(ct, {"a": Mask(ct.grid, hugging)}))
    assert isinstance(found, SeenLesion)
    assert found.findings.axial_cortical_involvement_mm.value == 0.0
    assert found.findings.circumferential_cortical_involvement_fraction.value == 0.0
    outside = float(np.sum(hugging & ~bone.inside) * ct.grid.voxel_volume_ml)
    assert found.findings.soft_tissue_extension_ml.value == pytest.approx(outside, rel=0.1)


def test_a_bone_without_a_shaft_keeps_size_density_and_breach_but_has_no_axis():
    grid = Grid.aligned((80, 60, 80), 1.0, (-40, -30, -40))
    x, y, z = np.moveaxis(
        grid.to_mm(np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), -1)), -1, 0
    )
    hu = np.where(np.hypot(x, y) < 28, 40.0, -1000.0)
    plate = (np.abs(x) < 20) & (np.abs(y) < 6) & (np.abs(z) < 32)
    core = (np.abs(x) < 18.5) & (np.abs(y) < 4.5) & (np.abs(z) < 30.5)
    hu[plate], hu[core] = 900.0, 220.0
    hole = (np.hypot(x, z) < 8) & (y > -3) & plate
    hu[hole] = 50.0
    ct = Volume(grid, hu.astype(np.float32))
    found = measured(Lesion(id="a", bone="sternum"), Imaging(ct, {"a": Mask(grid, hole)}), PLATE)
    assert isinstance(found, SeenLesion)
    findings = found.findings
    assert findings.axial_cortical_involvement_mm.status == "not_applicable"
    assert findings.bone_axis is None
    assert found.affected_mm is None
    assert findings.cortical_breach.value is True
    assert findings.matrix.value == "lytic"
    assert findings.longest_diameter_mm.value == pytest.approx(np.hypot(16.0, 9.0), abs=1.0)
    assert np.mean(found.bone.inside[hole]) > 0.95
    assert found.bone.inside.sum() == pytest.approx(plate.sum(), rel=0.06)
    skin = next(c for c in findings.nearby if c.name == "skin")
    assert skin.distance_mm.value == pytest.approx(np.min(28.0 - np.hypot(x, y)[hole]), abs=1.5)


def test_harrington_is_left_to_the_facts_of_the_case():
    ct, mask = notched()
    facts = Acetabulum(roof=True)
    cup = Bone(key="acetabulum", title="acetabulum", sided=True, long_bone=False, limb="lower", weight_bearing=True)
    found = measured(Lesion(id="a", bone="acetabulum", acetabulum=facts), Imaging(ct, {"a": mask}), cup)
    assert isinstance(found, SeenLesion)
    assert found.findings.harrington_group.status == "not_computed"


def test_structures_with_a_mask_are_measured_and_others_keep_what_was_typed():
    ct, mask = notched()
    index = np.argwhere(mask.inside).mean(axis=0).round().astype(int)
    nerve = np.zeros(ct.grid.shape, dtype=bool)
    nerve[2:4, index[1], index[2]] = True
    spare = (
        CriticalStructure(name="radial nerve", kind="nerve", mask="nerve.nii.gz", distance_mm=99.0),
        CriticalStructure(name="artery", kind="large_vessel", distance_mm=12.0),
        CriticalStructure(name="joint", kind="joint"),
    )
    lesion = Lesion(id="a", bone="humerus", critical_structures=spare)
    found = measured(lesion, Imaging(ct, {"a": mask}, {"radial nerve": Mask(ct.grid, nerve)}))
    assert isinstance(found, SeenLesion)
    by_name = {c.name: c.distance_mm for c in found.findings.nearby}
    gap = np.linalg.norm(mask.points_mm()[:, None] - Mask(ct.grid, nerve).points_mm()[None], axis=-1).min()
    assert by_name["radial nerve"].value == pytest.approx(gap - 1.0, abs=0.75)
    assert (by_name["artery"].value, by_name["artery"].status) == (12.0, "given")
    assert by_name["joint"].status == "not_computed"


def test_progress_is_told_in_words_and_the_same_input_gives_the_same_findings():
    ct, mask = notched()
    lesion = Lesion(id="a", bone="humerus")
    told: list[str] = []
    case = Case(id="c", lesions=(lesion,))
    first = measure_lesion(case, lesion, Imaging(ct, {"a": mask}), SHAFT, told.append)
    second = measure_lesion(case, lesion, Imaging(ct, {"a": mask}), SHAFT)
    assert told
    assert isinstance(first, SeenLesion)
    assert isinstance(second, SeenLesion)
    assert first.findings.model_dump_json() == second.findings.model_dump_json()


def test_where_the_bone_flares_the_involvement_is_called_a_rough_guide_and_in_a_shaft_it_is_not():
    whole, mask = notched()
    shaft = measured(Lesion(id="a", bone="humerus"), Imaging(whole, {"a": mask})).findings
    assert not any("rough guide" in note for note in shaft.notes)
    thin = build_phantom(replace(TUBE, cortex_mm=1.8), NOTCH).ct
    above = (
        whole.grid.to_mm(np.stack(np.meshgrid(*map(np.arange, whole.grid.shape), indexing="ij"), axis=-1))[..., 2] > 0
    )
    flaring = Volume(whole.grid, np.where(above, thin.values, whole.values))
    found = measured(Lesion(id="a", bone="humerus"), Imaging(flaring, {"a": mask})).findings
    assert any("rough guide" in note for note in found.notes)
    axial = found.axial_cortical_involvement_mm
    assert "rough guide" in axial.note
    assert axial.high - axial.low > shaft.axial_cortical_involvement_mm.high - shaft.axial_cortical_involvement_mm.low
