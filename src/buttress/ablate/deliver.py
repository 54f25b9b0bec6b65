"""One ablation delivered in a region: probes where a plan puts them, driven as a schedule says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from buttress.ablate.calibrate import applicator_of, with_numbers
from buttress.ablate.cooling import cooling_needles, run_cooling
from buttress.ablate.ensemble import Variation
from buttress.ablate.generator import ConstantPower, Generator, Limits, RollOff, TipTemperature
from buttress.ablate.heat_run import HeatRun, PlacedNeedle, Progress, begin_run, portion
from buttress.ablate.microwave import run_microwave
from buttress.ablate.radiofrequency import Circuit, Pole, Probes, poles_of, run_radiofrequency
from buttress.ablate.region import SimulatedRegion
from buttress.ablate.schedule import Phase, Schedule, total_s
from buttress.records.applicator import CryoApplicator, RfApplicator
from buttress.records.device import Applicator, Device
from buttress.records.document import ButtressError
from buttress.records.plan import AblationStep

FREEZE_S, THAW_S, HOT_THAW_S = 600.0, 300.0, 960.0
"""Ours, where a plan tells no other: freeze, thaw and freeze again as is usual, and before cement an active thaw of a
little more than the 15 minutes that ahmed2019 asks for."""

UNCOOLED_TIP_C = 90.0
MOST_POWER_W = 200.0
MOST_CURRENT_A = 2.0
MOST_VOLTAGE_V = 150.0
ROLL_OFF = RollOff(ratio=1.3, pause_s=15.0, then=0.8)
START_W = 5.0
SWITCHED_S = 30.0
"""Ours: what a generator does where its device's file is silent."""

LAWS = ("liver_muscle", "bone")


@dataclass(frozen=True, slots=True, eq=False)
class Delivered:
    """What came of it: the run with its history, "finished" or why not, sentences to read, and power by time (s, W)."""

    run: HeatRun
    status: str
    notes: tuple[str, ...]
    power_w: tuple[tuple[float, float], ...] = ()
    impedance_ohm: tuple[tuple[float, float], ...] = ()


def default_schedule(step: AblationStep, device: Device, *, then_cement: bool) -> Schedule:
    """What is done where nothing else is asked: for cold ours, for heat the time and power of the chart's setting.

    Raises :class:`ButtressError` for heat with a device that has no setting on the shelf.
    """
    applicator = applicator_of(device)
    if isinstance(applicator, CryoApplicator):
        phases = (Phase("freeze", FREEZE_S), Phase("thaw", THAW_S), Phase("freeze", FREEZE_S))
        return (*phases, Phase("hot-thaw", HOT_THAW_S)) if then_cement else phases
    setting = step.setting if step.device == device.key else next(iter(device.zones), None)
    if setting is None:
        raise ButtressError(
            f'no setting of "{device.title}" is on the shelf',
            "a schedule",
            "name one, such as: heat 300 at 30 W",
        )
    return (Phase("heat", setting.duration_s, power_w=setting.power_w),)


def place_probes(step: AblationStep, applicator: Applicator) -> tuple[PlacedNeedle, ...]:
    """The probes of a step, each advanced along its path until the middle of its active part lies where the path ends.

    A path of a plan ends in the lesion, where the middle of the zone is meant to be.
    """
    along = np.asarray(step.axis, dtype=float)
    along = along / np.linalg.norm(along)
    beyond = active_middle_mm(applicator) * along
    return tuple(PlacedNeedle(np.asarray(one.tip_mm, dtype=float) + beyond, -along) for one in step.placements)


def active_middle_mm(applicator: Applicator) -> float:
    """From the tip to the middle of what freezes or heats."""
    if isinstance(applicator, CryoApplicator):
        return 0.5 * applicator.active_length_mm.value
    if isinstance(applicator, RfApplicator):
        gap = applicator.gap_mm.value if applicator.gap_mm else 0.0
        return 0.5 * (applicator.pole_count * applicator.active_length_mm.value + (applicator.pole_count - 1) * gap)
    return applicator.feed_mm.value


def shifted(probes: Sequence[PlacedNeedle], shifts_mm: NDArray[np.float64]) -> tuple[PlacedNeedle, ...]:
    """The probes moved, each by its own row of ``(probes, 3)``."""
    return tuple(
        PlacedNeedle(np.asarray(one.tip_mm) + shift, one.to_hub) for one, shift in zip(probes, shifts_mm, strict=True)
    )


