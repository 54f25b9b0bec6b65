"""A made-up assessment with every shape of score and every effect of a rule. No medicine in it."""

from __future__ import annotations

from typing import Literal

from buttress.evidence.source import Evidence
from buttress.records.score import (
    Assessment,
    Band,
    Consideration,
    Criterion,
    Fact,
    Gate,
    Score,
    ScoreItem,
    TechniqueView,
    Verdict,
)
from sample_phantom import LESION_ID

PAPER = Evidence(source="ahmed2019", place="p. 224")
TABLE = Evidence(source="mirels1989", place="Table 1")
LINDEN = Evidence(source="vanderlinden2004", place="Results", population="femur only")


def sample_assessment() -> Assessment:
    """Considerations, three shapes of score, and techniques with every effect."""
    return Assessment(
        lesion_id=LESION_ID,
        considerations=tuple(_consideration(key, title) for key, title in CONSIDERATIONS),
        scores=(_mirels(), _van_der_linden(), _harrington()),
        techniques=tuple(_technique(*row) for row in TECHNIQUES),
        gates=(
            Gate(
                key="board",
                before="scheduling",
                open=False,
                reason="a review by the tumour board is not recorded",
                evidence=(PAPER,),
            ),
        ),
        background=(
            Verdict(
                rule="ALG-01",
                technique="all",
                effect="INFO",
                answer="YES",
                statement="No accepted algorithm chooses between the techniques.",
                because="holds for every case",
                evidence=(PAPER,),
            ),
        ),
        blocking_gaps=("platelet count", "pacemaker or defibrillator"),
    )


CONSIDERATIONS = (
    ("C1", "Disease and earlier treatment"),
    ("C2", "Fitness and function"),
    ("C3", "Aim of the treatment"),
    ("C4", "Architecture of bone and lesion"),
    ("C5", "Structures nearby"),
)
TECHNIQUES: tuple[tuple[str, str, Literal["ablation", "cement", "fixation", "combination", "comparator"], str], ...] = (
    ("rfa_monopolar", "Radiofrequency, monopolar", "ablation", "BLOCK ASK FOR"),
    ("rfa_bipolar", "Radiofrequency, bipolar", "ablation", "FOR CAUTION"),
    ("microwave", "Microwave", "ablation", "FOR CAUTION"),
    ("cryoablation", "Cryoablation", "ablation", "FOR FOR CAUTION ASK"),
    ("cement", "Cement alone", "cement", "AGAINST AGAINST FOR"),
    ("ablation_cement", "Ablation and cement", "combination", "FOR CAUTION"),
    ("screws", "Screws with cement", "fixation", "ASK"),
    ("nails", "Flexible nails with cement", "fixation", "CAUTION FOR"),
    ("radiotherapy", "Radiotherapy", "comparator", "AGAINST"),
    ("surgery", "Open surgery", "comparator", "FOR FOR AGAINST"),
)
STATEMENTS = {
    "FOR": "Suits a painful lytic lesion inside bone.",
    "AGAINST": "Cement by itself resists torsion and bending poorly in a shaft.",
    "BLOCK": "A grounding current must not run along metal in the treated region.",
    "CAUTION": "Late fracture of a long bone after freezing is known; support the bone.",
    "ASK": "Cannot be decided until the missing fact is known.",
    "INFO": "Noted.",
}


def _consideration(key: Literal["C1", "C2", "C3", "C4", "C5"], title: str) -> Consideration:
    facts = (
        Fact(name="primary", label="primary tumour", value="renal cell carcinoma", origin="given"),
        Fact(
            name="axial", label="axial cortical involvement", value=33.5, low=31.0, high=36.4, unit="mm",
            origin="measured", where="along the bone axis",
        ),
        Fact(name="rt_failed", label="radiotherapy has failed", value=True, origin="given"),
        Fact(name="intent", label="intent", value=("palliative", "stabilise"), origin="given"),
    )  # fmt: skip
    return Consideration(
        key=key,
        title=title,
        known=facts,
        missing=("platelet count", "ambulation"),
        remarks=("Radiotherapy nine weeks ago failed, so a local technique is a fair question.",),
        evidence=(PAPER,),
    )


def _technique(
    key: str, title: str, group: Literal["ablation", "cement", "fixation", "combination", "comparator"], effects: str
) -> TechniqueView:
    verdicts = tuple(
        Verdict(
            rule=f"{key.upper()}-{n:02d}",
            technique=key,
            effect=effect,  # type: ignore[arg-type]
            answer="CANNOT_TELL" if effect == "ASK" else "YES",
            statement=STATEMENTS[effect],
            because="lytic lesion of the tibial shaft, 34.2 mm long (measured)",
            asks=("implants within the treated region",) if effect == "ASK" else (),
            grade="expert opinion",
            evidence=(PAPER,),
        )
        for n, effect in enumerate(effects.split(), 1)
    )
    return TechniqueView(
        key=key, title=title, group=group, label="more experimental" if key == "nails" else "", verdicts=verdicts
    )


def _mirels() -> Score:
    items = (
        ScoreItem(name="site", label="Site", finding="lower limb", low=2, high=2, origin="given", where="case: bone"),
        ScoreItem(name="pain", label="Pain", finding="functional", low=3, high=3, origin="given"),
        ScoreItem(name="lesion", label="Lesion", finding="lytic", low=3, high=3, origin="measured"),
        ScoreItem(
            name="size", label="Size", finding="0.58 to 0.66 of the width", low=2, high=3, origin="measured",
            where="axial slice 76", note="the interval straddles two thirds",
        ),
    )  # fmt: skip
    return Score(
        key="mirels",
        title="Mirels",
        applicable="YES",
        low=10,
        high=11,
        out_of=12,
        items=items,
        bands=(
            Band(label="≤ 7", low=4, high=7, risk="0–4 %", advice="radiotherapy and observation", evidence=(TABLE,)),
            Band(label="8", low=8, high=8, risk="15 %", advice="judgement", evidence=(TABLE,)),
            Band(
                label="≥ 9", low=9, high=12, risk="33–100 %", advice="fixation before radiotherapy", evidence=(TABLE,)
            ),
        ),
        summary="10 to 11 of 12: in the band from 9 up, whichever size applies.",
        missing=("width fraction within a narrower interval",),
        caveats=("Readers disagree on size and pain; specificity is poor.",),
        evidence=(TABLE, PAPER),
    )


def _van_der_linden() -> Score:
    return Score(
        key="vanderlinden",
        title="Van der Linden",
        applicable="NO",
        reason="derived in the femur; this is the tibia",
        criteria=(
            Criterion(
                label="axial cortical involvement above 30 mm",
                answer="YES",
                finding="33.5 mm (31.0 to 36.4)",
                origin="measured",
                where="along the bone axis",
                risk="more fractures",
                evidence=LINDEN,
            ),
            Criterion(
                label="circumferential involvement above 50 %",
                answer="CANNOT_TELL",
                finding="41 % (36 to 46)",
                origin="measured",
                evidence=LINDEN,
            ),
        ),
        summary="Hypothetical: one criterion met.",
        evidence=(LINDEN,),
    )


def _harrington() -> Score:
    return Score(
        key="harrington",
        title="Harrington (acetabulum)",
        applicable="NO",
        reason="not the acetabulum",
        groups=("I", "II"),
        summary="Does not apply.",
        evidence=(Evidence(source="harrington1981", place="Classes"),),
    )
