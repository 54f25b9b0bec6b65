"""A rule's question in words."""

from __future__ import annotations

import pytest

from buttress.library.rule_words import condition_in_words, techniques_in_words
from buttress.records.rule import Condition


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"fact": "platelets_e9_per_l", "below": 50}, "platelet count: below 50 ×10⁹/L"),
        ({"fact": "pacemaker", "is": True}, "pacemaker or defibrillator: is yes"),
        ({"fact": "load", "in": ["shear", "mixed"]}, "main load at the site: is one of shear or mixed"),
        (
            {
                "all": [
                    {"fact": "bone", "is": "femur"},
                    {"any": [{"fact": "inr", "above": 1.8}, {"fact": "ecog", "at_least": 3}]},
                ]
            },
            "bone: is femur AND (INR: above 1.8 OR ECOG performance status: at least 3)",
        ),
        ({"none": [{"fact": "diffuse", "is": False}]}, "none of: lesion too diffuse for one ablation zone: is no"),
    ],
)
def test_a_question_reads_with_the_facts_own_labels_and_units(condition: dict[str, object], words: str) -> None:
    assert condition_in_words(Condition.model_validate(condition)) == words


def test_a_rule_without_a_question_always_speaks() -> None:
    assert condition_in_words(None) == "always"


def test_techniques_are_told_by_title_and_groups_by_their_word() -> None:
    assert techniques_in_words(("cryoablation", "fixation")) == "Cryoablation; all fixation"
    assert techniques_in_words(()) == "background"
