"""Microwave ablation: the power an antenna leaves in every voxel, as a pattern that its chart calibrates.

Out from the shaft power fades as ``exp(-2 int a dr)`` with each tissue's own attenuation a, and spreads as 1/r; along
the shaft it falls as a Gaussian, wider towards the hub (the teardrop's tail):

    q = η P g(z) / (int g dz) · 2a exp(-2 int a dr) / (2 π r)

so that all power that is not radiated beyond the tissue turns into heat. Tissue that has boiled dry lets it through.
It is no solution of Maxwell's equations: reflections at interfaces and between antennas are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.ablate.dielectric import attenuation_1_m
from buttress.ablate.heat_run import HeatRun, PlacedNeedle, Progress
from buttress.ablate.schedule import Schedule, total_s
from buttress.ablate.tissue import TissueMap, mixtures
from buttress.library.load_tissues import load_electrical_tissues
from buttress.numerics.grid import Grid
from buttress.records.applicator import MicrowaveApplicator
from buttress.records.document import ButtressError

Floats = NDArray[np.float64]

UPDATE_S = 15.0
"""Ours: the pattern follows the tissue that has dried so often."""

REACH_WIDTHS = 3.0
"""Ours: along the shaft power is followed to so many widths of its Gaussian (0.01 % lies beyond)."""

REACH_MM = 60.0
"""Ours: across the shaft it is followed so far: in muscle a 200th is left there."""

AROUND = 24
"""Ours: directions about the shaft along which the fading is summed (numerical)."""

NEAR_VOXELS = 3.0
SUB = 5
"""Ours: voxels so near the shaft are averaged over so many points a side, for 1/r (numerical)."""


@dataclass(frozen=True, slots=True, eq=False)
class AntennaFrame:
    """Coordinates about one antenna, in mm: ``centre`` of radiation, unit ``axis`` to the tip and two across it."""

    centre: Floats
    axis: Floats
    across: Floats

    @classmethod
    def of(cls, applicator: MicrowaveApplicator, antenna: PlacedNeedle) -> AntennaFrame:
        """The frame of a placed antenna."""
        hub = np.asarray(antenna.to_hub, dtype=float)
        hub = hub / np.linalg.norm(hub)
        centre = np.asarray(antenna.tip_mm, dtype=float) + applicator.feed_mm.value * hub
        return cls(centre, -hub, np.linalg.svd(hub[None])[2][1:])

    def cylinder(self, points_mm: Floats) -> tuple[Floats, Floats, Floats]:
        """Along the shaft (to the tip), off it, and the angle, of points ``(..., 3)``."""
        away = points_mm - self.centre
        first, second = away @ self.across[0], away @ self.across[1]
        return away @ self.axis, np.hypot(first, second), np.arctan2(second, first)


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


def power_density_w_m3(
    applicator: MicrowaveApplicator, antenna: PlacedNeedle, grid: Grid, fades_1_m: NDArray[np.float32], watts: float
) -> NDArray[np.float32]:
    """Heat that one antenna makes in every voxel when the generator gives ``watts``.

    Raises ``ValueError`` where the grid holds less than half of the pattern along the shaft.
    """
    frame, pattern = AntennaFrame.of(applicator, antenna), _Pattern.of(applicator)
    fading = _Fading.of(frame, pattern, grid, fades_1_m)
    if fading.held_fraction < 0.5:
        raise ValueError("more than half of the antenna's pattern lies off the grid")
    found = np.zeros(grid.shape, dtype=np.float32)
    index = np.stack(np.unravel_index(_near_antenna(frame, pattern, grid), grid.shape), axis=1)
    along, off, angle = frame.cylinder(grid.to_mm(index))
    step = float(grid.spacing_mm.max())
    density = fading.at(along, off, angle) * pattern.along(along) / np.maximum(off, pattern.radius_mm)
    near = off < NEAR_VOXELS * step
    density[near] = _averaged(frame, pattern, fading, grid, index[near])
    local = fades_1_m[tuple(index.T)].astype(float)
    found[tuple(index.T)] = density * local
    volume = float(np.prod(grid.spacing_mm)) * 1e-9
    total = float(found.sum(dtype=float)) * volume
    target = applicator.efficiency.value * watts * fading.absorbed_fraction
    return found * np.float32(target / total) if total > 0.0 else found


@dataclass(frozen=True, slots=True)
class _Pattern:
    """How power falls along the shaft."""

    reach_mm: float
    tail_mm: float
    radius_mm: float

    @classmethod
    def of(cls, applicator: MicrowaveApplicator) -> _Pattern:
        reach = applicator.reach_mm.value
        return cls(reach, reach * applicator.tail_ratio.value, applicator.diameter_mm.value / 2.0)

    def along(self, z_mm: Floats) -> Floats:
        """Power per length, not normalised; ``z`` runs to the tip."""
        return np.asarray(np.exp(-((z_mm / np.where(z_mm > 0.0, self.reach_mm, self.tail_mm)) ** 2)))

    @property
    def span_mm(self) -> tuple[float, float]:
        """Where power is followed, from the hub's side to the tip's."""
        return -REACH_WIDTHS * self.tail_mm, REACH_WIDTHS * self.reach_mm


@dataclass(frozen=True, slots=True, eq=False)
class _Fading:
    """``exp(-2 int a dr)`` on a cylinder about the shaft: ``table`` ``(z, angle, r)``, the first angle twice."""

    table: Floats
    start_mm: float
    step_mm: float
    radius_mm: float
    absorbed_fraction: float
    held_fraction: float

    @classmethod
    def of(cls, frame: AntennaFrame, pattern: _Pattern, grid: Grid, fades_1_m: NDArray[np.float32]) -> _Fading:
        """Sum the attenuation outwards along every direction about the shaft."""
        step = 0.5 * float(grid.spacing_mm.min())
        z = np.arange(pattern.span_mm[0], pattern.span_mm[1] + step, step)
        r = pattern.radius_mm + step * np.arange(int(REACH_MM / step) + 2)
        turn = 2.0 * np.pi * np.arange(AROUND + 1) / AROUND
        ways = np.cos(turn)[:, None] * frame.across[0] + np.sin(turn)[:, None] * frame.across[1]
        points = frame.centre + z[:, None, None, None] * frame.axis + r[None, None, :, None] * ways[None, :, None, :]
        where = np.rint(grid.to_index(points)).astype(int)
        on_grid = np.all((where >= 0) & (where < grid.shape), axis=-1)
        i, j, k = np.moveaxis(np.where(on_grid[..., None], where, 0), -1, 0)
        local = np.where(on_grid, fades_1_m[i, j, k], 0.0)
        depth = np.zeros(local.shape)
        np.cumsum((local[..., 1:] + local[..., :-1]) * step * 1e-3, axis=-1, out=depth[..., 1:])
        share = pattern.along(z) / pattern.along(z).sum()
        table = np.exp(-depth)
        absorbed = float(share @ (1.0 - table[:, :-1, -1]).mean(axis=1))
        return cls(table, float(z[0]), step, pattern.radius_mm, absorbed, float(share @ on_grid[:, :, 0].mean(axis=1)))

    def at(self, along: Floats, off: Floats, angle: Floats) -> Floats:
        """The fading at cylinder coordinates, any shape."""
        where = [
            (along - self.start_mm) / self.step_mm,
            np.mod(angle, 2.0 * np.pi) * AROUND / (2.0 * np.pi),
            np.maximum(off - self.radius_mm, 0.0) / self.step_mm,
        ]
        return np.asarray(ndimage.map_coordinates(self.table, where, order=1, mode="nearest"))


def _near_antenna(frame: AntennaFrame, pattern: _Pattern, grid: Grid) -> NDArray[np.intp]:
    """Flat indices of the voxels that the pattern reaches."""
    axes = [np.arange(n) for n in grid.shape]
    points = grid.to_mm(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3))
    along, off, _ = frame.cylinder(points)
    low, high = pattern.span_mm
    return np.flatnonzero((along >= low) & (along <= high) & (off <= REACH_MM))


def _averaged(frame: AntennaFrame, pattern: _Pattern, fading: _Fading, grid: Grid, index: NDArray[np.intp]) -> Floats:
    """Mean over points inside each voxel of what falls as 1/r; none comes from inside the shaft."""
    inner = (np.arange(SUB) + 0.5) / SUB - 0.5
    shifts = np.stack(np.meshgrid(inner, inner, inner, indexing="ij"), axis=-1).reshape(-1, 3)
    along, off, angle = frame.cylinder(grid.to_mm(index[:, None, :] + shifts[None]))
    spread = np.where(off >= pattern.radius_mm, 1.0 / np.maximum(off, pattern.radius_mm), 0.0)
    return np.asarray((fading.at(along, off, angle) * pattern.along(along) * spread).mean(axis=1))


def run_microwave(
    run: HeatRun,
    applicator: MicrowaveApplicator,
    antennas: Sequence[PlacedNeedle],
    schedule: Schedule,
    progress: Progress | None = None,
) -> str:
    """Heat as the schedule says, every antenna at the phase's power; returns "finished" or why it stopped.

    Raises :class:`ButtressError` for a phase that a microwave antenna cannot do or that lacks a power.
    """
    for phase in schedule:
        if phase.verb not in ("heat", "cool-down") or (phase.verb == "heat" and phase.power_w is None):
            raise ButtressError(
                f'"{phase}" is nothing for a microwave antenna', "heat with a power, or cool-down", "heat 300 at 65 W"
            )
    done, whole = 0.0, total_s(schedule)
    for phase in schedule:
        left = phase.duration_s
        while left > 1e-9:
            seconds = min(UPDATE_S, left)
            source = _source(run, applicator, antennas, phase.power_w or 0.0)
            report = run.advance(seconds, source_w_m3=source)
            left, done = left - seconds, done + report.done_s
            if report.status != "finished":
                return report.outcome
            if progress is not None and not progress(done / whole):
                return f"Stopped on request after {done:g} s."
    return "finished"


def _source(
    run: HeatRun, applicator: MicrowaveApplicator, antennas: Sequence[PlacedNeedle], watts: float
) -> NDArray[np.float32] | None:
    if watts == 0.0:
        return None
    fades = voxel_attenuation_1_m(run.tissue, applicator.frequency_hz.value, run.boiled_fraction())
    one_by_one = (power_density_w_m3(applicator, one, run.grid, fades, watts) for one in antennas)
    return np.asarray(sum(one_by_one), dtype=np.float32)
