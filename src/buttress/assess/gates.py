"""What must be recorded before something is done. A closed gate never stops planning (ahmed2019; boast2022)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from buttress.assess.evaluate import Facts
from buttress.evidence.source import Evidence
from buttress.library.load_rules import load_considerations
from buttress.records.case import Case
from buttress.records.device import Bone
from buttress.records.score import Gate

MEMBERS = (
    "medical_oncologist",
    "orthopaedic_oncologist",
    "radiation_oncologist",
    "interventional_radiologist",
    "patient",
)
"""Who decides together (ahmed2019, Treatment Considerations)."""


def view_gates(case: Case, facts: Facts, bone: Bone) -> tuple[Gate, ...]:
    """The tumour board's review, the sarcoma pathway, and the scope where the bone is outside it."""
    texts = load_considerations()["gates"]
    scope = () if bone.in_scope else (_gate("SCOPE", False, bone.scope_note),)
    return (*scope, _board(case, texts), _sarcoma(facts, texts))


def _board(case: Case, texts: Mapping[str, Any]) -> Gate:
    is_open = case.board.reviewed is True
    reason = texts["MDT-01"]["open" if is_open else "closed"]
    absent = [member.replace("_", " ") for member in MEMBERS if member not in case.board.members]
    if absent:
        reason += " " + texts["MDT-01"]["members_missing"].format(members=", ".join(absent))
    return _gate("MDT-01", is_open, reason)


def _sarcoma(facts: Facts, texts: Mapping[str, Any]) -> Gate:
    """Closed for a solitary lesion without tissue proof and without a known primary, and while that is unknown."""
    number, proven = facts["n_metastases"].value, facts["histology_proven"].value
    is_open = proven is True or facts["primary"].value is not None or (number is not None and number != 1)
    certain = number == 1 and proven is False
    return _gate("SARCOMA", is_open, texts["SARCOMA"]["open" if is_open else "closed" if certain else "unknown"])


@lru_cache(maxsize=256)  # gates are frozen, and most patients share them
def _gate(key: str, is_open: bool, reason: str) -> Gate:
    text = load_considerations()["gates"][key]
    evidence = Evidence.model_validate(text["evidence"])
    return Gate(key=key, before=text["before"], open=is_open, reason=reason, evidence=(evidence,))
