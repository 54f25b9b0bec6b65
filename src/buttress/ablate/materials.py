"""Heat properties of tissues thawed, frozen and boiled dry: the shelf's numbers and the water fraction make them all.

No table of frozen or dry bone and marrow was found. Mixing is ours: volumes add, so that ice conducts beside the rest
and steam leaves nothing behind. For soft tissue this gives 1.9 W/(m K) and 250 MJ/m³ where the published multi-probe
model sets 2.0 and 250 (micromachines2025).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from buttress.ablate.dielectric import conductivity_s_m
from buttress.library.load_tissues import load_electrical_tissues, load_thermal_tissues
from buttress.numerics.phase_change import ThermalMaterials
from buttress.records.tissue import ThermalTissue, WaterProperties

MIXED = (
    "density_kg_m3",
    "heat_capacity_j_kgk",
    "conductivity_w_mk",
    "perfusion_ml_min_kg",
    "metabolic_w_kg",
    "water_fraction",
)
"""Numbers of a tissue that mix in proportion; all others follow from them."""

ML_MIN_TO_M3_S = 1e-6 / 60.0


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """What a run takes otherwise than the shelf: a factor on all perfusion, and single numbers by tissue.

    ``thermal`` and ``sigma_s_m`` are by tissue key: ``{"lytic_tumour": {"conductivity_w_mk": 0.6}}``. At rest blood
    carries off what tissue itself makes, a few tenths of a kelvin: both are left out unless ``metabolic_factor`` asks
    for the tissue's own heat, so that undisturbed tissue stays at 37 °C (ours). With ``current_hz`` conductivity comes
    from a tissue's own spectrum at that frequency, where it was read, instead of the database's low-frequency value.
    """

    perfusion_factor: float = 1.0
    metabolic_factor: float = 0.0
    thermal: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    sigma_s_m: Mapping[str, float] = field(default_factory=dict)
    current_hz: float | None = None


@dataclass(frozen=True, slots=True)
class Mixture:
    """What one label holds: shares of shelf tissues by key, which add up to 1."""

    name: str
    shares: tuple[tuple[str, float], ...]

    @classmethod
    def pure(cls, key: str) -> Mixture:
        """One tissue alone."""
        return cls(key, ((key, 1.0),))


def mixed_numbers(mixture: Mixture, change: PropertyChange) -> dict[str, float]:
    """The numbers of a mixture, each the sum of its tissues' by share, with the run's changes in them."""
    shelf = load_thermal_tissues().tissue
    found = dict.fromkeys(MIXED, 0.0)
    for key, share in mixture.shares:
        own = change.thermal.get(key, {})
        unknown = set(own) - set(MIXED)
        if unknown:
            raise ValueError(f"{key}: no such numbers to change: {sorted(unknown)}")
        for name in MIXED:
            found[name] += share * own.get(name, getattr(shelf[key], name).value)
    vessel = mixture.shares == (("blood", 1.0),)  # the sink of a large vessel is no tissue perfusion
    found["perfusion_ml_min_kg"] *= 1.0 if vessel else change.perfusion_factor
    found["metabolic_w_kg"] *= change.metabolic_factor
    return found


def phase_numbers(numbers: Mapping[str, float], water: WaterProperties) -> dict[str, float]:
    """Thawed, frozen and dry capacities (J/(m³ K)), conductivities (W/(m K)) and latent heats (J/m³) of one tissue."""
    mass = numbers["water_fraction"] * numbers["density_kg_m3"]
    volume = mass / water.density_kg_m3.value
    thawed = numbers["density_kg_m3"] * numbers["heat_capacity_j_kgk"]
    conducts = numbers["conductivity_w_mk"]
    solid = thawed - mass * water.heat_capacity_j_kgk.value
    dry = conducts - volume * water.conductivity_w_mk.value
    return {
        "capacity_thawed_j_m3k": thawed,
        "capacity_frozen_j_m3k": solid + mass * water.ice_heat_capacity_j_kgk.value,
        "capacity_dry_j_m3k": max(solid, min(thawed, water.dry_capacity_j_m3k.value)),
        "conductivity_thawed_w_mk": conducts,
        "conductivity_frozen_w_mk": conducts
        + volume * (water.ice_conductivity_w_mk.value - water.conductivity_w_mk.value),
        "conductivity_dry_w_mk": max(dry, min(conducts, water.dry_conductivity_w_mk.value)),
        "latent_fusion_j_m3": mass * water.latent_fusion_j_kg.value,
        "latent_vapour_j_m3": mass * water.latent_vapour_j_kg.value,
    }


def _window(mixture: Mixture, water: WaterProperties) -> dict[str, float]:
    tissue: ThermalTissue = load_thermal_tissues().tissue[max(mixture.shares, key=lambda part: part[1])[0]]
    upper = tissue.freezes_from_c or water.freezes_from_c
    lower = tissue.frozen_at_c or water.frozen_at_c
    return {
        "liquidus_c": upper.value,
        "solidus_c": lower.value,
        "boils_from_c": water.boils_from_c.value,
        "boiled_at_c": water.boiled_at_c.value,
    }


def _exchange(numbers: Mapping[str, float], water: WaterProperties) -> dict[str, float]:
    """Pennes' perfusion ``w ρ ρ_b c_b`` and metabolic heat ``Q_m ρ``."""
    blood = water.blood_density_kg_m3.value * water.blood_heat_capacity_j_kgk.value
    flow = numbers["perfusion_ml_min_kg"] * ML_MIN_TO_M3_S * numbers["density_kg_m3"]
    return {"perfusion_w_m3k": flow * blood, "metabolic_w_m3": numbers["metabolic_w_kg"] * numbers["density_kg_m3"]}


def build_materials(mixtures: Sequence[Mixture], change: PropertyChange | None = None) -> ThermalMaterials:
    """Heat properties of every label, in order."""
    water, changed = load_thermal_tissues().water, change or PropertyChange()
    rows = []
    for mixture in mixtures:
        numbers = mixed_numbers(mixture, changed)
        rows.append({**phase_numbers(numbers, water), **_window(mixture, water), **_exchange(numbers, water)})
    return ThermalMaterials(**{name: np.array([row[name] for row in rows]) for name in rows[0]})


def build_sigma(mixtures: Sequence[Mixture], change: PropertyChange | None = None) -> np.ndarray:
    """Electrical conductivity of every label at 37 °C, S/m, ``(n,)``."""
    changed = change or PropertyChange()
    return np.array([sum(share * _sigma(key, changed) for key, share in mixture.shares) for mixture in mixtures])


def _sigma(key: str, change: PropertyChange) -> float:
    tissue = load_electrical_tissues().tissue[key]
    if key in change.sigma_s_m:
        return change.sigma_s_m[key]
    if change.current_hz is None or tissue.spectrum is None:
        return tissue.conductivity_s_m.value
    return conductivity_s_m(tissue.spectrum, change.current_hz)
