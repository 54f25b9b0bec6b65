"""Where a mask's voxels lie on the CT's grid: the same grid, a box cut out of it, or single voxels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buttress.exchange.orientation import describe_grid
from buttress.numerics.grid import Grid
from buttress.records.document import ButtressError

SAME_PLACE_MM = 0.01
"""How far a mask's voxels may lie from the CT's. Ours: below any rounding that matters, above that of a header."""


def refuse_other_grid(grid: Grid, like: Grid, where: str) -> None:
    """Raise ``ButtressError`` with both geometries in words where a mask lies on another grid than the CT."""
    if not grid.is_close(like, SAME_PLACE_MM):
        raise other_grid(grid, like, where)


def other_grid(grid: Grid, like: Grid, where: str) -> ButtressError:
    """The error that says where the mask lies, and where the CT."""
    return ButtressError(
        f"the mask lies on another grid: {describe_grid(grid.shape, grid.affine)}",
        f"the CT's grid: {describe_grid(like.shape, like.affine)}",
        "resample the mask to the CT (nearest neighbour), or draw it on this CT",
        where=where,
    )


def beyond_ct(count: int, where: str) -> ButtressError:
    """The error of a mask that reaches out of the CT."""
    return ButtressError(
        f"{count:,} voxels of the mask lie outside the CT",
        "a mask within the CT",
        "give the CT that the mask was drawn on, or cut the mask to the CT",
        where=where,
    )


def placed_box(inside: NDArray[np.bool_], grid: Grid, like: Grid, where: str) -> NDArray[np.bool_]:
    """A mask whose grid is the CT's, or a box of the CT's voxels, on the CT's grid.

    Raises ``ButtressError`` where the voxels do not coincide within 0.01 mm, or voxels inside lie beyond the CT.
    """
    if grid.is_close(like, SAME_PLACE_MM):
        return inside
    start = np.rint(like.to_index(grid.to_mm((0, 0, 0)))).astype(int)
    if np.abs(start).max() > np.iinfo(np.int32).max or not like.crop(start, start + grid.shape).is_close(
        grid, SAME_PLACE_MM
    ):
        raise other_grid(grid, like, where)
    return _in_place(inside, start, like, where)


def _in_place(inside: NDArray[np.bool_], start: NDArray[np.int_], like: Grid, where: str) -> NDArray[np.bool_]:
    low = np.maximum(start, 0)
    high = np.maximum(np.minimum(start + inside.shape, like.shape), low)
    part = inside[tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))]
    beyond = int(inside.sum()) - int(part.sum())
    if beyond:
        raise beyond_ct(beyond, where)
    placed = np.zeros(like.shape, dtype=bool)
    if part.size:
        placed[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = part
    return placed


def mark_voxels(marked: NDArray[np.bool_], indices: NDArray[np.int_], where: str) -> None:
    """Set voxels ``(n, 3)`` of a mask on the CT's grid. Raises ``ButtressError`` where some lie beyond it."""
    there = np.all((indices >= 0) & (indices < np.array(marked.shape)), axis=1)
    if not there.all():
        raise beyond_ct(int((~there).sum()), where)
    marked[tuple(indices.T)] = True
