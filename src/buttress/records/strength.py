"""Mechanics of one lesion: rigidity and strength, relative to the same bone with the lesion healed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import Field

from buttress.evidence.source import Evidence
from buttress.records.corridor import Corridor
from buttress.records.document import Document, PointMm
from buttress.records.findings import Measure
from buttress.records.number import Number


class RigidityLevel(Document):
    """Ratios (lesion over virtually intact) at one level of the bone's axis, for the middle modulus law."""

    from_lesion_mm: float
    axial: float
    bending_min: float
    bending_max: float
    torsion_polar: float
    torsion: float = Field(description="true (Saint-Venant) torsional rigidity GJ, with warping")


class OtherSideRigidity(Document):
    """The bone at the lesion over its fellow on the other side of the body, at the level that is weakest in bending.

    ``beside_low`` and ``beside_high`` are the least and greatest ratio (axial and bending) of the sound levels beside
    the lesion: how far the two sides differ where nothing is wrong.
    """

    axial_ratio: Measure
    bending_ratio: Measure
    torsion_ratio: Measure
    beside_low: float
    beside_high: float
    evidence: tuple[Evidence, ...] = ()


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
    other_side: OtherSideRigidity | None = Field(None, description="where the other side is in view and sound")
    limits: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class BoneStrength(Document):
    """What anchors the stiffness of bone, where it yields, and how much of it must (``tissues/bone_strength.toml``)."""

    cortical_modulus_mpa: Number
    tensile_yield_strain: Number
    compressive_yield_strain: Number
    energy_strain: Number
    failed_share: Number
    cement_friction: Number


LoadCase = Literal["compression", "bending", "torsion", "stance", "stairs", "fall"]
PIECE_CASES: tuple[LoadCase, ...] = ("compression", "bending", "torsion")
"""Of a piece of bone between two grips."""

HIP_CASES: tuple[LoadCase, ...] = ("stance", "stairs", "fall")
"""Of a proximal femur held at a cut through its shaft."""


LOAD_TITLES: Mapping[LoadCase, str] = {
    "compression": "compression",
    "bending": "bending",
    "torsion": "torsion",
    "stance": "walking",
    "stairs": "stairs",
    "fall": "a fall on the side",
}
"""As a reader says them."""

LoadedAs = Literal["piece healed along its axis", "piece healed by depth", "proximal femur"]


class HipLoad(Document):
    """The peak force on the head of the femur in body weights: medial, anterior and proximal positive, in a frame whose
    medial axis lies along the back of the condyles (``loads/hip.toml``)."""

    title: str
    medial: float
    anterior: float
    proximal: float
    evidence: Evidence

    @property
    def body_weights(self) -> float:
        """Its size."""
        return float(np.sqrt(self.medial**2 + self.anterior**2 + self.proximal**2))


class StrengthCell(Document):
    """One row under one load: ratios over the bone healed.

    ``strength_ratio`` and ``stiffness_ratio`` are those with everything bonded; ``slip_ratio`` is the strength with
    nothing glued (cement held by friction, metal by its thread), for rows that have any. ``fails_first`` is bone,
    cement, or "gives way". ``metal_yields_at`` is the share of the healed strength at which metal begins to yield: it
    bends, and still bears.
    """

    load_case: LoadCase
    strength_ratio: Measure
    stiffness_ratio: Measure
    slip_ratio: Measure | None = None
    fails_first: str = ""
    metal_yields_at: float | None = None

    @property
    def bracket(self) -> tuple[float, float] | None:
        """The strength from its lower to its upper end: slipping and bonded, or twice the one number there is."""
        bonded, slip = self.strength_ratio.value, self.slip_ratio.value if self.slip_ratio is not None else None
        if bonded is None:
            return None
        return (bonded, bonded) if slip is None else (min(slip, bonded), max(slip, bonded))


class StrengthRow(Document):
    """The bone in one state: healed, as it is, or with something put in; without cells, ``note`` says why."""

    key: str
    title: str
    technique: str = Field("", description="technique of the technique table that it belongs to")
    cells: tuple[StrengthCell, ...] = ()
    pushed_ratio: float | None = Field(
        None, description="what it bears over the bone healed, both pushed on beyond their first failure, in `cut_load`"
    )
    note: str = ""

    def cell(self, load_case: LoadCase) -> StrengthCell | None:
        """The cell of one load; None where it was not computed."""
        return next((one for one in self.cells if one.load_case == load_case), None)


class Injection(Document):
    """Cement from given trocars: how much of the lesion's cavity it fills, and whether it meets a way out.

    ``way_out_after_ml`` is the volume at which it comes to cortex that the lesion has opened; None: it does not.
    """

    tips_mm: tuple[PointMm, ...]
    volume_ml: float
    cavity_fraction: float
    outside_cavity_ml: float
    reaches_both_cortices: bool
    way_out_after_ml: float | None = None

    @property
    def words(self) -> str:
        """What a reader wants of it."""
        both = "reaches both cortices" if self.reaches_both_cortices else "does not reach both cortices"
        out = (
            "meets no open cortex"
            if self.way_out_after_ml is None
            else f"meets open cortex after {self.way_out_after_ml:.1f} mL"
        )
        return (
            f"{self.volume_ml:.1f} mL: {self.cavity_fraction:.0%} of the cavity, "
            f"{self.outside_cavity_ml:.1f} mL in sound marrow; {both}; {out}"
        )


class StrainCut(Document):
    """How near to its limit everything is in a plane along the bone, for one row of the table.

    ``values`` are rows from proximal to distal of shares of the limit (1: at it), None where there is nothing that
    could fail; steps of ``spacing_mm``. ``right`` and ``down`` are the plane's directions, LPS.
    """

    row: str
    spacing_mm: float
    right: PointMm
    down: PointMm
    values: tuple[tuple[float | None, ...], ...]


class Strength(Document):
    """How strong a piece of the bone about the lesion is, as it is and with what could be put in: the what-if table."""

    lesion_id: str
    status: str
    rows: tuple[StrengthRow, ...] = ()
    sentences: tuple[str, ...] = Field((), description="what the table says, in words")
    spacing_mm: float | None = None
    loaded_as: LoadedAs | None = None
    length_mm: float | None = Field(None, description="of the piece between its grips; of a femur down to its cut")
    voxels: int | None = Field(None, description="that hold something")
    injection: Injection | None = Field(None, description="of the row of cement from trocars, where that was asked for")
    cut_load: LoadCase | None = Field(None, description="load of the cuts: where the bone as it is is weakest")
    cuts: tuple[StrainCut, ...] = Field((), description="at the load at which the bone as it is fails")
    corridors: tuple[Corridor, ...] = Field((), description="for screws through the bone, best first")
    corridor_note: str = Field("", description="what the corridors keep to, or why there is none")
    limits: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def load_cases(self) -> tuple[LoadCase, ...]:
        """The load cases of the table, in order; empty where there is none."""
        return next((tuple(cell.load_case for cell in row.cells) for row in self.rows if row.cells), ())

    def row(self, key: str) -> StrengthRow | None:
        """The row of one key; None where there is none."""
        return next((one for one in self.rows if one.key == key), None)
