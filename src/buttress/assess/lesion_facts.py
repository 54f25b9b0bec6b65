"""Facts of the lesion: its place, its complaint, what was measured, and what lies near."""

from __future__ import annotations

from collections.abc import Sequence

from buttress.assess.estimated_near import near_by_estimate
from buttress.assess.fracture_seen import fracture_status_facts
from buttress.assess.patient_facts import Value, known, unknown, words
from buttress.library.load_defaults import Defaults, load_places
from buttress.library.load_rules import load_score
from buttress.records.acetabulum import AcetabulumFindings
from buttress.records.case import Case, CriticalStructure, Lesion
from buttress.records.device import Bone
from buttress.records.findings import LesionFindings, Measure, Observation
from buttress.records.score import Fact

_NEAR = {
    "nerve_near": ("nerve", "cord"),
    "joint_near": ("joint", "cartilage"),
    "skin_near": ("skin",),
    "bowel_near": ("bowel",),
    "chest_organ_near": ("heart", "lung"),
    "large_vessel_near": ("large_vessel",),
}


_SOURCE = "nerve_within_10_mm"
"""A nerve within the distance of deschamps2014, whatever a site calls near."""


def site_facts(lesion: Lesion, bone: Bone) -> dict[str, Fact]:
    """Where the lesion lies, and what is usual for that bone."""
    subsite = _subsite(lesion, bone)
    load, load_where = _usual_load(lesion, bone, subsite)
    usual = f"usual for the {bone.title} (ours)"
    facts = [
        known("bone", bone.key),
        known("in_scope", bone.in_scope, "derived", bone.scope_note),
        known("long_bone", bone.long_bone, "derived", bone.title),
        known("limb", bone.limb, "derived", bone.title),
        known("subsite", subsite) if subsite else unknown("subsite", _subsite_note(lesion)),
        known("side", lesion.side),
        known("peritrochanteric", _peritrochanteric(bone, subsite), "derived", _said(subsite)),
        _weight_bearing(lesion, bone, usual),
        known("load", load, "given" if lesion.load else "derived", load_where),
    ]
    places = load_places()
    facts += [
        known(
            "proximal_femur", _place(bone.key == "femur", subsite, places["proximal_femur"]), "derived", _said(subsite)
        ),
        known(
            "diaphysis", _place("diaphysis" in bone.subsites, subsite, places["diaphysis"]), "derived", _said(subsite)
        ),
        known("periacetabular", _periacetabular(bone, subsite, places["periacetabular"]), "derived", _said(subsite)),
    ]
    return {fact.name: fact for fact in facts}


def complaint_facts(lesion: Lesion) -> dict[str, Fact]:
    """Pain, opioids, and what the author read from the images without measuring."""
    facts = (
        known("pain_nrs", lesion.pain_nrs),
        known("mirels_pain", lesion.mirels_pain),
        known("opioid_mg_per_day", lesion.opioid_mg_per_day),
        known("stress_pain_after_radiotherapy", lesion.stress_pain_after_radiotherapy),
        known("diffuse", lesion.diffuse),
        known("screw_corridor", lesion.screw_corridor),
        known("precise_zone_needed", lesion.precise_zone_needed),
    )
    return {fact.name: fact for fact in facts}


def fracture_facts(lesion: Lesion, findings: LesionFindings) -> dict[str, Fact]:
    """What the case tells of a fracture and of the acetabulum, and what the CT shows where the case is silent."""
    fracture, socket, seen = lesion.fracture, lesion.acetabulum, findings.acetabulum
    facts = (
        *fracture_status_facts(lesion, findings),
        known("fracture_displacement", fracture.displacement),
        known("fracture_angulation", fracture.angulation),
        known("fracture_plane", fracture.plane),
        _reaches_joint(lesion),
        known("lesser_trochanter_avulsion", fracture.lesser_trochanter_avulsion),
        _acetabular_part("subchondral", socket.subchondral, seen),
        _acetabular_part("medial_wall", socket.medial_wall, seen),
        _acetabular_part("roof", socket.roof, seen),
        _acetabular_part("lateral_rim", socket.lateral_rim, seen),
        known("acetabulum_collapse", socket.collapse),
        known("acetabulum_resectable", socket.resectable_for_cure),
    )
    return {fact.name: fact for fact in facts}


def _acetabular_part(part: str, typed: bool | None, seen: AcetabulumFindings | None) -> Fact:
    """The reader's word where there is one, with what the CT shows beside it; else what the CT shows."""
    name = f"acetabulum_{part}"
    measure: Measure | None = getattr(seen, part) if seen is not None else None
    if seen is None or measure is None or measure.value is None:
        return known(name, typed)
    verb = "involved" if part == "subchondral" else "destroyed"
    low, high = (measure.value if end is None else end for end in (measure.low, measure.high))
    share = f"{measure.value:.0%} [{100 * low:.0f} to {100 * high:.0f}] of it {verb} on the CT, {measure.where}"
    told = seen.destroyed(part)
    if typed is not None:
        return known(name, typed, where=f"{share}: the case says otherwise" if told not in (None, typed) else share)
    return unknown(name, f"in doubt: {share}") if told is None else known(name, told, "measured", share)


