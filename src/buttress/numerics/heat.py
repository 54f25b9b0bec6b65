"""Heat in living tissue: conduction with freezing and boiling, blood flow, needles and sources, stepped through time.

    ∂H/∂t = ∇·(k ∇T) + W s (T_a - T) + Q_m + Q,   T = T(H)

with stored heat H, conductivity k, blood flow W on the melted fraction s, own heat Q_m and sources Q (Pennes 1948 with
an enthalpy for the changes of state). Voxels are cells of a finite-volume lattice, so heat is conserved face by face.
Time runs in super-steps (RKL1) inside a box that grows with what has been disturbed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from buttress.numerics import heat_kernels, stored_heat, super_step  # the one place where a backend is chosen
from buttress.numerics.exposure import Exposure
from buttress.numerics.extent import extent_of
from buttress.numerics.heat_problem import (
    Heat,
    HeatProblem,
    HeatReport,
    HeatState,
    Status,
    start_heat,
    temperature_c,
)
from buttress.numerics.label_runs import find_runs
from buttress.numerics.needle import Needle
from buttress.numerics.phase_change import REFERENCE_C, ThermalMaterials

__all__ = [
    "Exposure",
    "HeatProblem",
    "HeatReport",
    "HeatState",
    "HeldTemperature",
    "Needle",
    "ThermalMaterials",
    "advance_heat",
    "explicit_step_s",
    "start_heat",
    "temperature_c",
]

Progress = Callable[[float], bool]
"""Told the fraction done; answers whether to go on."""

HeldTemperature = float | Callable[[float], float] | None
"""°C, or a function from the seconds since an advance began; None where a needle holds none."""

FIRST_STEP_S = 0.5
"""The longest first super-step after a needle or source has changed."""

GROWTH = 1.12
"""How much longer each super-step may be than the last, unless told otherwise."""

LONGEST_STEP_S = 12.0
MOST_STAGES = 25
SUDDEN_K = 5.0
"""A needle's temperature that changes by more starts the steps small again."""

SAFETY = 0.95
QUIET_K = 1e-4
"""The box grows on a side when its cells there change by more than this in a super-step."""

STILL_K = 0.01
"""Cells that would change by less over the whole duration are undisturbed."""

GROW_CELLS = 6


def advance_heat(
    problem: HeatProblem,
    state: HeatState,
    duration_s: float,
    *,
    source_w_m3: NDArray[Any] | None = None,
    needle_temperatures_c: Sequence[HeldTemperature] = (),
    needle_powers_w: Sequence[float | None] = (),
    exposure: Exposure | None = None,
    coagulated: NDArray[Any] | None = None,
    progress: Progress | None = None,
    longest_step_s: float = LONGEST_STEP_S,
    growth: float = GROWTH,
    first_step_s: float = FIRST_STEP_S,
) -> HeatReport:
    """Advance ``state`` by ``duration_s`` seconds with sources and needles as they are now.

    ``source_w_m3`` float32 ``(ni, nj, nk)``. Each needle holds a temperature (or a changing one, a function of the
    seconds since the start), gives a power (W, spread along it), or does neither (``None``: it floats, as one switched
    off). ``coagulated`` cells have no blood flow. ``exposure`` is updated every super-step. Errors in time are in
    proportion to the steps, which begin with ``first_step_s`` where what drives the heat has jumped and become
    ``growth`` times longer each, at most ``longest_step_s``. The report says whether the time was reached, ``progress``
    stopped it, or the field became infinite (then the state stays as it was before that step). Raises ``ValueError``
    for input that does not fit together, never for what happens on the way.
    """
    march = _prepare(problem, state, duration_s, source_w_m3, needle_temperatures_c, needle_powers_w, coagulated)
    march.longest_s, march.growth = longest_step_s, growth
    if _has_jumped(state, march) or state.step_s == 0.0:
        state.step_s = first_step_s / growth
    end = state.time_s + duration_s
    status: Status = "finished"
    begin = state.time_s
    while end - state.time_s > 1e-9 * max(1.0, abs(end)):
        if not _step(march, state, state.time_s - begin, end - state.time_s, exposure):
            status = "not finite"
            break
        if progress is not None and not progress(1.0 - max(0.0, end - state.time_s) / duration_s):
            status = "cancelled"
            break
    return march.report(status, duration_s - max(0.0, end - state.time_s))


