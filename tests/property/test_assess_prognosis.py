"""What must always hold of the scores of survival: knowing less never says more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buttress.assess.bauer import score_bauer_modified, score_bauer_original
from buttress.assess.facts import gather_facts
from buttress.assess.judge import SCORES, judge
from buttress.assess.katagiri import score_katagiri
from buttress.library.load import load_bones
from buttress.library.load_rules import load_primary_kinds
from buttress.measure.given import unmeasured
from buttress.records.case import Case
from buttress.records.score import Fact, Score

SPREAD = st.sampled_from(["none", "nodular", "disseminated"])
ITEMS: dict[str, st.SearchStrategy[Any]] = {
    "primary": st.sampled_from(["melanoma", "lymphoma", "renal cell carcinoma", "lung cancer", "breast cancer"]),
    "visceral_metastases": SPREAD,
    "cerebral_metastases": SPREAD,
    "multiple_skeletal_metastases": st.booleans(),
    "previous_chemotherapy": st.booleans(),
    "ecog": st.integers(0, 4),
    "crp_mg_per_dl": st.floats(0, 20),
    "ldh_iu_per_l": st.floats(50, 1000),
    "albumin_g_per_dl": st.floats(1, 6),
    "calcium_mg_per_dl": st.floats(6, 16),
    "bilirubin_mg_per_dl": st.floats(0, 10),
    "platelets_e9_per_l": st.floats(0, 600),
}
SURVIVAL = (score_katagiri, score_bauer_modified, score_bauer_original)


def case(patient: dict[str, Any]) -> Case:
    lesions = [{"id": "a", "bone": "femur", "fracture": {"status": "none"}}]
    return Case.model_validate({"id": "c", "lesions": lesions, "patient": patient})


def facts(patient: dict[str, Any]) -> dict[str, Fact]:
    made = case(patient)
    return gather_facts(made, made.lesions[0], unmeasured(made.lesions[0], "no images"), load_bones()["femur"])


@pytest.mark.parametrize("score", SURVIVAL)
@given(values=st.fixed_dictionaries(ITEMS), hidden=st.sets(st.sampled_from(sorted(ITEMS))))
def test_removing_facts_never_narrows_a_score_of_survival(
    score: Callable[[dict[str, Fact]], Score], values: dict[str, Any], hidden: set[str]
) -> None:
    full = score(facts(values))
    less = score(facts({name: value for name, value in values.items() if name not in hidden}))
    assert full.low is not None
    assert full.high is not None
    assert less.low is not None
    assert less.high is not None
    assert less.low <= full.low <= full.high <= less.high
    assert {band.label for band in full.bands} <= {band.label for band in less.bands}


@given(values=st.fixed_dictionaries({}, optional=ITEMS))
def test_katagiri_lies_between_nought_and_ten_and_an_open_score_names_what_to_ask(values: dict[str, Any]) -> None:
    score = score_katagiri(facts(values))
    assert score.low is not None
    assert score.high is not None
    assert 0 <= score.low <= score.high <= 10
    assert (score.low < score.high) == bool(score.missing)


@given(st.text(max_size=30))
def test_a_primary_outside_the_list_of_names_never_gets_a_group(text: str) -> None:
    group = facts({"primary": text})["katagiri_primary_group"]
    assert group.value is None or " ".join(text.replace("-", " ").casefold().split()) in load_primary_kinds()


@given(values=st.fixed_dictionaries({}, optional=ITEMS))
def test_survival_never_blocks(values: dict[str, Any]) -> None:
    made = case(values)
    found = judge(made, made.lesions[0], unmeasured(made.lesions[0], "no images"), load_bones()["femur"])
    assert len(found.scores) == len(SCORES)
    assert not any("survival" in gap for gap in found.blocking_gaps)
