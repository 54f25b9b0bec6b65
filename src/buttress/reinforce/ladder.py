"""The mechanics of bone against exact answers: sections, warping, solids, loads, rods; for ``buttress verify``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.elasticity import ElasticSolver
from buttress.numerics.grid import Grid
from buttress.numerics.rod_coverage import Rod, rod_fraction
from buttress.numerics.rung import Rung, Rungs, apart, relative
from buttress.numerics.warping import torsional_rigidity
from buttress.reinforce.block import GRIP_VOXELS, with_grips
from buttress.reinforce.load_frame import FORCE_N, MOMENT_N_MM
from buttress.reinforce.loaded_block import LoadedBlock
from buttress.reinforce.piece_loads import piece_frame
from buttress.reinforce.section import section_rigidity

Floats = NDArray[np.float64]

BONE_MPA = 17_000.0


def tube_section(outer_mm: float = 14.0, inner_mm: float = 8.0, angles: int = 180, shares: int = 96) -> Iterator[Rung]:
    """EA, EI and polar EJ of a hollow shaft by its unrolled section, for a modulus of 1."""
    share = (np.arange(shares * 8) + 0.5) / (shares * 8)
    wall = (share * outer_mm > inner_mm).reshape(shares, 8).mean(axis=1)
    found = section_rigidity(np.tile(wall, (1, angles, 1)), np.full((1, angles), outer_mm))
    area = np.pi * (outer_mm**2 - inner_mm**2)
    second = np.pi / 4 * (outer_mm**4 - inner_mm**4)
    told = f"tube {2 * outer_mm:g}/{2 * inner_mm:g} mm"
    yield relative("M1", "axial rigidity of a section", told, area, found.axial[0], 0.005)
    yield relative("M1", "bending rigidity of a section", told, second, found.principal_bending[0, 0], 0.005)
    yield relative("M1", "polar sum of a section", told, 2 * second, found.polar[0], 0.005)


def bar_warping(wide_mm: float = 24.0, high_mm: float = 12.0, pixel_mm: float = 0.5) -> Iterator[Rung]:
    """True torsional rigidity of a rectangular bar: Saint-Venant's series."""
    odd = np.arange(1, 40, 2)
    long, short = max(wide_mm, high_mm), min(wide_mm, high_mm)
    series = float(np.sum(np.tanh(odd * np.pi * long / (2 * short)) / odd**5))
    exact = long * short**3 / 3 * (1 - 192 * short / (np.pi**5 * long) * series)
    ours = torsional_rigidity(np.ones((round(wide_mm / pixel_mm), round(high_mm / pixel_mm))), pixel_mm)
    yield relative("M2", "true torsion of a bar", f"{wide_mm:g} x {high_mm:g} mm", exact, ours, 0.01)


def tube_warping(outer_mm: float = 14.0, inner_mm: float = 8.0, pixel_mm: float = 0.5) -> Iterator[Rung]:
    """True torsional rigidity of a tube, pixels by their share."""
    wall = _tube_share(outer_mm, inner_mm, pixel_mm)
    exact = np.pi / 2 * (outer_mm**4 - inner_mm**4)
    told = f"tube {2 * outer_mm:g}/{2 * inner_mm:g} mm"
    yield relative("M2", "true torsion of a tube", told, exact, torsional_rigidity(wall, pixel_mm), 0.01)


def even_strain(sides_mm: tuple[float, float, float] = (0.8, 0.8, 3.0), seed: int = 1) -> Iterator[Rung]:
    """Patch test: held at its rim by a linear displacement, a block takes it everywhere."""
    gradient = np.random.default_rng(seed).normal(size=(3, 3)) * 1e-3
    shape = (4, 4, 4)
    nodes = np.stack(np.meshgrid(*[np.arange(n + 1) * s for n, s in zip(shape, sides_mm, strict=True)], indexing="ij"))
    wanted = np.tensordot(gradient, nodes, axes=1)
    held = np.ones(wanted.shape, dtype=bool)
    held[:, 1:-1, 1:-1, 1:-1] = False
    solver = ElasticSolver(np.full(shape, BONE_MPA), sides_mm, held)
    found = solver.solve(held_mm=wanted, tolerance=1e-12).displacement_mm
    off = float(np.abs(found - wanted).max() / np.abs(wanted).max())
    yield apart("M3", "patch test, share of the displacement", f"voxels {sides_mm} mm", 0.0, off, 1e-9, "1")
    turned = np.cross(np.array([0.3, -0.2, 0.5]), nodes, axisb=0, axisc=0)
    force = float(np.abs(solver.forces_of(turned)).max() / (BONE_MPA * max(sides_mm) * np.abs(turned).max()))
    yield apart("M3", "force of a turn as a whole, share", f"voxels {sides_mm} mm", 0.0, force, 1e-9, "1")


