"""Sections across the bone's axis, one beside the other, from above the lesion to below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from buttress.numerics.resample import sample
from buttress.records.unrolled import UnrolledCortex
from buttress.report.frame import HALO, SCALE_BAR_MM
from buttress.report.plane import Plane, direction_letters, plane_normal_to
from buttress.report.style import BACKGROUND, BONE, DPI, LESION, LINES, LOST, WINDOWS
from buttress.report.subject import Subject
from buttress.report.unrolled_map import LOSS_SHOWN

COLUMNS, ROWS = 5, 2
PANEL_PX = 260
FONT_PT = 6.5
AROUND_MM = 7.0
"""Soft tissue shown about the bone, or about what of the lesion lies near it (ours)."""
MOST_HALF_MM = 60.0
NICE_STEPS_MM = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0)
"""Distances between sections that are easy to add up (ours)."""
AIR_HU = -1024.0


@dataclass(frozen=True, slots=True, eq=False)
class Mosaic:
    """Where the panels of the montage lie: levels, their planes, and the half width of each, mm."""

    levels: tuple[int, ...]
    planes: tuple[Plane, ...]
    half_mm: float

    def corner(self, number: int) -> NDArray[np.float64]:
        """The centre of a panel on the mosaic, mm to the right of and above that of the first."""
        row, column = divmod(number, COLUMNS)
        return np.array([column, -row]) * 2 * self.half_mm


def draw_montage(subject: Subject) -> Figure:
    """Ten sections at even steps; each with the bone's outline, the lesion's, and where half the cortex is lost."""
    assert subject.unrolled is not None
    mosaic = mosaic_of(subject)
    figure = Figure(figsize=(COLUMNS * PANEL_PX / DPI, ROWS * PANEL_PX / DPI), dpi=DPI, facecolor=BACKGROUND)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    half = mosaic.half_mm
    low, high = WINDOWS["bone"].limits
    axes.imshow(
        _grey(subject, mosaic), cmap="gray", vmin=low, vmax=high, interpolation="nearest", aspect="auto",
        extent=(-half, (2 * COLUMNS - 1) * half, -(2 * ROWS - 1) * half, half),
    )  # fmt: skip
    axes.set_xlim(-half, (2 * COLUMNS - 1) * half)
    axes.set_ylim(-(2 * ROWS - 1) * half, half)
    for number, (level, plane) in enumerate(zip(mosaic.levels, mosaic.planes, strict=True)):
        _outlines(axes, subject, mosaic, number, level)
        _words(axes, mosaic.corner(number), half, subject.unrolled.arc_mm[level], plane)
    _frames(axes, half)
    _scale_bar(axes, half)
    return figure


def step_mm(cortex: UnrolledCortex) -> float:
    """The least easy distance at which ten sections span the affected levels."""
    span = (cortex.affected_mm[1] - cortex.affected_mm[0]) / (COLUMNS * ROWS - 1)
    return next((step for step in NICE_STEPS_MM if step >= span), NICE_STEPS_MM[-1])


def mosaic_of(subject: Subject) -> Mosaic:
    """Sections at whole steps from the lesion's centre, as even as can be about the middle of the affected levels."""
    cortex = subject.unrolled
    assert cortex is not None
    step, count = step_mm(cortex), COLUMNS * ROWS
    first = np.rint((np.mean(cortex.affected_mm) - step * (count - 1) / 2) / step)
    levels = tuple(cortex.level_of(float(step * (first + n))) for n in range(count))
    planes = tuple(
        plane_normal_to(np.cross(cortex.u[level], cortex.v[level]), cortex.points_mm[level]) for level in levels
    )
    outer = float(cortex.radius_mm[list(levels)].max())
    return Mosaic(levels, planes, min(outer + AROUND_MM, MOST_HALF_MM))


