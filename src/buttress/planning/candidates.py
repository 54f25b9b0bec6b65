"""Candidates for one lesion: one with ablation where that is possible, one that reinforces alone. Never a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from buttress.library.load import load_cements
from buttress.library.load_defaults import Defaults, shelf_defaults
from buttress.planning.approach import ProposedPath, propose_path
from buttress.planning.choose_zone import RULE, FittedZone, best_by_modality, fit_zones
from buttress.planning.sequence import order_steps
from buttress.planning.surroundings import Surroundings, look_around, spared_structures
from buttress.records.case import Case, Lesion
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging, Mask
from buttress.records.plan import AblationStep, CementFill, Fixation, Plan, Step
from buttress.records.score import Assessment, TechniqueView, Verdict
from buttress.reinforce.cement import estimate_cement_fill

FIXATION_KINDS: Mapping[str, Literal["screws", "rebar", "catheter", "nails"]] = {
    "screws": "screws",
    "rebar": "rebar",
    "cement_filled_catheter": "catheter",
    "flexible_nails": "nails",
}

KIND_WORDS = {
    "screws": "screws",
    "rebar": "rebar needles",
    "catheter": "a cement-filled catheter",
    "nails": "flexible nails",
}

MODALITY_WORDS = {
    "rfa_monopolar": "monopolar radiofrequency",
    "rfa_bipolar": "bipolar radiofrequency",
    "microwave": "microwave",
    "cryoablation": "cryoablation",
}

Views = Mapping[str, TechniqueView]


@dataclass(frozen=True, slots=True)
class _Ablation:
    """An ablation step with its sentences, or no step and why."""

    step: AblationStep | None
    sentences: tuple[str, ...]


def wanted_margin(case: Case, defaults: Defaults | None = None) -> float:
    """Margin in mm that a zone should reach beyond the lesion: 10 for cure (ahmed2019, item 3), else 5 (ours).

    ``defaults`` are a site's, where it has any.
    """
    curative = bool(case.intent and "curative" in case.intent)
    return (defaults or shelf_defaults()).number("curative_margin_mm" if curative else "palliative_margin_mm")


def propose_plans(
    case: Case,
    lesion: Lesion,
    seen: SeenLesion,
    assessment: Assessment,
    imaging: Imaging,
    defaults: Defaults | None = None,
) -> tuple[Plan, ...]:
    """Candidate plans for one lesion, ablation first. Where no ablation is drawn the other plan says why.

    Rules that speak against a technique are shown in the rationale; only a stop (BLOCK) or a lesion too diffuse to
    encompass keeps a technique from being drawn. ``defaults`` are a site's, where it has any.
    """
    defaults = defaults or shelf_defaults()
    views = {view.key: view for view in assessment.techniques}
    ablation = _ablation(case, lesion, seen, views, imaging, defaults)
    fills = (estimate_cement_fill(seen, ct=imaging.ct),) if seen.intraosseous.any() else ()
    fixations = _fixations(views)
    plans = []
    if ablation.step is not None:
        plans.append(_ablation_plan(lesion, ablation, fills, fixations, views))
    reinforcement = _reinforcement_plan(lesion, ablation, fills, fixations, views)
    return (*plans, *((reinforcement,) if reinforcement else ()))


def _ablation_plan(
    lesion: Lesion,
    ablation: _Ablation,
    fills: tuple[CementFill, ...],
    fixations: tuple[Fixation, ...],
    views: Views,
) -> Plan:
    step = ablation.step
    assert step is not None
    cemented = bool(fills) and not _is_stopped(views.get("ablation_cement"))
    used, metal = (fills, fixations) if cemented else ((), ())
    keys = (step.modality, *(("ablation_cement",) if cemented else ()))
    why_not = () if cemented else ("No cement in this plan: " + _why_no_cement(fills, views.get("ablation_cement")),)
    return Plan(
        id=f"{lesion.id}-ablation",
        lesion_id=lesion.id,
        title=step.title + (", then cement" if cemented else ""),
        techniques=keys,
        ablation=step,
        fills=used,
        fixations=metal,
        steps=order_steps(step, used, metal),
        rationale=(*ablation.sentences, *_said_of(views, keys), *why_not),
        not_computed=_not_computed(True, used, metal),
    )


def _reinforcement_plan(
    lesion: Lesion,
    ablation: _Ablation,
    fills: tuple[CementFill, ...],
    fixations: tuple[Fixation, ...],
    views: Views,
) -> Plan | None:
    """Cement, fixation or both; without either, a plan that only says why there is none (where nothing is ablated)."""
    missing = () if ablation.step is not None else ablation.sentences
    alone = bool(fills) and not _is_stopped(views.get("cement"))
    used = fills if alone or fixations else ()
    keys = (("cement",) if alone else ()) + tuple(k for k, kind in FIXATION_KINDS.items() if _has(fixations, kind))
    if not keys:
        return None if ablation.step is not None else _empty_plan(lesion, missing, fills, views)
    parts = (["cement"] if used else []) + [KIND_WORDS[f.kind] for f in fixations]
    title = "Reinforcement only: " + (
        " with ".join(parts) if len(parts) < 3 else f"cement with {' or '.join(parts[1:])}"
    )
    stopped = () if alone or not fills else ("Cement alone is stopped here: it is planned only beside fixation.",)
    return Plan(
        id=f"{lesion.id}-reinforcement",
        lesion_id=lesion.id,
        title=title,
        techniques=keys,
        fills=used,
        fixations=fixations,
        steps=order_steps(None, used, fixations),
        rationale=(*missing, *stopped, *_said_of(views, keys)),
        not_computed=_not_computed(False, used, fixations),
    )


def _empty_plan(lesion: Lesion, missing: tuple[str, ...], fills: tuple[CementFill, ...], views: Views) -> Plan:
    return Plan(
        id=f"{lesion.id}-none",
        lesion_id=lesion.id,
        title="No percutaneous candidate could be drawn",
        techniques=(),
        steps=(Step(text="Take the reasons and the comparators to the board."),),
        rationale=(*missing, "No cement plan: " + _why_no_cement(fills, views.get("cement"))),
    )


def _ablation(
    case: Case, lesion: Lesion, seen: SeenLesion, views: Views, imaging: Imaging, defaults: Defaults
) -> _Ablation:
    """The ablation of the smallest published zone that covers, along a free path; or why there is none."""
    if lesion.diffuse:
        reason = "No ablation is drawn: the case calls the lesion too diffuse for one zone (ABL-01)."
        return _Ablation(None, (reason, *_against_all_ablation(views)))
    open_ones = [k for k, view in views.items() if view.group == "ablation" and not _is_stopped(view)]
    stops = tuple(
        f"{MODALITY_WORDS.get(k, k)} is stopped ({v.rule}): {v.statement}"
        for k, view in views.items()
        if view.group == "ablation"
        for v in view.by_effect("BLOCK")
    )
    if not open_ones:
        return _Ablation(None, ("No ablation is drawn: every ablative technique is stopped.", *stops))
    target = seen.lesion.points_mm().mean(axis=0)
    world = look_around(seen, imaging.ct, target)
    spared = _spared(lesion, seen, imaging)
    near = defaults.number("near_mm")
    first = propose_path(seen, imaging.ct, spared, target, min_clearance_mm=near, world=world)
    if first.axis is None:
        return _Ablation(None, (f"No ablation is drawn: {first.reason}.", *stops))
    margin = wanted_margin(case, defaults)
    skin = {} if "skin" in imaging.structures else {"skin": Mask(world.grid, world.outside)}
    zones = fit_zones(
        seen.lesion, (target, first.axis), margin, open_ones, {**spared_structures(seen, imaging), **skin}
    )
    unpublished = [MODALITY_WORDS.get(k, k) for k in open_ones if k not in {z.device.modality for z in zones}]
    gaps = (f"No published zone is on the shelf for: {', '.join(unpublished)}.",) if unpublished else ()
    for zone in zones:
        path = _path_for(zone, first, seen, imaging, spared, target, near, world)
        if path.axis is not None:
            step = _step(zone, path, target.tolist())
            words = (
                RULE,
                _why_zone(zone, margin),
                f"Path: {path.reason}.",
                *_left_aside(zones, zone),
                *_others(zones, zone),
            )
            return _Ablation(step, (*words, *gaps, *stops))
    return _Ablation(None, ("No ablation is drawn: no published zone could be placed.", *gaps, *stops))


def _against_all_ablation(views: Views) -> tuple[str, ...]:
    """What rules say against every ablative technique alike, each once."""
    said = [
        {f"Against ablation ({v.rule}): {_sentence(v)}": None for v in view.by_effect("AGAINST")}
        for view in views.values()
        if view.group == "ablation"
    ]
    return tuple(text for text in (said[0] if said else ()) if all(text in other for other in said))


def _path_for(
    zone: FittedZone,
    first: ProposedPath,
    seen: SeenLesion,
    imaging: Imaging,
    spared: Mapping[str, Mask],
    target: object,
    near_mm: float,
    world: Surroundings,
) -> ProposedPath:
    if zone.setting.probes == 1:
        return first
    return propose_path(
        seen,
        imaging.ct,
        spared,
        target,  # type: ignore[arg-type]
        probes=zone.setting.probes,
        spacing_mm=zone.setting.spacing_mm or 0.0,
        min_clearance_mm=near_mm,
        world=world,
    )


def _step(zone: FittedZone, path: ProposedPath, centre: Sequence[float]) -> AblationStep:
    x, y, z = centre
    assert path.axis is not None
    probes = "" if zone.setting.probes == 1 else f"; {zone.setting.probes} probes"
    return AblationStep(
        modality=zone.device.modality,
        device=zone.device.key,
        title=f"{MODALITY_WORDS[zone.device.modality].capitalize()} ({zone.device.title}{probes})",
        setting=zone.setting,
        centre_mm=(x, y, z),
        axis=path.axis,
        placements=path.placements,
    )


def _why_zone(zone: FittedZone, margin_mm: float) -> str:
    size = f"{zone.setting.width_mm.value:g} x {zone.setting.length_mm.value:g} mm"
    name = f"{zone.device.title}, {zone.setting.setting} ({size})"
    if zone.covers:
        return f"{name} holds the lesion with {zone.margin_mm:.0f} mm to spare; {margin_mm:g} mm were wanted."
    return (
        f"No published zone fits the lesion with {margin_mm:g} mm around it: the one drawn, {name}, holds "
        f"{zone.held_fraction:.0%} of lesion and margin (least margin {zone.margin_mm:.0f} mm)."
    )


def _left_aside(zones: Sequence[FittedZone], chosen: FittedZone) -> tuple[str, ...]:
    """What the drawn zone reaches, or which zone would hold more but was left aside for what it reaches."""
    if chosen.reaches:
        return (f"The drawn zone REACHES {' and '.join(chosen.reaches)}: without protection it would do harm there.",)
    more = [z for z in zones if z.reaches and z.held_fraction > chosen.held_fraction]
    if not more:
        return ()
    best = max(more, key=lambda z: z.held_fraction)
    name = f"{best.device.title}, {best.setting.setting}"
    return (f"Left aside: {name} would hold {best.held_fraction:.0%} but reaches {' and '.join(best.reaches)}.",)


def _others(zones: Sequence[FittedZone], chosen: FittedZone) -> tuple[str, ...]:
    """What the other techniques could draw, so that the rule is not mistaken for a preference."""
    best = best_by_modality(zones)
    return tuple(
        f"Also open: {MODALITY_WORDS[key]}. Its best published zone ({zone.setting.setting}, {zone.device.title}) "
        + (f"covers too, with {zone.margin_mm:.0f} mm." if zone.covers else f"holds {zone.held_fraction:.0%}.")
        for key, zone in best.items()
        if key != chosen.device.modality
    )


def _spared(lesion: Lesion, seen: SeenLesion, imaging: Imaging) -> Mapping[str, Mask]:
    """Structures a path must not come near: all with a mask or an estimate but the skin, which every path crosses."""
    skin = {s.name for s in lesion.critical_structures or () if s.kind == "skin"} | {"skin"}
    return {name: mask for name, mask in spared_structures(seen, imaging).items() if name not in skin}


def _fixations(views: Views) -> tuple[Fixation, ...]:
    """Metal that a rule speaks for and none stops: named, with nothing computed."""
    return tuple(
        Fixation(kind=kind, note=_fixation_note(views[key]))
        for key, kind in FIXATION_KINDS.items()
        if key in views and views[key].by_effect("FOR") and not _is_stopped(views[key])
    )


def _fixation_note(view: TechniqueView) -> str:
    label = f" ({view.label})" if view.label else ""
    return f"{view.title}{label}: number, size and path are not computed."


def _has(fixations: tuple[Fixation, ...], kind: str) -> bool:
    return any(f.kind == kind for f in fixations)


def _is_stopped(view: TechniqueView | None) -> bool:
    return view is not None and bool(view.by_effect("BLOCK"))


def _why_no_cement(fills: tuple[CementFill, ...], view: TechniqueView | None) -> str:
    if not fills:
        return "no part of the lesion lies inside the bone."
    stops = view.by_effect("BLOCK") if view else ()
    return " ".join(f"({v.rule}) {v.statement}" for v in stops) or "none was computed."


def _said_of(views: Views, keys: Sequence[str]) -> tuple[str, ...]:
    """What rules say for and against the techniques of a plan, most of them once."""
    effects = (("FOR", "For"), ("AGAINST", "Against"), ("CAUTION", "Caution"), ("ASK", "To be asked"))
    said = [
        f"{word} ({verdict.rule}): {_sentence(verdict)}"
        for effect, word in effects
        for key in keys
        if key in views
        for verdict in views[key].verdicts
        if verdict.effect == effect
    ]
    return tuple(dict.fromkeys(said))


def _sentence(verdict: Verdict) -> str:
    because = f" Because: {verdict.because}" if verdict.because else ""
    return f"{verdict.statement}{because}"


def _not_computed(ablated: bool, fills: tuple[CementFill, ...], fixations: tuple[Fixation, ...]) -> tuple[str, ...]:
    cement = load_cements()["pmma"].title
    parts = (
        (ablated, "heat or cold in this patient: the zone is a published chart"),
        (ablated, "bending of the needle, table and gantry limits, patient position"),
        (bool(fills), f"flow and fill of {cement}; what it adds in strength: buttress strength"),
        (
            bool(fixations),
            "number, size and path of the fixation; strength of one that you place: buttress strength",
        ),
    )
    return tuple(text for wanted, text in parts if wanted)
