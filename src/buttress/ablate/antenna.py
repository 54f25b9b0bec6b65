"""The power that a microwave antenna leaves in every voxel: geometry once, attenuation as often as tissue changes.

Out from the shaft power fades as ``exp(-2 int a dr)`` with each tissue's own attenuation a, and spreads as 1/r; along
the shaft it falls as a Gaussian, wider towards the hub (the teardrop's tail):

    q = η P g(z) / (int g dz) · 2a exp(-2 int a dr) / (2 π r)

so that all power that is not radiated beyond the tissue turns into heat. It is no solution of Maxwell's equations:
reflections at interfaces and between antennas are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.ablate.heat_run import PlacedNeedle
from buttress.numerics.grid import Grid
from buttress.records.applicator import MicrowaveApplicator

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

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
    """Coordinates about one antenna, in mm: ``centre`` of radiation, unit ``axis`` to the tip, two ``across`` it; and
    how power falls along it."""

    centre: Floats
    axis: Floats
    across: Floats
    reach_mm: float
    tail_mm: float
    radius_mm: float

    @classmethod
    def of(cls, applicator: MicrowaveApplicator, antenna: PlacedNeedle) -> AntennaFrame:
        """The frame of a placed antenna."""
        hub = np.asarray(antenna.to_hub, dtype=float)
        hub = hub / np.linalg.norm(hub)
        centre = np.asarray(antenna.tip_mm, dtype=float) + applicator.feed_mm.value * hub
        reach, radius = applicator.reach_mm.value, applicator.diameter_mm.value / 2.0
        return cls(centre, -hub, np.linalg.svd(hub[None])[2][1:], reach, reach * applicator.tail_ratio.value, radius)

    def cylinder(self, points_mm: Floats) -> tuple[Floats, Floats, Floats]:
        """Along the shaft (to the tip), off it, and the angle, of points ``(..., 3)``."""
        away = points_mm - self.centre
        first, second = away @ self.across[0], away @ self.across[1]
        return away @ self.axis, np.hypot(first, second), np.arctan2(second, first)

    def along(self, z_mm: Floats) -> Floats:
        """Power per length, not normalised; ``z`` runs to the tip."""
        return np.asarray(np.exp(-((z_mm / np.where(z_mm > 0.0, self.reach_mm, self.tail_mm)) ** 2)))

    @property
    def span_mm(self) -> tuple[float, float]:
        """Where power is followed, from the hub's side to the tip's."""
        return -REACH_WIDTHS * self.tail_mm, REACH_WIDTHS * self.reach_mm


@dataclass(frozen=True, slots=True, eq=False)
class AntennaField:
    """One antenna on one grid. ``rays`` ``(z, angle, r)`` are the voxels along the ways out (-1: off the grid).

    ``voxels`` are flat indices that power reaches, nearest first. The first m are averaged over points inside them, at
    ``near_at`` ``(3, m, SUB³)`` in the table of rays with ``near_weight`` ``(m, SUB³)``; for the others ``at``
    ``(3, n)`` and ``weight`` ``(n,)`` say the same of their centres.
    """

    grid: Grid
    rays: NDArray[np.int64]
    share: Floats
    step_mm: float
    voxels: NDArray[np.int64]
    at: Singles
    weight: Singles
    near_at: Singles
    near_weight: Singles

    @classmethod
    def of(cls, applicator: MicrowaveApplicator, antenna: PlacedNeedle, grid: Grid) -> AntennaField:
        """Lay an antenna on a grid. Raises ``ValueError`` where less than half of its pattern lies on the grid."""
        frame, fine = AntennaFrame.of(applicator, antenna), 0.5 * float(grid.spacing_mm.min())
        rays, share = _rays(frame, grid, fine)
        if float(share @ (rays[:, :-1, 0] >= 0).mean(axis=1)) < 0.5:
            raise ValueError("more than half of the antenna's pattern lies off the grid")
        index = _near_antenna(frame, grid)
        along, off, angle = frame.cylinder(grid.to_mm(index))
        order = np.argsort(off, kind="stable")
        index, along, off, angle = index[order], along[order], off[order], angle[order]
        near = int(np.searchsorted(off, NEAR_VOXELS * float(grid.spacing_mm.max())))
        inner = (np.arange(SUB) + 0.5) / SUB - 0.5
        shifts = np.stack(np.meshgrid(inner, inner, inner, indexing="ij"), axis=-1).reshape(-1, 3)
        places = frame.cylinder(grid.to_mm(index[:near, None, :] + shifts[None]))
        outside = places[1] >= frame.radius_mm  # none comes from inside the shaft
        spread = np.where(outside, frame.along(places[0]) / np.maximum(places[1], frame.radius_mm), 0.0)
        return cls(
            grid=grid,
            rays=rays,
            share=share,
            step_mm=fine,
            voxels=np.ravel_multi_index(tuple(index.T), grid.shape).astype(np.int64),
            at=_in_table(frame, fine, along[near:], off[near:], angle[near:]),
            weight=(frame.along(along[near:]) / off[near:]).astype(np.float32),
            near_at=_in_table(frame, fine, *places),
            near_weight=spread.astype(np.float32),
        )

    def power_density_w_m3(self, fades_1_m: Singles, watts: float) -> Singles:
        """Heat in every voxel when the antenna radiates ``watts``; ``fades_1_m`` is the attenuation in every voxel."""
        table, absorbed = self._fading(fades_1_m)
        close = ndimage.map_coordinates(table, self.near_at, order=1, mode="nearest") * self.near_weight
        far = ndimage.map_coordinates(table, self.at, order=1, mode="nearest") * self.weight
        found = np.zeros(fades_1_m.size, dtype=np.float32)
        found[self.voxels] = np.concatenate([close.mean(axis=1), far]) * fades_1_m.ravel()[self.voxels]
        total = float(found.sum(dtype=float)) * float(np.prod(self.grid.spacing_mm)) * 1e-9
        scale = watts * absorbed / total if total > 0.0 else 0.0
        return np.asarray(found.reshape(fades_1_m.shape) * np.float32(scale))

    def _fading(self, fades_1_m: Singles) -> tuple[Singles, float]:
        """``exp(-2 int a dr)`` along the ways out, and the share of all power that is absorbed on the grid."""
        local = np.where(self.rays >= 0, fades_1_m.ravel()[self.rays], np.float32(0.0))
        depth = np.zeros(local.shape, dtype=np.float32)
        np.cumsum((local[..., 1:] + local[..., :-1]) * np.float32(self.step_mm * 1e-3), axis=-1, out=depth[..., 1:])
        table = np.exp(-depth)
        return table, float(self.share @ (1.0 - table[:, :-1, -1].astype(float)).mean(axis=1))


def _rays(frame: AntennaFrame, grid: Grid, fine: float) -> tuple[NDArray[np.int64], Floats]:
    """Voxels along the ways out, ``(z, angle, r)``, the first angle twice, and each z's share of the power."""
    z = np.arange(frame.span_mm[0], frame.span_mm[1] + 2.0 * fine, 2.0 * fine)
    r = frame.radius_mm + fine * np.arange(int(REACH_MM / fine) + 2)
    turn = 2.0 * np.pi * np.arange(AROUND + 1) / AROUND
    ways = np.cos(turn)[:, None] * frame.across[0] + np.sin(turn)[:, None] * frame.across[1]
    points = frame.centre + z[:, None, None, None] * frame.axis + r[None, None, :, None] * ways[None, :, None, :]
    where = np.rint(grid.to_index(points)).astype(np.int64)
    on_grid = np.all((where >= 0) & (where < grid.shape), axis=-1)
    flat = (where[..., 0] * grid.shape[1] + where[..., 1]) * grid.shape[2] + where[..., 2]
    power = frame.along(z)
    return np.where(on_grid, flat, -1), np.asarray(power / power.sum())


