"""A CT and masks become tissues: which class every voxel falls in, and what its numbers are."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.ablate.materials import Mixture, PropertyChange, build_materials, build_sigma
from buttress.ablate.tissue import BONE_GRADES, SOFT, TissueMasks, bone_anchors_hu, label_tissues, mixtures
from buttress.library.load_tissues import load_electrical_tissues, load_thermal_tissues

SHAPE = (20, 20, 20)


def a_ct(hu: float = 50.0) -> np.ndarray:
    return np.full(SHAPE, hu, dtype=np.float32)


def box(low: int, high: int) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[low:high, low:high, low:high] = True
    return mask


@pytest.mark.parametrize(
    ("hu", "name"), [(-900.0, "gas"), (-100.0, "fat"), (50.0, "muscle"), (3500.0, "metal"), (-25.0, "muscle")]
)
def test_soft_tissue_gas_and_metal_are_told_by_hu(hu: float, name: str) -> None:
    ct = a_ct()
    ct[10, 10, 10] = hu
    found = label_tissues(ct, 2.0)
    assert found.names[found.labels[10, 10, 10]] == name


def test_bone_is_graded_and_a_denser_voxel_never_counts_as_more_marrow() -> None:
    ct = a_ct()
    ct[:, 10, 10] = np.linspace(200.0, 2000.0, 20)
    found = label_tissues(ct, 1.0)
    line = found.labels[:, 10, 10].astype(int)
    assert np.all(np.diff(line) >= 0)
    assert line[-1] == len(SOFT) + BONE_GRADES - 1
    assert np.array_equal(found.where("bone"), ct > 150.0)


def test_inside_a_given_bone_marrow_is_bone_too() -> None:
    marrow, _, _ = bone_anchors_hu()
    found = label_tissues(a_ct(marrow), 1.0, TissueMasks(bone=box(5, 15)))
    assert found.labels[10, 10, 10] == len(SOFT)
    assert found.names[found.labels[0, 0, 0]] == "fat"


def test_a_lesion_is_lytic_tumour_but_cement_and_metal_in_it_stay_themselves() -> None:
    ct = a_ct(600.0)
    ct[10, 10, 10] = 3500.0
    found = label_tissues(ct, 1.0, TissueMasks(lesion=box(5, 15), cement=box(6, 8)))
    assert found.names[found.labels[12, 12, 12]] == "lytic_tumour"
    assert found.names[found.labels[7, 7, 7]] == "cement"
    assert found.names[found.labels[10, 10, 10]] == "metal"


def test_outlined_nerves_vessels_and_cartilage_are_taken_as_given() -> None:
    masks = TissueMasks(nerve=box(1, 3), vessel=box(5, 7), cartilage=box(9, 11))
    found = label_tissues(a_ct(), 1.0, masks)
    assert [found.names[found.labels[k, k, k]] for k in (2, 6, 10)] == ["nerve", "blood", "cartilage"]


def test_skin_is_a_rim_against_the_outer_air_and_bowel_gas_has_none() -> None:
    ct = a_ct()
    ct[:4] = -1000.0
    ct[12:14, 9:12, 9:12] = -1000.0
    found = label_tissues(ct, (1.0, 1.0, 1.0))
    skin = found.where("skin")
    assert skin[4:6].all()
    assert not skin[6:].any()


def test_the_rim_of_skin_keeps_its_thickness_where_voxels_are_not_cubes() -> None:
    ct = a_ct()
    ct[:4] = -1000.0
    assert label_tissues(ct, (0.5, 1.0, 2.0)).where("skin")[:, 10, 10].sum() == 4


def test_a_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="mask of lesion"):
        label_tissues(a_ct(), 1.0, TissueMasks(lesion=np.ones((2, 2, 2), dtype=bool)))


def test_there_are_no_more_labels_than_a_kernel_may_hold_and_no_shares_but_whole_ones() -> None:
    assert len(mixtures()) <= 64
    for mixture in mixtures():
        assert sum(share for _, share in mixture.shares) == pytest.approx(1.0)
        assert all(share >= 0.0 for _, share in mixture.shares)


def test_the_ends_of_the_grades_are_the_shelf_and_cancellous_bone_lies_among_them() -> None:
    shelf, materials = load_thermal_tissues().tissue, build_materials(mixtures())
    grades = materials.conductivity_thawed_w_mk[len(SOFT) :]
    assert grades[0] == pytest.approx(shelf["yellow_marrow"].conductivity_w_mk.value)
    assert grades[-1] == pytest.approx(shelf["cortical"].conductivity_w_mk.value)
    (cancellous,) = build_materials([Mixture.pure("cancellous")]).conductivity_thawed_w_mk
    assert np.abs(grades - cancellous).min() < 0.01
    assert np.abs(np.diff(grades)).max() < 0.045


def test_soft_tissue_freezes_as_the_published_multi_probe_model_has_it() -> None:
    # micromachines2025: 2.0 W/(m K), 1.8 MJ/(m3 K) and 250 MJ/m3; a mixture by water is not fitted to it.
    frozen = build_materials([Mixture.pure("muscle")])
    assert frozen.conductivity_frozen_w_mk[0] == pytest.approx(2.0, rel=0.08)
    assert frozen.capacity_frozen_j_m3k[0] == pytest.approx(1.8e6, rel=0.12)
    assert frozen.latent_fusion_j_m3[0] == pytest.approx(250e6, rel=0.10)


def test_a_gel_freezes_to_ice() -> None:
    gel = build_materials([Mixture.pure("agar")])
    assert gel.conductivity_frozen_w_mk[0] == pytest.approx(2.31, rel=0.02)
    assert gel.liquidus_c[0] == 0.0


@pytest.mark.parametrize(
    ("key", "expected"),
    [("cortical", 1207), ("cancellous", 2237), ("muscle", 2535), ("nerve", 10907), ("skin", 7468), ("fat", 1886)],
)
def test_perfusion_is_that_of_the_table_in_watts(key: str, expected: float) -> None:
    (found,) = build_materials([Mixture.pure(key)]).perfusion_w_m3k
    assert found == pytest.approx(expected, rel=2e-3)


def test_a_run_may_change_all_perfusion_and_single_numbers_but_a_large_vessel_stays_a_sink() -> None:
    change = PropertyChange(
        perfusion_factor=2.0,
        thermal={"lytic_tumour": {"conductivity_w_mk": 0.6}},
        sigma_s_m={"lytic_tumour": 0.2},
    )
    labels = [Mixture.pure("lytic_tumour"), Mixture.pure("blood")]
    ours, shelf = build_materials(labels, change), build_materials(labels)
    assert ours.perfusion_w_m3k[0] == pytest.approx(2.0 * shelf.perfusion_w_m3k[0])
    assert ours.perfusion_w_m3k[1] == shelf.perfusion_w_m3k[1]
    assert ours.conductivity_thawed_w_mk[0] == 0.6
    assert build_sigma(labels, change)[0] == 0.2
    with pytest.raises(ValueError, match="no such numbers"):
        build_materials(labels, PropertyChange(thermal={"lytic_tumour": {"colour": 1.0}}))


def test_tissue_at_rest_is_in_balance_unless_its_own_heat_is_asked_for() -> None:
    muscle = [Mixture.pure("muscle")]
    assert build_materials(muscle).metabolic_w_m3[0] == 0.0
    asked = build_materials(muscle, PropertyChange(metabolic_factor=1.0))
    assert asked.metabolic_w_m3[0] == pytest.approx(0.906 * 1090.4)


def test_cancellous_bone_carries_the_pair_of_conductivities_that_must_be_tried() -> None:
    pair = load_electrical_tissues().tissue["cancellous"].conductivity_s_m
    assert (pair.low, pair.high) == (0.0231, 0.087)


def test_conductivity_may_be_asked_for_at_radio_frequency_where_a_spectrum_was_read() -> None:
    labels = [Mixture.pure(key) for key in ("cancellous", "cortical", "lytic_tumour")]
    # Radiofrequency models set 0.087 and 0.02 S/m (irastorza2016); the tumour has no spectrum and stays as assumed.
    cancellous, cortical, tumour = build_sigma(labels, PropertyChange(current_hz=480e3))
    assert cancellous == pytest.approx(0.087, rel=0.01)
    assert cortical == pytest.approx(0.022, rel=0.02)
    assert tumour == 0.375
    given = PropertyChange(current_hz=480e3, sigma_s_m={"cancellous": 0.05})
    assert build_sigma(labels, given)[0] == 0.05


def test_every_tissue_has_a_range_of_perfusion_from_half_to_twice_where_blood_flows() -> None:
    for tissue in load_thermal_tissues().tissue.values():
        flow = tissue.perfusion_ml_min_kg
        if flow.value > 0:
            assert (flow.low, flow.high) == (flow.value / 2, flow.value * 2)
