"""A simulated ablation: what was run, what died by each criterion, what was spared, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from buttress.evidence.source import Evidence
from buttress.records.device import Modality
from buttress.records.document import Document
from buttress.records.findings import Measure
from buttress.records.image import Mask, Volume

Quality = Literal["preview", "final"]
SimulationStatus = Literal["finished", "cancelled", "failed"]


class CriterionOutcome(Document):
    """What one criterion calls dead. Intervals are the least and greatest of the ensemble, where one was run."""

    key: str
    title: str
    is_default: bool = Field(False, description="the criterion the project takes; the others stand beside it")
    volume_ml: Measure
    coverage_fraction: Measure
    covered_with_margin_fraction: Measure
    margin_mm: Measure = Field(
        description="least distance from the tumour's surface to the zone's; negative: sticks out"
    )
    margin_chances: tuple[tuple[float, float], ...] = Field(
        (), description="(x mm, share of the ensemble whose least margin is x mm or more)"
    )


class StructureOutcome(Document):
    """What a structure that is to be spared went through."""

    name: str
    kind: str
    coldest_c: Measure
    hottest_c: Measure
    is_spared: bool | None = Field(None, description="within the band its kind bears; None where no band is known")
    band_c: tuple[float, float] | None = None
    evidence: tuple[Evidence, ...] = ()


class TemperatureHistogram(Document):
    """Share of a structure at or beyond each temperature: colder where ``of_cold``, else hotter."""

    of: str
    of_cold: bool
    edges_c: tuple[float, ...]
    fraction: tuple[float, ...]


class CoverageMoment(Document):
    """One moment of the course."""

    time_s: float
    phase: str
    zone_ml: float
    coverage_fraction: float
    coldest_c: float
    hottest_c: float
    power_w: float | None = None
    impedance_ohm: float | None = None


class CementReadiness(Document):
    """Whether cement would set where the lesion is, at the end of the schedule."""

    coldest_c: float
    median_c: float
    is_too_cold: bool
    slower_than_warm: float = Field(description="how many times more slowly it would set than at 37 °C")
    sentence: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedVoxels:
    """The voxels of one simulation that are kept: the zone on the CT's grid, the extreme temperatures on their own."""

    lesion_id: str
    zone: Mask
    extreme_c: Volume


class AblationSimulation(Document):
    """One plan's ablation, simulated on the CT: a calculation, no promise. ``validity`` says where it was checked."""

    plan_id: str
    lesion_id: str
    modality: Modality
    device: str
    title: str
    schedule: str
    probes: int
    quality: Quality
    spacing_mm: float
    wanted_margin_mm: float
    status: SimulationStatus
    outcome: str
    criteria: tuple[CriterionOutcome, ...] = ()
    structures: tuple[StructureOutcome, ...] = ()
    histograms: tuple[TemperatureHistogram, ...] = ()
    course: tuple[CoverageMoment, ...] = ()
    cement: CementReadiness | None = None
    ensemble: int = Field(0, description="runs of the ensemble behind the intervals; 0: none was run")
    ensemble_spacing_mm: float | None = None
    seed: int = 0
    warnings: tuple[str, ...] = ()
    validity: str
    limits: tuple[str, ...]
    evidence: tuple[Evidence, ...]
