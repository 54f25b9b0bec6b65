"""Options of ``buttress simulate``, and what it says of each simulation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from buttress.records.findings import Measure
from buttress.records.simulation import AblationSimulation, Quality

PlanId = Annotated[
    str | None, typer.Option("--plan", metavar="ID", help="Only this plan; left out: all with an ablation.")
]
ScheduleText = Annotated[
    str | None,
    typer.Option(
        "--schedule",
        help='What is done when, seconds or min: "freeze 600, thaw 300, freeze 600, hot-thaw 960", or "heat 5 min at '
        '65 W". Left out: the usual for the device.',
    ),
]
DeviceKey = Annotated[
    str | None,
    typer.Option("--device", metavar="KEY", help="Another device on the same path (see: buttress device list)."),
]
SimulationQuality = Annotated[Quality, typer.Option("--quality", help="Voxels of 2 mm (preview) or 1 mm (final).")]
EnsembleRuns = Annotated[
    int,
    typer.Option("--ensemble", min=0, max=200, help="Runs with blood flow, tissue, power and tips varied; 0: none."),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of the ensemble: the same seed draws the same runs.")]


def simulation_lines(simulations: Sequence[AblationSimulation]) -> Iterator[str]:
    """What a reader wants first of each simulation, a line each."""
    for one in simulations:
        yield f"{one.plan_id}: {one.title}, {one.schedule} ({one.quality}, {one.spacing_mm:g} mm)"
        if one.status != "finished":
            yield f"  {one.status}: {one.outcome}"
        for criterion in one.criteria:
            mark = "*" if criterion.is_default else " "
            yield (
                f" {mark} {criterion.title}: covers {_text(criterion.coverage_fraction, 100, ' %')}, least margin "
                f"{_text(criterion.margin_mm, 1, ' mm')}, {_text(criterion.volume_ml, 1, ' mL')}"
            )
        for structure in one.structures:
            told = {True: "spared", False: "NOT SPARED", None: "no band is known"}[structure.is_spared]
            yield (
                f"   {structure.name}: {_text(structure.coldest_c, 1, ' °C')} to {_text(structure.hottest_c, 1, ' °C')}"
                f", {told}"
            )
        if one.cement is not None:
            yield f"   cement: {one.cement.sentence}"
        yield from (f"   {warning}" for warning in one.warnings)
        yield f"   {one.validity}"
    if simulations:
        yield "   * the criterion taken; brackets: least and greatest of the ensemble"


def _text(measure: Measure, times: float, unit: str) -> str:
    if measure.value is None:
        return "none"
    digits = 0 if times == 100 else 1
    text = f"{times * measure.value:.{digits}f}{unit}"
    if measure.low is None or measure.high is None:
        return text
    return f"{text} [{times * measure.low:.{digits}f} to {times * measure.high:.{digits}f}]"
