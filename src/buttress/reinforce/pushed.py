"""A piece of bone pushed on beyond its first failure: what it bears once bone, cement and metal have yielded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.yielding import Push, push
from buttress.records.strength import LoadCase
from buttress.reinforce.inserts import Insert
from buttress.reinforce.loaded_block import MOST_STEPS, LoadedBlock
from buttress.reinforce.what_if import GIVES_WAY, ROUGH, Held, WhatIf

Floats = NDArray[np.float64]

STEPS = (0.5, 1.0, 1.5, GIVES_WAY)
"""How far the piece is pushed, over how far the healed one has moved when it first fails (ours)."""


def pushed(table: WhatIf, held: Held, load_case: LoadCase, insert: Insert | None = None) -> Push:
    """What one state bears, in unit loads, in the direction in which the bone as it is is weakest.

    Voxels beyond their limit keep their stress (perfectly plastic) in the window where bone may fail; elsewhere, and in
    marrow and grips, nothing yields. Every state is pushed equally far: twice as far as the healed bone at its first
    failure.
    """
    of = table.frame.cases[load_case]
    worst = int(np.argmin(table.lesion.ratios(table.healed, load_case)))
    pattern = sum(weight * table.frame.loads[unit] for weight, unit in zip(of.directions[worst], of.units, strict=True))
    fails = float(table.healed.loads[load_case, "principal"][worst])
    far = fails * float(table.healed.compliance[load_case][worst])
    modulus = table.modulus_of(held, insert)
    loaded = LoadedBlock(table.block, table.frame, modulus)
    parts = table.parts_of(held, insert)

    def weaken(strain: Floats) -> Floats:
        factor = np.ones(modulus.shape)
        for part in parts:
            index = table.index_of(part, strain[:, part.where], insert)
            factor[part.where] = np.minimum(factor[part.where], 1.0 / np.maximum(index, 1.0))
        return factor

    return push(
        loaded.modulus_mpa,
        table.block.grid.spacing_mm.tolist(),
        table.frame.held,
        np.asarray(pattern),
        weaken,
        [share * far for share in STEPS],
        tolerance=ROUGH,
        most_iterations=MOST_STEPS,
    )