def explicit_step_s(problem: HeatProblem, *, freezes: bool = True, boils: bool = True, needles: bool = True) -> float:
    """The longest stable explicit step when tissue may freeze, when it may boil dry, and when needles hold."""
    key = ("rate", freezes, boils, needles)
    if key not in problem.kept:
        table = problem.table[: len(problem.materials)].astype(np.float64)
        phases = super_step.reachable_phases(table, freezes, boils)
        density = problem.needle_density if needles else np.zeros(0)
        per = tuple(2.0 / step**2 for step in problem.spacing_m)
        problem.kept[key] = super_step.fastest_rate(problem.labels, phases, per, density)
    return float(SAFETY * 2.0 / problem.kept[key])


@dataclass(slots=True, eq=False)
class _March:
    """What the steps of one advance share."""

    problem: HeatProblem
    fields: list[Heat]
    medium: tuple[Any, ...]
    numbers: tuple[np.float32, ...]
    drive: tuple[NDArray[np.int64], NDArray[np.float64]]
    changing: dict[int, Callable[[float], float]]
    work: tuple[Any, ...]
    bounds: NDArray[np.float64]
    extremes: tuple[float, float]
    joules: NDArray[np.float64]
    longest_s: float = LONGEST_STEP_S
    growth: float = GROWTH
    gained_j: float = 0.0
    super_steps: int = 0
    stages: int = 0

    def hold(self, passed_s: float) -> None:
        """Set needles of changing temperature to theirs at a time since the advance began."""
        for needle, held_c in self.changing.items():
            self.drive[1][needle] = held_c(passed_s) - REFERENCE_C

    def report(self, status: Status, done_s: float) -> HeatReport:
        """The report so far."""
        outcome = {
            "finished": f"Advanced {done_s:g} s.",
            "cancelled": f"Stopped on request after {done_s:g} s.",
            "not finite": f"The temperature became infinite after {done_s:g} s; the state is the last finite one.",
        }[status]
        blood, faces, sources, *needles = (float(value) for value in self.joules)
        watts = tuple(float(value) for value in self.work[4])
        counts = (self.super_steps, self.stages)
        return HeatReport(status, outcome, done_s, *counts, blood, faces, sources, tuple(needles), watts, self.gained_j)


def _prepare(
    problem: HeatProblem,
    state: HeatState,
    duration_s: float,
    source: NDArray[Any] | None,
    temperatures: Sequence[HeldTemperature],
    powers: Sequence[float | None],
    coagulated: NDArray[Any] | None,
) -> _March:
    """Check the input and lay out everything the steps need; the state's box is set and grown to all that drives."""
    if not (np.isfinite(duration_s) and duration_s >= 0):
        raise ValueError(f"duration_s must be a finite time of zero or more, got {duration_s}")
    shape = problem.labels.shape
    for name, field in (("enthalpy", state.enthalpy), ("source_w_m3", source), ("coagulated", coagulated)):
        if field is not None and field.shape != shape:
            raise ValueError(f"{name} has shape {field.shape}, the lattice {shape}")
    changing = {n: one for n, one in enumerate(temperatures) if callable(one)}
    drive = _drive(problem, [one(0.0) if callable(one) else one for one in temperatures], powers)
    runs = _runs(problem, coagulated)
    heat = np.zeros((0, 0, 0), np.float32) if source is None else np.ascontiguousarray(source, dtype=np.float32)
    per = [1.0 / step**2 for step in problem.spacing_m]
    table = problem.table
    thawed = (table[:, stored_heat.LIQUID].max(), table[:, stored_heat.BOIL].min())
    medium = (runs, problem.faces, problem.labels, table, problem.slopes, heat)
    numbers = tuple(np.float32(n) for n in (problem.arterial_c - REFERENCE_C, *per, *thawed))
    needles = len(problem.needles)
    parts = min(shape[0], 2 * numba.get_num_threads())
    planes = heat_kernels.scratch(parts, shape[1], shape[2])
    nodes = len(problem.needle_arrays[3])
    work = (planes, np.zeros((parts, 3)), np.zeros(nodes), np.zeros((2, 3 + needles)), np.zeros(needles))
    now = np.ascontiguousarray(state.enthalpy, dtype=np.float32)
    fields = [now, *(state.spare or (now.copy(), now.copy()))]
    extremes = state.extremes or (float(now.min()), float(now.max()))
    bounds, joules = np.zeros((shape[0], 8)), np.zeros(3 + needles)
    march = _March(problem, fields, medium, numbers, drive, changing, work, bounds, extremes, joules)
    state.enthalpy = fields[0]
    state.box = _disturbed(march, max(duration_s, 1.0)) if state.box is None else state.box
    state.box = _with_drive(march, state.box)
    return march


