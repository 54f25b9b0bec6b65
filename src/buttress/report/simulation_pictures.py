"""Pictures of a simulated ablation: isotherms over the CT, its course, and how much of what became how cold or hot."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from buttress.library.load_damage import load_damage
from buttress.numerics.resample import sample
from buttress.records.simulation import AblationSimulation, SimulatedVoxels
from buttress.report.frame import framed, png_of
from buttress.report.overlay import draw_outline, draw_probes
from buttress.report.picture import Picture
from buttress.report.plane import edge_letters
from buttress.report.section import AIR_HU, SectionView
from buttress.report.style import DPI, HALO_PT, INK
from buttress.report.subject import Subject
from buttress.report.views import lesion_views

FONT_PT = 7.5
COLD_C, HOT_C = (0.0, -20.0, -40.0), (50.0, 60.0, 100.0)
COLD_COLOURS, HOT_COLOURS = ("#A6E1FF", "#4FB3E8", "#2E6FD6"), ("#FFD166", "#FF8C1A", "#E63946")
DASHES = ("solid", (0, (4, 2)), (0, (1, 1.5)))
SHADES = {"freeze": "#DCEBFA", "thaw": "#F4F4F4", "hot-thaw": "#FBE7DC", "heat": "#FBE7DC", "cool-down": "#F4F4F4"}
SIZE = (1300, 620)


def simulation_pictures(subject: Subject, simulation: AblationSimulation, voxels: SimulatedVoxels) -> Iterator[Picture]:
    """Isotherms in the plane of the probe and across it, the course, and the histograms."""
    views = {view.key: view for view in lesion_views(subject)}
    for key in ("along-probe", "axial"):
        if key in views:
            yield _isotherms(subject, simulation, voxels, views[key])
    if simulation.course:
        yield _plot(simulation, "course", "Course", _course(simulation), _course_words(simulation))
    if simulation.histograms:
        words = "Share of the tumour, its margin and every structure at or beyond each temperature."
        yield _plot(simulation, "histograms", "Temperatures reached", _histograms(simulation), words)


def _isotherms(subject: Subject, simulation: AblationSimulation, voxels: SimulatedVoxels, view: SectionView) -> Picture:
    points = view.plane.points(view.field.half_mm, view.field.pixels)
    grey = sample(subject.ct.values, subject.ct.grid, points, outside=AIR_HU)
    low, high = view.window.limits
    title = f"Simulated\n{view.title}"
    axes = framed(grey, view.field, view.plane, title, cmap="gray", vmin=low, vmax=high)
    if subject.ablation is not None:
        draw_probes(axes, view.field, view.plane, subject.ablation)
    if subject.bone is not None:
        bone = sample(subject.bone.inside, subject.bone.grid, points, outside=0.0)
        draw_outline(axes, view.field, bone, 0.5, "bone", "")
    zone = sample(voxels.zone.inside, voxels.zone.grid, points, outside=0.0)
    draw_outline(axes, view.field, zone, 0.5, "zone", "")
    lesion = sample(subject.lesion.inside, subject.lesion.grid, points, outside=0.0)
    draw_outline(axes, view.field, lesion, 0.5, "lesion", "lesion")
    extreme = sample(voxels.extreme_c.values, voxels.extreme_c.grid, points, outside=37.0)
    levels, colours = _levels(simulation)
    for level, colour, dash in zip(levels, colours, DASHES, strict=True):
        _contour(axes, view, extreme, level, colour, dash)
    letters = edge_letters(view.plane)
    told = ", ".join(f"{level:g} °C" for level in levels)
    kind = "coldest" if _is_cold(simulation) else "hottest"
    return Picture(
        key=f"{simulation.plan_id}-simulated-{view.key}",
        title="Simulated isotherms",
        caption=f"Simulated: {view.place}. Lines at {told} (solid, dashed, dotted) of the {kind} that tissue became; "
        "blue dashed: dead by the project's criterion; orange: lesion; white: restored bone. Not validated in bone.",
        alt=f"CT section with simulated isotherms about the probe, {view.place}. Left edge {letters['left']}, right "
        f"edge {letters['right']}, top {letters['top']}, bottom {letters['bottom']}; scale bar 20 mm.",
        png=png_of(axes),
        lesion_id=subject.lesion_id,
        shape="square" if view.field.pixels[0] == view.field.pixels[1] else "portrait",
    )


def _levels(simulation: AblationSimulation) -> tuple[tuple[float, ...], tuple[str, ...]]:
    return (COLD_C, COLD_COLOURS) if _is_cold(simulation) else (HOT_C, HOT_COLOURS)


def _is_cold(simulation: AblationSimulation) -> bool:
    return simulation.modality == "cryoablation"


def _contour(axes: Axes, view: SectionView, values: np.ndarray, level: float, colour: str, dash: object) -> None:
    if not values.min() < level < values.max():
        return
    (width, height), (columns, rows) = view.field.half_mm, view.field.pixels
    across = ((np.arange(columns) + 0.5) / columns * 2 - 1) * width
    above = (1 - (np.arange(rows) + 0.5) / rows * 2) * height
    drawn = axes.contour(across, above, values, levels=[level], colors=[colour], linewidths=1.3, linestyles=[dash])
    drawn.set_path_effects([withStroke(linewidth=1.3 + HALO_PT * 0.6, foreground="black")])
    axes.clabel(drawn, fmt=lambda value: f"{value:g}°", fontsize=FONT_PT)


def _course(simulation: AblationSimulation) -> Figure:
    figure = Figure(figsize=(SIZE[0] / DPI, SIZE[1] / DPI), dpi=DPI, facecolor="white", layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True)
    minutes = np.array([one.time_s for one in simulation.course]) / 60.0
    covered = [100.0 * one.coverage_fraction for one in simulation.course]
    top.plot(minutes, covered, color="#D55E00", linewidth=1.6, label="lesion covered, %")
    top.plot(minutes, [one.zone_ml for one in simulation.course], color="#0072B2", linestyle="dashed", label="zone, mL")
    hottest, coldest = ([getattr(one, name) for one in simulation.course] for name in ("hottest_c", "coldest_c"))
    bottom.plot(minutes, hottest, color="#E63946", label="hottest of the lesion, °C")
    bottom.plot(minutes, coldest, color="#2E6FD6", linestyle="dashed", label="coldest, °C")
    power = [one.power_w for one in simulation.course]
    if any(watts is not None for watts in power):
        bottom.plot(minutes, [watts or 0.0 for watts in power], color="#555555", linewidth=0.8, label="power, W")
    top.set_ylim(0.0, 1.05 * max(100.0, *(one.zone_ml for one in simulation.course)))
    for axes in (top, bottom):
        _shade(axes, simulation, minutes, with_names=axes is top)
        axes.tick_params(labelsize=FONT_PT, width=0.5, length=3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(fontsize=FONT_PT, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    bottom.set_xlabel("minutes since the ablation began", fontsize=FONT_PT)
    return figure


def _shade(axes: Axes, simulation: AblationSimulation, minutes: np.ndarray, *, with_names: bool) -> None:
    """Phases as bands, each from its first moment to the next one's."""
    phases = [one.phase for one in simulation.course]
    starts = [0, *(n for n, (a, b) in enumerate(pairwise(phases), 1) if a != b)]
    for start, stop in pairwise([*starts, len(phases)]):
        left = 0.0 if start == 0 else minutes[start - 1]
        axes.axvspan(left, minutes[stop - 1], color=SHADES.get(phases[start], "#FFFFFF"), linewidth=0)
        if with_names:
            axes.text(left, axes.get_ylim()[1], f" {phases[start]}", fontsize=FONT_PT - 1.5, va="bottom", color=INK)


