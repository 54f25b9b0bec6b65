"""Do ellipsoids from published diameters have the volumes that the same sources publish?"""

from __future__ import annotations

import pytest

from buttress.ablate.chart import zone_ellipsoid
from buttress.library.load import load_devices

# Mean volumes in the abstract of cvir2009cooled, measured apart from the diameters, mL.
MEASURED_ML = {"cooled_rf_2cm": 5.76, "cooled_rf_2cm_explanted": 11.08, "cooled_wet_rf_2cm": 18.50}

# Volumes of the vendor-profile solids (slicerablationplannerprofiles), integrated over their meshes, mL.
SOLID_ML = {("emprint_microwave", 0): 18.8, ("emprint_microwave", 1): 20.5, ("emprint_microwave", 2): 23.7,
            ("neuwave_microwave", 0): 10.9}  # fmt: skip


@pytest.mark.parametrize("device", sorted(MEASURED_ML))
def test_an_ellipsoid_of_the_mean_diameters_has_the_published_mean_volume_within_ten_percent(device: str) -> None:
    zone = zone_ellipsoid(load_devices()[device].zones[0], (0, 0, 0), (0, 0, 1))
    assert zone.volume_ml == pytest.approx(MEASURED_ML[device], rel=0.10)


@pytest.mark.parametrize(("device", "k"), sorted(SOLID_ML))
def test_the_vendor_solids_are_ellipsoids_of_their_width_and_length(device: str, k: int) -> None:
    zone = zone_ellipsoid(load_devices()[device].zones[k], (0, 0, 0), (0, 0, 1))
    assert zone.volume_ml == pytest.approx(SOLID_ML[device, k], rel=0.005)


def test_more_cryoprobes_make_a_larger_lethal_zone() -> None:
    widths = [zone.width_mm.value for zone in load_devices()["cryoprobe_2_4mm"].zones]
    assert [zone.probes for zone in load_devices()["cryoprobe_2_4mm"].zones] == [1, 2, 3, 4]
    assert widths == sorted(widths)


def test_every_zone_says_in_what_tissue_and_at_which_edge_it_was_measured_and_none_claims_bone() -> None:
    for device in load_devices().values():
        for zone in device.zones:
            assert zone.criterion
            assert "not bone" in zone.medium
