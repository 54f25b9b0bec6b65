"""A scan whose grey values are off is set straight by its own air, fat and muscle; or it says why it cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.library.load_attenuation import tissue_density_g_cm3, tissue_hu
from buttress.measure.bone_density import density_g_cm3, measure_bone_density
from buttress.measure.calibration import calibrate
from buttress.numerics.grid import Grid
from buttress.records.image import Volume

GRID = Grid.aligned((120, 120, 12), (1.5, 1.5, 3.0), (-89.25, -89.25, 0.0))
FAT, MUSCLE, BONE = -98.0, 43.0, 1100.0


def limb(scale: float = 1.0, offset: float = 0.0, *, fat_mm: float = 15.0, muscle: float = MUSCLE) -> Volume:
    """A limb of 140 mm: skin fat, muscle, a bone; noise of 15 HU; then a scanner that is off by scale and offset."""
    x, y, _ = np.moveaxis(GRID.to_mm(np.moveaxis(np.indices(GRID.shape), 0, -1)), -1, 0)
    r = np.hypot(x, y)
    hu = np.where(r < 70, FAT, -1000.0)
    hu = np.where(r < 70 - fat_mm, muscle, hu)
    hu = np.where(r < 14, BONE, hu)
    noisy = hu + np.random.default_rng(4).normal(0, 15, GRID.shape)
    return Volume(GRID, (scale * noisy + offset).astype(np.float32))


@pytest.mark.parametrize("scale", [0.95, 1.0, 1.05])
@pytest.mark.parametrize("offset", [-25.0, 0.0, 25.0])
def test_known_scale_and_offset_are_undone_within_the_stated_error(scale, offset):
    found = calibrate(limb(scale, offset))
    assert found.status == "measured"
    assert [p.tissue for p in found.peaks] == ["air", "fat", "muscle"]
    for true_hu in (-98.0, 43.0, 300.0, 1100.0):
        seen = scale * true_hu + offset
        assert found.corrected_hu(seen) == pytest.approx(true_hu, abs=2 * found.error_hu(seen))
    assert found.error_hu(1100.0) < 40.0


def test_enhanced_muscle_and_a_contrast_filled_vessel_stay_within_the_error():
    scan = limb(muscle=MUSCLE + 18.0)
    scan.values[75:83, 60:68, :] = 380.0
    found = calibrate(scan)
    assert found.status == "measured"
    assert found.corrected_hu(BONE) == pytest.approx(BONE, abs=2 * found.error_hu(BONE))


def test_a_patient_with_hardly_any_fat_is_calibrated_by_air_and_muscle_and_says_that_nothing_checks_it():
    found = calibrate(limb(0.97, 10.0, fat_mm=0.8))
    assert [p.tissue for p in found.peaks] == ["air", "muscle"]
    assert "nothing checks" in found.note
    seen = 0.97 * BONE + 10.0
    assert found.corrected_hu(seen) == pytest.approx(BONE, abs=2 * found.error_hu(seen))


def test_a_field_of_view_within_the_body_has_no_air_and_is_refused_with_the_reason():
    whole = limb()
    inner = Volume(GRID.crop((35, 35, 0), (85, 85, 12)), whole.values[35:85, 35:85])
    found = calibrate(inner)
    assert found.status == "not_computed"
    assert "air" in found.note
    assert (found.slope, found.intercept_hu) == (1.0, 0.0)
    assert found.error_hu(1000.0) > calibrate(whole).error_hu(1000.0)


def test_air_that_a_reader_filled_in_is_no_air():
    scan = limb()
    scan.values[scan.values < -500] = -1000.0
    assert calibrate(scan).status == "not_computed"


def test_streaked_air_is_not_believed():
    scan = limb()
    scan.values[scan.values < -500] += 110.0
    found = calibrate(scan)
    assert found.status == "not_computed"
    assert "air at -890" in found.note


def test_attenuation_of_icru_tissues_gives_the_hounsfield_units_by_their_definition():
    # 60 keV, NIST Table 4: 0.95 * 0.1974 / 0.2059 and 1.92 * 0.3148 / 0.2059, less one, times 1000
    assert tissue_hu("fat", 60.0) == pytest.approx(-89.2, abs=0.1)
    assert tissue_hu("cortical_bone", 60.0) == pytest.approx(1935.5, abs=0.5)


def test_cortical_bone_has_its_own_density_and_less_mineral_less():
    hu = tissue_hu("cortical_bone", 70.0)
    assert density_g_cm3(hu, 70.0) == pytest.approx(tissue_density_g_cm3("cortical_bone"))
    assert density_g_cm3(300.0, 70.0) < density_g_cm3(800.0, 70.0)


def test_density_of_the_bone_is_the_same_whatever_the_scanner_says():
    lesion, bone = np.zeros(GRID.shape, dtype=bool), np.zeros(GRID.shape, dtype=bool)
    lesion[58:62, 58:62, 5:7] = True
    bone[52:68, 52:68] = True
    values = []
    for scale, offset in ((1.0, 0.0), (0.95, 20.0), (1.05, -20.0)):
        scan = limb(scale, offset)
        found = measure_bone_density(scan, lesion, bone, calibrate(scan))
        assert found.low < found.value < found.high
        values.append(found)
    assert all(v.low <= values[0].value <= v.high for v in values)
    raw = measure_bone_density(limb(), lesion, bone, calibrate(Volume(GRID, np.full(GRID.shape, 40.0, np.float32))))
    assert raw.high - raw.low > values[0].high - values[0].low
    assert "not calibrated" in raw.note
