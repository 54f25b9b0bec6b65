"""How thick the cortex is, by a blurred plate fitted along every ray (Treece 2010): thin cortex is not over-read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.bone import RestoredShaft
from buttress.numerics.grid import Grid, Points
from buttress.numerics.plate import Plates, fit_plates
from buttress.numerics.sections import polar_points

Floats = NDArray[np.float64]

DEPTHS_MM = np.arange(-4.0, 13.01, 0.25)
"""Depths under the restored surface at which profiles are read: beyond the blurred outer foot, past the thickest cortex
of a femur (about 8-10 mm)."""
BLURS_MM = np.arange(0.2, 1.41, 0.1)
"""Blurs within the slice (standard deviation) that are tried; body kernels lie between (note mechanics.md 5a)."""
USUAL_BLUR_MM = 0.75
"""Ours: a body kernel's blur, taken where no cortex is thick enough to show it."""
LEAST_BLUR_MM = 0.45
"""Ours: no body kernel is sharper; a smaller best fit means that thin cortex was taken for a soft plate."""
THICK_MM = 2.5
"""Ours: cortex this thick between its half-height points reaches its own density through the usual blur."""
LEAST_THICK = 60
"""Ours: fewer thick profiles than this do not tell the cortex's density."""
SAMPLED = 250
"""Ours: as many thick profiles are fitted for density and blur; more change neither."""
FACES_APART = 2.4
"""Ours: of a cortex thinner than this many blurs, height and thickness show only as their product."""
USUAL_CORTEX_HU = 1300.0
"""Low end of the 1300-1500 HU that full-thickness cortex of adult diaphyses shows (note lesions.md 2)."""


@dataclass(frozen=True, slots=True)
class CortexSeen:
    """How cortex looks in this scan: its own HU, the blur within a slice (mm), and whether both were read from it."""

    cortex_hu: float
    blur_mm: float
    told: bool


@dataclass(frozen=True, slots=True, eq=False)
class ThicknessMap:
    """Cortical thickness about a long bone: ``thickness_mm`` ``(levels, angles)`` along the surface normal.

    ``points_mm`` ``(levels, angles, 3)`` lie on the outer surface; ``front_mm`` is how deep under it the fit puts the
    cortex's own outer face. NaN where no plate could be fitted.
    """

    arc_mm: Floats
    angles_rad: Floats
    points_mm: Points
    thickness_mm: Floats
    front_mm: Floats
    sigma_mm: Floats
    slant: Floats
    seen: CortexSeen


def map_thickness(profiles: NDArray[np.float32], shaft: RestoredShaft, grid: Grid) -> ThicknessMap:
    """Thickness of the cortex from depth profiles ``(levels, angles, depths)`` at ``DEPTHS_MM`` under the surface.

    Density and blur are read from the thick cortex of the same bone, away from the lesion; where there is none the
    usual values stand in and ``seen.told`` is False: thin cortex is then read too thick or too thin in proportion.
    """
    points = polar_points(shaft.bone.curve, shaft.angles_rad, shaft.radius_mm[..., None])[:, :, 0]
    slant, steep = _slopes(points, shaft, grid)
    begin, rough = half_height_faces(profiles)
    seen = look_at_cortex(profiles[shaft.sound], rough[shaft.sound], begin[shaft.sound], slant, steep, shaft, grid)
    sigma = along_ray_mm(seen.blur_mm, steep, slant, grid)
    fitted = _fitted(profiles, begin, rough, sigma, seen.cortex_hu)
    shape = rough.shape
    return ThicknessMap(
        arc_mm=shaft.bone.curve.arc_mm,
        angles_rad=shaft.angles_rad,
        points_mm=points,
        thickness_mm=fitted.thickness_mm.reshape(shape) * slant,
        front_mm=fitted.front_mm.reshape(shape),
        sigma_mm=sigma,
        slant=slant,
        seen=seen,
    )


def fit_remaining_mm(
    profiles: NDArray[np.float32], expected: tuple[Floats, Floats], sigma_mm: Floats, seen: CortexSeen, foot_hu: float
) -> Floats:
    """Thickness along the ray of what is left of cortex ``expected`` (front, thickness; mm) there, ``(...)``.

    The plate is looked for only where intact cortex would lie, whatever else the ray meets. It starts at the mineral
    above ``foot_hu``: an open hole has none.
    """
    flat = profiles.reshape(-1, profiles.shape[-1]).astype(np.float64)
    front, intact, sigma = (np.asarray(a, dtype=float).ravel() for a in (*expected, sigma_mm))
    reach = np.maximum(1.5, 2.5 * sigma)
    flat[((front - reach)[:, None] > DEPTHS_MM) | ((front + intact + reach)[:, None] < DEPTHS_MM)] = np.nan
    excess = np.maximum(np.nan_to_num(flat, nan=foot_hu) - foot_hu, 0.0)
    mineral = excess.sum(axis=1) * (DEPTHS_MM[1] - DEPTHS_MM[0])
    middle = (excess * DEPTHS_MM).sum(axis=1) / np.maximum(excess.sum(axis=1), 1e-9)
    guess = np.clip(mineral / (seen.cortex_hu - foot_hu), 0.1, np.maximum(intact, 0.1))
    start = np.stack([middle - 0.5 * guess, guess, np.full_like(guess, seen.cortex_hu)], axis=1)
    return fit_plates(flat, DEPTHS_MM, sigma, seen.cortex_hu, start).thickness_mm.reshape(sigma_mm.shape)


