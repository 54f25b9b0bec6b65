"""Freeze, thaw, freeze in a box of bone and tumour: time, memory and cost beside what copying memory costs.

``python benchmarks/heat.py`` prints one line a case: 25 minutes at 1 mm and 128³, the preview at 2 mm, growth with size
and with time, an ensemble, and the same small problem in scikit-fem where that is installed. Wall seconds on idle
cores are what the limits are for; processor seconds are what the machine spent on all its threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import psutil

from buttress.ablate.cooling import cooling_needles, run_cooling
from buttress.ablate.heat_run import HeatRun, PlacedNeedle, begin_run
from buttress.ablate.materials import Mixture, build_materials, build_sigma
from buttress.ablate.schedule import parse_schedule
from buttress.ablate.tissue import TissueMap
from buttress.library.load import load_devices
from buttress.numerics.exact_heat import Perfused
from buttress.numerics.grid import Grid
from buttress.records.applicator import CryoApplicator

FINAL_S, PREVIEW_S, ENSEMBLE_S, BYTES, FLOORS = 8.0, 0.3, 20.0, 60.0, 4.0
"""Limits: 25 min at 128³, the same at 2 mm, 20 of those, bytes a voxel, and times the copy floor a voxel-stage."""

SCHEDULE = "freeze 600, thaw 300, freeze 600"
KEYS = ("muscle", "cortical", "cancellous", "lytic_tumour")


def scene(voxels: int, spacing_mm: float) -> HeatRun:
    """A shaft with a lytic lesion and one cryoprobe, oblique to the voxels."""
    half = 0.5 * (voxels - 1) * spacing_mm
    grid = Grid.aligned((voxels,) * 3, spacing_mm, (-half,) * 3)
    at = np.linspace(-half, half, voxels)
    x, y, z = np.meshgrid(at, at, at, indexing="ij", sparse=True)
    radius = np.hypot(x, y)
    labels = np.zeros((voxels,) * 3, np.uint8)
    labels[np.broadcast_to(radius < 18.0, labels.shape)] = 1
    labels[np.broadcast_to(radius < 14.0, labels.shape)] = 2
    labels[x**2 + y**2 + z**2 < 12.0**2] = 3
    what = [Mixture.pure(key) for key in KEYS]
    tissue = TissueMap(labels, KEYS, build_materials(what), build_sigma(what))
    probe = PlacedNeedle((0.3, -0.4, -20.0), (0.2, 0.1, 1.0))
    return begin_run(tissue, grid, cooling_needles(applicator(), grid, [probe]), laws=())


def applicator() -> CryoApplicator:
    """The probe of the shelf."""
    found = load_devices()["cryoprobe_2_4mm"].applicator
    assert isinstance(found, CryoApplicator)
    return found


def timed(job: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds of a job."""
    wall, cpu = time.perf_counter(), time.process_time()
    job()
    return time.perf_counter() - wall, time.process_time() - cpu


