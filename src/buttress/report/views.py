"""Which sections of a lesion are shown: three through its centre, one across the bone, one along the probe."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.grid import Grid
from buttress.report.frame import Field
from buttress.report.plane import Plane, View, nearest_view, patient_plane, plane_normal_to, unit
from buttress.report.section import SectionView
from buttress.report.subject import Subject

AROUND_MM, LEAST_MM, MOST_MM = 24.0, 38.0, 85.0
"""Room around the lesion, least and most half width of a picture (ours)."""

PIXELS = {"square": (640, 640), "portrait": (640, 800)}
ALIGNED = 0.9998
"""Cosine of 1°: within it a patient plane is called a slice and has a number."""


def lesion_views(subject: Subject) -> tuple[SectionView, ...]:
    """All sections of one lesion, in the order of the report."""
    half = _half_width(subject)
    views = [_patient_view(subject, "axial", "square", half)]
    across = _across_bone(subject, half)
    views += [across] if across else []
    views += [_patient_view(subject, view, "portrait", half) for view in ("coronal", "sagittal")]
    along = _along_probe(subject, half)
    return (*views, *([along] if along else []))


def three_planes(subject: Subject) -> tuple[SectionView, ...]:
    """The patient's three planes through the lesion's centre, of one size."""
    half = _half_width(subject)
    views: tuple[View, ...] = ("axial", "coronal", "sagittal")
    return tuple(_patient_view(subject, view, "square", half) for view in views)


def slice_name(grid: Grid, view: View, at_mm: NDArray[np.float64]) -> str:
    """Where a patient plane lies: slice of the CT (counted from 1) where it is one, and the LPS coordinate."""
    axis = {"sagittal": 0, "coronal": 1, "axial": 2}[view]
    place = f"{'xyz'[axis]} {at_mm[axis]:.1f} mm".replace("-", "−")
    along = int(np.argmax(np.abs(grid.directions[axis])))
    if abs(grid.directions[axis, along]) < ALIGNED:
        return place
    return f"slice {round(float(grid.to_index(at_mm)[along])) + 1} of {grid.shape[along]}, {place}"


def bone_direction(subject: Subject, at_mm: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The bone's own direction near a point; None for a bone without an axis."""
    axis = subject.findings.bone_axis
    if axis is None:
        return None
    points = np.array(axis.points_mm)
    nearest = int(np.argmin(np.linalg.norm(points - at_mm, axis=1)))
    low, high = max(nearest - 1, 0), min(nearest + 1, len(points) - 1)
    return unit(points[high] - points[low])


def _half_width(subject: Subject) -> float:
    reach = np.abs(subject.points_mm - subject.centre_mm).max() + AROUND_MM
    return float(np.clip(reach, LEAST_MM, MOST_MM))


def _field(shape: str, half_mm: float) -> Field:
    columns, rows = PIXELS[shape]
    return Field((half_mm, half_mm * rows / columns), (columns, rows))


def _patient_view(subject: Subject, view: View, shape: str, half_mm: float) -> SectionView:
    place = slice_name(subject.whole, view, subject.centre_mm)
    title = "\n".join([view.capitalize(), *place.split(", ")])
    return SectionView(view, patient_plane(view, subject.centre_mm), _field(shape, half_mm), title, place)


def _across_bone(subject: Subject, half_mm: float) -> SectionView | None:
    at = subject.findings.circumferential_cortical_involvement_fraction.at_mm
    direction = None if at is None else bone_direction(subject, np.array(at))
    if at is None or direction is None:
        return None
    plane = plane_normal_to(direction, at)
    title = "Across bone axis,\nwhere the ring\nwas read"
    return SectionView("across-bone", plane, _field("square", half_mm), title, _turned(plane))


def _along_probe(subject: Subject, half_mm: float) -> SectionView | None:
    if subject.ablation is None or not subject.ablation.placements:
        return None
    first = subject.ablation.placements[0]
    entry, tip = np.array(first.entry_mm), np.array(first.tip_mm)
    path = unit(tip - entry)
    plane = _plane_through(path, bone_direction(subject, tip), tip)
    seen = plane.screen_mm(np.concatenate([subject.points_mm, [entry, tip]]))
    low, high = seen.min(axis=0), seen.max(axis=0)
    half = float(np.clip(max(half_mm, ((high - low) / 2).max() * 0.9 + 12.0), LEAST_MM, MOST_MM))
    middle = (low + high) / 2
    lesion = plane.screen_mm(subject.centre_mm)
    middle = lesion + np.clip(middle - lesion, -0.45 * half, 0.45 * half)
    plane = Plane(plane.centre_mm + middle[0] * plane.right + middle[1] * plane.up, plane.right, plane.up)
    title = "Plane of probe P1\nand bone axis" if subject.findings.bone_axis else "Plane of probe P1"
    return SectionView("along-probe", plane, _field("portrait", half), title, _turned(plane), with_margin=True)


def _plane_through(path: NDArray[np.float64], second: NDArray[np.float64] | None, at: NDArray[np.float64]) -> Plane:
    """The plane of a path and the bone's axis (or, without one, the patient axis most across the path)."""
    candidates = [second] if second is not None else []
    candidates += [np.array(v) for v in ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))]
    across = next(c for c in candidates if np.linalg.norm(np.cross(path, c)) > 0.35)
    return plane_normal_to(np.cross(path, across), at)


def _turned(plane: Plane) -> str:
    """How far a plane is turned from the nearest patient plane, for captions."""
    view = nearest_view(plane.normal)
    axis = {"sagittal": 0, "coronal": 1, "axial": 2}[view]
    degrees = float(np.degrees(np.arccos(np.clip(abs(plane.normal[axis]), 0, 1))))
    return f"a plane turned {degrees:.0f}° from {view}"
