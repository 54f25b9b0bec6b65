"""Measure every lesion of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from buttress.library.load import load_bones
from buttress.measure.given import unmeasured
from buttress.measure.measure_lesion import measure_lesion
from buttress.records.case import Case, Lesion
from buttress.records.findings import Findings, LesionFindings, SeenLesion
from buttress.records.image import Imaging

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class SeenCase:
    """Findings of all lesions, and the voxels of those that could be measured, by lesion id."""

    findings: Findings
    lesions: Mapping[str, SeenLesion]


def see_case(case: Case, imaging: Imaging | None, progress: Progress) -> SeenCase:
    """Measure each lesion that has a mask or a seed on a CT; fill the others from the facts given in the case.

    Raises ``ButtressError`` where the case contradicts the images (a seed outside bone, a side that cannot be).
    """
    seen: dict[str, SeenLesion] = {}
    findings: list[LesionFindings] = []
    for lesion in case.lesions:
        reason = _why_not_measurable(lesion, imaging)
        if imaging is None or reason:
            findings.append(unmeasured(lesion, reason))
            continue
        progress(f"measuring {lesion.id}")
        seen[lesion.id] = measure_lesion(case, lesion, imaging, load_bones()[lesion.bone])
        findings.append(seen[lesion.id].findings)
    return SeenCase(Findings(lesions=tuple(findings), image_notes=imaging.notes if imaging else ()), seen)


def _why_not_measurable(lesion: Lesion, imaging: Imaging | None) -> str:
    if imaging is None:
        return "no CT in the case"
    if lesion.mask is None and lesion.seed_mm is None:
        return "neither a mask nor a seed point in the case"
    return ""
