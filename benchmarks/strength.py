"""The what-if table: six states of one bone under four unit loads each, 24 solves, and how it grows with the voxels.

``python benchmarks/strength.py [voxel edge in mm …]`` (1.0 0.5 0.35). A tube of 28/16 mm, half of its cortex gone over
20 mm, 80 mm between grips: healed, as it is, with cement, needles, nails, two screws. Wall seconds depend on what else
the machine does.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import psutil

from buttress.reinforce.inserts import Insert, inserts_for
from buttress.reinforce.what_if import WhatIf

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
from tube_block import LINEAR, screws, tube_block

LIMIT_S, LIMIT_GB = 120.0, 2.0


def measure(edge_mm: float) -> None:
    """One line."""
    block = tube_block(14.0, 8.0, 80.0, edge_mm, gone=lambda x, y, z, r: (y > 0) & (np.abs(z) < 10.0))
    placed = screws(-11.0, 11.0, half_mm=30.0)
    known = [one for one in inserts_for(block, LINEAR, placed) if isinstance(one, Insert)]
    inserts = [one for one in known if one.key != "placed-cement"]
    start = time.perf_counter()
    table = WhatIf(block, LINEAR)
    states = [table.healed, table.lesion, *(table.with_insert(one) for one in inserts)]
    took = time.perf_counter() - start
    answers = [answer for state in states for answer in state.answers.values()]
    voxels, memory = int(block.solid.sum()), psutil.Process().memory_info().rss / 1e9
    is_large = 0.8e6 < voxels < 1.5e6
    told = f" (limits {LIMIT_S:g} s, {LIMIT_GB:g} GB: {verdict(took, memory)})" if is_large else ""
    print(
        f"{edge_mm:g} mm, {voxels:,} voxels: {len(answers)} solves in {took:.1f} s, {memory:.1f} GB{told}; "
        f"{took / voxels / len(answers) * 1e6:.2f} µs a voxel and solve; steps "
        + ", ".join(str(max(a.iterations for a in state.answers.values())) for state in states)
    )


def verdict(took: float, memory: float) -> str:
    """Met or missed."""
    return "met" if took <= LIMIT_S and memory <= LIMIT_GB else "MISSED"


if __name__ == "__main__":
    measure(2.0)
    for edge in map(float, sys.argv[1:] or ("1.0", "0.5", "0.35")):
        measure(edge)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
