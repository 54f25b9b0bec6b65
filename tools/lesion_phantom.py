"""Small phantoms with a known lesion, for the tests of zones, rigidity and plans. Analytic truth, no randomness."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics.grid import Grid, Points
from buttress.records.findings import BoneAxis, LesionFindings, Measure, Observation, SeenLesion
from buttress.records.image import Mask, Volume

Shape = Callable[[Points], NDArray[np.bool_]]


def ball(centre_mm: ArrayLike, radius_mm: float) -> Shape:
    """A ball."""
    centre = np.asarray(centre_mm, dtype=float)
    return lambda points: np.linalg.norm(points - centre, axis=-1) <= radius_mm


def tube(
    axis: ArrayLike,
    outer_mm: float,
    inner_mm: float = 0.0,
    centre_mm: ArrayLike = (0, 0, 0),
    inner_shift_mm: ArrayLike = (0, 0, 0),
) -> Shape:
    """An endless tube along ``axis`` through ``centre_mm``; its canal may be shifted."""
    direction = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    centre, shift = np.asarray(centre_mm, dtype=float), np.asarray(inner_shift_mm, dtype=float)

    def inside(points: Points) -> NDArray[np.bool_]:
        def off(origin: Points) -> NDArray[np.float64]:
            away = points - origin
            return np.linalg.norm(away - (away @ direction)[..., None] * direction, axis=-1)

        return (off(centre) <= outer_mm) & (off(centre + shift) > inner_mm if inner_mm else True)

    return inside


def share(grid: Grid, shape: Shape, parts: int = 4) -> NDArray[np.float32]:
    """Share of each voxel inside a shape, from ``parts``³ points a voxel, plane by plane."""
    steps = (np.arange(parts) + 0.5) / parts - 0.5
    offsets = np.array(np.meshgrid(steps, steps, steps)).reshape(3, -1).T
    found = np.zeros(grid.shape, dtype=np.float32)
    plane = np.argwhere(np.ones(grid.shape[:2], dtype=bool))
    for k in range(grid.shape[2]):
        index = np.column_stack([plane, np.full(len(plane), k)]).astype(float)
        inside = sum(shape(grid.to_mm(index + offset)).astype(np.float32) for offset in offsets)
        found[:, :, k] = (inside / len(offsets)).reshape(grid.shape[:2])
    return found


def mask_of(grid: Grid, shape: Shape) -> Mask:
    """Voxels whose centre lies in a shape."""
    return Mask(grid, shape(grid.to_mm(np.moveaxis(np.indices(grid.shape), 0, -1))))


def straight_axis(direction: ArrayLike, half_mm: float, centre_mm: ArrayLike = (0, 0, 0)) -> BoneAxis:
    """A straight bone axis with a point every millimetre, from proximal (against ``direction``) to distal."""
    along = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    arc = np.arange(-half_mm, half_mm + 0.5)
    points = np.asarray(centre_mm, dtype=float) + arc[:, None] * along
    tilt = float(np.rad2deg(np.arccos(min(1.0, abs(along[2])))))
    return BoneAxis(
        points_mm=[tuple(p) for p in points.tolist()], from_lesion_mm=arc.tolist(), tilt_deg=tilt, method="phantom"
    )


def findings(
    axis: BoneAxis | None = None, centre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0), **known: object
) -> LesionFindings:
    """Findings with nothing measured but what is given."""
    measures = (
        "longest_diameter_mm", "orthogonal_diameter_mm", "volume_ml", "mean_hu", "axial_cortical_involvement_mm",
        "circumferential_cortical_involvement_fraction", "cortical_destruction_fraction", "width_fraction",
        "soft_tissue_extension_ml",
    )  # fmt: skip
    observations = ("cortical_breach", "matrix", "harrington_group", "side")
    empty: dict[str, object] = {name: Measure.missing("phantom") for name in measures}
    empty |= {name: Observation.missing("phantom") for name in observations}
    return LesionFindings.model_validate({"lesion_id": "L1", "centre_mm": centre_mm, "bone_axis": axis} | empty | known)


def seen_lesion(
    bone: Mask,
    lesion: Mask,
    axis: BoneAxis | None = None,
    affected_mm: tuple[float, float] | None = None,
    **known: object,
) -> SeenLesion:
    """A lesion as the measure room hands it on."""
    x, y, z = lesion.points_mm().mean(axis=0).tolist()
    return SeenLesion(findings(axis, (x, y, z), **known), bone, lesion, affected_mm)


def shaft_ct(
    grid: Grid, cortex: Shape, *, lesion: Shape | None = None, cortex_hu: float = 1300.0, marrow_hu: float = 0.0
) -> Volume:
    """A CT of a shaft: partial-volumed cortex over marrow, with a lytic lesion of marrow density cut out."""
    solid = share(grid, cortex if lesion is None else (lambda p: cortex(p) & ~lesion(p)))
    return Volume(grid, (marrow_hu + solid * (cortex_hu - marrow_hu)).astype(np.float32))
