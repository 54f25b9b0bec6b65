"""One section through a lesion: grey CT with outlines, zone, probes and every mark a reader needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from buttress.numerics.resample import sample
from buttress.report.frame import Field, framed
from buttress.report.overlay import draw_outline, draw_probes, zone_level
from buttress.report.plane import Plane
from buttress.report.style import WINDOWS, Window
from buttress.report.subject import Subject, distance_field

AIR_HU = -1024.0


@dataclass(frozen=True, slots=True, eq=False)
class SectionView:
    """Which section to draw, how large, under what title; ``place`` says in words where it lies."""

    key: str
    plane: Plane
    field: Field
    title: str
    place: str
    window: Window = WINDOWS["bone"]
    with_margin: bool = False


def draw_section(subject: Subject, view: SectionView) -> Axes:
    """The section with lesion, bone, zone and probes over the CT."""
    points = view.plane.points(view.field.half_mm, view.field.pixels)
    grey = sample(subject.ct.values, subject.ct.grid, points, outside=AIR_HU)
    low, high = view.window.limits
    axes = framed(grey, view.field, view.plane, view.title, cmap="gray", vmin=low, vmax=high)
    if subject.ablation is not None:
        draw_probes(axes, view.field, view.plane, subject.ablation)
    if subject.bone is not None:
        bone = sample(subject.bone.inside, subject.bone.grid, points, outside=0.0)
        draw_outline(axes, view.field, bone, 0.5, "bone", "bone")
    if view.with_margin and subject.wanted_margin_mm:
        _draw_wanted_margin(axes, subject, view)
    if subject.ablation is not None:
        draw_outline(axes, view.field, zone_level(subject.ablation, points), 1.0, "zone", "zone (chart)")
    lesion = sample(subject.lesion.inside, subject.lesion.grid, points, outside=0.0)
    draw_outline(axes, view.field, lesion, 0.5, "lesion", "lesion")
    return axes


def _draw_wanted_margin(axes: Axes, subject: Subject, view: SectionView) -> None:
    """The lesion grown by the margin that was asked for."""
    margin_mm = subject.wanted_margin_mm or 0.0
    reach = float(np.linalg.norm(subject.points_mm - subject.centre_mm, axis=1).max()) + margin_mm + 3.0
    distance, box = distance_field(subject.lesion, subject.centre_mm, reach, room_mm=margin_mm + 3.0)
    points = view.plane.points(view.field.half_mm, view.field.pixels)
    grown = sample(distance, box, points, outside=reach)
    draw_outline(axes, view.field, grown, margin_mm, "margin", f"lesion + {margin_mm:g} mm")
