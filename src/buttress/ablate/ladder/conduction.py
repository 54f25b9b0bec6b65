"""Rungs of conduction and blood flow, without a change of state: V1 to V3, V7, V9."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from buttress.ablate.ladder.samples import MUSCLE, bone, materials, plain
from buttress.numerics import exact_heat
from buttress.numerics.heat import HeatProblem, Needle, advance_heat, start_heat, temperature_c
from buttress.numerics.heat_problem import Edge
from buttress.numerics.rung import Rung, apart, relative

Floats = NDArray[np.float64]
LINE: tuple[Edge, Edge, Edge] = ("insulated", "insulated", "held")
WARM_C, BLOOD_C = 90.0, 37.0


def slab(spacing_mm: float = 1.0, thickness_mm: float = 20.0) -> Iterator[Rung]:
    """V1: a steady slab with blood flow, one face at 90 °C: its greatest error, which falls as spacing squared."""
    errors = [_slab_error(step * 1e-3, thickness_mm * 1e-3) for step in (2.0 * spacing_mm, spacing_mm)]
    told = f"{thickness_mm:g} mm thick, voxels of {spacing_mm:g} mm"
    yield Rung("V1", "slab with blood flow: greatest error", told, 0.0, errors[1], errors[1], 1e-4 * spacing_mm**2, "1")
    order = float(np.log2(errors[0] / errors[1]))
    yield Rung("V1", "slab with blood flow: order of convergence", told, 2.0, order, max(0.0, 2.0 - order), 0.1, "1")


def _slab_error(spacing_m: float, thickness_m: float) -> float:
    cells = round(thickness_m / spacing_m) + 1
    problem, start = _line(cells, spacing_m), _held_first(cells, WARM_C)
    state = start_heat(problem, start)
    advance_heat(problem, state, 6000.0)
    exact = exact_heat.slab_theta(MUSCLE, WARM_C - BLOOD_C, thickness_m, np.arange(cells) * spacing_m)
    found = temperature_c(problem, state)[0, 0] - BLOOD_C
    return float(np.abs(found - exact).max() / (WARM_C - BLOOD_C))


def half_space(time_s: float = 600.0, longest_step_s: float = 12.0, spacing_mm: float = 1.0) -> Iterator[Rung]:
    """V2: tissue whose face is warmed from time 0, with blood flow."""
    cells, step = round(120 / spacing_mm) + 1, spacing_mm * 1e-3
    problem = _line(cells, step)
    state = start_heat(problem, _held_first(cells, WARM_C))
    advance_heat(problem, state, time_s, longest_step_s=longest_step_s)
    exact = exact_heat.half_space_theta(MUSCLE, WARM_C - BLOOD_C, np.arange(cells) * step, time_s)
    found = temperature_c(problem, state)[0, 0] - BLOOD_C
    worst = int(np.argmax(np.abs(found - exact)))
    told = f"{time_s:g} s, voxels of {spacing_mm:g} mm, steps of at most {longest_step_s:g} s"
    yield apart("V2", f"half-space, {worst * spacing_mm:g} mm deep", told, exact[worst], found[worst], 0.1, "K")


def decay(longest_step_s: float = 0.5, time_s: float = 600.0) -> Iterator[Rung]:
    """V2: a uniform temperature that blood evens out. Steps of 0.5 s meet 1e-4; the default of 12 s 1e-3."""
    problem = HeatProblem(np.zeros((1, 1, 4), np.uint8), (0.001,) * 3, materials(plain(MUSCLE)), edge="insulated")
    state = start_heat(problem, BLOOD_C + 20.0)
    advance_heat(problem, state, time_s, longest_step_s=longest_step_s)
    left = float(temperature_c(problem, state)[0, 0, 0]) - BLOOD_C
    limit = 1e-4 * max(1.0, longest_step_s / 1.2)
    exact = exact_heat.decayed_theta(MUSCLE, 20.0, time_s)
    yield relative("V2", "decay by blood", f"{time_s:g} s, steps of at most {longest_step_s:g} s", exact, left, limit)


def point_source(power_w: float = 10.0, spacing_mm: float = 1.0, time_s: float = 300.0) -> Iterator[Rung]:
    """V3: a point source in perfused muscle, over all voxels of a shell: along an axis a lattice of six neighbours is a
    few per cent high, along its diagonals low.
    """
    count, step = 2 * round(36 / spacing_mm) + 1, spacing_mm * 1e-3
    problem = HeatProblem(np.zeros((count,) * 3, np.uint8), (step,) * 3, materials(plain(MUSCLE)), edge="held")
    source, middle = np.zeros((count,) * 3, np.float32), count // 2
    source[middle, middle, middle] = power_w / step**3
    state = start_heat(problem, BLOOD_C)
    advance_heat(problem, state, time_s, source_w_m3=source, longest_step_s=3.0)
    warm = temperature_c(problem, state).astype(float) - BLOOD_C
    from_it = (np.arange(count) - middle) * step
    r = np.sqrt(from_it[:, None, None] ** 2 + from_it[None, :, None] ** 2 + from_it[None, None, :] ** 2)
    for away in (3.0, 5.0, 10.0):
        shell = np.abs(r / step - away) < 0.5
        exact = float(np.mean(exact_heat.point_source_theta(MUSCLE, power_w, r[shell], time_s)))
        told = f"{power_w:g} W, {time_s:g} s, voxels of {spacing_mm:g} mm"
        yield relative("V3", f"point source, shell of {away:g} voxels", told, exact, float(warm[shell].mean()), 0.02)


def line_source(power_w_m: float = 500.0, spacing_mm: float = 1.0, off_centre: float = 0.3) -> Iterator[Rung]:
    """V3: an endless line source between voxel centres, as a needle of given power; steady."""
    count, step = 2 * round(60 / spacing_mm) + 1, spacing_mm * 1e-3
    at = (count // 2 + off_centre) * step
    needle = Needle((at, -0.5 * step, at), (at, 0.5 * step, at), 0.5e-3)
    problem = HeatProblem(
        np.zeros((count, 1, count), np.uint8), (step,) * 3, materials(plain(MUSCLE)), needles=(needle,),
        edge=("held", "insulated", "held"),
    )  # fmt: skip
    state = start_heat(problem, BLOOD_C)
    advance_heat(problem, state, 12_000.0, needle_powers_w=[power_w_m * step], longest_step_s=60.0)
    row = temperature_c(problem, state)[:, 0, round(at / step)] - BLOOD_C
    across = (np.arange(count) * step - at)[count // 2 + round(5 / spacing_mm) :: round(5 / spacing_mm)][:4]
    aside = round(at / step) * step - at
    for x in across:
        r = float(np.hypot(x, aside))
        exact = float(exact_heat.line_source_theta(MUSCLE, power_w_m, r))
        found = float(row[round((x + at) / step)])
        told = f"{power_w_m:g} W/m, {off_centre:g} voxels off centre, voxels of {spacing_mm:g} mm"
        yield relative("V3", f"line source at {1e3 * r:.1f} mm", told, exact, found, 0.02)


def heated_ball(radius_mm: float = 5.0, rise_k: float = 53.0, spacing_mm: float = 2.0) -> Iterator[Rung]:
    """V3: a ball that heats evenly in perfused muscle, steady; its power is chosen for a rise at its surface."""
    count, step, radius = 2 * round(60 / spacing_mm) + 1, spacing_mm * 1e-3, radius_mm * 1e-3
    q = rise_k / float(exact_heat.heated_ball_theta(MUSCLE, 1.0, radius, radius))
    problem = HeatProblem(np.zeros((count,) * 3, np.uint8), (step,) * 3, materials(plain(MUSCLE)), edge="held")
    fine = (np.arange(5 * count) - 5 * (count // 2) - 2) / 5.0 * step
    inside = fine[:, None, None] ** 2 + fine[None, :, None] ** 2 + fine[None, None, :] ** 2 < radius**2
    share = inside.reshape(count, 5, count, 5, count, 5).mean(axis=(1, 3, 5))
    state = start_heat(problem, BLOOD_C)
    advance_heat(problem, state, 9000.0, source_w_m3=(q * share).astype(np.float32), longest_step_s=60.0)
    middle = count // 2
    line = temperature_c(problem, state)[middle, middle, middle:] - BLOOD_C
    for r in (0.0, 8.0, 12.0):
        exact = float(exact_heat.heated_ball_theta(MUSCLE, q, radius, r * 1e-3))
        found = float(line[round(r / spacing_mm)])
        told = f"radius {radius_mm:g} mm, {rise_k:g} K at its surface, voxels of {spacing_mm:g} mm"
        yield relative("V3", f"heated ball at {r:g} mm", told, exact, found, 0.02)


def energy(time_s: float = 1500.0, spacing_mm: float = 2.0) -> Iterator[Rung]:
    """V7: what invented bone gains while a needle freezes it is what blood, faces and needle bring; in float32."""
    needle = Needle((0.0, 0.0, -0.015), (0.004, 0.002, 0.015), 0.75e-3)
    problem = bone(spacing_mm * 1e-3, 0.03, (needle,), edge="held")
    state = start_heat(problem, BLOOD_C)
    report = advance_heat(problem, state, time_s, needle_temperatures_c=[-140.0])
    brought = report.blood_j + report.faces_j + report.sources_j + sum(report.needles_j)
    told = f"{time_s:g} s of freezing, voxels of {spacing_mm:g} mm"
    yield Rung("V7", "energy gained, J", told, brought, report.stored_j, report.imbalance_fraction, 1e-3, "1")


def layers(spacing_mm: float = 1.0) -> Iterator[Rung]:
    """V9: steady flux through cortex, marrow and cortex in series, at every face."""
    step, k_cortex, k_marrow = spacing_mm * 1e-3, 0.32, 0.1921
    cortex, marrow = (plain(exact_heat.Perfused(k, c, 0.0)) for k, c in ((k_cortex, 2.5e6), (k_marrow, 2.02e6)))
    labels = np.repeat([0, 1, 0], [4, 8, 4])
    problem = HeatProblem(labels.reshape(1, 1, -1).astype(np.uint8), (step,) * 3, materials(cortex, marrow), edge=LINE)
    state = start_heat(problem, _held_first(16, 80.0))
    advance_heat(problem, state, 20_000.0 * spacing_mm**2)
    warm = temperature_c(problem, state)[0, 0].astype(float)
    k = np.where(labels == 0, k_cortex, k_marrow)
    exact = exact_heat.series_flux_w_m2(43.0, np.array([3.5, 8.0, 3.5]) * step, [k_cortex, k_marrow, k_cortex])
    flux = (warm[:-1] - warm[1:]) / (0.5 * step / k[:-1] + 0.5 * step / k[1:])
    worst = float(flux[int(np.argmax(np.abs(flux / exact - 1.0)))])
    # float32 keeps 4e-6 K, of steps of 2 K between cells
    yield relative("V9", "flux through layers, W/m²", f"voxels of {spacing_mm:g} mm", exact, worst, 2e-5)


def _line(cells: int, spacing_m: float) -> HeatProblem:
    return HeatProblem(np.zeros((1, 1, cells), np.uint8), (spacing_m,) * 3, materials(plain(MUSCLE)), edge=LINE)


def _held_first(cells: int, first_c: float) -> Floats:
    start = np.full((1, 1, cells), BLOOD_C)
    start[0, 0, 0] = first_c
    return start
