"""A hip with known truth: a ball in its socket, with the pelvis around it, as a CT would show it. Seeded, pure.

Ours, and simple on purpose: the head is a ball of spongy bone in a plate, the neck a cylinder downwards and outwards,
the socket half a shell about the ball with spongy bone behind it up to a medial wall. The truth is the drawing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.grid import Grid
from buttress.records.image import Volume

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hip:
    """What to draw. ``side`` puts the pelvis' middle: a left hip's lies towards smaller x (LPS)."""

    centre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    radius_mm: float = 24.0
    plate_mm: float = 1.2
    gap_mm: float = 3.0
    side: str = "left"
    spongy_hu: float = 250.0
    plate_hu: float = 900.0
    soft_hu: float = 45.0
    fine_mm: float = 0.75

    @property
    def medial(self) -> float:
        """Sign of x towards the middle of the body."""
        return -1.0 if self.side == "left" else 1.0


def draw_hip(
    hip: Hip, spacing_mm: tuple[float, float, float], noise_hu: float = 20.0, seed: int = 0, half_mm: float = 56.0
) -> Volume:
    """The CT of the hip: drawn finely, averaged to the voxel, blurred in the slice, with noise."""
    factor = [max(1, round(s / hip.fine_mm)) for s in spacing_mm]
    counts = [int(2 * half_mm / s) for s in spacing_mm]
    fine = np.array(spacing_mm) / factor
    axes = [
        (np.arange(n * f) - (n * f - 1) / 2) * s - c
        for n, f, s, c in zip(counts, factor, fine, hip.centre_mm, strict=True)
    ]
    hu = np.full([len(a) for a in axes], hip.soft_hu)
    x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
    _draw_pelvis(hu, hip, x * hip.medial, y, z)
    _draw_femur(hu, hip, x * hip.medial, y, z)
    a, b, c = factor
    i, j, k = counts
    hu = hu.reshape(i, a, j, b, k, c).mean(axis=(1, 3, 5))
    hu = ndimage.gaussian_filter(hu, [0.75 / spacing_mm[0], 0.75 / spacing_mm[1], 0.0])
    grain = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(hu.shape), [0.8, 0.8, 0.0])
    hu = hu + grain * (noise_hu / grain.std())
    origin = [-(n - 1) / 2 * s for n, s in zip(counts, spacing_mm, strict=True)]
    return Volume(Grid.aligned((i, j, k), spacing_mm, origin), hu.astype(np.float32))


def _draw_pelvis(hu: Floats, hip: Hip, m: Floats, y: Floats, z: Floats) -> None:
    """Socket, roof, columns and medial wall; ``m`` grows towards the middle of the body."""
    r = np.sqrt(m**2 + y**2 + z**2)
    inner, plate = hip.radius_mm + hip.gap_mm, hip.plate_mm
    # the cup opens outwards, downwards and a little forwards, 40 degrees off the horizontal
    cup = (m * np.cos(0.7) + z * np.sin(0.7) + 0.15 * y) > -2.0
    wall = inner + 5.0  # the medial wall is thin: it lies here
    roof = (z > 0) & (m < wall) & (np.abs(y) < 24.0 - 0.15 * np.maximum(z - 30, 0)) & (m > -14 + 0.35 * (z - 20))
    columns = (np.abs(y) > 12.0) & (np.abs(y) < inner + 8.0) & (m > -8) & (m < wall) & (np.abs(z) < 45)
    quadrilateral = (m > 0) & (m < wall) & (np.abs(y) < inner + 2) & (np.abs(z) < inner + 4)
    rim = (m < 0) & (np.abs(y) < -m) & (z > 0.35 * r) & (r < inner + 9.0)  # the roof's outer lip, to 70 degrees down
    outer = (((roof | columns | quadrilateral) & (cup | (z > inner))) | rim) & (r > inner)
    deep = ndimage.distance_transform_edt(outer) * hip.fine_mm
    hu[outer] = hip.spongy_hu
    hu[outer & (deep <= 1.6)] = hip.plate_hu
    hu[outer & (r < inner + 1.5 * plate)] = hip.plate_hu


def _draw_femur(hu: Floats, hip: Hip, m: Floats, y: Floats, z: Floats) -> None:
    """Head in its plate and neck, 45 degrees down and outwards."""
    r = np.sqrt(m**2 + y**2 + z**2)
    along = (-m - z) / np.sqrt(2.0)
    off = np.sqrt(np.maximum(r**2 - along**2, 0.0))
    neck, core = (along > 0) & (off < 16.0), (along > 0) & (off < 14.5)
    hu[neck & (r > hip.radius_mm)] = 1000.0
    hu[core | (r < hip.radius_mm)] = hip.spongy_hu
    hu[(r < hip.radius_mm) & (r > hip.radius_mm - hip.plate_mm) & ~core] = hip.plate_hu
