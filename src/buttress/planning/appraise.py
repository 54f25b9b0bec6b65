"""How one plan fares: what was wanted, what was found, and what nobody computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from buttress.ablate.chart import PLACING_ERROR, PLACING_ERROR_MM, plan_ellipsoid
from buttress.evidence.source import Evidence
from buttress.library.load_defaults import Defaults, shelf_defaults
from buttress.planning.sequence import PAPER_COOLING, is_rewarmed_before_cement
from buttress.records.case import Case, CriticalStructure
from buttress.records.findings import EstimatedStructure, Measure, SeenLesion
from buttress.records.plan import AblationStep, CementFill, Plan
from buttress.records.review import Appraisal, AppraisedCriterion, Level
from buttress.records.strength import Rigidity
from buttress.records.zone import AblationZone

MARGIN = Evidence(
    source="ahmed2019", place="Treatment Considerations, item 3", note="10 mm for cure; 5 mm else is ours"
)
NEAR = Evidence(source="deschamps2014", place="critical structure within 10 mm", note="for nerves; ours for the rest")
CEMENT_LEAK = Evidence(source="ahmed2019", place="Mechanical Reinforcement, I")
SIDE_DIFFERENCE = Evidence(source="eckstein2004", place="left to right differences of failure load, mean 17 %")

FIXATION = "Strength with fixation"

SIDE_DIFFERENCE_FRACTION = 0.17
"""A loss within the mean difference between two healthy sides passes (eckstein2004, failure load); use here is ours."""

WHOLE = 1.0 - 1e-9


def appraise_plan(
    plan: Plan,
    zone: AblationZone | None,
    rigidity: Rigidity,
    seen: SeenLesion,
    case: Case,
    defaults: Defaults | None = None,
) -> Appraisal:
    """Check a plan against what is wanted of it. Each criterion passes, warns, fails or was not computed, with reason.

    ``zone`` is the drawn zone of a plan with ablation (else ``None``); ``seen`` is the lesion it is for; ``defaults``
    are a site's, where it has any. An appraisal ranks nothing.
    """
    defaults = defaults or shelf_defaults()
    named = next((x.critical_structures for x in case.lesions if x.id == plan.lesion_id), None)
    criteria: list[AppraisedCriterion] = []
    if zone is not None:
        curative = bool(case.intent and "curative" in case.intent)
        criteria += [_coverage(zone), _margin(zone, curative, defaults)]
        criteria += _structures(zone, named, plan.ablation, seen.estimated, defaults)
        criteria += [_path(plan, defaults), _tips(plan, seen)]
    criteria += [_rigidity_left(rigidity)]
    criteria += _cement(plan)
    criteria += [_fixation()] if plan.fixations else []
    return Appraisal(plan_id=plan.id, criteria=tuple(criteria))


def _coverage(zone: AblationZone) -> AppraisedCriterion:
    held = zone.coverage_fraction
    level = _level(held, WHOLE)
    return AppraisedCriterion(
        name="Lesion inside the drawn zone",
        wanted="100 %, also with the probe off target",
        found=_percent(held, 1),
        level=level,
        evidence=zone.evidence,
    )


def _margin(zone: AblationZone, curative: bool, defaults: Defaults) -> AppraisedCriterion:
    level = _level(zone.margin_mm, zone.wanted_margin_mm)
    change = defaults.changed.get("palliative_margin_mm")
    whose = f"site policy: {change.told}" if change else "ours"
    if level == "FAIL" and not curative and (zone.margin_mm.value or 0.0) >= 0.0:
        level = "CAUTION"
    return AppraisedCriterion(
        name="Margin beyond the lesion",
        wanted=f"{zone.wanted_margin_mm:g} mm or more ({'cure is intended' if curative else f'{whose}; not for cure'})",
        found=_millimetres(zone.margin_mm),
        level=level,
        evidence=(MARGIN, PLACING_ERROR),
    )


def _structures(
    zone: AblationZone,
    named: tuple[CriticalStructure, ...] | None,
    step: AblationStep | None,
    estimated: Mapping[str, EstimatedStructure],
    defaults: Defaults,
) -> Iterable[AppraisedCriterion]:
    """One criterion for each structure with a mask or an estimate, each that is only named, or that none is."""
    for name, distance in zone.structure_clearances:
        guess = estimated.get(name)
        if guess is None:
            yield _clearance(name, distance, defaults)
        else:
            yield _estimated(name, distance, guess.uncertain_mm, defaults)
    measured = {name for name, _ in zone.structure_clearances}
    for structure in named or ():
        if structure.name not in measured and structure.kind != "skin":
            yield _given_distance(structure, step, defaults)
    if named is None:
        reason = "the case names none: nerves and joints were not looked for"
        yield _unknown("Zone to critical structures", reason, defaults)
    if "skin" not in measured:
        yield _entry_in_zone(step, defaults)


def _estimated(name: str, distance_mm: float, uncertain_mm: float, defaults: Defaults) -> AppraisedCriterion:
    """A structure placed by anatomy: it passes or fails only where its uncertainty does not matter."""
    as_placed = _clearance(name, distance_mm, defaults)
    nearest, farthest = _clearance(name, distance_mm - uncertain_mm, defaults), distance_mm + uncertain_mm
    level: Level = "PASS" if nearest.level == "PASS" else "FAIL" if farthest < 0 else "CAUTION"
    doubt = f"{as_placed.found}; the structure is not seen: it may lie {uncertain_mm:.0f} mm nearer or farther"
    return as_placed.model_copy(update={"found": doubt, "level": level})


def _given_distance(structure: CriticalStructure, step: AblationStep | None, defaults: Defaults) -> AppraisedCriterion:
    """A typed distance less the zone's longest half axis bounds the clearance: enough to pass, never to fail."""
    name, typed = f"Zone to {structure.name}", structure.distance_mm
    if typed is None or step is None:
        return _unknown(name, "no mask of it", defaults)
    half = max(step.setting.width_mm.value, step.setting.length_mm.value) / 2.0
    bound = _clearance(structure.name, typed - half, defaults)
    given = f"the case gives {typed:g} mm from the lesion"
    if bound.level != "PASS":
        return _unknown(name, f"no mask of it; {given}", defaults)
    return bound.model_copy(update={"found": f"about {typed - half:.0f} mm or more: {given}; no mask of it"})


