"""Where the bone is strained most: a cut along it for every state of the what-if table, side by side."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from buttress.records.strength import LOAD_TITLES, StrainCut, Strength
from buttress.report.picture import Picture
from buttress.report.plane import direction_letters
from buttress.report.rigidity_plot import plot_png
from buttress.report.style import DPI, INK

FONT_PT = 7.5
PIXELS = (1300, 640)
COLOURS = "cividis"
BEYOND, NOTHING = "#D55E00", "#FFFFFF"
"""Beyond its limit; nothing that could fail (marrow, tumour, outside)."""


def strain_picture(strength: Strength) -> Picture:
    """All cuts of one lesion."""
    figure = Figure(figsize=(PIXELS[0] / DPI, PIXELS[1] / DPI), dpi=DPI, facecolor="white", layout="constrained")
    panels = figure.subplots(1, len(strength.cuts), squeeze=False)[0]
    colours = colormaps[COLOURS].with_extremes(over=BEYOND, bad=NOTHING)
    titles = {row.key: row.title for row in strength.rows}
    for axes, cut in zip(panels, strength.cuts, strict=True):
        shown = np.array([[np.nan if v is None else v for v in row] for row in cut.values], dtype=float)
        height, width = (n * cut.spacing_mm for n in shown.shape)
        drawn = axes.imshow(shown, cmap=colours, vmin=0.0, vmax=1.0, extent=(0.0, width, 0.0, height))
        _dress(axes, cut, titles.get(cut.row, cut.row), (width, height))
    bar = figure.colorbar(drawn, ax=list(panels), extend="max", shrink=0.7, aspect=25)
    bar.set_ticks([0.0, 0.5, 1.0], labels=["0", "half", "limit"])
    bar.ax.tick_params(labelsize=FONT_PT, width=0.5, length=3)
    told = LOAD_TITLES[strength.cut_load] if strength.cut_load else "its weakest load"
    words = (
        f"Strain along the bone in {told}, all at the load at which the bone as it is fails: share of "
        "each voxel's limit; orange is beyond it. Proximal is up; bar 10 mm."
    )
    return Picture(
        key=f"{strength.lesion_id}-strain",
        title="Where the bone is strained",
        caption=f"{words} Cement and metal bonded. Not validated.",
        alt=words,
        png=plot_png(figure),
        lesion_id=strength.lesion_id,
        shape="wide",
    )


def _dress(axes: Axes, cut: StrainCut, title: str, size_mm: tuple[float, float]) -> None:
    width, height = size_mm
    axes.set_title(_in_lines(title), fontsize=FONT_PT)
    axes.set_xticks([0.0, width], list(side_letters(cut)))
    axes.set_yticks([])
    axes.tick_params(labelsize=FONT_PT, length=0)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.plot([2.0, 12.0], [1.0, 1.0], color=INK, linewidth=1.2)
    axes.set_xlim(0.0, width)
    axes.set_ylim(0.0, height)


def _in_lines(title: str, most: int = 18) -> str:
    """A title broken at spaces, so that it stays above its panel."""
    lines = [""]
    for word in title.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def side_letters(cut: StrainCut) -> tuple[str, str]:
    """Letters of the cut's left and right edge, as it is drawn."""
    return direction_letters([-v for v in cut.right]), direction_letters(cut.right)
