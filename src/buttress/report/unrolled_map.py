"""The cortex unrolled: what is left of its thickness, about the bone and along it, as seen from outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patheffects import AbstractPathEffect, withStroke
from numpy.typing import NDArray

from buttress.records.findings import Measure
from buttress.records.unrolled import UnrolledCortex
from buttress.report.faces import faces_of, place_on
from buttress.report.style import DPI, EXTENT, THICKNESS_COLOURS, UNTOLD
from buttress.report.subject import Subject

FONT_PT = 7.0
PIXELS = (760, 760)
BESIDE_MM, LEAST_MM = 12.0, 25.0
"""Sound bone shown beyond the affected levels, and the least that is shown to either side of the lesion (ours)."""
LOSS_SHOWN = 0.5
"""The line drawn is half of the cortex's mineral: what the measures call involved."""
HALO: list[AbstractPathEffect] = [withStroke(linewidth=2.6, foreground="black")]


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The map laid flat: degrees from the lesion's middle, to the right as seen from outside with proximal up."""

    cortex: UnrolledCortex
    middle: int
    rows: slice

    @property
    def columns(self) -> NDArray[np.intp]:
        """Columns of the map from left to right, the first once more at the end: angles from u to v run leftwards."""
        return np.asarray((self.middle - self._steps) % len(self.cortex.angles_rad))

    @property
    def degrees(self) -> NDArray[np.float64]:
        """Where those columns stand."""
        return np.asarray(self._steps * (360.0 / len(self.cortex.angles_rad)))

    @property
    def _steps(self) -> NDArray[np.intp]:
        half = len(self.cortex.angles_rad) // 2
        return np.arange(-half, half + 1)

    @property
    def levels_mm(self) -> NDArray[np.float64]:
        """Arc lengths of the rows."""
        return self.cortex.arc_mm[self.rows]

    def flat(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """A map as it lies on the sheet."""
        return values[self.rows][:, self.columns]

    def at(self, angle_rad: float) -> float:
        """Degrees at which an angle about the axis stands."""
        return float(np.degrees(np.angle(np.exp(1j * (self.cortex.angles_rad[self.middle] - angle_rad)))))


def draw_unrolled(subject: Subject) -> Figure:
    """The map of one lesion: proximal up, the lesion in the middle, true to scale at the mean radius."""
    assert subject.unrolled is not None
    sheet = sheet_of(subject.unrolled)
    figure = Figure(figsize=(PIXELS[0] / DPI, PIXELS[1] / DPI), dpi=DPI, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    shown = _image(axes, sheet)
    _half_lost(axes, sheet)
    found = subject.findings
    _axial_extent(axes, sheet, found.axial_cortical_involvement_mm)
    _ring_extent(axes, sheet, found.circumferential_cortical_involvement_fraction)
    _dress(axes, sheet, subject)
    bar = figure.colorbar(shown, ax=axes, shrink=0.8, pad=0.02, aspect=25)
    bar.set_label("remaining cortex, mm", fontsize=FONT_PT)
    bar.ax.tick_params(labelsize=FONT_PT, width=0.5, length=3)
    return figure


def sheet_of(cortex: UnrolledCortex) -> Sheet:
    """The map cut open opposite to the lesion, over its levels and some sound bone beside them."""
    low = min(cortex.affected_mm[0] - BESIDE_MM, -LEAST_MM)
    high = max(cortex.affected_mm[1] + BESIDE_MM, LEAST_MM)
    weight = cortex.counted.sum(axis=0)
    weight = weight if weight.any() else cortex.near.sum(axis=0).astype(float)
    towards = np.angle(np.sum(weight * np.exp(1j * cortex.angles_rad)))
    middle = int(np.argmin(np.abs(np.angle(np.exp(1j * (cortex.angles_rad - towards))))))
    return Sheet(cortex, middle, slice(cortex.level_of(low), cortex.level_of(high) + 1))


def most_mm(cortex: UnrolledCortex) -> float:
    """The top of the scale: the cortex of the levels shown but for its thickest hundredth, in whole mm upwards."""
    thickest = np.nanpercentile(cortex.intact_mm[sheet_of(cortex).rows], 99)
    return max(1.0, float(np.ceil(thickest)))


def _image(axes: Axes, sheet: Sheet) -> AxesImage:
    left = np.ma.masked_invalid(sheet.flat(sheet.cortex.remaining_mm))
    levels, step = sheet.levels_mm, 180.0 / len(sheet.cortex.angles_rad)
    axes.set_facecolor(UNTOLD)
    return axes.imshow(
        left, cmap=THICKNESS_COLOURS, vmin=0.0, vmax=most_mm(sheet.cortex), interpolation="bilinear", aspect="auto",
        extent=(-180.0 - step, 180.0 + step, float(levels[-1]) + 0.5, float(levels[0]) - 0.5),
    )  # fmt: skip


def _half_lost(axes: Axes, sheet: Sheet) -> None:
    lost = sheet.flat(sheet.cortex.counted)
    if lost.max() < LOSS_SHOWN:
        return
    drawn = axes.contour(sheet.degrees, sheet.levels_mm, lost, levels=[LOSS_SHOWN], colors="white", linewidths=1.2)
    drawn.set_path_effects(HALO)


def _axial_extent(axes: Axes, sheet: Sheet, measure: Measure) -> None:
    """The measured length as a bracket where it was read: its middle is the place that the measure names."""
    if not measure.value or measure.at_mm is None:
        return
    arc, angle = place_on(sheet.cortex, measure.at_mm)
    x, ends = sheet.at(float(angle)), (float(arc) - measure.value / 2, float(arc) + measure.value / 2)
    axes.plot([x, x], ends, color=EXTENT, linewidth=1.4, marker="_", markersize=7, path_effects=HALO)
    right = x < 90.0
    axes.annotate(
        f"{measure.value:.1f} mm", (x, ends[1]), (4 if right else -4, -5), textcoords="offset points",
        color=EXTENT, fontsize=FONT_PT, ha="left" if right else "right", va="center", path_effects=HALO,
    )  # fmt: skip


def _ring_extent(axes: Axes, sheet: Sheet, measure: Measure) -> None:
    """The lost share of the ring as a line along its level, drawn where half of the cortex or more is lost."""
    if not measure.value or measure.at_mm is None:
        return
    arc = float(place_on(sheet.cortex, measure.at_mm)[0])
    lost = sheet.cortex.counted[sheet.cortex.level_of(arc), sheet.columns] >= LOSS_SHOWN
    if not lost.any():
        return
    axes.plot(sheet.degrees, np.where(lost, arc, np.nan), color=EXTENT, linewidth=1.4, path_effects=HALO)
    end = float(sheet.degrees[lost].max())
    right = end < 110.0
    axes.annotate(
        f"{100 * measure.value:.0f} %", (end if right else float(sheet.degrees[lost].min()), arc),
        (4 if right else -4, 0), textcoords="offset points", color=EXTENT, fontsize=FONT_PT,
        ha="left" if right else "right", va="center", path_effects=HALO,
    )  # fmt: skip


def _dress(axes: Axes, sheet: Sheet, subject: Subject) -> None:
    """Names of the faces above, degrees below, mm beside; one mm as long about the bone as along it."""
    cortex = sheet.cortex
    here = cortex.level_of(0.0)
    radius = float(cortex.radius_mm[sheet.rows].mean())
    axes.set_aspect(360.0 / (2 * np.pi * radius))
    axes.set_xlim(-180, 180)
    axes.set_xticks(range(-180, 181, 90))
    axes.set_xlabel(f"degrees about the bone ({np.pi * radius / 2:.0f} mm for 90°)", fontsize=FONT_PT)
    axes.set_ylabel("← distal    mm from the lesion's centre    proximal →", fontsize=FONT_PT)
    axes.tick_params(labelsize=FONT_PT, width=0.5, length=3)
    faces = sorted((sheet.at(angle), word) for word, angle in faces_of(cortex, here, subject.side))
    above = axes.secondary_xaxis("top")
    above.set_xticks([x for x, _ in faces], [word for _, word in faces])
    above.tick_params(labelsize=FONT_PT, width=0.5, length=3)
    for x, _ in faces:
        axes.axvline(x, color="white", linewidth=0.4, linestyle=(0, (1, 3)))
