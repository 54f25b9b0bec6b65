"""A plane along the bone through the lesion, with how near everything in it is to its limit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from buttress.numerics.grid import Points
from buttress.records.document import PointMm
from buttress.records.strength import LoadCase, StrainCut
from buttress.reinforce.block import GRIP_VOXELS, BoneBlock
from buttress.reinforce.inserts import Insert
from buttress.reinforce.what_if import Held, WhatIf


def strain_cuts(
    table: WhatIf, states: Mapping[str, Held], inserts: Mapping[str, Insert]
) -> tuple[LoadCase, tuple[StrainCut, ...]]:
    """Every state under the load case that the bone as it is bears least of, at the load at which it fails."""
    case = min(table.frame.cases, key=lambda one: float(table.lesion.ratios(table.healed, one).min()))
    grid, (axis, at) = table.block.grid, _plane_through(table.block)
    inner = slice(0 if table.block.hip is not None else GRIP_VOXELS, grid.shape[2] - GRIP_VOXELS)

    def cut(key: str, held: Held) -> StrainCut:
        plane = np.take(table.nearness(held, case, inserts.get(key)), at, axis=axis)[:, inner].T
        return StrainCut(
            row=key,
            spacing_mm=float(grid.spacing_mm[0]),
            right=_point(grid.directions[:, 1 - axis]),
            down=_point(grid.directions[:, 2]),
            values=tuple(tuple(None if np.isnan(v) else round(float(v), 2) for v in row) for row in plane),
        )

    return case, tuple(cut(key, held) for key, held in states.items())


def _plane_through(block: BoneBlock) -> tuple[int, int]:
    """The axis across the plane that holds the lesion's middle, and its index: the plane of a hip's neck, else the one
    that runs nearest to the bone's middle."""
    middle = (np.array(block.cavity.shape) - 1) / 2
    lesion = np.array(ndimage.center_of_mass(block.cavity)) if block.cavity.any() else middle
    axis = 1 if block.hip is not None else int(np.argmin(np.abs(lesion - middle)[:2]))
    return axis, int(np.rint(lesion[axis]))


def _point(direction: Points) -> PointMm:
    x, y, z = direction.tolist()
    return x, y, z
