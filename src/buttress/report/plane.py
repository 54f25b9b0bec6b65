"""A plane through the patient and the letters of its edges. The same three vectors drive page and paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics.grid import Points

View = Literal["axial", "coronal", "sagittal"]
Vector = NDArray[np.float64]

SECOND_LETTER = 0.38
"""A letter joins when the direction leans at least 22.5° its way (ours; sin 22.5° = 0.38)."""

SCREEN: dict[View, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "axial": ((1, 0, 0), (0, -1, 0)),
    "coronal": ((1, 0, 0), (0, 0, 1)),
    "sagittal": ((0, 1, 0), (0, 0, 1)),
}
"""Screen right and screen up in LPS: patient's right on screen left, seen from the feet, the front, the left."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A plane in the patient: ``centre_mm`` and unit vectors of screen ``right`` and ``up``, all LPS."""

    centre_mm: Vector
    right: Vector
    up: Vector

    @property
    def normal(self) -> Vector:
        """Unit vector towards the viewer, LPS."""
        return np.asarray(np.cross(self.right, self.up))

    def screen_mm(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Positions ``(..., 3)`` as screen coordinates ``(..., 2)``: mm to the right of and above the centre."""
        offset = np.asarray(points_mm, dtype=float) - self.centre_mm
        return np.stack([offset @ self.right, offset @ self.up], axis=-1)

    def height_mm(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Signed distance of positions ``(..., 3)`` from the plane, towards the viewer."""
        return np.asarray((np.asarray(points_mm, dtype=float) - self.centre_mm) @ self.normal)

    def points(self, half_mm: tuple[float, float], pixels: tuple[int, int]) -> Points:
        """LPS positions ``(rows, columns, 3)`` of pixel centres, first row on top; sizes as (width, height)."""
        (half_width, half_height), (columns, rows) = half_mm, pixels
        across = ((np.arange(columns) + 0.5) / columns * 2 - 1) * half_width
        above = (1 - (np.arange(rows) + 0.5) / rows * 2) * half_height
        return np.asarray(self.centre_mm + across[None, :, None] * self.right + above[:, None, None] * self.up)


def unit(vector: ArrayLike) -> Vector:
    """The direction of a vector."""
    vector = np.asarray(vector, dtype=float)
    return np.asarray(vector / np.linalg.norm(vector))


def patient_plane(view: View, centre_mm: ArrayLike) -> Plane:
    """A plane along the patient's own axes."""
    right, up = SCREEN[view]
    return Plane(np.asarray(centre_mm, dtype=float), np.array(right, dtype=float), np.array(up, dtype=float))


def plane_normal_to(direction: ArrayLike, centre_mm: ArrayLike) -> Plane:
    """The plane across ``direction``, turned to look as much as it can like the nearest patient plane."""
    normal = unit(direction)
    view = nearest_view(normal)
    right, up = (np.array(v, dtype=float) for v in SCREEN[view])
    if normal @ np.cross(right, up) < 0:
        normal = -normal
    up = unit(up - (up @ normal) * normal)
    return Plane(np.asarray(centre_mm, dtype=float), np.cross(up, normal), up)


def nearest_view(normal: ArrayLike) -> View:
    """The patient plane whose normal is nearest to a direction."""
    views: tuple[View, View, View] = ("sagittal", "coronal", "axial")
    return views[int(np.argmax(np.abs(np.asarray(normal, dtype=float))))]


def direction_letters(direction: ArrayLike) -> str:
    """The patient direction (R L A P H F) a vector points to, with a second letter where it leans that way."""
    x, y, z = unit(direction).tolist()
    letters = [("L" if x > 0 else "R", abs(x)), ("P" if y > 0 else "A", abs(y)), ("H" if z > 0 else "F", abs(z))]
    letters.sort(key=lambda pair: -round(pair[1], 9))
    return "".join(letter for n, (letter, share) in enumerate(letters) if n == 0 or share >= SECOND_LETTER)


def edge_letters(plane: Plane) -> dict[str, str]:
    """Letters of the plane's four edges: ``left``, ``right``, ``top``, ``bottom``."""
    return {
        "left": direction_letters(-plane.right),
        "right": direction_letters(plane.right),
        "top": direction_letters(plane.up),
        "bottom": direction_letters(-plane.up),
    }
