"""Are candidates proposed by the stated rule, with their reasons, and never more than the rules allow?"""

from __future__ import annotations

from typing import Literal

import pytest

from buttress.ablate.zone import draw_chart_zone
from buttress.evidence.source import Evidence, bibliography
from buttress.library.load import load_cements, load_devices, load_modulus_laws
from buttress.planning.appraise import appraise_plan
from buttress.planning.candidates import propose_plans, wanted_margin
from buttress.planning.sequence import REWARM, is_rewarmed_before_cement
from buttress.planning.surroundings import structures_near
from buttress.records.case import Case, CriticalStructure, Lesion
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging, Volume
from buttress.records.plan import Plan
from buttress.records.review import Appraisal
from buttress.records.score import Assessment, Effect, TechniqueView, Verdict
from buttress.reinforce.rigidity import measure_rigidity
from lesion_phantom import mask_of, tube
from limb_phantom import limb

ABLATIVE = ("rfa_monopolar", "rfa_bipolar", "microwave", "cryoablation")
Group = Literal["ablation", "cement", "fixation", "combination", "comparator"]
GROUPS: dict[str, Group] = {
    **dict.fromkeys(ABLATIVE, "ablation"),
    "cement": "cement",
    "ablation_cement": "combination",
    "screws": "fixation",
    "flexible_nails": "fixation",
}


def verdict(technique: str, effect: Effect, rule: str = "TST-01") -> Verdict:
    return Verdict(
        rule=rule,
        technique=technique,
        effect=effect,
        answer="YES",
        statement=f"{effect} said of {technique}",
        because="a test",
        evidence=(Evidence(source="ahmed2019"),),
    )


def assessment(*verdicts: Verdict, without: tuple[str, ...] = ()) -> Assessment:
    views = tuple(
        TechniqueView(key=key, title=key, group=group, verdicts=tuple(v for v in verdicts if v.technique == key))
        for key, group in GROUPS.items()
        if key not in without
    )
    return Assessment(lesion_id="L1", considerations=(), scores=(), techniques=views)


def case_with(intent: tuple[str, ...] | None = ("palliative",), **lesion: object) -> Case:
    return Case.model_validate({"id": "c", "intent": intent, "lesions": [{"id": "L1", "bone": "tibia"} | lesion]})


def propose(case: Case, judged: Assessment, seen: SeenLesion, ct: Volume) -> tuple[Plan, ...]:
    return propose_plans(case, case.lesions[0], seen, judged, Imaging(ct))


def stopped(*keys: str) -> tuple[Verdict, ...]:
    return tuple(verdict(key, "BLOCK", f"STOP-{key}") for key in keys)


def test_cure_asks_for_ten_millimetres_and_anything_else_for_five() -> None:
    assert wanted_margin(case_with(("curative",))) == 10.0
    assert wanted_margin(case_with(("palliative", "curative"))) == 10.0
    assert wanted_margin(case_with(("palliative",))) == 5.0
    assert wanted_margin(case_with(None)) == 5.0


def test_the_smallest_published_zone_that_holds_lesion_and_margin_is_drawn() -> None:
    seen, ct = limb(lesion_mm=8.0)
    plan = propose(case_with(), assessment(), seen, ct)[0]
    assert plan.ablation is not None
    chosen = plan.ablation.setting
    zone = draw_chart_zone(plan, seen, {}, 5.0)
    assert zone.margin_mm.value is not None
    assert zone.margin_mm.value >= 5.0
    needed = 2 * (8.0 + 5.0)
    smaller = [
        z
        for d in load_devices().values()
        for z in d.zones
        if not z.medium.startswith("ex vivo")
        and min(z.width_mm.value, z.length_mm.value) >= needed + 2.0
        and z.width_mm.value**2 * z.length_mm.value < chosen.width_mm.value**2 * chosen.length_mm.value
    ]
    assert smaller == []
    assert "by rule, not by preference" in plan.rationale[0]


def test_a_stopped_technique_is_never_drawn_and_the_stop_is_said() -> None:
    seen, ct = limb()
    plan = propose(case_with(), assessment(*stopped("microwave", "rfa_monopolar", "rfa_bipolar")), seen, ct)[0]
    assert plan.ablation is not None
    assert plan.ablation.modality == "cryoablation"
    assert any("STOP-microwave" in sentence for sentence in plan.rationale)


def test_a_reason_against_is_shown_but_does_not_forbid() -> None:
    seen, ct = limb()
    judged = assessment(*(verdict(key, "AGAINST", "ABL-01") for key in ABLATIVE))
    plan = propose(case_with(), judged, seen, ct)[0]
    assert plan.ablation is not None
    assert any(sentence.startswith("Against (ABL-01)") for sentence in plan.rationale)


