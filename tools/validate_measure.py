"""How far are the measures from the truth? Generated lesions, each measured from its mask and from one click.

``make validate-measure`` draws 360 seeded lesions (half an hour on two cores) and writes the page
``docs/validation/measure.md``. ``--count 24`` draws fewer, ``--only 7`` one and prints it, ``--kind hip`` one kind.
What was measured is kept by seed in a scratch folder that is named after the measuring code, so that a stopped run goes
on and a changed code starts anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import multiprocessing
import sys
import tempfile
import time
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from buttress.exchange.nifti import read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure import measure_lesion
from buttress.records.case import Case, Lesion
from buttress.records.document import ButtressError
from buttress.records.findings import LesionFindings, Measure, Observation, SeenLesion
from buttress.records.image import Imaging, Volume
from same_patient import WAYS
from validation_lesions import KINDS, REAL, Trial, draw_trial
from validation_page import measure_page

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "validation" / "measure.md"
DATA = ROOT.parent / "shared" / "data"
FULL = 360
MEASURES = (
    "axial_cortical_involvement_mm",
    "circumferential_cortical_involvement_fraction",
    "cortical_destruction_fraction",
    "width_fraction",
    "longest_diameter_mm",
    "orthogonal_diameter_mm",
    "volume_ml",
    "soft_tissue_extension_ml",
)
SEEN = ("cortical_breach", "side", "matrix")


def measured(trial: Trial, *, by_click: bool) -> tuple[dict[str, Any], SeenLesion | None]:
    """What the measuring says of a trial as plain values, or under ``refused`` why it says nothing."""
    lesion = Lesion(id="a", bone=trial.bone, seed_mm=trial.click_mm if by_click else None)
    imaging = Imaging(trial.ct, {} if by_click else {"a": trial.lesion})
    try:
        seen = measure_lesion(Case(id="c", lesions=(lesion,)), lesion, imaging, load_bones()[trial.bone])
    except ButtressError as error:
        return {"refused": error.message}, None
    findings = seen.findings if isinstance(seen, SeenLesion) else seen
    if not isinstance(seen, SeenLesion):
        return {"refused": findings.volume_ml.note}, None
    return _plain(findings), seen


def _plain(findings: LesionFindings) -> dict[str, Any]:
    values: dict[str, Any] = {"notes": list(findings.notes)}
    for name in MEASURES:
        measure: Measure = getattr(findings, name)
        values[name] = None if measure.value is None else [measure.value, measure.low, measure.high]
    for name in SEEN:
        seen: Observation = getattr(findings, name)
        values[name] = seen.value
    return values


def dice(seen: SeenLesion | None, trial: Trial) -> float | None:
    """Overlap of a drafted lesion with the true one."""
    if seen is None:
        return None
    one, two = seen.lesion.inside, trial.lesion.inside
    return float(2 * np.sum(one & two) / (one.sum() + two.sum()))


SHOWN = "shown-otherwise-"
HIPS = ("STS_015", "STS_036", "STS_046")
POINTS_EACH = 8
DEEP_MM = 8.0
"""Ours: a click this deep in the filled bone is no click beside it."""


def healthy_clicks(hip: str, data: Path) -> dict[str, Any]:
    """How many clicks into a real hip without a bone lesion drew one all the same, and how many were tried."""
    ct, _ = read_nifti_volume(data / "sts-ibsi" / hip / "ct.nii.gz")
    drew = 0
    for point in _points_in_bone(ct):
        lesion = Lesion(id="a", bone="femur", seed_mm=point)
        try:
            seen = measure_lesion(Case(id="c", lesions=(lesion,)), lesion, Imaging(ct), load_bones()["femur"])
        except ButtressError:
            continue
        drew += isinstance(seen, SeenLesion)
    return {"hip": hip, "drew": drew, "tried": POINTS_EACH}


def _points_in_bone(ct: Volume) -> list[tuple[float, float, float]]:
    """Seeded points deep in the filled bone of a CT, of any bone in view (hip bone and femur)."""
    near = ndimage.generate_binary_structure(2, 1)
    slices = [
        ndimage.binary_fill_holes(ndimage.binary_closing(ct.values[:, :, k] > 220, near, iterations=5))
        for k in range(ct.grid.shape[2])
    ]
    deep = ndimage.distance_transform_edt(np.stack(slices, axis=2), sampling=ct.grid.spacing_mm) > DEEP_MM
    index = np.argwhere(deep)
    chosen = np.random.default_rng(0).choice(len(index), POINTS_EACH, replace=False)
    return [(x, y, z) for x, y, z in ct.grid.to_mm(index[chosen]).tolist()]


INVARIANCE_SEEDS = (6, 10, 34, 40)
"""Legs with a fibula, whose side can be told."""


def shown_otherwise(seed: int, data: Path) -> dict[str, Any]:
    """A lesion measured as it is and mirrored, reordered, rotated, resampled, cropped: what each way changes."""
    trial = draw_trial(seed, data)
    before, _ = measured(trial, by_click=False)
    ways = {}
    for way, change in WAYS.items():
        ct, lesion = change(trial.ct, trial.lesion)
        after, _ = measured(replace(trial, ct=ct, lesion=lesion), by_click=False)
        swapped = {"left": "right", "right": "left"}.get(str(before.get("side")))
        wanted = swapped if way == "mirrored" else before.get("side")
        pairs = {name: (before[name], after[name]) for name in MEASURES if before.get(name) and after.get(name)}
        ways[way] = {
            "apart": [name for name, (one, other) in pairs.items() if not _agree(one, other)],
            "compared": len(pairs),
            "axial_mm": abs(pairs[MEASURES[0]][1][0] - pairs[MEASURES[0]][0][0]) if MEASURES[0] in pairs else None,
            "points": abs(pairs[MEASURES[1]][1][0] - pairs[MEASURES[1]][0][0]) * 100 if MEASURES[1] in pairs else None,
            "side_right": after.get("side") in (wanted, None),
        }
    return {"shown_otherwise": seed, "ways": ways}


def _agree(one: list[float], other: list[float]) -> bool:
    """Whether the value of one lies in the interval of the other."""
    return other[1] <= one[0] <= other[2] or one[1] <= other[0] <= one[2]


def run_seed(seed: int, data: Path, kind: str | None = None) -> dict[str, Any]:
    """Draw and measure one lesion; everything about it as plain values."""
    start = time.process_time()
    trial = draw_trial(seed, data, kind)
    drawn_s = time.process_time() - start
    by_mask, _ = measured(trial, by_click=False)
    by_click, seen = measured(trial, by_click=True)
    return {
        "seed": seed,
        "kind": trial.kind,
        "shape": trial.shape,
        "bone": trial.bone,
        "spacing_mm": trial.ct.grid.spacing_mm.tolist(),
        "radius_mm": trial.radius_mm,
        "cortex_mm": trial.cortex_mm,
        "tilt_deg": trial.tilt_deg,
        "noise_hu": None if math.isnan(trial.noise_hu) else trial.noise_hu,
        "truth": asdict(trial.truth),
        "mask": by_mask,
        "click": by_click,
        "dice": dice(seen, trial),
        "seconds": [drawn_s, time.process_time() - start - drawn_s],
    }


def kept(what: int | str, scratch: Path, data: Path, kind: str | None) -> dict[str, Any]:
    """The result of a seed (or of a healthy hip) from the scratch folder, or measured now and put there."""
    path = scratch / f"{kind or 'any'}-{what}.json"
    if not path.is_file():
        result = _made(what, data, kind)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(result, indent=1), "utf-8")
        unfinished.replace(path)
    result = json.loads(path.read_text("utf-8"))
    print(line(result) if "seed" in result else result, flush=True)
    return result


def _made(what: int | str, data: Path, kind: str | None) -> dict[str, Any]:
    if isinstance(what, int):
        return run_seed(what, data, kind)
    if what.startswith(SHOWN):
        return shown_otherwise(int(what.removeprefix(SHOWN)), data)
    return healthy_clicks(what, data)


def line(result: dict[str, Any]) -> str:
    """One result in one line: axial and circumference against the truth, Dice of the click, sides."""
    cells = [f"seed {result['seed']:3d} {result['kind']:6s}"]
    for name in MEASURES[:3]:
        true = result["truth"][name]
        found = [result[way].get(name) for way in ("mask", "click")]
        values = "/".join("-" if one is None else f"{one[0]:.2f}" for one in found)
        cells.append("" if true is None else f"{name.split('_')[0]} {true:.2f}: {values}")
    overlap = result["dice"]
    cells.append("no outline" if overlap is None else f"dice {overlap:.2f}")
    cells.append(f"side {result['truth']['side']}: {result['mask'].get('side')}/{result['click'].get('side')}")
    cells.append("{:.0f}+{:.0f} s".format(*result["seconds"]))
    return ", ".join(filter(None, cells))


def code_digest() -> str:
    """What the measuring and the drawing are made of, in twelve signs."""
    folders = [ROOT / "src" / "buttress" / room for room in ("measure", "phantom", "numerics")]
    files = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    files.append(ROOT / "tools" / "validation_lesions.py")
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def wanted_seeds(arguments: argparse.Namespace, data: Path) -> list[int]:
    """The seeds to run; real shafts are left out where their CTs are not here."""
    seeds = arguments.only or range(arguments.first, arguments.first + arguments.count)
    here = data.is_dir()
    return [seed for seed in seeds if here or (arguments.kind or KINDS[seed % len(KINDS)]) not in REAL]


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=FULL, help=f"how many lesions ({FULL})")
    parser.add_argument("--seeds-only", dest="more", action="store_false", help="no healthy hips, no invariance")
    parser.add_argument(
        "--kept", action="store_true", help="measure nothing: the table of what is in the scratch folder"
    )
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--only", type=int, action="append", help="this seed alone, in full (may be repeated)")
    parser.add_argument("--kind", choices=sorted(set(KINDS)), help="draw this kind whatever the seed says")
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the real CTs")
    parser.add_argument("--scratch", type=Path, default=None, help="where results are kept between runs")
    parser.add_argument("--page", type=Path, default=None, help="where the table goes; left out: docs, for a full run")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run the study; print the table, and write the page when the run is whole or a page was named."""
    options = parsed(arguments)
    scratch = options.scratch or Path(tempfile.gettempdir()) / f"buttress-validation-{code_digest()}"
    scratch.mkdir(parents=True, exist_ok=True)
    whole = options.first == 0 and options.kind is None and not options.only
    seeds: list[int | str] = [*wanted_seeds(options, options.data)]
    if whole and options.more:
        seeds += [f"{SHOWN}{seed}" for seed in INVARIANCE_SEEDS]
        seeds += HIPS if options.data.is_dir() else ()
    if options.kept:
        seeds = [what for what in seeds if (scratch / f"{options.kind or 'any'}-{what}.json").is_file()]
    work = partial(kept, scratch=scratch, data=options.data, kind=options.kind)
    if options.jobs > 1 and len(seeds) > 1:
        with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
            results = pool.map(work, seeds, chunksize=1)
    else:
        results = [work(seed) for seed in seeds]
    if options.only:
        print(json.dumps(results, indent=1))
        return 0
    drawn, hips, shown = ([r for r in results if key in r] for key in ("seed", "hip", "shown_otherwise"))
    text = measure_page(drawn, hips, shown, FULL)
    print(text)
    page = options.page or (PAGE if whole and options.count >= FULL else None)
    if page is not None:
        page.write_text(text, "utf-8")
        print(f"wrote {page.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
