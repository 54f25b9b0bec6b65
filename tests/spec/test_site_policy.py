"""A site may change our choices, never a source's; what it changed is shown as the site's wherever it stands."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from buttress.assess.facts import gather_facts
from buttress.assess.judge import judge
from buttress.assess.rulebook import rulebook_under
from buttress.assess.site_rules import rule_under
from buttress.library.default_uses import load_uses
from buttress.library.example_cases import example_folder
from buttress.library.load import load_bones
from buttress.library.load_defaults import defaults_under, shelf_defaults
from buttress.library.load_rules import load_rules
from buttress.measure.given import unmeasured
from buttress.planning.candidates import wanted_margin
from buttress.records.case import Case
from buttress.records.document import ButtressError
from buttress.records.policy import PolicyChange, SitePolicy
from buttress.records.score import Assessment, Verdict


def site(**values: float | str) -> SitePolicy:
    """A site that sets these defaults otherwise."""
    rows = shelf_defaults().rows
    changes = [
        PolicyChange(key=key, label=rows[key].label, unit=rows[key].unit, value=value, ours=rows[key].value)
        for key, value in values.items()
    ]
    return SitePolicy(name="a site", sha256="0" * 64, changes=tuple(changes))


def femur(*, patient: dict[str, Any] | None = None, intent: tuple[str, ...] = ("curative",), **lesion: Any) -> Case:
    told = {"id": "one", "bone": "femur", "subsite": "diaphysis", "critical_structures": [], **lesion}
    return Case.model_validate({"id": "made-up", "patient": patient or {}, "intent": intent, "lesions": [told]})


def nerve(distance_mm: float) -> list[dict[str, Any]]:
    return [{"kind": "nerve", "name": "sciatic nerve", "distance_mm": distance_mm}]


def judged(case: Case, policy: SitePolicy | None = None) -> Assessment:
    lesion, book = case.lesions[0], rulebook_under(policy)
    return judge(case, lesion, unmeasured(lesion, "no image"), load_bones()[lesion.bone], book=book)


def said(assessment: Assessment, rule: str) -> Verdict | None:
    """What a rule says, whatever the technique."""
    found = [v for view in assessment.techniques for v in view.verdicts if v.rule == rule and v.effect != "ASK"]
    return found[0] if found else None


def test_a_nerve_at_12_mm_is_near_for_a_site_that_says_15_mm_and_not_for_ours() -> None:
    case = femur(critical_structures=nerve(12))
    assert said(judged(case), "L-TMP-01/limits") is None
    verdict = said(judged(case, site(near_mm=15)), "L-TMP-01/limits")
    assert verdict is not None
    assert "site policy for the distance that counts as near: 15 mm, ours was 10 mm" in verdict.because
    assert "15 mm, ours was 10 mm" in verdict.evidence[0].note


@pytest.mark.parametrize("rule", ["L-ABL-03/nerve", "L-TMP-03"])
@pytest.mark.parametrize(("near_mm", "distance_mm", "speaks"), [(15, 12, False), (15, 8, True), (5, 8, True)])
def test_what_deschamps2014_found_within_10_mm_stays_at_10_mm(
    rule: str, near_mm: float, distance_mm: float, speaks: bool
) -> None:
    verdict = said(judged(femur(critical_structures=nerve(distance_mm)), site(near_mm=near_mm)), rule)
    assert (verdict is not None) == speaks
    assert verdict is None or "site policy" not in verdict.because


def test_a_question_for_what_is_near_names_the_sites_distance() -> None:
    asks = {
        ask
        for view in judged(femur(critical_structures=None), site(near_mm=15)).techniques
        for v in view.verdicts
        for ask in v.asks
    }
    assert "nerve or cord within 15 mm (site policy, ours was 10 mm)" in asks
    assert not any(ask.endswith("within 10 mm") for ask in asks)


def test_few_metastases_are_three_for_a_site_that_says_so() -> None:
    case, policy = femur(patient={"n_metastases": 4}), site(oligometastatic_max=3)
    assert said(judged(case), "L-ABL-03/few") is not None
    assert said(judged(case), "C3/too_many") is None
    assert said(judged(case, policy), "L-ABL-03/few") is None
    verdict = said(judged(case, policy), "C3/too_many")
    assert verdict is not None
    assert "3, ours was 5" in verdict.because


def test_the_remark_on_the_number_of_metastases_and_the_disagreement_tell_whose_number_it_is() -> None:
    case = femur(patient={"n_metastases": 3})
    ours, sites = judged(case), judged(case, site(oligometastatic_max=4))
    assert any("five or fewer is taken here (ours" in remark for remark in ours.considerations[2].remarks)
    assert any("the site takes 4, ours was 5, or fewer" in remark for remark in sites.considerations[2].remarks)
    handled = {one.key: one.handled for one in sites.disagreements}
    assert handled["oligometastatic"].startswith("The site takes 4 (site policy, ours was 5), or fewer")


def test_an_implant_elsewhere_stops_monopolar_current_where_a_site_says_so() -> None:
    case = femur(patient={"implants": [{"description": "hip prosthesis", "in_treated_region": False}]})
    ours, sites = judged(case), judged(case, site(implant_elsewhere_effect="BLOCK"))
    caution, stop = said(ours, "RFA-06/elsewhere"), said(sites, "RFA-06/elsewhere")
    assert caution is not None
    assert stop is not None
    assert (caution.effect, stop.effect) == ("CAUTION", "BLOCK")
    assert "BLOCK, ours was CAUTION" in stop.because


def test_a_sites_weeks_turn_the_caution_on_radiotherapy_and_the_statement_tells_them() -> None:
    case = femur(patient={"life_expectancy": {"low_weeks": 13, "high_weeks": 14, "source": "the oncologist"}})
    assert said(judged(case), "RT-03/against") is None
    verdict = said(judged(case, site(radiotherapy_against_weeks=16)), "RT-03/against")
    assert verdict is not None
    assert "before 16 weeks (site policy, ours was 12 weeks)" in verdict.statement


def test_permeative_counts_as_mixed_in_mirels_score_where_a_site_says_so() -> None:
    case = femur(matrix="permeative", mirels_pain="mild", fracture={"status": "none"}, given={"width_fraction": 0.5})
    ours, sites = (judged(case, policy).scores[0] for policy in (None, site(mirels_points_permeative=2)))
    assert (ours.low, sites.low) == (2 + 1 + 3 + 2, 2 + 1 + 2 + 2)  # lower limb, mild, look, a third to two thirds
    assert any("2, ours was 3 (site policy)" in caveat for caveat in sites.caveats)


@pytest.mark.parametrize(
    ("edge", "key", "points"), [(1 / 3, "mirels_points_at_one_third", 1), (2 / 3, "mirels_points_at_two_thirds", 3)]
)
def test_the_edges_of_mirels_size_are_a_sites_to_change(edge: float, key: str, points: int) -> None:
    case = femur(matrix="lytic", mirels_pain="mild", fracture={"status": "none"}, given={"width_fraction": edge})
    sizes = [judged(case, policy).scores[0].items[3].low for policy in (None, site(**{key: points}))]
    assert sizes == [2, points]


def test_a_margin_for_palliation_is_added_before_comparing_with_4_cm_where_a_site_says_so() -> None:
    case = femur(intent=("palliative",), given={"longest_diameter_mm": 35})
    assert said(judged(case), "RFA-03/fits") is not None
    verdict = said(judged(case, site(palliative_span_margin_mm=5)), "RFA-03/too_large_mono")
    assert verdict is not None  # 35 + 2 x 5 = 45 mm
    assert "45 mm" in verdict.because
    assert "with a 5 mm (site policy, ours was 0 mm) margin" in verdict.because


def test_the_margin_wanted_of_a_zone_is_the_sites_for_palliation_and_the_papers_for_cure() -> None:
    defaults = defaults_under(site(palliative_margin_mm=3))
    assert wanted_margin(femur(intent=("palliative",)), defaults) == 3
    assert wanted_margin(femur(intent=("curative",)), defaults) == 10


def test_a_step_tells_the_sites_distance_in_what_is_done_and_why() -> None:
    steps = {step.key: step for step in judged(femur(critical_structures=nerve(12)), site(near_mm=15)).steps}
    assert "within 15 mm (site policy, ours was 10 mm)" in steps["distances"].action
    assert "15 mm, ours was 10 mm" in steps["thermocouple"].because


def test_what_would_change_a_verdict_lies_at_the_sites_number() -> None:
    changes = judged(femur(patient={"ecog": 1}), site(poor_function_ecog=2)).changes
    told = {to for change in changes if change.rule == "SUR-01/function" for to in change.to}
    assert told == {"2 (site policy) or more"}


def test_the_paper_cases_say_the_same_under_a_policy_that_changes_nothing() -> None:
    for name in ("case-1", "case-2", "case-3", "case-4"):
        case = Case.model_validate(tomllib.loads(example_folder(name).joinpath("case.toml").read_text("utf-8")))
        assert judged(case, site()) == judged(case)


def test_a_policy_for_a_sources_number_or_another_library_is_refused() -> None:
    for policy in (site(curative_margin_mm=5), site(near_mm=80)):
        with pytest.raises(ButtressError):
            rulebook_under(policy)
    older = site(near_mm=15).changes[0].model_copy(update={"ours": 8.0})
    with pytest.raises(ButtressError):
        rulebook_under(SitePolicy(name="a site", sha256="0" * 64, changes=(older,)))


def test_no_number_of_a_rule_differs_under_any_policy_but_those_that_are_ours() -> None:
    """Every choice is moved to its ends: tests that name no choice of ours keep their numbers."""
    for row in shelf_defaults().rows.values():
        for value in (row.low, row.high, *row.words) if row.is_for_a_site else ():
            if value is None:
                continue
            defaults = defaults_under(site(**{row.key: value}))
            for rule in load_rules():
                moved = rule_under(rule, defaults)
                pairs = zip(rule.when.tests, moved.when.tests, strict=True) if rule.when and moved.when else ()
                assert all(a.value == b.value for a, b in pairs if a.default != row.key), rule.id
                assert moved.evidence == rule.evidence


def test_every_choice_of_ours_is_used_by_something() -> None:
    for key, row in shelf_defaults().rows.items():
        uses = load_uses()[key]
        assert not row.is_for_a_site or uses.rules or uses.steps or uses.places, key


def test_a_fact_that_keeps_the_sources_distance_asks_the_same_while_nothing_is_changed() -> None:
    case = femur(critical_structures=nerve(10))
    lesion = case.lesions[0]
    facts = gather_facts(case, lesion, unmeasured(lesion, "no image"), load_bones()["femur"])
    assert facts["nerve_near"].value is facts["nerve_within_10_mm"].value is True
