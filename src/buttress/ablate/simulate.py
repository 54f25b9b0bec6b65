"""Simulate one plan's ablation in the patient's tissue: once finely, and many times coarsely for how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.ablate.calibrate import applicator_of
from buttress.ablate.course import Course, with_readings
from buttress.ablate.curing import judge_cold_for_cement
from buttress.ablate.deliver import default_schedule, place_probes, prepare
from buttress.ablate.ensemble import draw_variations, nominal
from buttress.ablate.heat_run import HeatRun, PlacedNeedle, Progress, portion
from buttress.ablate.lethal_zone import ThermalHistory, criteria
from buttress.ablate.outcomes import (
    Reach,
    criterion_outcomes,
    default_criterion,
    histograms,
    reaches,
    structure_outcomes,
)
from buttress.ablate.region import SimulatedRegion, SparedStructure, look_at
from buttress.ablate.schedule import Schedule
from buttress.ablate.validity import limits_of, sources_of, validity_of, warnings_of
from buttress.library.load_damage import load_curing
from buttress.numerics.grid import Grid
from buttress.numerics.resample import resample_to
from buttress.records.device import Applicator, Device
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging, Mask, Volume
from buttress.records.plan import Plan
from buttress.records.simulation import AblationSimulation, CementReadiness, Quality, SimulatedVoxels

SPACING_MM: Mapping[Quality, float] = {"preview": 2.0, "final": 1.0}
ENSEMBLE_MM = 2.0
"""Ours: voxels of a preview and of every run of an ensemble, and of the final run."""

Told = Callable[[str, float], bool]
"""Told what is being run and the fraction done; answers whether to go on."""


@dataclass(frozen=True, slots=True, eq=False)
class SimulationRequest:
    """What to simulate: the plan with its device, when what is done (None: the usual), how finely, how often.

    ``spared`` are structures by name; ``ensemble`` runs (0: none) are drawn from ``seed``.
    """

    plan: Plan
    device: Device
    wanted_margin_mm: float
    spared: Mapping[str, SparedStructure]
    schedule: Schedule | None = None
    quality: Quality = "preview"
    ensemble: int = 20
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedAblation:
    """The record, and the voxels behind it: the region, its history, and the level of the project's criterion, positive
    where tissue is dead.
    """

    record: AblationSimulation
    region: SimulatedRegion
    history: ThermalHistory
    level: NDArray[np.float32]

    def voxels(self, like: Grid) -> SimulatedVoxels:
        """The zone on another grid (the CT's), and the coldest or hottest that every simulated voxel became."""
        level = np.where(self.region.tissue.where("gas"), np.float32(-1.0), self.level)
        inside = resample_to(level, self.region.grid, like, outside=-1.0) > 0.0
        of_cold = self.record.modality == "cryoablation"
        extreme = self.history.coldest_c if of_cold else self.history.hottest_c
        assert extreme is not None
        extremes = Volume(self.region.grid, extreme, "temperature_c")
        return SimulatedVoxels(self.record.lesion_id, Mask(like, np.asarray(inside)), extremes)


def simulate_ablation(
    request: SimulationRequest, seen: SeenLesion, imaging: Imaging, told: Told | None = None
) -> SimulatedAblation:
    """Run the ablation of a plan. ``told`` may stop it: the record then says so, and holds what was reached.

    Raises :class:`ButtressError` for a device that nobody has published, or a schedule that it cannot follow, and
    ``ValueError`` for a plan without ablation.
    """
    step = request.plan.ablation
    if step is None:
        raise ValueError(f"plan {request.plan.id} has no ablation to simulate")
    applicator = applicator_of(request.device)
    schedule = request.schedule or default_schedule(step, request.device, then_cement=bool(request.plan.fills))
    probes = place_probes(step, applicator)
    points = np.stack([np.asarray(one.tip_mm) for one in probes])
    region = look_at(seen, imaging, points, SPACING_MM[request.quality], request.spared)
    of_cold = request.device.modality == "cryoablation"
    delivery = prepare(region, applicator, probes, schedule, nominal(len(probes)))
    watch = _Watch(told)
    course = Course(delivery.run, region, schedule, of_cold, watch.part("the planned ablation"))
    done = delivery.deliver(course)
    history = done.run.history()
    main = reaches(region, history, request.wanted_margin_mm, of_cold=of_cold)
    others, stopped = list[_Drawn](), ""
    if done.status == "finished" and request.ensemble > 0:
        coarse = look_at(seen, imaging, points, ENSEMBLE_MM, request.spared)
        others, stopped = _ensemble(request, coarse, applicator, probes, schedule, watch)
    outcome = done.status if done.status != "finished" else stopped or "finished"
    moments = with_readings(course.moments, done.power_w, done.impedance_ohm)
    ensemble_mm = ENSEMBLE_MM if others else None
    record = AblationSimulation(
        plan_id=request.plan.id,
        lesion_id=request.plan.lesion_id,
        modality=request.device.modality,
        device=request.device.key,
        title=request.device.title,
        schedule=", ".join(str(phase) for phase in schedule),
        probes=len(probes),
        quality=request.quality,
        spacing_mm=region.spacing_mm,
        wanted_margin_mm=request.wanted_margin_mm,
        status="cancelled" if watch.stopped else "finished" if outcome == "finished" else "failed",
        outcome=outcome,
        criteria=criterion_outcomes(region, history, main, [one.reaches for one in others], of_cold=of_cold),
        structures=structure_outcomes(region, history, [(one.region, one.history) for one in others]),
        histograms=histograms(region, history, request.wanted_margin_mm, of_cold=of_cold),
        course=moments,
        cement=_cement(region, done.run) if request.plan.fills else None,
        ensemble=len(others),
        ensemble_spacing_mm=ensemble_mm,
        seed=request.seed,
        warnings=(*done.notes, *warnings_of(region, request.device, history)),
        validity=validity_of(request.device),
        limits=limits_of(region, request.device, ensemble_mm),
        evidence=sources_of(request.device),
    )
    return SimulatedAblation(record, region, history, criteria(history)[default_criterion(of_cold=of_cold)].level)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """One run of the ensemble."""

    region: SimulatedRegion
    history: ThermalHistory
    reaches: Mapping[str, Reach]


@dataclass(slots=True)
class _Watch:
    """Passes progress on, and remembers whether somebody stopped it."""

    told: Told | None
    stopped: bool = False

    def part(self, what: str) -> Progress:
        """Progress of one part of the work."""
        return lambda fraction: self._tell(what, fraction)

    def _tell(self, what: str, fraction: float) -> bool:
        self.stopped = self.stopped or (self.told is not None and not self.told(what, fraction))
        return not self.stopped


def _ensemble(
    request: SimulationRequest,
    region: SimulatedRegion,
    applicator: Applicator,
    probes: tuple[PlacedNeedle, ...],
    schedule: Schedule,
    watch: _Watch,
) -> tuple[list[_Drawn], str]:
    """Runs under drawn variations, and why they ended early, if they did."""
    found, of_cold = list[_Drawn](), request.device.modality == "cryoablation"
    for n, variation in enumerate(draw_variations(request.ensemble, len(probes), request.seed)):
        part = portion(watch.part("the ensemble"), n / request.ensemble, 1.0 / request.ensemble)
        done = prepare(region, applicator, probes, schedule, variation).deliver(part)
        if done.status != "finished":
            return found, f"run {n + 1} of the ensemble: {done.status}"
        history = done.run.history()
        found.append(_Drawn(region, history, reaches(region, history, request.wanted_margin_mm, of_cold=of_cold)))
    return found, ""


def _cement(region: SimulatedRegion, run: HeatRun) -> CementReadiness:
    """Whether cement would set in the part of the lesion that lies in bone, as things are when the schedule ends."""
    shelf = load_curing()
    kinetics = next(iter(shelf.kinetics.values()))
    place = region.lesion & region.masks.bone if region.masks.bone is not None else region.lesion
    place = place if place.any() else region.lesion
    temperature = run.temperature_c
    verdict = judge_cold_for_cement(kinetics, temperature, place)
    return CementReadiness(
        coldest_c=verdict.coldest_c,
        median_c=float(np.median(temperature[place])),
        is_too_cold=verdict.is_too_cold,
        slower_than_warm=verdict.times_slower,
        sentence=verdict.told,
        evidence=(kinetics.rate_1_s.evidence,),
    )
