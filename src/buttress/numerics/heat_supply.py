"""What blood, metabolism and sources give to a plane of cells, W/m³; compiled. Laid out as ``heat_kernels`` says."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import float32 as f4

from buttress.numerics.stored_heat import (
    BOIL,
    DRY,
    LIQUID,
    METABOLIC,
    ONE,
    PER_BOILING,
    PER_DRY,
    PER_MELT,
    PER_MELTING,
    PER_THAWED,
    PERFUSION,
    SOLID,
    Array,
    Heat,
    Index,
    inlined,
    is_within,
    parts_of,
    temperature,
)

LEAST_RUN = np.uint64(12)
"""Rows whose runs are shorter than this on average are done cell by cell."""


@inlined
def add_source(w: Heat, out: Index, e: Index, source: Heat, i: Index, j: Index, k0: Index, k1: Index) -> Any:
    """Add a row of sources to plane ``out`` of rates; returns their sum."""
    total = f4(0.0)
    for n in range(k0, k1):
        w[out, e + n] += source[i, j, n]
        total += source[i, j, n]
    return total


@inlined
def _perfuse(
    y: Heat,
    i: Index,
    j: Index,
    a: Index,
    b: Index,
    table: Heat,
    label: Index,
    blood: float,
    w: Heat,
    out: Index,
    e: Index,
) -> Any:
    """Add blood flow and own heat of a run that is thawed and wet; returns what the blood brings, summed."""
    total, flow, own, per = f4(0.0), table[label, PERFUSION], table[label, METABOLIC], table[label, PER_THAWED]
    for n in range(a, b):
        brought = flow * (blood - y[i, j, n] * per)
        w[out, e + n] += brought + own
        total += brought
    return total


@inlined
def _perfuse_any(
    y: Heat,
    i: Index,
    j: Index,
    a: Index,
    b: Index,
    table: Heat,
    label: Index,
    blood: float,
    w: Heat,
    out: Index,
    e: Index,
) -> Any:
    """As ``_perfuse`` for a run that may be frozen or boil."""
    total, flow, own = f4(0.0), table[label, PERFUSION], table[label, METABOLIC]
    solid, liquid, boil, dry = table[label, SOLID], table[label, LIQUID], table[label, BOIL], table[label, DRY]
    thawed, melting, boiling = table[label, PER_THAWED], table[label, PER_MELTING], table[label, PER_BOILING]
    dried, per_melt = table[label, PER_DRY], table[label, PER_MELT]
    for n in range(a, b):
        warm, melt, wet, over = parts_of(y[i, j, n], solid, liquid, boil, dry)
        kelvin = warm * thawed + melt * melting + wet * boiling + over * dried
        brought = flow * (f4(1.0) + melt * per_melt) * (blood - kelvin)  # nothing below the solidus
        w[out, e + n] += brought + own
        total += brought
    return total


@inlined
def _perfuse_mixed(
    y: Heat,
    i: Index,
    j: Index,
    a: Index,
    b: Index,
    labels: Array,
    table: Heat,
    blood: float,
    w: Heat,
    out: Index,
    e: Index,
) -> Any:
    """As ``_perfuse_any`` for a row whose labels change too often; returns the blood's sum and own heat's."""
    total, own = f4(0.0), f4(0.0)
    for n in range(a, b):
        label, h = labels[i, j, n], y[i, j, n]
        melted = (h - table[label, SOLID]) * table[label, PER_MELT]
        melted = f4(1.0) if melted > f4(1.0) else melted
        melted = f4(0.0) if melted < f4(0.0) else melted
        brought = table[label, PERFUSION] * melted * (blood - temperature(h, table, label))
        w[out, e + n] += brought + table[label, METABOLIC]
        total += brought
        own += table[label, METABOLIC]
    return total, own


@numba.njit(cache=True)
def add_life(
    y: Heat, i: Index, labels: Array, starts: Array, kinds: Array, first: Array, table: Heat, box: Array, w: Heat,
    out: Index, tally: Array, blood: float, low: float, high: float,
) -> None:  # fmt: skip
    """Add what blood and metabolism bring to plane ``out`` of rates; ``tally`` receives the sums (blood, -, own)."""
    nj, nk = np.uint64(y.shape[1]), np.uint64(y.shape[2])
    k0, k1 = box[4], box[5]
    for j in range(box[2], box[3]):
        row, e = i * nj + j, (j + ONE) * nk
        here, end = first[row], first[row + ONE]
        if (end - here) * LEAST_RUN > nk:
            total, own = _perfuse_mixed(y, i, j, k0, k1, labels, table, blood, w, out, e)
            tally[0] += total
            tally[2] += own
            continue
        thawed = is_within(y, i, j, k0, k1, low, high)
        for q in range(here, end):
            a = max(np.uint64(starts[q]), k0)
            b = min(np.uint64(starts[q + ONE]) if q + ONE < end else nk, k1)
            kind = kinds[q]
            if a < b and (table[kind, PERFUSION] != f4(0.0) or table[kind, METABOLIC] != f4(0.0)):
                if thawed:
                    tally[0] += _perfuse(y, i, j, a, b, table, kind, blood, w, out, e)
                else:
                    tally[0] += _perfuse_any(y, i, j, a, b, table, kind, blood, w, out, e)
                tally[2] += table[kind, METABOLIC] * f4(b - a)