def _entry_in_zone(step: AblationStep | None, defaults: Defaults) -> AppraisedCriterion:
    """Without a measured skin, the entry points tell at least whether the zone reaches it there."""
    entries = [p.entry_mm for p in step.placements] if step else []
    if step is None or not entries:
        return _unknown("Zone to skin", "no skin was measured", defaults)
    least = -float(plan_ellipsoid(step).depth_mm(entries).max())
    at_entry = _clearance("skin", least, defaults)
    if at_entry.level == "PASS":
        return _unknown("Zone to skin", f"{at_entry.found}, at the entry points only", defaults)
    return at_entry.model_copy(update={"found": f"{at_entry.found}, at the entry points"})


def _clearance(name: str, distance_mm: float, defaults: Defaults) -> AppraisedCriterion:
    near = defaults.number("near_mm")
    found = f"{distance_mm:.0f} mm" if distance_mm >= 0 else f"overlaps it by {-distance_mm:.0f} mm"
    level: Level = "PASS" if distance_mm >= near else "CAUTION" if distance_mm >= 0 else "FAIL"
    return AppraisedCriterion(
        name=f"Zone to {name}",
        wanted=f"{defaults.told('near_mm')} or more",
        found=f"{found} (as drawn; the probe may be {PLACING_ERROR_MM:g} mm off)",
        level=level,
        evidence=(NEAR, PLACING_ERROR),
    )


def _path(plan: Plan, defaults: Defaults) -> AppraisedCriterion:
    near = defaults.number("near_mm")
    placements = plan.ablation.placements if plan.ablation else ()
    least = sorted((value, name) for p in placements for name, value in p.clearances)
    depths = _span([p.depth_mm for p in placements])
    drilled = _span([p.bone_path_mm for p in placements])
    depth = f"{depths} mm deep, {drilled} mm of it in the bone"
    if not least:
        found, level = f"{depth}; no structure has a mask: only gas, bones and limbs were avoided", "NOT_COMPUTED"
    else:
        found = f"{depth}; nearest {least[0][1]} at {least[0][0]:.0f} mm"
        level = "PASS" if least[0][0] >= near else "CAUTION"
    return AppraisedCriterion(
        name="Straight path from the skin",
        wanted=f"free of gas and other bones, {defaults.told('near_mm')} from structures",
        found=found,
        level=level,
        evidence=(NEAR,),
    )


def _tips(plan: Plan, seen: SeenLesion) -> AppraisedCriterion:
    """The pattern of several probes is the published one; it need not fit the lesion."""
    tips = [p.tip_mm for p in plan.ablation.placements] if plan.ablation else []
    held = int(seen.lesion.holds(tips).sum()) if tips else 0
    return AppraisedCriterion(
        name="Probe tips inside the lesion",
        wanted="all (ours)",
        found=f"{held} of {len(tips)}",
        level="PASS" if held == len(tips) else "CAUTION",
    )


