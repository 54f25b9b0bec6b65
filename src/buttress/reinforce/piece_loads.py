"""A piece of bone between two grips under compression, bending and torsion."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.nodal_loads import spread_load
from buttress.records.strength import LoadCase
from buttress.reinforce.block import GRIP_VOXELS, BoneBlock
from buttress.reinforce.load_frame import FORCE_N, MOMENT_N_MM, CaseLoad, LoadFrame, UnloadableError, touched_nodes

Floats = NDArray[np.float64]

DIRECTIONS = 12
"""Directions of bending that are looked at, all round (ours): tension and compression change places on the way."""


def piece_cases() -> Mapping[LoadCase, CaseLoad]:
    """The cases of a piece between two grips: bending all round, torsion both ways."""
    angle = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)
    return {
        "compression": CaseLoad(("compression",), np.array([[1.0]])),
        "bending": CaseLoad(("bending_i", "bending_j"), np.stack([np.cos(angle), np.sin(angle)], axis=1)),
        "torsion": CaseLoad(("torsion",), np.array([[1.0], [-1.0]])),
    }


def piece_frame(block: BoneBlock, healed_mpa: Floats) -> LoadFrame:
    """Loads along the line through the centres of stiffness of the healed bone's ends; the near grip is held.

    Compression pushes the far grip along that line; bending turns it about the block's i and j axes; torsion about the
    line. The far grip may move and turn as it likes. Raises :class:`UnloadableError` where too little bone reaches it.
    """
    nodes = touched_nodes(block.grip)
    held = np.zeros((3, *nodes.shape), dtype=bool)
    held[:, :, :, 0] = nodes[:, :, 0]
    far = np.argwhere(nodes[:, :, -1])
    if len(far) == 0 or not held.any():
        raise UnloadableError("no bone reaches one of the grips")
    spacing = block.grid.spacing_mm
    points = np.concatenate([far, np.full((len(far), 1), nodes.shape[2] - 1)], axis=1) * spacing
    ends = [_centre(healed_mpa, k, spacing) for k in (GRIP_VOXELS, healed_mpa.shape[2] - GRIP_VOXELS - 1)]
    axis = ends[1] - ends[0]
    axis /= np.linalg.norm(axis)
    about = ends[0] + axis * (points[0, 2] - ends[0][2]) / axis[2]
    wanted = {
        "compression": (-FORCE_N * axis, np.zeros(3)),
        "bending_i": (np.zeros(3), MOMENT_N_MM * np.array([1.0, 0.0, 0.0])),
        "bending_j": (np.zeros(3), MOMENT_N_MM * np.array([0.0, 1.0, 0.0])),
        "torsion": (np.zeros(3), MOMENT_N_MM * axis),
    }
    try:
        spread = {name: spread_load(points, force, moment, about) for name, (force, moment) in wanted.items()}
    except ValueError as error:
        raise UnloadableError(f"too little bone reaches the far grip ({error})") from error
    loads = {}
    for name, forces in spread.items():
        loads[name] = np.zeros((3, *nodes.shape))
        loads[name][:, far[:, 0], far[:, 1], -1] = forces.T
    return LoadFrame(held, loads, piece_cases())


def _centre(modulus_mpa: Floats, k: int, spacing: Floats) -> Floats:
    """Centre of stiffness of one layer, mm from the grid's first node."""
    layer = modulus_mpa[:, :, k]
    i, j = np.indices(layer.shape)
    return np.array([(layer * i).sum() / layer.sum() + 0.5, (layer * j).sum() / layer.sum() + 0.5, k + 0.5]) * spacing
