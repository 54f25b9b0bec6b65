"""A plan's ablation simulated in a made-up limb: what is drawn, told, spared, stopped, and on which side."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from buttress.ablate.region import SparedStructure, look_at
from buttress.ablate.schedule import Schedule, parse_schedule
from buttress.ablate.simulate import SimulatedAblation, SimulationRequest, simulate_ablation
from buttress.ablate.validity import limits_of
from buttress.library.load import load_devices
from buttress.measure.given import unmeasured
from buttress.numerics.grid import Grid
from buttress.records.case import Lesion
from buttress.records.document import ButtressError
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging, Mask, Volume
from buttress.records.plan import AblationStep, Placement, Plan

SHAPE, VOXEL_MM = (56, 56, 40), 2.0
SHORT = parse_schedule("freeze 120")


@cache
def limb(*, metal: bool = False, flipped: bool = False) -> tuple[SeenLesion, Imaging]:
    """A limb along z about x = y = 0 with a shaft, a lytic lesion towards the patient's left, and a nerve beside it."""
    low = [-0.5 * VOXEL_MM * (n - 1) for n in SHAPE]
    grid = Grid.aligned(SHAPE, VOXEL_MM, low)
    x, y, z = np.moveaxis(grid.to_mm(np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)), -1, 0)
    x = -x if flipped else x
    radius = np.hypot(x, y)
    hu = np.where(radius < 50.0, 50.0, -1000.0)
    hu[radius < 16.0] = 1400.0
    hu[radius < 12.0] = -60.0
    lesion = (x - 8.0) ** 2 + y**2 + z**2 < 9.0**2
    hu[lesion] = 40.0
    nerve = (np.hypot(x - 26.0, y - 4.0) < 2.5) & (radius < 50.0)
    if metal:
        hu[(np.hypot(x + 5.0, y) < 3.0) & (np.abs(z) < 20.0)] = 5000.0
    seen = SeenLesion(
        findings=unmeasured(Lesion(id="shaft", bone="femur", side="left"), "made up"),
        bone=Mask(grid, radius < 16.0),
        lesion=Mask(grid, lesion),
    )
    return seen, Imaging(Volume(grid, hu.astype(np.float32)), structures={"nerve": Mask(grid, nerve)})


def plan(device: str, *, flipped: bool = False, power_w: float | None = 40.0) -> Plan:
    """One probe from the left side to the middle of the lesion."""
    chart = next(zone for one in load_devices().values() for zone in one.zones if zone.probes == 1)
    side = -1.0 if flipped else 1.0
    path = Placement(entry_mm=(side * 50.0, 0.0, 0.0), tip_mm=(side * 8.0, 0.0, 0.0), depth_mm=42.0, bone_path_mm=8.0)
    step = AblationStep(
        modality=load_devices()[device].modality,
        device=device,
        title=device,
        setting=chart.model_copy(update={"power_w": power_w}),
        centre_mm=path.tip_mm,
        axis=(-side, 0.0, 0.0),
        placements=(path,),
    )
    return Plan(
        id="shaft-ablation", lesion_id="shaft", title="test", techniques=(), ablation=step, steps=(), rationale=()
    )


def request(device: str = "cryoprobe_2_4mm", schedule: Schedule | None = SHORT, **more: object) -> SimulationRequest:
    flipped = bool(more.pop("flipped", False))
    _, imaging = limb(flipped=flipped)
    base = SimulationRequest(
        plan=plan(device, flipped=flipped),
        device=load_devices()[device],
        wanted_margin_mm=5.0,
        spared={"nerve": SparedStructure("nerve", imaging.structures["nerve"])},
        schedule=schedule,
        ensemble=0,
    )
    return replace(base, **more)  # type: ignore[arg-type]


@cache
def frozen(*, flipped: bool = False, ensemble: int = 0, seed: int = 0) -> SimulatedAblation:
    asked = request(flipped=flipped, ensemble=ensemble, seed=seed)
    return simulate_ablation(asked, *limb(flipped=flipped))


def test_the_probe_lies_across_the_lesion_on_its_own_side_of_the_patient() -> None:
    found = frozen()
    cold = found.history.coldest_c
    assert cold is not None
    x = found.region.grid.to_mm(np.argwhere(cold < -20.0))[:, 0]
    assert found.record.status == "finished"
    assert 0.0 < np.median(x) < 16.0  # the patient's left is +x; the probe's middle is put at 8 mm
    at = found.record.criteria[0].margin_mm.at_mm
    assert at is not None


def test_a_mirrored_patient_gives_the_mirrored_zone() -> None:
    own, other = frozen(), frozen(flipped=True)
    assert own.level == pytest.approx(other.level[::-1], abs=1e-2)
    left, right = (one.voxels(limb()[1].ct.grid).zone for one in (own, other))
    assert left.inside.sum() > 0
    np.testing.assert_array_equal(left.inside, right.inside[::-1])


def test_every_criterion_of_cold_is_told_and_the_colder_ones_hold_less() -> None:
    volumes = {one.key: one.volume_ml.value for one in frozen().record.criteria}
    assert set(volumes) == {"minus_40", "minus_30", "minus_20", "ice"}
    assert volumes["minus_40"] < volumes["minus_30"] < volumes["minus_20"] < volumes["ice"]
    assert [one.key for one in frozen().record.criteria if one.is_default] == ["minus_40"]


