"""What lies near a lesion: skin, air in lung or bowel, and the structures that the case names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.distance import nearest_points, voxel_corners_mm
from buttress.numerics.grid import Grid
from buttress.records.case import CriticalStructure, Lesion
from buttress.records.findings import Clearance, Measure
from buttress.records.image import Imaging, Mask, Volume

AIR_HU = -400.0
"""Between fat (about -100 HU) and air (-1000 HU): half way, rounded up for partial volume at the skin."""
ROOM_AIR_HU = -930.0
"""Ours: thinner than lung (about -900 to -700 HU), with room for noise and scatter."""
SEARCH_MM = 100.0
"""Ours: skin and air are looked for this far from the lesion."""
LEAST_AIR_ML = 0.5
"""Ours: smaller pockets of inner air are noise or gas in soft tissue."""


def measure_nearby(lesion: Lesion, mask: Mask, imaging: Imaging) -> tuple[Clearance, ...]:
    """Least distances from the lesion's surface: skin and inner air as seen, then the structures of the case."""
    skin, inner = _air(imaging.ct, mask)
    seen = {
        "skin": _clearance("skin", "skin", mask, skin, "nearest air outside the body"),
        "air": _clearance("air in lung or bowel", "lung", mask, inner, "nearest air inside the body"),
    }
    named = tuple(_named(s, mask, imaging, seen) for s in lesion.critical_structures or ())
    kinds = {c.kind for c in named if c.distance_mm.status == "measured"}
    return named + tuple(c for c in seen.values() if c.kind not in kinds)


def given_nearby(lesion: Lesion, reason: str) -> tuple[Clearance, ...]:
    """Distances as typed into the case; nothing was measured."""
    return tuple(_typed(structure, reason) for structure in lesion.critical_structures or ())


def _named(structure: CriticalStructure, mask: Mask, imaging: Imaging, seen: dict[str, Clearance]) -> Clearance:
    given = imaging.structures.get(structure.name)
    if given is not None:
        return _clearance(structure.name, structure.kind, mask, given, "mask of the structure")
    if structure.distance_mm is None and structure.kind == "skin":
        return seen["skin"].model_copy(update={"name": structure.name})
    return _typed(structure, "named without a mask or a distance")


def _typed(structure: CriticalStructure, reason: str) -> Clearance:
    if structure.distance_mm is None:
        return Clearance(name=structure.name, kind=structure.kind, distance_mm=Measure.missing(reason, unit="mm"))
    measure = Measure(value=structure.distance_mm, unit="mm", status="given", method="typed into the case")
    return Clearance(name=structure.name, kind=structure.kind, distance_mm=measure)


def _clearance(name: str, kind: str, lesion: Mask, other: Mask, method: str) -> Clearance:
    if not other.inside.any():
        reason = f"none seen within {SEARCH_MM:.0f} mm of the lesion in this field of view"
        return Clearance(name=name, kind=kind, distance_mm=Measure.missing(reason, unit="mm"))
    if lesion.grid.is_close(other.grid) and np.any(lesion.inside & other.inside):
        apart, at = 0.0, lesion.grid.to_mm(np.argwhere(lesion.inside & other.inside)[0])
    else:
        apart, _, at = nearest_points(_surface(lesion), _surface(other))
    voxel = float(lesion.grid.spacing_mm.max())
    measure = Measure(
        value=apart,
        low=max(0.0, apart - voxel),
        high=apart + voxel,
        unit="mm",
        at_mm=_point(at),
        where="from the lesion's surface",
        method=f"{method}; interval: one voxel either way",
    )
    return Clearance(name=name, kind=kind, distance_mm=measure, nearest_mm=_point(at))


def _point(at: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(at[0]), float(at[1]), float(at[2])


def _surface(mask: Mask) -> NDArray[np.float64]:
    return voxel_corners_mm(mask.inside, mask.grid)


def _air(ct: Volume, lesion: Mask) -> tuple[Mask, Mask]:
    """Air outside the body and larger pockets of air inside it, within ``SEARCH_MM`` of the lesion's box."""
    index = np.argwhere(lesion.inside)
    reach = np.ceil(SEARCH_MM / ct.grid.spacing_mm).astype(int)
    low = np.maximum(0, index.min(axis=0) - reach)
    high = np.minimum(ct.grid.shape, index.max(axis=0) + reach + 1)
    low[:2], high[:2] = 0, ct.grid.shape[:2]
    part, grid = ct.values[:, :, low[2] : high[2]], ct.grid.crop(low, high)
    air = part < AIR_HU
    outer = np.stack([_room_air(air[:, :, k], part[:, :, k]) for k in range(air.shape[2])], axis=2)
    body = ndimage.binary_opening(~outer, structure=np.ones((3, 3, 1)))
    inner = _large(air & body, grid)
    return Mask(grid, ~body), Mask(grid, inner)


def _room_air(air: NDArray[np.bool_], hu: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Air of an axial slice that reaches the slice's edge and is too thin for lung (which a cropped field cuts too)."""
    labels, count = ndimage.label(air)
    edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    edge = edge[edge > 0]
    median = ndimage.median(hu, labels, edge) if count and len(edge) else []
    return np.asarray(np.isin(labels, [c for c, m in zip(edge, median, strict=True) if m < ROOM_AIR_HU]))


def _large(inside: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_]:
    labels, count = ndimage.label(inside)
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * grid.voxel_volume_ml
    keep = sizes >= LEAST_AIR_ML
    keep[0] = False
    return np.asarray(keep[labels])
