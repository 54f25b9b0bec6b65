"""The bone in the round, coloured by what is left of its cortex: from the lesion's side and from the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import TriMesh
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.grid import Points
from buttress.records.unrolled import UnrolledCortex
from buttress.report.faces import faces_of
from buttress.report.frame import SCALE_BAR_MM, Field
from buttress.report.plane import Plane, edge_letters
from buttress.report.scene import lit
from buttress.report.style import DPI, INK, THICKNESS_COLOURS, UNTOLD
from buttress.report.subject import Subject
from buttress.report.unrolled_map import PIXELS, most_mm, sheet_of

FONT_PT = 7.0
PANEL = (0.47, 0.76)
"""Share of the picture's width and height that each of the two views takes."""
NEAR_FACE = 0.5
"""Cosine of 60°: faces of the bone that look towards the eye within it are named (ours)."""
SMOOTH_STEPS = (1.5, 1.5)
"""Smoothing of the surface over levels and angles, so that the steps of the sections' pixels do not show (ours)."""
FLAT_LIGHT = 0.55
"""Share of the brightness that does not depend on the light, so that colours can be read off the scale (ours)."""


def draw_thickness(subject: Subject) -> Figure:
    """Two views across the bone with proximal up, half a turn apart, on the scale of the unrolled map."""
    cortex = subject.unrolled
    assert cortex is not None
    figure = Figure(figsize=(PIXELS[0] / DPI, PIXELS[1] / DPI), dpi=DPI, facecolor="white")
    field = _field(cortex)
    colours = ScalarMappable(Normalize(0.0, most_mm(cortex)), colormaps[THICKNESS_COLOURS])
    for number, plane in enumerate(viewpoints(cortex)):
        axes = figure.add_axes((0.02 + number * 0.49, 0.18, *PANEL))
        _surface(axes, cortex, plane, colours)
        _dress(axes, field, plane, faces_seen(subject, plane))
    bar = figure.colorbar(colours, cax=figure.add_axes((0.2, 0.11, 0.6, 0.025)), orientation="horizontal")
    bar.set_label("remaining cortex, mm", fontsize=FONT_PT)
    bar.ax.tick_params(labelsize=FONT_PT, width=0.5, length=3)
    return figure


def viewpoints(cortex: UnrolledCortex) -> tuple[Plane, Plane]:
    """Looking straight at the middle of the loss, and from the other side; proximal is up."""
    sheet = sheet_of(cortex)
    level = cortex.level_of(float(np.mean([sheet.levels_mm[0], sheet.levels_mm[-1]])))
    angle = float(cortex.angles_rad[sheet.middle])
    towards = np.cos(angle) * cortex.u[level] + np.sin(angle) * cortex.v[level]
    up = -np.cross(cortex.u[level], cortex.v[level])
    first, second = (Plane(cortex.points_mm[level], np.cross(up, eye), up) for eye in (towards, -towards))
    return first, second


def _field(cortex: UnrolledCortex) -> Field:
    """The levels of the map, and the whole width of the bone, in pixels of one view."""
    sheet = sheet_of(cortex)
    columns, rows = (round(share * size) for share, size in zip(PANEL, PIXELS, strict=True))
    height = (sheet.levels_mm[-1] - sheet.levels_mm[0]) / 2 + 3.0
    width = float(cortex.radius_mm[sheet.rows].max()) + 3.0
    half = max(height, width * rows / columns)
    return Field((half * columns / rows, half), (columns, rows))


def _surface(axes: Axes, cortex: UnrolledCortex, plane: Plane, colours: ScalarMappable) -> None:
    """The side of the restored surface that looks at the eye, in small triangles, far ones first."""
    rows = sheet_of(cortex).rows
    even = replace(cortex, radius_mm=ndimage.gaussian_filter(cortex.radius_mm, SMOOTH_STEPS, mode=("nearest", "wrap")))
    points = np.stack([even.surface_mm(level) for level in range(rows.start, rows.stop)])
    normals = _normals(points)
    left = cortex.remaining_mm[rows]
    rgb = np.where(np.isnan(left)[..., None], to_rgb(UNTOLD), colours.to_rgba(np.nan_to_num(left))[..., :3])
    bright = FLAT_LIGHT + (1 - FLAT_LIGHT) * lit(normals.reshape(-1, 3), plane)
    corners = _triangles(*left.shape)
    toward = (normals.reshape(-1, 3) @ plane.normal)[corners].mean(axis=1)
    seen = corners[toward > -0.02]
    depth = plane.height_mm(points.reshape(-1, 3))[seen].mean(axis=1)
    x, y = plane.screen_mm(points.reshape(-1, 3)).T
    mesh = TriMesh(Triangulation(x, y, seen[np.argsort(depth, kind="stable")]))
    mesh.set_facecolor(np.clip(rgb.reshape(-1, 3) * bright[:, None], 0, 1))  # type: ignore[arg-type]
    axes.add_collection(mesh)


def _normals(points: Points) -> Points:
    """Outward unit normals of a tube's points ``(levels, angles, 3)``."""
    along = np.gradient(points, axis=0)
    about = np.roll(points, -1, axis=1) - np.roll(points, 1, axis=1)
    normals = np.cross(about, along)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9))


def _triangles(levels: int, angles: int) -> NDArray[np.intp]:
    """Corner indices ``(n, 3)`` of a tube's points, level by level, closed about the axis."""
    here = np.arange((levels - 1) * angles).reshape(levels - 1, angles)
    beside = np.roll(here, -1, axis=1)
    pairs = ((here, here + angles, beside), (here + angles, beside + angles, beside))
    return np.concatenate([np.stack(three, axis=-1).reshape(-1, 3) for three in pairs])


def faces_seen(subject: Subject, plane: Plane) -> str:
    """Which faces of the bone look at the eye: "from medial and posterior"."""
    cortex = subject.unrolled
    assert cortex is not None
    level = cortex.level_of(0.0)
    eye = cortex.angle_towards(plane.normal, level)
    near = sorted((-np.cos(angle - eye), word) for word, angle in faces_of(cortex, level, subject.side))
    return "from " + " and ".join(word for away, word in near[:2] if -away >= NEAR_FACE)


def _dress(axes: Axes, field: Field, plane: Plane, title: str) -> None:
    """Title, letters of the four edges, scale bar: dark on white."""
    axes.set_axis_off()
    axes.set_title(title, fontsize=FONT_PT, pad=3)
    (width, height), letters = field.half_mm, edge_letters(plane)
    gap = 0.02 * height
    for edge, x, y, ha, va in (
        ("left", -width + gap, 0.0, "left", "center"),
        ("right", width - gap, 0.0, "right", "center"),
        ("top", 0.0, height - gap, "center", "top"),
        ("bottom", 0.0, -height + gap, "center", "bottom"),
    ):
        box = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1.0}
        axes.text(x, y, letters[edge], color=INK, fontsize=FONT_PT, weight="bold", ha=ha, va=va, bbox=box)
    left = -width + gap
    axes.plot([left, left + SCALE_BAR_MM], [-height + gap] * 2, color=INK, linewidth=1.5, solid_capstyle="butt")
    axes.text(left, -height + 2 * gap, f"{SCALE_BAR_MM:.0f} mm", color=INK, fontsize=FONT_PT, ha="left", va="bottom")
    axes.set_xlim(-width, width)
    axes.set_ylim(-height, height)