def _span(values: list[float]) -> str:
    low, high = f"{min(values, default=0.0):.0f}", f"{max(values, default=0.0):.0f}"
    return low if low == high else f"{low} to {high}"


def _rigidity_left(rigidity: Rigidity) -> AppraisedCriterion:
    """What the bone has left without help: a loss beyond side-to-side differences warns; no threshold is claimed."""
    wanted = "within the 17 % by which healthy sides differ; no fracture threshold is claimed"
    parts = {
        "axial": rigidity.axial_ratio,
        "bending": rigidity.bending_ratio,
        "torsion": rigidity.torsion_ratio,
        "torsion by polar sum": rigidity.torsion_polar_ratio,
    }
    known = {name: m for name, m in parts.items() if m.value is not None}
    if not known:
        return AppraisedCriterion(
            name="Rigidity left at the lesion", wanted=wanted, found=rigidity.axial_ratio.note, level="NOT_COMPUTED"
        )
    found = ", ".join(f"{name} {_percent(m)}" for name, m in known.items())
    worst = min(m.low if m.low is not None else float(m.value or 0.0) for m in known.values())
    sound = worst >= 1.0 - SIDE_DIFFERENCE_FRACTION and not rigidity.open_section
    return AppraisedCriterion(
        name="Rigidity left at the lesion",
        wanted=wanted,
        found=found + ("; cortex interrupted: the polar sum overstates torsion" if rigidity.open_section else ""),
        level="PASS" if sound else "CAUTION",
        evidence=(SIDE_DIFFERENCE, *rigidity.evidence[:1]),
    )


def _cement(plan: Plan) -> Iterable[AppraisedCriterion]:
    if plan.ablation is not None and plan.ablation.modality == "cryoablation" and plan.fills:
        ordered = is_rewarmed_before_cement(plan)
        yield AppraisedCriterion(
            name="Rewarming before cement",
            wanted="a rewarming step before the first cement",
            found="in that order" if ordered else "cement comes before rewarming",
            level="PASS" if ordered else "FAIL",
            evidence=(PAPER_COOLING,),
        )
    for fill in plan.fills:
        volume = fill.volume_ml
        amount = "" if volume.value is None else f"the cavity holds {volume.value:.1f} mL; "
        yield AppraisedCriterion(
            name="Cement fill and leak",
            wanted="a full cavity, none in a joint or outside the bone",
            found=f"{amount}{_leaks(fill)}flow is not simulated",
            level="CAUTION" if fill.leak_sites else "NOT_COMPUTED",
            evidence=(CEMENT_LEAK,),
        )


def _leaks(fill: CementFill) -> str:
    """Where cement could leave, in a clause."""
    told = []
    for site in fill.leak_sites or ():
        if site.area_mm2 is not None and site.area_mm2.value is not None:
            told.append(f"no cortex over {site.area_mm2.value:.0f} mm² of the bone's surface")
        elif site.distance_mm is not None and site.distance_mm.value is not None:
            told.append(f"{site.what} {site.distance_mm.value:.1f} mm away")
    return f"could leave: {', '.join(told)}; " if told else ""


def _fixation() -> AppraisedCriterion:
    return AppraisedCriterion(
        name=FIXATION,
        wanted="enough hold beyond the lesion",
        found="number, size and path are not computed; what one that you place would hold: buttress strength",
        level="NOT_COMPUTED",
    )


def _unknown(name: str, reason: str, defaults: Defaults) -> AppraisedCriterion:
    wanted = f"{defaults.told('near_mm')} or more"
    return AppraisedCriterion(name=name, wanted=wanted, found=reason, level="NOT_COMPUTED")


def _level(found: Measure, wanted: float) -> Level:
    """PASS where the whole interval reaches what is wanted, CAUTION where only the value does, else FAIL."""
    if found.value is None:
        return "NOT_COMPUTED"
    low = found.value if found.low is None else found.low
    return "PASS" if low >= wanted else "CAUTION" if found.value >= wanted else "FAIL"


def _percent(m: Measure, digits: int = 0) -> str:
    if m.value is None:
        return m.note
    low, high = (m.value if x is None else x for x in (m.low, m.high))
    return f"{m.value:.{digits}%} ({low:.{digits}%} to {high:.{digits}%})"


def _millimetres(m: Measure) -> str:
    if m.value is None:
        return m.note
    low, high = (m.value if x is None else x for x in (m.low, m.high))
    return f"{m.value:.1f} mm ({low:.1f} to {high:.1f})"
