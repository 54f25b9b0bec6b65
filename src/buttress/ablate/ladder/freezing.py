"""Rungs of freezing: fronts, needles at any angle, freeze-thaw-freeze, and the mesh: V4 to V6, V8, V15, V16."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.ablate.ladder.samples import ICE, bone, materials, needle_between, radii_m, sharp
from buttress.numerics import exact_heat
from buttress.numerics.heat import HeatProblem, HeatState, Needle, advance_heat, start_heat, temperature_c
from buttress.numerics.heat_reference import ReferenceHeat
from buttress.numerics.rung import Rung, apart

COLD_C, BODY_C = -140.0, 37.0


def planar_front(time_s: float = 600.0, spacing_mm: float = 1.0) -> Iterator[Rung]:
    """V4: Neumann's planar freezing front, and two isotherms behind it."""
    cells, step = round(140 / spacing_mm) + 1, spacing_mm * 1e-3
    problem = HeatProblem(
        np.zeros((1, 1, cells), np.uint8), (step,) * 3, materials(sharp(ICE)), edge=("insulated", "insulated", "held")
    )
    start = np.full((1, 1, cells), BODY_C)
    start[0, 0, 0] = COLD_C
    state = start_heat(problem, start)
    advance_heat(problem, state, time_s)
    exact = exact_heat.planar_front(ICE, COLD_C, BODY_C)
    told, limit = f"{time_s:g} s, voxels of {spacing_mm:g} mm", 0.15 * spacing_mm
    melted = problem.materials.melted_fraction(state.enthalpy, problem.labels)[0, 0]
    front = (np.sum(1.0 - melted) - 0.5) * spacing_mm  # the held cell's centre is the wall
    yield apart("V4", "planar front", told, 1e3 * exact.front_m(time_s), float(front), limit, "mm")
    warm = temperature_c(problem, state)[0, 0]
    for level in (-20.0, -40.0):
        found = float(np.interp(level, warm, np.arange(cells) * spacing_mm))
        yield apart("V4", f"{level:g} °C", told, 1e3 * exact.isotherm_m(level, time_s), found, limit, "mm")


def line_sink(sink_w_m: float = 500.0, spacing_mm: float = 1.0, off_centre: float = 0.3) -> Iterator[Rung]:
    """V5: the cylindrical front about an endless line that draws heat, and two isotherms."""
    problem, at = _across(spacing_mm, off_centre, 60.0, 0.75, sharp(ICE))
    state = start_heat(problem, BODY_C)
    advance_heat(problem, state, 600.0, needle_powers_w=[-sink_w_m * spacing_mm * 1e-3])
    exact = exact_heat.line_sink_front(ICE, sink_w_m, BODY_C)
    told = f"{sink_w_m:g} W/m, {off_centre:g} voxels off centre, voxels of {spacing_mm:g} mm"
    limits = (0.2, 0.3, 0.3) if spacing_mm <= 1.0 else (0.5, 0.5, 0.5)
    levels = ((-1.0, exact.front_m(600.0)), *((c, exact.isotherm_m(c, 600.0)) for c in (-20.0, -40.0)))
    for (level, radius_m), limit in zip(levels, limits, strict=True):
        if radius_m < 2e-3 * spacing_mm:
            continue  # a front within two voxels of the line is the kernel's own
        found = _mean_radius_mm(problem, state, at, level)
        yield apart("V5", f"{level:g} °C about a line sink", told, 1e3 * radius_m, found, limit, "mm")