def _reaches_joint(lesion: Lesion) -> Fact:
    """As told; a case that lists what lies near, and no joint among it, has no joint for a cleft to reach."""
    told, listed = lesion.fracture.reaches_joint, lesion.critical_structures
    if told is None and listed is not None and not any(s.kind in _NEAR["joint_near"] for s in listed):
        return known("fracture_reaches_joint", False, "derived", "no joint is named as near")
    return known("fracture_reaches_joint", told)


def measured_facts(case: Case, lesion: Lesion, findings: LesionFindings, defaults: Defaults) -> dict[str, Fact]:
    """Sizes, cortex and look on CT: measured where this was possible, given otherwise."""
    given, circumferential = lesion.given, findings.circumferential_cortical_involvement_fraction
    diameter = _number("longest_diameter_mm", findings.longest_diameter_mm, given.longest_diameter_mm)
    axial = _number("axial_cortical_mm", findings.axial_cortical_involvement_mm, given.axial_cortical_involvement_mm)
    destroyed = _number(
        "cortical_destruction_fraction", findings.cortical_destruction_fraction, given.cortical_destruction_fraction
    )
    facts = [
        diameter,
        _span(case, diameter, defaults),
        axial,
        _number("circumferential_fraction", circumferential, given.circumferential_cortical_involvement_fraction),
        destroyed,
        _number("width_fraction", findings.width_fraction, given.width_fraction),
        _seen("matrix", findings.matrix, lesion.matrix),
        *_cortex(findings, lesion, axial),
        _soft_tissue(findings, lesion, defaults),
        _acetabular_group(findings),
    ]
    return {fact.name: fact for fact in facts}


def nearby_facts(lesion: Lesion, findings: LesionFindings, defaults: Defaults) -> dict[str, Fact]:
    """Whether something to spare lies within the default distance, by kind; for nerves also within the source's."""
    limit, source = defaults.number("near_mm"), defaults.number("nerve_within_mm")
    near = {name: _near(name, kinds, lesion, findings, limit) for name, kinds in _NEAR.items()}
    return near | {_SOURCE: _near(_SOURCE, _NEAR["nerve_near"], lesion, findings, source)}


def _said(subsite: str | None) -> str:
    return f"subsite {subsite.replace('_', ' ')}" if subsite else ""


def _subsite(lesion: Lesion, bone: Bone) -> str | None:
    word = (lesion.subsite or "").strip().casefold().replace(" ", "_").replace("-", "_")
    return word if word in bone.subsites else None


def _subsite_note(lesion: Lesion) -> str:
    return "the subsite written in the case is none that is known of this bone" if lesion.subsite else ""


def _peritrochanteric(bone: Bone, subsite: str | None) -> bool | None:
    if not bone.peritrochanteric_subsites:
        return False
    if subsite is None or subsite in load_places()["mirels_site_unsure"]:
        return None
    return subsite in bone.peritrochanteric_subsites


def _place(possible: bool, subsite: str | None, places: Sequence[str]) -> bool | None:
    if not possible:
        return False
    return None if subsite is None else subsite in places


def _periacetabular(bone: Bone, subsite: str | None, places: Sequence[str]) -> bool | None:
    if bone.key == "acetabulum":
        return True
    return _place("periacetabular" in bone.subsites, subsite, places)


def _usual_load(lesion: Lesion, bone: Bone, subsite: str | None) -> tuple[Value, str]:
    if lesion.load:
        return lesion.load, ""
    usual = bone.load_by_subsite.get(subsite or "") or bone.usual_load
    return usual, f"usual for the place: {bone.load_note}" if usual else ""


def _weight_bearing(lesion: Lesion, bone: Bone, usual: str) -> Fact:
    if lesion.weight_bearing is not None:
        return known("weight_bearing", lesion.weight_bearing)
    return known("weight_bearing", bone.weight_bearing, "derived", usual)


def _number(name: str, measure: Measure, typed: float | None) -> Fact:
    """The measure, or the typed number; where both exist the measure stays and the other is noted."""
    if measure.status == "measured" and measure.value is not None:
        note = f"the case gives {typed:g}" if typed is not None else ""
        where = "; ".join(part for part in (measure.where, note) if part)
        return Fact(
            name=name,
            **words(name),
            value=measure.value,
            low=measure.low,
            high=measure.high,
            origin="measured",
            where=where,
        )
    if measure.status == "given" and measure.value is not None:
        return known(name, measure.value, where=measure.where)
    return known(name, typed) if typed is not None else unknown(name, measure.note)


def _seen(name: str, observation: Observation, typed: str | bool | None) -> Fact:
    if observation.status == "measured" and observation.value is not None:
        differs = typed is not None and typed != observation.value
        note = f"the case says {typed}" if differs else ""
        return known(name, observation.value, "measured", "; ".join(p for p in (observation.where, note) if p))
    return known(name, typed if typed is not None else observation.value)


