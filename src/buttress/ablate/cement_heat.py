"""The heat of curing cement in bone: it cures as fast as it is warm, and warms what lies about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.ablate.curing import CuringState, advance_curing, cure_rate_1_s, heat_w_m3, most_cured
from buttress.ablate.heat_run import HeatRun, Progress
from buttress.library.load_damage import load_curing
from buttress.records.damage import CuringKinetics

Floats = NDArray[np.float64]

WARMING_PER_STEP_K = 1.5
"""Ours: cement without losses would warm by no more in a step (numerical)."""

SHORTEST_STEP_S = 0.25
LONGEST_STEP_S = 5.0

SET_FRACTION = 0.9
"""Ours: cement counts as set when nine tenths of what can cure at its temperature has."""


@dataclass(frozen=True, slots=True, eq=False)
class CuringReport:
    """What curing did: ``status``; cured fraction by voxel of cement, in the order of ``argwhere``; the course of the
    warmest and the mean cement temperature; when nine tenths of it had set (None: not within the time)."""

    status: str
    fraction: Floats
    times_s: Floats
    hottest_c: Floats
    mean_c: Floats
    set_after_s: float | None


def with_cement(field_c: NDArray[np.floating], cement: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The temperature left behind, with freshly mixed cement in its place."""
    found = field_c.astype(np.float32)
    found[cement] = load_curing().mixed_at_c.value
    return found


def run_curing(
    run: HeatRun,
    kinetics: CuringKinetics,
    duration_s: float,
    *,
    waited_s: float = 0.0,
    progress: Progress | None = None,
) -> CuringReport:
    """Cure all cement of the run for a while; it was mixed ``waited_s`` before, and kept at its temperature since.

    Raises ``ValueError`` where the run holds no cement.
    """
    cement = run.tissue.where("cement")
    if not cement.any():
        raise ValueError("there is no cement in this run")
    state, passed, status = CuringState.mixed(kinetics, run.temperature_in(cement)), 0.0, "finished"
    if waited_s > 0.0:
        advance_curing(kinetics, state, run.temperature_in(cement), waited_s)
    source, rows, set_after = np.zeros(cement.shape, dtype=np.float32), list[tuple[float, float, float]](), None
    while duration_s - passed > 1e-9:
        now = run.temperature_in(cement)
        rows.append((passed, float(now.max()), float(now.mean())))
        seconds = min(_step_s(run, kinetics, state, now, cement), duration_s - passed)
        source[cement] = heat_w_m3(kinetics, advance_curing(kinetics, state, now, seconds))
        report = run.advance(seconds, source_w_m3=source)
        passed += report.done_s
        if set_after is None and np.mean(_share_set(kinetics, state) >= SET_FRACTION) >= SET_FRACTION:
            set_after = passed
        if report.status != "finished":
            status = report.outcome
            break
        if progress is not None and not progress(passed / duration_s):
            status = f"Stopped on request after {passed:g} s."
            break
    last = run.temperature_in(cement)
    rows.append((passed, float(last.max()), float(last.mean())))
    times, hottest, mean = np.array(rows).T
    return CuringReport(status, state.fraction, times, hottest, mean, set_after)


def _share_set(kinetics: CuringKinetics, state: CuringState) -> Floats:
    return np.asarray(state.fraction / most_cured(kinetics, state.hottest_c))


def _step_s(
    run: HeatRun, kinetics: CuringKinetics, state: CuringState, now_c: Floats, cement: NDArray[np.bool_]
) -> float:
    """So long that the fastest cement would warm by a little, by its rate now."""
    hottest = np.maximum(state.hottest_c, now_c)
    fastest = float(heat_w_m3(kinetics, cure_rate_1_s(kinetics, state.fraction, now_c, hottest)).max())
    capacity = float(run.tissue.materials.capacity_thawed_j_m3k[run.tissue.labels[cement][0]])
    return float(np.clip(WARMING_PER_STEP_K * capacity / max(fastest, 1e-6), SHORTEST_STEP_S, LONGEST_STEP_S))
