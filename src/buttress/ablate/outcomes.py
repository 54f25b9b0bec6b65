"""What simulated histories come to: coverage and margin by each criterion, what structures bore, and the range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.ablate.lethal_zone import (
    AblativeMargin,
    Criterion,
    Histogram,
    ThermalHistory,
    ablative_margin,
    criteria,
    cumulative_histogram,
    default_cold,
    grown,
    judge_structure,
)
from buttress.ablate.region import SimulatedRegion
from buttress.library.load_damage import load_damage
from buttress.records.findings import Measure
from buttress.records.simulation import CriterionOutcome, StructureOutcome, TemperatureHistogram

MARGIN_STEPS_MM = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0)
"""Margins whose chances are told (ours): none, a little, and the goals of palliation and cure."""

DEFAULT_HOT = "dose"
"""The project takes CEM43 of 240 min for heat; Ω and 60 °C stand beside it."""

NONE_TOLD = "one run: no range was simulated"


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """One criterion in one run: its zone against the tumour and the tumour with its margin."""

    volume_ml: float
    coverage: float
    with_margin: float
    margin: AblativeMargin


def default_criterion(*, of_cold: bool) -> str:
    """Key of the criterion that the project takes."""
    return default_cold() if of_cold else DEFAULT_HOT


def asked(history: ThermalHistory, *, of_cold: bool) -> dict[str, Criterion]:
    """The criteria of cold, or those of heat, by key."""
    cold = load_damage().cold
    return {key: one for key, one in criteria(history).items() if (key in cold) is of_cold}


def reaches(
    region: SimulatedRegion, history: ThermalHistory, wanted_margin_mm: float, *, of_cold: bool
) -> dict[str, Reach]:
    """Every criterion of cold or of heat, by key. The margin counts tissue only, not the air beyond the skin."""
    target = grown(region.lesion, wanted_margin_mm, region.grid.spacing_mm) & ~region.tissue.where("gas")
    return {key: _reach(region, one, target) for key, one in asked(history, of_cold=of_cold).items()}


def _reach(region: SimulatedRegion, criterion: Criterion, target: NDArray[np.bool_]) -> Reach:
    zone = criterion.zone
    return Reach(
        volume_ml=float(zone.sum() * region.grid.voxel_volume_ml),
        coverage=float(zone[region.lesion].mean()),
        with_margin=float(zone[target].mean()),
        margin=ablative_margin(criterion, region.lesion, region.grid.spacing_mm),
    )


def criterion_outcomes(
    region: SimulatedRegion,
    history: ThermalHistory,
    main: Mapping[str, Reach],
    others: Sequence[Mapping[str, Reach]],
    *,
    of_cold: bool,
) -> tuple[CriterionOutcome, ...]:
    """Every criterion with its range over the ensemble (``others``, empty where none was run)."""
    titles = {key: one.title for key, one in asked(history, of_cold=of_cold).items()}
    chosen = default_criterion(of_cold=of_cold)
    return tuple(_outcome(region, key, titles[key], key == chosen, main, others) for key in titles)


def _outcome(
    region: SimulatedRegion,
    key: str,
    title: str,
    is_default: bool,
    main: Mapping[str, Reach],
    others: Sequence[Mapping[str, Reach]],
) -> CriterionOutcome:
    own, drawn = main[key], [one[key] for one in others]
    least = [_least(one) for one in drawn]
    return CriterionOutcome(
        key=key,
        title=title,
        is_default=is_default,
        volume_ml=_measure(own.volume_ml, [one.volume_ml for one in drawn], "mL", "voxels of the zone"),
        coverage_fraction=_measure(own.coverage, [one.coverage for one in drawn], "", "tumour voxels in the zone"),
        covered_with_margin_fraction=_measure(
            own.with_margin, [one.with_margin for one in drawn], "", "tumour and margin in the zone, without air"
        ),
        margin_mm=_margin(region, own, least),
        margin_chances=tuple((step, float(np.mean(np.array(least) >= step))) for step in MARGIN_STEPS_MM)
        if least
        else (),
    )


def _least(reach: Reach) -> float:
    return -np.inf if reach.margin.least_mm is None else reach.margin.least_mm


def _margin(region: SimulatedRegion, own: Reach, least: Sequence[float]) -> Measure:
    method = "least signed distance from the tumour's surface to the zone's"
    if own.margin.least_mm is None or own.margin.least_at is None:
        return Measure.missing("there is no zone by this criterion", unit="mm")
    finite = [value for value in least if np.isfinite(value)]
    found = _measure(own.margin.least_mm, finite, "mm", method)
    x, y, z = region.grid.to_mm(np.array(own.margin.least_at)).tolist()
    notes = [found.note, f"{len(least) - len(finite)} runs had no zone" if len(finite) < len(least) else ""]
    notes += ["the zone reaches the edge of what was simulated" if own.margin.is_cut else ""]
    where = "where the tumour comes nearest to the zone's edge"
    note = "; ".join(note for note in notes if note)
    return found.model_copy(update={"at_mm": (x, y, z), "where": where, "note": note})


def _measure(value: float, drawn: Sequence[float], unit: str, method: str) -> Measure:
    if not drawn:
        return Measure(value=value, unit=unit, method=method, note=NONE_TOLD)
    low, high = min(value, *drawn), max(value, *drawn)
    note = f"interval: least and greatest of {len(drawn)} runs and the planned one"
    return Measure(value=value, low=low, high=high, unit=unit, method=method, note=note)


def structure_outcomes(
    region: SimulatedRegion, history: ThermalHistory, others: Sequence[tuple[SimulatedRegion, ThermalHistory]]
) -> tuple[StructureOutcome, ...]:
    """What every structure bore; spared where the whole range of the ensemble stays in its band."""
    return tuple(_structure(region, history, others, name) for name in region.structures)


def _structure(
    region: SimulatedRegion,
    history: ThermalHistory,
    others: Sequence[tuple[SimulatedRegion, ThermalHistory]],
    name: str,
) -> StructureOutcome:
    kind = region.kinds[name]
    own = judge_structure(history, name, kind, region.structures[name])
    drawn = [judge_structure(one, name, kind, where.structures[name]) for where, one in others]
    band = load_damage().spare.get(kind)
    cold = _extreme(own.coldest_c, [one.coldest_c for one in drawn], "coldest voxel")
    hot = _extreme(own.hottest_c, [one.hottest_c for one in drawn], "hottest voxel")
    verdicts = {one.is_spared for one in (own, *drawn)}
    limits = [] if band is None else [band.low_c, band.high_c]
    return StructureOutcome(
        name=name,
        kind=kind,
        coldest_c=cold,
        hottest_c=hot,
        is_spared=None if None in verdicts else verdicts == {True},
        band_c=(band.low_c.value, band.high_c.value) if band else None,
        evidence=tuple(dict.fromkeys(one.evidence for one in limits if hasattr(one, "evidence"))),
    )


def _extreme(value: float | None, drawn: Sequence[float | None], method: str) -> Measure:
    if value is None:
        return Measure.missing("not followed in this kind of ablation", unit="°C")
    return _measure(value, [one for one in drawn if one is not None], "°C", method)


def histograms(
    region: SimulatedRegion, history: ThermalHistory, wanted_margin_mm: float, *, of_cold: bool
) -> tuple[TemperatureHistogram, ...]:
    """Cumulative histograms of tumour, margin and every structure: how cold, or how hot, each became."""
    rim = grown(region.lesion, wanted_margin_mm, region.grid.spacing_mm) & ~region.lesion
    wanted = {"tumour": region.lesion, "margin": rim & ~region.tissue.where("gas"), **region.structures}
    values = history.coldest_c if of_cold else history.hottest_c
    if values is None:
        return ()
    return tuple(
        _told(name, cumulative_histogram(values, inside, of_cold=of_cold))
        for name, inside in wanted.items()
        if inside.any()
    )


def _told(name: str, one: Histogram) -> TemperatureHistogram:
    return TemperatureHistogram(of=name, of_cold=one.of_cold, edges_c=one.edges_c, fraction=one.fraction)
