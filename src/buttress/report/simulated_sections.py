"""Simulated ablations as blocks: warnings first, what died by each criterion, what was spared, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buttress.records.findings import Measure
from buttress.records.simulation import AblationSimulation, CriterionOutcome, StructureOutcome
from buttress.records.zone import AblationZone
from buttress.report.bibliography import Citations
from buttress.report.blocks import Block, Bullets, Cell, Figures, Table, Text, Tone
from buttress.report.words import interval_text, joined, measure_text

NOT_SIMULATED = Cell("Not simulated. To simulate it: buttress simulate, with this review.", tone="missing")
SPARED: dict[bool | None, tuple[str, Tone]] = {
    True: ("spared", "good"),
    False: ("NOT SPARED", "bad"),
    None: ("no band known", "missing"),
}


def simulation_line(simulation: AblationSimulation) -> Cell:
    """The simulation in one line, for the first page."""
    one = default_outcome(simulation)
    hurt = [structure.name for structure in simulation.structures if structure.is_spared is False]
    parts = [f"{simulation.title}, {simulation.schedule}"]
    if one is not None:
        parts.append(
            f"{one.title}: covers {measure_text(one.coverage_fraction, percent=True)} of the lesion, least margin "
            f"{_with_range(one.margin_mm)} (wanted {simulation.wanted_margin_mm:g} mm)"
        )
    parts += [f"NOT SPARED: {joined(hurt)}"] if hurt else []
    parts += [simulation.cement.sentence] if simulation.cement is not None else []
    tone: Tone = "bad" if hurt or any(w.startswith("IMPLANT") for w in simulation.warnings) else "strong"
    return Cell(f"{joined(parts)}.", note="Simulated on this CT; not validated in bone.", tone=tone)


def default_outcome(simulation: AblationSimulation) -> CriterionOutcome | None:
    """What the criterion that the project takes says."""
    return next((one for one in simulation.criteria if one.is_default), None)


def simulation_blocks(
    simulation: AblationSimulation, chart: AblationZone | None, pictures: Sequence[str], cite: Citations
) -> Iterator[Block]:
    """Everything of one simulation; ``chart`` is the same plan's published zone, shown beside it."""
    yield Text(_what(simulation))
    if simulation.warnings:
        yield Bullets("Warnings", tuple(_warning(text) for text in simulation.warnings))
    yield _criteria(simulation, chart)
    yield from _chances(simulation)
    if simulation.structures:
        yield _structures(simulation.structures, cite)
    if simulation.cement is not None:
        cold: Tone = "bad" if simulation.cement.is_too_cold else "good"
        cites = cite.of(*simulation.cement.evidence)
        yield Text(Cell(f"Cement: {simulation.cement.sentence}.", tone=cold, cites=cites))
    if pictures:
        yield Figures(tuple(pictures))
    yield Text(Cell(simulation.validity, tone="ask", cites=cite.of(*simulation.evidence)))
    yield Bullets("Limits of the simulation", tuple(map(Cell, simulation.limits)))


def _what(simulation: AblationSimulation) -> Cell:
    drawn = (
        f"intervals: least and greatest of {simulation.ensemble} runs at {simulation.ensemble_spacing_mm:g} mm and the "
        f"planned one (seed {simulation.seed})"
        if simulation.ensemble
        else "no ensemble was run: nothing here has an interval"
    )
    probes = "1 probe" if simulation.probes == 1 else f"{simulation.probes} probes"
    status = "" if simulation.status == "finished" else f" {simulation.status.upper()}: {simulation.outcome}"
    return Cell(
        f"{simulation.title}, {probes}: {simulation.schedule}. Voxels of {simulation.spacing_mm:g} mm "
        f"({simulation.quality}); {drawn}.{status}",
        tone="" if simulation.status == "finished" else "bad",
    )


def _warning(text: str) -> Cell:
    return Cell(text, tone="bad" if text.startswith("IMPLANT") else "warn")


def _criteria(simulation: AblationSimulation, chart: AblationZone | None) -> Table:
    rows = [_criterion_row(one) for one in simulation.criteria]
    if chart is not None:
        rows.append(
            (
                Cell("The device's chart, drawn", note="an ellipsoid from another tissue, not simulated"),
                *(_measure(m, percent=p) for m, p in (
                    (chart.coverage_fraction, True), (chart.covered_with_margin_fraction, True),
                    (chart.margin_mm, False), (chart.volume_ml, False),
                )),
            )
        )  # fmt: skip
    margin = f"Lesion + {simulation.wanted_margin_mm:g} mm covered"
    columns = ("Dead by", "Lesion covered", margin, "Least margin", "Volume")
    return Table("Simulated zone, by each criterion", columns, (1.8, 1, 1.2, 1.2, 1), tuple(rows))


def _criterion_row(one: CriterionOutcome) -> tuple[Cell, ...]:
    name = Cell(one.title, note="the project's criterion", tone="strong") if one.is_default else Cell(one.title)
    return (
        name,
        _measure(one.coverage_fraction, percent=True),
        _measure(one.covered_with_margin_fraction, percent=True),
        _measure(one.margin_mm),
        _measure(one.volume_ml),
    )


def _measure(measure: Measure, *, percent: bool = False) -> Cell:
    if measure.value is None:
        return Cell("none", note=measure.note, tone="missing")
    span = interval_text(measure, percent=percent)
    return Cell(measure_text(measure, percent=percent), note=f"({span})" if span else "")


def _with_range(measure: Measure) -> str:
    span = interval_text(measure)
    return measure_text(measure) + (f" ({span})" if span else "")


def _chances(simulation: AblationSimulation) -> Iterator[Block]:
    one = default_outcome(simulation)
    if one is None or not one.margin_chances:
        return
    told = joined(f"{x:g} mm or more in {share:.0%}" for x, share in one.margin_chances)
    yield Text(Cell(f"Least margin by {one.title}, share of the ensemble's runs: {told}."))


def _structures(structures: Sequence[StructureOutcome], cite: Citations) -> Table:
    rows = tuple(
        (
            Cell(one.name, tone="strong"),
            _measure(one.coldest_c),
            _measure(one.hottest_c),
            Cell(
                "none known" if one.band_c is None else f"{one.band_c[0]:g} to {one.band_c[1]:g} °C",
                cites=cite.of(*one.evidence),
            ),
            Cell(SPARED[one.is_spared][0], tone=SPARED[one.is_spared][1]),
        )
        for one in structures
    )
    columns = ("Structure", "Coldest", "Hottest", "Bears", "")
    return Table("Temperatures at what should be spared", columns, (2, 1.2, 1.2, 1.4, 0.9), rows)