def _course_words(simulation: AblationSimulation) -> str:
    last = simulation.course[-1]
    return (
        "Course: share of the lesion that is dead, volume of the zone, and the lesion's coldest and hottest voxel; "
        f"bands are the schedule's phases. At the end {last.coverage_fraction:.0%} of the lesion is dead."
    )


def _histograms(simulation: AblationSimulation) -> Figure:
    figure = Figure(figsize=(SIZE[0] / DPI, SIZE[1] / DPI), dpi=DPI, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    dashes = ("solid", (0, (5, 2)), (0, (1, 1.3)), (0, (5, 2, 1, 2)))
    for n, one in enumerate(simulation.histograms):
        line = {"linestyle": dashes[n % len(dashes)], "linewidth": 2.0 if one.of == "tumour" else 1.2}
        axes.plot(one.edges_c, [100.0 * share for share in one.fraction], label=one.of, **line)  # type: ignore[arg-type]
    cold = load_damage().cold.values()
    lethal = next(c.temperature_c.value for c in cold if c.is_default) if _is_cold(simulation) else 60.0
    axes.axvline(lethal, color=INK, linewidth=0.6)
    axes.text(lethal, 103.0, f" {lethal:g} °C", fontsize=FONT_PT, ha="left")
    axes.set_xlabel("°C or colder" if _is_cold(simulation) else "°C or hotter", fontsize=FONT_PT)
    axes.set_ylabel("share of it, %", fontsize=FONT_PT)
    axes.tick_params(labelsize=FONT_PT, width=0.5, length=3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(fontsize=FONT_PT, frameon=False, loc="outside lower center", ncols=2)
    return figure


def _plot(simulation: AblationSimulation, name: str, title: str, figure: Figure, words: str) -> Picture:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return Picture(
        key=f"{simulation.plan_id}-simulated-{name}",
        title=title,
        caption=words,
        alt=words,
        png=buffer.getvalue(),
        lesion_id=simulation.lesion_id,
        shape="wide",
    )
