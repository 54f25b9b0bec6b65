"""Rays through a picture: first hits on distance fields (sphere tracing), on the chart's ellipsoid, on probe tubes.

No graphics library: numpy and scipy only, so that it draws the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.grid import Grid, Points

FAR = np.inf
MAX_STEPS = 90
STEP_SHARE = 0.9
"""A smoothed distance field may overstate the distance a little: rays stay short of it (ours)."""
HIT_MM = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """First hits of ``n`` parallel rays: ``depth_mm`` ``(n,)`` (inf: missed) and surface ``normals`` ``(n, 3)``."""

    depth_mm: NDArray[np.float64]
    normals: NDArray[np.float64]

    @property
    def hit(self) -> NDArray[np.bool_]:
        """Which rays hit."""
        return np.isfinite(self.depth_mm)


def trace_field(
    field: NDArray[np.float32],
    shading: NDArray[np.float32],
    box: Grid,
    origins: Points,
    forward: NDArray[np.float64],
    reach_mm: float,
) -> Hits:
    """Where rays first meet the zero level of a distance field (mm, negative inside), within ``reach_mm``.

    Normals are the slopes of ``shading``, a smoother copy of the field.
    """
    begin, end = _through_box(box, origins, forward)
    alive = np.flatnonzero((begin <= end) & (begin < reach_mm))
    step = (box.to_index(forward) - box.to_index(np.zeros(3)))[:, None]
    start, depth, end = box.to_index(origins[alive]).T, begin[alive], np.minimum(end[alive], reach_mm)
    result = np.full(len(origins), FAR)
    for _ in range(MAX_STEPS):
        distance = ndimage.map_coordinates(field, start + depth * step, order=1, mode="nearest", prefilter=False)
        arrived = distance < HIT_MM
        result[alive[arrived]] = depth[arrived]
        depth = depth + np.maximum(STEP_SHARE * distance, HIT_MM)
        going = ~arrived & (depth < end)
        alive, depth, start, end = alive[going], depth[going], start[:, going], end[going]
        if len(alive) == 0:
            break
    normals = np.zeros((len(origins), 3))
    found = np.flatnonzero(np.isfinite(result))
    normals[found] = _slopes(shading, box, origins[found] + result[found, None] * forward)
    return Hits(result, normals)


def _through_box(
    box: Grid, origins: Points, forward: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depths at which rays enter and leave a box, from 0 on; rays that miss it leave before they enter."""
    step = box.to_index(forward) - box.to_index(np.zeros(3))
    start = box.to_index(origins)
    begin, end = np.zeros(len(origins)), np.full(len(origins), FAR)
    for axis, size in enumerate(box.shape):
        if abs(step[axis]) < 1e-12:
            end[(start[:, axis] < -0.5) | (start[:, axis] > size - 0.5)] = -1.0
            continue
        near, far = ((edge - start[:, axis]) / step[axis] for edge in (-0.5, size - 0.5))
        np.maximum(begin, np.minimum(near, far), out=begin)
        np.minimum(end, np.maximum(near, far), out=end)
    return begin, end


def occlusion(field: NDArray[np.float32], box: Grid, at: Points, normals: Points, reach_mm: float = 5.0) -> Points:
    """How open the surroundings of surface points are, 0 (in a pit) to 1, ``(n,)``: soft shade in hollows."""
    open_mm = _look_up(field, box, at + reach_mm * normals)
    return np.asarray(np.clip(0.35 + 0.65 * open_mm / reach_mm, 0.0, 1.0))


def trace_ellipsoid(
    centre_mm: NDArray[np.float64],
    axis: NDArray[np.float64],
    half_length_mm: float,
    half_width_mm: float,
    origins: Points,
    forward: NDArray[np.float64],
) -> Hits:
    """Front hits on an ellipsoid of revolution."""
    squash = np.eye(3) / half_width_mm + np.outer(axis, axis) * (1 / half_length_mm - 1 / half_width_mm)
    start, step = (origins - centre_mm) @ squash, forward @ squash
    a, b, c = step @ step, start @ step, np.einsum("ij,ij->i", start, start) - 1.0
    inside = b * b - a * c
    depth = np.where(inside > 0, (-b - np.sqrt(np.maximum(inside, 0.0))) / a, FAR)
    normals = np.zeros((len(origins), 3))
    hit = np.isfinite(depth)
    slope = (start[hit] + depth[hit, None] * step) @ squash
    normals[hit] = slope / np.linalg.norm(slope, axis=1, keepdims=True)
    return Hits(depth, normals)


def trace_tube(
    start_mm: NDArray[np.float64],
    stop_mm: NDArray[np.float64],
    radius_mm: float,
    origins: Points,
    forward: NDArray[np.float64],
) -> Hits:
    """Front hits on a tube between two points, open-ended."""
    length = float(np.linalg.norm(stop_mm - start_mm))
    axis = (stop_mm - start_mm) / length
    near = _near_tube(start_mm, stop_mm, radius_mm, origins, forward)
    offset = origins[near] - start_mm
    flat, step = offset - (offset @ axis)[:, None] * axis, forward - (forward @ axis) * axis
    a, b, c = step @ step, flat @ step, np.einsum("ij,ij->i", flat, flat) - radius_mm**2
    inside = b * b - a * c
    front = np.where((inside > 0) & (a > 1e-9), (-b - np.sqrt(np.maximum(inside, 0.0))) / max(a, 1e-9), FAR)
    with np.errstate(invalid="ignore"):
        along = offset @ axis + front * (forward @ axis) if abs(forward @ axis) > 1e-12 else offset @ axis
    front = np.where((along >= 0) & (along <= length), front, FAR)
    hit = np.isfinite(front)
    depth, normals = np.full(len(origins), FAR), np.zeros((len(origins), 3))
    depth[near] = front
    normals[near[hit]] = (flat[hit] + front[hit, None] * step) / radius_mm
    return Hits(depth, normals)


def _near_tube(
    start_mm: NDArray[np.float64],
    stop_mm: NDArray[np.float64],
    radius_mm: float,
    origins: Points,
    forward: NDArray[np.float64],
) -> NDArray[np.intp]:
    """Rays that pass within a radius of the tube's line: those whose distance across both directions is small."""
    across = np.cross(stop_mm - start_mm, forward)
    size = float(np.linalg.norm(across))
    if size < 1e-9 * float(np.linalg.norm(stop_mm - start_mm)):
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(np.abs((origins - start_mm) @ (across / size)) <= radius_mm)


def _look_up(field: NDArray[np.float32], box: Grid, points: Points) -> NDArray[np.float64]:
    index = box.to_index(points)
    return np.asarray(
        ndimage.map_coordinates(field, index.T, order=1, mode="nearest", prefilter=False), dtype=np.float64
    )


def _slopes(field: NDArray[np.float32], box: Grid, points: Points) -> Points:
    """Unit normals by central differences over one voxel."""
    step = float(box.spacing_mm.min())
    slope = np.stack(
        [_look_up(field, box, points + step * e) - _look_up(field, box, points - step * e) for e in np.eye(3)], axis=-1
    )
    return np.asarray(slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-9))
