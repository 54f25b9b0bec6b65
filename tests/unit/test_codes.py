"""Codes agree with the dictionaries they were found in, fit where they must go, and are said only of what is known."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, get_args

import pytest
from pydicom.sr._concepts_dict import concepts
from typer.testing import CliRunner

from buttress.app.cli import app
from buttress.app.codes_cli import book_rows
from buttress.library.example_cases import example_folder
from buttress.library.load import load_bones
from buttress.library.load_codes import load_codes
from buttress.library.load_rules import load_techniques
from buttress.measure.given import unmeasured
from buttress.records.case import Case, CriticalStructure
from buttress.records.code import Code, CodedConcept, Scheme
from buttress.records.findings import Clearance, Findings, Measure, Observation
from buttress.records.plan import CementFill, Fixation, Plan
from buttress.workflow.code_concepts import code_concepts
from buttress.workflow.plan_case import judge_case

DICOM: dict[str, Any] = {**concepts}
DICTIONARY = ("SCT", "DCM", "NCIt", "UCUM")
"""Schemes that DICOM's dictionaries hold."""
BY_PREFIX = ("mL",)
"""UCUM units built by its own rule of prefixes: DICOM lists the cubic centimetre instead."""


def all_codes() -> Iterator[tuple[str, Code]]:
    for group, members in load_codes().concept.items():
        for key, codes in members.items():
            yield from ((f"{group}.{key}", code) for code in codes)


@lru_cache(maxsize=1)
def meanings() -> dict[tuple[str, str], set[str]]:
    """Every meaning that DICOM's dictionaries give to a code."""
    found: dict[tuple[str, str], set[str]] = {}
    for scheme, words in DICOM.items():
        for codes in words.values():
            for value, entry in codes.items():
                found.setdefault((scheme, value), set()).add(entry[0].casefold())
    return found


@pytest.mark.parametrize(
    ("where", "code"),
    [pair for pair in all_codes() if pair[1].scheme in DICTIONARY and pair[1].value not in BY_PREFIX],
)
def test_value_and_meaning_agree_with_dicoms_dictionaries(where: str, code: Code) -> None:
    assert code.meaning.casefold() in meanings()[code.scheme, code.value], where


@pytest.mark.parametrize(
    ("group", "cid"), [("side.left", 244), ("side.right", 244), ("intent.curative", 3629),
                       ("intent.palliative", 3629), ("diagnosis.bone_metastasis", 6347),
                       ("document.for_tumor_board", 7010), ("role.distance_from_skin", 6165),
                       ("structure.skin", 7151), ("technique.screws", 7310)],
)  # fmt: skip
def test_a_code_stands_in_the_context_group_that_asks_for_it(group: str, cid: int) -> None:
    first = load_codes().codes(*group.split("."))[0]
    words = DICOM[first.scheme].values()
    groups = [entry[1] for codes in words for value, entry in codes.items() if value == first.value]
    assert any(cid in listed for listed in groups)


def test_every_scheme_a_code_may_have_is_declared_with_an_address_and_where_it_was_found() -> None:
    book = load_codes()
    assert set(book.scheme) == set(get_args(Scheme))
    assert all(note.uri and note.found for note in book.scheme.values())
    assert {code.scheme for _, code in all_codes()} == set(book.scheme)


def test_a_code_fits_into_a_dicom_code_sequence() -> None:
    too_long = [code.value for _, code in all_codes() if len(code.value) > 16 or len(code.meaning) > 64]
    assert not too_long


def test_a_code_has_one_meaning_and_our_own_are_not_used_twice_for_different_things() -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for _, code in all_codes():
        found.setdefault((code.scheme, code.value), set()).add(code.meaning)
    assert [key for key, texts in found.items() if len(texts) > 1] == []


def test_every_bone_subsite_structure_and_technique_that_a_case_may_name_has_a_code() -> None:
    book, bones = load_codes(), load_bones()
    assert [key for key in bones if not book.codes("bone", key)] == []
    assert [f"{b.key} {s}" for b in bones.values() for s in b.subsites if not book.codes(b.key, s)] == []
    assert [key for key in load_techniques() if not book.codes("technique", key)] == []
    kinds = set(get_args(CriticalStructure.model_fields["kind"].annotation)) - {"other"}
    assert kinds == set(book.concept["structure"])


def test_the_bones_table_and_the_code_book_name_the_same_concept() -> None:
    for key, bone in load_bones().items():
        if bone.snomed is not None:
            assert Code(scheme="SCT", value=bone.snomed, meaning=load_codes().codes("bone", key)[0].meaning) in (
                load_codes().codes("bone", key)
            )


