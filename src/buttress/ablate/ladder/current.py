"""Rungs of the electric potential: resistances of electrodes, and the heat about one: V10 to V12."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from buttress.numerics import exact_potential as exact
from buttress.numerics.electrode import Body, sphere
from buttress.numerics.potential import Electrode, PotentialReport, PotentialSolver
from buttress.numerics.rung import Rung, relative

MUSCLE_S_M = 0.354
MM = 1e-3


def ball(radius_mm: float = 5.0, volts: float = 20.0, spacing_mm: float = 1.0) -> Iterator[Rung]:
    """V10 and V12: a ball in endless muscle, between voxel centres: its resistance, and the heat about it."""
    count = 2 * round(24 / spacing_mm)
    centre = (count // 2 + np.array([0.3, 0.1, 0.45])) * spacing_mm * MM
    found = _solved((count,) * 3, spacing_mm, [Electrode(sphere(centre, radius_mm * MM), volts)])
    told = f"radius {radius_mm:g} mm, voxels of {spacing_mm:g} mm"
    ohm = exact.sphere_resistance_ohm(MUSCLE_S_M, radius_mm * MM)
    yield relative("V10", "ball, ohm", told, ohm, found.resistance_ohm, 0.01)
    index = np.stack(np.meshgrid(*[np.arange(count)] * 3, indexing="ij"), axis=-1)
    away = np.linalg.norm(index * spacing_mm * MM - centre, axis=-1)
    low, high = (radius_mm + 2.0) * MM, 20.0 * MM
    shell = (away > low) & (away < high)
    heat = float(found.heat_w_m3[shell].sum(dtype=float) * (spacing_mm * MM) ** 3)
    # q = σ V² a² / r⁴, summed at the same voxels so that the shell's own steps do not enter
    q = MUSCLE_S_M * (volts * radius_mm * MM) ** 2 / away[shell] ** 4
    total = float(q.sum() * (spacing_mm * MM) ** 3)
    yield relative("V12", f"heat from {radius_mm + 2:g} to 20 mm about it, W", told, total, heat, 0.02)


def needle(
    tilt_deg: float = 33.0, radius_mm: float = 0.75, length_mm: float = 20.0, spacing_mm: float = 1.0
) -> Iterator[Rung]:
    """V10: a needle with round ends in endless muscle at any angle, against rings of charge."""
    count, turn = 2 * round(30 / spacing_mm), np.radians(tilt_deg)
    axis = np.array([0.8 * np.sin(turn), 0.6 * np.sin(turn), np.cos(turn)])
    centre = (count // 2 + np.array([0.3, 0.1, 0.45])) * spacing_mm * MM
    half = 0.5 * length_mm * MM * axis
    body = Body(centre - half, centre + half, radius_mm * MM)
    found = _solved((count,) * 3, spacing_mm, [Electrode(body, 1.0)])
    ohm = exact.needle_resistance_ohm(MUSCLE_S_M, length_mm * MM, radius_mm * MM, rings=1200)
    told = f"{length_mm:g} mm, radius {radius_mm:g} mm, {tilt_deg:g}°, voxels of {spacing_mm:g} mm"
    yield relative("V10", "needle, ohm", told, ohm, found.resistance_ohm, 0.01)


def two_balls(radius_mm: float = 2.0, apart_mm: float = 10.0, spacing_mm: float = 1.0) -> Iterator[Rung]:
    """V11: two equal balls driven against each other in endless muscle."""
    count = 2 * round(32 / spacing_mm)
    centre = (count // 2 + np.array([0.2, 0.3, 0.1])) * spacing_mm * MM
    away = np.array([0.5 * apart_mm * MM, 0.0, 0.0])
    pair = [Electrode(sphere(centre + sign * away, radius_mm * MM), sign * 10.0) for sign in (1.0, -1.0)]
    found = _solved((count,) * 3, spacing_mm, pair)
    ohm = exact.two_spheres_resistance_ohm(MUSCLE_S_M, radius_mm * MM, apart_mm * MM)
    told = f"radius {radius_mm:g} mm, {apart_mm:g} mm apart, voxels of {spacing_mm:g} mm"
    yield relative("V11", "two balls, ohm", told, ohm, found.resistance_ohm, 0.02)


def two_cylinders(radius_mm: float = 0.9, apart_mm: float = 10.0, spacing_mm: float = 1.0) -> Iterator[Rung]:
    """V11: two endless parallel cylinders driven against each other, oblique to the voxels."""
    count, step = 2 * round(80 / spacing_mm), spacing_mm * MM
    centre = np.array([count // 2, count // 2, 0.0]) * step + np.array([0.3, 0.1, 0.0]) * step
    across = 0.5 * apart_mm * MM * np.array([0.6, 0.8, 0.0])
    along = np.array([0.0, 0.0, 1.0])  # far beyond the lattice both ways
    pair = [
        Electrode(Body(centre + sign * across - along, centre + sign * across + along, radius_mm * MM), sign)
        for sign in (1.0, -1.0)
    ]
    solver = PotentialSolver((count, count, 2), (step,) * 3)
    found = solver.solve(_muscle((count, count, 2)), pair)
    ohm = exact.two_cylinders_resistance_ohm_m(MUSCLE_S_M, radius_mm * MM, apart_mm * MM) / (2.0 * step)
    told = f"radius {radius_mm:g} mm, {apart_mm:g} mm apart, voxels of {spacing_mm:g} mm"
    yield relative("V11", "two cylinders, ohm", told, ohm, found.resistance_ohm, 0.02)


def _solved(shape: tuple[int, int, int], spacing_mm: float, driven: list[Electrode]) -> PotentialReport:
    return PotentialSolver(shape, (spacing_mm * MM,) * 3).solve(_muscle(shape), driven, edge="unbounded")


def _muscle(shape: tuple[int, int, int]) -> NDArray[np.float32]:
    return np.full(shape, MUSCLE_S_M, dtype=np.float32)
