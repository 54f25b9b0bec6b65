"""The cases of ``validate_ablate.py``: each simulates what a source measured and sets both side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage

from buttress.ablate.bench import UNPERFUSED, ZoneSize, bench_box, measure_zone, probe_layout
from buttress.ablate.bench_run import BenchSetup, run_on_bench
from buttress.ablate.calibrate import applicator_of, simulate_setting
from buttress.ablate.cement_heat import run_curing, with_cement
from buttress.ablate.cooling import cooling_needles, run_cooling
from buttress.ablate.heat_run import HeatRun, begin_run
from buttress.ablate.lethal_zone import criteria
from buttress.ablate.materials import Mixture, build_materials, build_sigma
from buttress.ablate.schedule import Phase, parse_schedule
from buttress.ablate.tissue import TissueMap
from buttress.library.load import load_devices
from buttress.library.load_damage import load_curing
from buttress.numerics.grid import Grid
from buttress.records.applicator import CryoApplicator

CEMENT_VOXEL_MM = 1.0
RADIOFREQUENCY_VOXEL_MM = 1.0

COOLED_2_CM = {"explanted": (26.2, 30.1, 11.08), "living": (20.0, 26.2, 5.76)}
"""Width and length across the zone seen on the cut, mm, and its volume, mL (cvir2009cooled, abstract)."""

CURED_S = 1500.0


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison in words: ``met`` is None where there is no aim."""

    case: str
    published: str
    ours: str
    miss: str = ""
    aim: str = ""
    met: bool | None = None
    kind: str = "predicted"

    def line(self) -> str:
        """The row of a table; a missed aim stands out."""
        miss = f"**{self.miss}**" if self.met is False else self.miss
        return f"| {self.case} | {self.published} | {self.ours} | {miss} | {self.aim} | {self.kind} |"


def _off(value: float, published: float, aim: float) -> tuple[str, str, bool]:
    return f"{value - published:+.1f} mm", f"{aim:g} mm", abs(value - published) <= aim


def cryo_multi_probe() -> list[Row]:
    """E1: the −30 °C isotherm of one to four probes, and its share of the ice."""
    device, rows = load_devices()["cryoprobe_2_4mm"], []
    applicator, bench = applicator_of(device), device.bench
    assert bench is not None
    shares = {1: 13, 2: 46, 3: 51, 4: 56}
    for k, setting in enumerate(device.zones):
        fitted = k in bench.fitted_settings
        found = simulate_setting(applicator, bench, setting).simulated
        ice = simulate_setting(applicator, bench.model_copy(update={"criterion": "ice"}), setting).simulated
        miss, aim, met = _off(found.longer_mm, setting.width_mm.value, 2.3)
        told = f"{found.longer_mm:.1f} x {found.shorter_mm:.1f} mm (circle of equal area {found.diameter_mm:.1f})"
        published = f"{setting.width_mm.value:g} mm"
        rows.append(Row(setting.setting, published, told, miss, aim, met, "fitted" if fitted else "predicted"))
        share = 100.0 * (found.diameter_mm / ice.diameter_mm) ** 2
        count = setting.probes
        rows.append(
            Row(
                f"{count}: share of the ice's area",
                f"{shares[count]} %",
                f"{share:.0f} %",
                f"{share - shares[count]:+.0f} points",
            )
        )
    return rows


def cryo_spacing() -> list[Row]:
    """E2: where the −40 °C isotherm lies, and whether it holds together between probes."""
    rows = []
    for key in ("cryoprobe_2_4mm", "cryoprobe_17g"):
        applicator = applicator_of(load_devices()[key])
        assert isinstance(applicator, CryoApplicator)
        single = _frozen(applicator, 1, 0.0)
        radius = 0.5 * _size(single, "minus_40").diameter_mm
        rows.append(Row(f"{key}: −40 °C about one needle", "about 10 mm", f"{radius:.1f} mm", *_off(radius, 10.0, 2.0)))
        for probes in (2, 4):
            for spacing in (10.0, 15.0, 20.0, 25.0):
                run = _frozen(applicator, probes, spacing)
                rows.append(_spacing_row(key, probes, spacing, run))
    return rows


