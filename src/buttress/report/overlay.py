"""Lines over a picture: outlines, the chart zone, probes. Each with its own dash and its own word."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from buttress.records.plan import AblationStep
from buttress.report.frame import HALO, Field, place_label
from buttress.report.plane import Plane, unit
from buttress.report.style import HALO_PT, LINES, PROBE

IN_PLANE_MM = 2.0
"""A probe end farther than this off the plane is drawn as projected (ours, as on screen)."""

NAMED_WITHIN = (0.9, 0.72)
"""Share of the half width and half height in which lines are named: clear of title and side letters (ours)."""

GAP_SHARE = 0.055
"""Gap between a line and its name, as a share of the picture's half width (ours)."""

NAME_FROM_DEG = {"lesion": -60.0, "bone": 120.0, "zone": 35.0, "margin": -135.0}
"""Where each line is named first: degrees from screen right."""


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
        _name_probe(axes, field, entry, tip, f"P{number}")


def _name_probe(axes: Axes, field: Field, entry: NDArray[np.float64], tip: NDArray[np.float64], word: str) -> None:
    """The name stands beyond the skin, else beside the path, else beyond the tip."""
    path = tip - entry
    length = float(np.linalg.norm(path)) + 1e-9
    along, gap = path / length, GAP_SHARE * min(field.half_mm)
    side = np.array([-along[1], along[0]])
    spots = [entry - 1.3 * gap * along]
    spots += [entry + s * path + turn * gap * side for s in np.linspace(0.05, 0.95, 10) for turn in (1.0, -1.0)]
    spots.append(tip + 1.3 * gap * along)
    place_label(axes, field, [(at, "center") for at in spots], word, PROBE)


def _name_line(axes: Axes, field: Field, line: NDArray[np.floating], kind: str, word: str) -> None:
    """The word stands outside the line, where the line reaches farthest in the first direction with room."""
    seen = line[np.all(np.abs(line) < np.array(NAMED_WITHIN) * field.half_mm, axis=1)]
    if len(seen) == 0:
        return
    first = np.radians(NAME_FROM_DEG[kind])
    spots: list[tuple[NDArray[np.float64], str]] = []
    for turn in np.radians((0, 25, -25, 50, -50, 80, -80, 120, -120, 180)):
        towards = np.array([np.cos(first + turn), np.sin(first + turn)])
        at = seen[np.argmax(seen @ towards)] + towards * GAP_SHARE * min(field.half_mm)
        spots.append((at, "left" if towards[0] > 0 else "right"))
    place_label(axes, field, spots, word, LINES[kind].colour)
