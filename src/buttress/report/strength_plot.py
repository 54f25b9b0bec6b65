"""The what-if table as a plot: a bar from slipping to bonded for each state of the bone, under each load."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from buttress.records.strength import LOAD_TITLES, LoadCase, Strength, StrengthRow
from buttress.report.picture import Picture
from buttress.report.rigidity_plot import plot_png
from buttress.report.style import DPI, INK, LESION

FONT_PT = 7.5
PIXELS = (1300, 150)
"""Width, and height of the frame; each row adds to it."""
ROW_PIXELS = 70
BAR = "#0072B2"


def strength_picture(strength: Strength) -> Picture:
    """Bars of every row that has numbers."""
    rows = [row for row in strength.rows if row.cells]
    height = PIXELS[1] + ROW_PIXELS * len(rows)
    figure = Figure(figsize=(PIXELS[0] / DPI, height / DPI), dpi=DPI, facecolor="white", layout="constrained")
    cases = strength.load_cases
    for axes, case in zip(figure.subplots(1, len(cases), sharey=True), cases, strict=True):
        _draw(axes, rows, case)
    words = "; ".join(strength.sentences)
    return Picture(
        key=f"{strength.lesion_id}-strength",
        title="Strength, as it is and with cement and metal",
        caption="Strength over the same piece of bone healed. Thick bar: from slipping (tick) to bonded "
        "(dot); thin line: interval over laws, calibration, criteria, ways to heal and to load. Not validated.",
        alt=words,
        png=plot_png(figure),
        lesion_id=strength.lesion_id,
        shape="wide",
    )


def _draw(axes: Axes, rows: list[StrengthRow], case: LoadCase) -> None:
    for n, row in enumerate(rows):
        cell = row.cell(case)
        bracket = None if cell is None else cell.bracket
        if cell is None or bracket is None:
            continue
        found, at, (low, high) = cell.strength_ratio, len(rows) - 1 - n, bracket
        colour = {"healed": "#777777", "lesion": LESION}.get(row.key, BAR)
        if found.low is not None and found.high is not None:
            axes.plot([found.low, found.high], [at, at], color=colour, linewidth=1.0, solid_capstyle="butt")
        if cell.slip_ratio is not None:
            axes.plot([low, high], [at, at], color=colour, linewidth=5.0, alpha=0.45, solid_capstyle="butt")
            axes.plot(cell.slip_ratio.value or 0.0, at, marker="|", color=colour, markersize=9, markeredgewidth=1.4)
        axes.plot(found.value or 0.0, at, marker="o", color=colour, markersize=4.5)
        told = f"{found.value:.0%}" if high - low < 0.005 else f"{low:.0%} to {high:.0%}"
        axes.annotate(
            told,
            ((low + high) / 2, at),
            (0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=FONT_PT - 0.5,
            color=INK,
        )
    axes.axvline(1.0, color=INK, linewidth=0.5)
    axes.set_yticks(range(len(rows)), [row.title for row in reversed(rows)])
    axes.set_ylim(-0.6, len(rows) - 0.3)
    axes.set_xlim(0.0, max(1.12, *axes.get_xlim()))
    axes.set_xticks([0.0, 0.5, 1.0], ["0", "50 %", "healed"])
    axes.set_title(LOAD_TITLES[case].capitalize(), fontsize=FONT_PT + 1, loc="left")
    axes.tick_params(labelsize=FONT_PT, width=0.5, length=3)
    axes.spines[["top", "right"]].set_visible(False)
