"""Time of one potential at 64³, 96³ and 128³: cold, and again after the tissue has warmed, against our limits.

A needle of 0.75 mm and 20 mm in a lytic lesion of a long bone (tumour, marrow, cortex, muscle). Processor seconds are
what the machine spent on all its threads; wall seconds depend on what else it does. ``python benchmarks/potential.py``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np

from buttress.numerics.electrode import Body
from buttress.numerics.potential import Electrode, PotentialReport, PotentialSolver

MM = 1e-3
COLD_S, WARM_S = 1.0, 0.15
"""Limits at 128³ on two free cores, wall."""


def limb(voxels: int) -> tuple[np.ndarray, np.ndarray]:
    """Conductivity (S/m) of a lytic lesion in a shaft, and distances from its middle (mm)."""
    x, y, z = np.meshgrid(*[np.arange(voxels) - voxels / 2 + 0.5] * 3, indexing="ij")
    from_axis = np.hypot(x, y) / voxels
    sigma = np.full((voxels,) * 3, 0.355, dtype=np.float32)
    sigma[from_axis < 0.31] = 0.018
    sigma[from_axis < 0.28] = 0.0022
    away = np.sqrt((x - 0.06 * voxels) ** 2 + y**2 + z**2)
    sigma[away < 0.2 * voxels] = 0.355
    return sigma, away


def timed(job: Callable[[], PotentialReport]) -> tuple[PotentialReport, float, float]:
    """What a job returns, with its wall and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = job()
    return found, time.perf_counter() - wall, time.process_time() - cpu


def measure(voxels: int) -> None:
    """Print one line for one size."""
    sigma, away = limb(voxels)
    middle = np.array([0.53, 0.5, 0.5]) * voxels * MM
    half = np.array([0.0, 3.0, 9.5]) * MM
    needle = Electrode(Body(middle - half, middle + half, 0.75 * MM), 30.0)
    made = time.perf_counter()
    solver = PotentialSolver(sigma.shape, (MM,) * 3)
    made_wall = time.perf_counter() - made
    cold, cold_wall, cold_cpu = timed(lambda: solver.solve(sigma, [needle], edge="grounded"))
    # One step of the treatment: 3 K at the needle, so 4.5 per cent more conduction there.
    warmed = sigma * (1.0 + 0.045 * np.exp(-away / 8.0)).astype(np.float32)
    warm, warm_wall, warm_cpu = timed(lambda: solver.solve(warmed, [needle], edge="grounded", start=cold))
    exact = solver.solve(warmed, [needle], edge="grounded", start=cold, tolerance=1e-7)
    print(
        f"{voxels:>4}³  set up {made_wall:5.2f} s | cold: {cold.iterations:2d} steps, wall {cold_wall:5.2f} s, "
        f"CPU {cold_cpu:5.2f} s | warm: {warm.iterations:2d} steps, wall {warm_wall:5.2f} s, CPU {warm_cpu:5.2f} s, "
        f"power off by {abs(warm.power_w / exact.power_w - 1):.1e}"
    )


def main() -> None:
    """Print the table; the first size is done twice, because the first call compiles or loads."""
    measure(32)
    for voxels in (64, 96, 128):
        measure(voxels)
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"limits at 128³, two free cores: cold {COLD_S} s, warm {WARM_S} s (wall)")
    print(
        f"load average {busy:.1f} on {os.cpu_count()} processors; {os.environ.get('NUMBA_NUM_THREADS', 'all')} threads"
    )


if __name__ == "__main__":
    main()
