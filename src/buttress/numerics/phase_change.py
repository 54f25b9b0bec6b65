"""How temperature, stored heat and conduction belong together in a material that freezes, thaws and boils dry.

Stored heat is the volumetric enthalpy H (J/m³), counted from ``REFERENCE_C``: H = 0 at 37 °C. Small changes near body
temperature then keep all digits of a float32. T(H) rises in five straight pieces and is exactly invertible:

    frozen | melting, solidus to liquidus | thawed | boiling, boils_from to boiled_at | dry

Across a change of state of width w the slope is L/w + (C₁ + C₂)/2, so no latent heat is ever skipped, however long the
step. Conductivity follows the melted fraction s and the dried fraction v: k = k_f + (k_u - k_f) s + (k_d - k_u) v.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

REFERENCE_C = 37.0
"""Where the stored heat is zero."""

MOST_LABELS = 128
"""A label and its twin without blood flow both fit in a byte."""

COLUMNS = (
    "heat_solid", "heat_liquid", "heat_boil", "heat_dry",
    "per_frozen", "per_melting", "per_thawed", "per_boiling", "per_dry",
    "per_melt", "per_boil",
    "k_frozen", "k_melt", "k_boil",
    "perfusion", "metabolic",
)  # fmt: skip
"""Rows of ``ThermalMaterials.table``: heat at the four corners (J/m³), kelvins per J/m³ in the five pieces, melted and
boiled fraction per J/m³, conductivity frozen and what melting and boiling add (W/mK), blood flow (W/m³K), own heat
(W/m³)."""


@dataclass(frozen=True, slots=True, eq=False)
class ThermalMaterials:
    """Thermal properties by label, each ``(n,)``; a material without a change of state has a latent heat of zero.

    ``perfusion_w_m3k`` is the blood's density, heat capacity and flow multiplied; it acts on the melted fraction only.
    """

    solidus_c: Floats
    liquidus_c: Floats
    latent_fusion_j_m3: Floats
    capacity_frozen_j_m3k: Floats
    capacity_thawed_j_m3k: Floats
    conductivity_frozen_w_mk: Floats
    conductivity_thawed_w_mk: Floats
    latent_vapour_j_m3: Floats
    boils_from_c: Floats
    boiled_at_c: Floats
    capacity_dry_j_m3k: Floats
    conductivity_dry_w_mk: Floats
    perfusion_w_m3k: Floats
    metabolic_w_m3: Floats

    def __post_init__(self) -> None:
        for field in fields(self):
            values = np.array(getattr(self, field.name), dtype=np.float64)
            values.setflags(write=False)
            object.__setattr__(self, field.name, values)
        sizes = {getattr(self, field.name).shape for field in fields(self)}
        if len(sizes) != 1 or len(next(iter(sizes))) != 1 or not 1 <= len(self.solidus_c) <= MOST_LABELS:
            raise ValueError(f"every property needs one value per label, 1 to {MOST_LABELS} labels; got {sizes}")
        if not all(np.isfinite(getattr(self, field.name)).all() for field in fields(self)):
            raise ValueError("every property must be finite")
        corners = np.stack([self.solidus_c, self.liquidus_c, self.boils_from_c, self.boiled_at_c])
        if (
            (np.diff(corners, axis=0) <= 0).any()
            or (corners[1] >= REFERENCE_C).any()
            or (corners[2] <= REFERENCE_C).any()
        ):
            raise ValueError("solidus < liquidus < 37 °C < boils_from < boiled_at must hold for every label")
        for name in _POSITIVE:
            if (getattr(self, name) <= 0).any():
                raise ValueError(f"{name} must be positive for every label")
        for name in ("latent_fusion_j_m3", "latent_vapour_j_m3", "perfusion_w_m3k"):
            if (getattr(self, name) < 0).any():
                raise ValueError(f"{name} must not be negative")

    def __len__(self) -> int:
        return len(self.solidus_c)

    @property
    def table(self) -> Floats:
        """All that the equations need, ``(len(COLUMNS), n)``, rows as in ``COLUMNS``."""
        melting_k, boiling_k = self.liquidus_c - self.solidus_c, self.boiled_at_c - self.boils_from_c
        frozen, thawed, dry = self.capacity_frozen_j_m3k, self.capacity_thawed_j_m3k, self.capacity_dry_j_m3k
        melting = self.latent_fusion_j_m3 / melting_k + (frozen + thawed) / 2
        boiling = self.latent_vapour_j_m3 / boiling_k + (thawed + dry) / 2
        liquid = thawed * (self.liquidus_c - REFERENCE_C)
        boil = thawed * (self.boils_from_c - REFERENCE_C)
        rows = [liquid - melting * melting_k, liquid, boil, boil + boiling * boiling_k]
        rows += [1 / frozen, 1 / melting, 1 / thawed, 1 / boiling, 1 / dry]
        rows += [1 / (melting * melting_k), 1 / (boiling * boiling_k)]
        rows += [
            self.conductivity_frozen_w_mk,
            self.conductivity_thawed_w_mk - self.conductivity_frozen_w_mk,
            self.conductivity_dry_w_mk - self.conductivity_thawed_w_mk,
        ]
        return np.stack([*rows, self.perfusion_w_m3k, self.metabolic_w_m3])

    def temperature_c(self, enthalpy_j_m3: ArrayLike, label: ArrayLike) -> Floats:
        """Temperature of stored heat above that at 37 °C, elementwise by ``label`` (both broadcast)."""
        row = dict(zip(COLUMNS, self.table[:, np.asarray(label, dtype=np.intp)], strict=True))
        heat = np.asarray(enthalpy_j_m3, dtype=np.float64)
        corners = [row[name] for name in COLUMNS[:4]]
        above = np.clip(heat, corners[1], corners[2]) * row["per_thawed"]
        above = above + (np.clip(heat, corners[0], corners[1]) - corners[1]) * row["per_melting"]
        above = above + np.minimum(heat - corners[0], 0.0) * row["per_frozen"]
        above = above + (np.clip(heat, corners[2], corners[3]) - corners[2]) * row["per_boiling"]
        above = above + np.maximum(heat - corners[3], 0.0) * row["per_dry"]
        return np.asarray(REFERENCE_C + above)

    def enthalpy_j_m3(self, temperature_c: ArrayLike, label: ArrayLike) -> Floats:
        """Heat stored above that at 37 °C, the inverse of ``temperature_c``."""
        at = np.asarray(label, dtype=np.intp)
        row = dict(zip(COLUMNS, self.table[:, at], strict=True))
        warm = np.asarray(temperature_c, dtype=np.float64)
        solid, liquid, boil, dry = (
            corner[at] for corner in (self.solidus_c, self.liquidus_c, self.boils_from_c, self.boiled_at_c)
        )
        heat = (np.clip(warm, liquid, boil) - REFERENCE_C) / row["per_thawed"]
        heat = heat + (np.clip(warm, solid, liquid) - liquid) / row["per_melting"]
        heat = heat + np.minimum(warm - solid, 0.0) / row["per_frozen"]
        heat = heat + (np.clip(warm, boil, dry) - boil) / row["per_boiling"]
        return np.asarray(heat + np.maximum(warm - dry, 0.0) / row["per_dry"])

    def melted_fraction(self, enthalpy_j_m3: ArrayLike, label: ArrayLike) -> Floats:
        """How much of the water is liquid or gone, 0 to 1."""
        solid, per_melt = self.table[[0, 9]][:, np.asarray(label, dtype=np.intp)]
        return np.asarray(np.clip((np.asarray(enthalpy_j_m3, dtype=np.float64) - solid) * per_melt, 0.0, 1.0))

    def conductivity_w_mk(self, enthalpy_j_m3: ArrayLike, label: ArrayLike) -> Floats:
        """Conductivity at a stored heat."""
        row = dict(zip(COLUMNS, self.table[:, np.asarray(label, dtype=np.intp)], strict=True))
        dried = np.clip((np.asarray(enthalpy_j_m3, dtype=np.float64) - row["heat_boil"]) * row["per_boil"], 0.0, 1.0)
        melted = self.melted_fraction(enthalpy_j_m3, label)
        return np.asarray(row["k_frozen"] + row["k_melt"] * melted + row["k_boil"] * dried)


_POSITIVE = (
    "capacity_frozen_j_m3k",
    "capacity_thawed_j_m3k",
    "capacity_dry_j_m3k",
    "conductivity_frozen_w_mk",
    "conductivity_thawed_w_mk",
    "conductivity_dry_w_mk",
)