def test_cryoablation_rewarms_before_cement_and_lays_its_probes_at_the_published_spacing() -> None:
    seen, ct = limb()
    plan = propose(case_with(), assessment(*stopped("microwave", "rfa_monopolar", "rfa_bipolar")), seen, ct)[0]
    assert plan.ablation is not None
    assert plan.ablation.setting.probes == len(plan.ablation.placements) == 2
    texts = [step.text for step in plan.steps]
    assert texts.index(REWARM.text) < next(k for k, text in enumerate(texts) if text.startswith("Cement:"))
    assert is_rewarmed_before_cement(plan)
    swapped = plan.model_copy(update={"steps": tuple(reversed(plan.steps))})
    assert not is_rewarmed_before_cement(swapped)


def test_when_no_published_zone_covers_this_is_said_plainly() -> None:
    seen, ct = limb(bone_centre=(0.0, 0.0, 0.0), lesion_mm=28.0)
    plan = propose(case_with(("curative",)), assessment(), seen, ct)[0]
    assert any(sentence.startswith("No published zone") for sentence in plan.rationale)


def test_a_zone_that_would_reach_the_skin_is_left_aside_and_this_is_said() -> None:
    seen, ct = limb(bone_centre=(28.0, 0.0, 0.0), lesion_mm=9.0)
    only = assessment(*stopped("microwave", "rfa_monopolar", "rfa_bipolar"))
    plan = propose(case_with(("curative",)), only, seen, ct)[0]
    assert plan.ablation is not None
    assert plan.ablation.setting.width_mm.value / 2 < 50.0 - 28.0, "49 mm would reach the skin, 41 mm does not"
    assert plan.ablation.setting.probes == 3
    skin = structures_near(seen, Imaging(ct))
    assert dict(draw_chart_zone(plan, seen, skin, 10.0).structure_clearances)["skin"] == pytest.approx(1.5, abs=1.2)
    deep, deep_ct = limb(bone_centre=(28.0, 0.0, 0.0), lesion_mm=12.0)
    left = propose(case_with(("curative",)), only, deep, deep_ct)[0]
    assert any(s.startswith("Left aside") and "reaches skin" in s for s in left.rationale)


def test_a_diffuse_lesion_gets_reinforcement_only_and_the_reason() -> None:
    seen, ct = limb()
    plans = propose(case_with(diffuse=True), assessment(verdict("screws", "FOR", "PS-02")), seen, ct)
    assert [plan.ablation for plan in plans] == [None]
    assert "too diffuse" in plans[0].rationale[0]
    assert [fixation.kind for fixation in plans[0].fixations] == ["screws"]
    assert "not computed" in plans[0].fixations[0].note


def test_with_every_ablation_stopped_the_reinforcement_says_so() -> None:
    seen, ct = limb()
    plans = propose(case_with(), assessment(*stopped(*ABLATIVE)), seen, ct)
    assert len(plans) == 1
    assert "every ablative technique is stopped" in plans[0].rationale[0]


def test_cement_alone_that_is_stopped_is_planned_only_beside_fixation() -> None:
    seen, ct = limb()
    both = propose(case_with(), assessment(*stopped("cement"), verdict("screws", "FOR")), seen, ct)[-1]
    assert both.techniques == ("screws",)
    assert both.fills
    alone = propose(case_with(), assessment(*stopped("cement", *ABLATIVE)), seen, ct)
    assert alone[0].title == "No percutaneous candidate could be drawn"
    assert any("STOP-cement" in sentence for sentence in alone[0].rationale)


def test_a_technique_without_a_published_zone_is_named_as_a_gap() -> None:
    seen, ct = limb()
    plan = propose(case_with(), assessment(), seen, ct)[0]
    assert any("bipolar radiofrequency" in s and "No published zone" in s for s in plan.rationale)


def test_an_ablation_out_of_reach_says_why() -> None:
    seen, ct = limb(extra=((lambda p: ~tube((0, 0, 1), 40.0)(p) & tube((0, 0, 1), 47.0)(p), 900.0),))
    plans = propose(case_with(), assessment(), seen, ct)
    assert plans[0].ablation is None
    assert "no straight path" in plans[0].rationale[0]


def appraised(case: Case, judged: Assessment, seen: SeenLesion, imaging: Imaging) -> tuple[Plan, Appraisal]:
    plan = propose_plans(case, case.lesions[0], seen, judged, imaging)[0]
    zone = draw_chart_zone(plan, seen, structures_near(seen, imaging), wanted_margin(case)) if plan.ablation else None
    return plan, appraise_plan(plan, zone, measure_rigidity(seen, imaging.ct), seen, case)


def level(appraisal: Appraisal, name: str) -> str:
    return next(c.level for c in appraisal.criteria if c.name == name)


