"""How far are the measures from the truth? Lesions drawn into real shafts, measured from their mask and from one click.

Writes ``docs/validation/measures.md``; takes some minutes: ``make validate-measures`` (needs ``../shared/data``).
The draw is seeded; the truth comes from ``lesion_truth``, which shares no code with the measuring.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from buttress.exchange.nifti import read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure import measure_lesion
from buttress.phantom.lesion_truth import shaft_axis, shaft_truth
from buttress.phantom.lytic_lesion import LesionSpec, bone_envelope, draw_lesion
from buttress.records.case import Case, Lesion
from buttress.records.document import ButtressError
from buttress.records.findings import LesionFindings, Measure, SeenLesion
from buttress.records.image import Imaging, Mask, Volume

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "validation" / "measures.md"
CIRCUMFERENCE = "circumferential_cortical_involvement_fraction"
LEG = "visible-human-female-legs/leg_right_ct.nii.gz"


INTRODUCTION = """\
Lesions drawn by `tools/lytic_lesion.py` (seeded) into real CTs: the Visible Human leg (1 mm voxels) and femora
of STS_011 and STS_027 (0.98 x 0.98 x 3.27 mm, the shaft up to 39° off the table's axis). Truth: the drawing
without noise on the healthy CT, in planes normal to the shaft (`tools/lesion_truth.py`; no code shared with
measuring). The click is the centre of the drawn mask. Ours is followed by the miss, and by *outside* where the
printed interval did not hold the truth."""


@dataclass(frozen=True, slots=True)
class Site:
    """A shaft to draw into: file, bone, a point in its marrow, and how many lesions."""

    file: str
    bone: str
    near_mm: tuple[float, float, float]
    lesions: int


SITES = (
    Site(LEG, "tibia", (185.0, 270.0, 365.0), 4),
    Site(LEG, "tibia", (189.0, 278.0, 300.0), 4),
    Site("sts-ibsi/STS_011/ct.nii.gz", "femur", (-120.8, -58.9, -768.7), 3),
    Site("sts-ibsi/STS_027/ct.nii.gz", "femur", (121.9, 35.8, 769.9), 3),
)


@dataclass(frozen=True, slots=True)
class Result:
    """One lesion: truth and findings by mask and by click (``None`` where the click found no defect)."""

    name: str
    truth: dict[str, float]
    by_mask: LesionFindings
    by_click: LesionFindings | None


def draw(site: Site, ct: Volume, number: int) -> tuple[Volume, Mask, dict[str, float]]:
    """One seeded lesion: altered CT, mask and truth."""
    random = np.random.default_rng([number, len(site.file), int(abs(site.near_mm[2]))])
    bone = bone_envelope(ct, site.near_mm)
    axis = shaft_axis(bone, site.near_mm, 30.0)
    across, other = axis.across
    turn, off = random.uniform(0, 2 * np.pi), random.uniform(5.0, 9.0)
    along = (np.array(site.near_mm) - axis.point_mm) @ axis.direction
    centre = axis.point_mm + along * axis.direction + off * (np.cos(turn) * across + np.sin(turn) * other)
    x, y, z = centre.tolist()
    spec = LesionSpec(
        centre_mm=(x, y, z),
        axes_mm=(random.uniform(20, 45), random.uniform(14, 22), random.uniform(12, 18)),
        long_axis=tuple(axis.direction.tolist()),
        mid_axis=tuple(across.tolist()),
        roughness=random.uniform(0.12, 0.25),
        margin_mm=random.uniform(1.0, 2.5),
        extra_mm=float(random.choice([0.0, 1.0, 2.0])),
        seed=number,
    )
    drawn = draw_lesion(ct, bone, spec)
    truth = shaft_truth(ct, bone, drawn, axis)
    keys = ("axial_cortical_involvement_mm", CIRCUMFERENCE, "volume_ml")
    return drawn.ct, drawn.lesion, {key: float(truth[key]) for key in keys}  # type: ignore[arg-type]


def measured(lesion: Lesion, imaging: Imaging) -> LesionFindings | None:
    """Findings of one lesion, or ``None`` where none could be outlined."""
    try:
        seen = measure_lesion(Case(id="c", lesions=(lesion,)), lesion, imaging, load_bones()[lesion.bone])
    except ButtressError:
        return None
    return seen.findings if isinstance(seen, SeenLesion) else None


def study(data: Path) -> Iterator[Result]:
    """Every lesion of every site."""
    for site in SITES:
        ct, _ = read_nifti_volume(data / site.file)
        for number in range(1, site.lesions + 1):
            altered, mask, truth = draw(site, ct, number)
            x, y, z = mask.points_mm().mean(axis=0).tolist()
            by_mask = measured(Lesion(id="a", bone=site.bone), Imaging(altered, {"a": mask}))
            by_click = measured(Lesion(id="a", bone=site.bone, seed_mm=(x, y, z)), Imaging(altered))
            assert by_mask is not None
            scan = site.file.split("/")[1].removesuffix(".nii.gz")
            name = f"{scan}, {site.bone}, z {site.near_mm[2]:.0f}, draw {number}"
            print(name, truth, flush=True)
            yield Result(name, truth, by_mask, by_click)


HIPS = ("STS_015", "STS_036", "STS_046")
POINTS_EACH = 8
DEEP_MM = 8.0


def healthy_points(ct: Volume) -> list[tuple[float, float, float]]:
    """Seeded points deep in the filled bone of a CT, of any bone in view (hip bone and femur)."""
    near = ndimage.generate_binary_structure(2, 1)
    slices = [
        ndimage.binary_fill_holes(ndimage.binary_closing(ct.values[:, :, k] > 220, near, iterations=5))
        for k in range(ct.grid.shape[2])
    ]
    deep = ndimage.distance_transform_edt(np.stack(slices, axis=2), sampling=ct.grid.spacing_mm) > DEEP_MM
    index = np.argwhere(deep)
    chosen = np.random.default_rng(0).choice(len(index), POINTS_EACH, replace=False)
    return [tuple(point) for point in ct.grid.to_mm(index[chosen]).tolist()]


def false_drafts(data: Path) -> tuple[int, int]:
    """How many clicks into real hips without a bone lesion drew one, and how many were tried."""
    drafted = tried = 0
    for name in HIPS:
        ct, _ = read_nifti_volume(data / "sts-ibsi" / name / "ct.nii.gz")
        for point in healthy_points(ct):
            found = measured(Lesion(id="a", bone="femur", seed_mm=point), Imaging(ct))
            drafted, tried = drafted + (found is not None), tried + 1
            print(name, point, "draft" if found else "none", flush=True)
    return drafted, tried


def miss(measure: Measure | None, truth: float, scale: float = 1.0) -> str:
    """Ours and the miss, and whether the printed interval held the truth."""
    if measure is None or measure.value is None:
        return "none found"
    held = measure.low is not None and measure.high is not None and measure.low <= truth <= measure.high
    return f"{measure.value * scale:.1f} ({(measure.value - truth) * scale:+.1f}{'' if held else ', outside'})"


def row(result: Result) -> str:
    """One lesion as a table row."""
    axial, around, volume = result.truth.values()
    cells = [result.name, f"{axial:.1f}", f"{100 * around:.1f}", f"{volume:.1f}"]
    for found in (result.by_mask, result.by_click):
        cells += [
            miss(found and found.axial_cortical_involvement_mm, axial),
            miss(found and found.circumferential_cortical_involvement_fraction, around, 100.0),
            miss(found and found.volume_ml, volume),
        ]
    return "| " + " | ".join(cells) + " |"


def summary(results: list[Result], key: str, scale: float) -> str:
    """Largest and mean miss from the mask, and how often the interval held the truth."""
    measures = [getattr(result.by_mask, key) for result in results]
    misses = [abs(m.value - r.truth[key]) * scale for m, r in zip(measures, results, strict=True)]
    held = sum(m.low <= r.truth[key] <= m.high for m, r in zip(measures, results, strict=True))
    return f"mean miss {np.mean(misses):.1f}, largest {np.max(misses):.1f}, interval held {held} of {len(results)}"


def page(results: list[Result], healthy: tuple[int, int]) -> str:
    """The whole page."""
    lines = [
        "<!-- made by tools/validate_measures.py (make validate-measures) -->",
        "# Measures against drawn lesions in real shafts",
        "",
        INTRODUCTION,
        "",
        f"- Axial involvement, mm, from the mask: {summary(results, 'axial_cortical_involvement_mm', 1.0)}.",
        f"- Circumference, points, from the mask: {summary(results, CIRCUMFERENCE, 100.0)}.",
        f"- Volume, ml, from the mask: {summary(results, 'volume_ml', 1.0)}.",
        f"- From one click: {sum(r.by_click is not None for r in results)} of {len(results)} outlined.",
        f"- Clicks into hips without a bone lesion (points deep in the bones of {', '.join(HIPS)}): "
        f"{healthy[0]} of {healthy[1]} drew a lesion all the same.",
        "",
        "| lesion | axial mm | circ. % | ml | mask: axial | circ. | ml | click: axial | circ. | ml |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(row(result) for result in results),
        "",
        "What this does not show: lesions of real patients, and sites other than shafts. The truth is ours too: drawn.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the study and write the page."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"
    if not data.is_dir():
        print("the real CTs are not here: name their folder")
        return 2
    results, healthy = list(study(data)), false_drafts(data)
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(results, healthy), "utf-8")
    print(f"wrote {PAGE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
