"""Measure every lesion of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from buttress.library.load import load_bones
from buttress.measure.measure_lesion import measure_lesion
from buttress.records.case import Case
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
        result = measure_lesion(case, lesion, imaging, load_bones()[lesion.bone], partial(_tell, progress, lesion.id))
        if isinstance(result, SeenLesion):
            seen[lesion.id] = result
        findings.append(result.findings if isinstance(result, SeenLesion) else result)
    return SeenCase(Findings(lesions=tuple(findings), image_notes=imaging.notes if imaging else ()), seen)


def _tell(progress: Progress, lesion_id: str, step: str) -> None:
    progress(f"{lesion_id}: {step}")
