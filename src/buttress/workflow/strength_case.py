"""How strong the bone about each lesion of a case is, as it is and with what could be put in."""

from __future__ import annotations

from buttress.library.load import load_bones
from buttress.measure.proximal_femur import find_proximal_femur
from buttress.planning.appraise_strength import appraise_strength
from buttress.records.case import Case
from buttress.records.image import Imaging
from buttress.records.implant import StrengthQuestion
from buttress.records.review import Review
from buttress.records.strength import Strength
from buttress.reinforce.strength import measure_strength
from buttress.workflow.corridor_places import with_places
from buttress.workflow.see_case import Progress, SeenCase
from buttress.workflow.simulate_case import spared_with_kinds


def with_strengths(review: Review, strengths: tuple[Strength, ...]) -> Review:
    """The review with the tables, and its plans appraised by them."""
    tables = {one.lesion_id: one for one in strengths}
    plans = {plan.id: plan for plan in review.plans}
    appraisals = tuple(
        appraise_strength(one, plans[one.plan_id], tables[plans[one.plan_id].lesion_id])
        if plans[one.plan_id].lesion_id in tables
        else one
        for one in review.appraisals
    )
    return review.model_copy(update={"strengths": strengths, "appraisals": appraisals})


def strengths_of(
    case: Case, seen: SeenCase, imaging: Imaging, asked: StrengthQuestion, progress: Progress
) -> tuple[Strength, ...]:
    """The what-if table of every lesion that was seen; a bone is fractured where the case says so."""
    broken = {lesion.id for lesion in case.lesions if lesion.fracture.status == "actual"}
    places = {lesion.id: (load_bones()[lesion.bone], lesion.side) for lesion in case.lesions}
    found = []
    for key, one in seen.lesions.items():
        bone, side = places[key]
        femur = None
        if bone.key == "femur":
            progress(f"{key}: looking for the head of the femur")
            femur = find_proximal_femur(imaging.ct, one.lesion, bone, side)
        table = measure_strength(one, imaging.ct, asked, femur=femur, is_broken=key in broken, progress=progress)
        found.append(with_places(table, one, spared_with_kinds(case, one, imaging), side))
    return tuple(found)
