"""The 3-D picture: bone as a window onto the lesion, the probe as a tube, the chart zone translucent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.grid import Points
from buttress.records.image import Mask
from buttress.report.frame import Field, framed, label
from buttress.report.plane import Plane, unit
from buttress.report.raycast import Hits, occlusion, trace_ellipsoid, trace_field, trace_tube
from buttress.report.style import BACKGROUND, BONE_IVORY, LESION, PROBE, ZONE
from buttress.report.subject import Subject, distance_field
from buttress.report.views import bone_direction

PIXELS = (480, 600)
SUPERSAMPLE = 2
AROUND_MM, LEAST_MM, MOST_MM = 28.0, 40.0, 62.0
TILT_DEG = 12.0
PROBE_RADIUS_MM = 1.2
"""Drawn a little thicker than any shaft so that it is seen (ours)."""
WINDOW_ALPHA = 0.33
"""How much of the bone's surface stays where lesion or probe lie behind it (ours)."""
BREACH_MM = 1.5
"""Lesion this near to the bone's surface is drawn as having broken through it (ours: a voxel and a half)."""
SMOOTH_HIT_MM, SMOOTH_LIGHT_MM = 0.8, 2.0
"""Smoothing of the surfaces and, more, of their shading, so that voxel steps do not show (ours)."""
LIGHT = unit((-0.45, 0.55, 0.75))
"""Direction to the light on the screen: from upper left, in front."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One surface of the scene as the rays see it."""

    hits: Hits
    rgb: NDArray[np.float64]
    alpha: NDArray[np.float64]


def draw_scene(subject: Subject) -> Axes:
    """The 3-D picture of one lesion, framed like every other picture."""
    plane = choose_camera(subject)
    half = _half_width(subject)
    field = Field((half, half * PIXELS[1] / PIXELS[0]), PIXELS)
    axes = framed(render_scene(subject, plane, field), field, plane, "3-D")
    at = plane.screen_mm(subject.centre_mm)
    label(axes, at, "lesion", "#FFB27A")
    _name_probes(axes, subject, plane, field)
    return axes


def choose_camera(subject: Subject) -> Plane:
    """Look across the bone at the lesion's nearest wall, with the probe as far across the view as that allows."""
    along = bone_direction(subject, subject.centre_mm)
    along = np.array([0.0, 0.0, 1.0]) if along is None else along
    up = along if along[int(np.argmax(np.abs(along)))] * (1, -1, 1)[int(np.argmax(np.abs(along)))] > 0 else -along
    side = unit(np.cross(up, (0.0, 1.0, 0.0) if abs(up[1]) < 0.8 else (1.0, 0.0, 0.0)))
    turns = np.radians(np.arange(0, 360, 10))
    viewers = np.cos(turns)[:, None] * side + np.sin(turns)[:, None] * np.cross(up, side)
    bulge = _bulge(subject, up)
    worth = 1.0 * viewers @ bulge + 0.15 * viewers @ np.array([0.0, -1.0, 0.0])
    if subject.ablation is not None:
        worth = worth - 0.8 * np.abs(viewers @ unit(subject.ablation.axis))
    viewer = viewers[int(np.argmax(np.round(worth, 9)))]
    tilt = np.radians(TILT_DEG)
    towards = np.cos(tilt) * viewer + np.sin(tilt) * up
    screen_up = np.cos(tilt) * up - np.sin(tilt) * viewer
    return Plane(subject.centre_mm, np.cross(screen_up, towards), screen_up)


