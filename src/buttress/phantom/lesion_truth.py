"""What a drawn lesion really does to the bone: from its noise-free high-resolution weight and the HEALTHY CT.

This is the answer sheet for the measuring room and shares no code with it. Definitions:

* shaft axis: a straight line fitted to the centroids of the filled healthy bone's sections (or given);
* level: a plane normal to that axis, every 0.5 mm; ray: from the centroid of the healthy bone's half-height
  outline in that plane, every degree;
* healthy cortex along a ray: around the peak HU, out to where the profile first falls half-way to the lowest value
  within 4 mm outside the bone, and in to where it first falls half-way to the lowest value between centre and peak;
* lost fraction: mean tumour weight over that stretch (0 untouched, 1 all gone);
* axial cortical involvement at threshold t: longest unbroken run of levels at which at least one ray has lost >= t
  (``axial_one_ray_mm``: the same at one fixed ray, the longest of all rays);
* circumferential involvement at t: the largest share, over levels, of rays that have lost >= t (share of the angle
  about the centroid; ``circumferential_arc_fraction`` weighs each ray by its share of the mid-cortical perimeter);
* cortical destruction fraction: the largest mean lost fraction over a patch of the cortex that is 5 mm long and 5 mm
  wide (along the periosteum, at the median outer radius); rays without cortex count as untouched. The measuring room
  averages over a patch of the same size. ``lost_most`` of one ray is kept beside it;
* breach: the same over 3 mm reaches 0.9;
* volume: sub-voxels of weight >= 0.5 (spared islands inside count as lesion); longest diameter: greatest
  distance between two of them;
* width fraction: lesion extent inside the healthy bone's half-height outline over that outline's extent, in the same
  direction of the same level, the largest over levels, for the patient's AP view (across x), lateral view (across y),
  and any direction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from buttress.phantom.fine_grid import Floats, sample
from buttress.phantom.lytic_lesion import DrawnLesion
from buttress.records.image import Mask, Volume

LEVEL_MM = 0.5  # ours: as fine as the drawing
RAYS = 360  # ours: one a degree
RADIAL_MM = 0.1  # ours: well below the finest cortex
PATCH_MM = 5.0  # the patch over which destruction is averaged, as the measure is defined (docs/measures.md)
BREACH_PATCH_MM, BREACHED = 3.0, 0.9  # a patch of 3 mm with this mean loss is through (docs/measures.md)
OUTSIDE_MM = 4.0  # ours: how far outside the bone soft tissue is looked for
THRESHOLDS = (0.33, 0.5, 0.67, 0.95)  # ours: eroded by a third, half, two thirds, through


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """A straight shaft axis: a point and a unit direction, LPS mm."""

    point_mm: Floats
    direction: Floats

    @property
    def across(self) -> tuple[Floats, Floats]:
        """Two unit vectors normal to the axis; the first as close to the patient's x as can be."""
        first = np.array([1.0, 0.0, 0.0]) if abs(self.direction[0]) < 0.9 else np.array([0.0, 1.0, 0.0])
        first = first - self.direction * (first @ self.direction)
        first /= np.linalg.norm(first)
        return first, np.cross(self.direction, first)


def shaft_axis(bone: Mask, centre_mm: tuple[float, float, float], half_length_mm: float) -> Axis:
    """The line through the section centroids of ``bone`` within ``half_length_mm`` of ``centre_mm`` along the shaft."""
    axis = Axis(np.array(centre_mm, dtype=float), np.array([0.0, 0.0, 1.0]))
    points = bone.points_mm()
    for _ in range(3):  # the sections turn with the line: three rounds settle it
        height = (points - np.array(centre_mm)) @ axis.direction
        near = np.abs(height) <= half_length_mm
        levels = np.round(height[near]).astype(int)
        counts = np.bincount(levels - levels.min())
        sums = [np.bincount(levels - levels.min(), weights=points[near][:, c]) for c in range(3)]
        centroids = (np.stack(sums, axis=1) / np.maximum(counts, 1)[:, None])[counts > 0]
        _, _, vh = np.linalg.svd(centroids - centroids.mean(axis=0))
        axis = Axis(centroids.mean(axis=0), vh[0] * (1.0 if vh[0] @ axis.direction >= 0 else -1.0))
    return axis


