"""Fit a device to its published chart: few numbers, chosen so that simulated zones have the published sizes.

Only the settings that the device's bench names are fitted; all others are predicted with the same numbers, and both are
told with what is left of the difference. Zones are simulated in one uniform medium, at 2 mm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from buttress.ablate.bench import UNPERFUSED, ZoneSize, bench_box, measure_zone, probe_layout
from buttress.ablate.cooling import cooling_needles, run_cooling
from buttress.ablate.heat_run import HeatRun, PlacedNeedle, begin_run
from buttress.ablate.lethal_zone import criteria
from buttress.ablate.microwave import run_microwave
from buttress.ablate.schedule import Phase
from buttress.library.load_damage import load_damage
from buttress.library.load_tissues import load_thermal_tissues
from buttress.records.applicator import Bench, CryoApplicator, MicrowaveApplicator
from buttress.records.device import Applicator, ChartZone, Device
from buttress.records.document import ButtressError

VOXEL_MM = 2.0
"""Ours: the preview's resolution; the needle's own size does not depend on it."""

BOUNDS: Mapping[str, tuple[float, float]] = {
    "film_w_m2k": (50.0, 20_000.0),
    "efficiency": (0.05, 1.0),
    "reach_mm": (2.0, 30.0),
}
"""Ours: what a fitted number may be."""

RELATIVE_STEP = 0.05
"""Ours: by how much a number is varied to see its effect, well above what a voxel can hide (numerical)."""

ENOUGH = 1e-3
"""Ours: the fit ends when numbers or misfit change by less than this share (numerical)."""


@dataclass(frozen=True, slots=True)
class SettingResult:
    """One published setting beside ours: widths and lengths in mm. ``was_fitted`` tells a fit from a prediction."""

    setting: str
    was_fitted: bool
    published_width_mm: float
    published_length_mm: float
    simulated: ZoneSize
    status: str

    @property
    def width_miss_mm(self) -> float:
        """Ours less published, on the longer side across the probes."""
        return self.simulated.longer_mm - self.published_width_mm

    @property
    def length_miss_mm(self) -> float:
        """Ours less published, along them."""
        return self.simulated.length_mm - self.published_length_mm


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted, to what, and how well: ``fitted`` by name; every setting of the chart; simulations spent."""

    device: str
    fitted: Mapping[str, float]
    results: tuple[SettingResult, ...]
    simulations: int
    status: str

    @property
    def misfit_mm(self) -> float:
        """Root mean square of what was fitted and is left."""
        return self._rms(was_fitted=True)

    @property
    def prediction_error_mm(self) -> float:
        """Root mean square width error of the settings that were not fitted; NaN where all were."""
        return self._rms(was_fitted=False)

    def _rms(self, *, was_fitted: bool) -> float:
        misses = [one.width_miss_mm for one in self.results if one.was_fitted == was_fitted]
        return float(np.sqrt(np.mean(np.square(misses)))) if misses else float("nan")


def applicator_of(device: Device) -> Applicator:
    """What a simulation needs of a device. Raises :class:`ButtressError` where nobody has published it."""
    if device.applicator is None:
        missing = device.user_supplied or "its geometry and what it does are not on the shelf"
        raise ButtressError(
            f'"{device.title}" cannot be simulated: {missing}',
            "a device with an applicator",
            "write it into the device's file from the maker's instructions, and calibrate it to the maker's chart",
        )
    return device.applicator


def simulate_setting(
    applicator: Applicator, bench: Bench, setting: ChartZone, voxel_mm: float = VOXEL_MM
) -> SettingResult:
    """One setting of a chart in its medium, as simulated with an applicator.

    Raises :class:`ButtressError` for an applicator that this cannot drive, or a heating without a power.
    """
    tissue, grid = bench_box(
        bench.medium, _reach_mm(applicator, setting), voxel_mm, None if bench.is_perfused else UNPERFUSED
    )
    if isinstance(applicator, CryoApplicator):
        probes = probe_layout(setting.probes, setting.spacing_mm or 0.0, applicator.active_length_mm.value)
        run = begin_run(tissue, grid, cooling_needles(applicator, grid, probes), start_c=bench.start_c, laws=())
        status = run_cooling(run, applicator, (Phase("freeze", setting.duration_s),)).status
    elif isinstance(applicator, MicrowaveApplicator):
        run = begin_run(tissue, grid, start_c=bench.start_c, laws=("liver_muscle",))
        antenna = PlacedNeedle((0.0, 0.0, -applicator.feed_mm.value), (0.0, 0.0, 1.0))
        phase = Phase("heat", setting.duration_s, power_w=setting.power_w)
        status = run_microwave(run, applicator, [antenna], (phase,))
    else:
        raise ButtressError("radiofrequency electrodes are not calibrated here", "a cryoprobe or an antenna")
    return _result(run, bench, setting, status)


