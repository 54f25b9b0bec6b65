"""When heat or cold has killed: rate laws, doses and thresholds, each with its source."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from buttress.evidence.source import Evidence
from buttress.records.document import Document
from buttress.records.number import Assumed, Number, Published


class ArrheniusLaw(Document):
    """``dΩ/dt = A exp(-Ea / (R T))``; at Ω = 1 a share 1 - 1/e of the cells has died.

    The source's ``energy_k`` is Ea / R in kelvin where it gives that, else Ea in J/mol divided by R.
    """

    key: str
    title: str
    frequency_1_s: float = Field(gt=0.0)
    energy_k: float = Field(gt=0.0, description="Ea / R")
    valid_from_c: Assumed = Field(description="below this temperature the law is extrapolated")
    evidence: Evidence
    note: str = ""


class ThermalDose(Document):
    """Cumulative equivalent minutes at 43 °C: ``CEM43 = int R^(43 - T) dt``."""

    reference_c: Published
    base_above: Published
    base_below: Published
    lethal_min: Published


class ColdThreshold(Document):
    """A temperature below which tissue is taken to be dead. ``conservative`` ones ask for more cold."""

    key: str
    title: str
    temperature_c: Published
    is_default: bool = False


class SpareBand(Document):
    """The temperatures that a structure bears, °C."""

    key: str
    title: str
    low_c: Number
    high_c: Number


class DamageShelf(Document):
    """All of ``damage.toml``."""

    arrhenius: Mapping[str, ArrheniusLaw]
    dose: ThermalDose
    cold: Mapping[str, ColdThreshold]
    spare: Mapping[str, SpareBand]


class CuringKinetics(Document):
    """Autocatalytic polymerisation of PMMA: ``dw/dt = K0 exp(-E/RT) w^m (wmax - w)^n``, heat ``ρ H dw/dt``.

    ``wmax = min(T / Tg, 1)`` at the greatest temperature so far where ``glass_c`` is given, else 1.
    """

    key: str
    title: str
    rate_1_s: Published
    energy_j_mol: Published
    order_grown: Published = Field(description="m")
    order_left: Published = Field(description="n")
    heat_j_kg: Published
    start_fraction: Published
    glass_c: Published | None = None


class CuringShelf(Document):
    """Kinetics by key, and the cement they were fitted to."""

    kinetics: Mapping[str, CuringKinetics]
    density_kg_m3: Published
    mixed_at_c: Published