def test_the_course_grows_and_names_its_phase() -> None:
    course = frozen().record.course
    assert len(course) > 10
    assert [one.time_s for one in course] == sorted(one.time_s for one in course)
    assert all(one.phase == "freeze" for one in course)
    held = [one.coverage_fraction for one in course]
    assert held == sorted(held)


def test_an_ensemble_brackets_the_planned_run_and_the_same_seed_draws_the_same() -> None:
    found = frozen(ensemble=2)
    ice = next(one for one in found.record.criteria if one.key == "ice")
    low, value, high = ice.volume_ml.low, ice.volume_ml.value, ice.volume_ml.high
    assert low is not None and value is not None and high is not None  # noqa: PT018
    assert low <= value <= high
    assert low < high
    chances = [share for _, share in ice.margin_chances]
    assert chances == sorted(chances, reverse=True)
    again = simulate_ablation(request(ensemble=2), *limb())
    assert again.record == found.record
    assert frozen(ensemble=2, seed=1).record.criteria != found.record.criteria


def test_a_seen_nerve_is_a_tissue_and_an_estimated_one_is_only_watched() -> None:
    seen, imaging = limb()
    nerve = imaging.structures["nerve"]
    for is_seen in (True, False):
        spared = {"nerve": SparedStructure("nerve", nerve, is_seen)}
        region = look_at(seen, imaging, [(8.0, 0.0, 0.0)], 2.0, spared)
        assert bool(region.tissue.where("nerve").any()) is is_seen
        assert region.structures["nerve"].any()
        assert region.kinds["skin"] == "skin"


def test_what_is_spared_is_judged_against_its_band() -> None:
    nerve, skin = frozen().record.structures
    assert (nerve.name, skin.name) == ("nerve", "skin")
    assert nerve.band_c == (10.0, 45.0)
    assert nerve.coldest_c.value is not None
    assert nerve.is_spared is (nerve.coldest_c.value >= 10.0)


def test_a_cropped_image_is_said_to_end_inside_what_is_simulated() -> None:
    assert any(
        "image ends inside" in limit for limit in frozen().record.limits
    )  # the limb is 80 mm long, the box 88 mm


def test_stopping_keeps_what_was_reached_and_says_so() -> None:
    found = simulate_ablation(request(ensemble=2), *limb(), told=lambda what, fraction: fraction < 0.5)
    assert found.record.status == "cancelled"
    assert "request" in found.record.outcome
    assert found.record.ensemble == 0
    assert max(one.time_s for one in found.record.course) < 90.0


def test_metal_beside_a_monopolar_electrode_raises_the_warning_and_beside_an_antenna_does_not() -> None:
    scene = limb(metal=True)
    heated = parse_schedule("heat 10 at 10 W")
    current = simulate_ablation(request("cooled_rf_2cm", heated), *scene).record
    wave = simulate_ablation(request("emprint_microwave", heated), *scene).record
    assert any(warning.startswith("IMPLANT") for warning in current.warnings)
    assert not any("IMPLANT" in warning for warning in wave.warnings)
    without = simulate_ablation(request("cooled_rf_2cm", heated), *limb()).record
    assert not any("IMPLANT" in warning for warning in without.warnings)


def test_where_nothing_is_said_cold_freezes_twice_and_heat_follows_the_chart() -> None:
    heat = simulate_ablation(request("emprint_microwave", None), *limb(), told=lambda what, fraction: False).record
    assert heat.schedule.startswith("heat")
    cold = simulate_ablation(request(schedule=None), *limb(), told=lambda what, fraction: False).record
    assert cold.schedule == "freeze 600, thaw 300, freeze 600"


def test_what_cannot_be_simulated_is_refused_with_the_reason() -> None:
    with pytest.raises(ButtressError, match="cannot be simulated"):
        simulate_ablation(request("bipolar_rf"), *limb())
    with pytest.raises(ButtressError, match="cryoprobe cannot"):
        simulate_ablation(request(schedule=parse_schedule("heat 60 at 20 W")), *limb())
    with pytest.raises(ValueError, match="no ablation"):
        simulate_ablation(
            replace(request(), plan=plan("cryoprobe_2_4mm").model_copy(update={"ablation": None})), *limb()
        )


@pytest.mark.parametrize(
    ("device", "spacing_mm", "ensemble_mm", "preview", "ensemble"),
    [
        ("cooled_rf_2cm", 2.0, None, True, False),
        ("cooled_rf_2cm", 2.0, 2.0, True, True),
        ("cooled_rf_2cm", 1.0, 2.0, False, True),
        ("cooled_rf_2cm", 1.0, None, False, False),
        ("cryoprobe_2_4mm", 2.0, 2.0, False, False),
        ("emprint_microwave", 2.0, 2.0, False, False),
    ],
)
def test_coarse_radiofrequency_says_that_its_zone_comes_out_small(
    device: str, spacing_mm: float, ensemble_mm: float | None, preview: bool, ensemble: bool
) -> None:
    seen, imaging = limb()
    region = look_at(seen, imaging, [(8.0, 0.0, 0.0)], spacing_mm, {})
    limits = limits_of(region, load_devices()[device], ensemble_mm)
    assert any(one.startswith("A preview at 2 mm") and "too small" in one for one in limits) is preview
    assert any("ensemble at 2 mm" in one and "lie too low" in one for one in limits) is ensemble