def _drive(
    problem: HeatProblem, temperatures: Sequence[float | None], powers: Sequence[float | None]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What each needle does, and at what value (kelvins above 37 °C, or W/m)."""
    count = len(problem.needles)
    kind, value = np.zeros(count, np.int64), np.full(count, np.nan)
    for given, what in ((temperatures, super_step.HELD), (powers, super_step.POWERED)):
        if len(given) not in (0, count):
            raise ValueError(f"{len(given)} values for {count} needles")
        for n, number in enumerate(given):
            if number is None:
                continue
            if kind[n] != super_step.OFF or not np.isfinite(number):
                raise ValueError(f"needle {n} needs one finite temperature or power")
            kind[n] = what
            value[n] = number - REFERENCE_C if what == super_step.HELD else number / problem.needles[n].length_m
    return kind, value


def _has_jumped(state: HeatState, march: _March) -> bool:
    """Whether what drives the field is not what it was; notes what it is now."""
    drive = (*march.drive[1], float(march.medium[-1].size > 0))
    before, state.drive = state.drive, drive
    if len(drive) != len(before):
        return True
    old, new = np.array(before), np.array(drive)
    jumped = bool(((np.isnan(old) != np.isnan(new)) | (np.abs(new - old) > SUDDEN_K)).any())
    return jumped or bool(old[-1] != new[-1])


def _disturbed(march: _March, duration_s: float) -> NDArray[np.int64]:
    """Bounding box of the cells that are not in balance, with a margin."""
    problem, still = march.problem, march.fields[0]
    runs, faces, _, table, slopes, source = march.medium
    box = problem.interior
    moved = march.fields[1]
    planes, tally = march.work[:2]
    y, mix = (still, still, moved), (np.float32(1), np.float32(0), np.float32(1))
    heat_kernels.stage(y, runs, faces, table, slopes, source, box, planes, tally, march.numbers, mix, False)
    least = STILL_K * float(problem.materials.capacity_frozen_j_m3k.min()) / duration_s
    found = extent_of(moved - still, least)
    moved[:] = still
    if found is None:
        return np.array([n for pair in zip(box[::2], box[::2] + 1, strict=True) for n in pair])
    return _clip(found + GROW_CELLS * np.array([-1, 1] * 3), box)


def _with_drive(march: _March, box: NDArray[np.int64]) -> NDArray[np.int64]:
    """The box and all cells that needles or sources reach."""
    problem = march.problem
    boxes = [box]
    for coupling, kind in zip(problem.couplings, march.drive[0], strict=True):
        if kind != super_step.OFF and len(coupling.cells):
            index = np.stack(np.unravel_index(coupling.cells, problem.labels.shape))
            boxes.append(np.stack([index.min(1) - GROW_CELLS, index.max(1) + 1 + GROW_CELLS], axis=1).ravel())
    *_, source = march.medium
    if source.size:
        driven = extent_of(source)
        if driven is not None:
            boxes.append(driven + GROW_CELLS * np.array([-1, 1] * 3))
    every = np.stack(boxes)
    low, high = every[:, ::2].min(0), every[:, 1::2].max(0)
    return _clip(np.stack([low, high], axis=1).ravel(), problem.interior)


def _clip(box: NDArray[np.int64], limits: NDArray[np.int64]) -> NDArray[np.int64]:
    clipped = box.astype(np.int64).copy()
    clipped[::2] = np.maximum(box[::2], limits[::2])
    clipped[1::2] = np.minimum(box[1::2], limits[1::2])
    return clipped


def _reach(march: _March) -> tuple[bool, bool, bool]:
    """Whether anything may freeze or boil in the next step, and whether a needle holds a temperature."""
    low, high = march.extremes
    table = march.problem.table
    kind, value = march.drive
    held = value[kind == super_step.HELD]
    liquid_k = float((march.problem.materials.liquidus_c - REFERENCE_C).max())
    boil_k = float((march.problem.materials.boils_from_c - REFERENCE_C).min())
    freezes = low < 0.8 * float(table[:, stored_heat.LIQUID].max()) or bool((held < liquid_k).any())
    freezes = freezes or bool((value[kind == super_step.POWERED] < 0).any())
    boils = high > 0.8 * float(table[:, stored_heat.BOIL].min()) or bool((held > boil_k).any())
    return freezes, boils, held.size > 0


def _step(march: _March, state: HeatState, passed_s: float, left_s: float, exposure: Exposure | None) -> bool:
    """One super-step of at most ``left_s``; False, and nothing changed, when its result is not finite."""
    problem, box = march.problem, state.box
    assert box is not None
    wished = min(state.step_s * march.growth, march.longest_s)
    march.hold(passed_s + 0.5 * min(wished, left_s))
    freezes, boils, held = _reach(march)
    explicit = explicit_step_s(problem, freezes=freezes, boils=boils, needles=held)
    goal = min(wished, explicit * (MOST_STAGES**2 + MOST_STAGES) / 2)
    seconds = left_s / ceil(left_s / goal - 1e-9)
    march.hold(passed_s + 0.5 * seconds)
    stages = max(3, ceil((sqrt(1.0 + 8.0 * seconds / explicit) - 1.0) / 2.0))
    fields = tuple(march.fields)
    step = (stages, float(seconds), problem.voxel_m3)
    super_step.super_step(
        fields, march.medium, march.numbers, box, problem.needle_arrays, march.drive, step, march.work
    )
    before, after = fields[0], fields[1 if stages & 1 else 2]
    super_step.survey(before, after, box, march.bounds)
    low, high, *changes, gained = march.bounds[box[0] : box[1]].T
    if not (np.isfinite(low).all() and np.isfinite(march.work[3][1]).all()):
        return False
    march.extremes = state.extremes = (float(low.min()), float(high.max()))
    march.gained_j += float(gained.sum()) * problem.voxel_m3
    march.joules += march.work[3][1]
    march.super_steps += 1
    march.stages += stages
    if exposure is not None:
        span = np.array([state.time_s, state.time_s + seconds])
        exposure.update(before, after, problem.labels, problem.table, span, box)
    march.fields = [after, before, fields[2 if stages & 1 else 1]]
    state.enthalpy, state.time_s, state.step_s = after, state.time_s + seconds, goal
    state.spare = (march.fields[1], march.fields[2])
    state.drive = (*march.drive[1], state.drive[-1])
    ends = (changes[0][:2].max(), changes[0][-2:].max(), *(change.max() for change in changes[1:]))
    restless = np.array(ends) > QUIET_K * float(problem.materials.capacity_thawed_j_m3k.min())
    state.box = _clip(box + GROW_CELLS * np.array([-1, 1] * 3) * restless, problem.interior)
    return True


def _runs(problem: HeatProblem, coagulated: NDArray[Any] | None) -> tuple[NDArray[Any], ...]:
    """Runs of labels, those of coagulated cells replaced by their twins without blood flow; kept for the same array."""
    if coagulated is None:
        return problem.runs
    known: NDArray[Any] | None
    runs: tuple[NDArray[Any], ...]
    known, runs = problem.kept.get("coagulated", (None, ()))
    if known is not coagulated:
        still = problem.labels + np.uint8(len(problem.materials)) * coagulated.astype(np.uint8)
        runs = find_runs(still)
        problem.kept["coagulated"] = coagulated, runs
    return runs