def copy_ns() -> float:
    """Nanoseconds to read one float32 and write it elsewhere, on one core: the floor of any stage."""
    source = np.ones(64 * 1024 * 1024 // 4, np.float32)
    target = np.empty_like(source)
    target[:] = source
    return min(timed(lambda: np.copyto(target, source))[0] for _ in range(5)) / source.size * 1e9


def report(title: str, voxels: int, spacing_mm: float, schedule: str, limit_s: float | None) -> tuple[float, float]:
    """Run and print one case; returns wall seconds and processor nanoseconds a voxel-stage."""
    run = scene(voxels, spacing_mm)
    wall, cpu = timed(lambda: run_cooling(run, applicator(), parse_schedule(schedule)))
    stages = sum(one.stages for one in run.reports)
    box = run.state.box
    whole = float(voxels) ** 3
    share = 1.0 if box is None else float(np.prod(np.diff(box.reshape(3, 2), axis=1))) / whole
    limit = "" if limit_s is None else f" (limit {limit_s:g}{', met' if wall <= limit_s else ', MISSED'})"
    print(
        f"{title}: {wall:.2f} s wall{limit}, {cpu:.2f} s cpu, {stages} stages, box at the end {share:.0%} of {voxels}³"
    )
    return wall, cpu / (stages * whole) * 1e9


def memory() -> None:
    """Bytes a voxel that a run at 128³ adds to the process."""
    process = psutil.Process()
    before = process.memory_info().rss
    run = scene(128, 1.0)
    run_cooling(run, applicator(), parse_schedule("freeze 30"))
    added = (process.memory_info().rss - before) / 128**3
    print(f"memory: {added:.0f} bytes a voxel (limit {BYTES:g}{', met' if added <= BYTES else ', MISSED'})")


def peer() -> None:
    """Warm perfused muscle on 33³ nodes for 60 s: implicit Euler on scikit-fem's matrices, and ours."""
    try:
        import skfem
        from skfem.models.poisson import laplace, mass
    except ImportError:
        print("peer: scikit-fem is not installed (pip install scikit-fem): no ratio")
        return
    from scipy.sparse.linalg import splu

    from buttress.ablate.ladder.samples import MUSCLE, materials, plain
    from buttress.numerics.heat import HeatProblem, advance_heat, start_heat

    n, step, seconds = 33, 2e-3, 60.0
    tissue: Perfused = MUSCLE

    def theirs() -> None:
        side = np.linspace(0.0, step * (n - 1), n)
        basis = skfem.Basis(skfem.MeshHex.init_tensor(side, side, side), skfem.ElementHex1())
        stiff, lumped = laplace.assemble(basis), mass.assemble(basis)
        matrix = tissue.capacity_j_m3k / 2.0 * lumped + tissue.conductivity_w_mk * stiff
        matrix = matrix + tissue.perfusion_w_m3k * lumped
        factor, warm = splu(matrix.tocsc()), np.full(basis.N, 20.0)
        for _ in range(round(seconds / 2.0)):
            warm = factor.solve(tissue.capacity_j_m3k / 2.0 * (lumped @ warm))

    problem = HeatProblem(np.zeros((n,) * 3, np.uint8), (step,) * 3, materials(plain(tissue)), edge="insulated")

    def ours() -> None:
        advance_heat(problem, start_heat(problem, 57.0), seconds, longest_step_s=2.0)

    ours()
    (theirs_s, _), (ours_s, _) = timed(theirs), timed(ours)
    told = f"{theirs_s:.2f} s, ours {ours_s:.3f} s: {theirs_s / ours_s:.0f} times"
    print(f"peer, scikit-fem, 33³ nodes, 60 s in steps of 2 s: {told}")


def main() -> None:
    """All cases, after the kernels are compiled."""
    scene_first = scene(24, 2.0)
    run_cooling(scene_first, applicator(), parse_schedule("freeze 20, thaw 20"))
    memory()
    _, cost_ns = report("final, 25 min, 1 mm", 128, 1.0, SCHEDULE, FINAL_S)
    floor = copy_ns()
    ratio = cost_ns / floor
    told = "met" if ratio <= FLOORS else "MISSED"
    limit = f"{ratio:.1f} times a copy's {floor:.2f} ns (limit {FLOORS:g}, {told})"
    print(f"cost: {cost_ns:.2f} ns a voxel-stage of the whole lattice, {limit}")
    preview, _ = report("preview, 25 min, 2 mm", 64, 2.0, SCHEDULE, PREVIEW_S)
    met = "met" if 20 * preview <= ENSEMBLE_S else "MISSED"
    print(f"ensemble: 20 such runs {20 * preview:.1f} s (limit {ENSEMBLE_S:g}, {met})")
    for voxels in (64, 96, 128):
        report(f"growth with size, 2 min, {voxels}³", voxels, 1.0, "freeze 120", None)
    for minutes in (5, 10, 20):
        report(f"growth with time, {minutes} min", 64, 2.0, f"freeze {minutes} min", None)
    peer()


if __name__ == "__main__":
    main()
