"""The cortex unrolled: how much of it is lost at every angle about the axis and every level along it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.bone import RestoredShaft
from buttress.measure.thickness import DEPTHS_MM, CortexSeen, ThicknessMap, fit_remaining_mm, map_thickness
from buttress.numerics.grid import voxel_indices
from buttress.numerics.sections import heal, sample_sections
from buttress.records.image import Mask, Volume

Floats = NDArray[np.float64]

FOOT_MM = 1.5
"""Ours: the integration window is wider than the cortex by this on both sides, about two standard deviations of a CT's
blur, so that blurred mineral is counted whole."""
NEIGHBOURHOOD_MM = 3.0
"""Ours: loss counts only within this distance of the lesion mask, so that a thin metaphysis is not called lesion."""
LEAST_CORTEX_MM = 0.75
"""Ours: thinner intact cortex is not resolved by these scans; its loss is not told."""


@dataclass(frozen=True, slots=True, eq=False)
class CortexMap:
    """The cortex about a lesion, ``(levels, angles)``: ``loss`` 0-1 (NaN where it cannot be told), intact thickness.

    ``loss_by_one_side`` is the loss against the sound bone of either side alone (where that has no cortex to tell by,
    the loss against both), ``cortex_by_side_mm`` the middle thickness there: their differences tell how well the bone
    can stand for itself. ``peak_hu`` is the densest point left of the cortex. ``near`` says where the lesion is close
    enough for loss to be counted as its doing. ``ring_share`` is the share of the full turn, seen from the centroid of
    the restored section, between each ray and the next. ``remaining_mm`` is what is left of ``intact_mm``.
    ``loss_by_plate`` and ``seen`` come from the fitted plate (``fit_thickness``), which leaves out the spongy bone
    behind the cortex; ``None`` before it.
    """

    arc_mm: Floats
    angles_rad: Floats
    loss: Floats
    loss_by_one_side: tuple[Floats, ...]
    cortex_by_side_mm: tuple[float, ...]
    intact_mm: Floats
    peak_hu: Floats
    near: NDArray[np.bool_]
    affected_mm: tuple[float, float]
    one_sided: bool
    ring_share: Floats
    loss_by_plate: Floats | None = None
    seen: CortexSeen | None = None

    @property
    def remaining_mm(self) -> Floats:
        """Thickness left of the intact cortex, mm; intact where no loss is told."""
        return np.asarray(self.intact_mm * (1.0 - np.nan_to_num(self.loss)))

    @property
    def affected(self) -> NDArray[np.bool_]:
        """Levels at which the bone cannot serve as its own healthy reference."""
        return np.asarray((self.arc_mm >= self.affected_mm[0]) & (self.arc_mm <= self.affected_mm[1]))

    @property
    def counted(self) -> Floats:
        """Loss near the lesion within the affected levels, 0 elsewhere; NaN is 0."""
        return self.count(self.loss)

    def count(self, loss: Floats) -> Floats:
        """Another map of loss, counted in the same way."""
        return np.asarray(np.where(self.near & self.affected[:, None], np.nan_to_num(loss), 0.0))


def unroll_cortex(ct: Volume, shaft: RestoredShaft, lesion: Mask | None, lesion_hu: float) -> CortexMap:
    """Cortical loss about a lesion: 1 - mineral left / mineral of the intact cortex, in the intact cortex's depth.

    The intact cortex is the blend of the sound levels beside the lesion, angle by angle, at equal depth under the
    restored surface. Mineral is the integral over depth of HU above ``lesion_hu``; unlike a half-height width it does
    not change with blur. Without a lesion mask loss is counted everywhere.
    """
    curve = shaft.bone.curve
    radii = np.maximum(shaft.radius_mm[..., None] - DEPTHS_MM, 0.0)
    profiles = sample_sections(ct.values, ct.grid, curve, shaft.angles_rad, radii)
    before, after = curve.arc_mm < shaft.affected_mm[0], curve.arc_mm > shaft.affected_mm[1]
    sound = profiles.copy()
    sound[(before | after) & ~shaft.sound] = np.nan
    sides = [side for side in (before, after) if (shaft.sound & side).any()]
    loss, thickness, peak_hu = _loss(profiles, heal(sound, curve.arc_mm, shaft.affected_mm), lesion_hu)
    everywhere = np.ones_like(thickness, dtype=bool)
    alone = [
        _loss(profiles, heal(_only(sound, side, before | after), curve.arc_mm, shaft.affected_mm), lesion_hu)
        for side in (sides if len(sides) > 1 else [])
    ]
    affected = ~(before | after)
    return CortexMap(
        arc_mm=curve.arc_mm,
        angles_rad=shaft.angles_rad,
        loss=loss,
        loss_by_one_side=tuple(np.where(np.isnan(one), loss, one) for one, _, _ in alone),
        cortex_by_side_mm=tuple(float(np.median(mm[affected])) for _, mm, _ in alone),
        intact_mm=thickness,
        peak_hu=peak_hu,
        near=everywhere if lesion is None else _near(shaft, radii, thickness, lesion),
        affected_mm=shaft.affected_mm,
        one_sided=len(sides) < 2,
        ring_share=_ring_share(shaft),
    )


def fit_thickness(
    ct: Volume, shaft: RestoredShaft, cortex: CortexMap, lesion_hu: float
) -> tuple[CortexMap, ThicknessMap]:
    """The same map with the thickness of a fitted plate in place of half height, and the whole thickness map.

    Intact thickness at the affected levels is the blend of the sound levels beside them, as for the loss.
    """
    radii = np.maximum(shaft.radius_mm[..., None] - DEPTHS_MM, 0.0)
    profiles = sample_sections(ct.values, ct.grid, shaft.bone.curve, shaft.angles_rad, radii)
    thickness = map_thickness(profiles, shaft, ct.grid)
    sound = shaft.sound & ~cortex.affected
    alone, front = (np.where(sound[:, None], one, np.nan) for one in (thickness.thickness_mm, thickness.front_mm))
    intact, front = (heal(one, cortex.arc_mm, cortex.affected_mm) for one in (alone, front))
    at = cortex.affected
    ray_mm = intact[at] / thickness.slant[at]
    left = fit_remaining_mm(profiles[at], (front[at], ray_mm), thickness.sigma_mm[at], thickness.seen, lesion_hu)
    lost = np.zeros_like(intact)
    with np.errstate(divide="ignore", invalid="ignore"):
        lost[at] = np.clip(1.0 - left / ray_mm, 0.0, 1.0)
    fitted = replace(cortex, intact_mm=np.nan_to_num(intact), loss_by_plate=np.nan_to_num(lost), seen=thickness.seen)
    return fitted, thickness


def _ring_share(shaft: RestoredShaft) -> Floats:
    """Share of the full turn about each restored section's centroid between one ray and the next."""
    x, y = shaft.radius_mm * np.cos(shaft.angles_rad), shaft.radius_mm * np.sin(shaft.angles_rad)
    wedge = x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y
    area = np.maximum(wedge.sum(axis=1, keepdims=True), 1e-9)
    middle = [np.sum((one + np.roll(one, -1, axis=1)) * wedge, axis=1, keepdims=True) / (3.0 * area) for one in (x, y)]
    turn = np.arctan2(y - middle[1], x - middle[0])
    step = np.maximum(np.angle(np.exp(1j * (np.roll(turn, -1, axis=1) - turn))), 0.0)
    return np.asarray(step / np.maximum(step.sum(axis=1, keepdims=True), 1e-9))


