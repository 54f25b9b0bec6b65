"""The eight quantities that a board reads first: what is known of each in a few words, and what is missing.

They are ours, drawn from the paper's five considerations (ahmed2019, Treatment Considerations, items 1 to 5): one for
each of items 1, 2, 3 and 5, and four for item 4, the architecture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from buttress.assess.evaluate import Facts, is_known
from buttress.assess.facts import value_text
from buttress.assess.neighbours import NEAR, neighbour
from buttress.records.case import Case, Lesion
from buttress.records.score import Fact, Origin, Score, SummaryLine

Key = Literal["prior", "fitness", "intention", "matrix", "cortex", "load", "fracture_risk", "neighbours"]
Item = Literal["C1", "C2", "C3", "C4", "C5"]

_SURGERY = {"candidate": "fit for open surgery", "poor": "poor candidate for surgery", "declined": "declines surgery"}
_FEMORAL = {"van_der_linden": "van der Linden", "harrington_femur": "Harrington", "tatar": "Tatar"}
"""Checklists of the risk of fracture, and how they are called in a line."""


_TITLES: dict[Key, tuple[str, Item]] = {
    "prior": ("Prior treatment", "C1"),
    "fitness": ("Fitness", "C2"),
    "intention": ("Intention, number of metastases", "C3"),
    "matrix": ("Look on CT", "C4"),
    "cortex": ("Cortex", "C4"),
    "load": ("Weight and direction of force", "C4"),
    "fracture_risk": ("Fracture, or its risk", "C4"),
    "neighbours": ("Structures nearby", "C5"),
}


class _Told(NamedTuple):
    """What a line says: words, the origins of the facts they come from, and the labels of what is missing."""

    words: tuple[str, ...]
    origins: tuple[Origin, ...]
    missing: tuple[str, ...]


def summarise(case: Case, lesion: Lesion, facts: Facts, scores: Sequence[Score]) -> tuple[SummaryLine, ...]:
    """The eight quantities in the order of the considerations. Unknown stays unknown: nothing is guessed."""
    here = [treatment.kind for treatment in case.prior_treatments or () if treatment.lesion in (None, lesion.id)]
    prior = _line("prior", *_prior(facts, dict.fromkeys(here)))
    return (prior, *(_line(key, *told(facts, scores)) for key, told in _QUANTITIES.items()))


@lru_cache(maxsize=4096)  # lines are frozen, and many patients share them
def _line(key: Key, words: tuple[str, ...], origins: tuple[Origin, ...], missing: tuple[str, ...]) -> SummaryLine:
    title, consideration = _TITLES[key]
    value = "; ".join(words)
    return SummaryLine(key=key, title=title, consideration=consideration, value=value, origins=origins, missing=missing)


def _gather(facts: Facts, words: dict[str, str], asked: Sequence[str]) -> _Told:
    """Non-empty words with their facts, and the labels of the asked facts that nobody knows."""
    said = [name for name, text in words.items() if text]
    missing = [facts[name].label for name in asked if not is_known(facts[name])]
    return _Told(tuple([words[name] for name in said]), _origins([facts[name] for name in said]), tuple(missing))


def _origins(used: Iterable[Fact]) -> tuple[Origin, ...]:
    return tuple(dict.fromkeys([fact.origin for fact in used]))


def _number(fact: Fact, before: str, after: str = "") -> str:
    return f"{before}{value_text(fact)}{after}" if is_known(fact) else ""


def _if_so(fact: Fact, yes: str, no: str = "") -> str:
    return yes if fact.value is True else no if fact.value is False else ""


def _prior(facts: Facts, kinds: Iterable[str]) -> _Told:
    none = "none" if facts["prior_treatment"].value == ("none",) else ""
    radiation_failed = facts["radiotherapy_failed"].value is True
    failed = _if_so(facts["conservative_failed"], "conservative treatment failed")
    words = {
        "prior_treatment": ", ".join(kinds) or none,
        "radiotherapy_failed": "radiotherapy failed" if radiation_failed else "",
        "conservative_failed": "" if radiation_failed else failed,
        "pain_nrs": _number(facts["pain_nrs"], "pain ", " of 10"),
    }
    return _gather(facts, words, ("prior_treatment", "conservative_failed", "pain_nrs"))


def _fitness(facts: Facts, scores: Sequence[Score]) -> _Told:
    words = {
        "surgical_candidate": _SURGERY.get(str(facts["surgical_candidate"].value), ""),
        "ecog": _number(facts["ecog"], "ECOG "),
        "kps": _number(facts["kps"], "Karnofsky "),
        "ambulation": _number(facts["ambulation"], ""),
        "platelets_e9_per_l": _number(facts["platelets_e9_per_l"], "platelets "),
        "inr": _number(facts["inr"], "INR "),
    }
    status = () if is_known(facts["kps"]) else ("ecog",)
    return _gather(facts, words, ("surgical_candidate", *status, "platelets_e9_per_l", "inr"))


def _intention(facts: Facts, scores: Sequence[Score]) -> _Told:
    intent, count = facts["intent"].value, facts["n_metastases"]
    aims = intent if isinstance(intent, tuple) else ()
    words = {
        "intent": ", ".join(aims),
        "n_metastases": _number(count, "", " metastasis" if count.value == 1 else " metastases"),
        "widely_metastatic": "" if is_known(count) else _if_so(facts["widely_metastatic"], "widely metastatic"),
        "zone_margin_mm": _number(facts["zone_margin_mm"], "reachable margin "),
    }
    return _gather(facts, words, ("intent", "n_metastases", *(("zone_margin_mm",) if "curative" in aims else ())))


def _matrix(facts: Facts, scores: Sequence[Score]) -> _Told:
    words = {
        "matrix": _number(facts["matrix"], ""),
        "diffuse": _if_so(facts["diffuse"], "diffuse"),
        "longest_diameter_mm": _number(facts["longest_diameter_mm"], "longest diameter "),
    }
    return _gather(facts, words, ("matrix",))


def _cortex(facts: Facts, scores: Sequence[Score]) -> _Told:
    words = {
        "cortex": _number(facts["cortex"], ""),
        "axial_cortical_mm": _number(facts["axial_cortical_mm"], "along the axis "),
        "circumferential_fraction": _number(facts["circumferential_fraction"], "of the circumference "),
        "soft_tissue_outside_cortex": _if_so(facts["soft_tissue_outside_cortex"], "soft tissue outside"),
    }
    measures = ("axial_cortical_mm", "circumferential_fraction") if facts["long_bone"].value else ()
    return _gather(facts, words, ("cortex", *measures))


def _load(facts: Facts, scores: Sequence[Score]) -> _Told:
    load = _number(facts["load"], "")
    words = {
        "weight_bearing": _if_so(facts["weight_bearing"], "bears weight", "bears no weight"),
        "load": "forces from several directions" if load == "mixed" else load,
    }
    return _gather(facts, words, ("weight_bearing", "load"))


def _fracture_risk(facts: Facts, scores: Sequence[Score]) -> _Told:
    """The fracture, if there is one; else what the scores that apply say."""
    status = facts["fracture_status"]
    if status.value == "actual":
        shape = [_number(facts["fracture_plane"], ""), _number(facts["fracture_displacement"], "displacement ")]
        return _Told(("fractured", *(word for word in shape if word)), (status.origin,), ())
    if status.value is None and facts["fracture_seen"].value is True:
        return _Told(("possible fracture seen on CT",), (facts["fracture_seen"].origin,), (status.label,))
    state = {"none": "not fractured", "impending": "fracture impending"}.get(str(status.value), "")
    heard = [score for score in scores if _tells_of_fracture(score)]
    asks = dict.fromkeys(label for score in heard for label in score.missing)
    missing = () if state else (status.label,)
    words = tuple(word for word in (state, *_risks(heard)) if word)
    return _Told(words, (status.origin,) if state else (), tuple(dict.fromkeys((*missing, *asks))))


def _tells_of_fracture(score: Score) -> bool:
    """Tatar's threshold speaks only of a lesion that is irradiated; group IV as others report it is no risk."""
    may_apply = score.key in ("mirels", "van_der_linden", "harrington_femur", "harrington_acetabulum")
    return (may_apply and score.applicable != "NO") or (score.key == "tatar" and score.applicable == "YES")


