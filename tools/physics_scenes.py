"""The paper's physics as scenes, which tests assert and a page pictures.

An electrode, an antenna or a cryoprobe in the bundled tibia's CT, with the cortex as it is (broken) or restored; and a
vessel beside a probe in muscle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.ablate.bench import bench_box
from buttress.ablate.calibrate import applicator_of
from buttress.ablate.cooling import cooling_needles
from buttress.ablate.curing import judge_cold_for_cement
from buttress.ablate.deliver import LAWS, Delivery, active_middle_mm, generator_of
from buttress.ablate.heat_run import HeatRun, PlacedNeedle, begin_run
from buttress.ablate.materials import Mixture, build_materials, build_sigma
from buttress.ablate.radiofrequency import Circuit, Probes, poles_of, run_radiofrequency
from buttress.ablate.region import SimulatedRegion, look_at
from buttress.ablate.schedule import Schedule, parse_schedule, total_s
from buttress.ablate.tissue import TissueMap, label_tissues
from buttress.app.sources import load_input
from buttress.exchange.images import read_imaging
from buttress.library.load import load_devices
from buttress.library.load_damage import load_curing
from buttress.numerics.grid import Grid
from buttress.records.applicator import RfApplicator
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging
from buttress.records.number import Assumed
from buttress.workflow.see_case import see_case

Energy = Literal["radiofrequency", "microwave", "cold"]
VOXEL_MM = 1.5
CORTEX_MM = 2.5
TOWARDS_WALL = 0.5
"""How far from the lesion's middle towards the wall that it has broken the probe stands, as a share."""

UP = np.array([0.0, 0.0, 1.0])
SCHEDULES = {
    "radiofrequency": parse_schedule("heat 480 at 15 W"),
    "microwave": parse_schedule("heat 300 at 40 W"),
    "cold": parse_schedule("freeze 600"),
}


def _told(value: float, unit: str = "mm") -> Assumed:
    return Assumed(value=value, unit=unit, low=value, high=value, ours="a made-up electrode")


ELECTRODE = RfApplicator(
    kind="rf", poles="one", diameter_mm=_told(1.5), active_length_mm=_told(15.0), coolant_c=_told(15.0, "°C")
)
"""Cooled with water, driven with a power."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What came of one: the region, the hottest or coldest of every voxel, and the bone as it would be unbroken."""

    region: SimulatedRegion
    extreme_c: NDArray[np.float32]
    bone: NDArray[np.bool_]

    def beyond_bone_mm(self, level_c: float) -> float:
        """How far beyond the broken wall a temperature reaches (60 °C from above, 0 °C from below)."""
        there = self.extreme_c >= level_c if level_c > 37.0 else self.extreme_c <= level_c
        spacing = self.region.grid.spacing_mm
        away, nearest = ndimage.distance_transform_edt(~self.bone, sampling=spacing, return_indices=True)
        beside = open_wall()[tuple(nearest)]
        return float(away[there & beside & ~self.bone].max(initial=0.0))


@lru_cache(maxsize=1)
def _seen_tibia() -> tuple[SeenLesion, Imaging]:
    loaded = load_input("tibia")
    imaging = read_imaging(loaded.case, loaded.folder)
    [seen] = see_case(loaded.case, imaging, lambda step: None).lesions.values()
    return seen, imaging


@lru_cache(maxsize=3)
def tibia(voxel_mm: float = VOXEL_MM) -> SimulatedRegion:
    """The bundled tibia about its lesion, as the CT shows it."""
    seen, imaging = _seen_tibia()
    return look_at(seen, imaging, [seen.lesion.points_mm().mean(axis=0)], voxel_mm, {})


def with_cortex(region: SimulatedRegion, *, intact: bool) -> SimulatedRegion:
    """The same CT with the bone's outer 2.5 mm made cortex all round, or tumour where the lesion has broken it."""
    bone = region.masks.bone
    assert bone is not None
    depth = ndimage.distance_transform_edt(bone, sampling=region.grid.spacing_mm)
    shell = bone & (depth <= CORTEX_MM)
    hu, lesion = region.hu.copy(), region.lesion & bone
    if intact:
        hu[shell] = 1500.0
        lesion = lesion & ~shell
    masks = replace(region.masks, lesion=lesion)
    tissue = label_tissues(hu, region.grid.spacing_mm, masks)
    return SimulatedRegion(region.grid, hu, masks, tissue, lesion, region.structures, region.kinds, region.is_cut)


@lru_cache(maxsize=8)
def in_tibia(energy: Energy, *, intact: bool) -> Scene:
    """A probe along the shaft, half the way from the lesion's middle to the wall that it has broken."""
    region = with_cortex(tibia(), intact=intact)
    bone = region.masks.bone
    assert bone is not None
    run = delivered(energy, region.tissue, region.grid, [_near_the_wall()], SCHEDULES[energy])
    history = run.history()
    extreme = history.coldest_c if energy == "cold" else history.hottest_c
    assert extreme is not None
    return Scene(region, extreme, bone)


@lru_cache(maxsize=1)
def open_wall() -> NDArray[np.bool_]:
    """Outermost voxels of the restored bone that the lesion has reached."""
    region = tibia()
    bone = region.masks.bone
    assert bone is not None
    depth = ndimage.distance_transform_edt(bone, sampling=region.grid.spacing_mm)
    return np.asarray(region.lesion & bone & (depth <= VOXEL_MM))