def _spacing_row(key: str, probes: int, spacing: float, run: HeatRun) -> Row:
    cold, ice = _size(run, "minus_40"), _size(run, "ice")
    zone = criteria(run.history())["minus_40"].level > 0.0
    middle = (zone.shape[2] - 1) // 2
    plane = ndimage.zoom(criteria(run.history())["minus_40"].level[:, :, middle], 5, order=1) > 0.0
    _, pieces = ndimage.label(plane)
    holes = bool(np.any(ndimage.binary_fill_holes(plane) & ~plane))
    told = "one zone" if pieces == 1 and not holes else ("a warm core" if holes else f"{pieces} zones")
    depth = 0.5 * (ice.mean_width_mm - cold.mean_width_mm)
    miss, aim, met = _off(depth, 10.0, 2.0)
    return Row(
        f"{key}: {probes} at {spacing / 10:g} cm, −40 °C behind the ice",
        "about 10 mm",
        f"{depth:.1f} mm, {told}, {cold.longer_mm:.0f} x {cold.shorter_mm:.0f} mm",
        miss,
        aim,
        met,
    )


def _frozen(applicator: CryoApplicator, probes: int, spacing_mm: float) -> HeatRun:
    tissue, grid = bench_box("agar", 44.0 if probes == 1 else 54.0, 2.0, UNPERFUSED)
    needles = cooling_needles(applicator, grid, probe_layout(probes, spacing_mm, applicator.active_length_mm.value))
    run = begin_run(tissue, grid, needles, laws=())
    status = run_cooling(run, applicator, parse_schedule("freeze 600")).status
    if status != "finished":
        raise RuntimeError(status)
    return run


def _size(run: HeatRun, criterion: str) -> ZoneSize:
    return measure_zone(criteria(run.history())[criterion], run.grid.spacing_mm)


def microwave_settings() -> list[Row]:
    """E6: width and length of every setting of the two antennas."""
    rows = []
    for key in ("emprint_microwave", "neuwave_microwave"):
        device = load_devices()[key]
        applicator, bench = applicator_of(device), device.bench
        assert bench is not None
        for k, setting in enumerate(device.zones):
            kind = "fitted" if k in bench.fitted_settings else "predicted"
            found = simulate_setting(applicator, bench, setting).simulated
            width, length = setting.width_mm.value, setting.length_mm.value
            name = f"{key.split('_')[0]}, {setting.setting}"
            rows.append(
                Row(
                    f"{name}: width",
                    f"{width:g} mm",
                    f"{found.longer_mm:.1f} mm",
                    *_off(found.longer_mm, width, 2.0),
                    kind,
                )
            )
            rows.append(
                Row(
                    f"{name}: length",
                    f"{length:g} mm",
                    f"{found.length_mm:.1f} mm",
                    *_off(found.length_mm, length, 4.0),
                    kind,
                )
            )
    return rows


