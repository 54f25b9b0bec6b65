"""Synthetic bones with known answers: an oblique tube of cortex with a notch cut out of it.

Occupancy of a voxel is a ramp of the signed distance to each surface (exact for a plane), so partial volume is modelled
without supersampling. In-plane blur and correlated noise follow, in the order in which a scanner adds them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.grid import Grid
from buttress.records.image import Mask, Volume

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Notch:
    """A defect of the tube: ``axial_mm`` long, ``circumference_deg`` wide, ``depth_fraction`` of the cortex deep.

    It reaches ``into_marrow_mm`` beyond the cortex (negative: the outer part of the cortex alone is gone when
    ``from_outside``). ``at_deg`` is its middle, measured about the tube from its ``u`` direction.
    """

    axial_mm: float
    circumference_deg: float
    depth_fraction: float = 1.0
    into_marrow_mm: float = 3.0
    at_deg: float = 0.0
    along_mm: float = 0.0


@dataclass(frozen=True)
class Tube:
    """A straight tube of cortex filled with marrow, in soft tissue, in air; ``tilt_deg`` off the table's long axis."""

    outer_mm: float = 13.0
    cortex_mm: float = 4.0
    tilt_deg: float = 0.0
    azimuth_deg: float = 30.0
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    half_mm: tuple[float, float, float] = (45.0, 45.0, 70.0)
    taper: float = 0.0
    cortex_hu: float = 1300.0
    marrow_hu: float = -20.0
    soft_hu: float = 45.0
    lesion_hu: float = 50.0
    blur_mm: float = 0.75
    noise_hu: float = 20.0
    seed: int = 0

    @property
    def direction(self) -> Array:
        """Unit vector from proximal to distal (towards the feet)."""
        tilt, azimuth = np.radians(self.tilt_deg), np.radians(self.azimuth_deg)
        return np.array([np.sin(tilt) * np.cos(azimuth), np.sin(tilt) * np.sin(azimuth), -np.cos(tilt)])

    @property
    def grid(self) -> Grid:
        """The phantom's grid, centred on the origin."""
        n = [int(2 * h / s) + 1 for h, s in zip(self.half_mm, self.spacing_mm, strict=True)]
        origin = [-(count - 1) * s / 2 for count, s in zip(n, self.spacing_mm, strict=True)]
        return Grid.aligned((n[0], n[1], n[2]), self.spacing_mm, origin)

    def frame(self) -> tuple[Array, Array]:
        """Two directions across the tube; angles run from the first to the second."""
        t = self.direction
        u = np.cross(t, [0.0, 1.0, 0.0]) if abs(t[1]) < 0.9 else np.cross(t, [1.0, 0.0, 0.0])
        u = u / np.linalg.norm(u)
        return u, np.cross(t, u)

    def coordinates(self, points_mm: Array) -> tuple[Array, Array, Array]:
        """Distance along the tube, radius and angle of points ``(..., 3)``."""
        u, v = self.frame()
        a, b = points_mm @ u, points_mm @ v
        return points_mm @ self.direction, np.hypot(a, b), np.arctan2(b, a)


def _ramp(distance_mm: Array, width_mm: float) -> Array:
    return np.clip(0.5 + distance_mm / width_mm, 0.0, 1.0)


