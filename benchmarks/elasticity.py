"""Elastic voxels: time, memory and steps of a solve, and how they grow.

``python benchmarks/elasticity.py [--peer PYTHON] [edges of the cube …]`` (28 56 112). ``PYTHON`` is one with ParOSol
(``benchmarks/parosol_peer.py``): it solves the same lattices in the same run. A hollow bone with a lytic hole that
breaches its cortex, both ends held, squeezed by 1 %. Wall seconds depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from scipy import ndimage

from buttress.numerics.elasticity import ElasticSolver

LIMIT_S = 2.0
"""Wall on two free cores, set-up and solve, a million voxels of tissue to 1e-6."""


def bone(count: int) -> np.ndarray:
    """Modulus in MPa ``(count,) * 3``: cortex 17 GPa, cancellous bone about 300 MPa, a hole of 10 MPa, void outside."""
    at = (np.arange(count) + 0.5) / count
    _, y, x = np.meshgrid(at, at, at, indexing="ij")
    z = np.broadcast_to(at[:, None, None], (count,) * 3)
    radius = np.hypot(x - 0.5, y - 0.5)
    grain = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal((count,) * 3), 2.0 * count / 112)
    grain /= grain.std()
    modulus = np.where(radius < 0.482, 300.0 * np.exp(0.8 * grain), 0.0)
    modulus = np.where((radius < 0.482) & (radius > 0.32), 17_000.0 * (1.0 + 0.05 * grain), modulus)
    hole = (x - 0.9) ** 2 + (y - 0.5) ** 2 + (z - 0.5) ** 2 < 0.22**2
    return np.where(hole & (radius < 0.482), 10.0, modulus).astype(np.float32)


def measure(count: int) -> None:
    """One line."""
    modulus = bone(count)
    held = np.zeros((3, *[count + 1] * 3), dtype=bool)
    held[:, [0, -1]] = True
    squeezed = np.zeros(held.shape)
    squeezed[0, -1] = -0.01 * count
    start = time.perf_counter()
    found = ElasticSolver(modulus, (1.0,) * 3, held).solve(held_mm=squeezed)
    took = time.perf_counter() - start
    voxels = int((modulus > 0).sum())
    told = f" (limit {LIMIT_S:g} s, {'met' if took <= LIMIT_S else 'MISSED'})" if 0.9e6 < voxels < 1.2e6 else ""
    memory = psutil.Process().memory_info().rss / 1e9
    print(
        f"{count}³, {voxels:,} voxels of tissue: {took:.2f} s{told}, {took / voxels * 1e6:.2f} µs a voxel, "
        f"{found.iterations} steps, {found.outcome} Reaction {found.force_n[0, -1].sum():.6g} N, {memory:.1f} GB"
    )


def beside(python: str, count: int) -> None:
    """The same lattice solved by the peer, one process, to the same tolerance."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "moduli.npy"
        np.save(path, bone(count))
        script = Path(__file__).with_name("parosol_peer.py")
        ran = subprocess.run([python, str(script), str(path), "1e-6"], capture_output=True, text=True, check=False)
    print("  ParOSol: " + " ".join((ran.stdout or ran.stderr).split())[-400:])


def main() -> None:
    """A small run that compiles or loads, then those asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peer", default="", help="a Python with ParOSol")
    parser.add_argument("edges", nargs="*", type=int, default=[28, 56, 112])
    asked = parser.parse_args()
    measure(16)
    for count in asked.edges:
        measure(count)
        if asked.peer:
            beside(asked.peer, count)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
