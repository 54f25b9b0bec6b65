"""A fracture that the CT seems to show, against what the case says: the case wins, and a disagreement is shown."""

from __future__ import annotations

from buttress.assess.evaluate import Facts
from buttress.assess.patient_facts import known
from buttress.records.case import Lesion
from buttress.records.findings import LesionFindings
from buttress.records.score import Fact

ASK = "a possible fracture is seen; confirm or deny in the case (fracture.status)"


def fracture_status_facts(lesion: Lesion, findings: LesionFindings) -> tuple[Fact, Fact]:
    """The typed state of fracture with any disagreement noted, and whether the CT shows a possible fracture."""
    typed, seen = lesion.fracture.status, findings.fracture_seen
    note = ""
    if seen.value is True and typed in ("none", "impending"):
        note = f"but the CT shows a possible fracture ({seen.where})"
    elif seen.value is False and typed == "actual":
        note = "but no gap or step is seen on the CT; one without either cannot be seen this way"
    status = known("fracture_status", typed, "given", note)
    shown = seen.value if isinstance(seen.value, bool) else None
    return status, known("fracture_seen", shown, "measured" if seen.status == "measured" else "given", seen.where)


def refused_for_possible_fracture(facts: Facts) -> str:
    """Why a score for unbroken bones does not apply yet; empty where the case tells the state or nothing is seen."""
    if facts["fracture_status"].value is not None or facts["fracture_seen"].value is not True:
        return ""
    where = f" ({facts['fracture_seen'].where})" if facts["fracture_seen"].where else ""
    return f"Not applicable: {ASK}{where}."
