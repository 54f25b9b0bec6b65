"""Which group do lesions drawn into real acetabula get? Truth by construction, from what was drawn on healthy bone.

Writes ``docs/validation/acetabulum.md``; some minutes; needs ``../shared/data``. Seeded. ``--site`` measures one hip.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from acetabulum_page import write_page
from buttress.exchange.nifti import read_nifti_volume
from buttress.measure.acetabulum import measure_acetabulum
from buttress.measure.acetabulum.frame import SocketFrame, find_frame
from buttress.measure.acetabulum.sectors import Sectors, cut_sectors
from buttress.measure.head_sphere import HeadSphere, fit_head_sphere
from buttress.numerics.resample import sample
from buttress.phantom.lytic_lesion import LesionSpec, bone_envelope, draw_lesion
from buttress.records.acetabulum import PARTS, classify_acetabulum
from buttress.records.case import Lesion
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
PAGE = ROOT / "docs" / "validation" / "acetabulum.md"
DESTROYED = 1 / 3


@dataclass(frozen=True, slots=True)
class Site:
    """A hip, and a point near its head (LPS mm); the head found on the healthy CT was looked at in pictures."""

    name: str
    file: str
    side: str
    near_mm: tuple[float, float, float]
    held_out: bool = True


SITES = (
    Site("STS_044 right", "sts-ibsi/STS_044/ct.nii.gz", "right", (-84.0, 20.0, -736.0), held_out=False),
    Site("STS_036 left", "sts-ibsi/STS_036/ct.nii.gz", "left", (83.0, 34.0, -652.0)),
    Site("TotalSegmentator example, right", "totalsegmentator-example/ct.nii.gz", "right", (-84.0, -142.0, 128.0)),
    Site("TotalSegmentator example, left (nail)", "totalsegmentator-example/ct.nii.gz", "left", (85.0, -140.0, 131.0)),
)
SHAPES: dict[str, tuple[tuple[float, float, float], tuple[float, float, float], float]] = {
    "dome": ((0.08, 0.0, 1.0), (40.0, 46.0, 30.0), 12.0),
    "medial": ((1.0, 0.0, 0.0), (20.0, 44.0, 46.0), 7.0),
    "rim": ((-0.85, 0.0, 0.6), (34.0, 44.0, 34.0), 9.0),
    "spot": ((0.1, 0.1, 1.0), (12.0, 12.0, 9.0), 6.0),
}
"""Direction (medial, anterior, superior) of the middle of what is drawn, its axes in that order and its depth, mm."""
PATTERNS = (("spot",), ("medial",), ("dome",), ("rim",), ("dome", "medial"), ("dome", "medial", "rim"))


@dataclass(frozen=True, slots=True)
class Row:
    """One drawn lesion: what is true, what was measured ``[value, low, high]``, and how far the head was missed."""

    site: str
    held_out: bool
    drawn: str
    true_group: str
    true_parts: dict[str, float]
    groups: list[str]
    parts: dict[str, list[float | None]]
    head_missed_mm: float
    why: str
    cpu_s: float


def drawn(
    ct: Volume, head: HeadSphere, frame: SocketFrame, shapes: tuple[str, ...], box: Sectors
) -> tuple[Volume, Mask, np.ndarray]:
    """The CT with the shapes drawn one after the other, the lesion's outline, and the drawn weight on the boxes."""
    inside, weight = np.zeros(ct.grid.shape, dtype=bool), np.zeros(box.box.shape)
    points = box.box.to_mm(np.moveaxis(np.indices(box.box.shape), 0, -1))
    for number, shape in enumerate(shapes):
        direction, (across, deep, high), depth = SHAPES[shape]
        m, a, s = np.array(direction) / np.linalg.norm(direction)
        away = m * frame.medial + a * frame.anterior + s * frame.superior
        x, y, z = (np.array(head.centre_mm) + (head.radius_mm + depth) * away).tolist()
        bone = outside_the_head(bone_envelope(ct, (x, y, z)), head)
        spec = LesionSpec((x, y, z), (high, across, deep), (0, 0, 1), (1, 0, 0), roughness=0.1, seed=number)
        lesion = draw_lesion(ct, bone, spec)
        ct, inside = lesion.ct, inside | lesion.lesion.inside
        weight = np.maximum(weight, sample(lesion.weight, lesion.grid, points, outside=0.0))
    return ct, Mask(ct.grid, inside), weight


def outside_the_head(bone: Mask, head: HeadSphere) -> Mask:
    index = np.argwhere(bone.inside)
    near = np.linalg.norm(bone.grid.to_mm(index) - np.array(head.centre_mm), axis=1) < head.radius_mm + 2.5
    inside = bone.inside.copy()
    inside[tuple(index[near].T)] = False
    return Mask(bone.grid, inside)


def truth(healthy: Sectors, weight: np.ndarray) -> tuple[str, dict[str, float]]:
    """The class and share of each part's healthy bone that was drawn away."""
    shares = {part: float(weight[healthy.parts[part] & healthy.healthy].mean()) for part in PARTS}
    wall, roof, rim = (shares[part] >= DESTROYED for part in PARTS[1:])
    return classify_acetabulum(max(shares.values()) > 0.003, wall, roof, rim, collapse=False), shares


def measured(site: Site) -> list[Row]:
    """Every drawn lesion of a hip."""
    ct, _ = read_nifti_volume(DATA / site.file)
    nothing = Mask(ct.grid, np.zeros(ct.grid.shape, dtype=bool))
    head = fit_head_sphere(ct, site.near_mm, reach_mm=15.0)
    assert head is not None
    frame = find_frame(ct, head, nothing, "left" if site.side == "left" else "right", site.name)
    assert isinstance(frame, SocketFrame), frame
    healthy = cut_sectors(ct, head, frame, nothing)
    rows = []
    for shapes in PATTERNS:
        sick, mask, weight = drawn(ct, head, frame, shapes, healthy)
        group, shares = truth(healthy, weight)
        started = time.process_time()
        try:
            found = measure_acetabulum(sick, Lesion(id="a", bone="acetabulum", side=site.side), mask)
        except ButtressError as refused:
            found = refused.found
        cpu_s = time.process_time() - started
        told = not isinstance(found, str)
        row = Row(
            site.name,
            site.held_out,
            "+".join(shapes),
            group,
            shares,
            list(found.groups()) if told else [],
            {p: [getattr(getattr(found, p), end) for end in ("value", "low", "high")] for p in PARTS} if told else {},
            float(np.linalg.norm(np.subtract(found.head_centre_mm, head.centre_mm))) if told else float("nan"),
            "" if told else str(found),
            cpu_s,
        )
        rows.append(row)
        print(json.dumps(asdict(row)), flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=int, help="only this hip, printed as JSON lines; the page is not written")
    parser.add_argument("--from-lines", type=Path, help="write the page from JSON lines printed before")
    told = parser.parse_args()
    if told.site is not None:
        measured(SITES[told.site])
        return
    lines = told.from_lines.read_text().splitlines() if told.from_lines else []
    rows = [Row(**json.loads(line)) for line in lines] or [row for site in SITES for row in measured(site)]
    PAGE.write_text(write_page(rows))
    print(Counter((row.true_group, " or ".join(row.groups) or "not told") for row in rows))


if __name__ == "__main__":
    sys.exit(main())
