"""A made-up packet round the made-up review: quantities, steps, disagreements, codes, a board's record. No medicine."""

from __future__ import annotations

import datetime

from buttress.evidence.source import Evidence
from buttress.records.board import Attendee, Board, Dissent
from buttress.records.code import Code, CodedConcept
from buttress.records.review import Review
from buttress.records.score import Disagreement, Position, ProtocolStep, SummaryLine, Verdict
from sample_judgement import LINDEN, PAPER, TABLE
from sample_review import sample_review

CRYO = Evidence(source="littrup2009", place="Table 2")

SUMMARY = (
    SummaryLine(
        key="prior",
        title="Earlier treatment",
        consideration="C1",
        value="radiotherapy 20 Gy in 5, failed; morphine, partly",
        origins=("given",),
        missing=("systemic therapy", "bisphosphonate"),
    ),
    SummaryLine(
        key="fitness",
        title="Fitness",
        consideration="C2",
        value="ECOG 2; poor candidate for open surgery; INR 1.1",
        origins=("given",),
        missing=("platelet count", "ambulation"),
    ),
    SummaryLine(
        key="intention",
        title="Aim",
        consideration="C3",
        value="palliative, stabilise; 3 metastases; 26 to 78 weeks",
        origins=("given",),
    ),
    SummaryLine(key="matrix", title="Matrix", consideration="C4", value="lytic", origins=("measured",)),
    SummaryLine(
        key="cortex",
        title="Cortex",
        consideration="C4",
        value="destroyed; axial 33.5 mm, circumferential 41 %",
        origins=("measured",),
    ),
    SummaryLine(
        key="load",
        title="Load",
        consideration="C4",
        value="weight-bearing; mixed",
        origins=("derived",),
        missing=("main load at the site",),
    ),
    SummaryLine(
        key="fracture_risk", title="Risk of fracture", consideration="C4", value="Mirels 10 to 11", origins=("derived",)
    ),
    SummaryLine(
        key="neighbours",
        title="What lies near",
        consideration="C5",
        value="",
        missing=("distance to the ankle joint (mm)",),
    ),
)

STEPS = (
    ProtocolStep(
        key="blood",
        phase="before",
        techniques=tuple(key for key in ("rfa_monopolar", "cryoablation")),
        action="Look up platelets and INR.",
        because="platelets unknown",
        rules=("L-BLD-01",),
        evidence=(PAPER,),
    ),
    ProtocolStep(
        key="current",
        phase="before",
        techniques=("rfa_monopolar",),
        action="Keep the current away from metal.",
        because="metal: not told",
        answer="CANNOT_TELL",
        asks=("metal in the treated bone",),
        rules=("RFA-06/stop",),
        ours="that unknown counts as perhaps",
        evidence=(PAPER,),
    ),
    ProtocolStep(
        key="push_away",
        phase="during",
        techniques=("cryoablation",),
        action="Push the skin away with fluid.",
        because="skin at 19 mm",
        rules=("L-PRO-01",),
        evidence=(CRYO,),
    ),
    ProtocolStep(
        key="pain_times",
        phase="after",
        techniques=("cryoablation", "cement"),
        action="Ask for worst pain at 1, 4 and 8 weeks.",
        because="holds for every case",
        rules=("GEN-03",),
        evidence=(PAPER,),
    ),
)

DISAGREEMENTS = (
    Disagreement(
        key="INC-90",
        title="From how many millimetres on is a lesion long?",
        positions=(
            Position(says="More than 30 mm, on radiographs.", evidence=LINDEN),
            Position(says="Two thirds of the width, whatever the length.", evidence=TABLE),
        ),
        handled="both are shown, neither decides",
        touches="axial cortical involvement 33.5 mm",
    ),
)

CODES = (
    CodedConcept(
        concept="bone metastasis",
        path="case.lesions[0]",
        codes=(
            Code(scheme="SCT", value="94222008", meaning="Bone metastasis"),
            Code(scheme="I10C", value="C79.51", meaning="Secondary malignant neoplasm of bone"),
        ),
    ),
    CodedConcept(
        concept="microwave",
        path="assessments[0].techniques[2]",
        codes=(Code(scheme="99BUTTRESS", value="MWA", meaning="Microwave ablation"),),
        note="no shared code was found",
    ),
)

BOARD = Board(
    question="Is percutaneous ablation with cement reasonable before surgery?",
    urgency="urgent",
    reviewed=True,
    date=datetime.date(2024, 7, 2),
    members=("orthopaedic_oncologist", "interventional_radiologist"),
    attendance=(
        Attendee(role="orthopaedic_oncologist", who="A.B."),
        Attendee(role="interventional_radiologist"),
        Attendee(role="nurse", who="C.D."),
    ),
    decision="Freeze and cement; nail if it breaks.",
    chosen_techniques=("cryoablation", "rfa_monopolar"),
    dissent=(Dissent(role="radiation_oncologist", reason="a second course of radiotherapy was not tried"),),
    follow_up="CT and pain at 4 weeks, by the radiologist",
    signed_by="A.B.",
    signed_on=datetime.date(2024, 7, 3),
)


def sample_packet(board: Board = BOARD) -> Review:
    """The made-up review with everything that a packet can hold."""
    review = sample_review()
    judged = review.assessments[0]
    techniques = tuple(
        view.model_copy(update={"verdicts": (*view.verdicts, *remarks(view.key))}) for view in judged.techniques
    )
    gates = tuple(gate.model_copy(update={"key": "MDT-01", "open": board.reviewed is True}) for gate in judged.gates)
    filled = {
        "summary": SUMMARY,
        "steps": STEPS,
        "disagreements": DISAGREEMENTS,
        "techniques": techniques,
        "gates": gates,
    }
    return review.model_copy(
        update={
            "assessments": (judged.model_copy(update=filled),),
            "codes": CODES,
            "case": review.case.model_copy(update={"board": board}),
        }
    )


def remarks(technique: str) -> tuple[Verdict, ...]:
    """A remark that every technique shares, and for one technique three of its own."""
    shared = ("BLD", "Blood is looked at before.", "platelets unknown")
    own = (("COLD", f"Cold remark number {n}.", "holds for every case") for n in (1, 2, 3))
    told = (shared, *own) if technique == "cryoablation" else (shared,)
    return tuple(
        Verdict(
            rule=f"{rule}-{n}" if rule == "COLD" else rule,
            technique=technique,
            effect="INFO",
            answer="YES",
            statement=statement,
            because=because,
            grade="review text",
            evidence=(CRYO if rule == "COLD" else PAPER,),
        )
        for n, (rule, statement, because) in enumerate(told)
    )
