"""Simulate the planned ablations of a case on its CT, and say how each lesion's zone, margin and neighbours fare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from buttress.ablate.region import SparedStructure
from buttress.ablate.schedule import Schedule
from buttress.ablate.simulate import SimulatedAblation, SimulationRequest, simulate_ablation
from buttress.library.load import load_devices
from buttress.library.load_defaults import Defaults
from buttress.planning.candidates import wanted_margin
from buttress.planning.surroundings import spared_structures
from buttress.records.case import Case
from buttress.records.document import ButtressError
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging
from buttress.records.plan import Plan
from buttress.records.simulation import Quality
from buttress.workflow.see_case import SeenCase

Told = Callable[[str, float], bool]
"""Told what is being run and the fraction done; answers whether to go on."""


@dataclass(frozen=True, slots=True)
class SimulationChoice:
    """What a user asks for: which plans (all with an ablation where None), device and schedule where they are not the
    plan's own, how finely, how many runs of the ensemble, and its seed.
    """

    plan_id: str | None = None
    device: str | None = None
    schedule: Schedule | None = None
    quality: Quality = "preview"
    ensemble: int = 20
    seed: int = 0


def simulate_plans(
    case: Case,
    plans: Sequence[Plan],
    seen: SeenCase,
    imaging: Imaging,
    choice: SimulationChoice,
    defaults: Defaults,
    told: Told | None = None,
) -> tuple[SimulatedAblation, ...]:
    """Simulate what was chosen, in the order of the plans.

    Raises :class:`ButtressError` where no plan has an ablation, or the chosen plan or device is not there.
    """
    chosen = _chosen(plans, choice)
    return tuple(
        simulate_ablation(
            _request(case, plan, seen.lesions[plan.lesion_id], imaging, choice, defaults),
            seen.lesions[plan.lesion_id],
            imaging,
            told,
        )
        for plan in chosen
    )


def _chosen(plans: Sequence[Plan], choice: SimulationChoice) -> list[Plan]:
    able = [plan for plan in plans if plan.ablation is not None]
    known = ", ".join(plan.id for plan in able) or "none has one"
    if choice.plan_id is not None and choice.plan_id not in {plan.id for plan in able}:
        raise ButtressError(f'no plan "{choice.plan_id}" with an ablation', known, "name one of these")
    found = [plan for plan in able if choice.plan_id in (None, plan.id)]
    if not found:
        raise ButtressError(
            "no plan of this case has an ablation to simulate", "a plan with an ablation", "see why in the report"
        )
    return found


def _request(
    case: Case, plan: Plan, seen: SeenLesion, imaging: Imaging, choice: SimulationChoice, defaults: Defaults
) -> SimulationRequest:
    assert plan.ablation is not None
    devices, key = load_devices(), choice.device or plan.ablation.device
    if key not in devices:
        raise ButtressError(f'no device "{key}" is on the shelf', ", ".join(sorted(devices)), "name one of these")
    return SimulationRequest(
        plan=plan,
        device=devices[key],
        wanted_margin_mm=wanted_margin(case, defaults),
        spared=spared_with_kinds(case, seen, imaging),
        schedule=choice.schedule,
        quality=choice.quality,
        ensemble=choice.ensemble,
        seed=choice.seed,
    )


def spared_with_kinds(case: Case, seen: SeenLesion, imaging: Imaging) -> Mapping[str, SparedStructure]:
    """Structures with the kinds that decide which temperatures they bear.

    A mask has the kind that the case gives it, whichever lesion names it; what is estimated has the atlas's own: a
    case that names the artery of a bundle has not made the nerve beside it a vessel.
    """
    named = {one.name: one.kind for lesion in case.lesions for one in lesion.critical_structures or ()}
    kinds = {**named, **{name: one.kind for name, one in seen.estimated.items()}}
    return {
        name: SparedStructure(kinds.get(name, "other"), mask, name not in seen.estimated)
        for name, mask in spared_structures(seen, imaging).items()
    }
