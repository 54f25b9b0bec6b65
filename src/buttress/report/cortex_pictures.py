"""The three pictures of a long bone's cortex with their words: unrolled, in the round, in sections."""

from __future__ import annotations

import numpy as np

from buttress.records.unrolled import UnrolledCortex
from buttress.report.montage import COLUMNS, ROWS, draw_montage, mosaic_of, step_mm
from buttress.report.picture import Picture
from buttress.report.plane import direction_letters
from buttress.report.rigidity_plot import plot_png
from buttress.report.style import WINDOWS
from buttress.report.subject import Subject
from buttress.report.thickness_scene import draw_thickness, faces_seen, viewpoints
from buttress.report.unrolled_map import LOSS_SHOWN, draw_unrolled, most_mm
from buttress.report.words import measure_text


def unrolled_picture(subject: Subject, cortex: UnrolledCortex) -> Picture:
    """The unrolled map."""
    found = subject.findings
    axial, ring = found.axial_cortical_involvement_mm, found.circumferential_cortical_involvement_fraction
    lost = bool(cortex.counted.max() >= LOSS_SHOWN)
    line = (
        f"White outline: half of the cortex's mineral is lost. Bars: axial involvement {measure_text(axial)}, "
        f"circumferential {measure_text(ring, percent=True)}, each where it was read."
        if lost
        else "Nowhere near the lesion is half of the cortex's mineral lost."
    )
    return Picture(
        key=f"{subject.lesion_id}-unrolled",
        title="Cortex unrolled",
        caption="Cortex unrolled, seen from outside with proximal up, cut open opposite to the lesion; colour: "
        f"thickness that remains. {line} Grey: cannot be told.",
        alt=f"Map of the remaining cortical thickness about the bone and along it, 0 to {most_mm(cortex):.0f} mm. "
        f"{line}",
        png=plot_png(draw_unrolled(subject)),
        lesion_id=subject.lesion_id,
    )


def thickness_picture(subject: Subject, cortex: UnrolledCortex) -> Picture:
    """The same thickness on the bone's surface, from two sides."""
    first, second = (faces_seen(subject, plane) for plane in viewpoints(cortex))
    return Picture(
        key=f"{subject.lesion_id}-thickness",
        title="Cortex on the bone",
        caption=f"Remaining cortex on the bone's restored surface, {first} (left) and {second} (right), proximal up; "
        "dark: little or none.",
        alt=f"The bone in the round, coloured by remaining cortical thickness from 0 to {most_mm(cortex):.0f} mm, seen "
        f"{first} and {second}; scale bars 20 mm.",
        png=plot_png(draw_thickness(subject)),
        lesion_id=subject.lesion_id,
    )


def montage_picture(subject: Subject, cortex: UnrolledCortex) -> Picture:
    """Sections across the bone's axis."""
    mosaic = mosaic_of(subject)
    low, high = (float(cortex.arc_mm[level]) for level in (mosaic.levels[0], mosaic.levels[-1]))
    plane = mosaic.planes[int(np.argmin(np.abs(cortex.arc_mm[list(mosaic.levels)])))]
    return Picture(
        key=f"{subject.lesion_id}-sections",
        title="Sections across the bone",
        caption=f"Sections across the bone's axis every {step_mm(cortex):g} mm, from {_signed(low)} (proximal) to "
        f"{_signed(high)} of the lesion's centre, all on one scale. White thin: outline of the restored bone; orange: "
        f"lesion; pink on the outline: half or more of the cortex lost. {WINDOWS['bone']}.",
        alt=f"{COLUMNS * ROWS} CT sections across the bone from {_signed(low)} to {_signed(high)} of the lesion's "
        f"centre; left edge {direction_letters(-plane.right)}, top {direction_letters(plane.up)}; scale bar 20 mm.",
        png=plot_png(draw_montage(subject)),
        lesion_id=subject.lesion_id,
        shape="wide",
    )


def _signed(mm: float) -> str:
    return f"{mm:+.0f} mm".replace("-", "−")