def _result(run: HeatRun, bench: Bench, setting: ChartZone, status: str) -> SettingResult:
    found = measure_zone(criteria(run.history())[bench.criterion], run.grid.spacing_mm)
    sizes = (setting.width_mm.value, setting.length_mm.value)
    return SettingResult(setting.setting, False, *sizes, found, status)


def _reach_mm(applicator: Applicator, setting: ChartZone) -> float:
    """Half a box: the published zone or what freezes, and 25 mm beyond, so that its edge does not feel the zone."""
    active = applicator.active_length_mm.value if isinstance(applicator, CryoApplicator) else 0.0
    return 0.5 * max(setting.width_mm.value, setting.length_mm.value, active) + 25.0


def calibrate(device: Device, progress: Callable[[int], None] | None = None) -> Calibration:
    """Fit the numbers that the device's bench calls free, then simulate every setting of its chart.

    ``progress`` is told how many zones have been simulated. Raises :class:`ButtressError` for a device without data.
    """
    applicator, bench, spent = applicator_of(device), device.bench, 0
    if bench is None:
        raise ButtressError(
            f'"{device.title}" cannot be calibrated: its file has no bench',
            "the medium and temperature its chart was measured in, and the settings to fit",
            "add a [bench] to the device's file",
        )
    _check(applicator, bench)

    def told(values: np.ndarray) -> np.ndarray:
        nonlocal spent
        trial = with_numbers(applicator, dict(zip(bench.free, np.exp(values).tolist(), strict=True)))
        misses = []
        for k in bench.fitted_settings:
            result = simulate_setting(trial, bench, device.zones[k])
            misses += [result.width_miss_mm] * ("width" in bench.sizes)
            misses += [result.length_miss_mm] * ("length" in bench.sizes)
            spent += 1
            if progress is not None:
                progress(spent)
        return np.array(misses)

    start = np.log([getattr(applicator, name).value for name in bench.free])
    low, high = np.log(np.array([BOUNDS[name] for name in bench.free])).T
    fit = least_squares(told, start, bounds=(low, high), diff_step=RELATIVE_STEP, xtol=ENOUGH, ftol=ENOUGH, max_nfev=12)
    fitted = dict(zip(bench.free, np.exp(fit.x).tolist(), strict=True))
    best = with_numbers(applicator, fitted)
    results = []
    for k, setting in enumerate(device.zones):
        found = simulate_setting(best, bench, setting)
        results.append(
            SettingResult(
                found.setting,
                k in bench.fitted_settings,
                found.published_width_mm,
                found.published_length_mm,
                found.simulated,
                found.status,
            )
        )
    outcome = "the fit settled" if fit.success and fit.status > 0 else f"the fit did not settle: {fit.message}"
    return Calibration(device.key, fitted, tuple(results), spent + len(results), outcome)


def _check(applicator: Applicator, bench: Bench) -> None:
    """Refuse a bench that names what is not there: a medium, a criterion, a number to fit."""
    able = [name for name in BOUNDS if name in type(applicator).model_fields]
    heat = ("sixty", "dose", "damage_liver_muscle")
    allowed = {
        "free": (bench.free, able),
        "medium": ((bench.medium,), load_thermal_tissues().tissue),
        "criterion": ((bench.criterion,), load_damage().cold if isinstance(applicator, CryoApplicator) else heat),
    }
    for field, (given, known) in allowed.items():
        for name in given:
            if name not in known:
                told = ", ".join(known) or "nothing: this kind of device is not calibrated here"
                raise ButtressError(f'bench.{field}: "{name}" is not known here', told, "name one of these")


def with_numbers(applicator: Applicator, values: Mapping[str, float]) -> Applicator:
    """The applicator with other values for some of its numbers; what they rest on is left as it was."""
    changed = {name: getattr(applicator, name).model_copy(update={"value": value}) for name, value in values.items()}
    return applicator.model_copy(update=changed)
