"""The frame of a picture: pixels to the edge, a title, side letters, a scale bar. No drawing without them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

import matplotlib.patheffects as effects
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text as Words
from numpy.typing import ArrayLike, NDArray

from buttress.report.plane import Plane, edge_letters
from buttress.report.style import BACKGROUND, DPI, FONT_PT, HALO_PT

SCALE_BAR_MM = 20.0
HALO = [effects.withStroke(linewidth=HALO_PT, foreground="black")]
EDGE_MM_SHARE = 0.025
GLYPH_PX = (14.4, 30.0)
"""Mean width and height of a letter at the pictures' font size and resolution, pixels."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a picture covers: half width and half height in mm, and its size in pixels (width, height)."""

    half_mm: tuple[float, float]
    pixels: tuple[int, int]

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Screen limits: left, right, bottom, top, mm."""
        width, height = self.half_mm
        return -width, width, -height, height

    def holds(self, point: ArrayLike) -> bool:
        """Whether a screen position (mm) lies inside."""
        return bool(np.all(np.abs(np.asarray(point)) <= np.array(self.half_mm)))


def framed(image: NDArray[np.floating], field: Field, plane: Plane, title: str, **grey: float | str) -> Axes:
    """Axes in screen millimetres that fill a figure, with ``image`` (first row on top) and the marks it needs."""
    width, height = field.pixels
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=BACKGROUND)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(image, extent=field.extent, interpolation="nearest", aspect="auto", **grey)  # type: ignore[arg-type]
    axes.set_xlim(field.extent[:2])
    axes.set_ylim(field.extent[2:])
    _letters(axes, field, plane)
    _scale_bar(axes, field)
    _words(axes, (-field.half_mm[0], field.half_mm[1]), title, ha="left", va="top", inset=field)
    return axes


def label(axes: Axes, at_mm: ArrayLike, text: str, colour: str, ha: str = "center", va: str = "center") -> None:
    """Words inside a picture, in the colour of what they name, with a dark halo."""
    x, y = np.asarray(at_mm, dtype=float).tolist()
    axes.text(x, y, text, color=colour, fontsize=FONT_PT, ha=ha, va=va, path_effects=HALO, clip_on=True)


def place_label(axes: Axes, field: Field, candidates: Iterable[tuple[ArrayLike, str]], text: str, colour: str) -> None:
    """Words at the first of several positions (mm, horizontal alignment) that is inside and free; else at none.

    A word left out is no loss of meaning: the caption names every line by its dash.
    """
    taken = [_rectangle(field, shown) for shown in axes.texts]
    drawn = np.concatenate([_along(line) for line in axes.lines]) if axes.lines else np.zeros((0, 2))
    for at, ha in candidates:
        x, y = np.asarray(at, dtype=float).tolist()
        wanted = _box(field, x, y, ha, "center", text)
        if (
            _inside(field, wanted)
            and not any(_overlap(wanted, other) for other in taken)
            and not _covers(wanted, drawn)
        ):
            label(axes, (x, y), text, colour, ha=ha)
            return


def png_of(axes: Axes) -> bytes:
    """The finished PNG: same drawing, same bytes."""
    buffer = io.BytesIO()
    figure = axes.figure
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None}, facecolor=figure.get_facecolor())  # type: ignore[union-attr]
    return buffer.getvalue()


def _rectangle(field: Field, shown: Words) -> NDArray[np.float64]:
    x, y = shown.get_position()
    return _box(field, x, y, shown.get_horizontalalignment(), shown.get_verticalalignment(), shown.get_text())


def _box(field: Field, x: float, y: float, ha: str, va: str, text: str) -> NDArray[np.float64]:
    """Left, bottom, right, top of words, mm, from the mean size of a letter."""
    lines = text.split("\n")
    pixel_mm = 2 * field.half_mm[0] / field.pixels[0]
    width, height = max(map(len, lines)) * GLYPH_PX[0] * pixel_mm, len(lines) * GLYPH_PX[1] * pixel_mm
    left = x - width * {"left": 0.0, "center": 0.5, "right": 1.0}[ha]
    bottom = y - height * {"bottom": 0.0, "center": 0.5, "top": 1.0}[va]
    return np.array([left, bottom, left + width, bottom + height])


def _inside(field: Field, box: NDArray[np.float64]) -> bool:
    return field.holds(box[:2] / 0.98) and field.holds(box[2:] / 0.98)


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return bool(np.all(one[:2] < other[2:]) and np.all(other[:2] < one[2:]))


def _along(line: Line2D) -> NDArray[np.float64]:
    """Points along a straight line that words must not hide."""
    start, *_, stop = np.asarray(line.get_xydata(), dtype=float)[[0, -1]]
    return np.asarray(start + np.linspace(0, 1, 25)[:, None] * (stop - start))


def _covers(box: NDArray[np.float64], points: NDArray[np.float64]) -> bool:
    return bool(np.any(np.all((points > box[:2]) & (points < box[2:]), axis=1)))


def _letters(axes: Axes, field: Field, plane: Plane) -> None:
    (width, height), letters = field.half_mm, edge_letters(plane)
    for edge, at, ha, va in (
        ("left", (-width, 0.0), "left", "center"),
        ("right", (width, 0.0), "right", "center"),
        ("top", (0.0, height), "center", "top"),
        ("bottom", (0.0, -height), "center", "bottom"),
    ):
        _words(axes, at, letters[edge], ha=ha, va=va, inset=field, weight="bold")


def _scale_bar(axes: Axes, field: Field) -> None:
    inset = 2 * EDGE_MM_SHARE * min(field.half_mm)
    left, bottom = -field.half_mm[0] + inset, -field.half_mm[1] + inset
    axes.plot(
        [left, left + SCALE_BAR_MM], [bottom, bottom], color="white", linewidth=1.5, path_effects=HALO,
        solid_capstyle="butt",
    )  # fmt: skip
    label(axes, (left, bottom + 0.6 * inset), f"{SCALE_BAR_MM:.0f} mm", "white", ha="left", va="bottom")


def _words(
    axes: Axes, at: tuple[float, float], text: str, *, ha: str, va: str, inset: Field, weight: str = "normal"
) -> None:
    gap = 2 * EDGE_MM_SHARE * min(inset.half_mm)
    x = at[0] + {"left": gap, "right": -gap, "center": 0.0}[ha]
    y = at[1] + {"bottom": gap, "top": -gap, "center": 0.0}[va]
    axes.text(x, y, text, color="white", fontsize=FONT_PT, ha=ha, va=va, weight=weight, path_effects=HALO)
