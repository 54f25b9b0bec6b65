"""Names for the places where a measure was read."""

from __future__ import annotations

from numpy.typing import ArrayLike

from buttress.numerics.grid import Grid


def section_name(from_lesion_mm: float, at_mm: ArrayLike, grid: Grid) -> str:
    """A section normal to the bone's axis, in words, and the axial slice through its middle (counted from 1)."""
    distance = round(from_lesion_mm)
    if distance == 0:
        level = "through the lesion's centre"
    else:
        level = f"{abs(distance)} mm {'distal' if distance > 0 else 'proximal'} of the lesion's centre"
    return f"section normal to the bone's axis, {level}; {slice_name(at_mm, grid)}"


def slice_name(at_mm: ArrayLike, grid: Grid) -> str:
    """The slice of the CT through a point, counted from 1."""
    k = round(float(grid.to_index(at_mm)[..., 2])) + 1
    return f"axial slice {k} of {grid.shape[2]}"
