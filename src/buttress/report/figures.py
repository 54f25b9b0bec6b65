"""All pictures of a review, from its voxels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from buttress.records.image import Imaging
from buttress.records.review import Review
from buttress.records.simulation import SimulatedVoxels
from buttress.records.unrolled import UnrolledCortex
from buttress.report.cortex_pictures import montage_picture, thickness_picture, unrolled_picture
from buttress.report.frame import png_of
from buttress.report.picture import Picture
from buttress.report.plane import edge_letters
from buttress.report.rigidity_plot import draw_rigidity, plot_png
from buttress.report.scene import choose_camera, draw_scene
from buttress.report.section import SectionView, draw_section
from buttress.report.simulation_pictures import simulation_pictures
from buttress.report.strain_picture import strain_picture
from buttress.report.strength_plot import strength_picture
from buttress.report.subject import Subject, subjects
from buttress.report.views import lesion_views

TITLES = {
    "axial": "Axial",
    "coronal": "Coronal",
    "sagittal": "Sagittal",
    "across-bone": "Across the bone's axis",
    "along-probe": "In the plane of probe P1",
}


def render_pictures(
    review: Review,
    imaging: Imaging | None,
    unrolled: Mapping[str, UnrolledCortex] | None = None,
    simulated: Mapping[str, SimulatedVoxels] | None = None,
) -> tuple[Picture, ...]:
    """Pictures of every lesion that has a mask on the CT, in the order of the report; none without images.

    ``imaging.lesions`` and ``imaging.bones`` hold the masks, ``unrolled`` the cortex of long bones, by lesion id;
    ``simulated`` the voxels of simulations, by plan. Same review and voxels, same bytes.
    """
    if imaging is None:
        return ()
    return tuple(
        picture
        for subject in subjects(review, imaging, unrolled)
        for picture in (*_pictures_of(subject), *_simulated(review, subject, simulated or {}))
    )


def _simulated(review: Review, subject: Subject, simulated: Mapping[str, SimulatedVoxels]) -> Iterator[Picture]:
    for one in review.simulations:
        if one.lesion_id == subject.lesion_id and one.plan_id in simulated:
            yield from simulation_pictures(subject, one, simulated[one.plan_id])


def _pictures_of(subject: Subject) -> Iterator[Picture]:
    for view in lesion_views(subject):
        yield _section_picture(subject, view)
    yield _scene_picture(subject)
    if subject.unrolled is not None:
        yield unrolled_picture(subject, subject.unrolled)
        yield thickness_picture(subject, subject.unrolled)
        yield montage_picture(subject, subject.unrolled)
    if subject.rigidity is not None and subject.rigidity.levels:
        yield _rigidity_picture(subject)
    if subject.strength is not None and subject.strength.rows:
        yield strength_picture(subject.strength)
        yield strain_picture(subject.strength)


def _section_picture(subject: Subject, view: SectionView) -> Picture:
    square = view.field.pixels[0] == view.field.pixels[1]
    return Picture(
        key=f"{subject.lesion_id}-{view.key}",
        title=TITLES[view.key],
        caption=f"{TITLES[view.key]}: {view.place}. {view.window}.{_legend(subject, view)}",
        alt=_alt(subject, view),
        png=png_of(draw_section(subject, view)),
        lesion_id=subject.lesion_id,
        shape="square" if square else "portrait",
    )


def _legend(subject: Subject, view: SectionView) -> str:
    parts = ["orange solid: lesion", "white thin: restored bone"][: 2 if subject.bone is not None else 1]
    if subject.ablation is not None:
        parts += ["blue dashed: zone from the device's chart", "yellow: probe, solid in the plane, dotted projected"]
    if view.with_margin and subject.wanted_margin_mm:
        parts.append(f"amber dotted: lesion + {subject.wanted_margin_mm:g} mm wanted")
    text = "; ".join(parts)
    return f" {text[0].upper()}{text[1:]}."


def _alt(subject: Subject, view: SectionView) -> str:
    letters = edge_letters(view.plane)
    shown = "CT section with the outline of the lesion" + (
        " and the planned zone and probe" if subject.ablation else ""
    )
    return (
        f"{TITLES[view.key]}, {view.place}: {shown}. Left edge {letters['left']}, right edge {letters['right']}, "
        f"top {letters['top']}, bottom {letters['bottom']}; scale bar 20 mm."
    )


def _scene_picture(subject: Subject) -> Picture:
    letters = edge_letters(choose_camera(subject))
    bone = "Bone surface, clear where the lesion or a probe lies behind it" if subject.bone else "No bone mask"
    zone = "; blue: zone from the device's chart; yellow: probe" if subject.ablation else ""
    return Picture(
        key=f"{subject.lesion_id}-scene",
        title="3-D",
        caption=f"3-D: {bone}; orange: lesion{zone}.",
        alt=f"3-D view of the bone with the lesion drawn through; left edge {letters['left']}, right edge "
        f"{letters['right']}, top {letters['top']}, bottom {letters['bottom']}; scale bar 20 mm.",
        png=png_of(draw_scene(subject)),
        lesion_id=subject.lesion_id,
        shape="portrait",
    )


def _rigidity_picture(subject: Subject) -> Picture:
    rigidity = subject.rigidity
    assert rigidity is not None
    lowest = min(rigidity.levels, key=lambda level: level.bending_min)
    return Picture(
        key=f"{subject.lesion_id}-rigidity",
        title="Rigidity along the bone",
        caption="Rigidity along the bone: the bone with its lesion over the same bone healed, by beam theory.",
        alt=f"Five ratios of rigidity over the distance from the lesion's centre; the lowest bending ratio is "
        f"{lowest.bending_min:.2f} at {lowest.from_lesion_mm:.0f} mm.",
        png=plot_png(draw_rigidity(rigidity, subject)),
        lesion_id=subject.lesion_id,
        shape="wide",
    )
