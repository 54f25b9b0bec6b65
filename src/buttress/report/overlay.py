"""Lines over a picture: outlines, the chart zone, probes. Each with its own dash and its own word."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from buttress.records.plan import AblationStep
from buttress.report.frame import HALO, Field, label
from buttress.report.plane import Plane, unit
from buttress.report.style import HALO_PT, LINES, PROBE

IN_PLANE_MM = 2.0
"""A probe end farther than this off the plane is drawn as projected (ours, as on screen)."""

NAMED_WITHIN = (0.9, 0.72)
"""Share of the half width and half height in which lines are named: clear of title and side letters (ours)."""

GLYPH_PX = 12.0
"""Mean width of a letter at the pictures' font size and resolution."""

LABEL_TO = {"lesion": (0.5, -1.0), "bone": (-0.6, 1.0), "zone": (0.9, 0.6), "margin": (-0.7, -0.7)}


def draw_outline(axes: Axes, field: Field, values: NDArray[np.floating], level: float, kind: str, word: str) -> bool:
    """The line where ``values`` (pixels, first row on top) pass ``level``; False where they never do in the picture."""
    if not values.min() < level < values.max():
        return False
    style, (columns, rows) = LINES[kind], field.pixels
    width, height = field.half_mm
    across = ((np.arange(columns) + 0.5) / columns * 2 - 1) * width
    above = (1 - (np.arange(rows) + 0.5) / rows * 2) * height
    drawn = axes.contour(
        across, above, values, levels=[level], colors=[style.colour], linewidths=style.width_pt,
        linestyles=[style.dash],
    )  # fmt: skip
    drawn.set_path_effects([withStroke(linewidth=style.width_pt + HALO_PT * 0.6, foreground="black")])
    segments = [s for s in drawn.allsegs[0] if len(s) > 2]
    if word and segments:
        _name_line(axes, field, np.concatenate(segments), kind, word)
    return True


def zone_level(step: AblationStep, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chart's ellipsoid of revolution at points ``(..., 3)``: 1 on its surface, less inside."""
    offset, axis = points_mm - np.array(step.centre_mm), unit(step.axis)
    along = offset @ axis
    across = np.linalg.norm(offset - along[..., None] * axis, axis=-1)
    return np.asarray(
        np.hypot(2 * along / step.setting.length_mm.value, 2 * across / step.setting.width_mm.value), dtype=float
    )


def draw_probes(axes: Axes, field: Field, plane: Plane, step: AblationStep) -> None:
    """Each probe from skin to tip: solid in the plane, dotted and open-ended where only projected onto it."""
    for number, placement in enumerate(step.placements, 1):
        ends = np.array([placement.entry_mm, placement.tip_mm])
        (entry, tip), off_mm = plane.screen_mm(ends), np.abs(plane.height_mm(ends))
        in_plane = bool(off_mm.max() <= IN_PLANE_MM)
        axes.plot(
            *np.array([entry, tip]).T, color=PROBE, linewidth=1.6, linestyle="solid" if in_plane else (0, (1, 2)),
            path_effects=[withStroke(linewidth=1.6 + HALO_PT * 0.6, foreground="black")], scalex=False, scaley=False,
        )  # fmt: skip
        face = PROBE if off_mm[1] <= IN_PLANE_MM else "none"
        axes.plot(
            *tip, marker="o", markersize=4, markerfacecolor=face, markeredgecolor=PROBE, path_effects=HALO,
            scalex=False, scaley=False,
        )  # fmt: skip
        _name_probe(axes, field, entry, tip, f"P{number}" if in_plane else f"P{number} (projected)")


def _name_probe(axes: Axes, field: Field, entry: NDArray[np.float64], tip: NDArray[np.float64], word: str) -> None:
    """The name stands on the path, as near to the skin as the picture shows."""
    for share in np.linspace(0.05, 0.95, 19):
        at = entry + share * (tip - entry)
        if np.all(np.abs(at) < 0.82 * np.array(field.half_mm)):
            path = tip - entry
            side = np.array([-path[1], path[0]]) / (np.linalg.norm(path) + 1e-9)
            shift = side * np.sign(side[1] or 1.0) * 0.07 * min(field.half_mm)
            label(axes, at + shift, word, PROBE, ha="left" if side[0] * np.sign(side[1] or 1.0) >= 0 else "right")
            return


def _name_line(axes: Axes, field: Field, line: NDArray[np.floating], kind: str, word: str) -> None:
    """The word stands outside the line, where the line reaches farthest towards its own direction and still fits."""
    towards = unit(LABEL_TO[kind])
    seen = line[np.all(np.abs(line) < np.array(NAMED_WITHIN) * field.half_mm, axis=1)]
    if len(seen) == 0:
        return
    at = seen[np.argmax(seen @ towards)] + towards * 0.05 * min(field.half_mm)
    width_mm = len(word) * GLYPH_PX * 2 * field.half_mm[0] / field.pixels[0]
    at[0] = np.clip(at[0], *(sorted((towards[0] * -np.inf, np.sign(towards[0]) * (0.97 * field.half_mm[0] - width_mm)))))
    label(axes, at, word, LINES[kind].colour, ha="left" if towards[0] > 0 else "right", va="center")
