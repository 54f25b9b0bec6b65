"""A device run in a uniform medium with probes side by side: how large the zones become."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from buttress.ablate.bench import UNPERFUSED, ZoneSize, bench_box, measure_zone, probe_layout
from buttress.ablate.calibrate import applicator_of
from buttress.ablate.cooling import cooling_needles
from buttress.ablate.deliver import LAWS, Delivery, active_middle_mm
from buttress.ablate.heat_run import Progress, begin_run
from buttress.ablate.outcomes import asked
from buttress.ablate.radiofrequency import Pole, poles_of
from buttress.ablate.schedule import Phase, Schedule
from buttress.records.applicator import CryoApplicator, RfApplicator
from buttress.records.device import Applicator, Device
from buttress.records.document import ButtressError

MEDIA = {"agar": "agar", "muscle": "muscle", "liver": "liver", "bone": "cancellous"}
"""Media by the word a user writes, and the tissue of the shelf that stands for each."""

ROOM_MM = 28.0
"""Ours: medium beyond the probes' active parts, so that the box's edge does not feel the zone."""


@dataclass(frozen=True, slots=True)
class BenchSetup:
    """Medium, probes and schedule of a run; ``start_c`` is the medium's temperature, and that of its blood."""

    medium: str
    schedule: Schedule
    probes: int = 1
    spacing_mm: float = 0.0
    start_c: float = 37.0
    is_perfused: bool = False
    voxel_mm: float = 2.0


@dataclass(frozen=True, slots=True)
class BenchRow:
    """The zone by one criterion; ``reaches_edge``: it is larger than what was simulated."""

    key: str
    title: str
    size: ZoneSize
    reaches_edge: bool


@dataclass(frozen=True, slots=True)
class BenchRun:
    """What came of it; ``drawn_j``: heat that each needle drew from the medium, negative where it gave."""

    rows: tuple[BenchRow, ...]
    status: str
    notes: tuple[str, ...]
    drawn_j: tuple[float, ...]
    given_j: float


def usual_schedule(device: Device) -> Schedule:
    """The first setting of the device's chart, or a ten-minute freeze; raises where neither tells what to do."""
    applicator_of(device)
    setting, is_cold = next(iter(device.zones), None), device.modality == "cryoablation"
    if setting is None:
        if is_cold:
            return (Phase("freeze", 600.0),)
        raise ButtressError(
            f'no setting of "{device.title}" is on the shelf', "a schedule", "name one, such as: heat 300 at 30 W"
        )
    if is_cold:
        return (Phase("freeze", setting.duration_s),)
    return (Phase("heat", setting.duration_s, power_w=setting.power_w),)


def run_on_bench(device: Device, setup: BenchSetup, progress: Progress | None = None) -> BenchRun:
    """Run it. Raises :class:`ButtressError` for a device without data, an unknown medium, or probes without spacing."""
    applicator = applicator_of(device)
    if setup.medium not in MEDIA:
        raise ButtressError(f'no medium "{setup.medium}"', ", ".join(MEDIA), "name one of these")
    if setup.probes > 1 and setup.spacing_mm <= 0.0:
        raise ButtressError(
            f"{setup.probes} probes and no spacing", "millimetres between neighbours", "give a spacing: --spacing-mm 20"
        )
    delivery = _laid_out(applicator, setup)
    done = delivery.deliver(progress)
    found = asked(done.run.history(), of_cold=isinstance(applicator, CryoApplicator))
    spacing = done.run.grid.spacing_mm
    rows = tuple(
        BenchRow(one.key, one.title, measure_zone(one, spacing), bool(_reaches_edge(one.zone)))
        for one in found.values()
    )
    reports = done.run.reports
    drawn = -np.sum([report.needles_j for report in reports], axis=0) if reports else np.zeros(0)
    given = float(sum(report.sources_j for report in reports))
    return BenchRun(rows, done.status, done.notes, tuple(np.atleast_1d(drawn).tolist()), given)


def _laid_out(applicator: Applicator, setup: BenchSetup) -> Delivery:
    """The medium about the probes, whose active parts have their middles in one plane."""
    middle = active_middle_mm(applicator)
    layout = probe_layout(setup.probes, setup.spacing_mm, 0.0)
    placed = tuple(replace(one, tip_mm=np.asarray(one.tip_mm) - [0.0, 0.0, middle]) for one in layout)
    wide = max(float(np.linalg.norm(np.asarray(one.tip_mm)[:2])) for one in layout)
    reach = max(wide, _half_active_mm(applicator)) + ROOM_MM
    change = None if setup.is_perfused else UNPERFUSED
    tissue, grid = bench_box(MEDIA[setup.medium], reach, setup.voxel_mm, change)
    if isinstance(applicator, CryoApplicator):
        needles = cooling_needles(applicator, grid, placed)
        run = begin_run(tissue, grid, needles, start_c=setup.start_c, laws=())
        return Delivery(run, applicator, placed, (), setup.schedule, 1.0)
    poles: tuple[Pole, ...] = ()
    if isinstance(applicator, RfApplicator):
        poles = tuple(pole for one in placed for pole in poles_of(applicator, grid, one))
    run = begin_run(tissue, grid, tuple(pole.needle for pole in poles), start_c=setup.start_c, laws=LAWS)
    return Delivery(run, applicator, placed, poles, setup.schedule, 1.0)


def _half_active_mm(applicator: Applicator) -> float:
    return active_middle_mm(applicator) if isinstance(applicator, CryoApplicator | RfApplicator) else 15.0


def _reaches_edge(zone: np.ndarray) -> bool:
    return any(np.take(zone, end, axis=axis).any() for axis in range(3) for end in (0, -1))
