"""Time of ten minutes of radiofrequency ablation at 128³ and 1 mm, potential and heat together, against our limit.

A cooled electrode of 20 mm in a lytic lesion of a long bone at 40 W. ``python benchmarks/radiofrequency.py [voxels]``.
Processor seconds are what the machine spent on all its threads; wall seconds depend on what else it does.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass

import numpy as np

from buttress.ablate.generator import ConstantPower, RollOff
from buttress.ablate.materials import Mixture, build_materials, build_sigma
from buttress.ablate.radiofrequency import Circuit, Probes, poles_on_shaft, run_radiofrequency
from buttress.numerics.grid import Grid
from buttress.numerics.heat import HeatProblem, HeatReport, HeatState, advance_heat, start_heat

LIMIT_S = 10.0
"""Wall, on two free cores."""


@dataclass
class Run:
    """Heat alone, without dose."""

    problem: HeatProblem
    state: HeatState
    wall_s: float = 0.0
    cpu_s: float = 0.0
    advances: int = 0

    def advance(self, duration_s, *, needles_c=(), source_w_m3=None, progress=None) -> HeatReport:
        wall, cpu = time.perf_counter(), time.process_time()
        report = advance_heat(
            self.problem,
            self.state,
            duration_s,
            source_w_m3=source_w_m3,
            needle_temperatures_c=needles_c,
            progress=progress,
        )
        self.wall_s += time.perf_counter() - wall
        self.cpu_s += time.process_time() - cpu
        self.advances += 1
        return report


def limb(voxels: int) -> np.ndarray:
    """Labels of muscle, marrow, cortex and a lytic tumour."""
    x, y, z = np.meshgrid(*[np.arange(voxels) - voxels / 2 + 0.5] * 3, indexing="ij")
    from_axis = np.hypot(x, y)
    labels = np.zeros((voxels,) * 3, dtype=np.uint8)
    labels[from_axis < 18] = 2
    labels[from_axis < 15] = 1
    labels[np.sqrt((x - 3) ** 2 + y**2 + z**2) < 14] = 3
    return labels


def measure(voxels: int, seconds: float) -> None:
    """One treatment, as a table of where the time went."""
    grid = Grid.aligned((voxels,) * 3, 1.0)
    mixtures = [Mixture.pure(key) for key in ("muscle", "yellow_marrow", "cortical", "lytic_tumour")]
    middle = np.full(3, voxels / 2.0)
    poles = poles_on_shaft(
        grid, middle - [0, 0, 10], np.array([0.3, 0, 1]), diameter_mm=1.5, lengths_mm=[20.0], coolant_c=20.0
    )
    needles = tuple(pole.needle for pole in poles)
    problem = HeatProblem(limb(voxels), (1e-3,) * 3, build_materials(mixtures), needles=needles)
    run = Run(problem, start_heat(problem, 37.0))
    generator = ConstantPower(40.0, roll_off=RollOff(ratio=1.3, pause_s=10.0))
    wall, cpu = time.perf_counter(), time.process_time()
    found = run_radiofrequency(
        run, Probes(poles, (Circuit((0,)),)), generator, seconds, sigma_at_37_s_m=build_sigma(mixtures)
    )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{voxels}³, {seconds:g} s: {found.potentials} potentials, {len(found.roll_offs_s)} roll-offs; "
        f"in all wall {wall:.2f} s, CPU {cpu:.2f} s; heat alone wall {run.wall_s:.2f} s, CPU {run.cpu_s:.2f} s "
        f"({run.advances} advances); {found.status}"
    )
    print(f"  impedance {found.impedance_ohm[0]:.0f} to {found.impedance_ohm[-1]:.0f} ohm, tip {found.tip_c[-1]:.1f} C")


def main() -> None:
    """A short run that compiles or loads, then the real one."""
    voxels = int(sys.argv[1]) if len(sys.argv) > 1 else 128
    measure(48, 20.0)
    measure(voxels, 600.0)
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"limit at 128³, two free cores: {LIMIT_S} s (wall); load average {busy:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
