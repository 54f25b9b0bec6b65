"""Mechanics of one lesion: rigidity along the bone, relative to the same bone with the lesion healed."""

from __future__ import annotations

from pydantic import Field

from buttress.evidence.source import Evidence
from buttress.records.document import Document
from buttress.records.findings import Measure


class RigidityLevel(Document):
    """Ratios (lesion over virtually intact) at one level of the bone's axis, for the middle modulus law."""

    from_lesion_mm: float
    axial: float
    bending_min: float
    bending_max: float
    torsion_polar: float
    torsion: float = Field(description="true (Saint-Venant) torsional rigidity GJ, with warping")


class Rigidity(Document):
    """Composite-beam rigidity ratios: axial EA, principal bending EI, torsional GJ as a polar sum and with warping.

    Ratios need no calibration.
    """

    lesion_id: str
    status: str
    axial_ratio: Measure
    bending_ratio: Measure
    torsion_polar_ratio: Measure
    torsion_ratio: Measure
    open_section: bool | None = Field(
        None, description="the cortex is interrupted at some level: the polar sum overstates true torsional rigidity"
    )
    levels: tuple[RigidityLevel, ...] = ()
    limits: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