def test_the_unverified_code_of_platelets_is_not_in_the_book() -> None:
    assert not [where for where, code in all_codes() if code.value == "777-3"]
    assert any("777-3" in name for name in load_codes().left_out)


# --- what is said of a case -------------------------------------------------------------------------------------------


def coded(case: Case, findings: Findings | None = None, plans: tuple[Plan, ...] = ()) -> dict[str, CodedConcept]:
    """Coded concepts by their place in the review, nothing measured unless findings are given."""
    nothing = Findings(lesions=tuple(unmeasured(lesion, "no image") for lesion in case.lesions))
    return {one.path: one for one in code_concepts(case, findings or nothing, (), plans)}


def case_of(patient: dict[str, Any] | None = None, **lesion: Any) -> Case:
    given = {"id": "l", "bone": "femur", **lesion}
    return Case.model_validate({"id": "c", "patient": patient or {}, "lesions": [given]})


def values(concept: CodedConcept) -> list[str]:
    return [f"{code.scheme} {code.value}" for code in concept.codes]


def test_an_empty_case_is_coded_as_a_metastasis_in_its_bone_and_nothing_else() -> None:
    found = coded(case_of())
    assert set(found) == {"case.lesions[0]", "case.lesions[0].bone"}
    assert values(found["case.lesions[0]"]) == ["SCT 94222008", "I10C C79.51"]


def test_myeloma_has_its_own_diagnosis_and_lymphoma_none_is_made_up_for() -> None:
    assert values(coded(case_of({"primary": "Multiple myeloma"}))["case.lesions[0]"]) == ["I10C C90.00"]
    assert values(coded(case_of({"primary": "lymphoma"}))["case.lesions[0]"]) == ["SCT 52988006"]


@pytest.mark.parametrize(
    ("bone", "side", "code"),
    [("femur", "right", "M84.551A"), ("humerus", "right", "M84.521A"), ("scapula", "right", "M84.511A"),
     ("ilium", "left", "M84.550A"), ("acetabulum", "right", "M84.550A"), ("sternum", "midline", "M84.58XA"),
     ("femur", "left", None), ("humerus", "left", None), ("scapula", None, None), ("tibia", "right", None),
     ("clavicle", "right", None), ("sacrum", "midline", None)],
)  # fmt: skip
def test_a_pathological_fracture_has_a_code_only_where_one_was_found(bone: str, side: str, code: str | None) -> None:
    found = coded(case_of(bone=bone, side=side, fracture={"status": "actual"}))["case.lesions[0].fracture.status"]
    assert values(found) == ([f"I10C {code}"] if code else [])
    assert found.note


def test_an_impending_or_unknown_fracture_is_not_coded_as_one() -> None:
    for status in ("none", "impending", None):
        assert "case.lesions[0].fracture.status" not in coded(case_of(fracture={"status": status}))


def test_facts_of_the_patient_are_coded_when_known_and_the_platelets_never() -> None:
    facts = {
        "ecog": 0,
        "kps": 80,
        "inr": 1.1,
        "platelets_e9_per_l": 40,
        "pacemaker": True,
        "previous_chemotherapy": True,
    }
    found = coded(case_of(facts, pain_nrs=0))
    told = {path.removeprefix("case.patient."): values(one)[0] for path, one in found.items() if ".patient." in path}
    assert told == {"ecog": "LN 89247-1", "kps": "LN 89243-0", "inr": "LN 6301-6", "pacemaker": "I10C Z95.0",
                    "previous_chemotherapy": "I10C Z92.21"}  # fmt: skip
    assert values(found["case.lesions[0].pain_nrs"]) == ["LN 72514-3", "SCT 225908003"]
    no_pacemaker = coded(case_of({"pacemaker": False, "previous_chemotherapy": False}))
    assert not [path for path in no_pacemaker if ".patient." in path]


def test_a_measure_carries_its_quantity_and_the_unit_of_its_number() -> None:
    case = case_of()
    seen = unmeasured(case.lesions[0], "no image").model_copy(update={
        "longest_diameter_mm": Measure(value=40, unit="mm"), "orthogonal_diameter_mm": Measure(value=30, unit="mm"),
        "volume_ml": Measure(value=20, unit="ml"), "mean_hu": Measure(value=60, unit="HU"),
        "width_fraction": Measure(value=0.5, unit="1"), "matrix": Observation(value="lytic"),
    })  # fmt: skip
    found = coded(case, Findings(lesions=(seen,)))
    where = "findings.lesions[0]"
    assert values(found[f"{where}.longest_diameter_mm"]) == ["SCT 103339001", "UCUM mm"]
    assert values(found[f"{where}.orthogonal_diameter_mm"]) == ["SCT 103340004", "UCUM mm"]
    assert values(found[f"{where}.volume_ml"]) == ["SCT 118565006", "UCUM mL"]
    assert values(found[f"{where}.mean_hu"]) == ["DCM 112031", "SCT 373098007", "UCUM [hnsf'U]"]
    assert values(found[f"{where}.width_fraction"]) == ["99BUTTRESS WIDTH_FRACTION", "UCUM 1"]
    assert values(found[f"{where}.matrix"]) == ["99BUTTRESS LYTIC"]
    assert f"{where}.cortical_destruction_fraction" not in found


