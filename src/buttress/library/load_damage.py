"""Rules of tissue death and the curing of cement off the shelf (``damage.toml``, ``cements/kinetics/pmma.toml``)."""

from __future__ import annotations

from functools import lru_cache

from buttress.library.load import load_table
from buttress.library.load_tissues import keyed
from buttress.records.damage import CuringShelf, DamageShelf


@lru_cache(maxsize=1)
def load_damage() -> DamageShelf:
    """Rate laws, the thermal dose, cold thresholds and what structures bear.

    Raises ``ValueError`` unless exactly one cold threshold is the default.
    """
    table = load_table("damage.toml")
    shelf = DamageShelf.model_validate(
        {**table, **{name: keyed(table[name]) for name in ("arrhenius", "cold", "spare")}}
    )
    if sum(one.is_default for one in shelf.cold.values()) != 1:
        raise ValueError("damage.toml: exactly one cold threshold must be the default")
    return shelf


@lru_cache(maxsize=1)
def load_curing() -> CuringShelf:
    """Kinetics of PMMA by key."""
    table = load_table("cements/kinetics/pmma.toml")
    return CuringShelf.model_validate({**table, "kinetics": keyed(table["kinetics"])})