@dataclass(frozen=True, slots=True, eq=False)
class Involvement:
    """Lost fraction, thickness and mid-cortical radius of healthy cortex by level and ray, ``(levels, 360)``; NaN where
    a ray meets no cortex. ``centre_mm`` is the origin of the rays of each level, ``(levels, 2)``, across the axis.
    """

    heights_mm: Floats
    lost: Floats
    thickness_mm: Floats
    radius_mm: Floats
    centre_mm: Floats


def cortical_loss(healthy: Volume, bone: Mask, drawn: DrawnLesion, axis: Axis) -> Involvement:
    """Lost fraction and healthy thickness of the cortex at every level that the lesion reaches, and 3 mm beyond."""
    points = drawn.grid.to_mm(np.argwhere(drawn.outline))
    height = (points - axis.point_mm) @ axis.direction
    levels = np.arange(height.min() - 3.0, height.max() + 3.0, LEVEL_MM)
    sections = [_section(bone, axis, float(h)) for h in levels]
    middles = [_middle(healthy, bone, drawn, axis, one) for one in sections]
    found = np.stack([_level(healthy, bone, drawn, axis, one, at) for one, at in zip(sections, middles, strict=True)])
    across = (np.stack(middles) - axis.point_mm) @ np.stack(axis.across, axis=1)
    return Involvement(levels, found[:, :, 0], found[:, :, 1], found[:, :, 2], across)


def _middle(healthy: Volume, bone: Mask, drawn: DrawnLesion, axis: Axis, section: Floats) -> Floats:
    """Centroid of the healthy bone's half-height outline in one plane, LPS mm.

    The filled bone is closed by some mm to be whole, which moves its own centroid by more than a millimetre in a tibia:
    where a thin side is near the centroid, the share of the angle would change by several points.
    """
    centre = section.mean(axis=0)
    found = _level(healthy, bone, drawn, axis, section, centre)
    edge = found[:, 2] + 0.5 * found[:, 1]
    met = np.flatnonzero(np.isfinite(edge))
    if len(met) < 0.9 * RAYS:
        return np.asarray(centre)
    angles = np.deg2rad(met * 360.0 / RAYS)
    x, y = edge[met] * np.cos(angles), edge[met] * np.sin(angles)
    wedge = x * np.roll(y, -1) - np.roll(x, -1) * y
    offsets = [float(((one + np.roll(one, -1)) * wedge).sum() / (3.0 * wedge.sum())) for one in (x, y)]
    first, second = axis.across
    return np.asarray(centre + offsets[0] * first + offsets[1] * second)


def _level(healthy: Volume, bone: Mask, drawn: DrawnLesion, axis: Axis, section: Floats, centre: Floats) -> Floats:
    """Lost fraction, thickness and radius of the cortex along the rays of one level, ``(360, 3)``."""
    first, second = axis.across
    angles = np.deg2rad(np.arange(RAYS) * 360.0 / RAYS)
    rays = np.cos(angles)[:, None] * first + np.sin(angles)[:, None] * second
    reach = float(np.linalg.norm(section - centre, axis=1).max()) + OUTSIDE_MM + 2.0
    places = centre + rays[:, None, :] * np.arange(0.0, reach, RADIAL_MM)[None, :, None]
    hu = sample(healthy.values, healthy.grid.to_index(places))
    solid = sample(bone.inside.astype(np.float32), bone.grid.to_index(places)) >= 0.5
    weight = _weight_at(drawn, places)
    return np.array([_ray(hu[a], solid[a], weight[a]) for a in range(RAYS)])


def _weight_at(drawn: DrawnLesion, places: Floats) -> Floats:
    index = drawn.grid.to_index(places)
    inside = np.all((index >= 0) & (index <= np.array(drawn.grid.shape) - 1), axis=-1)
    return np.where(inside, sample(drawn.weight, index), 0.0)


