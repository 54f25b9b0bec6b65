"""A device is fitted to a chart: known numbers come back, and a device without data refuses."""

from __future__ import annotations

import pytest

from buttress.ablate.calibrate import applicator_of, calibrate, simulate_setting, with_numbers
from buttress.evidence.source import Evidence, bibliography
from buttress.library.load import load_devices
from buttress.records.applicator import Bench
from buttress.records.device import ChartZone, Device
from buttress.records.document import ButtressError
from buttress.records.number import Fitted, Published

SOURCE = Evidence(source="littrup2009", place="a test")


def zone(width_mm: float, length_mm: float, duration_s: float) -> ChartZone:
    sizes = [Published(value=value, unit="mm", evidence=SOURCE) for value in (width_mm, length_mm)]
    return ChartZone(
        setting=f"{duration_s:g} s",
        duration_s=duration_s,
        width_mm=sizes[0],
        length_mm=sizes[1],
        criterion="a test",
        medium="a test",
    )


def test_a_film_that_made_a_chart_is_found_again_from_one_setting_and_predicts_the_other() -> None:
    device = load_devices()["cryoprobe_2_4mm"]
    known = with_numbers(applicator_of(device), {"film_w_m2k": 700.0})
    assert device.bench is not None
    changed = {"medium": "muscle", "start_c": 37.0, "criterion": "ice", "fitted_settings": (0,)}
    bench = device.bench.model_copy(update=changed)
    made = [simulate_setting(known, bench, zone(20.0, 45.0, seconds)).simulated for seconds in (300.0, 600.0)]
    chart = tuple(zone(one.longer_mm, one.length_mm, s) for one, s in zip(made, (300.0, 600.0), strict=True))
    found = calibrate(device.model_copy(update={"zones": chart, "bench": bench}))
    assert found.fitted["film_w_m2k"] == pytest.approx(700.0, rel=0.02)
    assert found.misfit_mm < 0.1
    assert found.prediction_error_mm < 0.2
    assert [one.was_fitted for one in found.results] == [True, False]
    assert found.status == "the fit settled"


def test_a_device_whose_numbers_are_user_supplied_refuses_to_be_simulated() -> None:
    with pytest.raises(ButtressError, match="cannot be simulated") as caught:
        applicator_of(load_devices()["bipolar_rf"])
    assert "maker's instructions" in caught.value.message


def test_a_device_without_a_bench_refuses_to_be_calibrated() -> None:
    with pytest.raises(ButtressError, match="no bench"):
        calibrate(load_devices()["cryoprobe_17g"])


def test_a_device_has_data_or_says_what_is_missing_but_not_both() -> None:
    nothing = {"key": "x", "title": "x", "modality": "cryoablation"}
    with pytest.raises(ValueError, match="user_supplied"):
        Device.model_validate(nothing)
    assert Device.model_validate({**nothing, "user_supplied": "its chart"}).zones == ()
    with pytest.raises(ValueError, match="has none here"):
        Device.model_validate({**nothing, "user_supplied": "its chart", "zones": [zone(1, 1, 1).model_dump()]})


def test_a_bench_cannot_name_a_setting_that_is_not_there() -> None:
    bench = Bench(
        medium="agar",
        start_c=37.0,
        is_perfused=False,
        criterion="ice",
        fitted_settings=(3,),
        sizes=("width",),
        free=("film_w_m2k",),
        ours="a test",
    )
    device = load_devices()["cryoprobe_2_4mm"]
    with pytest.raises(ValueError, match="not among the zones"):
        Device.model_validate({**device.model_dump(), "zones": [zone(1, 1, 1)], "bench": bench.model_dump()})


def test_every_fitted_number_of_the_shelf_says_to_what_and_how_well_and_names_its_source() -> None:
    fitted = [
        number
        for device in load_devices().values()
        if device.applicator is not None
        for number in (getattr(device.applicator, name) for name in type(device.applicator).model_fields)
        if isinstance(number, Fitted)
    ]
    assert len(fitted) == 5
    for number in fitted:
        assert number.fitted_to
        assert "mm" in number.misfit
        assert number.evidence.source in bibliography()


def test_only_named_fits_are_free_and_every_bench_names_them() -> None:
    for device in load_devices().values():
        if device.bench is not None:
            free = {name for name in device.bench.free if isinstance(getattr(device.applicator, name), Fitted)}
            assert free == set(device.bench.free)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"medium": "pudding"}, 'bench.medium: "pudding"'),
        ({"criterion": "sixty"}, 'bench.criterion: "sixty"'),  # a criterion of heat, for a cryoprobe
        ({"free": ("film",)}, 'bench.free: "film"'),
        ({"free": ("cooling_s",)}, 'bench.free: "cooling_s"'),  # a number of the probe, but none that is fitted
    ],
)
def test_a_bench_that_names_what_is_not_there_is_refused(changed: dict[str, object], told: str) -> None:
    device = load_devices()["cryoprobe_2_4mm"]
    assert device.bench is not None
    with pytest.raises(ButtressError, match=told):
        calibrate(device.model_copy(update={"bench": device.bench.model_copy(update=changed)}))
