"""Input that makes no sense is refused before anything is computed; what happens on the way is told in the report."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from buttress.ablate.ladder.samples import materials
from buttress.numerics.electrical_conductivity import electrical_conductivity
from buttress.numerics.heat import HeatProblem, Needle, ThermalMaterials, advance_heat, start_heat

MM = 1e-3
SHAPE = (7, 7, 7)
NEEDLE = Needle((3 * MM, 3 * MM, 2 * MM), (3 * MM, 3 * MM, 4 * MM), 0.75 * MM)


def problem(**more: Any) -> HeatProblem:
    given: dict[str, Any] = {
        "labels": np.zeros(SHAPE, np.uint8), "spacing_m": (MM,) * 3, "materials": materials(), "needles": (NEEDLE,),
    }  # fmt: skip
    return HeatProblem(**(given | more))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"labels": np.zeros(SHAPE, np.int64)}, "uint8"),
        ({"labels": np.zeros((7, 7), np.uint8)}, "uint8"),
        ({"labels": np.zeros((0, 7, 7), np.uint8)}, "uint8"),
        ({"labels": np.full(SHAPE, 3, np.uint8)}, "label 3 has no material"),
        ({"spacing_m": (MM, MM)}, "three positive lengths"),
        ({"spacing_m": (MM, 0.0, MM)}, "three positive lengths"),
        ({"spacing_m": (MM, np.nan, MM)}, "three positive lengths"),
        ({"spacing_m": (MM, np.inf, MM)}, "three positive lengths"),
        ({"edge": "open"}, "'held' or 'insulated'"),
        ({"edge": ("held", "held")}, "'held' or 'insulated'"),
        ({"labels": np.zeros((2, 7, 7), np.uint8)}, "three voxels or more"),
    ],
)
def test_a_lattice_without_sense_is_refused(changed: dict[str, Any], told: str):
    with pytest.raises(ValueError, match=told):
        problem(**changed)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", [one.name for one in fields(ThermalMaterials)])
def test_every_property_must_be_a_finite_number(name: str, bad: float):
    with pytest.raises(ValueError, match="finite"):
        materials({name: bad})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"solidus_c": -1.0}, "solidus < liquidus"),
        ({"liquidus_c": 37.0}, "solidus < liquidus"),
        ({"boils_from_c": 37.0}, "solidus < liquidus"),
        ({"boiled_at_c": 99.0}, "solidus < liquidus"),
        ({"capacity_thawed_j_m3k": 0.0}, "capacity_thawed_j_m3k must be positive"),
        ({"conductivity_frozen_w_mk": -1.0}, "conductivity_frozen_w_mk must be positive"),
        ({"latent_fusion_j_m3": -1.0}, "latent_fusion_j_m3 must not be negative"),
        ({"perfusion_w_m3k": -1.0}, "perfusion_w_m3k must not be negative"),
    ],
)
def test_a_material_that_cannot_be_is_refused(changed: dict[str, float], told: str):
    with pytest.raises(ValueError, match=told):
        materials(changed)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), MM), "ends must differ"),
        (((0.0, 0.0, np.nan), (0.0, 0.0, MM), MM), "finite ends"),
        (((0.0, 0.0, 0.0), (0.0, np.inf, MM), MM), "finite ends"),
        (((0.0, 0.0, 0.0), (0.0, 0.0, MM), 0.0), "positive radius"),
        (((0.0, 0.0, 0.0), (0.0, 0.0, MM), np.nan), "finite ends"),
        (((0.0, 0.0, 0.0), (0.0, 0.0, MM), MM, 0.0), "film_w_m2k must be positive"),
        (((0.0, 0.0, 0.0), (0.0, 0.0, MM), MM, np.nan), "film_w_m2k must be positive"),
    ],
)
def test_a_needle_without_sense_is_refused(given: tuple[Any, ...], told: str):
    with pytest.raises(ValueError, match=told):
        Needle(*given)


@pytest.mark.parametrize(
    ("seconds", "given", "told"),
    [
        (np.nan, {}, "duration_s"),
        (np.inf, {}, "duration_s"),
        (-1.0, {}, "duration_s"),
        (1.0, {"source_w_m3": np.zeros((7, 7, 6), np.float32)}, "source_w_m3 has shape"),
        (1.0, {"coagulated": np.zeros((6, 7, 7), bool)}, "coagulated has shape"),
        (1.0, {"needle_temperatures_c": [10.0, 10.0]}, "2 values for 1 needles"),
        (1.0, {"needle_powers_w": [1.0, 1.0]}, "2 values for 1 needles"),
        (1.0, {"needle_temperatures_c": [np.nan]}, "one finite temperature or power"),
        (1.0, {"needle_powers_w": [np.inf]}, "one finite temperature or power"),
        (1.0, {"needle_temperatures_c": [10.0], "needle_powers_w": [1.0]}, "one finite temperature or power"),
    ],
)
def test_an_advance_that_does_not_fit_is_refused_and_leaves_the_state_alone(
    seconds: float, given: dict[str, Any], told: str
):
    tissue = problem()
    state = start_heat(tissue, 30.0)
    before = state.enthalpy.copy()
    with pytest.raises(ValueError, match=told):
        advance_heat(tissue, state, seconds, **given)
    np.testing.assert_array_equal(state.enthalpy, before)
    assert state.time_s == 0.0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_source_that_is_no_number_ends_in_a_report_and_the_last_finite_state(bad: float):
    tissue, source = problem(), np.zeros(SHAPE, np.float32)
    state = start_heat(tissue, 37.0)
    advance_heat(tissue, state, 5.0, needle_powers_w=[0.5])
    warm = state.enthalpy.copy()
    source[3, 3, 3] = bad
    report = advance_heat(tissue, state, 10.0, source_w_m3=source)
    assert report.status == "not finite"
    assert "became infinite" in report.outcome
    assert np.isfinite(state.enthalpy).all()
    assert state.time_s == pytest.approx(5.0 + report.done_s)
    np.testing.assert_array_equal(state.enthalpy, warm)


def test_a_source_that_overflows_on_the_way_leaves_the_last_finite_state():
    """3e38 W/m³ for 10 s is more than a float32 holds; the first half second of it is not."""
    tissue, source = problem(), np.zeros(SHAPE, np.float32)
    state = start_heat(tissue, 37.0)
    source[3, 3, 3] = 3e38
    report = advance_heat(tissue, state, 10.0, source_w_m3=source)
    assert report.status == "not finite"
    assert "became infinite" in report.outcome
    assert np.isfinite(state.enthalpy).all()
    assert 0.0 < report.done_s < float(np.finfo(np.float32).max) / 3e38
    assert state.time_s == pytest.approx(report.done_s)
    assert report.sources_j == pytest.approx(3e38 * report.done_s * tissue.voxel_m3, rel=1e-6)
    assert report.imbalance_fraction < 1e-5


def test_a_state_that_is_no_number_from_the_start_is_told():
    tissue = problem()
    start = np.full(SHAPE, 37.0)
    start[3, 3, 3] = np.nan
    report = advance_heat(tissue, start_heat(tissue, start), 10.0, needle_powers_w=[0.5])
    assert (report.status, report.done_s) == ("not finite", 0.0)


def test_no_time_is_no_change():
    tissue = problem()
    state = start_heat(tissue, 20.0)
    before = state.enthalpy.copy()
    report = advance_heat(tissue, state, 0.0, needle_temperatures_c=[-140.0])
    assert (report.status, report.super_steps, report.stored_j) == ("finished", 0, 0.0)
    np.testing.assert_array_equal(state.enthalpy, before)


def test_a_needle_wholly_outside_the_lattice_touches_nothing():
    away = Needle((3 * MM, 3 * MM, 40 * MM), (3 * MM, 3 * MM, 50 * MM), 0.75 * MM)
    tissue = problem(needles=(away,))
    state = start_heat(tissue, 20.0)
    report = advance_heat(tissue, state, 5.0, needle_temperatures_c=[-140.0])
    assert (report.status, report.needles_j) == ("finished", (0.0,))


def test_conductivities_that_are_not_one_for_each_label_are_refused():
    tissue = problem()
    factors = {"per_kelvin": 0.015, "boiled_factor": 0.01, "frozen_factor": 0.01}
    with pytest.raises(ValueError, match="2,"):
        electrical_conductivity(tissue, start_heat(tissue, 37.0), np.array([0.1, 0.2]), **factors)
