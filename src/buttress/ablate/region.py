"""The part of a patient that is simulated: a box of even voxels about lesion and probes, its tissues and masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.ablate.materials import PropertyChange
from buttress.ablate.tissue import TissueMap, TissueMasks, label_tissues
from buttress.numerics.grid import Grid
from buttress.numerics.resample import box_grid, resample_to
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging, Mask

Bools = NDArray[np.bool_]

REACH_MM = 35.0
"""Tissue kept around the lesion and the active parts of the probes: heat and ice reach about 25 mm beyond them in 25
minutes, and the box's faces are held at body temperature (ours)."""

BEYOND_HU = 50.0
"""What lies beyond the image is taken as muscle, and this is said: a cropped CT goes on as body (ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class SparedStructure:
    """Something to be spared: its kind, its mask, and whether an image shows it: what is only estimated is watched, and
    enters no tissue.
    """

    kind: str
    mask: Mask
    is_seen: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedRegion:
    """Even voxels along the patient's axes: ``hu``, tissues, the lesion, and structures by name with their kinds."""

    grid: Grid
    hu: NDArray[np.float32]
    masks: TissueMasks
    tissue: TissueMap
    lesion: Bools
    structures: Mapping[str, Bools]
    kinds: Mapping[str, str]
    is_cut: bool

    @property
    def spacing_mm(self) -> float:
        """Edge of a voxel."""
        return float(self.grid.spacing_mm[0])

    def under(self, change: PropertyChange) -> SimulatedRegion:
        """The same voxels with tissue properties changed."""
        tissue = label_tissues(self.hu, self.grid.spacing_mm, self.masks, change)
        return SimulatedRegion(
            self.grid, self.hu, self.masks, tissue, self.lesion, self.structures, self.kinds, self.is_cut
        )


def look_at(
    seen: SeenLesion,
    imaging: Imaging,
    points_mm: ArrayLike,
    spacing_mm: float,
    spared: Mapping[str, SparedStructure],
) -> SimulatedRegion:
    """Cut the box about the lesion and ``points_mm`` ``(n, 3)`` out of the CT, in voxels of ``spacing_mm``.

    ``spared`` are structures by name: nerves, cartilage and vessels that were seen become tissues of their own.
    """
    corners = np.concatenate([seen.lesion.points_mm(), np.asarray(points_mm, dtype=float).reshape(-1, 3)])
    low, high = corners.min(axis=0) - REACH_MM, corners.max(axis=0) + REACH_MM
    grid = box_grid(0.5 * (low + high), 0.5 * (high - low), spacing_mm)
    hu = resample_to(imaging.ct.values, imaging.ct.grid, grid, outside=np.nan)
    beyond = np.isnan(hu)
    hu[beyond] = BEYOND_HU
    structures = {name: _nearest(one.mask, grid) for name, one in spared.items()}
    structures = {name: inside for name, inside in structures.items() if inside.any()}
    kinds = {name: spared[name].kind for name in structures}
    seen_ones = {name: inside for name, inside in structures.items() if spared[name].is_seen}
    masks = TissueMasks(
        bone=_nearest(seen.bone, grid),
        lesion=_nearest(seen.lesion, grid),
        cartilage=_any_of(seen_ones, kinds, "cartilage"),
        vessel=_any_of(seen_ones, kinds, "large_vessel"),
        nerve=_any_of(seen_ones, kinds, "nerve"),
    )
    assert masks.lesion is not None
    tissue = label_tissues(hu, grid.spacing_mm, masks)
    skin = tissue.where("skin")
    if skin.any() and "skin" not in structures:
        structures, kinds = {**structures, "skin": skin}, {**kinds, "skin": "skin"}
    return SimulatedRegion(grid, hu, masks, tissue, masks.lesion, structures, kinds, bool(beyond.any()))


def _nearest(mask: Mask, grid: Grid) -> Bools:
    return np.asarray(resample_to(mask.inside.astype(np.float32), mask.grid, grid, outside=0.0) >= 0.5)


def _any_of(structures: Mapping[str, Bools], kinds: Mapping[str, str], kind: str) -> Bools | None:
    found: Sequence[Bools] = [inside for name, inside in structures.items() if kinds[name] == kind]
    return np.any(found, axis=0) if found else None
