"""Rigidity along the bone as a plot: five ratios over the distance from the lesion, the lesion shaded."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from buttress.records.strength import Rigidity
from buttress.report.style import DPI, INK, LESION
from buttress.report.subject import Subject

FONT_PT = 7.5
PIXELS = (1300, 560)
LINES = (
    ("axial", "axial EA", "#000000", "solid", 1.6),
    ("bending_min", "bending EI, weakest direction", "#0072B2", (0, (5, 2)), 1.6),
    ("bending_max", "bending EI, strongest direction", "#56B4E9", (0, (5, 2, 1, 2)), 1.4),
    ("torsion_polar", "torsion GJ, polar sum", "#CC79A7", (0, (1, 1.3)), 1.8),
    ("torsion", "torsion GJ, true (with warping)", "#D55E00", (0, (7, 1.5)), 1.8),
)


def draw_rigidity(rigidity: Rigidity, subject: Subject | None) -> Figure:
    """The plot; ``subject`` gives the lesion's extent along the axis where there is one."""
    figure = Figure(figsize=(PIXELS[0] / DPI, PIXELS[1] / DPI), dpi=DPI, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    at = np.array([level.from_lesion_mm for level in rigidity.levels])
    for name, word, colour, dash, width in LINES:
        ratio = [getattr(level, name) for level in rigidity.levels]
        axes.plot(at, ratio, color=colour, linestyle=dash, linewidth=width, label=word)
    extent = None if subject is None else lesion_extent_mm(subject)
    if extent is not None:
        axes.axvspan(*extent, color=LESION, alpha=0.12, linewidth=0)
        axes.text(float(np.mean(extent)), 0.02, "lesion", color="#9A3F00", fontsize=FONT_PT, ha="center", va="bottom")
    _dress(axes, at)
    return figure


def lesion_extent_mm(subject: Subject) -> tuple[float, float] | None:
    """Lowest and highest level of the bone's axis that the lesion reaches, mm from its centre; None without axis."""
    axis = subject.findings.bone_axis
    if axis is None:
        return None
    points, levels = np.array(axis.points_mm), np.array(axis.from_lesion_mm)
    few = subject.points_mm[:: max(1, len(subject.points_mm) // 4000)]
    nearest = np.argmin(np.linalg.norm(few[:, None] - points[None], axis=2), axis=1)
    ahead = np.clip(nearest + 1, 1, len(points) - 1)
    step = points[ahead] - points[ahead - 1]
    share = np.einsum("ij,ij->i", few - points[ahead - 1], step) / np.einsum("ij,ij->i", step, step)
    reached = levels[ahead - 1] + share * (levels[ahead] - levels[ahead - 1])
    return float(reached.min()), float(reached.max())


def plot_png(figure: Figure) -> bytes:
    """The finished PNG: same drawing, same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def _dress(axes: Axes, at: np.ndarray) -> None:
    axes.axhline(1.0, color=INK, linewidth=0.5)
    axes.set_xlim(float(at.min()), float(at.max()))
    axes.set_ylim(0.0, max(1.1, axes.get_ylim()[1]))
    axes.set_xlabel("← proximal     mm along the bone's axis from the lesion's centre     distal →", fontsize=FONT_PT)
    axes.set_ylabel("lesion ÷ healed bone", fontsize=FONT_PT)
    axes.tick_params(labelsize=FONT_PT, width=0.5, length=3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=FONT_PT, frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderpad=0)
