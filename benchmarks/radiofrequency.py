"""Time of ten minutes of radiofrequency ablation at 128³ and 1 mm, potential and heat together, against our limit.

A cooled electrode of 20 mm in a lytic lesion of a long bone at 40 W, which rolls off again and again, and at 10 W.
``python benchmarks/radiofrequency.py [voxels]``.
Processor seconds are what the machine spent on all its threads; wall seconds depend on what else it does.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from buttress.ablate import heat_run
from buttress.ablate.generator import ConstantPower, RollOff
from buttress.ablate.heat_run import PlacedNeedle, begin_run
from buttress.ablate.materials import Mixture, build_materials, build_sigma
from buttress.ablate.radiofrequency import Circuit, Probes, poles_of, run_radiofrequency
from buttress.ablate.tissue import TissueMap
from buttress.numerics.grid import Grid
from buttress.numerics.heat import advance_heat
from buttress.records.applicator import RfApplicator
from buttress.records.number import Assumed

LIMIT_S = 10.0
"""Wall, on two free cores."""


def assumed(value: float, unit: str) -> Assumed:
    """A number for a benchmark."""
    return Assumed(value=value, unit=unit, low=value, high=value, ours="benchmark")


ELECTRODE = RfApplicator(
    kind="rf",
    poles="one",
    diameter_mm=assumed(1.5, "mm"),
    active_length_mm=assumed(20.0, "mm"),
    coolant_c=assumed(20.0, "°C"),
)


def timed(function: Callable[..., Any], spent: dict[str, float]) -> Callable[..., Any]:
    """The same function, which adds up what its calls take."""

    def run(*given: Any, **named: Any) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        answer = function(*given, **named)
        spent["wall"] += time.perf_counter() - wall
        spent["cpu"] += time.process_time() - cpu
        return answer

    return run


def limb(voxels: int) -> np.ndarray:
    """Labels of muscle, marrow, cortex and a lytic tumour."""
    x, y, z = np.meshgrid(*[np.arange(voxels) - voxels / 2 + 0.5] * 3, indexing="ij")
    from_axis = np.hypot(x, y)
    labels = np.zeros((voxels,) * 3, dtype=np.uint8)
    labels[from_axis < 18] = 2
    labels[from_axis < 15] = 1
    labels[np.sqrt((x - 3) ** 2 + y**2 + z**2) < 14] = 3
    return labels


def measure(voxels: int, seconds: float, power_w: float = 40.0) -> None:
    """One treatment, as a table of where the time went."""
    grid = Grid.aligned((voxels,) * 3, 1.0)
    mixtures = [Mixture.pure(key) for key in ("muscle", "yellow_marrow", "cortical", "lytic_tumour")]
    names = tuple(mixture.name for mixture in mixtures)
    tissue = TissueMap(limb(voxels), names, build_materials(mixtures), build_sigma(mixtures))
    placed = PlacedNeedle(np.full(3, voxels / 2.0) - [3, 0, 10], np.array([0.3, 0.0, 1.0]))
    poles = poles_of(ELECTRODE, grid, placed)
    run = begin_run(tissue, grid, [pole.needle for pole in poles])
    spent = {"wall": 0.0, "cpu": 0.0}
    heat_run.advance_heat = timed(advance_heat, spent)
    generator = ConstantPower(power_w, roll_off=RollOff(ratio=1.3, pause_s=10.0))
    wall, cpu = time.perf_counter(), time.process_time()
    found = run_radiofrequency(run, Probes(poles, (Circuit((0,)),)), generator, seconds)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{voxels}³, {seconds:g} s at {power_w:g} W: {found.potentials} potentials, "
        f"{len(found.roll_offs_s)} roll-offs; "
        f"in all wall {wall:.2f} s, CPU {cpu:.2f} s; heat alone "
        f"wall {spent['wall']:.2f} s, CPU {spent['cpu']:.2f} s; {found.status}"
    )
    print(f"  impedance {found.impedance_ohm[0]:.0f} to {found.impedance_ohm[-1]:.0f} ohm, tip {found.tip_c[-1]:.1f} C")


def main() -> None:
    """A short run that compiles or loads, then the real one."""
    voxels = int(sys.argv[1]) if len(sys.argv) > 1 else 128
    measure(48, 20.0)
    for power_w in (40.0, 10.0):
        measure(voxels, 600.0, power_w)
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"limit at 128³, two free cores: {LIMIT_S} s (wall); load average {busy:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
