"""Volumes and masks: voxel values on a grid in the patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics.grid import Grid, voxel_indices


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """Values ``[i, j, k]`` on a grid. ``quantity`` says what they are (``"HU"``, ``"temperature_c"``)."""

    grid: Grid
    values: NDArray[np.float32]
    quantity: str = "HU"

    def __post_init__(self) -> None:
        if self.values.shape != self.grid.shape:
            raise ValueError(f"values {self.values.shape} do not fit the grid {self.grid.shape}")


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """Which voxels of a grid are inside, ``[i, j, k]`` of bool."""

    grid: Grid
    inside: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.inside.shape != self.grid.shape or self.inside.dtype != np.bool_:
            raise ValueError(f"inside {self.inside.shape} {self.inside.dtype} does not fit {self.grid.shape} bool")

    @property
    def volume_ml(self) -> float:
        """Volume of the voxels inside, in millilitres."""
        return float(self.inside.sum() * self.grid.voxel_volume_ml)

    def points_mm(self) -> NDArray[np.float64]:
        """Centres of the voxels inside, ``(n, 3)``, LPS mm."""
        return self.grid.to_mm(voxel_indices(self.inside))

    def box(self, room: int = 0) -> tuple[slice, slice, slice]:
        """The smallest box of voxels that holds the mask, ``room`` voxels wider each way where the grid allows it.

        Raises ``ValueError`` for an empty mask.
        """
        spans = [np.flatnonzero(self.inside.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
        if len(spans[0]) == 0:
            raise ValueError("an empty mask has no box")
        i, j, k = (slice(max(0, int(span[0]) - room), int(span[-1]) + 1 + room) for span in spans)
        return i, j, k

    def cropped(self, box: tuple[slice, slice, slice]) -> Mask:
        """The mask on the part of its grid that a box cuts out."""
        inside = self.inside[box]
        start = np.array([side.start for side in box])
        return Mask(self.grid.crop(start, start + inside.shape), np.ascontiguousarray(inside))

    def holds(self, points_mm: ArrayLike) -> NDArray[np.bool_]:
        """Whether positions ``(..., 3)``, LPS mm, lie in a voxel that is inside."""
        index = np.rint(self.grid.to_index(points_mm)).astype(int)
        there = np.all((index >= 0) & (index < self.grid.shape), axis=-1)
        i, j, k = np.moveaxis(np.where(there[..., None], index, 0), -1, 0)
        return np.asarray(there & self.inside[i, j, k])


@dataclass(frozen=True, slots=True, eq=False)
class Imaging:
    """All voxels of a case, on one grid: the CT, the given lesion masks and structures, and what the reader noticed.

    ``lesions`` is by lesion id, ``structures`` by structure name, ``bone`` is an optional starting mask by lesion id;
    ``notes`` are sentences for the report (a flipped header, a resampled slice spacing); ``kvp`` is the tube voltage,
    where the file tells it.
    """

    ct: Volume
    lesions: Mapping[str, Mask] = field(default_factory=dict)
    structures: Mapping[str, Mask] = field(default_factory=dict)
    bones: Mapping[str, Mask] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    kvp: float | None = None
