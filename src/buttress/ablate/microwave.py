"""Microwave ablation: antennas heat by a schedule, and what has boiled dry lets their power through."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from buttress.ablate.antenna import AntennaField
from buttress.ablate.dielectric import attenuation_1_m
from buttress.ablate.heat_run import HeatRun, PlacedNeedle, Progress
from buttress.ablate.schedule import Schedule, total_s
from buttress.ablate.tissue import TissueMap, mixtures
from buttress.library.load_tissues import load_electrical_tissues
from buttress.records.applicator import MicrowaveApplicator
from buttress.records.document import ButtressError

UPDATE_S = 15.0
"""Ours: the pattern follows the tissue that has dried so often."""


def voxel_attenuation_1_m(
    tissue: TissueMap, frequency_hz: float, boiled_fraction: NDArray[np.floating] | None = None
) -> NDArray[np.float32]:
    """Attenuation in every voxel, 1/m; boiled tissue keeps the shelf's share of it."""
    by_name = {m.name: sum(share * attenuation_1_m(key, frequency_hz) for key, share in m.shares) for m in mixtures()}
    row = [by_name[name] if name in by_name else attenuation_1_m(name, frequency_hz) for name in tissue.names]
    found = np.array(row, dtype=np.float32)[tissue.labels]
    if boiled_fraction is not None:
        kept = load_electrical_tissues().boiled_factor.value
        found = found * (1.0 - (1.0 - kept) * boiled_fraction).astype(np.float32)
    return np.asarray(found, dtype=np.float32)


def run_microwave(
    run: HeatRun,
    applicator: MicrowaveApplicator,
    antennas: Sequence[PlacedNeedle],
    schedule: Schedule,
    progress: Progress | None = None,
) -> str:
    """Heat as the schedule says, every antenna at the phase's power; returns "finished" or why it stopped.

    Raises :class:`ButtressError` for a phase that a microwave antenna cannot do or that lacks a power, and
    ``ValueError`` where an antenna lies off the grid.
    """
    for phase in schedule:
        if phase.verb not in ("heat", "cool-down") or (phase.verb == "heat" and phase.power_w is None):
            raise ButtressError(
                f'"{phase}" is nothing for a microwave antenna', "heat with a power, or cool-down", "heat 300 at 65 W"
            )
    fields = [AntennaField.of(applicator, antenna, run.grid) for antenna in antennas]
    done, whole = 0.0, total_s(schedule)
    for phase in schedule:
        left, radiated = phase.duration_s, applicator.efficiency.value * (phase.power_w or 0.0)
        while left > 1e-9:
            seconds = min(UPDATE_S, left)
            report = run.advance(seconds, source_w_m3=_source(run, applicator, fields, radiated))
            left, done = left - seconds, done + report.done_s
            if report.status != "finished":
                return report.outcome
            if progress is not None and not progress(done / whole):
                return f"Stopped on request after {done:g} s."
    return "finished"


def _source(
    run: HeatRun, applicator: MicrowaveApplicator, fields: Sequence[AntennaField], radiated_w: float
) -> NDArray[np.float32] | None:
    if radiated_w == 0.0:
        return None
    fades = voxel_attenuation_1_m(run.tissue, applicator.frequency_hz.value, run.boiled_fraction())
    return np.asarray(sum(field.power_density_w_m3(fades, radiated_w) for field in fields), dtype=np.float32)
