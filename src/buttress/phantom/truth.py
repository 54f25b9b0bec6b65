"""The answer sheet of a phantom: every measure as it truly is, from the noise-free drawing and the bone's own formula.

The definitions are those of :mod:`buttress.phantom.lesion_truth`; where a real CT needs the half-height of the healthy
cortex, a phantom knows its cortex by construction. No code is shared with the measuring room.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from buttress.phantom.bones import (
    bones_at,
    cortex_thickness_mm,
    outer_radius_mm,
    shaft_coordinates,
    shaft_place,
)
from buttress.phantom.build import Phantom
from buttress.phantom.fine_grid import Floats, positions_mm, sample
from buttress.phantom.lesion_truth import (
    BREACH_PATCH_MM,
    BREACHED,
    LEVEL_MM,
    PATCH_MM,
    RADIAL_MM,
    RAYS,
    Axis,
    Involvement,
    axial_mm,
    circumferential_fraction,
    cortical_loss,
    deepest_patch,
    width_fractions,
    widths_by_view,
)
from buttress.phantom.lytic_lesion import DrawnLesion
from buttress.phantom.spec import SHAFTS, PhantomSpec
from buttress.records.image import Mask, Volume

INVOLVED = 0.5  # docs/measures.md: cortex that lost half of itself counts


@dataclass(frozen=True, slots=True)
class LesionTruth:
    """What a lesion truly is, by the names of the findings; ``None`` where a measure has no meaning for the bone.

    ``cortex_mm`` and ``outer_radius_mm`` are those of the healthy shaft at the lesion (the middle value).
    """

    longest_diameter_mm: float
    orthogonal_diameter_mm: float
    volume_ml: float
    soft_tissue_extension_ml: float
    cortical_breach: bool
    side: str
    matrix: str = "lytic"
    axial_cortical_involvement_mm: float | None = None
    circumferential_cortical_involvement_fraction: float | None = None
    cortical_destruction_fraction: float | None = None
    width_fraction: float | None = None
    cortex_mm: float | None = None
    outer_radius_mm: float | None = None


@dataclass(frozen=True, slots=True)
class BoneTruth:
    """The healthy bone by construction. Shafts: axis points (LPS mm, proximal first) with periosteal radius and cortex;
    hips: the head's sphere and the joint space.
    """

    bone: str
    side: str
    axis_mm: tuple[tuple[float, float, float], ...] = ()
    tilt_deg: float | None = None
    outer_radius_mm: tuple[float, ...] = ()
    cortex_mm: tuple[float, ...] = ()
    head_centre_mm: tuple[float, float, float] | None = None
    head_radius_mm: float | None = None
    joint_space_mm: float | None = None


def lesion_truth(phantom: Phantom) -> LesionTruth:
    """Every measure of the phantom's lesion. Raises :class:`ValueError` when it has none."""
    drawn, spec = phantom.drawn, phantom.spec
    if drawn is None:
        raise ValueError("the phantom has no lesion")
    points = drawn.grid.to_mm(np.argwhere(drawn.outline))
    depth = bones_at(spec, spec.to_bone(points))[0].depth_mm
    outside_ml = float((depth < 0).sum() * drawn.grid.voxel_volume_ml)
    longest, orthogonal = diameters_mm(points, float(drawn.grid.spacing_mm.mean()))
    volume_ml = float(len(points) * drawn.grid.voxel_volume_ml)
    if spec.kind not in SHAFTS:
        breach = _shell_is_breached(spec, drawn)
        return LesionTruth(longest, orthogonal, volume_ml, outside_ml, breach, spec.side)
    found = shaft_loss(spec, drawn)
    along, radius, angle = shaft_coordinates(spec, spec.to_bone(points))
    flat = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return LesionTruth(
        longest,
        orthogonal,
        volume_ml,
        outside_ml,
        deepest_patch(found, BREACH_PATCH_MM) >= BREACHED,
        spec.side,
        axial_cortical_involvement_mm=axial_mm(found, INVOLVED),
        circumferential_cortical_involvement_fraction=circumferential_fraction(found, INVOLVED),
        cortical_destruction_fraction=deepest_patch(found, PATCH_MM),
        width_fraction=widths_by_view(found, flat, along, float(drawn.grid.spacing_mm.mean()))["any"],
        cortex_mm=float(np.median(found.thickness_mm)),
        outer_radius_mm=float(np.median(found.radius_mm + 0.5 * found.thickness_mm)),
    )


def inserted_truth(healthy: Volume, bone: Mask, drawn: DrawnLesion, axis: Axis, side: str) -> LesionTruth:
    """Every measure of a lesion drawn into the shaft of a real CT, from the drawing on the ``healthy`` CT."""
    found = cortical_loss(healthy, bone, drawn, axis)
    points = drawn.grid.to_mm(np.argwhere(drawn.outline))
    longest, orthogonal = diameters_mm(points, float(drawn.grid.spacing_mm.mean()))
    return LesionTruth(
        longest,
        orthogonal,
        float(len(points) * drawn.grid.voxel_volume_ml),
        float((~bone.holds(points)).sum() * drawn.grid.voxel_volume_ml),
        deepest_patch(found, BREACH_PATCH_MM) >= BREACHED,
        side,
        axial_cortical_involvement_mm=axial_mm(found, INVOLVED),
        circumferential_cortical_involvement_fraction=circumferential_fraction(found, INVOLVED),
        cortical_destruction_fraction=deepest_patch(found, PATCH_MM),
        width_fraction=width_fractions(found, drawn, axis)["any"],
        cortex_mm=float(np.nanmedian(found.thickness_mm)),
        outer_radius_mm=float(np.nanmedian(found.radius_mm + 0.5 * found.thickness_mm)),
    )