def _only(sound: NDArray[np.float32], side: NDArray[np.bool_], beside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Profiles with every sound level but those of one side taken away."""
    kept = sound.copy()
    kept[beside & ~side] = np.nan
    return kept


def _loss(
    profiles: NDArray[np.float32], intact: NDArray[np.float32], lesion_hu: float
) -> tuple[Floats, Floats, Floats]:
    """Loss against intact profiles (NaN where it cannot be told), their thickness, and the densest point left."""
    thickness = intact_thickness_mm(intact, lesion_hu)
    window = (DEPTHS_MM >= -FOOT_MM) & (thickness[..., None] + FOOT_MM >= DEPTHS_MM)
    left, whole = (_mineral(p, window, lesion_hu) for p in (profiles, intact))
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = 1.0 - left / whole
    loss[(thickness < LEAST_CORTEX_MM) | ~np.isfinite(loss)] = np.nan
    peak_hu = np.where(window, np.nan_to_num(profiles, nan=-1000.0), -1000.0).max(axis=-1)
    return np.clip(loss, 0.0, 1.0), thickness, peak_hu


def intact_thickness_mm(profiles: NDArray[np.float32], foot_hu: float) -> Floats:
    """Thickness between the half-height crossings of depth profiles ``(..., depths)``, mm; 0 without a peak.

    Half height lies between ``foot_hu`` and the profile's peak in the outer 8 mm; the crossings either side of the peak
    are linear between samples.
    """
    outer = np.where(DEPTHS_MM <= 8.0, np.nan_to_num(profiles, nan=-1000.0), -1000.0)
    at = outer.argmax(axis=-1)
    peak = np.take_along_axis(outer, at[..., None], -1)
    half = 0.5 * (peak + foot_hu)
    above = np.nan_to_num(profiles, nan=-1000.0) >= half
    depth = np.arange(len(DEPTHS_MM))
    first = _run_end(above[..., ::-1], len(DEPTHS_MM) - 1 - at)
    last = _run_end(above, at)
    begin = len(DEPTHS_MM) - 1 - first
    step = float(DEPTHS_MM[1] - DEPTHS_MM[0])
    whole = (last - begin) * step
    partial = _partial(profiles, last, 1, half[..., 0], depth) + _partial(profiles, begin, -1, half[..., 0], depth)
    return np.asarray(np.where(peak[..., 0] > foot_hu + 100.0, whole + partial * step, 0.0))


def _run_end(above: NDArray[np.bool_], start: NDArray[np.intp]) -> NDArray[np.intp]:
    """Last index of the run of True that contains ``start``."""
    index = np.arange(above.shape[-1])
    stops = ~above & (index > start[..., None])
    return np.asarray(np.where(stops.any(axis=-1), stops.argmax(axis=-1) - 1, above.shape[-1] - 1))


def _partial(
    profiles: NDArray[np.float32], at: NDArray[np.intp], step: int, half: Floats, depth: NDArray[np.intp]
) -> Floats:
    """Share of a sample step from ``at`` to the crossing of ``half`` beyond it."""
    beyond = np.clip(at + step, 0, len(depth) - 1)
    here = np.take_along_axis(profiles, at[..., None], -1)[..., 0]
    there = np.take_along_axis(profiles, beyond[..., None], -1)[..., 0]
    drop = here - there
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip((here - half) / drop, 0.0, 1.0)
    return np.asarray(np.where((beyond != at) & np.isfinite(share), share, 0.0))


def _mineral(profiles: NDArray[np.float32], window: NDArray[np.bool_], foot_hu: float) -> Floats:
    """Integral over depth of HU above ``foot_hu`` within the window (HU mm)."""
    excess = np.where(window, np.maximum(np.nan_to_num(profiles, nan=foot_hu) - foot_hu, 0.0), 0.0)
    return np.asarray(excess.sum(axis=-1) * (DEPTHS_MM[1] - DEPTHS_MM[0]))


def _near(shaft: RestoredShaft, radii: Floats, thickness: Floats, lesion: Mask) -> NDArray[np.bool_]:
    """Which stretches of cortex ``(levels, angles)`` have lesion within ``NEIGHBOURHOOD_MM`` of their depth range."""
    grown = grown_mask(lesion, NEIGHBOURHOOD_MM)
    hit = sample_sections(grown.inside, grown.grid, shaft.bone.curve, shaft.angles_rad, radii, order=0, outside=0.0)
    within = (DEPTHS_MM >= 0) & (thickness[..., None] >= DEPTHS_MM)
    return np.asarray(((hit > 0.5) & within).any(axis=-1))


def grown_mask(mask: Mask, by_mm: float) -> Mask:
    """A mask grown by a distance, cropped to what it covers."""
    reach = np.ceil(by_mm / mask.grid.spacing_mm).astype(int) + 1
    index = voxel_indices(mask.inside)
    low, high = np.maximum(0, index.min(axis=0) - reach), np.minimum(mask.grid.shape, index.max(axis=0) + reach + 1)
    part = mask.inside[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    apart = ndimage.distance_transform_edt(~part, sampling=mask.grid.spacing_mm)
    return Mask(mask.grid.crop(low, high), np.asarray(apart <= by_mm))