@dataclass(slots=True, eq=False)
class Delivery:
    """An ablation ready to be delivered: ``run`` before anything happened, and what drives it."""

    run: HeatRun
    applicator: Applicator
    probes: tuple[PlacedNeedle, ...]
    poles: tuple[Pole, ...]
    schedule: Schedule
    power_factor: float

    def deliver(self, progress: Progress | None = None) -> Delivered:
        """Do what the schedule says; raises :class:`ButtressError` for what this kind of probe cannot do."""
        if isinstance(self.applicator, CryoApplicator):
            report = run_cooling(self.run, self.applicator, self.schedule, progress)
            return Delivered(self.run, report.status, report.notes)
        if isinstance(self.applicator, RfApplicator):
            return self._radiofrequency(self.applicator, progress)
        status = run_microwave(self.run, self.applicator, self.probes, self.schedule, progress)
        return Delivered(self.run, status, (), _planned_power(self.schedule))

    def _radiofrequency(self, applicator: RfApplicator, progress: Progress | None) -> Delivered:
        whole, done, status = total_s(self.schedule), 0.0, "finished"
        notes: dict[str, None] = {}
        power, impedance = list[tuple[float, float]](), list[tuple[float, float]]()
        for phase in self.schedule:
            part = portion(progress, done / whole, phase.duration_s / whole)
            if phase.verb == "cool-down":
                status = self.run.advance(phase.duration_s, progress=part).status
            elif phase.verb == "heat":
                found = run_radiofrequency(
                    self.run,
                    _circuits(applicator, self.poles),
                    generator_of(applicator, phase, self.power_factor),
                    phase.duration_s,
                    edge=_edge(applicator),
                    progress=part,
                )
                status = found.status
                notes |= dict.fromkeys(found.notes)
                power += [(done + at, watts) for at, watts in zip(found.time_s, found.power_w, strict=True)]
                impedance += [(done + at, ohm) for at, ohm in zip(found.time_s, found.impedance_ohm, strict=True)]
                if found.roll_offs_s:
                    notes[f"Impedance rolled off {len(found.roll_offs_s)} times: tissue at the electrode dried."] = None
            else:
                raise ButtressError(f'a radiofrequency electrode cannot "{phase.verb}"', "heat or cool-down")
            done += phase.duration_s
            if status != "finished":
                break
        return Delivered(self.run, status, tuple(notes), tuple(power), tuple(impedance))


def prepare(
    region: SimulatedRegion,
    applicator: Applicator,
    probes: Sequence[PlacedNeedle],
    schedule: Schedule,
    variation: Variation,
) -> Delivery:
    """Lay tissue, probes and schedule out under one variation of what is not known."""
    placed = shifted(probes, variation.shifts_mm)
    applicator = _under(applicator, variation.power_factor)
    tissue = region.under(variation.change).tissue
    if isinstance(applicator, CryoApplicator):
        run = begin_run(tissue, region.grid, cooling_needles(applicator, region.grid, placed), laws=())
        return Delivery(run, applicator, placed, (), schedule, 1.0)
    poles: tuple[Pole, ...] = ()
    if isinstance(applicator, RfApplicator):
        poles = tuple(pole for one in placed for pole in poles_of(applicator, region.grid, one))
    run = begin_run(tissue, region.grid, tuple(pole.needle for pole in poles), laws=LAWS)
    return Delivery(run, applicator, placed, poles, schedule, variation.power_factor)


def _under(applicator: Applicator, factor: float) -> Applicator:
    """A cryoprobe whose film conducts otherwise, an antenna that gives otherwise; RF power is scaled later."""
    if isinstance(applicator, CryoApplicator):
        return with_numbers(applicator, {"film_w_m2k": applicator.film_w_m2k.value * factor})
    if isinstance(applicator, RfApplicator):
        return applicator
    return with_numbers(applicator, {"efficiency": applicator.efficiency.value * factor})


def generator_of(applicator: RfApplicator, phase: Phase, power_factor: float = 1.0) -> Generator:
    """The generator's rule for a phase: the tip kept at a temperature, a power, or what the electrode bears.

    A cooled electrode is driven to its limit of current with pauses at roll-off; one that is not cooled is held at
    90 °C (ours, where the phase tells neither).
    """
    most_w = (applicator.most_power_w.value if applicator.most_power_w else MOST_POWER_W) * power_factor
    most_a = applicator.most_current_a.value if applicator.most_current_a else MOST_CURRENT_A
    root = float(np.sqrt(power_factor))
    limits = Limits(power_w=most_w, voltage_v=MOST_VOLTAGE_V * root, current_a=most_a * root)
    if phase.power_w is not None:
        return ConstantPower(phase.power_w * power_factor, limits, ROLL_OFF)
    if phase.tip_c is not None or applicator.coolant_c is None:
        return TipTemperature(phase.tip_c or UNCOOLED_TIP_C, START_W, limits)
    return ConstantPower(most_w, limits, ROLL_OFF)


def _edge(applicator: RfApplicator) -> Literal["grounded", "unbounded"]:
    """The box's faces: the pad's potential for one pole, tissue without end for two."""
    return "grounded" if applicator.pole_count == 1 else "unbounded"


def _circuits(applicator: RfApplicator, poles: tuple[Pole, ...]) -> Probes:
    """One pole each against the pad, or pairs: the two of a shaft; several shafts take turns."""
    if applicator.pole_count == 1:
        return Probes(poles, tuple(Circuit((n,)) for n in range(len(poles))), dwell_s=SWITCHED_S)
    return Probes(poles, tuple(Circuit((n,), (n + 1,)) for n in range(0, len(poles), 2)), dwell_s=SWITCHED_S)


def _planned_power(schedule: Schedule) -> tuple[tuple[float, float], ...]:
    starts = np.cumsum([0.0, *(phase.duration_s for phase in schedule)])
    return tuple((float(at), phase.power_w or 0.0) for at, phase in zip(starts[:-1], schedule, strict=True))
