"""Cryoablation: probes freeze, thaw by themselves, are warmed and freeze again, as a schedule says.

Argon at its lowest temperature stands behind a film in every probe; how well the film conducts is fitted to a chart of
ice. A duty below 100 % switches the gas on and off; more probes than the supply feeds share it the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import exp

import numpy as np

from buttress.ablate.heat_run import HeatRun, PlacedNeedle, Progress, portion
from buttress.ablate.schedule import Phase, Schedule, total_s
from buttress.numerics.grid import Grid
from buttress.numerics.heat import HeldTemperature, Needle
from buttress.records.applicator import CryoApplicator
from buttress.records.document import ButtressError

DUTY_CYCLE_S = 30.0
"""Ours: one on and one off at a duty below 100 %."""

RAMP_TIMES = 5.0
"""Ours: after so many time constants the gas is taken to be at its lowest (0.7 % of the way is left)."""


@dataclass(frozen=True, slots=True)
class CoolingReport:
    """What a schedule did: ``status`` is "finished" or says why not; heat drawn by each probe, J; sentences to read."""

    status: str
    done_s: float
    drawn_j: tuple[float, ...]
    notes: tuple[str, ...]


def cooling_needles(applicator: CryoApplicator, grid: Grid, probes: Sequence[PlacedNeedle]) -> tuple[Needle, ...]:
    """The freezing part of every probe on a grid."""
    length, radius = applicator.active_length_mm.value, applicator.diameter_mm.value / 2.0
    return tuple(one.on_grid(grid, 0.0, length, radius, applicator.film_w_m2k.value) for one in probes)


def supply_share(applicator: CryoApplicator, probes: int) -> float:
    """Share of the time that each probe has gas when more are connected than the supply feeds; 1 where it feeds all."""
    limit = applicator.probes_at_full_supply
    return 1.0 if limit is None else min(1.0, limit.value / probes)


def run_cooling(
    run: HeatRun, applicator: CryoApplicator, schedule: Schedule, progress: Progress | None = None
) -> CoolingReport:
    """Freeze and thaw as the schedule says, with every needle of the run alike.

    Raises :class:`ButtressError` for a phase that a cryoprobe cannot do.
    """
    wrong = [phase.verb for phase in schedule if phase.verb not in ("freeze", "thaw", "hot-thaw")]
    if wrong:
        raise ButtressError(f'a cryoprobe cannot "{wrong[0]}"', "freeze, thaw and hot-thaw", "write another schedule")
    count, done, whole = len(run.problem.needles), 0.0, total_s(schedule)
    drawn, share = np.zeros(count), supply_share(applicator, count)
    for phase in schedule:
        for seconds, needle_c in phase_steps(applicator, phase, share):
            part = portion(progress, done / whole, seconds / whole)
            report = run.advance(seconds, needles_c=[needle_c] * count, progress=part)
            drawn -= report.needles_j
            done += report.done_s
            if report.status != "finished":
                return CoolingReport(report.outcome, done, tuple(drawn.tolist()), _notes(applicator, count, share))
    return CoolingReport("finished", done, tuple(drawn.tolist()), _notes(applicator, count, share))


def phase_steps(applicator: CryoApplicator, phase: Phase, share: float) -> Iterator[tuple[float, HeldTemperature]]:
    """Seconds and gas temperature (None: the probe is off) of the pieces of one phase, in order."""
    if phase.verb == "thaw":
        yield phase.duration_s, None
    elif phase.verb == "hot-thaw":
        yield phase.duration_s, applicator.hot_thaw_c.value if phase.tip_c is None else phase.tip_c
    else:
        yield from _freeze_steps(applicator, phase, phase.duty_fraction * share)


def _freeze_steps(applicator: CryoApplicator, phase: Phase, duty: float) -> Iterator[tuple[float, HeldTemperature]]:
    """Gas that cools exponentially to its lowest; at a lower duty it is on for that share of each cycle."""
    passed = 0.0
    while phase.duration_s - passed > 1e-9:
        on = min(phase.duration_s if duty >= 1.0 else duty * DUTY_CYCLE_S, phase.duration_s - passed)
        yield on, partial(_gas_c, applicator, passed)
        passed += on
        off = min((1.0 - min(duty, 1.0)) * DUTY_CYCLE_S, phase.duration_s - passed)
        if off > 1e-9:
            yield off, None
            passed += off


def _gas_c(applicator: CryoApplicator, from_s: float, seconds: float) -> float:
    """Temperature of the gas so long after a time since the freeze began, from 37 °C towards its lowest."""
    lowest, times = applicator.coldest_c.value, (from_s + seconds) / applicator.cooling_s.value
    return lowest if times >= RAMP_TIMES else lowest + (37.0 - lowest) * exp(-times)


def _notes(applicator: CryoApplicator, count: int, share: float) -> tuple[str, ...]:
    limit = applicator.probes_at_full_supply
    if limit is None:
        return ("No limit of the gas supply is known for this probe: every probe is taken to freeze at full power.",)
    if share < 1.0:
        return (f"{count} probes share gas for {limit.value:g}: each freezes {100 * share:.0f} % of the time.",)
    return ()
