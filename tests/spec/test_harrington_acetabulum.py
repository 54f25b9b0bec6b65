"""What Harrington's acetabular groups say, as the paper tells them and as others report the original."""

from __future__ import annotations

import pytest

from buttress.assess.harrington_acetabulum import (
    classify_acetabulum,
    score_harrington_acetabulum,
    score_harrington_original,
)
from buttress.library.load_rules import load_fact_words
from buttress.records.score import Fact

PARTS = ("subchondral", "medial_wall", "roof", "lateral_rim", "collapse")


def facts(**values: object) -> dict[str, Fact]:
    found = {name: Fact(name=name, label=words.label, unit=words.unit) for name, words in load_fact_words().items()}
    for name, value in values.items():
        key = f"acetabulum_{name}" if name in (*PARTS, "resectable") else name
        found[key] = found[key].model_copy(update={"value": value})
    return found


def groups(**values: object) -> list[str]:
    score = score_harrington_acetabulum(facts(periacetabular=True, **values))
    return [group.split(":")[0] for group in score.groups]


def pattern(*destroyed: str) -> dict[str, bool]:
    return {part: part in destroyed for part in PARTS}


@pytest.mark.parametrize(
    ("destroyed", "group"),
    [
        ((), "none"),
        (("subchondral",), "I"),
        (("medial_wall",), "II"),
        (("subchondral", "medial_wall"), "II"),
        (("medial_wall", "roof", "lateral_rim"), "III"),
        (("medial_wall", "roof"), "partial"),
        (("medial_wall", "lateral_rim"), "partial"),
        (("roof",), "partial"),
        (("medial_wall", "roof", "lateral_rim", "collapse"), "IV"),
        (("collapse",), "IV"),
    ],
)
def test_each_known_pattern_has_one_group(destroyed: tuple[str, ...], group: str) -> None:
    assert classify_acetabulum(**pattern(*destroyed)) == group


def test_a_partial_pattern_is_unclassifiable_and_names_its_neighbours() -> None:
    score = score_harrington_acetabulum(facts(periacetabular=True, **pattern("medial_wall", "roof")))
    assert score.groups == ("unclassifiable: a partial pattern, nearest II or III",)


def test_unknown_parts_leave_every_group_they_do_not_exclude() -> None:
    assert groups(collapse=False, medial_wall=True, lateral_rim=True) == ["III", "unclassifiable"]
    assert groups(collapse=False, roof=False, lateral_rim=False, subchondral=True) == ["I", "II"]


def test_nothing_known_excludes_nothing_and_asks_for_everything() -> None:
    score = score_harrington_acetabulum(facts(periacetabular=True))
    assert len(score.groups) == 6
    assert len(score.missing) == 5


def test_collapse_is_group_four_of_the_paper_but_not_the_original_class_four() -> None:
    table = facts(periacetabular=True, n_metastases=3.0, **pattern("collapse"))
    assert score_harrington_acetabulum(table).groups == ("IV: complete collapse",)
    assert score_harrington_original(table).groups == ("the destruction ladder I to III",)


def test_a_solitary_resectable_lesion_is_the_original_class_four_whatever_is_destroyed() -> None:
    table = facts(periacetabular=True, n_metastases=1.0, resectable=True, **pattern("subchondral"))
    assert score_harrington_original(table).groups == ("IV: solitary and resectable for cure",)
    assert score_harrington_acetabulum(table).groups[0].startswith("I:")


@pytest.mark.parametrize("known", [{"n_metastases": 2.0}, {"resectable": False}])
def test_either_half_missing_excludes_the_original_class_four(known: dict[str, object]) -> None:
    assert len(score_harrington_original(facts(periacetabular=True, **known)).groups) == 1


def test_away_from_the_acetabulum_the_groups_do_not_apply() -> None:
    assert score_harrington_acetabulum(facts(periacetabular=False)).applicable == "NO"


def test_while_the_subsite_is_unknown_it_cannot_be_told_whether_they_apply() -> None:
    assert score_harrington_acetabulum(facts()).applicable == "CANNOT_TELL"
