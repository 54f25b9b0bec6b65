"""Pictures of whole bones found in the real CTs from seeds deep in them: to be looked at, each.

``python tools/see_bones.py FOLDER [NAME ...]`` writes a PNG for each CT of ``../shared/data`` (only those that hold a
NAME): rows are seeds, columns the coronal, sagittal and axial planes through the seed with the mask's outline.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import ndimage

from buttress.exchange.nifti import read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure.skeleton import segment_bone
from buttress.records.image import Volume

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
PLANES = (("coronal", 1), ("sagittal", 0), ("axial", 2))
SEEDS = 3
APART_MM = 90.0
BONE_HU, DEEP_MM = 220, 7.0


def seeds_in(ct: Volume) -> Iterator[tuple[float, float, float]]:
    """The deepest places of the filled bone of a CT, each far from those before."""
    near = ndimage.generate_binary_structure(2, 1)
    slices = [
        ndimage.binary_fill_holes(ndimage.binary_closing(ct.values[:, :, k] > BONE_HU, near, iterations=4))
        for k in range(ct.grid.shape[2])
    ]
    depth = ndimage.distance_transform_edt(np.stack(slices, axis=2), sampling=ct.grid.spacing_mm)
    index = np.argwhere(depth > DEEP_MM)
    points, deep = ct.grid.to_mm(index), depth[depth > DEEP_MM]
    free = np.ones(len(points), dtype=bool)
    for _ in range(SEEDS):
        if not free.any():
            return
        best = int(np.flatnonzero(free)[deep[free].argmax()])
        x, y, z = points[best].tolist()
        yield x, y, z
        free &= np.linalg.norm(points - points[best], axis=1) > APART_MM


def draw(name: str, ct: Volume, folder: Path) -> None:
    """One CT: every seed tried as femur, and as hip bone where no femur is found."""
    seeds = list(seeds_in(ct))
    figure = Figure(figsize=(12.0, 4.0 * len(seeds)), dpi=70, layout="constrained")
    for row, seed in zip(figure.subplots(len(seeds), 3, squeeze=False), seeds, strict=True):
        start = time.perf_counter()
        found = segment_bone(ct, load_bones()["femur"], seed_mm=seed)
        took = time.perf_counter() - start
        inside = np.zeros(ct.grid.shape, dtype=bool) if found is None else found.bone.inside
        at = np.rint(ct.grid.to_index(np.array(seed))).astype(int)
        for axes, (plane, axis) in zip(row, PLANES, strict=True):
            grey, mask = (np.take(values, at[axis], axis=axis) for values in (ct.values, inside))
            others = [float(ct.grid.spacing_mm[a]) for a in range(3) if a != axis]
            show(axes, grey.T, mask.T, others[1] / others[0], upright=axis != 2)
            axes.set_title(f"{plane}, {inside.sum() * ct.grid.voxel_volume_ml:.0f} mL, {took:.0f} s", fontsize=8)
    figure.savefig(folder / f"{name}.png")


def show(axes: object, grey: NDArray[np.float32], mask: NDArray[np.bool_], aspect: float, *, upright: bool) -> None:
    """A plane with the mask's outline; the head up."""
    axes.imshow(grey, cmap="gray", vmin=-200, vmax=1200, aspect=aspect, origin="lower" if upright else "upper")  # type: ignore[attr-defined]
    if mask.any():
        axes.contour(mask.astype(float), levels=[0.5], colors=["#FF8C1A"], linewidths=0.9)  # type: ignore[attr-defined]
    axes.set_axis_off()  # type: ignore[attr-defined]


def main(arguments: list[str]) -> None:
    """All CTs in alphabetical order."""
    folder, names = Path(arguments[0]), arguments[1:]
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(DATA.rglob("ct.nii.gz")):
        name = path.parent.name
        if names and not any(one in name for one in names):
            continue
        draw(name, read_nifti_volume(path)[0], folder)
        print(f"{name}.png", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
