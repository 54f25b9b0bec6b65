"""Implants and what they are made of, off the shelf (``implants/*.toml``, ``implant_materials.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from buttress.library.load import load_folder, load_table
from buttress.library.load_tissues import keyed
from buttress.records.implant import Implant, ImplantMaterial


@lru_cache(maxsize=1)
def load_implant_materials() -> Mapping[str, ImplantMaterial]:
    """Every material of an implant, by key."""
    rows = keyed(load_table("implant_materials.toml"))
    return {key: ImplantMaterial.model_validate(row) for key, row in rows.items()}


@lru_cache(maxsize=1)
def load_implants() -> Mapping[str, Implant]:
    """Every implant, by key. Raises ``ValueError`` where one is made of a material that is not on the shelf."""
    found = {key: Implant.model_validate(row) for key, row in keyed(load_folder("implants")).items()}
    for implant in found.values():
        if implant.material not in load_implant_materials():
            raise ValueError(f"{implant.key} is made of {implant.material!r}, which is not in implant_materials.toml")
    return found
