"""Which group do lesions drawn into real acetabula get? Truth by construction: the parts that were drawn away.

Prints a table of fractions and a confusion table; some minutes; needs ``../shared/data``. Seeded.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from buttress.exchange.nifti import read_nifti_volume
from buttress.measure.acetabulum import measure_acetabulum
from buttress.phantom.lytic_lesion import LesionSpec, bone_envelope, draw_lesion
from buttress.records.acetabulum import PARTS, AcetabulumFindings
from buttress.records.case import Lesion
from buttress.records.image import Mask, Volume

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Site:
    """A hip whose head was found by eye: file, side, the head's middle (LPS mm) and radius."""

    file: str
    side: str
    head_mm: tuple[float, float, float]
    radius_mm: float


SITES = (
    Site("sts-ibsi/STS_044/ct.nii.gz", "right", (-84.0, 20.0, -736.0), 25.0),
    Site("totalsegmentator-example/ct.nii.gz", "left", (85.0, -141.0, 131.0), 25.5),
)

SHAPES: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "dome": ((0.08, 0.0, 1.0), (40.0, 46.0, 30.0)),
    "medial": ((1.0, 0.0, 0.0), (20.0, 44.0, 46.0)),
    "rim": ((-0.85, 0.0, 0.6), (34.0, 44.0, 34.0)),
    "spot": ((0.1, 0.1, 1.0), (12.0, 12.0, 9.0)),
}
"""Direction (medial, anterior, superior) of the middle of what is drawn, and its axes in the same order, mm."""
DEPTH_MM = {"dome": 12.0, "medial": 7.0, "rim": 9.0, "spot": 6.0}
PATTERNS = {
    ("spot",): "I",
    ("medial",): "II",
    ("dome",): "partial",
    ("rim",): "partial",
    ("dome", "medial"): "partial",
    ("dome", "medial", "rim"): "III",
}


def drawn(ct: Volume, site: Site, shapes: tuple[str, ...]) -> tuple[Volume, Mask]:
    """The CT with the shapes drawn one after the other, and their union."""
    sign = -1.0 if site.side == "left" else 1.0
    inside = np.zeros(ct.grid.shape, dtype=bool)
    for number, shape in enumerate(shapes):
        (m, a, s), (across, deep, high) = SHAPES[shape]
        away = np.array([sign * m, -a, s]) / np.linalg.norm([m, a, s])
        x, y, z = (np.array(site.head_mm) + (site.radius_mm + DEPTH_MM[shape]) * away).tolist()
        bone = _outside_the_head(bone_envelope(ct, (x, y, z)), site)
        spec = LesionSpec((x, y, z), (high, across, deep), (0, 0, 1), (1, 0, 0), roughness=0.1, seed=number)
        lesion = draw_lesion(ct, bone, spec)
        ct = lesion.ct
        inside |= lesion.lesion.inside
    return ct, Mask(ct.grid, inside)


def _outside_the_head(bone: Mask, site: Site) -> Mask:
    index = np.argwhere(bone.inside)
    near = np.linalg.norm(bone.grid.to_mm(index) - np.array(site.head_mm), axis=1) < site.radius_mm + 2.5
    inside = bone.inside.copy()
    inside[tuple(index[near].T)] = False
    return Mask(bone.grid, inside)


def study() -> Iterator[tuple[str, str, AcetabulumFindings | str]]:
    """Name, true group and findings of every drawn lesion."""
    for site in SITES:
        ct, _ = read_nifti_volume(DATA / site.file)
        for shapes, truth in PATTERNS.items():
            sick, mask = drawn(ct, site, shapes)
            lesion = Lesion(id="a", bone="acetabulum", side=site.side)
            yield (
                f"{site.file.split('/')[-2]} {site.side} {'+'.join(shapes)}",
                truth,
                measure_acetabulum(sick, lesion, mask),
            )


def main() -> None:
    counted: Counter[tuple[str, str]] = Counter()
    for name, truth, found in study():
        if isinstance(found, str):
            print(name, truth, found, flush=True)
            counted[truth, "not told"] += 1
            continue
        group = " or ".join(found.groups())
        counted[truth, group] += 1
        shares = " ".join(f"{part} {getattr(found, part).value:.2f}" for part in PARTS)
        head = np.round(found.head_centre_mm, 1).tolist()
        print(f"{name:45s} true {truth:8s} measured {group:18s} {shares} head {head}", flush=True)
    print("\ntrue -> measured: lesions")
    for (truth, group), number in sorted(counted.items()):
        print(f"{truth:8s} -> {group:22s} {number}")


if __name__ == "__main__":
    sys.exit(main())
