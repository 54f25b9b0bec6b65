"""Thermal and electrical tissues off the shelf (``tissues/thermal.toml``, ``tissues/electrical.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from buttress.library.load import load_table
from buttress.records.tissue import ElectricalShelf, ThermalShelf


def keyed(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows of a table with their own names written into them as ``key``."""
    return {key: {"key": key, **row} for key, row in rows.items()}


@lru_cache(maxsize=1)
def load_thermal_tissues() -> ThermalShelf:
    """Every tissue as heat sees it, and the water they hold."""
    table = load_table("tissues/thermal.toml")
    return ThermalShelf.model_validate({**table, "tissue": keyed(table["tissue"])})


@lru_cache(maxsize=1)
def load_electrical_tissues() -> ElectricalShelf:
    """Every tissue as current sees it. Raises ``ValueError`` where one borrows a spectrum that is not there."""
    table = load_table("tissues/electrical.toml")
    shelf = ElectricalShelf.model_validate({**table, "tissue": keyed(table["tissue"])})
    for tissue in shelf.tissue.values():
        lender = shelf.tissue.get(tissue.spectrum_of)
        if tissue.spectrum_of and (lender is None or lender.spectrum is None):
            raise ValueError(f"{tissue.key} borrows the spectrum of {tissue.spectrum_of!r}, which has none")
    return shelf
