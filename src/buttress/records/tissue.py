"""What heat, current and microwaves find in a tissue: numbers with their ranges, from papers or told to be ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from buttress.evidence.source import Evidence
from buttress.records.document import Document, Fraction
from buttress.records.number import Assumed, Number, Published


class ThermalTissue(Document):
    """Heat in one tissue above freezing, and how much water it holds: the water freezes, boils and carries the rest.

    ``freezes_from_c`` and ``frozen_at_c`` bound the mushy window; where absent, the shelf's common window holds.
    """

    key: str
    title: str
    density_kg_m3: Number
    heat_capacity_j_kgk: Number
    conductivity_w_mk: Number
    perfusion_ml_min_kg: Number
    metabolic_w_kg: Number
    water_fraction: Number = Field(description="by mass")
    freezes_from_c: Number | None = None
    frozen_at_c: Number | None = None
    note: str = ""


class WaterProperties(Document):
    """Water, ice and steam, and the blood that perfuses: what turns a water fraction into phase changes."""

    density_kg_m3: Published
    heat_capacity_j_kgk: Published
    conductivity_w_mk: Published
    ice_heat_capacity_j_kgk: Published
    ice_conductivity_w_mk: Published
    latent_fusion_j_kg: Published
    latent_vapour_j_kg: Published
    freezes_from_c: Published
    frozen_at_c: Published
    boils_from_c: Published
    boiled_at_c: Published
    dry_capacity_j_m3k: Published
    dry_conductivity_w_mk: Assumed
    blood_density_kg_m3: Published
    blood_heat_capacity_j_kgk: Published


class ThermalShelf(Document):
    """Every tissue of ``tissues/thermal.toml`` by key, and the water they share."""

    tissue: Mapping[str, ThermalTissue]
    water: WaterProperties


class Dispersion(Document):
    """One term of a Cole-Cole spectrum: ``Δε / (1 + (jωτ)^(1-α))``."""

    delta: float
    tau_s: float
    alpha: Fraction


class Spectrum(Document):
    """Complex permittivity of a tissue over frequency as a sum of Cole-Cole terms and an ionic conductivity."""

    permittivity_infinite: float
    ionic_conductivity_s_m: float
    terms: Annotated[tuple[Dispersion, ...], Field(min_length=1)]
    evidence: Evidence


class ElectricalTissue(Document):
    """What a tissue does to current below 1 MHz and, where its spectrum was read, to microwaves."""

    key: str
    title: str
    conductivity_s_m: Number
    spectrum: Spectrum | None = None
    spectrum_of: str = Field("", description="the tissue whose spectrum stands in where its own was not read")
    note: str = ""

    @model_validator(mode="after")
    def _one_spectrum(self) -> Self:
        if self.spectrum is not None and self.spectrum_of:
            raise ValueError("a tissue has a spectrum of its own or another's, not both")
        return self


class ElectricalShelf(Document):
    """Every tissue of ``tissues/electrical.toml`` by key, and how conductivity changes with temperature."""

    tissue: Mapping[str, ElectricalTissue]
    temperature_coefficient_1_k: Published
    boiled_factor: Assumed = Field(description="conductivity of boiled-out tissue over that at 37 °C")
    frozen_factor: Assumed = Field(description="conductivity of frozen tissue over that at 37 °C")
