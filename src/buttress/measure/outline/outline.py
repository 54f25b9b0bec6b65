"""The lesion about a click, or in a box: which voxels, and how sure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.outline.fit import Fit, fit_lesion
from buttress.measure.outline.local_bone import STEP_MM, LocalBone, Window, grid_window, look_at_bone
from buttress.measure.outline.settle import calibrated, settle, volumes_ml
from buttress.measure.outline.tell import Told, tell_lesion
from buttress.numerics.grid import Grid, Points, voxel_indices
from buttress.numerics.resample import resample_to
from buttress.records.image import Mask, Volume

Box = tuple[Points, Points]


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A drafted lesion inside a bone, kept on the part ``window`` of the CT's ``grid`` that holds it.

    ``inside`` says which voxels of the part, ``chance`` how likely each is, 0-1; ``volume_ml`` the volumes (low, high)
    that the evidence leaves room for; ``note`` what it rests on.
    """

    grid: Grid
    window: Window
    inside: NDArray[np.bool_]
    chance: NDArray[np.float32]
    volume_ml: tuple[float, float]
    note: str

    def points_mm(self) -> Points:
        """Centres of the lesion's voxels, ``(n, 3)``, LPS mm."""
        return self.grid.to_mm(voxel_indices(self.inside) + [part.start for part in self.window])

    def lesion(self) -> Mask:
        """The lesion on the whole grid."""
        inside = np.zeros(self.grid.shape, dtype=bool)
        inside[self.window] = self.inside
        return Mask(self.grid, inside)

    def confidence(self) -> Volume:
        """The probability of lesion on the whole grid."""
        values = np.zeros(self.grid.shape, dtype=np.float32)
        values[self.window] = self.chance
        return Volume(self.grid, values, "probability")


def outline_lesion(ct: Volume, bone: Mask, click_mm: Points, box: Box | None = None) -> Outline | str:
    """Outline the lesion about a click inside ``bone`` (filled, restored across defects), or say why none can be told.

    With a ``box`` (two corners, low and high, LPS mm) nothing outside it is lesion. What the bone should look like is
    taken from bone of like depth nearby; the ellipsoid that best explains what differs completes the lesion where
    marrow hides it; voxels then follow their own evidence near it. Masks lie on the CT's grid.
    """
    local = look_at_bone(ct, bone, click_mm)
    if local is None:
        return "there is no bone about the point"
    fit = fit_lesion(local, box)
    chance, shapes = settle(local, fit)
    told = tell_lesion(local, fit, chance[tuple(local.index.T)], sure=box is not None)
    if isinstance(told, str):
        return told
    window, found = _on_grid(ct.grid, bone, local, calibrated(chance))
    inside = _clicked_piece(ct.grid, window, found >= 0.5, local.click_mm)
    if not inside.any():
        return "the lesion about the point is smaller than a voxel"
    value = float(inside.sum() * ct.grid.voxel_volume_ml)
    volume_ml = volumes_ml(local, fit, shapes, value, told.unseen_fraction)
    return Outline(ct.grid, window, inside, found, volume_ml, _note(told, value, fit, box))


def _on_grid(
    grid: Grid, bone: Mask, local: LocalBone, chance: NDArray[np.float32]
) -> tuple[Window, NDArray[np.float32]]:
    """The outline between the voxels of the box, cut at the bone's surface: the part of the CT about it, and there."""
    inside = local.on_box(np.ones(len(local.hu)))
    weight = ndimage.gaussian_filter(inside, 1.0, truncate=3.0)
    spread = ndimage.gaussian_filter(chance, 1.0, truncate=3.0) / np.maximum(weight, 1e-3)
    filled = np.where(inside > 0, chance, spread)  # beyond the surface as beneath it, so that cutting costs nothing
    centre = local.grid.to_mm((np.array(local.grid.shape) - 1) / 2)
    window, near = grid_window(grid, centre, np.array(local.grid.shape) * STEP_MM / 2 + 1.0)
    found = resample_to(filled, local.grid, near, outside=0.0)
    found[~bone.inside[window]] = 0.0
    return window, found


def _clicked_piece(grid: Grid, window: Window, inside: NDArray[np.bool_], click_mm: Points) -> NDArray[np.bool_]:
    labels, count = ndimage.label(inside)
    if count < 2:
        return inside
    index = voxel_indices(inside)
    apart = np.linalg.norm(grid.to_mm(index + [part.start for part in window]) - click_mm, axis=1)
    return np.asarray(labels == labels[tuple(index[int(apart.argmin())])])


def _note(told: Told, volume_ml: float, fit: Fit, box: Box | None) -> str:
    parts = []
    if told.missing_mm3 > 0:
        parts.append(f"about {told.missing_mm3 / 1000:.1f} ml of cortex and dense bone missing")
    parts.append(f"{fit.lesion_hu:.0f} HU in the lesion, {told.marrow_hu:.0f} HU expected in the marrow there")
    unseen = told.unseen_fraction
    completed = f"; {unseen:.0%} of it shows no contrast and completes the shape" if unseen >= 0.1 else ""
    start = "one point" if box is None else "the box"
    return f"outlined from {start}: {volume_ml:.1f} ml ({', '.join(parts)}{completed})"
