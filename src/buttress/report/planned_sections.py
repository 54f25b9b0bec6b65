"""Candidates, zones, cement, rigidity and appraisal, as blocks."""

from __future__ import annotations

import re

from buttress.records.document import PointMm
from buttress.records.number import Published
from buttress.records.plan import AblationStep, CementFill, Plan
from buttress.records.review import Appraisal, Level
from buttress.records.strength import OtherSideRigidity, Rigidity
from buttress.records.zone import AblationZone
from buttress.report.bibliography import Citations
from buttress.report.blocks import Block, Bullets, Cell, Table, Text, Tone
from buttress.report.plane import direction_letters
from buttress.report.words import (
    interval_text,
    joined,
    measure_cell,
    measure_text,
    method_text,
    number,
    origin_short,
    origin_text,
)

RULED = re.compile(r"(?P<effect>[A-Z][a-z ]*?) \((?P<rule>[^)]+)\): .* Because: ")
"""How planning writes a reason that a rule gave."""
LEVELS: dict[Level, tuple[str, Tone]] = {
    "PASS": ("PASS", "good"),
    "CAUTION": ("CAUTION", "warn"),
    "FAIL": ("FAIL", "bad"),
    "NOT_COMPUTED": ("not computed", "missing"),
}


def candidate_line(plan: Plan, zone: AblationZone | None) -> Cell:
    """The candidate in one line, with coverage and least margin."""
    parts = [plan.title]
    if plan.ablation is not None:
        setting = plan.ablation.setting
        device = "" if plan.ablation.title in plan.title else f"{plan.ablation.title}, "
        zone_mm = f"{_mm(setting.width_mm)} × {_mm(setting.length_mm)} mm"
        parts.append(f"{device}{setting.setting}, chart zone {zone_mm}")
    if zone is not None:
        parts.append(
            f"covers {measure_text(zone.coverage_fraction, percent=True)} of the lesion, least margin "
            f"{measure_text(zone.margin_mm)} (wanted {zone.wanted_margin_mm:g} mm)"
        )
    return Cell(f"{joined(parts)}.", note="A candidate to discuss, not a prescription.", tone="strong")


def plan_blocks(plan: Plan, cite: Citations) -> tuple[Block, ...]:
    """Steps, reasons, probes, cement, metal, and what nobody computed."""
    steps = Bullets("Steps", tuple(Cell(s.text, cites=cite.of(*s.evidence)) for s in plan.steps), ordered=True)
    blocks: list[Block] = [
        Text(Cell(f"{plan.title}. Techniques: {joined(plan.techniques).replace('_', ' ')}.", tone="strong")),
        steps,
        Bullets("Reasons", reasons(plan)),
    ]
    if plan.ablation is not None:
        blocks += [probes(plan.ablation), setting(plan.ablation, cite)]
    blocks += [_fills(plan)] if plan.fills else []
    if plan.fixations:
        blocks.append(Bullets("Metal", tuple(Cell(f"{f.kind}: {f.note}") for f in plan.fixations)))
    if plan.not_computed:
        blocks.append(Bullets("Not computed", tuple(Cell(item, tone="missing") for item in plan.not_computed)))
    return tuple(blocks)


def reasons(plan: Plan) -> tuple[Cell, ...]:
    """Reasons of the plan itself in full; those that rules gave by the rules' names: they stand with the techniques."""
    rules: dict[str, dict[str, None]] = {}
    own: list[Cell] = []
    for reason in plan.rationale:
        found = RULED.match(reason)
        if found:
            rules.setdefault(found["effect"], {})[found["rule"]] = None
        else:
            own.append(Cell(reason))
    named = (Cell(f"{effect}, by rules told under Techniques: {', '.join(names)}.") for effect, names in rules.items())
    return (*own, *named)


def probes(step: AblationStep) -> Table:
    """Where each probe goes, LPS mm."""
    rows = tuple(
        (
            Cell(f"P{n}", tone="strong"),
            Cell(_point(p.entry_mm)),
            Cell(_point(p.tip_mm)),
            Cell(f"{number(p.depth_mm, 'mm')} mm"),
            Cell(f"{number(p.bone_path_mm, 'mm')} mm"),
            Cell("not computed", tone="missing")
            if p.angle_to_axis_deg is None
            else Cell(f"{p.angle_to_axis_deg:.0f}°"),
            Cell(joined(f"{name} {number(d, 'mm')} mm" for name, d in p.clearances) or "none measured"),
        )
        for n, p in enumerate(step.placements, 1)
    )
    columns = ("Probe", "Skin entry", "Tip", "Depth", "In bone", "To axis", "Path clearances")
    return Table(
        "Probes: positions in LPS mm (x to the left, y to the back, z to the head); proposed by the planner",
        columns, (0.5, 1.5, 1.5, 0.8, 0.8, 0.7, 1.5), rows,
    )  # fmt: skip


