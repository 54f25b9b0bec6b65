"""How long to thaw before cement: the thaw goes on in steps until the place of the cement is warm enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.ablate.cooling import run_cooling
from buttress.ablate.curing import ColdForCement, judge_cold_for_cement
from buttress.ablate.heat_run import HeatRun
from buttress.ablate.schedule import Phase
from buttress.records.applicator import CryoApplicator
from buttress.records.damage import CuringKinetics

STEP_S = 60.0
"""Ours: how often it is asked whether cement may come."""


@dataclass(frozen=True, slots=True)
class WaitForCement:
    """Seconds of thawing until no ice was left and until it was warm enough (None: not within the time); the last
    verdict."""

    ice_gone_s: float | None
    warm_s: float | None
    verdict: ColdForCement


def wait_for_cement(
    run: HeatRun,
    applicator: CryoApplicator,
    kinetics: CuringKinetics,
    place: NDArray[np.bool_],
    most_s: float,
    *,
    is_active: bool = True,
) -> WaitForCement:
    """Thaw, actively or by blood alone, until cement may come or ``most_s`` have passed; the run is moved on.

    ``place`` ``(ni, nj, nk)`` is where the cement is meant to go. Raises ``ValueError`` where it is empty.
    """
    verdict, passed = judge_cold_for_cement(kinetics, run.temperature_c, place), 0.0
    ice_gone = 0.0 if verdict.ice_fraction == 0.0 else None
    while verdict.is_too_cold and most_s - passed > 1e-9:
        seconds = min(STEP_S, most_s - passed)
        report = run_cooling(run, applicator, (Phase("hot-thaw" if is_active else "thaw", seconds),))
        passed += report.done_s
        verdict = judge_cold_for_cement(kinetics, run.temperature_c, place)
        if ice_gone is None and verdict.ice_fraction == 0.0:
            ice_gone = passed
        if report.status != "finished":
            break
    return WaitForCement(ice_gone, None if verdict.is_too_cold else passed, verdict)
