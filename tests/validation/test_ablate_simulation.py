"""Do simulated zones meet published ones? What misses is marked, so that a change for the better is noticed."""

from __future__ import annotations

import pytest

from buttress.ablate.calibrate import SettingResult, applicator_of, simulate_setting
from buttress.library.load import load_devices


def simulated(key: str, setting: int) -> SettingResult:
    device = load_devices()[key]
    assert device.bench is not None
    return simulate_setting(applicator_of(device), device.bench, device.zones[setting])


def test_one_cryoprobe_is_as_it_was_fitted_and_two_are_predicted_within_the_published_error() -> None:
    # E1: 2.3 mm is the mean isotherm error of the published gel study that we measure ourselves against.
    assert abs(simulated("cryoprobe_2_4mm", 0).width_miss_mm) < 0.2
    assert abs(simulated("cryoprobe_2_4mm", 1).width_miss_mm) <= 2.3


@pytest.mark.xfail(reason="E1: three and four probes come out about 6 mm small", strict=True)
@pytest.mark.parametrize("setting", [2, 3])
def test_three_and_four_cryoprobes_are_predicted_within_the_published_error(setting: int) -> None:
    assert abs(simulated("cryoprobe_2_4mm", setting).width_miss_mm) <= 2.3


@pytest.mark.parametrize("setting", [0, 2])
def test_microwave_settings_are_as_they_were_fitted(setting: int) -> None:
    found = simulated("emprint_microwave", setting)
    assert abs(found.width_miss_mm) < 1.0
    assert abs(found.length_miss_mm) < 1.0


def test_the_microwave_setting_that_was_not_fitted_has_its_length_predicted() -> None:
    assert abs(simulated("emprint_microwave", 1).length_miss_mm) <= 4.0


@pytest.mark.xfail(reason="E6: the chart grows 1 mm from 5 to 7.5 min, ours grows 6 mm", strict=True)
def test_the_microwave_setting_that_was_not_fitted_has_its_width_predicted() -> None:
    assert abs(simulated("emprint_microwave", 1).width_miss_mm) <= 2.0
