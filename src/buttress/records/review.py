"""The review: everything found, judged and proposed of one case. Page, PDF, registry and files all show this."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from buttress.evidence.source import Evidence
from buttress.records.case import Case
from buttress.records.code import CodedConcept
from buttress.records.document import Document
from buttress.records.findings import Findings
from buttress.records.plan import Plan
from buttress.records.provenance import Provenance, VoxelFile
from buttress.records.score import Assessment
from buttress.records.simulation import AblationSimulation
from buttress.records.strength import Rigidity, Strength
from buttress.records.zone import AblationZone

Level = Literal["PASS", "CAUTION", "FAIL", "NOT_COMPUTED"]


class AppraisedCriterion(Document):
    """One criterion of a plan: wanted, found, level, why."""

    name: str
    wanted: str
    found: str
    level: Level
    evidence: tuple[Evidence, ...] = ()


class Appraisal(Document):
    """How one plan fares."""

    plan_id: str
    criteria: tuple[AppraisedCriterion, ...]


class Review(Document):
    """One case, found, judged and proposed. Stages not yet run are empty; ``stage`` says how far this one went."""

    format: Literal["buttress.review/1"] = "buttress.review/1"
    stage: Literal["measured", "assessed", "planned"]
    notice: str = (
        "Research use only. Not a medical device, not for clinical use. It lists reasons; it never prescribes."
    )
    case: Case
    case_folder: str = Field(".", description="folder of the case file, relative to this document (or the caller)")
    findings: Findings
    assessments: tuple[Assessment, ...] = ()
    plans: tuple[Plan, ...] = ()
    zones: tuple[AblationZone, ...] = ()
    simulations: tuple[AblationSimulation, ...] = ()
    rigidities: tuple[Rigidity, ...] = ()
    strengths: tuple[Strength, ...] = Field((), description="what-if tables, where they were asked for")
    appraisals: tuple[Appraisal, ...] = ()
    codes: tuple[CodedConcept, ...] = Field((), description="what was said, in the words of shared terminologies")
    voxels: tuple[VoxelFile, ...] = ()
    provenance: Provenance

    @property
    def blocking_gaps(self) -> tuple[str, ...]:
        """Missing facts that leave a stop or a score undecided, over all lesions."""
        return tuple(f"{a.lesion_id}: {gap}" for a in self.assessments for gap in a.blocking_gaps)
