"""Pictures for the page on reading a simulation: isotherms over time in the bundled tibia, and coverage curves.

``python tools/draw_simulations.py`` writes ``docs/images/simulation-isotherms.png`` and ``simulation-coverage.png`` and
prints what stands at the end of each curve; one to ten minutes, by how free the processor is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from buttress.ablate.calibrate import applicator_of
from buttress.ablate.course import Course
from buttress.ablate.deliver import active_middle_mm, prepare
from buttress.ablate.ensemble import nominal
from buttress.ablate.heat_run import HeatRun, PlacedNeedle
from buttress.ablate.region import SimulatedRegion
from buttress.ablate.schedule import parse_schedule
from buttress.library.load import load_devices
from buttress.records.simulation import CoverageMoment
from buttress.report.simulation_pictures import COLD_C, COLD_COLOURS, DASHES, HOT_C, HOT_COLOURS
from physics_scenes import UP, tibia

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
FIELD_MM = 34.0
DEAD, LESION = "#C77CFF", "#2EE66B"


@dataclass(frozen=True, slots=True)
class Shown:
    """One ablation along the tibia's shaft: probes side by side about the lesion's middle."""

    title: str
    device: str
    schedule: str
    minutes: tuple[float, ...] = ()
    probes: int = 1
    apart_mm: float = 0.0
    voxel_mm: float = 1.5

    @property
    def run_key(self) -> tuple[object, ...]:
        """What the simulation depends on."""
        return self.device, self.schedule, self.probes, self.apart_mm, self.voxel_mm

    @property
    def is_cold(self) -> bool:
        """Whether it freezes."""
        return load_devices()[self.device].modality == "cryoablation"


OVER_TIME = (
    Shown("Cold, one probe", "cryoprobe_2_4mm", "freeze 600, thaw 300, freeze 600, hot-thaw 960", (3, 10, 15, 25, 32)),
    Shown("Radiofrequency", "cooled_rf_2cm", "heat 720, cool-down 180", (1, 3, 6, 12, 14), voxel_mm=1.0),
    Shown("Microwave, 60 W", "emprint_microwave", "heat 300 at 60 W, cool-down 180", (0.5, 1, 2, 5, 7)),
)
RF, CYCLES = "cooled_rf_2cm", OVER_TIME[0].schedule
CURVES = (
    (OVER_TIME[0], "#2E6FD6", "solid"),
    (Shown("Cold, two probes 15 mm apart", "cryoprobe_2_4mm", CYCLES, probes=2, apart_mm=15.0), "#2E6FD6", "dashed"),
    (Shown("Radiofrequency, final (1 mm)", RF, OVER_TIME[1].schedule, voxel_mm=1.0), "#E63946", "solid"),
    (Shown("Radiofrequency, preview (2 mm)", RF, OVER_TIME[1].schedule, voxel_mm=2.0), "#E63946", "dashed"),
    (OVER_TIME[2], "#E69F00", "solid"),
)


@dataclass(slots=True, eq=False)
class Film:
    """Sections of temperature and of what is dead, taken as a run passes the minutes that are asked for."""

    course: Course
    run: HeatRun
    wanted_s: list[float]
    whole_s: float
    level: int
    taken: list[tuple[float, NDArray[np.float32], NDArray[np.bool_]]] = field(default_factory=list)

    def __call__(self, fraction: float) -> bool:
        """Take what is due, and let the course note its moment."""
        self.course(fraction)
        while self.wanted_s and fraction * self.whole_s >= self.wanted_s[0] - 1e-6:
            history = self.run.history()
            of_cold = self.course.of_cold
            dead = history.coldest_c < -40.0 if of_cold else history.dose_min >= 240.0  # type: ignore[operator]
            section = self.run.temperature_c[:, :, self.level].copy()
            self.taken.append((self.wanted_s.pop(0), section, np.asarray(dead[:, :, self.level])))
        return True


def main() -> None:
    """Draw both pictures."""
    IMAGES.mkdir(exist_ok=True)
    figure = Figure(figsize=(11.0, 7.4), layout="constrained")
    axes = figure.subplots(len(OVER_TIME), len(OVER_TIME[0].minutes))
    known = dict[tuple[object, ...], list[CoverageMoment]]()
    for row, shown in enumerate(OVER_TIME):
        region, film = _filmed(shown)
        known[shown.run_key] = film.course.moments
        for column, (seconds, warm, dead) in enumerate(film.taken):
            _section(axes[row, column], shown, region, film, (seconds, warm, dead))
    figure.savefig(IMAGES / "simulation-isotherms.png", dpi=90, metadata={"Software": None})
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    covered, volume = figure.subplots(1, 2)
    for shown, colour, dash in CURVES:
        moments = known.get(shown.run_key) or _filmed(shown)[1].course.moments
        _curve(covered, volume, shown, moments, (colour, dash))
    covered.set_ylabel("lesion dead, %"), volume.set_ylabel("zone, mL")
    for one in (covered, volume):
        one.set_xlabel("minutes"), one.set_ylim(bottom=0.0), one.spines[["top", "right"]].set_visible(False)
    figure.legend(*covered.get_legend_handles_labels(), fontsize=8, loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(IMAGES / "simulation-coverage.png", dpi=90, metadata={"Software": None})
    print(f"wrote {IMAGES}/simulation-isotherms.png and simulation-coverage.png")


def _filmed(shown: Shown) -> tuple[SimulatedRegion, Film]:
    region, device = tibia(shown.voxel_mm), load_devices()[shown.device]
    applicator, schedule = applicator_of(device), parse_schedule(shown.schedule)
    middle = region.grid.to_mm(np.argwhere(region.lesion).mean(axis=0))
    aside = (np.arange(shown.probes) - 0.5 * (shown.probes - 1)) * shown.apart_mm
    tips = [middle + np.array([x, 0.0, 0.0]) - active_middle_mm(applicator) * UP for x in aside]
    delivery = prepare(region, applicator, [PlacedNeedle(tip, UP) for tip in tips], schedule, nominal(shown.probes))
    course = Course(delivery.run, region, schedule, shown.is_cold)
    whole_s = sum(phase.duration_s for phase in schedule)
    level = round(float(region.grid.to_index(middle)[2]))
    film = Film(course, delivery.run, [60.0 * one for one in shown.minutes], whole_s, level)
    done = delivery.deliver(film)
    last = course.moments[-1]
    print(f"{shown.title}, {shown.voxel_mm:g} mm: {done.status}; {last.coverage_fraction:.0%}, {last.zone_ml:.1f} mL")
    return region, film


def _section(
    axes: Axes, shown: Shown, region: SimulatedRegion, film: Film,
    frame: tuple[float, NDArray[np.float32], NDArray[np.bool_]],
) -> None:  # fmt: skip
    """An axial section: front of the patient on top, the patient's right on the left."""
    seconds, warm, dead = frame
    grid, bone = region.grid, region.masks.bone
    assert bone is not None
    low, high = grid.to_mm([0, 0, film.level]), grid.to_mm([*np.array(grid.shape[:2]) - 1, film.level])
    x, y = (np.linspace(low[a], high[a], grid.shape[a]) for a in (0, 1))
    half = 0.5 * region.spacing_mm
    extent = (low[0] - half, high[0] + half, high[1] + half, low[1] - half)
    axes.imshow(region.hu[:, :, film.level].T, cmap="gray", vmin=-200, vmax=1400, extent=extent)
    axes.contourf(x, y, dead.T.astype(float), [0.5, 1.5], colors=[DEAD], alpha=0.35)
    axes.contour(x, y, bone[:, :, film.level].T.astype(float), [0.5], colors="white", linewidths=0.7)
    axes.contour(x, y, region.lesion[:, :, film.level].T.astype(float), [0.5], colors=LESION, linewidths=0.9)
    levels, colours = (COLD_C, COLD_COLOURS) if shown.is_cold else (HOT_C, HOT_COLOURS)
    for level, colour, dash in zip(levels, colours, DASHES, strict=True):
        if warm.min() < level < warm.max():
            drawn = axes.contour(x, y, warm.T, [level], colors=[colour], linewidths=1.5, linestyles=[dash])
            drawn.set_path_effects([withStroke(linewidth=2.3, foreground="black")])
    middle = grid.to_mm(np.argwhere(region.lesion).mean(axis=0))
    axes.set_xlim(middle[0] - FIELD_MM, middle[0] + FIELD_MM), axes.set_ylim(middle[1] + FIELD_MM, middle[1] - FIELD_MM)
    ends = np.cumsum([phase.duration_s for phase in film.course.schedule])
    phase = film.course.schedule[int(np.searchsorted(ends, seconds - 1e-6))]  # at a boundary: the one that ends
    axes.set_title(f"{shown.title}\n{seconds / 60.0:g} min, {phase.verb}", fontsize=8)
    axes.set_xticks([]), axes.set_yticks([])
    for where, letter in (((0.02, 0.5), "R"), ((0.93, 0.5), "L"), ((0.47, 0.93), "A")):
        axes.text(*where, letter, color="white", fontsize=8, transform=axes.transAxes)


def _curve(covered: Axes, volume: Axes, shown: Shown, moments: list[CoverageMoment], style: tuple[str, str]) -> None:
    minutes = [0.0, *(one.time_s / 60.0 for one in moments)]
    colour, dash = style
    dead = [0.0, *(100.0 * one.coverage_fraction for one in moments)]
    covered.plot(minutes, dead, color=colour, linestyle=dash, label=shown.title)
    volume.plot(minutes, [0.0, *(one.zone_ml for one in moments)], color=colour, linestyle=dash)


if __name__ == "__main__":
    main()
