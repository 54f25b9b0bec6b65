"""What Harrington's acetabular groups say, as the paper tells them and as others report the original."""

from __future__ import annotations

import pytest

from buttress.assess.facts import describe
from buttress.assess.harrington_acetabulum import (
    classify_acetabulum,
    harrington_fact,
    score_harrington_acetabulum,
    score_harrington_original,
)
from buttress.assess.judge import judge
from buttress.assess.lesion_facts import measured_facts
from buttress.library.load import load_bones
from buttress.library.load_defaults import shelf_defaults
from buttress.library.load_rules import load_fact_words
from buttress.measure.given import unmeasured
from buttress.records.case import Case
from buttress.records.findings import LesionFindings, Observation
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
    assert score_harrington_original(table).groups == ("one of groups I to III, by how much is destroyed",)


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


# --- a group that was seen as a whole -------------------------------------------------------------------------------


def acetabulum(**parts: bool) -> Case:
    lesion = {"id": "l", "bone": "acetabulum", "acetabulum": parts}
    return Case.model_validate({"id": "c", "lesions": [lesion]})


def with_group_seen(case: Case, group: str) -> LesionFindings:
    seen = Observation(value=group, where="coronal slice 40")
    return unmeasured(case.lesions[0], "no image").model_copy(update={"harrington_group": seen})


def group_fact(case: Case, findings: LesionFindings) -> Fact:
    base = facts(periacetabular=True, **case.lesions[0].acetabulum.model_dump(exclude={"resectable_for_cure"}))
    base |= {
        "harrington_groups": measured_facts(case, case.lesions[0], findings, shelf_defaults())["harrington_groups"]
    }
    return harrington_fact(base, score_harrington_acetabulum(base))


def test_a_group_seen_on_the_ct_becomes_a_measured_fact_that_rules_may_ask_about() -> None:
    case = acetabulum()
    fact = group_fact(case, with_group_seen(case, "III"))
    assert (fact.value, fact.origin, fact.where) == (("III",), "measured", "coronal slice 40")


def test_typed_parts_that_give_another_group_are_noted_and_the_seen_group_stands() -> None:
    case = acetabulum(medial_wall=True, roof=False, lateral_rim=False, collapse=False)
    fact = group_fact(case, with_group_seen(case, "III"))
    assert fact.value == ("III",)
    assert describe(fact) == "III (measured, coronal slice 40; the parts in the case give II)"
    judged = judge(case, case.lesions[0], with_group_seen(case, "III"), load_bones()["acetabulum"])
    score = next(one for one in judged.scores if one.key == "harrington_acetabulum")
    assert [group.split(":")[0] for group in score.groups] == ["III"]
    assert "The group as seen stands; the parts in the case give II." in score.caveats


def test_parts_that_agree_or_are_unknown_are_not_noted() -> None:
    for case in (acetabulum(), acetabulum(medial_wall=True, roof=True, lateral_rim=True, collapse=False)):
        assert group_fact(case, with_group_seen(case, "III")).where == "coronal slice 40"


def test_without_a_seen_group_the_parts_decide_and_a_word_that_is_no_group_counts_for_nothing() -> None:
    case = acetabulum(medial_wall=True, roof=False, lateral_rim=False, collapse=False)
    nothing = unmeasured(case.lesions[0], "no image")
    assert (group_fact(case, nothing).value, group_fact(case, nothing).origin) == (("II",), "derived")
    assert group_fact(case, with_group_seen(case, "V")).value == ("II",)


def test_a_seen_group_speaks_in_the_rules_as_the_same_group_from_parts_does() -> None:
    parts = acetabulum(collapse=True)
    bone = load_bones()["acetabulum"]
    seen = judge(acetabulum(), acetabulum().lesions[0], with_group_seen(acetabulum(), "IV"), bone)
    told = judge(parts, parts.lesions[0], unmeasured(parts.lesions[0], "no image"), bone)
    for one, other in zip(seen.techniques, told.techniques, strict=True):
        said = [{(v.rule, v.effect) for v in view.verdicts if v.rule.startswith("HAR")} for view in (one, other)]
        assert said[0] == said[1]
    assert any(v.rule.startswith("HAR") and v.effect == "AGAINST" for v in seen.techniques[0].verdicts)
