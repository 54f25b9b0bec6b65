"""Structures as the case names them: distances typed in, and when two names mean the same."""

from __future__ import annotations

import re

from buttress.records.case import CriticalStructure, Lesion
from buttress.records.findings import Clearance, Measure

SORTS = frozenset({"nerve", "nerves", "vessel", "vessels", "joint", "artery", "vein"})
PLAIN = SORTS | {"and", "of", "the", "left", "right"}
"""Words that many structures share, or that say only the side."""


def given_nearby(lesion: Lesion, reason: str) -> tuple[Clearance, ...]:
    """Distances as typed into the case; nothing was measured."""
    return tuple(typed(structure, reason) for structure in lesion.critical_structures or ())


def typed(structure: CriticalStructure, reason: str) -> Clearance:
    """A structure by its typed distance, or its absence with the reason."""
    name, kind = structure.name, structure.kind
    if structure.distance_mm is None:
        return Clearance(name=name, kind=kind, distance_mm=Measure.missing(reason, unit="mm"), basis="none")
    measure = Measure(value=structure.distance_mm, unit="mm", status="given", method="typed into the case")
    return Clearance(name=name, kind=kind, distance_mm=measure, basis="typed")


def same_structure(name: str, other: str) -> bool:
    """Whether one name says no more than the other: ``femoral vessels`` and ``femoral nerve and vessels``.

    A nerve is no vessel and no joint.
    """
    first, second = _words(name), _words(other)
    kinds, others = _kinds(first & SORTS), _kinds(second & SORTS)
    if kinds and others and not kinds & others:
        return False
    own, rest = first - PLAIN, second - PLAIN
    if not own or not rest:
        return name.casefold() == other.casefold()
    return own <= rest


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+", name.casefold()))


def _kinds(words: set[str]) -> set[str]:
    return {w.rstrip("s").replace("artery", "vessel").replace("vein", "vessel") for w in words}