def _slopes(points: Points, shaft: RestoredShaft, grid: Grid) -> tuple[Floats, Floats]:
    """Cosine between ray and surface normal, and the share of the normal along the slice axis, ``(levels, angles)``."""
    smooth = ndimage.gaussian_filter(points, (2.0, 0.0, 0.0), mode="nearest")
    smooth = ndimage.gaussian_filter1d(smooth, 1.5, axis=1, mode="wrap")
    along = np.gradient(smooth, axis=0)
    around = np.roll(smooth, -1, axis=1) - np.roll(smooth, 1, axis=1)
    normal = np.cross(around, along)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    ray = points - shaft.bone.curve.points_mm[:, None]
    ray /= np.maximum(np.linalg.norm(ray, axis=-1, keepdims=True), 1e-9)
    slant = np.clip(np.abs(np.sum(normal * ray, axis=-1)), 0.5, 1.0)
    return slant, np.asarray(np.abs(normal @ grid.directions[:, 2]))


def along_ray_mm(blur_mm: float, steep: Floats, slant: Floats, grid: Grid) -> Floats:
    """Blur along each ray: the kernel within the slice, and the voxel's box and linear sampling along every axis.

    A box as wide as a voxel has the variance 1/12 of its square, linear sampling between voxels adds 1/6.
    """
    within = blur_mm**2 + 0.25 * float(np.mean(grid.spacing_mm[:2])) ** 2
    across = 0.25 * grid.spacing_mm[2] ** 2
    return np.asarray(np.sqrt(within * (1 - steep**2) + across * steep**2) / slant)


def half_height_faces(profiles: NDArray[np.float32], foot_hu: float = 0.0) -> tuple[Floats, Floats]:
    """First and rough thickness of the cortex by half height about the peak of the outer 8 mm, mm."""
    outer = np.where(DEPTHS_MM <= 8.0, np.nan_to_num(profiles, nan=-1000.0), -1000.0)
    at = outer.argmax(axis=-1)
    peak = np.take_along_axis(outer, at[..., None], -1)
    above = np.nan_to_num(profiles, nan=-1000.0) >= 0.5 * (peak + foot_hu)
    index = np.arange(profiles.shape[-1])
    stops_before = ~above & (index < at[..., None])
    stops_after = ~above & (index > at[..., None])
    first = np.where(stops_before.any(-1), len(index) - np.argmax(stops_before[..., ::-1], -1), 0)
    last = np.where(stops_after.any(-1), np.argmax(stops_after, -1) - 1, len(index) - 1)
    step = float(DEPTHS_MM[1] - DEPTHS_MM[0])
    return DEPTHS_MM[first] - 0.5 * step, (last - first + 1) * step


def look_at_cortex(
    profiles: NDArray[np.float32],
    rough_mm: Floats,
    begin_mm: Floats,
    slant: Floats,
    steep: Floats,
    shaft: RestoredShaft,
    grid: Grid,
) -> CortexSeen:
    """The cortex's own HU and the scan's blur, from the thick profiles of sound levels (flat arrays over levels)."""
    slant, steep = slant[shaft.sound], steep[shaft.sound]
    thick = np.argwhere((rough_mm * slant >= THICK_MM) & (slant > 0.85))
    if len(thick) < LEAST_THICK:
        return CortexSeen(USUAL_CORTEX_HU, USUAL_BLUR_MM, told=False)
    some = tuple(thick[np.linspace(0, len(thick) - 1, min(SAMPLED, len(thick))).astype(int)].T)
    left: list[float] = []
    fits: list[Plates] = []
    for blur in BLURS_MM:
        sigma = along_ray_mm(float(blur), steep[some], slant[some], grid)
        fit = _fitted(profiles[some], begin_mm[some], rough_mm[some], sigma, None)
        fits.append(fit)
        left.append(float(np.nanmedian(fit.misfit)))
    best = int(np.argmin(left))
    blur = _lowest(np.array(left), best)
    height = float(np.nanmedian(fits[best].height))
    sigma = along_ray_mm(blur, steep[some], slant[some], grid)
    if np.nanmedian(fits[best].thickness_mm / sigma) < FACES_APART or blur < LEAST_BLUR_MM:
        return CortexSeen(max(USUAL_CORTEX_HU, height), USUAL_BLUR_MM, told=False)
    return CortexSeen(height, blur, told=True)


def _lowest(left: Floats, at: int) -> float:
    """Blur of least misfit, by a parabola through the best and its neighbours."""
    if at in (0, len(left) - 1):
        return float(BLURS_MM[at])
    before, here, after = left[at - 1 : at + 2]
    bend = before - 2 * here + after
    step = float(BLURS_MM[1] - BLURS_MM[0])
    return float(BLURS_MM[at] + (0.5 * (before - after) / bend * step if bend > 0 else 0.0))


def _fitted(
    profiles: NDArray[np.float32], begin_mm: Floats, rough_mm: Floats, sigma_mm: Floats, cortex_hu: float | None
) -> Plates:
    """Plates through profiles ``(..., depths)``, each within its own cortex and three blurs about it."""
    sigma = sigma_mm.ravel()
    flat = profiles.reshape(-1, profiles.shape[-1]).astype(np.float64)
    begin, rough = begin_mm.ravel(), rough_mm.ravel()
    peak = np.nanmax(np.where(np.isnan(flat), -1000.0, flat), axis=1)
    reach = np.maximum(2.0, 3.0 * sigma)
    beyond = ((begin - reach)[:, None] > DEPTHS_MM) | ((begin + rough + reach)[:, None] < DEPTHS_MM)
    flat[beyond] = np.nan
    height = peak if cortex_hu is None else np.full_like(peak, cortex_hu)
    guess = np.maximum(0.3, rough * np.clip(peak / np.maximum(height, 1.0), 0.2, 1.0))
    start = np.stack([begin + 0.5 * (rough - guess), guess, height], axis=1)
    return fit_plates(flat, DEPTHS_MM, sigma, cortex_hu, start)