def build(tube: Tube, notch: Notch | None = None) -> tuple[Volume, Mask, Mask]:
    """CT of the tube, the mask of the notch (its voxels more than half gone), and the tube's true periosteal mask."""
    grid = tube.grid
    points = grid.to_mm(np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), axis=-1))
    along, radius, angle = tube.coordinates(points)
    width = float(np.mean(tube.spacing_mm))
    outer = tube.outer_mm + tube.taper * along
    bone = _ramp(outer - radius, width)
    cortex = bone * (1 - _ramp(outer - tube.cortex_mm - radius, width))
    healthy = tube.soft_hu * (1 - bone) + tube.marrow_hu * (bone - cortex) + tube.cortex_hu * cortex
    lost = np.zeros_like(bone) if notch is None else _notch_share(tube, notch, outer, along, radius, angle, width)
    values = healthy * (1 - lost * bone) + tube.lesion_hu * lost * bone
    values[np.hypot(points[..., 0], points[..., 1]) > min(tube.half_mm[:2]) - 4] = -1000.0
    blurred = ndimage.gaussian_filter(values, [tube.blur_mm / s if s else 0 for s in tube.spacing_mm[:2]] + [0])
    blurred += _noise(tube, grid.shape)
    hu = np.round(np.clip(blurred, -1024, 3071)).astype(np.float32)
    return Volume(grid, hu), Mask(grid, lost * bone > 0.5), Mask(grid, bone >= 0.5)


def _notch_share(
    tube: Tube, notch: Notch, outer: Array, along: Array, radius: Array, angle: Array, width: float
) -> Array:
    off = np.angle(np.exp(1j * (angle - np.radians(notch.at_deg))))
    half = np.radians(notch.circumference_deg) / 2
    sideways = np.full_like(radius, 1e3) if notch.circumference_deg >= 360 else (half - np.abs(off)) * radius
    lengthwise = notch.axial_mm / 2 - np.abs(along - notch.along_mm)
    inner_edge = outer - tube.cortex_mm - notch.into_marrow_mm
    outer_edge = outer - tube.cortex_mm * (1 - notch.depth_fraction) + (2.0 if notch.depth_fraction >= 1 else 0.0)
    return (
        _ramp(sideways, width)
        * _ramp(lengthwise, width)
        * _ramp(radius - inner_edge, width)
        * _ramp(outer_edge - radius, width)
    )


def _noise(tube: Tube, shape: tuple[int, int, int]) -> Array:
    if tube.noise_hu <= 0:
        return np.zeros(shape)
    raw = np.random.default_rng(tube.seed).standard_normal(shape)
    soft = ndimage.gaussian_filter(raw, [0.8, 0.8, 0])
    return np.asarray(soft / soft.std() * tube.noise_hu)


def leg(side: str, half_mm: tuple[float, float, float] = (70.0, 70.0, 40.0)) -> tuple[Volume, Mask]:
    """One lower leg alone: a tibia at the origin and a fibula behind and lateral of it, 2 mm voxels; tibia's mask."""
    lateral = 1.0 if side == "left" else -1.0
    return _shafts(half_mm, 60.0, {(0.0, 0.0): 13.0, (30.0 * lateral, 18.0): 6.0}, target=(0.0, 0.0))


def pair(side: str, half_mm: tuple[float, float, float] = (180.0, 110.0, 30.0)) -> tuple[Volume, Mask]:
    """A trunk with a femur on each side, whole in the field, 2 mm voxels; the mask of the femur on ``side``."""
    at = 80.0 if side == "left" else -80.0
    return _shafts(half_mm, 150.0, {(80.0, 0.0): 14.0, (-80.0, 0.0): 14.0}, target=(at, 0.0))


def _shafts(
    half_mm: tuple[float, float, float],
    body_mm: float,
    bones: dict[tuple[float, float], float],
    target: tuple[float, float],
) -> tuple[Volume, Mask]:
    grid = Tube(spacing_mm=(2.0, 2.0, 2.0), half_mm=half_mm).grid
    points = grid.to_mm(np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), axis=-1))
    hu = np.where(np.hypot(points[..., 0], points[..., 1] * 1.5) < body_mm, 45.0, -1000.0)
    for (x, y), radius in bones.items():
        hu[np.hypot(points[..., 0] - x, points[..., 1] - y) < radius] = 1200.0
    mask = np.hypot(points[..., 0] - target[0], points[..., 1] - target[1]) < bones[target]
    return Volume(grid, hu.astype(np.float32)), Mask(grid, mask)