def _section(bone: Mask, axis: Axis, height: float) -> Floats:
    """Points (n, 3) of the filled bone in the plane at ``height``: the piece nearest the axis."""
    first, second = axis.across
    side = np.arange(-45.0, 45.5, 0.5)  # ours: wider than any shaft
    plane = axis.point_mm + height * axis.direction + side[:, None, None] * first + side[None, :, None] * second
    pieces, _ = ndi.label(sample(bone.inside.astype(np.float32), bone.grid.to_index(plane)) >= 0.5)
    here = np.argwhere(pieces > 0)
    nearest = here[np.argmin(np.sum((here - len(side) // 2) ** 2, axis=1))]
    return np.asarray(plane[pieces == pieces[tuple(nearest)]])


def _ray(hu: Floats, solid: NDArray[np.bool_], weight: Floats) -> tuple[float, float, float]:
    """Lost fraction, thickness and mid-cortical radius (mm) along one ray, or NaN thrice."""
    if not solid.any():
        return np.nan, np.nan, np.nan
    edge = int(np.flatnonzero(np.append(solid, False) < np.append(True, solid))[0])
    reach = min(len(hu) - 1, edge + round(OUTSIDE_MM / RADIAL_MM))
    peak = int(np.argmax(hu[: edge + 1]))
    outer = peak + _fall(hu[peak : reach + 1])
    inner = peak - _fall(hu[: peak + 1][::-1])
    if outer <= inner:
        return np.nan, np.nan, np.nan
    return float(weight[inner : outer + 1].mean()), (outer - inner) * RADIAL_MM, 0.5 * (outer + inner) * RADIAL_MM


def _fall(profile: Floats) -> int:
    """Steps from the peak (first value) to where the profile first falls half-way to its lowest value."""
    below = np.flatnonzero(profile < 0.5 * (profile[0] + profile.min()))
    return int(below[0]) if below.size else len(profile) - 1


def longest_run(flags: NDArray[np.bool_]) -> int:
    """Length of the longest unbroken run of True."""
    best = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        best = max(best, run)
    return best


def axial_mm(found: Involvement, threshold: float) -> float:
    """Longest run of levels with at least one ray that lost ``threshold`` of its cortex, mm."""
    return longest_run(np.asarray(np.any(found.lost >= threshold, axis=1))) * LEVEL_MM


def axial_one_ray_mm(found: Involvement, threshold: float) -> float:
    """Longest run of levels along one and the same ray, mm."""
    flags = np.asarray(found.lost >= threshold)
    return max(longest_run(flags[:, ray]) for ray in range(flags.shape[1])) * LEVEL_MM


def circumferential_fraction(found: Involvement, threshold: float) -> float:
    """Largest share of rays, over levels, that lost ``threshold`` of their cortex."""
    return float((found.lost >= threshold).mean(axis=1).max())


def circumferential_arc_fraction(found: Involvement, threshold: float) -> float:
    """The same, each ray weighted by its share of the mid-cortical perimeter."""
    angles = np.deg2rad(np.arange(RAYS) * 360.0 / RAYS)
    ring = found.radius_mm[..., None] * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    arc = np.linalg.norm(np.roll(ring, -1, axis=1) - np.roll(ring, 1, axis=1), axis=-1)
    return float((np.nansum(arc * (found.lost >= threshold), axis=1) / np.nansum(arc, axis=1)).max())


def deepest_patch(found: Involvement, patch_mm: float) -> float:
    """Largest mean lost fraction over a patch ``patch_mm`` long and wide on the periosteum."""
    outer = float(np.nanmedian(found.radius_mm + 0.5 * found.thickness_mm))
    rays = max(1, min(RAYS, round(patch_mm / (outer * 2 * np.pi / RAYS))))
    levels = max(1, min(len(found.heights_mm), round(patch_mm / LEVEL_MM)))
    around = np.nan_to_num(np.concatenate([found.lost, found.lost[:, : rays - 1]], axis=1))
    total = np.zeros((around.shape[0] + 1, around.shape[1] + 1))
    total[1:, 1:] = around.cumsum(axis=0).cumsum(axis=1)
    sums = total[levels:, rays:] - total[:-levels, rays:] - total[levels:, :-rays] + total[:-levels, :-rays]
    return float(sums.max() / (levels * rays))


def longest_diameter_mm(points_mm: Floats) -> float:
    """Greatest distance between two points ``(n, 3)``."""
    return float(pdist(points_mm[ConvexHull(points_mm).vertices]).max())


def width_fractions(found: Involvement, drawn: DrawnLesion, axis: Axis) -> dict[str, float]:
    """Lesion width inside the bone over bone width, by view (``ap``: across x, ``lateral``: across y, ``any``)."""
    points = drawn.grid.to_mm(np.argwhere(drawn.outline)) - axis.point_mm
    flat, height = points @ np.stack(axis.across, axis=1), points @ axis.direction
    return widths_by_view(found, flat, height, float(drawn.grid.spacing_mm[:2].mean()))


def widths_by_view(found: Involvement, flat: Floats, height: Floats, pitch_mm: float) -> dict[str, float]:
    """The same from the lesion's points: ``flat`` (n, 2) across the axis, ``height`` along it; a point stands for the
    sub-voxel of ``pitch_mm`` around it.
    """
    angles = np.deg2rad(np.arange(0, 180, 5))
    views = np.stack([np.cos(angles), np.sin(angles)])
    ratios = []
    for level in range(len(found.heights_mm)):
        here = flat[np.abs(height - found.heights_mm[level]) <= LEVEL_MM / 2] - found.centre_mm[level]
        edge = found.radius_mm[level] + 0.5 * found.thickness_mm[level]
        ray = np.round(np.rad2deg(np.arctan2(here[:, 1], here[:, 0])) * RAYS / 360).astype(int) % RAYS
        kept = here[np.hypot(here[:, 0], here[:, 1]) <= edge[ray]]
        if len(kept):
            ratios.append((np.ptp(kept @ views, axis=0) + pitch_mm) / _outline_widths(edge, views))
    best = np.minimum(1.0, np.max(ratios, axis=0)) if ratios else np.zeros(len(angles))
    return {"ap": float(best[0]), "lateral": float(best[18]), "any": float(best.max())}


def _outline_widths(edge: Floats, views: Floats) -> Floats:
    """Extent of the healthy bone's half-height outline in each view, mm."""
    met = np.isfinite(edge)
    angles = np.deg2rad(np.arange(RAYS) * 360.0 / RAYS)[met]
    outline = edge[met, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.asarray(np.ptp(outline @ views, axis=0))


def lesion_numbers(drawn: DrawnLesion) -> dict[str, float]:
    """Volume (ml) and longest diameter (mm) of the drawn lesion."""
    inside = drawn.outline
    diameter = longest_diameter_mm(drawn.grid.to_mm(np.argwhere(inside)))
    return {"volume_ml": float(inside.sum() * drawn.grid.voxel_volume_ml), "longest_diameter_mm": diameter}


def shaft_truth(healthy: Volume, bone: Mask, drawn: DrawnLesion, axis: Axis) -> dict[str, object]:
    """Every number of the answer sheet for a lesion of a shaft, with involvement at each threshold."""
    found = cortical_loss(healthy, bone, drawn, axis)
    return {
        **lesion_numbers(drawn),
        "axial_cortical_involvement_mm": axial_mm(found, 0.5),
        "circumferential_cortical_involvement_fraction": circumferential_fraction(found, 0.5),
        "cortical_destruction_fraction": float(np.nanmax(found.lost)),
        "width_fraction": width_fractions(found, drawn, axis),
        "by_threshold": [
            {
                "threshold": t,
                "axial_mm": axial_mm(found, t),
                "axial_one_ray_mm": axial_one_ray_mm(found, t),
                "circumferential_fraction": circumferential_fraction(found, t),
                "circumferential_arc_fraction": circumferential_arc_fraction(found, t),
            }
            for t in THRESHOLDS
        ],
        "healthy_cortex_mm": {
            "median": float(np.nanmedian(found.thickness_mm)),
            "least": float(np.nanmin(found.thickness_mm)),
        },
        "axis": {"point_mm": axis.point_mm.tolist(), "direction": axis.direction.tolist()},
    }
