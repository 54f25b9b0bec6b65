"""Proposals: probes in place, cement, fixation, in an explicit order. A plan is replaced, never edited."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from buttress.evidence.source import Evidence
from buttress.records.device import ChartZone, Modality
from buttress.records.document import Document, PointMm
from buttress.records.findings import Measure


class Placement(Document):
    """A straight path from the skin to a tip. Geometry only."""

    entry_mm: PointMm
    tip_mm: PointMm
    depth_mm: float = Field(description="skin to tip")
    bone_path_mm: float = Field(description="length of the path inside the bone")
    angle_to_axis_deg: float | None = None
    clearances: tuple[tuple[str, float], ...] = Field((), description="least distance of the path to structures, mm")


class AblationStep(Document):
    """One device at one published setting, with the paths of its probes."""

    modality: Modality
    device: str
    title: str
    setting: ChartZone
    centre_mm: PointMm = Field(description="centre of the drawn zone")
    axis: PointMm = Field(description="unit vector from entry to tip")
    placements: tuple[Placement, ...]


class LeakSite(Document):
    """Where cement could leave the bone, or what it must not reach, by geometry alone."""

    kind: Literal["open cortex", "near"]
    what: str
    at_mm: PointMm | None = None
    towards: PointMm | None = Field(None, description="unit vector from the lesion's middle, LPS")
    area_mm2: Measure | None = None
    distance_mm: Measure | None = None


class CementFill(Document):
    """Cement in the cavity: how much, what limits the estimate, and where it could leave.

    ``leak_sites`` is ``None`` where they were not looked for.
    """

    cement: str
    target: str
    volume_ml: Measure
    leak_sites: tuple[LeakSite, ...] | None = None


class Fixation(Document):
    """Metal that the board may consider. Sizes are not computed here yet."""

    kind: Literal["screws", "rebar", "catheter", "nails"]
    note: str


class Step(Document):
    """One step of the procedure, in order, with its reason."""

    text: str
    evidence: tuple[Evidence, ...] = ()


class Plan(Document):
    """One candidate for one lesion."""

    id: str
    lesion_id: str
    title: str
    techniques: tuple[str, ...]
    ablation: AblationStep | None = None
    fills: tuple[CementFill, ...] = ()
    fixations: tuple[Fixation, ...] = ()
    steps: tuple[Step, ...]
    rationale: tuple[str, ...]
    not_computed: tuple[str, ...] = ()