def _near_the_wall() -> NDArray[np.float64]:
    """The place of the probe's middle, LPS mm: it does not depend on whether the cortex is intact."""
    own = tibia()
    middle = own.grid.to_mm(np.argwhere(own.lesion).mean(axis=0))
    level = round(float(own.grid.to_index(middle)[2]))
    wall = own.grid.to_mm(np.array([*np.argwhere(open_wall()[:, :, level]).mean(axis=0), level]))
    return np.asarray(middle + TOWARDS_WALL * (wall - middle))


def delivered(
    energy: Energy, tissue: TissueMap, grid: Grid, middles_mm: list[NDArray[np.float64]], schedule: Schedule
) -> HeatRun:
    """Probes along z with the middles of their active parts at ``middles_mm``, run in a tissue."""
    if energy == "radiofrequency":
        placed = [PlacedNeedle(middle - 7.5 * UP, UP) for middle in middles_mm]
        poles = tuple(pole for one in placed for pole in poles_of(ELECTRODE, grid, one))
        run = begin_run(tissue, grid, tuple(pole.needle for pole in poles), laws=LAWS)
        generator = generator_of(ELECTRODE, schedule[0])
        run_radiofrequency(run, Probes(poles, (Circuit((0,)),)), generator, total_s(schedule))
        return run
    applicator = applicator_of(load_devices()["cryoprobe_2_4mm" if energy == "cold" else "emprint_microwave"])
    placed = [PlacedNeedle(middle - active_middle_mm(applicator) * UP, UP) for middle in middles_mm]
    if energy == "cold":
        run = begin_run(tissue, grid, cooling_needles(applicator, grid, placed), laws=())  # type: ignore[arg-type]
    else:
        run = begin_run(tissue, grid, laws=LAWS)
    Delivery(run, applicator, tuple(placed), (), schedule, 1.0).deliver()
    return run


@dataclass(frozen=True, slots=True, eq=False)
class VesselScene:
    """Muscle with a vessel on one side of a probe: reach of the dose of 240 min towards it and away from it, mm."""

    towards_mm: float
    away_mm: float
    dose_min: NDArray[np.float32]
    grid: Grid

    @property
    def bite_mm(self) -> float:
        """What the vessel takes away."""
        return self.away_mm - self.towards_mm


@lru_cache(maxsize=4)
def beside_a_vessel(energy: Energy, distance_mm: float = 9.0, diameter_mm: float = 6.0) -> VesselScene:
    """A probe in perfused muscle, a vessel along it; times are such that both zones reach alike on the other side."""
    plain, grid = bench_box("muscle", 34.0, VOXEL_MM)
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    x, y, _ = np.moveaxis(grid.to_mm(index), -1, 0)
    labels = plain.labels.copy()
    labels[np.hypot(x - distance_mm, y) <= 0.5 * diameter_mm] = 1
    what = [Mixture.pure("muscle"), Mixture.pure("blood")]
    tissue = TissueMap(labels, ("muscle", "blood"), build_materials(what), build_sigma(what))
    schedule = parse_schedule("heat 450 at 15 W" if energy == "radiofrequency" else "heat 140 at 60 W")
    run = delivered(energy, tissue, grid, [np.zeros(3)], schedule)
    dose = run.history().dose_min
    assert dose is not None
    middle = [n // 2 for n in grid.shape]
    line = np.log(np.maximum(dose[:, middle[1], middle[2]], 1e-12))
    away, towards = (_reach_mm(part, np.log(240.0)) for part in (line[middle[0] :: -1], line[middle[0] :]))
    return VesselScene(towards, away, dose, grid)


def _reach_mm(line: NDArray[np.floating], level: float) -> float:
    """From the first cell to where a line first falls below a level, mm."""
    below = np.flatnonzero(line < level)
    if len(below) == 0 or below[0] == 0:
        return 0.0 if len(below) else VOXEL_MM * len(line)
    n = int(below[0])
    return float(VOXEL_MM * (n - 1 + (line[n - 1] - level) / (line[n - 1] - line[n])))


@dataclass(frozen=True, slots=True)
class Thaw:
    """The lesion after freezing: seconds since, its coldest and median temperature, and whether cement may come."""

    time_s: tuple[float, ...]
    coldest_c: tuple[float, ...]
    median_c: tuple[float, ...]
    warm_s: float | None


@lru_cache(maxsize=2)
def thawing(*, is_active: bool, most_s: float = 1500.0, step_s: float = 60.0) -> Thaw:
    """Freeze, thaw and freeze the tibia's lesion, then thaw it actively or by blood alone."""
    region = with_cortex(tibia(), intact=False)
    run = delivered(
        "cold", region.tissue, region.grid, [_near_the_wall()], parse_schedule("freeze 600, thaw 300, freeze 600")
    )
    applicator = applicator_of(load_devices()["cryoprobe_2_4mm"])
    kinetics = next(iter(load_curing().kinetics.values()))
    phase = parse_schedule(f"{'hot-thaw' if is_active else 'thaw'} {step_s:g}")
    rows, warm_s = list[tuple[float, float, float]](), None
    for n in range(round(most_s / step_s) + 1):
        here = run.temperature_in(region.lesion)
        rows.append((n * step_s, float(here.min()), float(np.median(here))))
        if warm_s is None and not judge_cold_for_cement(kinetics, run.temperature_c, region.lesion).is_too_cold:
            warm_s = n * step_s
        Delivery(run, applicator, (), (), phase, 1.0).deliver()
    times, coldest, median = zip(*rows, strict=True)
    return Thaw(times, coldest, median, warm_s)
