"""Do the packaged examples hold together: documents, hashes, grids, anatomy, credit?"""

from __future__ import annotations

import hashlib
import json
import tomllib

import numpy as np
import pytest

from buttress.library.example_cases import example_folder, example_names, examples_with_images
from buttress.library.load import load_bones
from buttress.records.case import Case
from make_examples import EXAMPLES, read_volume

NAMES = ("sternum", "tibia")
PAPER = ("case-1", "case-2", "case-3", "case-4")


def case_of(name: str) -> Case:
    return Case.model_validate(tomllib.loads(example_folder(name).joinpath("case.toml").read_text("utf-8")))


def test_the_package_carries_a_tibia_and_a_sternum_and_the_four_cases_of_the_paper() -> None:
    assert examples_with_images() == NAMES
    assert example_names() == PAPER + NAMES


@pytest.mark.parametrize("name", PAPER)
def test_a_case_of_the_paper_names_its_source_its_doubts_and_a_known_place(name: str) -> None:
    case = case_of(name)
    (lesion,) = case.lesions
    assert case.id == name
    assert lesion.subsite in load_bones()[lesion.bone].subsites
    assert case.images.ct is None
    assert lesion.mask is None
    assert "10.1055/s-0039-1693117" in example_folder(name).joinpath("PROVENANCE.md").read_text("utf-8")
    assert any("ahmed2019" in note for note in case.notes)
    assert {f.name for f in example_folder(name).iterdir()} == {"case.toml", "PROVENANCE.md"}


@pytest.mark.parametrize(
    ("name", "doubts"),
    [("case-2", ["INC-09"]), ("case-3", ["INC-10", "INC-18", "INC-20"]), ("case-4", ["INC-11", "INC-12", "INC-13"])],
)
def test_where_the_paper_contradicts_itself_the_case_says_so(name: str, doubts: list[str]) -> None:
    notes = " ".join(case_of(name).notes)
    assert all(doubt in notes for doubt in doubts)


def test_an_unknown_example_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(KeyError, match="sternum, tibia"):
        example_folder("femur")


@pytest.mark.parametrize("name", NAMES)
def test_the_case_is_valid_and_names_a_known_bone_and_files_that_exist(name: str) -> None:
    case = case_of(name)
    (lesion,) = case.lesions
    bone = load_bones()[lesion.bone]
    assert lesion.subsite in bone.subsites
    files = [case.images.ct, lesion.mask, *(s.mask for s in lesion.critical_structures or () if s.mask)]
    assert all(f and example_folder(name).joinpath(f).is_file() for f in files)


@pytest.mark.parametrize("name", NAMES)
def test_the_manifest_holds_the_hash_of_every_other_file(name: str) -> None:
    folder = example_folder(name)
    listed = tomllib.loads(folder.joinpath("MANIFEST.toml").read_text("utf-8"))["sha256"]
    found = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in folder.iterdir() if f.name != "MANIFEST.toml"}
    assert listed == found


@pytest.mark.parametrize("name", NAMES)
def test_every_mask_lies_on_the_grid_of_the_ct(name: str) -> None:
    ct = read_volume(EXAMPLES / name / "ct.nii.gz")
    masks = sorted(f for f in (EXAMPLES / name).glob("*.nii.gz") if f.name != "ct.nii.gz")
    assert masks
    for path in masks:
        mask = read_volume(path)
        assert mask.grid.is_close(ct.grid)
        assert set(np.unique(mask.values).tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("name", NAMES)
def test_the_mask_has_the_volume_of_the_answer_sheet(name: str) -> None:
    mask = read_volume(EXAMPLES / name / "lesion.nii.gz")
    truth = json.loads((EXAMPLES / name / "truth.json").read_text("utf-8"))["truth"]
    volume = float(mask.values.sum()) * mask.grid.voxel_volume_ml
    assert volume == pytest.approx(truth["volume_ml"], rel=0.05)  # whole voxels against sub-voxels


@pytest.mark.parametrize("name", NAMES)
def test_the_ct_holds_hounsfield_units_of_air_muscle_and_bone(name: str) -> None:
    values = read_volume(EXAMPLES / name / "ct.nii.gz").values
    assert values.min() >= -1024
    assert values.max() <= 3071
    assert (values < -900).mean() > 0.02
    assert (np.abs(values - 50) < 60).mean() > 0.1
    assert (values > 400).sum() > 1000


def test_the_tibia_is_of_a_right_leg_because_its_fibula_lies_to_the_right() -> None:
    ct = read_volume(EXAMPLES / "tibia" / "ct.nii.gz")
    level = ct.grid.to_mm(np.argwhere(ct.values[:, :, 60:61] > 700))  # below the lesion: two separate rings
    fibula_mm, tibia_mm = level[level[:, 1] > 305].mean(axis=0), level[level[:, 1] < 300].mean(axis=0)
    assert fibula_mm[0] < tibia_mm[0] - 10  # x grows to the patient's left
    assert case_of("tibia").lesions[0].side == "right"


def test_sixty_millimetres_of_healthy_shaft_remain_on_both_sides_of_the_lesion() -> None:
    inside = np.argwhere(read_volume(EXAMPLES / "tibia" / "lesion.nii.gz").values > 0)[:, 2]
    assert inside.min() >= 60
    assert 245 - 1 - inside.max() >= 60


def test_the_sternum_lies_in_front_of_the_heart_and_between_the_lungs() -> None:
    masks = {n: read_volume(EXAMPLES / "sternum" / f"{n}.nii.gz") for n in ("lesion", "heart", "lungs")}
    places = {n: m.grid.to_mm(np.argwhere(m.values > 0)) for n, m in masks.items()}
    assert places["lesion"][:, 1].max() < places["heart"][:, 1].min() + 20  # y grows to the back
    assert places["lesion"][:, 1].mean() < places["heart"][:, 1].mean()
    assert places["lungs"][:, 0].min() < places["lesion"][:, 0].min()
    assert places["lungs"][:, 0].max() > places["lesion"][:, 0].max()
    assert not np.any((masks["lesion"].values > 0) & (masks["heart"].values > 0))


def test_lungs_are_air_and_the_heart_is_not_at_the_places_their_masks_say() -> None:
    ct = read_volume(EXAMPLES / "sternum" / "ct.nii.gz").values
    lungs, heart = (read_volume(EXAMPLES / "sternum" / f"{n}.nii.gz").values > 0 for n in ("lungs", "heart"))
    assert np.median(ct[lungs]) < -700
    assert 0 < np.median(ct[heart]) < 400


@pytest.mark.parametrize(
    ("name", "credit"), [("tibia", "National Library of Medicine"), ("sternum", "TCIA.2015.LO9QL9SX")]
)
def test_the_credit_travels_with_the_files_and_with_the_case(name: str, credit: str) -> None:
    assert credit in (case_of(name).images.credit or "")
    assert credit in example_folder(name).joinpath("PROVENANCE.md").read_text("utf-8")


@pytest.mark.parametrize(("name", "word"), [("tibia", "fictional"), ("sternum", "synthetic")])
def test_the_case_says_what_is_not_real(name: str, word: str) -> None:
    assert any(word in note for note in case_of(name).notes)


def test_the_examples_stay_small() -> None:
    assert sum(f.stat().st_size for f in EXAMPLES.rglob("*") if f.is_file()) < 8.5e6