def held_needle(
    tilt_deg: float = 20.0, radius_mm: float = 0.75, spacing_mm: float = 2.0, off_centre: float = 0.3
) -> Iterator[Rung]:
    """V6: a needle held at -140 °C for 10 minutes in gel that freezes from -1 to -8 °C, at any angle and place."""
    half, step = 38.0, spacing_mm * 1e-3
    count = 2 * round(half / spacing_mm) + 1
    centre = (count // 2 + np.array([off_centre, 0.7 * off_centre, 0.0])) * step
    turn = np.radians(tilt_deg)
    axis = np.array([np.sin(turn), 0.0, np.cos(turn)])
    held = needle_between(centre - 0.08 * axis, centre + 0.08 * axis, radius_mm * 1e-3)
    problem = HeatProblem(
        np.zeros((count,) * 3, np.uint8), (step,) * 3, materials(), needles=(held,), edge="insulated",
    )  # fmt: skip
    state = start_heat(problem, BODY_C)
    advance_heat(problem, state, 600.0, needle_temperatures_c=[COLD_C])
    exact = exact_heat.held_cylinder(problem.materials, radius_mm * 1e-3, COLD_C, 600.0)
    told = f"radius {radius_mm:g} mm, {tilt_deg:g}°, {off_centre:g} voxels off centre, voxels of {spacing_mm:g} mm"
    for level in (0.0, -20.0, -40.0):
        found = _mean_radius_mm(problem, state, centre / step, level, axis)
        yield apart("V6", f"{level:g} °C about a needle", told, 1e3 * exact.isotherm_m(level), found, 0.3, "mm")


def cycle(minutes: tuple[float, float, float] = (4.0, 2.0, 4.0), spacing_mm: float = 2.0) -> Iterator[Rung]:
    """V8: freeze, thaw, freeze against explicit float64 steps: isotherms at the end of each."""
    fast, slow = (_across(spacing_mm, 0.3, 30.0, 0.75, {})[0] for _ in range(2))
    at = _across(spacing_mm, 0.3, 30.0, 0.75, {})[1]
    state, oracle = start_heat(fast, BODY_C), ReferenceHeat(slow, BODY_C)
    told = f"{'-'.join(f'{one:g}' for one in minutes)} min, voxels of {spacing_mm:g} mm"
    for minute, held, phase in zip(minutes, (COLD_C, None, COLD_C), ("freeze", "thaw", "freeze"), strict=True):
        advance_heat(fast, state, 60.0 * minute, needle_temperatures_c=[held])
        oracle.advance(60.0 * minute, 0.06 * spacing_mm**2, needle_temperatures_c=[held])
        ours, exact = temperature_c(fast, state).astype(float), oracle.temperature_c
        for level in (0.0, -20.0):
            radii = [_mean_of(field, spacing_mm, at, level) for field in (exact, ours)]
            if np.isfinite(radii).all():
                yield apart("V8", f"{level:g} °C after {phase}", told, radii[0], radii[1], 0.05, "mm")


def plain_solver(power_w: float = 4.0, time_s: float = 20.0, spacing_mm: float = 3.0) -> Iterator[Rung]:
    """V15: invented bone warmed by a needle, against the plain float64 solver: the worst voxel."""
    needle = Needle((-0.004, 0.001, -0.01), (0.003, 0.002, 0.01), 0.75e-3)
    problem = bone(spacing_mm * 1e-3, 0.024, (needle,), edge="held")
    state, oracle = start_heat(problem, BODY_C), ReferenceHeat(problem, BODY_C)
    advance_heat(problem, state, time_s, needle_powers_w=[power_w], longest_step_s=0.1)
    oracle.advance(time_s, 0.02, needle_powers_w=[power_w])
    ours, exact = temperature_c(problem, state).astype(float), oracle.temperature_c
    worst = np.unravel_index(np.argmax(np.abs(ours - exact)), exact.shape)
    told = f"{power_w:g} W, {time_s:g} s, voxels of {spacing_mm:g} mm"
    yield apart("V15", "worst voxel against float64", told, float(exact[worst]), float(ours[worst]), 0.02, "K")


def mesh(fine_mm: float = 0.5, time_s: float = 300.0) -> Iterator[Rung]:
    """V16: frozen tissue of invented bone on voxels of 2, 1 and 0.5 mm: Dice with the finest."""
    needle = Needle((0.0, 0.0, -0.012), (0.003, 0.002, 0.012), 0.75e-3)
    frozen = {}
    for spacing in (4.0 * fine_mm, 2.0 * fine_mm, fine_mm):
        problem = bone(spacing * 1e-3, 0.024, (needle,), edge="held")
        state = start_heat(problem, BODY_C)
        advance_heat(problem, state, time_s, needle_temperatures_c=[COLD_C])
        warm = temperature_c(problem, state)
        finer = ndimage.zoom(warm, spacing / fine_mm, order=1, mode="nearest", grid_mode=True)
        frozen[spacing] = finer < 0.0
    best = frozen[fine_mm]
    for spacing, least in ((4.0 * fine_mm, 0.97), (2.0 * fine_mm, 0.99)):
        dice = 2.0 * np.sum(frozen[spacing] & best) / (frozen[spacing].sum() + best.sum())
        told = f"{time_s:g} s, voxels of {spacing:g} against {fine_mm:g} mm"
        yield Rung("V16", "Dice of ice", told, 1.0, float(dice), 1.0 - float(dice), 1.0 - least, "1")


def _across(
    spacing_mm: float, off_centre: float, half_mm: float, radius_mm: float, change: dict[str, float]
) -> tuple[HeatProblem, NDArray[np.float64]]:
    """A lattice one voxel thick across an endless needle along j, and the needle's place in voxels."""
    count, step = 2 * round(half_mm / spacing_mm) + 1, spacing_mm * 1e-3
    at = np.array([count // 2 + off_centre, 0.0, count // 2 + 0.7 * off_centre])
    half = np.array([0.0, 0.5, 0.0])
    held = needle_between((at - half) * step, (at + half) * step, radius_mm * 1e-3)
    problem = HeatProblem(
        np.zeros((count, 1, count), np.uint8), (step,) * 3, materials(change),
        needles=(held,), edge="insulated",
    )  # fmt: skip
    return problem, at


def _mean_radius_mm(
    problem: HeatProblem,
    state: HeatState,
    at: NDArray[np.float64],
    level_c: float,
    axis: NDArray[np.float64] | None = None,
) -> float:
    warm = temperature_c(problem, state).astype(float)
    return _mean_of(warm, 1e3 * problem.spacing_m[0], at, level_c, axis)


def _mean_of(
    warm: NDArray[np.float64],
    spacing_mm: float,
    at: NDArray[np.float64],
    level_c: float,
    axis: NDArray[np.float64] | None = None,
) -> float:
    """Mean radius of an isotherm about a needle, mm; NaN where it is not there."""
    along = (0.0, 1.0, 0.0) if axis is None else tuple(axis.tolist())
    return float(1e3 * np.mean(radii_m(warm, spacing_mm * 1e-3, tuple(at.tolist()), level_c, along)))