def test_an_appraisal_measures_the_zone_against_skin_structures_and_what_has_no_mask() -> None:
    seen, ct = limb()
    nerve = mask_of(ct.grid, tube((0, 0, 1), 3.0, centre_mm=(-6.0, 0.0, 0.0)))
    named = [{"name": "nerve", "kind": "nerve", "mask": "n.nii"}, {"name": "knee joint", "kind": "joint"}]
    case = case_with(critical_structures=named)
    _, found = appraised(case, assessment(), seen, Imaging(ct, structures={"nerve": nerve}))
    assert level(found, "Zone to nerve") in ("CAUTION", "FAIL")
    assert level(found, "Zone to skin") == "PASS"
    assert level(found, "Zone to knee joint") == "NOT_COMPUTED"
    assert level(found, "Cement fill and leak") == "NOT_COMPUTED"


def test_a_distance_typed_in_the_case_can_pass_but_never_fail() -> None:
    seen, ct = limb()
    named = [
        {"name": "far nerve", "kind": "nerve", "distance_mm": 80},
        {"name": "near nerve", "kind": "nerve", "distance_mm": 12},
    ]
    _, found = appraised(case_with(critical_structures=named), assessment(), seen, Imaging(ct))
    assert level(found, "Zone to far nerve") == "PASS"
    assert level(found, "Zone to near nerve") == "NOT_COMPUTED"


def test_a_short_margin_fails_for_cure_and_warns_for_palliation() -> None:
    seen, ct = limb(bone_centre=(0.0, 0.0, 0.0), lesion_mm=18.0)
    only = assessment(*stopped("cryoablation", "rfa_monopolar", "rfa_bipolar"))
    _, cure = appraised(case_with(("curative",)), only, seen, Imaging(ct))
    assert level(cure, "Margin beyond the lesion") == "FAIL"
    small, ct = limb(bone_centre=(0.0, 0.0, 0.0), lesion_mm=14.0)
    _, palliation = appraised(case_with(), only, small, Imaging(ct))
    assert level(palliation, "Margin beyond the lesion") == "CAUTION"


def test_a_case_that_names_no_structures_is_told_that_none_was_looked_for() -> None:
    seen, ct = limb()
    _, found = appraised(case_with(), assessment(), seen, Imaging(ct))
    assert level(found, "Zone to critical structures") == "NOT_COMPUTED"


@pytest.mark.parametrize("shelf", ["devices", "cements", "laws"])
def test_every_number_on_the_shelves_has_a_source_in_the_bibliography(shelf: str) -> None:
    numbers = {
        "devices": [n for d in load_devices().values() for z in d.zones for n in (z.width_mm, z.length_mm)],
        "cements": [
            n
            for c in load_cements().values()
            for n in (c.modulus_mpa, c.compressive_strength_mpa, c.bending_strength_mpa)
        ],
        "laws": list(load_modulus_laws().values()),
    }[shelf]
    assert numbers
    for number_found in numbers:
        assert number_found.evidence.source in bibliography()
        assert number_found.evidence.place


def test_every_source_of_a_plan_and_its_appraisal_is_in_the_bibliography() -> None:
    seen, ct = limb()
    for plan_stops in ((), stopped("microwave", "rfa_monopolar", "rfa_bipolar")):
        case = case_with(critical_structures=[CriticalStructure(name="n", kind="nerve").model_dump()])
        plan, found = appraised(case, assessment(*plan_stops), seen, Imaging(ct))
        zone = draw_chart_zone(plan, seen, {}, 5.0)
        rigidity = measure_rigidity(seen, ct)
        cited = [e for step in plan.steps for e in step.evidence] + [e for c in found.criteria for e in c.evidence]
        cited += [*zone.evidence, *rigidity.evidence]
        assert cited
        assert {e.source for e in cited} <= set(bibliography())


def test_lesions_are_told_apart_by_their_ids() -> None:
    seen, ct = limb()
    lesion = Lesion(id="second", bone="tibia")
    case = Case(id="c", lesions=(Lesion(id="first", bone="tibia"), lesion))
    plans = propose_plans(case, lesion, seen, assessment(), Imaging(ct))
    assert {plan.lesion_id for plan in plans} == {"second"}
    assert len({plan.id for plan in plans}) == len(plans)


def test_a_tip_beside_the_lesion_is_warned_of() -> None:
    seen, ct = limb()
    plan, found = appraised(case_with(), assessment(*stopped("cryoablation")), seen, Imaging(ct))
    assert plan.ablation is not None
    assert level(found, "Probe tips inside the lesion") == "PASS"
    beside = plan.ablation.placements[0].model_copy(update={"tip_mm": (0.0, 0.0, 500.0)})
    moved = plan.model_copy(update={"ablation": plan.ablation.model_copy(update={"placements": (beside,)})})
    zone = draw_chart_zone(moved, seen, {}, 5.0)
    again = appraise_plan(moved, zone, measure_rigidity(seen, ct), seen, case_with())
    assert level(again, "Probe tips inside the lesion") == "CAUTION"