def test_a_structure_is_coded_by_its_name_then_its_kind_and_its_distance_with_a_unit() -> None:
    case = case_of()
    near = (
        Clearance(name="Sciatic nerve", kind="nerve", distance_mm=Measure(value=7, unit="mm")),
        Clearance(name="skin", kind="skin", distance_mm=Measure(value=3, unit="mm")),
        Clearance(name="air in lung or bowel", kind="lung", distance_mm=Measure.missing("none seen", unit="mm")),
    )
    seen = unmeasured(case.lesions[0], "no image").model_copy(update={"nearby": near})
    found = coded(case, Findings(lesions=(seen,)))
    where = "findings.lesions[0].nearby"
    assert values(found[f"{where}[0].name"]) == ["99BUTTRESS SCIATIC_NERVE", "SCT 91728009", "DCM 130060"]
    assert values(found[f"{where}[0].distance_mm"]) == ["DCM 121206", "UCUM mm"]
    assert values(found[f"{where}[1].distance_mm"]) == ["DCM 121243", "UCUM mm"]
    assert values(found[f"{where}[2].name"]) == ["99BUTTRESS AIR_INSIDE", "DCM 130060"]
    assert f"{where}[2].distance_mm" not in found


def test_a_plan_is_coded_by_its_techniques_metal_and_cement() -> None:
    plan = Plan(
        id="p", lesion_id="l", title="t", techniques=("cement", "screws"), steps=(), rationale=(),
        fills=(CementFill(cement="pmma", target="cavity", volume_ml=Measure(value=5, unit="ml")),),
        fixations=(Fixation(kind="screws", note=""),),
    )  # fmt: skip
    found = coded(case_of(), plans=(plan,))
    assert values(found["plans[0].fills[0].cement"]) == ["99BUTTRESS PMMA"]
    assert values(found["plans[0].fixations[0].kind"]) == ["SCT 68183006"]
    assert values(found["plans[0].techniques[1]"]) == ["SCT 257834006"]


@pytest.mark.parametrize("name", ["case-1", "case-2", "case-3", "case-4"])
def test_every_path_of_the_papers_cases_leads_to_something_known(name: str) -> None:
    case = Case.model_validate(facts_as_printed(name))
    findings = Findings(lesions=tuple(unmeasured(lesion, "no image") for lesion in case.lesions))
    assessments = judge_case(case, findings)
    rooms: dict[str, Any] = {
        "case": case,
        "findings": findings,
        "assessments": assessments,
        "format": "buttress.review/1",
    }
    found = code_concepts(case, findings, assessments, ())
    assert len({one.path for one in found}) == len(found)
    assert sum(one.path.startswith("assessments[0].techniques") for one in found) == len(load_techniques())
    for one in found:
        assert follow(rooms, one.path) is not None, one.path
    assert found == code_concepts(case, findings, assessments, ())


def follow(rooms: dict[str, Any], path: str) -> Any:
    """What a path such as ``case.lesions[0].bone`` leads to."""
    node: Any = rooms
    for part in path.replace("[", ".[").split("."):
        if part.startswith("["):
            node = node[int(part[1:-1])]
        else:
            node = node[part] if isinstance(node, dict) else getattr(node, part)
    return node


def facts_as_printed(name: str) -> dict[str, Any]:
    """The case file of one of the paper's cases."""
    return tomllib.loads(example_folder(name).joinpath("case.toml").read_text("utf-8"))


def test_the_codes_verb_prints_the_book_or_the_codes_of_a_case() -> None:
    book = CliRunner().invoke(app, ["codes", "--json"])
    assert json.loads(book.stdout) == book_rows()
    case = CliRunner().invoke(app, ["codes", "case-2", "--json"])
    (diagnosis,) = [row for row in json.loads(case.stdout) if row["path"] == "case.lesions[0]"]
    assert diagnosis["codes"][0] == {
        "scheme": "I10C",
        "value": "C90.00",
        "meaning": "Multiple myeloma not having achieved remission",
        "uri": "http://hl7.org/fhir/sid/icd-10-cm",
    }
