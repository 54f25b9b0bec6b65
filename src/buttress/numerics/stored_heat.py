"""What the stored heat of a cell means: its temperature, what it conducts, in which phase it is; compiled.

Heat and properties are float32. ``table`` ``(labels, columns)`` is ``ThermalMaterials.table`` with a row a label.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import float32 as f4
from numpy.typing import NDArray

Heat = NDArray[np.float32]
Array = NDArray[Any]
Index = Any
"""An unsigned 64-bit integer."""

FAST = {"contract", "reassoc", "nsz", "arcp"}
"""What the compiler may assume; not that numbers are finite, for a report has to notice when they are not."""

SOLID, LIQUID, BOIL, DRY = 0, 1, 2, 3
PER_FROZEN, PER_MELTING, PER_THAWED, PER_BOILING, PER_DRY, PER_MELT, PER_BOIL = 4, 5, 6, 7, 8, 9, 10
K_FROZEN, K_MELT, K_BOIL, PERFUSION, METABOLIC = 11, 12, 13, 14, 15

ZERO, ONE = np.uint64(0), np.uint64(1)
"""Unsigned indices: the compiler then need not ask whether to count from the end, and can use vector code."""


def inlined(function: Any) -> Any:
    """Compiled into its caller: a call with six arrays costs as much as the row of cells that it is for."""
    return numba.njit(cache=True, fastmath=FAST, error_model="numpy", forceinline=True)(function)


@inlined
def temperature(heat: float, table: Heat, label: Index) -> Any:
    """Kelvins above 37 °C of one cell's stored heat; ``table`` ``(labels, columns)``."""
    liquid, boil = table[label, LIQUID], table[label, BOIL]
    if liquid <= heat <= boil:
        return heat * table[label, PER_THAWED]
    if heat < liquid:
        solid = table[label, SOLID]
        melting = (max(heat, solid) - liquid) * table[label, PER_MELTING]
        return liquid * table[label, PER_THAWED] + melting + min(heat - solid, f4(0.0)) * table[label, PER_FROZEN]
    dry = table[label, DRY]
    boiling = (min(heat, dry) - boil) * table[label, PER_BOILING]
    return boil * table[label, PER_THAWED] + boiling + max(heat - dry, f4(0.0)) * table[label, PER_DRY]


@numba.njit(cache=True, error_model="numpy")
def conducted(kelvin: float, table: Heat, label: Index) -> Any:
    """Kirchhoff's variable, the integral of conductivity over temperature (W/m), of kelvins above 37 °C."""
    thawed = table[label, K_FROZEN] + table[label, K_MELT]
    liquid, boil = table[label, LIQUID] * table[label, PER_THAWED], table[label, BOIL] * table[label, PER_THAWED]
    if liquid <= kelvin <= boil:
        return kelvin * thawed
    half, none = f4(0.5), f4(0.0)
    if kelvin < liquid:
        solid = liquid + (table[label, SOLID] - table[label, LIQUID]) * table[label, PER_MELTING]
        short = liquid - max(kelvin, solid)
        melting = short * (thawed - half * table[label, K_MELT] * short / (liquid - solid))
        return liquid * thawed - melting + table[label, K_FROZEN] * min(kelvin - solid, none)
    dry = boil + (table[label, DRY] - table[label, BOIL]) * table[label, PER_BOILING]
    over = min(kelvin, dry) - boil
    boiling = over * (thawed + half * table[label, K_BOIL] * over / (dry - boil))
    return boil * thawed + boiling + (thawed + table[label, K_BOIL]) * max(kelvin - dry, none)


@inlined
def is_within(y: Heat, i: Index, j: Index, a: Index, b: Index, low: float, high: float) -> Any:
    """Whether the cells ``a`` to ``b`` of a row are all between two heats."""
    out = np.uint32(0)
    for n in range(a, b):
        out += np.uint32((y[i, j, n] < low) | (y[i, j, n] > high))
    return out == 0


@inlined
def parts_of(h: float, solid: float, liquid: float, boil: float, dry: float) -> Any:
    """Stored heat split at the corners: thawed, melting (below zero), boiling, dry.

    Without branches, for vector code. What lies below the solidus is in none of them.
    """
    melt = liquid if h > liquid else h
    melt = (solid if melt < solid else melt) - liquid
    warm = liquid if h < liquid else h
    steam = (boil if warm < boil else warm) - boil
    warm = boil if warm > boil else warm
    wet = dry - boil
    wet = wet if steam > wet else steam
    return warm, melt, wet, steam - wet
