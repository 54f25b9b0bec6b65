"""Later evidence at its edges: the thresholds are those printed, and nothing speaks on an unknown fact.

Expected values are the sources' own numbers, as the clinical notes give them (sections 4a to 4d).
"""

from __future__ import annotations

import pytest

from buttress.assess.evaluate import answer
from buttress.library.load_rules import load_fact_words, load_rules
from buttress.records.score import Fact

BY_ID = {rule.id: rule for rule in load_rules()}


def said(rule: str, **known: object) -> str:
    """The answer of one rule when only these facts are known."""
    words = load_fact_words()
    facts = {name: Fact(name=name, label=word.label, unit=word.unit) for name, word in words.items()}
    for name, value in known.items():
        facts[name] = facts[name].model_copy(update={"value": value})
    return answer(BY_ID[rule].when, facts)


@pytest.mark.parametrize(
    ("rule", "fact", "quiet", "speaking"),
    [
        ("L-CRY-03/age", "age_y", 70.0, 71.0),
        ("L-CRY-03/ecog", "ecog", 2.0, 3.0),
        ("L-CRY-03/long_bone", "long_bone", False, True),
        ("L-ABL-04/small", "longest_diameter_mm", 30.0, 29.9),
        ("L-ABL-04/large", "longest_diameter_mm", 30.0, 30.1),
        ("L-RT-01/weeks", "life_expectancy_weeks", 3.9, 4.0),
        ("L-RT-01/short", "life_expectancy_weeks", 4.0, 3.9),
        ("L-RFA-B/metal", "implant_in_field", False, True),
    ],
)
def test_a_threshold_lies_where_the_source_puts_it(rule: str, fact: str, quiet: object, speaking: object) -> None:
    assert [said(rule, **{fact: quiet}), said(rule, **{fact: speaking}), said(rule)] == ["NO", "YES", "CANNOT_TELL"]


@pytest.mark.parametrize(
    ("inr", "speaking"),
    [(1.5, set()), (1.6, {"between"}), (1.8, {"between"}), (1.9, {"limits"})],
)
@pytest.mark.parametrize("row", ["L-BLD-01", "L-BLD-02"])
def test_inr_between_1_5_and_1_8_is_a_caution_of_its_own(row: str, inr: float, speaking: set[str]) -> None:
    answers = {part: said(f"{row}/{part}", inr=inr, platelets_e9_per_l=200.0) for part in ("between", "limits")}
    assert {part for part, one in answers.items() if one == "YES"} == speaking


@pytest.mark.parametrize(("platelets", "expected"), [(49.0, "YES"), (50.0, "NO")])
def test_platelets_below_50_are_a_caution(platelets: float, expected: str) -> None:
    assert said("L-BLD-01/limits", inr=1.0, platelets_e9_per_l=platelets) == expected


def test_chances_of_local_cure_are_weighed_only_where_cure_is_the_aim() -> None:
    for rule, fact in (("L-ABL-03/cortex", {"cortex_intact": False}), ("L-ABL-03/nerve", {"nerve_near": True})):
        assert said(rule, intent=("curative",), **fact) == "YES"
        assert said(rule, intent=("palliative",), **fact) == "NO"
        assert said(rule, **fact) == "CANNOT_TELL"


@pytest.mark.parametrize("risk", [{"diaphysis": True}, {"cortex": "destroyed"}, {"soft_tissue_outside_cortex": True}])
def test_each_predictor_of_a_leak_speaks_alone_and_only_in_long_bones(risk: dict[str, object]) -> None:
    assert said("L-CEM-03/leak", long_bone=True, **risk) == "YES"
    assert said("L-CEM-03/leak", long_bone=False, **risk) == "NO"


def test_the_catheter_speaks_for_unbroken_long_bones_of_eight_points_and_more() -> None:
    long_bone = {"long_bone": True, "fracture_status": "impending"}
    assert said("L-CFC-01", mirels_score=8.0, **long_bone) == "YES"
    assert said("L-CFC-01", mirels_score=7.0, **long_bone) == "NO"
    assert said("L-CFC-01", mirels_score=12.0, long_bone=True, fracture_status="actual") == "NO"


def test_preventive_screws_of_the_pelvis_do_not_speak_where_it_is_broken() -> None:
    assert said("L-FIC-01", bone="ilium", fracture_status="none") == "YES"
    assert said("L-FIC-01", bone="ilium", fracture_status="actual") == "NO"
    assert said("L-FIC-01", bone="femur") == "NO"


def test_a_solitary_resectable_lesion_at_the_acetabulum_speaks_for_surgery() -> None:
    facts = {"periacetabular": True, "acetabulum_resectable": True}
    assert said("INC-06", n_metastases=1.0, **facts) == "YES"
    assert said("INC-06", n_metastases=2.0, **facts) == "NO"
