"""How a simulated ablation went, moment by moment: the zone so far, its hold on the lesion, temperatures."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from buttress.ablate.heat_run import HeatRun, Progress
from buttress.ablate.lethal_zone import default_cold
from buttress.ablate.region import SimulatedRegion
from buttress.ablate.schedule import Schedule, total_s
from buttress.library.load_damage import load_damage
from buttress.records.simulation import CoverageMoment

MOMENTS = 40
"""Ours: about so many moments are kept, evenly over the schedule."""


@dataclass(slots=True, eq=False)
class Course:
    """Watches a run as its progress: notes a moment every so often, and passes the fraction on."""

    run: HeatRun
    region: SimulatedRegion
    schedule: Schedule
    of_cold: bool
    onwards: Progress | None = None
    moments: list[CoverageMoment] = field(default_factory=list)

    def __call__(self, fraction: float) -> bool:
        """Note the moment where it is time to, and ask whether to go on."""
        if fraction >= (len(self.moments) + 1) / MOMENTS - 1e-9:
            self.moments.append(self._now(fraction * total_s(self.schedule)))
        return True if self.onwards is None else self.onwards(fraction)

    def _now(self, time_s: float) -> CoverageMoment:
        zone, here = self._zone(), self.run.temperature_in(self.region.lesion)
        i0, i1, j0, j1, k0, k1 = self.run.exposure.box
        lesion = self.region.lesion[i0:i1, j0:j1, k0:k1]
        starts = np.cumsum([0.0, *(phase.duration_s for phase in self.schedule)])[:-1].tolist()
        return CoverageMoment(
            time_s=round(time_s, 3),
            phase=self.schedule[bisect_right(starts, time_s - 1e-6) - 1 if time_s > 0.0 else 0].verb,
            zone_ml=float(zone.sum() * self.region.grid.voxel_volume_ml),
            coverage_fraction=float(zone[lesion].mean()),
            coldest_c=float(here.min()),
            hottest_c=float(here.max()),
        )

    def _zone(self) -> NDArray[np.bool_]:
        """What the project's own criterion calls dead so far, in the followed box."""
        shelf, followed = load_damage(), self.run.exposure
        if self.of_cold:
            return np.asarray(followed.least_c < shelf.cold[default_cold()].temperature_c.value)
        return np.asarray(followed.cem43_min >= shelf.dose.lethal_min.value)


def with_readings(
    moments: list[CoverageMoment],
    power_w: tuple[tuple[float, float], ...],
    impedance_ohm: tuple[tuple[float, float], ...],
) -> tuple[CoverageMoment, ...]:
    """The moments with the generator's last reading before each."""
    return tuple(
        one.model_copy(
            update={"power_w": _last(power_w, one.time_s), "impedance_ohm": _last(impedance_ohm, one.time_s)}
        )
        for one in moments
    )


def _last(readings: tuple[tuple[float, float], ...], time_s: float) -> float | None:
    at = bisect_right([when for when, _ in readings], time_s)
    return readings[at - 1][1] if at else None
