"""The table of ``validate_measure.py``: errors, coverage and sides beside what was aimed at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

Result = dict[str, Any]
TITLE = "# Measures against lesions of known truth"
SPONGY = ("flat", "hip")
COVERAGE = (0.85, 0.97)


@dataclass(frozen=True, slots=True)
class Row:
    """A measure of the table: its name in the findings, in words, the scale and unit it is printed in, its aims.

    ``tail_in_slices`` marks an aim for the 95th percentile that is one slice.
    """

    key: str
    words: str
    scale: float
    unit: str
    median_aim: float | None = None
    tail_aim: float | None = None
    tail_in_slices: bool = False


ROWS = (
    Row("axial_cortical_involvement_mm", "axial involvement", 1.0, "mm", 1.0, None, True),
    Row("circumferential_cortical_involvement_fraction", "circumference", 100.0, "points", 3.0, 8.0),
    Row("cortical_destruction_fraction", "destruction fraction", 1.0, "", 0.07),
    Row("width_fraction", "width fraction", 1.0, ""),
    Row("longest_diameter_mm", "longest diameter", 1.0, "mm"),
    Row("orthogonal_diameter_mm", "diameter across it", 1.0, "mm"),
    Row("volume_ml", "volume", 1.0, "ml"),
    Row("soft_tissue_extension_ml", "soft-tissue extension", 1.0, "ml"),
)
LIMITS: tuple[tuple[str, str, tuple[float, ...], Callable[[Result], float]], ...] = (
    ("axial_cortical_involvement_mm", "axial 30 mm", (30.0,), lambda r: slice_mm(r)),
    (
        "circumferential_cortical_involvement_fraction",
        "circumference 50 %",
        (0.5,),
        lambda r: slice_mm(r) / (2 * np.pi * r["radius_mm"]),
    ),
    ("width_fraction", "width 1/3 and 2/3", (1 / 3, 2 / 3), lambda r: slice_mm(r) / (2 * r["radius_mm"])),
)
"""The scores' limits, and what one slice is in the measure's own unit."""
STRATA: tuple[tuple[str, Callable[[Result], bool]], ...] = (
    ("largest voxel edge up to 1.0 mm", lambda r: slice_mm(r) <= 1.0),
    ("1.0 to 2.0 mm", lambda r: 1.0 < slice_mm(r) <= 2.0),
    ("over 2.0 mm", lambda r: slice_mm(r) > 2.0),
    ("tilt up to 20°", lambda r: r["tilt_deg"] <= 20),
    ("tilt 20 to 40°", lambda r: 20 < r["tilt_deg"] <= 40),
    ("tilt over 40°", lambda r: r["tilt_deg"] > 40),
    ("cortex under 2 mm", lambda r: r["cortex_mm"] < 2),
    ("cortex 2 to 4 mm", lambda r: 2 <= r["cortex_mm"] < 4),
    ("cortex 4 mm and more", lambda r: r["cortex_mm"] >= 4),
    ("notch", lambda r: r["shape"] == "notch"),
    ("rough ellipsoid", lambda r: r["shape"] == "ellipsoid"),
    ("straight tube", lambda r: r["kind"] == "tube"),
    ("flared shaft", lambda r: r["kind"] == "flared"),
    ("curved shaft", lambda r: r["kind"] == "curved"),
    ("real shafts", lambda r: r["kind"] in ("leg", "femur")),
)
INTRODUCTION = """\
{count} lesions drawn by `buttress.phantom` (seeded): {kinds}.
Tilt 0 to 60°, voxels 0.5 to 3.3 mm, noise 10 to 35 HU, cortex 1 to 6 mm; half of the shaft lesions lie near the limits
of the scores (25 to 35 mm, 40 to 60 %). Each is measured from its own mask and from one click, off its middle by up to
a quarter of its short axis. The truth comes from the drawing without noise, with no code of the measuring
([definitions](../measures.md), `src/buttress/phantom/lesion_truth.py`). "Held" is the share of lesions whose true value
lies in the printed interval (of fractions, those whose truth is neither 0 nor 1: there the interval ends); 85 to 97 %
is aimed at. **Bold** misses its aim. The volume of a mask is held too often: its interval is half a voxel of outline,
and here the mask is the drawing itself, so only the counting of voxels can be wrong."""
ALL = 0.999
"""A fraction from here on is all."""


def slice_mm(result: Result) -> float:
    """The largest voxel edge: one slice."""
    return float(max(result["spacing_mm"]))


def pairs(results: Iterable[Result], way: str, key: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors, whether the interval held the truth, and one slice in mm, where both truth and measure exist.

    ``held`` is for the truths that could be missed: a fraction whose truth is 0 or 1 lies at the end of its interval.
    """
    rows = []
    for result in results:
        true, found = result["truth"].get(key), result[way].get(key)
        if true is not None and found is not None:
            value, low, high = found
            held = low is not None and high is not None and low - 1e-9 <= true <= high + 1e-9
            at_end = key.endswith("_fraction") and not 0.0 < true < ALL
            rows.append((value - true, held, slice_mm(result), at_end))
    table = np.array(rows, dtype=float).reshape(-1, 4)
    return table[:, 0], table[table[:, 3] == 0, 1] > 0, table[:, 2]