def render_scene(subject: Subject, plane: Plane, field: Field) -> NDArray[np.float64]:
    """The scene as RGB ``(rows, columns, 3)``, 0 to 1."""
    columns, rows = (SUPERSAMPLE * n for n in field.pixels)
    reach = float(np.hypot(*field.half_mm)) + 5.0
    forward = -plane.normal
    origins = plane.points(field.half_mm, (columns, rows)).reshape(-1, 3) - reach * forward
    layers = _layers(subject, plane, origins, reach)
    image = _compose(layers, len(origins)).reshape(rows, columns, 3)
    return np.asarray(
        image.reshape(rows // SUPERSAMPLE, SUPERSAMPLE, columns // SUPERSAMPLE, SUPERSAMPLE, 3).mean(axis=(1, 3))
    )


def _layers(subject: Subject, plane: Plane, origins: Points, reach: float) -> list[Layer]:
    forward = -plane.normal
    lesion = _surface(subject.lesion, subject, plane, origins, reach, LESION)
    layers = [lesion] if lesion else []
    if subject.ablation is not None:
        for placement in subject.ablation.placements:
            tube = trace_tube(
                np.array(placement.entry_mm), np.array(placement.tip_mm), PROBE_RADIUS_MM, origins, forward
            )
            layers.append(_solid(tube, plane, PROBE))
    behind = np.min([layer.hits.depth_mm for layer in layers], axis=0)
    if subject.bone is not None and (bone := _surface(subject.bone, subject, plane, origins, reach, BONE_IVORY)):
        layers.append(Layer(bone.hits, bone.rgb, _bone_alpha(bone, lesion, behind)))
    if subject.ablation is not None:
        setting = subject.ablation.setting
        shell = trace_ellipsoid(
            np.array(subject.ablation.centre_mm), unit(subject.ablation.axis), setting.length_mm.value / 2,
            setting.width_mm.value / 2, origins, forward,
        )  # fmt: skip
        layers.append(_glass(shell, plane, ZONE))
    return layers


def _bone_alpha(bone: Layer, lesion: Layer | None, behind: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solid, clear where something lies behind, and gone where the lesion itself reaches the surface."""
    alpha = np.where(np.isfinite(behind) & (behind > bone.hits.depth_mm - BREACH_MM), WINDOW_ALPHA, bone.alpha)
    if lesion is None:
        return alpha
    with np.errstate(invalid="ignore"):
        breach = np.abs(lesion.hits.depth_mm - bone.hits.depth_mm) < BREACH_MM
    return np.where(breach, 0.0, alpha)


def _surface(mask: Mask, subject: Subject, plane: Plane, origins: Points, reach: float, colour: str) -> Layer | None:
    distance, box = distance_field(mask, subject.centre_mm, 0.78 * reach)
    if not np.isfinite(distance).all():
        return None
    smooth, shading = (ndimage.gaussian_filter(distance, mm) for mm in (SMOOTH_HIT_MM, SMOOTH_LIGHT_MM))
    forward = -plane.normal
    hits = trace_field(smooth, shading, box, origins, forward, 2 * reach)
    layer = _solid(hits, plane, colour)
    at = origins[hits.hit] + hits.depth_mm[hits.hit, None] * forward
    layer.rgb[hits.hit] *= occlusion(smooth, box, at, hits.normals[hits.hit])[:, None]
    return layer


def _solid(hits: Hits, plane: Plane, colour: str) -> Layer:
    rgb, hit = np.zeros_like(hits.normals), hits.hit
    rgb[hit] = np.array(to_rgb(colour)) * lit(hits.normals[hit], plane)[:, None]
    return Layer(hits, rgb, np.ones(len(rgb)))


def lit(normals: Points, plane: Plane) -> NDArray[np.float64]:
    """Brightness of a dull surface, 0 to 1, ``(n,)``: light from the upper left in front, and a little from the eye."""
    light = LIGHT[0] * plane.right + LIGHT[1] * plane.up + LIGHT[2] * plane.normal
    bright = 0.30 + 0.62 * np.clip(normals @ light, 0, 1) + 0.12 * np.clip(normals @ plane.normal, 0, 1)
    return np.asarray(np.clip(bright, 0, 1))


def _glass(hits: Hits, plane: Plane, colour: str) -> Layer:
    """Clear when looked through, denser at the rim."""
    facing = np.clip(np.abs(hits.normals @ plane.normal), 0, 1)
    rgb = np.tile(np.array(to_rgb(colour)), (len(facing), 1))
    return Layer(hits, rgb, 0.10 + 0.55 * (1 - facing) ** 2.5)


def _compose(layers: list[Layer], rays: int) -> NDArray[np.float64]:
    """Layers over the background, nearest last, for every ray."""
    image = np.tile(np.array(to_rgb(BACKGROUND)), (rays, 1))
    seen = np.flatnonzero(np.any([layer.hits.hit for layer in layers], axis=0))
    depth = np.stack([layer.hits.depth_mm[seen] for layer in layers])
    order = np.argsort(-depth, axis=0, kind="stable")
    for rank in range(len(layers)):
        for number, layer in enumerate(layers):
            now = seen[(order[rank] == number) & np.isfinite(depth[number])]
            alpha = layer.alpha[now, None]
            image[now] = alpha * layer.rgb[now] + (1 - alpha) * image[now]
    return image


def _half_width(subject: Subject) -> float:
    reach = np.linalg.norm(subject.points_mm - subject.centre_mm, axis=1).max() + AROUND_MM
    return float(np.clip(reach, LEAST_MM, MOST_MM))


def _bulge(subject: Subject, up: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the bone's axis to the lesion's centre, across the bone, in units of 10 mm but at most 1."""
    axis = subject.findings.bone_axis
    if axis is None:
        return np.zeros(3)
    points = np.array(axis.points_mm)
    offset = subject.centre_mm - points[int(np.argmin(np.linalg.norm(points - subject.centre_mm, axis=1)))]
    offset = offset - (offset @ up) * up
    return np.asarray(offset / max(10.0, float(np.linalg.norm(offset))))


def _name_probes(axes: Axes, subject: Subject, plane: Plane, field: Field) -> None:
    placements = subject.ablation.placements if subject.ablation else ()
    for number, placement in enumerate(placements, 1):
        entry, tip = plane.screen_mm([placement.entry_mm, placement.tip_mm])
        inside = [entry + t * (tip - entry) for t in np.linspace(0, 1, 41)]
        at = next((p for p in inside if np.all(np.abs(p) < 0.85 * np.array(field.half_mm))), None)
        if at is not None:
            label(axes, at + np.array([0.0, 0.09 * field.half_mm[0]]), f"P{number}", PROBE)
