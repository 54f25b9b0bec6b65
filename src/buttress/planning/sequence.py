"""The steps of a plan in their order, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from buttress.evidence.source import Evidence
from buttress.records.plan import AblationStep, CementFill, Fixation, Plan, Step

PAPER_GENERAL = Evidence(source="ahmed2019", place="Treatment Considerations")
PAPER_COOLING = Evidence(source="ahmed2019", place="Cooling Techniques, I")
PAPER_CASE_1 = Evidence(source="ahmed2019", place="Fig. 1")
PAPER_CASE_3 = Evidence(source="ahmed2019", place="Fig. 3")
PAPER_FIXATION = Evidence(source="ahmed2019", place="Mechanical Reinforcement, II")
BLEEDING = Evidence(source="patel2019", place="high-risk procedures, as summarised elsewhere")
NERVES = Evidence(source="sag2022", place="juxtaneural temperature")
PROTECTION = Evidence(source="filippiadis2014", place="protection techniques")

REWARM = Step(
    text="Rewarm: actively thaw the probe tips for more than 15 min, or confirm body temperature, before any cement.",
    evidence=(PAPER_COOLING, PAPER_CASE_1),
)


def order_steps(
    ablation: AblationStep | None, fills: Sequence[CementFill], fixations: Sequence[Fixation]
) -> tuple[Step, ...]:
    """Steps before, during and after the procedure; cold is taken out of the bone before cement goes in."""
    return (*_before(ablation), *_ablation(ablation, bool(fills)), *_hold(fills, fixations), *_after())


def is_rewarmed_before_cement(plan: Plan) -> bool:
    """Whether the plan's steps put rewarming before the first step with cement (``True`` where nothing is frozen)."""
    if plan.ablation is None or plan.ablation.modality != "cryoablation" or not plan.fills:
        return True
    texts = [step.text for step in plan.steps]
    cement = next((k for k, text in enumerate(texts) if text.startswith("Cement:")), len(texts))
    return REWARM.text in texts and texts.index(REWARM.text) < cement


def _before(ablation: AblationStep | None) -> tuple[Step, ...]:
    board = Step(text="Record the tumour board's review and consensus before scheduling.", evidence=(PAPER_GENERAL,))
    blood = Step(
        text="Check INR and platelets: bone ablation and access count as high bleeding risk.", evidence=(BLEEDING,)
    )
    spare = Step(
        text="Settle the protection of nerves, joints and skin near the zone (dissection, thermocouple, monitoring).",
        evidence=(PROTECTION, NERVES),
    )
    return (board, blood) if ablation is None else (board, blood, spare)


def _ablation(ablation: AblationStep | None, cement_follows: bool) -> tuple[Step, ...]:
    if ablation is None:
        return ()
    count = len(ablation.placements)
    depths = " / ".join(f"{p.depth_mm:.0f}" for p in ablation.placements)
    word = "probe" if count == 1 else f"{count} parallel probes"
    place = Step(text=f"Place the {word} along the planned path; skin to target {depths} mm. Confirm on CT.")
    numbers = (ablation.setting.width_mm.evidence,)
    ablate = Step(text=f"Ablate: {ablation.title}, {ablation.setting.setting}.", evidence=numbers)
    frozen = ablation.modality == "cryoablation" and cement_follows
    return (place, ablate, REWARM) if frozen else (place, ablate)


def _hold(fills: Sequence[CementFill], fixations: Sequence[Fixation]) -> tuple[Step, ...]:
    metal = tuple(Step(text=f"If the board chooses it: {f.note}", evidence=(PAPER_FIXATION,)) for f in fixations)
    cement = tuple(Step(text=_cement_text(fill), evidence=(PAPER_CASE_1, PAPER_CASE_3)) for fill in fills)
    return (*metal, *cement)


def _cement_text(fill: CementFill) -> str:
    volume = fill.volume_ml
    amount = (
        f"up to about {volume.value:.1f} mL fills the cavity" if volume.value is not None else "volume not computed"
    )
    return f"Cement: {amount}. Intermittent CT for leaks; stop when cement is seen outside the bone or in a joint."


def _after() -> tuple[Step, ...]:
    return (
        Step(
            text="Record pain on the same scale as before, and follow for fracture and recurrence.",
            evidence=(Evidence(source="ahmed2019", place="Interventional Treatments"),),
        ),
    )