def _risks(heard: Sequence[Score]) -> Iterator[str]:
    """Points, groups, and which checklists have a criterion that is met; in a few words."""
    if not heard:
        yield "no score applies"
    for score in heard:
        if score.low is not None and score.high is not None:
            yield f"Mirels {score.low}" if score.low == score.high else f"Mirels {score.low} to {score.high}"
        if score.groups:
            yield "acetabular group " + " or ".join(group.partition(":")[0] for group in score.groups)
    lists = [score for score in heard if score.criteria]
    met = [_FEMORAL[score.key] for score in lists if any(criterion.answer == "YES" for criterion in score.criteria)]
    if met:
        yield f"met: {', '.join(met)}"
    elif lists:
        decided = all(criterion.answer == "NO" for score in lists for criterion in score.criteria)
        yield "no criterion met" if decided else "other criteria open"


def _neighbours(facts: Facts, scores: Sequence[Score]) -> _Told:
    near = [facts[name] for name in NEAR if facts[name].value is True]
    none = not near and all(facts[name].value is False for name in NEAR)
    live = facts["precise_zone_needed"]
    words = [neighbour(fact) for fact in near] + ["none near"] * none
    words += ["zone must be seen as it grows"] if live.value is True else []
    used = (*near, *((facts[NEAR[0]],) if none else ()), *((live,) if live.value is True else ()))
    missing = tuple(facts[name].label for name in (*NEAR, "precise_zone_needed") if not is_known(facts[name]))
    return _Told(tuple(words), _origins(used), missing)


_QUANTITIES: dict[Key, Callable[[Facts, Sequence[Score]], _Told]] = {
    "fitness": _fitness,
    "intention": _intention,
    "matrix": _matrix,
    "cortex": _cortex,
    "load": _load,
    "fracture_risk": _fracture_risk,
    "neighbours": _neighbours,
}