def cooled_radiofrequency() -> list[Row]:
    """E5: an internally cooled electrode in explanted and in living liver: the same but for warmth and blood."""
    device, schedule = load_devices()["cooled_rf_2cm"], (Phase("heat", 720.0),)
    explanted = BenchSetup("liver", schedule, start_c=20.0, voxel_mm=RADIOFREQUENCY_VOXEL_MM)
    living = BenchSetup("liver", schedule, is_perfused=True, voxel_mm=RADIOFREQUENCY_VOXEL_MM)
    sizes = {
        where: {row.key: row.size for row in run_on_bench(device, setup).rows}
        for where, setup in (("explanted", explanted), ("living", living))
    }
    rows = []
    for key, title in (("sixty", "60 °C"), ("dose", "CEM43 240 min")):
        for where, (width, length, volume) in COOLED_2_CM.items():
            size = sizes[where][key]
            off = 100.0 * (size.volume_ml / volume - 1.0)
            ours = f"{size.volume_ml:.1f} mL ({size.longer_mm:.1f} x {size.length_mm:.1f} mm)"
            published = f"{volume:g} mL ({width:g} x {length:g} mm)"
            rows.append(Row(f"{where} liver, {title}", published, ours, f"{off:+.0f} %", "20 %", abs(off) <= 20.0))
        lost = 100.0 * (1.0 - sizes["living"][key].volume_ml / sizes["explanted"][key].volume_ml)
        known = 100.0 * (1.0 - COOLED_2_CM["living"][2] / COOLED_2_CM["explanted"][2])
        rows.append(
            Row(
                f"volume lost to warmth and blood, {title}",
                f"{known:.0f} %",
                f"{lost:.0f} %",
                f"{lost - known:+.0f} points",
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class CementBall:
    """An eighth of a ball of cement that has cured, about the corner of the box: the run and its mask of cement."""

    run: HeatRun
    cement: np.ndarray
    hottest_cement_c: float

    @property
    def interface_c(self) -> float:
        """Greatest temperature of bone voxels that touch the cement, on average."""
        beside = ndimage.binary_dilation(self.cement) & ~self.cement
        hottest = self.run.history().hottest_c
        assert hottest is not None
        return float(hottest[beside].mean())

    def rim_mm(self, criterion: str) -> float:
        """How far beyond the cement a criterion reaches: radius of a ball of both volumes, less the cement's own."""
        dead = criteria(self.run.history())[criterion].zone | self.cement
        both, own = (8.0 * float(mask.sum()) * CEMENT_VOXEL_MM**3 for mask in (dead, self.cement))
        return float((0.75 * both / np.pi) ** (1 / 3) - (0.75 * own / np.pi) ** (1 / 3))


@lru_cache(maxsize=32)
def cement_ball(volume_ml: float, kinetics: str, perfused: bool) -> CementBall:
    """A ball of cement in cancellous bone at 37 °C, cured for 25 min: an eighth, by symmetry, with 25 mm of bone."""
    radius = float((0.75 * volume_ml * 1000.0 / np.pi) ** (1 / 3))
    away = (np.arange(int(np.ceil((radius + 25.0) / CEMENT_VOXEL_MM))) + 0.5) * CEMENT_VOXEL_MM
    distance = np.sqrt(away[:, None, None] ** 2 + away[None, :, None] ** 2 + away[None, None, :] ** 2)
    cement = distance <= radius
    what = [Mixture.pure("cancellous"), Mixture.pure("cement")]
    change = None if perfused else UNPERFUSED
    labels = cement.astype(np.uint8)
    tissue = TissueMap(labels, ("cancellous", "cement"), build_materials(what, change), build_sigma(what))
    grid = Grid.aligned(labels.shape, CEMENT_VOXEL_MM)
    start = with_cement(np.full(labels.shape, 37.0), cement)
    run = begin_run(tissue, grid, start_c=start, laws=("bone",), edge="insulated")
    report = run_curing(run, load_curing().kinetics[kinetics], CURED_S)
    return CementBall(run, cement, float(report.hottest_c.max()))


def cement_temperatures() -> list[Row]:
    """E9: centre and interface of cement in a goat's and in cadaver vertebrae."""
    rows = []
    for key in load_curing().kinetics:
        goat = cement_ball(0.8, key, True)
        met = abs(goat.interface_c - 44.6) <= 5.0
        rows.append(
            Row(
                f"0.8 mL, {key}: interface, greatest",
                "44.6 °C (mean of goats)",
                f"{goat.interface_c:.1f} °C",
                f"{goat.interface_c - 44.6:+.1f} °C",
                "5 °C",
                met,
            )
        )
    for volume in (6.0, 10.0):
        for key in load_curing().kinetics:
            ball = cement_ball(volume, key, False)
            inside = 49.0 <= ball.hottest_cement_c <= 112.0
            rows.append(
                Row(
                    f"{volume:g} mL, {key}: centre, greatest",
                    "49 to 112 °C (cadavers)",
                    f"{ball.hottest_cement_c:.0f} °C",
                    "within" if inside else "outside",
                    "within",
                    inside,
                )
            )
    return rows


def cement_rims() -> list[Row]:
    """E10: how far cement kills bone about it."""
    rows = []
    for volume in (3.0, 5.0, 8.0):
        for key in load_curing().kinetics:
            ball = cement_ball(volume, key, True)
            rim, dose = ball.rim_mm("damage_bone"), ball.rim_mm("dose")
            rows.append(
                Row(
                    f"{volume:g} mL, {key}",
                    "about 3 mm",
                    f"{rim:.1f} mm (Ω bone), {dose:.1f} mm (CEM43)",
                    f"{rim - 3.0:+.1f} mm",
                    "1 to 4 mm",
                    1.0 <= rim <= 4.0,
                )
            )
    return rows
