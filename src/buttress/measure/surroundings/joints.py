"""Joint spaces: dark clefts between the target bone and another bone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.library.load_landmarks import load_joint_names
from buttress.measure.surroundings.box import BONE_HU, Booleans, Box, joined, large_parts, signed_mm
from buttress.measure.surroundings.directions import Side, direction_words
from buttress.measure.surroundings.structure import Structure
from buttress.numerics.grid import Points

WIDEST_MM = 7.0
"""Ours: cartilage of both bones with its blur; the hip and knee show 3 to 6 mm."""
LEAST_MM2 = 120.0
"""Ours: the cleft's area; less is a contact of ribs or a tip, not a joint."""
LEAST_BONE_MM3 = 1500.0
"""Ours: smaller hard parts are fragments, calcium, sesamoids."""
OPPOSITE = -0.6
"""Ours: cosine between the ways to the two bones; curved surfaces and blur keep them from being exactly opposite."""
DARKER = 0.75
"""Ours: a cleft is at most this bright against the dimmer of its two plates."""
UNNAMED = "joint"


def find_joints(box: Box, bone: str, side: Side, lesion_mm: Points) -> tuple[Structure, ...]:
    """Clefts no wider than ``WIDEST_MM`` between the target bone and other bones in the box, with their names.

    The cleft is the set of points between the two that lie as near to one as to the other. Where bones touch at this
    resolution it is their contact. Named by the side of the lesion on which it lies.
    """
    others = _other_bones(box)
    other_mm = signed_mm(others, box.step_mm)
    if not others.any() or not box.own.any():
        return ()
    to_own, to_other = np.maximum(0.0, box.own_mm), np.maximum(0.0, other_mm)
    between = (to_own > 0) & (to_other > 0) & (to_own + to_other <= WIDEST_MM)
    between &= np.abs(to_own - to_other) <= box.step_mm
    touching = others & (to_own <= box.step_mm)
    cleft = _between_plates(between | touching, box, other_mm)
    middle = lesion_mm.mean(axis=0)
    found = []
    for window, inside in large_parts(cleft, round(LEAST_MM2 / box.step_mm**2)):
        start = np.array([s.start for s in window])
        points = box.grid.to_mm(np.argwhere(inside) + start)
        width = float(np.median((to_own + to_other)[window][inside]))
        found.append(_joint(points, width, _name(points, middle, bone, side), box.step_mm))
    return _named_once(found)


def _other_bones(box: Box) -> Booleans:
    """Hard parts outside the target bone, large enough for a bone, with their marrow."""
    hard = (box.hu > BONE_HU) & ~box.own
    opened = ndimage.binary_opening(hard, structure=np.ones((2, 2, 2)))
    bones = joined(large_parts(opened, round(LEAST_BONE_MM3 / box.step_mm**3)), box.grid.shape)
    filled = ndimage.binary_closing(bones, iterations=2)
    for k in range(filled.shape[2]):
        filled[:, :, k] = ndimage.binary_fill_holes(filled[:, :, k])
    return np.asarray(filled & ~box.own)


def _between_plates(between: Booleans, box: Box, other_mm: NDArray[np.float32]) -> Booleans:
    """Points darker than the bone on both sides, the two bones opposite each other: a cleft; not a corner beside both,
    and not a cut through one bone.
    """
    at = np.argwhere(between)
    if len(at) == 0:
        return between
    to_own, to_other = _toward(box.own_mm, at), _toward(other_mm, at)
    opposite = np.sum(to_own * to_other, axis=1) < OPPOSITE
    depths = np.arange(1.0, WIDEST_MM + 1.0)
    plates = [np.max([_hu_at(box, at + way * d / box.step_mm) for d in depths], axis=0) for way in (to_own, to_other)]
    here = _hu_at(box, at.astype(float))
    dark = here <= DARKER * np.minimum(*plates)
    out = np.zeros_like(between)
    out[tuple(at[opposite & dark & (np.minimum(*plates) > BONE_HU)].T)] = True
    return np.asarray(ndimage.binary_closing(out, structure=np.ones((3, 3, 3))))


def _hu_at(box: Box, index: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(ndimage.map_coordinates(box.hu, index.T, order=1, mode="nearest"))


def _toward(signed: NDArray[np.float32], at: NDArray[np.intp]) -> NDArray[np.float64]:
    """Unit vectors from voxels ``(n, 3)`` towards a bone: down the slope of the distance to it."""
    smooth = ndimage.gaussian_filter(signed, 1.0)
    away = -np.stack([_gradient(smooth, at, axis) for axis in range(3)], axis=1)
    return np.asarray(away / np.maximum(1e-9, np.linalg.norm(away, axis=1, keepdims=True)))


def _gradient(values: NDArray[np.float32], at: NDArray[np.intp], axis: int) -> NDArray[np.float64]:
    """Central difference at voxels ``(n, 3)`` along one axis."""
    up, down = at.copy(), at.copy()
    up[:, axis] = np.minimum(at[:, axis] + 1, values.shape[axis] - 1)
    down[:, axis] = np.maximum(at[:, axis] - 1, 0)
    return np.asarray(values[tuple(up.T)] - values[tuple(down.T)])


def _joint(points_mm: Points, width_mm: float, name: str, step_mm: float) -> Structure:
    return Structure(
        name=name,
        kind="joint",
        points_mm=points_mm,
        error_mm=step_mm + 0.5 * width_mm,
        basis="seen",
        method=f"middle of the cleft between two bones, {width_mm:.0f} mm wide; interval: half its width and a voxel",
    )


def _name(points_mm: Points, lesion_mm: Points, bone: str, side: Side) -> str:
    """The joint of the bone that lies on this side of the lesion, by the direction's components from the largest on."""
    names = load_joint_names().get(bone, {})
    away = points_mm.mean(axis=0) - lesion_mm
    for axis in np.argsort(-np.abs(away)):
        part = np.zeros(3)
        part[axis] = away[axis]
        for words in (direction_words(part, side), direction_words(part, None)):
            if words in names:
                return names[words]
    return UNNAMED


def _named_once(found: list[Structure]) -> tuple[Structure, ...]:
    """Clefts of one name joined."""
    by_name: dict[str, Structure] = {}
    for one in found:
        before = by_name.get(one.name)
        if before is None:
            by_name[one.name] = one
        else:
            points = np.vstack([before.points_mm, one.points_mm])
            wider = before if before.error_mm >= one.error_mm else one
            by_name[one.name] = Structure(one.name, one.kind, points, wider.error_mm, one.basis, wider.method)
    return tuple(by_name.values())