def _in_table(frame: AntennaFrame, fine: float, along: Floats, off: Floats, angle: Floats) -> Singles:
    """Places in the table of rays of cylinder coordinates, ``(3, ...)``."""
    rows = (along - frame.span_mm[0]) / (2.0 * fine)
    turns = np.mod(angle, 2.0 * np.pi) * AROUND / (2.0 * np.pi)
    return np.stack([rows, turns, np.maximum(off - frame.radius_mm, 0.0) / fine]).astype(np.float32)


def _near_antenna(frame: AntennaFrame, grid: Grid) -> NDArray[np.intp]:
    """Indices ``(n, 3)`` of the voxels that the pattern reaches."""
    low, high = frame.span_mm
    voxels = np.hypot(max(-low, high), REACH_MM) / grid.spacing_mm
    centre = grid.to_index(frame.centre)
    first = np.clip(np.floor(centre - voxels), 0, grid.shape).astype(int)
    last = np.clip(np.ceil(centre + voxels) + 1, 0, grid.shape).astype(int)
    axes = [np.arange(a, b) for a, b in zip(first, last, strict=True)]
    index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    along, off, _ = frame.cylinder(grid.to_mm(index))
    return np.asarray(index[(along >= low) & (along <= high) & (off <= REACH_MM)])