def _grey(subject: Subject, mosaic: Mosaic) -> NDArray[np.float32]:
    """HU of all panels as one image."""
    half = (mosaic.half_mm, mosaic.half_mm)
    points = np.stack([plane.points(half, (PANEL_PX, PANEL_PX)) for plane in mosaic.planes])
    hu = sample(subject.ct.values, subject.ct.grid, points, outside=AIR_HU)
    rows = hu.reshape(ROWS, COLUMNS, PANEL_PX, PANEL_PX).transpose(0, 2, 1, 3)
    return rows.reshape(ROWS * PANEL_PX, COLUMNS * PANEL_PX)


def _outlines(axes: Axes, subject: Subject, mosaic: Mosaic, number: int, level: int) -> None:
    cortex, plane, at = subject.unrolled, mosaic.planes[number], mosaic.corner(number)
    assert cortex is not None
    outline = plane.screen_mm(cortex.surface_mm(level)) + at
    around = np.concatenate([outline, outline[:1]])
    axes.plot(*around.T, color=BONE, linewidth=0.5, path_effects=HALO, scalex=False, scaley=False)
    lost = cortex.counted[level] >= LOSS_SHOWN
    if lost.any():
        marked = np.where(np.concatenate([lost, lost[:1]])[:, None], around, np.nan)
        axes.plot(*marked.T, color=LOST, linewidth=2.2, solid_capstyle="butt", path_effects=HALO, scalex=False)
    pixels = PANEL_PX // 2
    points = plane.points((mosaic.half_mm, mosaic.half_mm), (pixels, pixels))
    lesion = sample(subject.lesion.inside, subject.lesion.grid, points, outside=0.0)
    if lesion.min() < 0.5 < lesion.max():
        off = ((np.arange(pixels) + 0.5) / pixels * 2 - 1) * mosaic.half_mm
        style = LINES["lesion"]
        axes.contour(at[0] + off, at[1] - off, lesion, levels=[0.5], colors=[LESION], linewidths=[style.width_pt * 0.7])


def _words(axes: Axes, at: NDArray[np.float64], half: float, arc_mm: float, plane: Plane) -> None:
    """Level above, and the letters of the edges."""
    gap = 0.05 * half
    told = f"{arc_mm:+.0f} mm" if abs(arc_mm - round(arc_mm)) < 0.05 else f"{arc_mm:+.1f} mm"
    told = "0 mm" if abs(arc_mm) < 0.05 else told.replace("-", "−")
    letters = (
        (told, (-half + gap, half - gap), "left", "top"),
        (direction_letters(-plane.right), (-half + gap, 0.0), "left", "center"),
        (direction_letters(plane.right), (half - gap, 0.0), "right", "center"),
        (direction_letters(plane.up), (0.0, half - gap), "center", "top"),
        (direction_letters(-plane.up), (0.0, -half + gap), "center", "bottom"),
    )
    for word, place, ha, va in letters:
        x, y = at + np.array(place)
        axes.text(x, y, word, color="white", fontsize=FONT_PT, ha=ha, va=va, path_effects=HALO)


def _frames(axes: Axes, half: float) -> None:
    for column in range(1, COLUMNS):
        axes.axvline((2 * column - 1) * half, color=BACKGROUND, linewidth=1.5)
    for row in range(1, ROWS):
        axes.axhline(-(2 * row - 1) * half, color=BACKGROUND, linewidth=1.5)


def _scale_bar(axes: Axes, half: float) -> None:
    """One bar for all, in the last panel: they share one scale."""
    right, bottom = (2 * COLUMNS - 1) * half - 0.08 * half, -(2 * ROWS - 1) * half + 0.12 * half
    ends = [right - SCALE_BAR_MM, right]
    axes.plot(ends, [bottom, bottom], color="white", linewidth=1.5, path_effects=HALO, solid_capstyle="butt")
    axes.text(
        right, bottom + 0.06 * half, f"{SCALE_BAR_MM:.0f} mm", color="white", fontsize=FONT_PT, ha="right",
        va="bottom", path_effects=HALO,
    )  # fmt: skip
