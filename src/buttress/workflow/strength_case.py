"""How strong the bone about each lesion of a case is, as it is and with what could be put in."""

from __future__ import annotations

from collections.abc import Sequence

from buttress.library.load import load_bones
from buttress.measure.proximal_femur import find_proximal_femur
from buttress.records.case import Case
from buttress.records.image import Imaging
from buttress.records.implant import PlacedImplant
from buttress.records.strength import Strength
from buttress.reinforce.strength import measure_strength
from buttress.workflow.corridor_places import with_places
from buttress.workflow.see_case import Progress, SeenCase
from buttress.workflow.simulate_case import spared_with_kinds


def strengths_of(
    case: Case,
    seen: SeenCase,
    imaging: Imaging,
    placed: Sequence[PlacedImplant],
    progress: Progress,
    *,
    push_on: bool = False,
) -> tuple[Strength, ...]:
    """The what-if table of every lesion that was seen; a bone is fractured where the case says so."""
    broken = {lesion.id for lesion in case.lesions if lesion.fracture.status == "actual"}
    bones = {lesion.id: (load_bones()[lesion.bone], lesion.side) for lesion in case.lesions}
    found = []
    for key, one in seen.lesions.items():
        bone, side = bones[key]
        femur = None
        if bone.key == "femur":
            progress(f"{key}: looking for the head of the femur")
            femur = find_proximal_femur(imaging.ct, one.lesion, bone, side)
        is_broken = key in broken
        table = measure_strength(
            one, imaging.ct, placed, femur=femur, is_broken=is_broken, push_on=push_on, progress=progress
        )
        found.append(with_places(table, one, spared_with_kinds(case, one, imaging), side))
    return tuple(found)
