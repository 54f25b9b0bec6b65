"""What was given and what was measured, as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from buttress.records.case import Lesion
from buttress.records.findings import Clearance, LesionFindings, Measure, Observation
from buttress.report.blocks import Block, Bullets, Cell, Table
from buttress.report.fact_words import Given, fact_table, label
from buttress.report.words import (
    MISSING,
    interval_text,
    measure_cell,
    measure_text,
    method_text,
    observation_text,
    origin_short,
    origin_text,
    sentence,
)

LABELS = {
    "longest_diameter_mm": "Longest diameter",
    "orthogonal_diameter_mm": "Largest diameter across it",
    "volume_ml": "Volume",
    "intraosseous_volume_ml": "Volume inside the bone",
    "mean_hu": "Mean density",
    "axial_cortical_involvement_mm": "Axial cortical involvement",
    "circumferential_cortical_involvement_fraction": "Circumferential cortical involvement",
    "cortical_destruction_fraction": "Cortical destruction",
    "width_fraction": "Share of the bone's width",
    "cortical_breach": "Cortex broken through",
    "matrix": "Matrix",
    "harrington_group": "Harrington group, as read on the CT",
    "soft_tissue_extension_ml": "Soft tissue outside the bone",
    "side": "Side, as the anatomy tells it",
    "fracture_seen": "Possible fracture seen",
    "bone_density": "Density of the bone around it",
    "expected_cortex_mm": "Intact cortex there, by the bone beside it",
    "mirrored_cortex_mm": "Intact cortex there, by the other side",
    "mirrored_cortex_difference_mm": "Other side less bone beside it",
}
KEY_NUMBERS = (
    "longest_diameter_mm",
    "axial_cortical_involvement_mm",
    "circumferential_cortical_involvement_fraction",
    "width_fraction",
    "cortical_breach",
    "soft_tissue_extension_ml",
)


def key_numbers(found: LesionFindings, rigidity_rows: Sequence[tuple[Cell, ...]] = ()) -> Block:
    """The numbers a board looks at first; a line where there is none."""
    seen = [(LABELS[name], getattr(found, name), name) for name in KEY_NUMBERS]
    rows = [_key_row(*one) for one in seen if one[1].value is not None]
    rows += [
        (Cell(names[0]), Cell(words, reason, "missing"), Cell(""))
        if len(names) == 1
        else _absent_row(names, words, reason)
        for names, words, reason in _absent(seen)
    ]
    if all(len(row) == 1 for row in rows) and not rigidity_rows:
        return Bullets("Key numbers", tuple(row[0] for row in rows))
    return Table("Key numbers", ("Measure", "Value (interval)", "Where"), (1.35, 1.25, 1.2), (*rows, *rigidity_rows))


def measurements(found: LesionFindings) -> Table:
    """Every measure and observation with interval, place and method; those missing for one reason in one line."""
    seen = [(title, getattr(found, name), name) for name, title in LABELS.items() if getattr(found, name) is not None]
    rows = [_full_row(*one) for one in seen if one[1].value is not None]
    rows += [
        (Cell(names[0]), Cell(words, tone="missing"), Cell(""), Cell(""), Cell(reason))
        if len(names) == 1
        else _absent_row(names, words, reason)
        for names, words, reason in _absent(seen)
    ]
    columns = ("Measure", "Value", "Interval", "Where it came from", "Method and remarks")
    return Table("Every measure with its interval, place and method", columns, (1.35, 0.75, 0.8, 1.6, 2.2), tuple(rows))


def nearby(found: LesionFindings) -> Block:
    """Least distances from the lesion to what must be spared."""
    rows = tuple(
        (
            Cell(clearance.name, note=_how_known(clearance), tone="ask" if clearance.basis == "estimated" else ""),
            measure_cell(clearance.distance_mm),
            Cell(_place_of(clearance)),
            Cell(method_text(clearance.distance_mm)),
        )
        for clearance in found.nearby
    )
    if not rows:
        return Bullets("Structures nearby", (Cell("No structure was named or measured.", tone="missing"),))
    return Table(
        "Structures nearby: least distance from the lesion", ("Structure", "Distance", "Where it came from", "Method"),
        (1.2, 1.2, 1.4, 1.8), rows,
    )  # fmt: skip


def _how_known(clearance: Clearance) -> str:
    """The kind where the name does not say it, and the word that a structure was not seen but estimated."""
    kind = "" if clearance.kind in clearance.name else clearance.kind.replace("_", " ")
    return ", ".join(part for part in ("ESTIMATED, not seen" if clearance.basis == "estimated" else "", kind) if part)


def _place_of(clearance: Clearance) -> str:
    """Where the distance came from, and the direction from the lesion."""
    how = "estimated" if clearance.basis == "estimated" else "measured"
    parts = (origin_text(clearance.distance_mm, how), f"towards {clearance.direction}" if clearance.direction else "")
    return ", ".join(part for part in parts if part)


def centre_text(found: LesionFindings) -> Cell:
    """The lesion's centre, to find it on a workstation."""
    if found.centre_mm is None:
        return Cell("Centre of the lesion: not computed.", tone="missing")
    x, y, z = (f"{v:.1f}".replace("-", "−") for v in found.centre_mm)
    return Cell(f"Centre of the lesion: {x}, {y}, {z} mm (LPS: x to the left, y to the back, z to the head), measured.")


