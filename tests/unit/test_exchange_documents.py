"""Case and review documents: what is read, and the message that each kind of mistake gets."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from buttress.exchange.document_errors import model_at
from buttress.exchange.documents import (
    case_schema,
    read_case,
    read_document,
    read_review,
    review_schema,
    review_to_json,
    write_review,
)
from buttress.exchange.template import case_template
from buttress.exchange.toml_lines import line_of, path_in_words, toml_lines
from buttress.library.load import load_bones
from buttress.records.case import Case
from buttress.records.document import ButtressError
from buttress.records.findings import Findings
from buttress.records.provenance import Provenance
from buttress.records.review import Review

CASE = """# a case
id = "hip-1"
title = "unknown"

[patient]
age_y = 64
sex = "female"
ecog = "unknown"
life_expectancy = { low_weeks = 20, high_weeks = 40, source = "the board" }

[[prior_treatments]]
kind = "radiotherapy"
date = 2024-05-31
lesion = "a"

[[lesions]]
id = "a"
bone = "femur"
side = "left"
seed_mm = [1.0, -2.0, 3.5]

[lesions.fracture]
status = "impending"

[[lesions]]
id = "b"
bone = "sternum"
matrix = "lytic"
critical_structures = [
  { name = "heart", kind = "heart" },
]
"""


def refusal(text: str) -> ButtressError:
    with pytest.raises(ButtressError) as caught:
        read_case(None, text, name="case.toml")
    assert caught.value.expected
    assert caught.value.remedy
    return caught.value


def test_a_case_is_read_and_unknown_means_left_out() -> None:
    case = read_case(None, CASE)
    assert case.patient.ecog is None
    assert case.title == ""
    assert case.patient.age_y == 64
    assert case.lesions[0].seed_mm == (1.0, -2.0, 3.5)
    assert case.lesions[1].critical_structures is not None
    assert case.lesions[1].critical_structures[0].name == "heart"
    assert case.prior_treatments is not None
    assert str(case.prior_treatments[0].date) == "2024-05-31"


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(CASE, "utf-8")
    (tmp_path / "case.json").write_text(json.dumps(tomllib.loads(CASE), default=str), "utf-8")
    assert read_case(tmp_path / "case.toml") == read_case(tmp_path / "case.json")


MISTAKES = {
    "side": ('side = "left"', 'side = "lefft"', 'line 19, lesions[0].side', '"lefft"', "left, right", 'mean "left"'),
    "key": ('side = "left"', 'sied = "left"', "line 19, lesions[0].sied", 'unknown key "sied"', "side", 'mean "side"'),
    "bone": ('"femur"', '"left femor"', "line 18, lesions[0].bone", 'bone "left femor"', "femur", 'mean "femur"'),
    "no bone": ('bone = "femur"\n', "", "line 16, lesions[0].bone", "left out", "must be given", 'add "bone"'),
    "unknown bone": ('"femur"', '"unknown"', "lesions[0].bone", "left out", "must be given", 'add "bone"'),
    "midline": ('side = "left"', 'side = "midline"', "lesions[0].side", "a left and a right", "left or right", "side"),
    "sternum": ('matrix = "lytic"', 'side = "left"', "line 28, lesions[1].side", "midline", "midline", "notes"),
    "age": ("age_y = 64", "age_y = 640", "line 6, patient.age_y", "640", "less than or equal to 120", "unknown"),
    "word": ("age_y = 64", 'age_y = "old"', "line 6, patient.age_y", '"old"', "a valid integer", "unknown"),
    "subsite": ('side = "left"', 'subsite = "intertrochantric"', "lesions[0].subsite", "unknown subsite",
                "subtrochanteric", 'mean "intertrochanteric"'),
    "inline": ('kind = "heart"', 'kind = "hart"', "line 29, lesions[1].critical_structures[0].kind", '"hart"', "heart",
               'mean "heart"'),
    "sub-table": ('"impending"', '"impeding"', "line 23, lesions[0].fracture.status", '"impeding"', "impending",
                  'mean "impending"'),
    "order": ("low_weeks = 20", "low_weeks = 90", "line 9, patient.life_expectancy", "must not exceed", "agree", ""),
    "two ids": ('id = "b"', 'id = "a"', "the document", "two lesions share an id", "agree", "change"),
    "seed": ("3.5]", "3.5, 4]", "line 20, lesions[0].seed_mm", "list of 4", "at most 3 items", "unknown"),
    "format": ("# a case", 'format = "buttress.case/9"', "line 1, format", "buttress.case/9", "case/1", "mean"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_file_line_path_found_expected_and_remedy(mistake: str) -> None:
    old, new, place, found, expected, remedy = MISTAKES[mistake]
    assert CASE.count(old) == 1
    error = refusal(CASE.replace(old, new))
    assert error.where.startswith("case.toml")
    assert place in error.where
    assert found in error.found
    assert expected in error.expected
    assert remedy in error.remedy


def test_the_first_of_several_mistakes_is_told_in_full_and_the_others_by_place() -> None:
    error = refusal(CASE.replace("64", "640").replace('"female"', '"f"').replace('"left"', '"up"'))
    assert "line 6, patient.age_y" in error.where
    assert "2 more to mend: line 7, patient.sex; line 19, lesions[0].side" in error.remedy


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [("sex = ", "sex female", 7), ('"female"', "female", 7), ("age_y = 64", "sex = 1", 7), ('"lytic"', '"lytic', 28)],
    ids=["no equals sign", "no quotes", "key twice", "open quote"],
)
def test_a_toml_typo_is_named_with_its_line(old: str, new: str, line: int) -> None:
    error = refusal(CASE.replace(old, new, 1))
    assert error.where == f"case.toml, line {line}"
    assert "the TOML cannot be read" in error.found
    assert "texts need quotes" in error.remedy


def test_a_list_left_open_is_named_at_the_end_of_the_file() -> None:
    error = refusal("id = [\n1,\n")
    assert error.where.startswith("case.toml, line ")
    assert "the TOML cannot be read" in error.found


def test_a_name_typed_for_a_pseudonym_is_not_repeated() -> None:
    error = refusal(CASE.replace("age_y = 64", 'pseudonym = "Jane Doe"'))
    assert "patient.pseudonym" in error.where
    assert "Doe" not in error.message


def test_a_missing_or_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ButtressError, match="no such file"):
        read_case(tmp_path / "case.toml")
    (tmp_path / "latin.toml").write_bytes(b'id = "caf\xe9"')
    with pytest.raises(ButtressError, match="UTF-8"):
        read_case(tmp_path / "latin.toml")
    with pytest.raises(ButtressError, match="nested too deeply"):
        read_document('{"a":' * 100_000)


def test_lines_are_found_past_lists_strings_and_nested_tables() -> None:
    text = 'a = """\nb = 1\n"""\nc = [\n  "]", # d = 1\n]\n[[t]]\nx.y = 1\n[t.u]\n"z" = 2\n[[t]]\n[[t.v]]\nw = 3\n'
    lines = toml_lines(text)
    assert lines == {
        ("a",): 1, ("c",): 4, ("t", 0): 7, ("t", 0, "x", "y"): 8, ("t", 0, "u"): 9, ("t", 0, "u", "z"): 10,
        ("t", 1): 11, ("t", 1, "v", 0): 12, ("t", 1, "v", 0, "w"): 13,
    }  # fmt: skip
    assert line_of(lines, ("t", 1, "v", 0, "missing")) == 12
    assert line_of(lines, ("nowhere",)) is None
    assert path_in_words(("t", 1, "v")) == "t[1].v"


def review() -> Review:
    return Review(
        stage="measured",
        case=read_case(None, CASE),
        findings=Findings(lesions=()),
        provenance=Provenance(
            software="buttress", version="0", library_sha256="0", inputs=(), parameters={"b": 1, "a": 2.5}
        ),
    )


def test_a_review_goes_out_and_comes_back_the_same(tmp_path: Path) -> None:
    text = review_to_json(review())
    assert text.endswith("}\n")
    assert text == review_to_json(review())
    assert list(json.loads(text)["provenance"]["parameters"]) == ["a", "b"]
    write_review(review(), tmp_path / "review.json")
    assert (tmp_path / "review.json").read_bytes() == text.encode()
    assert [file.name for file in tmp_path.iterdir()] == ["review.json"]
    assert read_review(tmp_path / "review.json") == read_document(text) == review()


def test_a_document_is_told_apart_by_its_format_or_its_keys() -> None:
    assert isinstance(read_document(CASE), Case)
    values = json.loads(review_to_json(review()))
    del values["format"]
    assert isinstance(read_document(json.dumps(values)), Review)
    with pytest.raises(ButtressError, match="format is"):
        read_document('format = "something"')


def test_a_broken_review_is_refused_with_its_path() -> None:
    text = review_to_json(review())
    with pytest.raises(ButtressError) as caught:
        read_review(None, text.replace('"measured"', '"mesured"', 1), name="review.json")
    assert caught.value.where == "review.json, stage"
    assert 'did you mean "measured"?' in caught.value.remedy
    with pytest.raises(ButtressError, match="line 3"):
        read_document(text.replace('"stage":', '"stage"', 1), name="review.json")
    with pytest.raises(ButtressError, match=r"case\.lesions\[0\]\.bone: unknown bone"):
        read_document(text.replace('"femur"', '"femr"'), name="review.json")


def test_schemas_name_their_dialect_and_title_and_hold_every_key() -> None:
    for schema, model, title in ((case_schema(), Case, "buttress case"), (review_schema(), Review, "buttress review")):
        assert schema["$schema"].startswith("https://json-schema.org/draft/2020-12")
        assert schema["title"] == title
        assert set(schema["properties"]) == set(model.model_fields)


def fields_of(model: type[BaseModel]) -> set[str]:
    """Names of all fields of a document and of the documents inside it."""
    names = set(model.model_fields)
    for name in model.model_fields:
        inner = model_at(model, (name,))
        names |= fields_of(inner) if inner else set()
    return names


@pytest.mark.parametrize("bone", [None, *load_bones()])
def test_the_template_is_a_valid_case_for_every_bone(bone: str | None) -> None:
    case = read_case(None, case_template(bone), name="case.toml")
    assert case.lesions[0].bone == (bone or "femur")
    assert all(line == line.rstrip() and len(line) <= 120 for line in case_template(bone).splitlines())
    assert (
        case.patient.model_copy(update={"pseudonym": "x"})
        == Case.model_validate(
            {"id": "x", "lesions": [{"id": "l", "bone": "femur"}], "patient": {"pseudonym": "x"}}
        ).patient
    )


def test_the_template_mentions_every_field_and_every_allowed_value() -> None:
    template = case_template(None)
    words = set(template.replace(".", " ").replace("{", " ").replace("[", " ").replace("]", " ").split())
    assert len(fields_of(Case)) > 70
    assert fields_of(Case) - words == set()
    allowed = [value for part in case_schema()["$defs"].values() for value in literals(part)]
    assert len(allowed) > 60
    assert [value for value in allowed if f'"{value}"' not in template] == ["midline"]
    assert '"midline"' in case_template("sternum")


def literals(schema: object) -> list[str]:
    """All enumerated texts inside a schema."""
    if isinstance(schema, list):
        return [value for part in schema for value in literals(part)]
    if not isinstance(schema, dict):
        return []
    return [*schema.get("enum", []), *(value for part in schema.values() for value in literals(part))]


def test_the_template_follows_the_five_considerations_and_refuses_an_unknown_bone() -> None:
    template = case_template("tibia")
    places = [template.index(f"# ---- {number}. ") for number in range(1, 6)]
    assert places == sorted(places)
    with pytest.raises(ButtressError, match='did you mean "tibia"'):
        case_template("tibbia")


@pytest.mark.parametrize(
    "commented", ["[[prior_treatments]]", "[[prognosis]]", "[{ description", "{ low_weeks", "[{ name ="]
)
def test_the_commented_examples_of_the_template_are_there(commented: str) -> None:
    assert f"# {commented}" in case_template(None)


def test_the_commented_treatment_of_the_template_is_valid() -> None:
    template = case_template(None)
    start, end = template.index("# [[prior_treatments]]"), template.index("# ---- 2.")
    lines = [line.removeprefix("# ") for line in template[start:end].splitlines() if " = " in line or "[[" in line]
    case = read_case(None, template[:start] + "\n".join(lines) + "\n\n" + template[end:])
    assert case.prior_treatments is not None
    assert case.prior_treatments[0].dose_gy == 20


def test_the_commented_prognosis_of_the_template_is_valid() -> None:
    template = case_template(None)
    start, end = template.index("# [[prognosis]]"), template.index("# ---- 4.")
    lines = [line.removeprefix("# ") for line in template[start:end].splitlines()]
    case = read_case(None, template[:start] + "\n".join(lines) + "\n\n" + template[end:])
    assert [(one.tool, one.survival_fraction, one.at_months) for one in case.prognosis] == [("PATHFx", 0.6, 6)]
