"""The main job: measure, judge, propose, draw the zone, appraise. It reads like the paper."""

from __future__ import annotations

from dataclasses import dataclass

from buttress.ablate.zone import draw_chart_zone
from buttress.assess.judge import judge
from buttress.assess.rulebook import rulebook_under
from buttress.library.load import load_bones
from buttress.library.load_defaults import Defaults, defaults_under
from buttress.planning.appraise import appraise_plan
from buttress.planning.candidates import propose_plans, wanted_margin
from buttress.planning.surroundings import structures_near
from buttress.records.case import Case, Lesion
from buttress.records.findings import Findings, SeenLesion
from buttress.records.image import Imaging
from buttress.records.plan import Plan
from buttress.records.policy import SitePolicy
from buttress.records.review import Appraisal
from buttress.records.score import Assessment
from buttress.records.strength import Rigidity
from buttress.records.zone import AblationZone
from buttress.reinforce.rigidity import measure_rigidity
from buttress.workflow.see_case import Progress, SeenCase, see_case


@dataclass(frozen=True, slots=True, eq=False)
class PlannedCase:
    """Everything a review holds, with the voxels behind it."""

    seen: SeenCase
    assessments: tuple[Assessment, ...]
    plans: tuple[Plan, ...]
    zones: tuple[AblationZone, ...]
    rigidities: tuple[Rigidity, ...]
    appraisals: tuple[Appraisal, ...]


def judge_case(case: Case, findings: Findings, policy: SitePolicy | None = None) -> tuple[Assessment, ...]:
    """Judge every lesion by the paper's considerations, scores and rules; our choices in them as a site changed them.

    Raises ``ButtressError`` for a policy that was written for another library.
    """
    bones, book = load_bones(), rulebook_under(policy)
    return tuple(
        judge(case, lesion, found, bones[lesion.bone], book=book)
        for lesion, found in zip(case.lesions, findings.lesions, strict=True)
    )


def plan_case(case: Case, imaging: Imaging | None, progress: Progress, policy: SitePolicy | None = None) -> PlannedCase:
    """Measure, judge, propose, draw and appraise all lesions of a case, under a site's policy where there is one."""
    defaults = defaults_under(policy)
    seen = see_case(case, imaging, progress)
    progress("judging by the paper's rules")
    assessments = judge_case(case, seen.findings, policy)
    parts = [
        _plan_lesion(case, lesion, seen.lesions[lesion.id], assessment, imaging, progress, defaults)
        for lesion, assessment in zip(case.lesions, assessments, strict=True)
        if imaging is not None and lesion.id in seen.lesions
    ]
    return PlannedCase(
        seen=seen,
        assessments=assessments,
        plans=tuple(plan for part in parts for plan in part.plans),
        zones=tuple(zone for part in parts for zone in part.zones),
        rigidities=tuple(part.rigidity for part in parts),
        appraisals=tuple(appraisal for part in parts for appraisal in part.appraisals),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _LesionParts:
    plans: tuple[Plan, ...]
    zones: tuple[AblationZone, ...]
    rigidity: Rigidity
    appraisals: tuple[Appraisal, ...]


def _plan_lesion(
    case: Case,
    lesion: Lesion,
    seen: SeenLesion,
    assessment: Assessment,
    imaging: Imaging,
    progress: Progress,
    defaults: Defaults,
) -> _LesionParts:
    progress(f"rigidity along the bone of {lesion.id}")
    rigidity = measure_rigidity(seen, imaging.ct)
    progress(f"candidates for {lesion.id}")
    plans = propose_plans(case, lesion, seen, assessment, imaging, defaults)
    margin_mm = wanted_margin(case, defaults)
    spared = structures_near(seen, imaging)
    zones = {plan.id: draw_chart_zone(plan, seen, spared, margin_mm) for plan in plans if plan.ablation}
    appraisals = tuple(appraise_plan(plan, zones.get(plan.id), rigidity, seen, case, defaults) for plan in plans)
    return _LesionParts(plans, tuple(zones.values()), rigidity, appraisals)
