"""Potential, heat and generator together: balances, control, drying, circuits."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.ablate.bench import bench_box
from buttress.ablate.generator import ConstantPower, Generator, Limits, RollOff, TipTemperature
from buttress.ablate.heat_run import HeatRun, PlacedNeedle, begin_run
from buttress.ablate.radiofrequency import FAINT_K, Circuit, Pole, Probes, poles_of, run_radiofrequency
from buttress.numerics.grid import Grid
from buttress.records.applicator import RfApplicator
from buttress.records.number import Assumed
from buttress.records.radiofrequency import RadiofrequencyRun

UP = np.array([0.0, 0.0, 1.0])


def number(value: float, unit: str = "mm") -> Assumed:
    return Assumed(value=value, unit=unit, low=value, high=value, ours="test")


def electrode(length_mm: float = 10.0, poles: int = 1, gap_mm: float = 0.0, coolant_c: float | None = None):
    return RfApplicator(
        kind="rf",
        poles="one" if poles == 1 else "two",
        diameter_mm=number(1.5),
        active_length_mm=number(length_mm),
        gap_mm=number(gap_mm),
        coolant_c=None if coolant_c is None else number(coolant_c, "°C"),
    )


def placed_at(grid: Grid, applicator: RfApplicator, *tips_mm: tuple[float, float, float]) -> tuple[Pole, ...]:
    return tuple(pole for tip in tips_mm for pole in poles_of(applicator, grid, PlacedNeedle(np.array(tip), UP)))


def heated_muscle(
    generator: Generator, seconds: float, length_mm: float = 10.0, coolant_c: float | None = None
) -> tuple[HeatRun, RadiofrequencyRun]:
    tissue, grid = bench_box("muscle", 25.0, 1.0)
    poles = placed_at(grid, electrode(length_mm, coolant_c=coolant_c), (0.0, 0.0, -length_mm / 2.0))
    run = begin_run(tissue, grid, [pole.needle for pole in poles])
    return run, run_radiofrequency(run, Probes(poles, (Circuit((0,)),)), generator, seconds)


def test_what_the_generator_gives_becomes_heat():
    run, found = heated_muscle(ConstantPower(6.0), 120.0)
    assert (found.status, found.done_s) == ("finished", pytest.approx(120.0))
    assert found.energy_j == pytest.approx(6.0 * 120.0)
    assert found.heat_j == pytest.approx(found.energy_j, rel=5e-3)  # the outermost voxels are held at 37 °C
    followed = sum(report.sources_j for report in run.reports)
    tissue_j_k = float(run.tissue.materials.capacity_thawed_j_m3k.min()) * run.problem.voxel_m3 * run.tissue.labels.size
    assert followed <= found.heat_j * (1 + 1e-6)
    assert found.heat_j - followed < FAINT_K * tissue_j_k
    gained = sum(r.stored_j for r in run.reports)
    given = sum(r.sources_j + r.blood_j + r.faces_j + sum(r.needles_j) for r in run.reports)
    assert gained == pytest.approx(given, rel=1e-3)


def test_power_is_voltage_squared_over_impedance_and_impedance_falls_as_tissue_warms():
    _, found = heated_muscle(ConstantPower(6.0), 60.0)
    for power, volts, ohm in zip(found.power_w, found.voltage_v, found.impedance_ohm, strict=True):
        assert power == pytest.approx(volts**2 / ohm)
    assert found.impedance_ohm[-1] < 0.85 * found.impedance_ohm[0]
    assert list(found.tip_c) == sorted(found.tip_c)


def test_temperature_control_holds_the_tip_within_one_kelvin():
    _, found = heated_muscle(TipTemperature(80.0, start_w=5.0, limits=Limits(power_w=30.0)), 360.0)
    seconds, tip = np.array(found.time_s), np.array(found.tip_c)
    assert np.abs(tip[seconds > 180.0] - 80.0).max() < 1.0
    assert tip.max() < 82.0


def test_drying_tissue_raises_impedance_and_a_pause_lets_it_fall_again():
    _, steady = heated_muscle(ConstantPower(25.0), 60.0)
    least = min(steady.impedance_ohm)
    assert steady.impedance_ohm[-1] > 2.0 * least
    assert max(steady.tip_c) >= 99.0
    _, pulsed = heated_muscle(ConstantPower(25.0, roll_off=RollOff(ratio=1.3, pause_s=15.0)), 120.0)
    assert len(pulsed.roll_offs_s) >= 2
    pauses = [n for n, seconds in enumerate(pulsed.time_s) if seconds in pulsed.roll_offs_s]
    assert all(pulsed.power_w[n] == 0.0 for n in pauses)
    after = [pulsed.impedance_ohm[n + 1] / pulsed.impedance_ohm[n] for n in pauses if n + 1 < len(pulsed.time_s)]
    assert max(after) < 1.0


def test_the_generator_stops_after_its_last_roll_off():
    _, found = heated_muscle(ConstantPower(25.0, roll_off=RollOff(ratio=1.3, pause_s=15.0, most=1)), 300.0)
    assert found.done_s < 300.0
    assert "roll-off" in found.status


def test_a_cooled_shaft_stays_cool_and_the_hottest_tissue_lies_off_it():
    run, _ = heated_muscle(ConstantPower(15.0), 180.0, length_mm=20.0, coolant_c=15.0)
    middle = run.problem.labels.shape[0] // 2
    across = run.temperature_c[middle, :, middle]
    assert across[middle] < 50.0
    assert 2 <= abs(int(np.argmax(across)) - middle) <= 8


def test_a_bipolar_shaft_heats_both_sides_alike_and_nothing_leaves_by_the_edge():
    tissue, grid = bench_box("muscle", 25.0, 1.0)
    poles = placed_at(grid, electrode(8.0, poles=2, gap_mm=4.0), (0.0, 0.0, -10.0))
    run = begin_run(tissue, grid, [pole.needle for pole in poles])
    probes = Probes(poles, (Circuit((0,), (1,)),))
    found = run_radiofrequency(run, probes, ConstantPower(6.0), 120.0, edge="insulated")
    assert found.heat_j == pytest.approx(found.energy_j, rel=5e-3)
    assert found.notes == ()
    warm = run.temperature_c
    assert warm == pytest.approx(warm[:, :, ::-1], abs=0.05)
    assert warm.max() > 60.0


def test_three_probes_that_take_turns_heat_all_three():
    tissue, grid = bench_box("muscle", 25.0, 1.0)
    tips = [(8.0 * np.cos(turn), 8.0 * np.sin(turn), -5.0) for turn in np.radians([90.0, 210.0, 330.0])]
    poles = placed_at(grid, electrode(), *tips)
    pairs = (Circuit((0,), (1,)), Circuit((1,), (2,)), Circuit((2,), (0,)))
    run = begin_run(tissue, grid, [pole.needle for pole in poles])
    found = run_radiofrequency(run, Probes(poles, pairs, dwell_s=10.0), ConstantPower(10.0), 180.0, edge="unbounded")
    assert found.status == "finished"
    assert {10.0 * k for k in range(18)} <= {round(seconds, 6) for seconds in found.time_s}
    index = np.rint(grid.to_index([[x, y, 0.0] for x, y, _ in tips])).astype(int)
    tips_c = run.temperature_c[tuple(index.T)]
    assert tips_c.min() > 55.0
    assert np.ptp(tips_c) < 12.0  # the pair that was on last is the warmest
    assert run.temperature_c[tuple(np.rint(grid.to_index([0.0, 0.0, 0.0])).astype(int))] > 42.0


def test_what_does_not_fit_together_is_refused():
    tissue, grid = bench_box("muscle", 12.0, 1.0)
    poles = placed_at(grid, electrode(), (0.0, 0.0, -5.0))
    with pytest.raises(ValueError, match="needles"):
        run_radiofrequency(begin_run(tissue, grid), Probes(poles, (Circuit((0,)),)), ConstantPower(5.0), 10.0)
    with pytest.raises(ValueError, match="circuit"):
        Probes(poles, (Circuit((1,)),))
    with pytest.raises(ValueError, match="circuit"):
        Probes(poles, ())
    with pytest.raises(ValueError, match="longer than its diameter"):
        poles_of(electrode(1.0), grid, PlacedNeedle(np.zeros(3), UP))


def test_a_run_can_be_stopped():
    tissue, grid = bench_box("muscle", 12.0, 1.0)
    poles = placed_at(grid, electrode(), (0.0, 0.0, -5.0))
    run = begin_run(tissue, grid, [pole.needle for pole in poles])
    told: list[float] = []

    def go_on(fraction: float) -> bool:
        told.append(fraction)
        return fraction < 0.5

    found = run_radiofrequency(run, Probes(poles, (Circuit((0,)),)), ConstantPower(5.0), 60.0, progress=go_on)
    assert 25.0 < found.done_s < 45.0
    assert "Stopped" in found.status
    assert told == sorted(told)