def _span(case: Case, diameter: Fact, defaults: Defaults) -> Fact:
    """Lesion plus the margin wanted on both sides; an interval where the intent is unknown."""
    if not isinstance(diameter.value, float):
        return known("ablation_span_mm", None)
    for_cure, otherwise = (2 * defaults.number(key) for key in ("curative_margin_mm", "palliative_span_margin_mm"))
    low, high = diameter.low or diameter.value, diameter.high or diameter.value
    curative = "curative" in (case.intent or ())
    least = for_cure if curative else otherwise
    most = for_cure if case.intent is None else least
    value = diameter.value + least if case.intent is not None else None
    added = f"with a {defaults.told('palliative_span_margin_mm')} margin" if otherwise else "no margin added"
    where = "with a 10 mm margin for cure" if curative else "intent not told" if case.intent is None else added
    return Fact(
        name="ablation_span_mm",
        **words("ablation_span_mm"),
        value=value,
        low=low + least,
        high=high + most,
        origin="derived",
        where=where,
    )


def _cortex(findings: LesionFindings, lesion: Lesion, axial: Fact) -> tuple[Fact, Fact]:
    """State of the cortex: a measured breach means destroyed; no breach with involvement means eroded."""
    breach = findings.cortical_breach
    if breach.status != "measured" or not isinstance(breach.value, bool):
        typed = lesion.given.cortex
        intact = None if typed is None else typed == "intact"
        return known("cortex", typed), known("cortex_intact", intact, "derived", "from the state of the cortex given")
    if breach.value:
        return (
            known("cortex", "destroyed", "measured", breach.where),
            known("cortex_intact", False, "measured", breach.where),
        )
    touched = axial.value > 0 if axial.origin == "measured" and isinstance(axial.value, float) else None
    state = None if touched is None else "eroded" if touched else "intact"
    return (
        known("cortex", state, "measured", "no breach"),
        known("cortex_intact", None if touched is None else not touched, "measured", "no breach"),
    )


def _acetabular_group(findings: LesionFindings) -> Fact:
    """The group that was seen as a whole; else unknown here, and the score finds what the parts leave possible.

    A group that rests on measured parts is found again from the parts, among which a reader's word comes first.
    """
    seen = findings.harrington_group
    if findings.acetabulum is not None or seen.value not in load_score("harrington_acetabulum")["groups"]:
        return unknown("harrington_groups")
    return known(
        "harrington_groups", (str(seen.value),), "measured" if seen.status == "measured" else "given", seen.where
    )


def _soft_tissue(findings: LesionFindings, lesion: Lesion, defaults: Defaults) -> Fact:
    """The reader's own judgement where given ("significant" is a word); else by measured volume, our threshold.

    A measure whose interval holds the threshold does not tell.
    """
    measure, name = findings.soft_tissue_extension_ml, "soft_tissue_outside_cortex"
    if lesion.soft_tissue_outside_cortex is not None:
        return known(name, lesion.soft_tissue_outside_cortex)
    if measure.value is None:
        return known(name, None)
    threshold = defaults.number("soft_tissue_ml")
    low = measure.value if measure.low is None else measure.low
    high = measure.value if measure.high is None else measure.high
    seen = f"{measure.value:.1f} mL [{low:.1f} to {high:.1f}] outside the bone"
    if low < threshold <= high:
        whose = "the" if "soft_tissue_ml" in defaults.changed else "our"
        return unknown(name, f"{seen}, {whose} threshold is {defaults.told('soft_tissue_ml')}")
    return known(name, low >= threshold, "derived", seen)


def _near(name: str, kinds: tuple[str, ...], lesion: Lesion, findings: LesionFindings, limit_mm: float) -> Fact:
    told = [c for c in findings.nearby if c.kind in kinds]
    named = [s for s in lesion.critical_structures or () if s.kind in kinds]
    if not told and not named:
        return _none_named(name, lesion)
    seen = [c for c in told if c.basis != "estimated"]
    distances = [(c.distance_mm.value, c.name) for c in seen if c.distance_mm.value is not None]
    measured = {who for _, who in distances}
    distances += [(s.distance_mm, s.name) for s in named if s.distance_mm is not None and s.name not in measured]
    if distances and min(distances)[0] <= limit_mm:
        return known(name, True, "derived", "{1} at {0:.0f} mm".format(*min(distances)))
    without = _near_without_distance(name, named, distances, lesion)
    listed_none = not distances and without.value is False
    return without if without.value is True or listed_none else near_by_estimate(without, told, limit_mm)


def _near_without_distance(
    name: str, named: list[CriticalStructure], distances: list[tuple[float, str]], lesion: Lesion
) -> Fact:
    """A structure that the author calls critical counts as near; a list that names none of its kind counts as none."""
    unmeasured = [s.name for s in named if s.name not in {who for _, who in distances}]
    if unmeasured:
        return known(name, True, "given", f"{', '.join(unmeasured)}: named as critical, no distance")
    if distances:
        return known(name, False, "derived", "{1} at {0:.0f} mm".format(*min(distances)))
    return _none_named(name, lesion)


def _none_named(name: str, lesion: Lesion) -> Fact:
    """A list without any of its kind tells that none is near; no list tells nothing."""
    listed = lesion.critical_structures is not None
    return known(name, False if listed else None, "derived", "none named in the case" if listed else "")
