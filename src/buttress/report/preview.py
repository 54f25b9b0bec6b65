"""A preview of one lesion's masks: three planes through its centre, side by side, nothing planned on them."""

from __future__ import annotations

import io

from matplotlib.figure import Figure
from matplotlib.image import imread

from buttress.report.frame import png_of
from buttress.report.rigidity_plot import plot_png
from buttress.report.section import draw_section
from buttress.report.style import BACKGROUND, DPI
from buttress.report.subject import Subject
from buttress.report.views import three_planes


def render_preview(subject: Subject) -> bytes:
    """Axial, coronal and sagittal plane with the outlines of lesion and bone, as one PNG; same masks, same bytes."""
    views = three_planes(subject)
    columns, rows = views[0].field.pixels
    figure = Figure(figsize=(len(views) * columns / DPI, rows / DPI), dpi=DPI, facecolor=BACKGROUND)
    for number, view in enumerate(views):
        axes = figure.add_axes((number / len(views), 0, 1 / len(views), 1))
        axes.set_axis_off()
        axes.imshow(imread(io.BytesIO(png_of(draw_section(subject, view)))), aspect="auto", interpolation="nearest")
    return plot_png(figure)
