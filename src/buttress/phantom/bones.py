"""Parametric bones: how deep a point lies under the periosteum, how thick the cortex is there, what fills it.

All positions are in the bone's own directions (``PhantomSpec.to_bone``). Distances are exact for tubes, plates and
balls; where surfaces meet they are the nearest of both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from buttress.phantom.fine_grid import Floats
from buttress.phantom.spec import Kind, PhantomSpec

FIBULA_MM = (30.0, -18.0)  # ours: lateral of and behind the tibia (the second direction across points forward)
FIBULA_RADIUS_MM, FIBULA_CORTEX_MM = 6.5, 2.5  # ours
HEAD_CORTEX_MM = 1.0  # ours: subchondral plate; clinical CT shows 1 to 2 mm
NECK_MM, NECK_RADIUS_MM = 50.0, 15.0  # ours: head centre to shaft, and half the neck's width
NECK_CORTEX_MM = 1.5  # ours
NECK_DIRECTION = (0.77, 0.0, 0.64)  # ours: lateral and down, 130 degrees from the shaft
PELVIS_AT = (-14.0, 4.0, -16.0)  # ours: a ball of bone above and medial of the head
PELVIS_RADIUS_MM, PELVIS_CORTEX_MM = 44.0, 1.5  # ours
SOCKET_OPENS_MM = 6.0  # ours: the socket covers a little more than half of the head


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """One bone at points: depth under its periosteum (mm, negative outside), cortex there (mm), spongy share 0-1."""

    depth_mm: Floats
    cortex_mm: Floats
    spongy: Floats


def bones_at(spec: PhantomSpec, points: Floats) -> tuple[Solid, ...]:
    """Every bone of the phantom at ``points`` ``(..., 3)``; the first is the target."""
    return SHAPES[spec.kind](spec, points)


def shaft_coordinates(spec: PhantomSpec, points: Floats) -> tuple[Floats, Floats, Floats]:
    """Distance along the axis (from proximal on), radius and angle of points ``(..., 3)``."""
    across, other, along = points[..., 0], points[..., 1], points[..., 2]
    if spec.kind == "curved":  # the axis is an arc about a centre on the negative first direction
        bend = spec.curve_radius_mm
        across, along = np.hypot(across + bend, along) - bend, bend * np.arctan2(along, across + bend)
    return along, np.hypot(across, other), np.arctan2(other, across)


def coordinates_in(spec: PhantomSpec, points_mm: Floats) -> tuple[Floats, Floats, Floats]:
    """Distance along a shaft's axis, radius and angle of points ``(..., 3)`` in the patient, LPS mm."""
    return shaft_coordinates(spec, spec.to_bone(points_mm))


def shaft_place(spec: PhantomSpec, along_mm: Floats, radius_mm: Floats, angle_rad: Floats) -> Floats:
    """The way back of :func:`shaft_coordinates`: positions ``(..., 3)``; arguments broadcast."""
    across, other, along = np.broadcast_arrays(
        radius_mm * np.cos(angle_rad), radius_mm * np.sin(angle_rad), np.asarray(along_mm, dtype=float)
    )
    if spec.kind == "curved":
        bend = spec.curve_radius_mm
        turn = along / bend
        across, along = (bend + across) * np.cos(turn) - bend, (bend + across) * np.sin(turn)
    return np.stack([across, other, along], axis=-1)


def outer_radius_mm(spec: PhantomSpec, along_mm: Floats) -> Floats:
    """Periosteal radius of a shaft at distances along its axis."""
    straight = np.asarray(spec.outer_mm + spec.taper * along_mm)
    if spec.kind != "flared":
        return straight
    return np.asarray(straight + spec.outer_mm * spec.flare_per_mm * _proximal(along_mm))


def cortex_thickness_mm(spec: PhantomSpec, along_mm: Floats) -> Floats:
    """Thickness of a shaft's cortex along a radius; it thins where the shaft flares, down to a quarter."""
    if spec.kind != "flared":
        return np.full_like(along_mm, spec.cortex_mm)
    return np.asarray(spec.cortex_mm * np.maximum(1.0 - 0.012 * _proximal(along_mm), 0.25))


