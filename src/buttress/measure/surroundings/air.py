"""Skin, and the air inside the body: lung and bowel told apart by how thin it is and where the bone lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.grid import Grid, voxel_indices
from buttress.records.image import Mask, Volume

AIR_HU = -400.0
"""Between fat (about -100 HU) and air (-1000 HU): half way, rounded up for partial volume at the skin."""
ROOM_AIR_HU = -930.0
"""Ours: thinner than lung (about -900 to -700 HU), with room for noise and scatter."""
SEARCH_MM = 100.0
"""Ours: skin and air are looked for this far from the lesion."""
LEAST_AIR_ML = 0.5
"""Ours: smaller pockets of inner air are noise or gas in soft tissue."""
LUNG_HU = (-930.0, -500.0)
"""Ours: lung tissue. On the two labelled scans at hand the lobes' middle values are -914 to -779 HU; gas of the bowel
is thinner unless a pocket is so small that its edge makes up most of it."""
LUNG_ML = 30.0
"""Ours: smaller pockets within that range are gas blurred by its edge."""
FINEST_MM = 1.4
"""Ours: finer in-plane voxels are skipped: the interval is a voxel of the slice thickness all the same."""
SHELL_MM = 2.0
"""Ours: tissue thinner than twice this is a table's shell."""
ENCLOSED_SHARE = 0.6
"""Ours: a pocket with less of its border in tissue is none of the body's."""
WITHIN_SLICE = ndimage.generate_binary_structure(3, 1) & np.array([False, True, False])
THORAX = frozenset({"rib", "sternum", "scapula", "clavicle", "humerus", "vertebra"})
PELVIS = frozenset({"ilium", "acetabulum", "ischium", "pubis", "sacrum", "femur", "vertebra"})


@dataclass(frozen=True, slots=True, eq=False)
class AirNear:
    """Room air (its surface is the skin) and the air inside the body by name and kind."""

    skin: Mask
    inner: tuple[tuple[str, str, Mask], ...]


def find_air(ct: Volume, lesion: Mask, bone: str) -> AirNear:
    """Air outside the body and larger pockets of air inside it, within ``SEARCH_MM`` of the lesion's levels."""
    index = voxel_indices(lesion.inside)
    reach = np.ceil(SEARCH_MM / ct.grid.spacing_mm).astype(int)
    low = np.maximum(0, index.min(axis=0) - reach)
    high = np.minimum(ct.grid.shape, index.max(axis=0) + reach + 1)
    low[:2], high[:2] = 0, ct.grid.shape[:2]
    step = np.maximum(1, np.round(FINEST_MM / ct.grid.spacing_mm[:2])).astype(int)
    part = ct.values[:: step[0], :: step[1], low[2] : high[2]]
    grid = _strided(ct.grid.crop(low, high), (*step.tolist(), 1), part.shape)
    air = part < AIR_HU
    outer = _room_air(air, part)
    body = opened(~outer, 3, 3)
    return AirNear(Mask(grid, ~body), _named(air & body, part, grid, bone))


def _strided(grid: Grid, step: tuple[int, int, int], shape: tuple[int, ...]) -> Grid:
    """The grid of every n-th voxel."""
    affine = grid.affine.copy()
    affine[:3, :3] = affine[:3, :3] * np.array(step)
    return Grid((shape[0], shape[1], shape[2]), affine)


def _room_air(air: NDArray[np.bool_], hu: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Air that in its slice reaches the slice's edge and is too thin for lung (which a cropped field cuts too)."""
    labels, count = ndimage.label(air, structure=WITHIN_SLICE)
    room = np.zeros(count + 1, dtype=bool)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        room[edge] = True
    thin = np.bincount(labels[hu < ROOM_AIR_HU], minlength=count + 1)
    room &= 2 * thin > np.bincount(labels.ravel(), minlength=count + 1)
    room[0] = False
    return np.asarray(room[labels])


def _named(
    inside: NDArray[np.bool_], hu: NDArray[np.float32], grid: Grid, bone: str
) -> tuple[tuple[str, str, Mask], ...]:
    """Pockets of inner air of one kind together, each kind once."""
    labels, count = ndimage.label(inside)
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * grid.voxel_volume_ml
    found: dict[tuple[str, str], list[int]] = {}
    large = [c for c in range(1, count + 1) if sizes[c] >= LEAST_AIR_ML]
    if large:
        windows, tissue = ndimage.find_objects(labels), _thick_tissue(hu, grid)
        large = [c for c in large if _enclosed(labels, tissue, c, windows[c - 1])]
    medians = ndimage.median(hu, labels, large) if large else []
    for c, median in zip(large, medians, strict=True):
        found.setdefault(_called(float(median), float(sizes[c]), bone), []).append(c)
    return tuple((name, kind, Mask(grid, np.isin(labels, which))) for (name, kind), which in sorted(found.items()))


def _thick_tissue(hu: NDArray[np.float32], grid: Grid) -> NDArray[np.bool_]:
    """Tissue without thin shells: tables, sheets, tubes."""
    width = 2 * np.ceil(SHELL_MM / grid.spacing_mm[:2]).astype(int) + 1
    return opened(hu > AIR_HU, *width.tolist())


def opened(inside: NDArray[np.bool_], *sides: int) -> NDArray[np.bool_]:
    """Opening with a rectangle (odd sides) in every slice, line after line; what lies beyond is outside."""
    for combined in (np.logical_and, np.logical_or):
        for axis, side in enumerate(sides):
            room = [(side // 2, side // 2) if a == axis else (0, 0) for a in range(inside.ndim)]
            lines = np.moveaxis(np.pad(inside, room), axis, 0)
            moved = [lines[at : at + inside.shape[axis]] for at in range(side)]
            inside = np.moveaxis(combined.reduce(moved), 0, axis)
    return inside


def _enclosed(labels: NDArray[np.int32], tissue: NDArray[np.bool_], c: int, window: tuple[slice, ...]) -> bool:
    """Whether a pocket borders on the body; gaps and foam between back and table border on the table as well."""
    wide = tuple(slice(max(0, s.start - 3), s.stop + 3) for s in window)
    inside = labels[wide] == c
    ring = ndimage.binary_dilation(inside, iterations=3) & ~ndimage.binary_dilation(inside, iterations=2)
    return bool(np.mean(tissue[wide][ring]) >= ENCLOSED_SHARE) if ring.any() else False


def _called(median_hu: float, volume_ml: float, bone: str) -> tuple[str, str]:
    """Name and kind of one pocket: lung by its HU and size; else bowel in the pelvis, unsure in the chest, and gas in
    the soft tissue of a limb.
    """
    if LUNG_HU[0] <= median_hu <= LUNG_HU[1] and volume_ml >= LUNG_ML and bone in THORAX | PELVIS:
        return "lung", "lung"
    if bone in THORAX:
        return "air in lung or bowel", "lung"
    return ("gas in the bowel", "bowel") if bone in PELVIS else ("gas in the soft tissue", "other")
