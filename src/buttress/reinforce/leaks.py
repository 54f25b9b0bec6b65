"""Where cement could leave the cavity of a lesion: surface without a cortex; joints, nerves and vessels beside it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.grid import Grid, Points
from buttress.records.document import PointMm
from buttress.records.findings import Measure, SeenLesion
from buttress.records.image import Volume
from buttress.records.plan import LeakSite

OPEN_HU, OPEN_SHARE = 250.0, 0.5
"""A wall is open whose densest point within ``WALL_MM`` reaches neither this nor half of the sound wall (ours)."""

BESIDE_MM = 15.0
"""Sound wall is looked for this far beyond the lesion (ours)."""

WALL_MM = 2.5
NORMAL_VOXELS = 1.5
"""Numerical: blur of the mask whose slope tells which way its surface faces."""

LEAST_MM2 = 12.0
"""A smaller hole is not told (ours: a bone needle of 4 mm makes one as large)."""

NEAR_MM = 5.0
KINDS = ("joint", "large_vessel", "nerve")
"""What cement must not reach, told where it lies this near to the lesion (ours)."""


def leak_sites(seen: SeenLesion, ct: Volume) -> tuple[LeakSite, ...]:
    """Open patches of the bone's surface at the cavity, largest first; then what lies near. Flow is not simulated."""
    sites = (*_open_patches(seen, ct), *_near(seen))
    if not seen.lesion.inside.any():
        return sites
    middle = seen.lesion.points_mm().mean(axis=0)
    return tuple(one.model_copy(update={"towards": _towards(one.at_mm, middle)}) for one in sites)


def _towards(at_mm: PointMm | None, middle: Points) -> PointMm | None:
    if at_mm is None:
        return None
    apart = np.array(at_mm) - middle
    x, y, z = (apart / max(float(np.linalg.norm(apart)), 1e-9)).tolist()
    return x, y, z


def _near(seen: SeenLesion) -> Iterator[LeakSite]:
    for one in seen.findings.nearby:
        found = one.distance_mm.value
        if one.kind in KINDS and found is not None and found <= NEAR_MM:
            yield LeakSite(kind="near", what=one.name, at_mm=one.nearest_mm, distance_mm=one.distance_mm)


def _open_patches(seen: SeenLesion, ct: Volume) -> list[LeakSite]:
    room = int(np.ceil(BESIDE_MM / seen.bone.grid.spacing_mm.min()))
    if not seen.intraosseous.any():
        return []
    box = seen.lesion.box(room)
    cropped = seen.bone.cropped(box)
    bone, grid, lesion = cropped.inside, cropped.grid, seen.intraosseous[box]
    surface = _surface(bone)
    beside = surface & ndimage.binary_dilation(lesion)
    densest, sound = _densest(ct.values[box], bone, grid), surface & ~ndimage.binary_dilation(lesion, iterations=4)
    least = min(OPEN_HU, OPEN_SHARE * float(np.median(densest[sound]))) if sound.any() else OPEN_HU
    sure = beside & (densest < least)
    # The wall at its rim hides the hole's own edge from the look around: the hole grows back to where bone begins.
    steps = int(np.ceil(WALL_MM / grid.spacing_mm.min()))
    bare = ndimage.binary_dilation(sure, np.ones((3, 3, 3)), iterations=steps, mask=beside & (ct.values[box] < least))
    areas = _areas(bone, grid)
    pieces, count = ndimage.label(bare, np.ones((3, 3, 3)))
    sites = [_site(pieces == n, surface, areas, grid, least) for n in range(1, count + 1)]
    kept = [one for one in sites if one.area_mm2 is not None and (one.area_mm2.value or 0.0) >= LEAST_MM2]
    return sorted(kept, key=lambda one: -(one.area_mm2.value or 0.0) if one.area_mm2 else 0.0)


def _surface(bone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Bone voxels with a face to the outside; the edge of the box counts as bone."""
    return np.asarray(bone & ~ndimage.binary_erosion(bone, border_value=1))


def _densest(hu: NDArray[np.float32], bone: NDArray[np.bool_], grid: Grid) -> NDArray[np.float32]:
    """The greatest value within ``WALL_MM`` of each voxel, the bone's own alone."""
    reach = np.floor(WALL_MM / grid.spacing_mm).astype(int)
    steps = np.meshgrid(*[np.arange(-n, n + 1) for n in reach], indexing="ij")
    ball = sum((step * side) ** 2 for step, side in zip(steps, grid.spacing_mm, strict=True)) <= WALL_MM**2
    own = np.where(bone, hu, np.float32(-1000.0))
    return np.asarray(ndimage.grey_dilation(own, footprint=ball, mode="constant", cval=-1000.0))


def _areas(bone: NDArray[np.bool_], grid: Grid) -> NDArray[np.float64]:
    """Area of the bone's surface at each voxel, mm²: its open faces, each by how far the surface faces that way."""
    found = np.zeros(bone.shape)
    padded = np.pad(bone, 1, mode="edge")
    slope = np.stack(np.gradient(ndimage.gaussian_filter(bone.astype(float), NORMAL_VOXELS), *grid.spacing_mm))
    facing = np.abs(slope) / np.maximum(np.linalg.norm(slope, axis=0), 1e-12)
    for axis in range(3):
        face = float(np.prod(grid.spacing_mm) / grid.spacing_mm[axis])
        for shift in (-1, 1):
            beside = np.roll(padded, shift, axis=axis)[1:-1, 1:-1, 1:-1]
            found += face * facing[axis] * (bone & ~beside)
    return found


def _site(
    patch: NDArray[np.bool_], surface: NDArray[np.bool_], areas: NDArray[np.float64], grid: Grid, least_hu: float
) -> LeakSite:  # fmt: skip
    places = grid.to_mm(np.argwhere(patch))
    middle = places[np.argmin(np.linalg.norm(places - places.mean(axis=0), axis=1))]
    area = float(areas[patch].sum())
    rim = float(areas[patch & ndimage.binary_dilation(surface & ~patch, np.ones((3, 3, 3)))].sum())
    x, y, z = middle.tolist()
    return LeakSite(
        kind="open cortex",
        what="surface of the bone without a cortex",
        at_mm=(x, y, z),
        area_mm2=Measure(
            value=area,
            low=max(0.0, area - rim),
            high=area + rim,
            unit="mm2",
            method=f"bone's surface at the lesion with nothing of {least_hu:.0f} HU within {WALL_MM:g} mm; interval: a "
            "voxel of its rim",
        ),
    )