def _proximal(along_mm: Floats) -> Floats:
    """Distance towards the joint from where the shaft begins to flare (10 mm proximal of the origin), softened."""
    beyond = (-np.asarray(along_mm, dtype=float) - 10.0) / 6.0
    return np.asarray(6.0 * np.logaddexp(0.0, beyond))


def _shaft(spec: PhantomSpec, points: Floats) -> tuple[Solid, ...]:
    along, radius, _ = shaft_coordinates(spec, points)
    outer = outer_radius_mm(spec, along)
    spongy = np.clip(_proximal(along) / 25.0, 0.0, 1.0) if spec.kind == "flared" else np.zeros_like(along)
    target = Solid(outer - radius, cortex_thickness_mm(spec, along), spongy)
    if not spec.fibula:
        return (target,)
    off = points[..., :2] - np.array([spec.lateral * FIBULA_MM[0], FIBULA_MM[1]])
    depth = FIBULA_RADIUS_MM - np.hypot(off[..., 0], off[..., 1])
    return target, Solid(depth, np.full_like(depth, FIBULA_CORTEX_MM), np.zeros_like(depth))


def _flat(spec: PhantomSpec, points: Floats) -> tuple[Solid, ...]:
    """A plate with rounded edges: wide across, thin from front to back, long along the bone."""
    half = np.array([spec.plate_mm[0] / 2, spec.outer_mm, spec.plate_mm[1] / 2]) - spec.outer_mm
    beyond = np.abs(points) - half
    outside = np.linalg.norm(np.maximum(beyond, 0.0), axis=-1)
    depth = spec.outer_mm - outside - np.minimum(beyond.max(axis=-1), 0.0)
    return (Solid(depth, np.full_like(depth, spec.cortex_mm), np.ones_like(depth)),)


def _hip(spec: PhantomSpec, points: Floats) -> tuple[Solid, ...]:
    """The femoral head in its socket: acetabulum and proximal femur, a joint space between them."""
    mirror = np.array([spec.lateral, 1.0, 1.0])
    here = points * mirror  # as on the left: lateral is positive
    from_head = np.linalg.norm(here, axis=-1)
    neck = np.array(NECK_DIRECTION) / np.linalg.norm(NECK_DIRECTION)
    femur = _femur(spec, here, from_head, neck)
    pelvis = np.minimum.reduce(
        [
            PELVIS_RADIUS_MM - np.linalg.norm(here - np.array(PELVIS_AT), axis=-1),
            from_head - spec.head_mm - spec.joint_mm,
            SOCKET_OPENS_MM - here @ neck,
        ]
    )
    socket = Solid(pelvis, np.full_like(pelvis, PELVIS_CORTEX_MM), np.ones_like(pelvis))
    return (femur, socket) if spec.bone_key == "femur" else (socket, femur)


def _femur(spec: PhantomSpec, here: Floats, from_head: Floats, neck: Floats) -> Solid:
    along_neck = np.clip(here @ neck, 0.0, NECK_MM)
    from_neck = np.linalg.norm(here - along_neck[..., None] * neck, axis=-1)
    corner = NECK_MM * neck
    down = np.maximum(here[..., 2] - corner[2], 0.0)
    from_shaft = np.linalg.norm(here - corner - down[..., None] * np.array([0.0, 0.0, 1.0]), axis=-1)
    parts = [spec.head_mm - from_head, NECK_RADIUS_MM - from_neck, spec.outer_mm + 2.0 - from_shaft]
    thick = np.choose(np.argmax(parts, axis=0), [HEAD_CORTEX_MM, NECK_CORTEX_MM, spec.cortex_mm])
    depth = np.maximum.reduce(parts)
    return Solid(depth, thick, np.clip(1.0 - down / 30.0, 0.0, 1.0))


SHAPES: dict[Kind, Callable[[PhantomSpec, Floats], tuple[Solid, ...]]] = {
    "tube": _shaft,
    "flared": _shaft,
    "curved": _shaft,
    "flat": _flat,
    "hip": _hip,
}
