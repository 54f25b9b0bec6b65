"""A proximal femur under the loads of its hip: walking, stairs, and a fall on the side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buttress.library.load import load_hip_loads
from buttress.numerics.grid import Points
from buttress.numerics.nodal_loads import spread_load
from buttress.records.strength import HipLoad
from buttress.reinforce.block import BoneBlock
from buttress.reinforce.load_frame import FORCE_N, CaseLoad, LoadFrame, UnloadableError, touched_nodes

Floats = NDArray[np.float64]

ANTEVERSION_DEG = (0.0, 12.0, 24.0)
"""How far the neck may point forwards of the condyles, which give the loads' directions and are not seen (ours)."""

PATCH_MM = 20.0
"""Radius of the trochanter's patch that hits the ground (ours)."""


def hip_frame(block: BoneBlock) -> LoadFrame:
    """The frame of a femur held at its cut: forces through the head's middle, and a fall squeezed head to trochanter.

    Forces are spread over the cap of the head that the load presses, and have no moment about its middle: a joint
    passes none on. Raises :class:`UnloadableError` where too little of the head is there.
    """
    hip = block.hip
    assert hip is not None
    nodes = touched_nodes(block.grip)
    held = np.zeros((3, *nodes.shape), dtype=bool)
    held[:, :, :, -1] = nodes[:, :, -1]
    if not held.any():
        raise UnloadableError("no bone reaches the cut through the shaft")
    cases = {key: _in_frame(one, hip.forwards) for key, one in load_hip_loads().items()}
    at, points = head_cap(block, -_mean_load(block))
    head, trochanter = _in_block(block, hip.head_mm), _in_block(block, hip.trochanter_mm)
    squeeze = _squeeze(block)
    loads = {}
    try:
        for axis, name in enumerate(("head_medial", "head_across", "head_distal")):
            forces = spread_load(points, FORCE_N * np.eye(3)[axis], np.zeros(3), head)
            loads[name] = _at_nodes(nodes.shape, at, forces)
        pressed, pressed_at = head_cap(block, squeeze)
        hit, hit_at = trochanter_patch(block)
        loads["fall"] = _at_nodes(nodes.shape, pressed, spread_load(pressed_at, -FORCE_N * squeeze, np.zeros(3), head))
        loads["fall"] += _at_nodes(nodes.shape, hit, spread_load(hit_at, FORCE_N * squeeze, np.zeros(3), trochanter))
    except ValueError as error:
        raise UnloadableError(f"too little of the head or the trochanter is there to be loaded ({error})") from error
    units = ("head_medial", "head_across", "head_distal")
    return LoadFrame(
        held,
        loads,
        {
            **{key: CaseLoad(units, rows / np.linalg.norm(rows, axis=1)[:, None]) for key, rows in cases.items()},
            "fall": CaseLoad(("fall",), np.array([[1.0]])),
        },
    )


def loaded_nodes(block: BoneBlock) -> list[NDArray[np.intp]]:
    """Nodes ``(n, 3)`` of each patch that is loaded in some case."""
    caps = [head_cap(block, towards)[0] for towards in (-_mean_load(block), _squeeze(block))]
    return [*caps, trochanter_patch(block)[0]]


def _mean_load(block: BoneBlock) -> Floats:
    """The mean of the forces through the head, along the block's axes: it tells which cap is pressed."""
    assert block.hip is not None
    rows = [_in_frame(one, block.hip.forwards).mean(axis=0) for one in load_hip_loads().values()]
    return np.asarray(np.mean(rows, axis=0))


def _squeeze(block: BoneBlock) -> Floats:
    """Unit vector from the trochanter's side to the head's middle, along the block's axes."""
    assert block.hip is not None
    along = _in_block(block, block.hip.head_mm) - _in_block(block, block.hip.trochanter_mm)
    return np.asarray(along / np.linalg.norm(along))


def _in_frame(load: HipLoad, forwards: float) -> Floats:
    """Components along the block's axes for each anteversion, ``(n, 3)``."""
    turn = np.deg2rad(ANTEVERSION_DEG)
    medial = load.medial * np.cos(turn) + load.anterior * np.sin(turn)
    anterior = load.anterior * np.cos(turn) - load.medial * np.sin(turn)
    return np.stack([medial, forwards * anterior, np.full_like(turn, -load.proximal)], axis=1)


def head_cap(block: BoneBlock, towards: Floats) -> tuple[NDArray[np.intp], Points]:
    """Nodes ``(n, 3)`` of the head's surface about a direction from its middle, and their places, mm in the block."""
    hip = block.hip
    assert hip is not None
    index = _surface(block)
    points = index * block.grid.spacing_mm
    arms = points - _in_block(block, hip.head_mm)
    far = np.linalg.norm(arms, axis=1)
    aligned = arms @ (towards / np.linalg.norm(towards)) / np.maximum(far, 1e-9)
    on = (aligned >= np.cos(np.deg2rad(hip.cap_deg))) & (far >= 0.6 * hip.radius_mm) & (far <= 1.3 * hip.radius_mm)
    return index[on], points[on]


def trochanter_patch(block: BoneBlock) -> tuple[NDArray[np.intp], Points]:
    """Nodes of the trochanter's outer side that hit the ground, and their places."""
    hip = block.hip
    assert hip is not None
    index = _surface(block)
    points = index * block.grid.spacing_mm
    arms, outwards = points - _in_block(block, hip.trochanter_mm), -_squeeze(block)
    deep = arms @ outwards
    aside = np.linalg.norm(arms - deep[:, None] * outwards, axis=1)
    on = (aside <= PATCH_MM) & (deep >= -0.5 * PATCH_MM)
    return index[on], points[on]


def _surface(block: BoneBlock) -> NDArray[np.intp]:
    """Nodes that touch the bone and the outside."""
    whole = block.solid | block.grip
    inner = ~touched_nodes(~whole)
    inner[[0, -1]] = inner[:, [0, -1]] = inner[:, :, [0, -1]] = False
    return np.argwhere(touched_nodes(block.solid) & ~inner)


def _at_nodes(shape: tuple[int, ...], at: NDArray[np.intp], forces: Floats) -> Floats:
    found = np.zeros((3, *shape))
    found[:, at[:, 0], at[:, 1], at[:, 2]] = forces.T
    return found


def _in_block(block: BoneBlock, point: tuple[float, float, float]) -> Floats:
    """A place in LPS as millimetres from the block's first node along its axes."""
    return np.asarray((block.grid.to_index(np.array(point)) + 0.5) * block.grid.spacing_mm)