def cantilever(length_mm: float = 100.0, high_mm: float = 10.0, voxel_mm: float = 0.5) -> Iterator[Rung]:
    """Tip of a beam one voxel thick under 10 N, by beam theory: FAIM prints 0.4018 mm for the first numbers."""
    long, high = round(length_mm / voxel_mm), round(high_mm / voxel_mm)
    held, load = (np.zeros((3, long + 1, 2, high + 1), dtype=kind) for kind in (bool, float))
    held[[0, 2], 0] = True
    held[1, 0, 0, high // 2] = True
    share = np.array([0.5, *[1.0] * (high - 1), 0.5])
    load[2, -1] = -10.0 * share / (2 * share.sum())
    found = ElasticSolver(np.full((long, 1, high), 2e5), (voxel_mm,) * 3, held).solve(load, tolerance=1e-8)
    exact = 10.0 * length_mm**3 / (3 * 2e5 * voxel_mm * high_mm**3 / 12)
    told = f"{length_mm:g} x {high_mm:g} mm, voxels {voxel_mm:g} mm"
    yield relative("M4", "tip of a cantilever", told, exact, -float(found.displacement_mm[2, -1].mean()), 0.01)


def loaded_tube(outer_mm: float = 12.0, inner_mm: float = 6.0, voxel_mm: float = 1.0) -> Iterator[Rung]:
    """How far a tube between grips gives to compression, bending and torsion: L/EA, L/EI, L/GJ."""
    wall, disc = (_tube_share(outer_mm, inner, voxel_mm) for inner in (inner_mm, 0.0))
    # Four widths long: what grips do to the ends is little of it.
    layers = round(8.0 * outer_mm / voxel_mm) + 2 * GRIP_VOXELS
    modulus = BONE_MPA * np.repeat(wall[:, :, None], layers, axis=2)
    solid = np.repeat(disc[:, :, None], layers, axis=2) > 0.0
    i, j, k = modulus.shape
    none = np.zeros(modulus.shape, dtype=np.float32)
    block = with_grips(Grid.aligned((i, j, k), voxel_mm), none, none, solid, none, solid)
    loaded = LoadedBlock(block, piece_frame(block, np.where(block.solid, modulus, 0.0)), modulus)
    area, second = np.pi * (outer_mm**2 - inner_mm**2), np.pi / 4 * (outer_mm**4 - inner_mm**4)
    told = f"tube {2 * outer_mm:g}/{2 * inner_mm:g} mm, voxels {voxel_mm:g} mm"
    units: tuple[tuple[str, float, float], ...] = (
        ("compression", FORCE_N, BONE_MPA * area),
        ("bending_i", MOMENT_N_MM, BONE_MPA * second),
        ("torsion", MOMENT_N_MM, BONE_MPA / 2.6 * 2 * second),
    )
    for unit, load, stiffness in units:
        exact = block.length_mm * load**2 / stiffness
        yield relative("M5", f"tube under {unit}: compliance", told, exact, loaded.solve(unit).compliance, 0.03)


def oblique_rod(diameter_mm: float = 4.5, tilt_deg: float = 35.0, voxel_mm: float = 1.0) -> Iterator[Rung]:
    """Volume of a rod that lies askew, as shares of voxels."""
    angle, half = np.deg2rad(tilt_deg), 20.0
    along = np.array([np.sin(angle), 0.3 * np.cos(angle), np.cos(angle)])
    along /= np.linalg.norm(along)
    count = int(60.0 / voxel_mm)
    grid = Grid.aligned((count, count, count), voxel_mm, (-(count - 1) * voxel_mm / 2,) * 3)
    rod = Rod(np.stack([-half * along, half * along]), diameter_mm / 2)
    ours = float(rod_fraction(grid, rod).sum() * voxel_mm**3)
    told = f"{diameter_mm:g} mm, {tilt_deg:g}°, voxels {voxel_mm:g} mm"
    yield relative("M6", "volume of a rod", told, rod.area_mm2 * rod.length_mm, ours, 0.01)


def _tube_share(outer_mm: float, inner_mm: float, pixel_mm: float) -> Floats:
    """Share of each pixel that is wall, by points within it."""
    half = int(np.ceil(outer_mm / pixel_mm)) + 1
    at = (np.arange(-half * 8, half * 8) + 0.5) / 8 * pixel_mm
    radius = np.hypot(*np.meshgrid(at, at, indexing="ij"))
    wall = (radius < outer_mm) & (radius > inner_mm)
    return np.asarray(wall.reshape(2 * half, 8, 2 * half, 8).mean(axis=(1, 3)))


LADDER: dict[str, tuple[Rungs, ...]] = {
    "M1": (tube_section, partial(tube_section, 10.0, 8.0)),
    "M2": (bar_warping, partial(bar_warping, 40.0, 8.0), tube_warping),
    "M3": (even_strain, partial(even_strain, (1.0, 1.0, 1.0), 2)),
    "M4": (cantilever,),
    "M5": (loaded_tube, partial(loaded_tube, 14.0, 8.0)),
    "M6": (oblique_rod, partial(oblique_rod, 7.0, 20.0), partial(oblique_rod, 2.25, 0.0)),
}
"""By name; any of them can be asked with other numbers."""