def setting(step: AblationStep, cite: Citations) -> Table:
    """Device, setting and the published dimensions of its zone, with medium and source."""
    chart = step.setting
    rows = [
        (Cell("Device"), Cell(step.title), Cell("")),
        (Cell("Setting"), Cell(chart.setting, note=_dose(step)), Cell("")),
        (Cell("Zone width"), *_published(chart.width_mm, cite)),
        (Cell("Zone length"), *_published(chart.length_mm, cite)),
        (Cell("Edge that was measured"), Cell(chart.criterion), Cell("")),
        (Cell("Medium"), Cell(chart.medium), Cell("A chart zone; not a simulation of this patient.")),
        (Cell("Centre of the drawn zone"), Cell(_point(step.centre_mm)), Cell("LPS mm")),
    ]  # fmt: skip
    return Table(
        "Ablation: device and published zone", ("Item", "Value", "Source and validity"), (1.1, 2, 2), tuple(rows)
    )


def zone_blocks(zone: AblationZone, cite: Citations) -> tuple[Block, ...]:
    """How the drawn zone covers the lesion."""
    rows = [
        ("Lesion covered", zone.coverage_fraction, True),
        (f"Lesion with {zone.wanted_margin_mm:g} mm margin covered", zone.covered_with_margin_fraction, True),
        ("Least margin (negative: lesion outside the zone)", zone.margin_mm, False),
        ("Volume of the zone", zone.volume_ml, False),
    ]
    table = Table(
        "Zone: coverage and margin", ("Measure", "Value", "Interval", "Where it came from", "Method"),
        (1.6, 0.6, 0.8, 1.2, 2.2),
        tuple(
            (
                Cell(label), Cell(measure_text(m, percent=p), tone="strong" if m.value is not None else "missing"),
                Cell(interval_text(m, percent=p)), Cell(origin_text(m, "computed") or m.note), Cell(method_text(m)),
            )
            for label, m, p in rows
        ),
    )  # fmt: skip
    text = f"Zone status: {zone.status}. Edge: {zone.criterion}. Model: {zone.model}."
    near = joined(f"{name} {number(mm, 'mm')} mm" for name, mm in zone.structure_clearances)
    text += f" Zone edge to structures: {near}." if near else ""
    limits = Bullets("Limits of the zone", tuple(map(Cell, zone.limits)))
    return table, Text(Cell(text, cites=cite.of(*zone.evidence))), limits


def rigidity_rows(rigidity: Rigidity | None) -> tuple[tuple[Cell, ...], ...]:
    """The weakest ratio for the first page."""
    if rigidity is None:
        return ()
    found = rigidity.bending_ratio
    return (
        (
            Cell("Bending rigidity left", note="beam theory, not checked against fractures here"),
            measure_cell(found),
            Cell(origin_short(found, "computed")),
        ),
    )


def rigidity_blocks(rigidity: Rigidity, cite: Citations) -> tuple[Block, ...]:
    """Ratios with limits."""
    rows = tuple(
        (
            Cell(label), Cell(measure_text(m), tone="strong" if m.value is not None else "missing"),
            Cell(interval_text(m)), Cell(origin_text(m, "computed") or m.note), Cell(method_text(m)),
        )
        for label, m in (
            ("Axial, EA", rigidity.axial_ratio),
            ("Bending, EI, weakest direction", rigidity.bending_ratio),
            ("Torsion, GJ, true (with warping)", rigidity.torsion_ratio),
            ("Torsion, GJ, polar sum", rigidity.torsion_polar_ratio),
        )
    )  # fmt: skip
    columns = ("Rigidity", "Ratio", "Interval", "Where it came from", "Method")
    blocks: list[Block] = [
        Table(
            "Least rigidity: with the lesion, divided by the same bone healed", columns, (1.3, 0.6, 0.8, 1.5, 1.8), rows
        ),
        Text(Cell(f"Status: {rigidity.status}.", cites=cite.of(*rigidity.evidence))),
        *_other_side(rigidity.other_side, cite),
    ]
    if rigidity.open_section:
        blocks.append(
            Text(
                Cell(
                    "The cortex is interrupted at some level: the polar sum overstates torsional rigidity. The true "
                    "value is that of a section; a gap shorter than the bone is wide costs less than it says.",
                    tone="ask",
                )
            )
        )
    if rigidity.limits:
        blocks.append(Bullets("Limits of these ratios", tuple(map(Cell, rigidity.limits))))
    return tuple(blocks)