def missed(text: str, wrong: bool) -> str:
    """Bold where an aim is missed."""
    return f"**{text}**" if wrong else text


def error_table(results: list[Result]) -> list[str]:
    """Errors and coverage by measure, from the mask and from the click."""
    lines = [
        "| measure | from | n | median error | 95th percentile | largest | bias | held | aim |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in ROWS:
        for way in ("mask", "click"):
            errors, held, slices = pairs(results, way, row.key)
            if len(errors):
                lines.append(_error_row(row, way, errors, held, slices))
    return lines


def _error_row(row: Row, way: str, errors: np.ndarray, held: np.ndarray, slices: np.ndarray) -> str:
    off = np.abs(errors) * row.scale
    digits = 1 if row.scale > 1 or row.unit == "mm" else 2
    middle, tail = float(np.median(off)), float(np.percentile(off, 95))
    within = float(np.mean(off <= slices)) if row.tail_in_slices else 1.0
    share = float(held.mean()) if len(held) else None
    tail_text = f"{tail:.{digits}f}" + (f" ({within:.0%} within one slice)" if row.tail_in_slices else "")
    aims = [
        f"median {row.median_aim:g}" if row.median_aim is not None else "",
        f"95 % {row.tail_aim:g}" if row.tail_aim is not None else "",
        "95 % one slice" if row.tail_in_slices else "",
    ]
    cells = [
        f"{row.words}{f', {row.unit}' if row.unit else ''}",
        way,
        str(len(off)),
        missed(f"{middle:.{digits}f}", row.median_aim is not None and middle > row.median_aim),
        missed(tail_text, within < 0.95 or (row.tail_aim is not None and tail > row.tail_aim)),
        f"{off.max():.{digits}f}",
        f"{np.mean(errors) * row.scale:+.{digits}f}",
        "–" if share is None else missed(f"{share:.0%}", not COVERAGE[0] <= share <= COVERAGE[1]),
        ", ".join(filter(None, aims)),
    ]
    return "| " + " | ".join(cells) + " |"


def limit_table(results: list[Result]) -> list[str]:
    """How often a measure falls on the true side of a score's limit, for lesions further than one slice from it."""
    lines = ["| limit | from | lesions further than one slice | right side | aim |", "|---|---|---|---|---|"]
    for key, words, limits, one_slice in LIMITS:
        for way in ("mask", "click"):
            right = [
                all((result[way][key][0] > limit) == (result["truth"][key] > limit) for limit in limits)
                for result in results
                if result["truth"].get(key) is not None and result[way].get(key) is not None
                if min(abs(result["truth"][key] - limit) for limit in limits) > one_slice(result)
            ]
            if right:
                share = float(np.mean(right))
                lines.append(f"| {words} | {way} | {len(right)} | {missed(f'{share:.0%}', share < 0.95)} | 95 % |")
    return lines


def dice_table(results: list[Result]) -> list[str]:
    """Overlap of the outline from one click, spongy bone and diaphysis."""
    lines = ["| bone | lesions | not outlined | Dice, median | lowest tenth | aim |", "|---|---|---|---|---|---|"]
    groups: tuple[tuple[str, float | None, Callable[[Result], bool]], ...] = (
        ("spongy (plate, hip)", 0.85, lambda r: r["kind"] in SPONGY),
        ("plate", None, lambda r: r["kind"] == "flat"),
        ("hip", None, lambda r: r["kind"] == "hip"),
        ("diaphysis", 0.75, lambda r: r["kind"] not in SPONGY),
        ("diaphysis, rough ellipsoids", None, lambda r: r["kind"] not in SPONGY and r["shape"] == "ellipsoid"),
        ("diaphysis, real shafts", None, lambda r: r["kind"] in ("leg", "femur")),
    )
    for words, aim, chosen in groups:
        group = [result for result in results if chosen(result)]
        found = [result["dice"] for result in group if result["dice"] is not None]
        if not group:
            continue
        middle = float(np.median(found)) if found else 0.0
        low = f"{np.percentile(found, 10):.2f}" if found else "–"
        median = missed(f"{middle:.2f}", aim is not None and middle < aim)
        aimed = f"{aim:.2f}" if aim is not None else ""
        lines.append(f"| {words} | {len(group)} | {len(group) - len(found)} | {median} | {low} | {aimed} |")
    return lines


def seen_table(results: list[Result]) -> list[str]:
    """Side, breach and matrix: right, wrong, not told."""
    lines = ["| seen | from | right | wrong | not told | seeds that are wrong |", "|---|---|---|---|---|---|"]
    for key in ("side", "cortical_breach", "matrix"):
        for way in ("mask", "click"):
            known = [r for r in results if "refused" not in r[way]]
            wrong = [r["seed"] for r in known if r[way][key] is not None and r[way][key] != r["truth"][key]]
            untold = sum(r[way][key] is None for r in known)
            right = len(known) - len(wrong) - untold
            text = missed(str(len(wrong)), key == "side" and len(wrong) > 0)
            seeds = ", ".join(map(str, wrong[:20]))
            lines.append(f"| {key.replace('_', ' ')} | {way} | {right} | {text} | {untold} | {seeds} |")
    return lines


def strata_table(results: list[Result]) -> list[str]:
    """Median and 95th percentile of the two involvements from the mask, by how the lesion lies and was scanned."""
    lines = [
        "| shafts, from the mask | n | axial mm: median | 95 % | held | circumference, points: median | 95 % | held "
        "| destruction: median | held | Dice of click |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    shafts = [result for result in results if result["kind"] not in SPONGY]
    for words, chosen in STRATA:
        group = [result for result in shafts if chosen(result)]
        cells = [words, str(len(group))]
        for row in ROWS[:3]:
            errors, held, _ = pairs(group, "mask", row.key)
            off = np.abs(errors) * row.scale
            if len(off) == 0:
                cells += ["–"] * (2 if row is ROWS[2] else 3)
                continue
            digits = 2 if row is ROWS[2] else 1
            cells.append(f"{np.median(off):.{digits}f}")
            cells += [] if row is ROWS[2] else [f"{np.percentile(off, 95):.1f}"]
            cells.append(f"{held.mean():.0%}" if len(held) else "–")
        overlap = [result["dice"] for result in group if result["dice"] is not None]
        cells.append(f"{np.median(overlap):.2f}" if overlap else "–")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def shown_table(shown: list[Result]) -> list[str]:
    """What mirroring, reordering, rotating, resampling and cropping change."""
    seeds = ", ".join(str(one["shown_otherwise"]) for one in shown)
    lines = [
        f"The same legs (seeds {seeds}, from the mask) shown otherwise. Two measures agree when the value of one lies "
        "in the interval of the other.",
        "",
        "| shown | agree | largest change, axial mm | circumference, points | side right or untold | apart |",
        "|---|---|---|---|---|---|",
    ]
    for way in shown[0]["ways"]:
        ways = [one["ways"][way] for one in shown]
        compared, apart = sum(w["compared"] for w in ways), [name for w in ways for name in w["apart"]]
        largest = [max((w[key] for w in ways if w[key] is not None), default=0.0) for key in ("axial_mm", "points")]
        right = sum(w["side_right"] for w in ways)
        agree = missed(f"{compared - len(apart)} of {compared}", bool(apart))
        names = ", ".join(sorted(set(apart)))
        sides = missed(f"{right} of {len(ways)}", right < len(ways))
        lines.append(f"| {way} | {agree} | {largest[0]:.1f} | {largest[1]:.1f} | {sides} | {names} |")
    return lines


def refused_lines(results: list[Result]) -> list[str]:
    """Lesions that could not be measured from their mask, and shafts without an axis."""
    refused = [r["seed"] for r in results if "refused" in r["mask"]]
    axial = ROWS[0].key
    lost = [
        r["seed"]
        for r in results
        if r["truth"][axial] is not None and "refused" not in r["mask"] and r["mask"].get(axial) is None
    ]
    return [
        f"- Refused although a mask was given: {len(refused)}{_seeds(refused)}.",
        f"- Shafts measured from the mask without cortical involvement (no axis found): {len(lost)}{_seeds(lost)}.",
    ]


def healthy_lines(healthy: list[Result]) -> list[str]:
    """Clicks into real hips without a bone lesion."""
    if not healthy:
        return []
    drew, tried = (sum(one[key] for one in healthy) for key in ("drew", "tried"))
    names = [one["hip"] for one in healthy]
    return [
        f"- Clicks into real hips without a bone lesion (points deep in the bones of {', '.join(names)}): "
        f"{drew} of {tried} drew a lesion all the same."
    ]


def _seeds(seeds: list[int]) -> str:
    return f" (seeds {', '.join(map(str, seeds[:20]))})" if seeds else ""


def measure_page(results: list[Result], healthy: list[Result], shown: list[Result], full: int) -> str:
    """The whole page."""
    names = {"leg": "real tibia", "femur": "real femur", "flat": "plate"}
    counts = {kind: sum(r["kind"] == kind for r in results) for kind in dict.fromkeys(r["kind"] for r in results)}
    kinds = ", ".join(f"{n} {names.get(kind, kind)}" for kind, n in counts.items())
    seconds = np.array([r["seconds"] for r in results])
    parts = [
        [
            "<!-- made by tools/validate_measure.py (make validate-measure) -->",
            "# Measures against lesions of known truth",
        ],
        [INTRODUCTION.format(count=len(results), kinds=kinds)],
        [f"A part: {len(results)} of the {full} seeds of a whole run (`make validate-measure`)."]
        if len(results) < full
        else [],
        ["## Errors", "", *error_table(results)],
        ["## On the right side of a score's limit", "", *limit_table(results)],
        ["## The outline from one click", "", *dice_table(results)],
        ["## Side, breach, matrix", "", *seen_table(results)],
        ["## Shown otherwise", "", *shown_table(shown)] if shown else [],
        ["## By voxel, tilt, cortex and shape", "", *strata_table(results)],
        [
            "## What was not measured, and what was drawn for nothing",
            "",
            *refused_lines(results),
            *healthy_lines(healthy),
        ],
        [
            f"A lesion costs {seconds[:, 0].mean():.0f} s to draw, {seconds[:, 1].mean():.0f} s to measure twice. "
            "One seed again, in full: `python tools/validate_measure.py --only SEED`.",
            "",
            "What this does not show: lesions of real patients. The phantoms' bones are simpler than real "
            "ones, and every lesion is drawn.",
        ],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"
