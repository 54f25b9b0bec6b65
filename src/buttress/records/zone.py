"""Ablation zones: tissue that a model or a chart calls dead, and how it covers the lesion."""

from __future__ import annotations

from typing import Literal

from buttress.evidence.source import Evidence
from buttress.records.document import Document
from buttress.records.findings import Measure


class AblationZone(Document):
    """The zone of one plan. ``model`` "chart" is a published ellipsoid, not a simulation of this patient."""

    plan_id: str
    model: Literal["chart"]
    criterion: str
    coverage_fraction: Measure
    margin_mm: Measure
    covered_with_margin_fraction: Measure
    wanted_margin_mm: float
    volume_ml: Measure
    structure_clearances: tuple[tuple[str, float], ...] = ()
    status: str = "drawn"
    limits: tuple[str, ...]
    evidence: tuple[Evidence, ...]