def _other_side(found: OtherSideRigidity | None, cite: Citations) -> tuple[Block, ...]:
    """The same over the other side of the body, with how far sound sides differ."""
    if found is None:
        return ()
    told = "; ".join(
        f"{name} {measure_text(one)} ({interval_text(one)})"
        for name, one in (
            ("axial", found.axial_ratio), ("bending", found.bending_ratio), ("torsion", found.torsion_ratio)
        )
    )  # fmt: skip
    words = (
        f"Over the mirrored other side, {found.bending_ratio.where}: {told}. Where nothing is wrong beside the lesion "
        f"the two sides differ already: {found.beside_low:.2f} to {found.beside_high:.2f}. Of healthy people the loads "
        "at failure of two sides differ by 17 ± 12 %, so a rule of 35 % is only twice that."
    )
    return (Text(Cell(words, cites=cite.of(*found.evidence))),)


def appraisal_table(appraisal: Appraisal, cite: Citations) -> Table:
    """Every criterion of one plan."""
    rows = tuple(
        (
            Cell(LEVELS[c.level][0], tone=LEVELS[c.level][1]),
            Cell(c.name),
            Cell(c.wanted),
            Cell(c.found or "not computed", tone="" if c.found else "missing", cites=cite.of(*c.evidence)),
        )
        for c in appraisal.criteria
    )
    return Table("Appraisal of the candidate", ("Level", "Criterion", "Wanted", "Found"), (0.8, 1.5, 1.5, 2.4), rows)


def _fills(plan: Plan) -> Table:
    rows = tuple(
        (
            Cell(f.target), Cell(f.cement.upper() if f.cement == "pmma" else f.cement), measure_cell(f.volume_ml),
            _leaks(f), Cell(joined((origin_text(f.volume_ml, "computed"), method_text(f.volume_ml)))),
        )
        for f in plan.fills
    )  # fmt: skip
    columns = ("Target", "Cement", "Volume (interval)", "Could leave at", "Where it came from")
    return Table("Cement", columns, (1.2, 0.7, 1.2, 1.5, 2.0), rows)


def _leaks(fill: CementFill) -> Cell:
    """Open cortex and what lies near, each with the way it lies from the lesion's middle."""
    if fill.leak_sites is None:
        return Cell("not looked for", tone="missing")
    told = [
        f"{site.what}{f' ({direction_letters(site.towards)})' if site.towards else ''}: "
        + (
            f"{site.area_mm2.value:.0f} mm² ({site.area_mm2.low:.0f} to {site.area_mm2.high:.0f})"
            if site.area_mm2 is not None
            else f"{measure_text(site.distance_mm)} away"
            if site.distance_mm is not None
            else "here"
        )
        for site in fill.leak_sites
    ]
    return Cell(joined(told), tone="warn") if told else Cell("no open cortex seen, nothing within 5 mm")


def _published(found: Published, cite: Citations) -> tuple[Cell, Cell]:
    span = f" ({found.low:g} to {found.high:g})" if found.low is not None and found.high is not None else ""
    origin = Cell(found.valid_for, cites=cite.of(found.evidence))
    return Cell(f"{found.value:g} {found.unit}{span}", tone="strong"), origin


def _dose(step: AblationStep) -> str:
    chart = step.setting
    power = f", {chart.power_w:g} W" if chart.power_w is not None else ""
    spacing = f", {chart.spacing_mm:g} mm apart" if chart.spacing_mm is not None else ""
    return f"{chart.duration_s / 60:g} min in all{power}; chart for {chart.probes} probe(s){spacing}"


def _point(point: PointMm) -> str:
    return ", ".join(f"{v:.1f}".replace("-", "−") for v in point)


def _mm(found: Published) -> str:
    return f"{found.value:g}"