def bone_truth(spec: PhantomSpec) -> BoneTruth:
    """The healthy bone of a phantom by construction."""
    if spec.kind == "hip":
        return BoneTruth(
            spec.bone_key,
            spec.side,
            head_centre_mm=(0.0, 0.0, 0.0),
            head_radius_mm=spec.head_mm,
            joint_space_mm=spec.joint_mm,
        )
    if spec.kind not in SHAFTS:
        return BoneTruth(spec.bone_key, spec.side)
    along = np.arange(-80.0, 80.5, 1.0)
    points = spec.to_patient(shaft_place(spec, along, np.array(0.0), np.array(0.0)))
    seen = np.asarray(spec.grid.contains(points))
    return BoneTruth(
        spec.bone_key,
        spec.side,
        tuple((x, y, z) for x, y, z in points[seen].tolist()),
        spec.tilt_deg,
        tuple(outer_radius_mm(spec, along[seen]).tolist()),
        tuple(cortex_thickness_mm(spec, along[seen]).tolist()),
    )


def truth_sheet(phantom: Phantom) -> dict[str, object]:
    """Specification, bone and lesion as plain values, for ``truth.json``."""
    lesion = None if phantom.drawn is None else asdict(lesion_truth(phantom))
    return {"lesion": lesion, "specification": asdict(phantom.spec), "bone": asdict(bone_truth(phantom.spec))}


def shaft_loss(spec: PhantomSpec, drawn: DrawnLesion) -> Involvement:
    """Lost fraction of the cortex at every level that the lesion reaches and 3 mm beyond, 360 rays from the axis."""
    points = spec.to_bone(drawn.grid.to_mm(np.argwhere(drawn.outline)))
    reached = shaft_coordinates(spec, points)[0]
    levels = np.arange(reached.min() - 3.0, reached.max() + 3.0, LEVEL_MM)
    angles = np.deg2rad(np.arange(RAYS) * 360.0 / RAYS)
    outer, thick = outer_radius_mm(spec, levels), cortex_thickness_mm(spec, levels)
    lost = np.stack([_lost(spec, drawn, *level, angles) for level in zip(levels, outer, thick, strict=True)])
    full = np.ones_like(lost)
    return Involvement(
        levels, lost, thick[:, None] * full, (outer - thick / 2)[:, None] * full, np.zeros((len(levels), 2))
    )


def diameters_mm(points_mm: Floats, pitch_mm: float) -> tuple[float, float]:
    """Greatest distance in the lesion and the greatest across it; a point stands for the sub-voxel around it."""
    corners = points_mm[ConvexHull(points_mm).vertices]
    apart = pdist(corners)
    first, second = np.triu_indices(len(corners), 1)
    ends = corners[[first[apart.argmax()], second[apart.argmax()]]]
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    across = corners - (corners @ along)[:, None] * along
    return float(apart.max() + pitch_mm), float(pdist(across).max() + pitch_mm)


def _lost(
    spec: PhantomSpec, drawn: DrawnLesion, level: float, outer: float, thick: float, angles: Floats
) -> NDArray[np.float64]:
    """Mean tumour share over the cortex along each ray of one level."""
    steps = max(2, round(thick / RADIAL_MM))
    radii = outer - thick + (np.arange(steps) + 0.5) * thick / steps
    index = drawn.grid.to_index(spec.to_patient(shaft_place(spec, np.array(level), radii[None, :], angles[:, None])))
    inside = np.all((index >= 0) & (index <= np.array(drawn.grid.shape) - 1), axis=-1)
    return np.asarray(np.where(inside, sample(drawn.weight, index), 0.0).mean(axis=1))


def _shell_is_breached(spec: PhantomSpec, drawn: DrawnLesion) -> bool:
    """Whether 90 % of the cortical shell within some 3 mm cube is gone (bones without a shaft)."""
    bone = bones_at(spec, spec.to_bone(positions_mm(drawn.grid)))[0]
    shell = ((bone.depth_mm >= 0) & (bone.depth_mm <= bone.cortex_mm)).astype(np.float64)
    size = np.maximum(1, np.round(BREACH_PATCH_MM / drawn.grid.spacing_mm)).astype(int).tolist()
    total = ndi.uniform_filter(shell, size, mode="constant")
    gone = ndi.uniform_filter(shell * drawn.weight, size, mode="constant")
    met = (shell > 0) & (total > 1e-6)
    return bool(met.any() and (gone[met] / total[met]).max() >= BREACHED)