def axis_text(found: LesionFindings) -> Cell:
    """The bone's own axis in a sentence."""
    if found.bone_axis is None:
        return Cell("Bone axis: not computed or not applicable for this bone.", tone="missing")
    tilt, method = found.bone_axis.tilt_deg, sentence(found.bone_axis.method)
    return Cell(f"Bone axis: tilted {tilt:.0f}° to the table near the lesion. Method: {method}")


def lesion_table(lesion: Lesion) -> Block:
    """Facts of one lesion as given."""
    return fact_table(_lesion_facts(lesion))


def lesion_heading(lesion: Lesion) -> str:
    """``left tibia, shaft``."""
    side = f"{lesion.side} " if lesion.side in ("left", "right") else ""
    return f"{side}{lesion.bone.replace('_', ' ')}" + (
        f", {lesion.subsite.replace('_', ' ')}" if lesion.subsite else ""
    )


def _absent(seen: Iterable[tuple[str, Measure | Observation, str]]) -> list[tuple[list[str], str, str]]:
    """Names, state and reason of what has no value: one entry for each reason."""
    groups: dict[tuple[str, str], list[str]] = {}
    for title, found, _ in seen:
        if found.value is None:
            groups.setdefault((MISSING[found.status], found.note), []).append(title)
    return [(names, words, reason) for (words, reason), names in groups.items()]


def _absent_row(names: list[str], words: str, reason: str) -> tuple[Cell, ...]:
    """One line over the whole width for what is missing for the same reason."""
    return (Cell(f"{words.capitalize()}: {'; '.join(names).lower()}", reason, "missing"),)


def _key_row(title: str, found: Measure | Observation, name: str) -> tuple[Cell, ...]:
    if isinstance(found, Measure):
        return Cell(title), measure_cell(found, percent=name.endswith("_fraction")), Cell(origin_short(found))
    return Cell(title), Cell(observation_text(found), tone="strong"), Cell(origin_short(found))


def _full_row(title: str, found: Measure | Observation, name: str) -> tuple[Cell, ...]:
    where, method = Cell(origin_text(found)), Cell(method_text(found))
    if isinstance(found, Measure):
        percent = name.endswith("_fraction")
        value, interval = measure_text(found, percent=percent), interval_text(found, percent=percent)
        return Cell(title), Cell(value, tone="strong"), Cell(interval), where, method
    return Cell(title), Cell(observation_text(found), tone="strong"), Cell(""), where, method


def _lesion_facts(lesion: Lesion) -> Given:
    skipped = {"id", "fracture", "acetabulum", "given", "critical_structures", "mask", "bone_mask"}
    facts = [(label(name), value) for name, value in lesion if name not in skipped and value is not None]
    for part in ("fracture", "acetabulum", "given"):
        facts += [
            (f"{label(part)}: {label(name).lower()}", value)
            for name, value in getattr(lesion, part)
            if value is not None
        ]
    named = lesion.critical_structures
    return [*facts, ("Critical structures", None if named is None else tuple(s.name for s in named))]
