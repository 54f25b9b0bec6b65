"""Does the report hold the fifteen items of a packet, each where its list says, and what the board wrote down?"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from html import unescape

import pytest

from buttress.exchange.documents import read_case
from buttress.library.example_cases import example_folder, example_names
from buttress.records.board import Board
from buttress.records.case import Case, Patient
from buttress.records.provenance import Provenance
from buttress.records.review import Review
from buttress.report import case_sections
from buttress.report.bibliography import cited
from buttress.report.closing_sections import fingerprint
from buttress.report.html import render_html
from buttress.report.packet_items import ITEMS, PacketItem, sections_of
from buttress.report.pdf import render_pdf
from buttress.workflow.plan_case import plan_case
from pdf_words import words_by_page
from sample_packet import BOARD, CODES, DISAGREEMENTS, STEPS, SUMMARY, sample_packet
from sample_pictures import sample_pictures
from sample_review import sample_review


def text_of(page: str) -> str:
    """What a reader sees, white space collapsed."""
    body = re.sub(r"<style.*?</style>", "", page, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@lru_cache
def example(name: str) -> Review:
    """A bundled example judged and planned without its images: the packet of somebody who has none."""
    case = read_case(None, (example_folder(name) / "case.toml").read_text("utf-8"))
    done = plan_case(case, None, lambda _: None)
    return Review(
        stage="planned", case=case, findings=done.seen.findings, assessments=done.assessments, plans=done.plans,
        provenance=Provenance(software="buttress", version="0", library_sha256="5e" * 32, inputs=()),
    )  # fmt: skip


@lru_cache
def pages_of(name: str) -> tuple[str, ...]:
    """The words of each page of an example's PDF; "packet" is the made-up one with pictures."""
    pdf = render_pdf(sample_packet(), sample_pictures()) if name == "packet" else render_pdf(example(name), ())
    return tuple(words_by_page(pdf))


def part_of(page: str, anchor: str) -> str:
    """The words of one section of a page."""
    found = re.search(rf'<section class="level\d" id="{re.escape(anchor)}">(.*?)</section>', page, re.S)
    assert found, anchor
    return text_of(found[1])


def test_the_items_are_fifteen_in_their_order() -> None:
    assert [item.number for item in ITEMS] == list(range(1, 16))


@pytest.mark.parametrize("name", example_names())
@pytest.mark.parametrize("item", ITEMS, ids=lambda item: str(item.number))
def test_every_item_stands_on_page_and_paper_where_its_list_says(name: str, item: PacketItem) -> None:
    page, paper = render_example(name), " ".join(pages_of(name))
    listed = part_of(page, "sec-items")
    assert f"{item.number} {item.title} " in listed
    assert item.title in paper
    for anchor, _ in sections_of(item, example(name).case):
        title = re.search(rf'id="{re.escape(anchor)}">\s*<h\d>(.*?)</h\d>', page)
        assert title, anchor
        assert f'href="#{anchor}"' in page
        assert unescape(title[1]) in listed
        assert paper.count(unescape(title[1])) >= 2
        assert len(part_of(page, anchor)) > len(title[1]) + 10


@lru_cache
def render_example(name: str) -> str:
    return render_html(example(name), ())


@pytest.mark.parametrize("name", [*example_names(), "packet"])
def test_the_first_page_of_one_lesion_is_one_page(name: str) -> None:
    first, second = pages_of(name)[:2]
    for words in ("Question to the board.", "Urgency.", "The eight quantities", "Scores", "ranks nothing", "Gates"):
        assert words in first
    assert second.startswith("The case ")


def test_states_say_what_is_missing() -> None:
    held = {item.number: item.held(sample_packet()) for item in ITEMS}
    assert held[1].state == "complete"
    assert held[2].missing == ("Tissue proof", "Staging")
    assert held[4].missing == ("Opioid", "Ambulation")
    assert {"Platelets", "Anticoagulants", "Allergies", "Active infection"} <= set(held[5].missing)
    assert "INR" not in held[5].missing
    assert "implants" not in " ".join(held[5].missing).lower()
    assert {"What was looked at", "Date", "Films of the whole bone"} == set(held[6].missing)
    assert held[10].missing == ("distance to ankle joint",)
    assert held[11].state == "partly"
    assert held[12].state == "complete"
    assert (held[13].state, held[13].missing) == ("missing", ("what the patient wants",))
    assert held[14].state == "complete"
    assert held[15].state == "complete"


def test_a_measured_review_lacks_what_was_not_judged_and_says_so() -> None:
    held = {item.number: item.held(sample_review("measured")) for item in ITEMS}
    assert [number for number in (3, 7, 9, 12) if held[number].state != "missing"] == []
    assert "not judged" in held[7].missing[0]


def test_every_fact_of_the_patient_has_its_place_in_the_packet() -> None:
    parts = (*case_sections.DIAGNOSIS, *case_sections.FUNCTION, *case_sections.BLOOD, *case_sections.WISH)
    placed = (*parts, *case_sections.SYSTEMIC)
    assert sorted(placed) == sorted(set(Patient.model_fields) - {"pseudonym"})


@pytest.mark.parametrize("words", ["Anticoagulants", "Allergies", "Active infection"])
def test_what_could_not_be_verified_is_a_fact_or_unknown_and_no_rule(words: str) -> None:
    page = render_html(sample_packet(), ())
    blood = part_of(page, "sec-blood")
    assert words in blood.partition("Not given, to be asked:")[2]
    assert "No rule here asks for them" in blood
    given = Patient.model_validate({"allergies": ["bone cement"], "infection": True, "anticoagulants": []})
    case = sample_packet().case.model_copy(update={"patient": given})
    told = part_of(render_html(sample_packet().model_copy(update={"case": case}), ()), "sec-blood")
    known = told.partition("Not given, to be asked:")[0]
    assert all(fact in known for fact in ("Allergies bone cement", "Active infection yes", "Anticoagulants none"))


def test_what_the_board_wrote_stands_in_print() -> None:
    page, paper = render_html(sample_packet(), ()), " ".join(pages_of("packet"))
    for text in (part_of(page, "sec-board"), paper):
        for words in (
            "Freeze and cement; nail if it breaks.",
            "orthopaedic oncologist (A.B.); interventional radiologist; nurse (C.D.)",
            "not there, of those the paper names: medical oncologist, radiation oncologist, patient",
            "radiation oncologist: a second course of radiotherapy was not tried",
            "CT and pain at 4 weeks, by the radiologist",
            "Cryoablation; Radiofrequency, monopolar",
            "A rule stops what was chosen, Radiofrequency, monopolar, at tibia",
            "2024-07-03",
        ):
            assert words in text


def test_dissent_stands_as_prominently_as_the_decision() -> None:
    page = render_html(sample_packet(), ())
    decision = re.search(r"<span class=\"t-strong\">Freeze and cement", page)
    dissent = re.search(r"<span class=\"t-strong\">radiation oncologist: a second course", page)
    assert decision
    assert dissent
    empty = render_html(sample_packet(Board()), ())
    heights = dict(re.findall(r"<dt>(Decision|Dissent and its reason)</dt><dd style=\"height:([\d.]+)em", empty))
    assert heights["Decision"] == heights["Dissent and its reason"]


@pytest.mark.parametrize("field", ["Attended", "Decision", "Dissent", "Follow-up", "Signed by", "Signed on"])
def test_what_the_board_did_not_write_is_a_field_to_fill_in(field: str) -> None:
    page = render_html(sample_packet(Board()), ())
    assert re.search(rf"<dt>{field}[^<]*</dt>", page)
    assert not re.search(rf"<dt>{field}[^<]*</dt>", render_html(sample_packet(), ()))


@pytest.mark.parametrize("reviewed", [None, False])
def test_ready_to_schedule_is_refused_in_words_while_the_gate_is_closed(reviewed: bool | None) -> None:
    board = BOARD.model_copy(update={"reviewed": reviewed})
    said = part_of(render_html(sample_packet(board), ()), "sec-board")
    assert "Not ready to schedule" in said
    assert "MDT-01 is closed" in said
    assert "A decision is written down, but it opens nothing." in said
    assert "Not ready to schedule" not in part_of(render_html(sample_packet(), ()), "sec-board")


def test_the_eight_quantities_come_first_of_all_tables() -> None:
    page = render_html(sample_packet(), sample_pictures())
    assert re.findall(r"<caption>(.*?)</caption>", page)[0] == "The eight quantities"
    text = text_of(page)
    for line in SUMMARY:
        assert f"{line.title} {line.consideration} {line.value or 'nothing is known'}" in text
        assert all(name.partition(" (")[0] in text for name in line.missing[:3])


def test_steps_are_ticked_in_the_order_of_the_work_with_their_reasons() -> None:
    page = render_html(sample_packet(), ())
    said = part_of(page, "sec-tibia-steps")
    places = [said.index(word) for word in ("Before", STEPS[0].action, "During", STEPS[2].action, "After")]
    assert places == sorted(places)
    assert page.count('class="box"') == len(STEPS)
    assert "for Radiofrequency, monopolar; Cryoablation" in said
    assert "needed or not hangs on: metal in the treated bone" in said
    assert "ours: that unknown counts as perhaps" in said
    assert STEPS[2].action in part_of(page, "sec-tibia-nearby")


def test_both_sides_of_a_disagreement_stand_with_their_sources() -> None:
    said = part_of(render_html(sample_packet(), ()), "sec-tibia-disagreements")
    one = DISAGREEMENTS[0]
    for words in (one.title, one.touches, f"Here: {one.handled}", *(side.says for side in one.positions)):
        assert words in said
    assert re.search(r"More than 30 mm, on radiographs\. \[\d+\] Results", said)
    assert re.search(r"whatever the length\. \[\d+\] Table 1", said)


def test_codes_stand_near_the_provenance() -> None:
    said = part_of(render_html(sample_packet(), ()), "sec-codes")
    for concept in CODES:
        assert concept.concept in said
        assert all(f"{code.scheme} {code.value} {code.meaning}" in said for code in concept.codes)


@pytest.mark.parametrize(
    ("anchor", "words"),
    [
        ("sec-tibia-steps", "This review holds no steps."),
        ("sec-tibia-disagreements", "This review records no disagreement between sources."),
        ("sec-codes", "This review holds no codes."),
    ],
)
def test_an_older_review_says_in_a_line_what_it_does_not_hold(anchor: str, words: str) -> None:
    page = render_html(sample_review(), ())
    assert words in part_of(page, anchor)
    assert "This review does not hold the eight quantities" in text_of(page)


def test_remarks_are_folded_behind_the_reasons_and_shared_ones_told_once() -> None:
    page = render_html(sample_packet(), ())
    tables = " ".join(re.findall(r"<table>.*?</table>", page, re.S))
    assert "Cold remark" not in tables
    assert ">INFO<" not in page
    folded = re.findall(r"<details>(.*?)</details>", page, re.S)
    assert [text_of(part).count("Cold remark") for part in folded] == [3, 0]
    assert text_of(page).count("Blood is looked at before.") == 1
    paper = " ".join(pages_of("packet"))
    assert paper.count("Cold remark") == 3
    assert "Known of this technique (3)" in paper
    assert page.index("Cold remark number 1") > page.index("Rule, source</th></tr></thead>")


def test_no_remark_of_a_real_case_is_lost_by_folding() -> None:
    page = text_of(render_example("case-4"))
    told = {v.statement for view in example("case-4").assessments[0].techniques for v in view.verdicts}
    assert len(told) > 60
    assert {statement for statement in told if " ".join(statement.split()) not in page} == set()


def test_the_order_of_techniques_is_the_library_s_and_the_page_says_so() -> None:
    first = pages_of("case-1")[0]
    titles = [view.title for view in example("case-1").assessments[0].techniques]
    table = first[first.index("ranks nothing") :]
    places = [table.index(title) for title in titles]
    assert places == sorted(places)


def test_every_source_of_a_disagreement_and_a_step_is_in_the_bibliography() -> None:
    page = render_html(sample_packet(), ())
    known = re.search(r'<ol class="references">(.*?)</ol>', page, re.S)
    assert known
    assert all(one.source in known[1] for part in (STEPS, DISAGREEMENTS) for one in cited(part))


def test_the_audit_hash_changes_with_the_content_and_not_with_the_clock() -> None:
    review = sample_packet()
    moved = review.model_copy(update={"case_folder": "elsewhere"})
    assert fingerprint(moved) == fingerprint(review)
    assert fingerprint(sample_packet(Board())) != fingerprint(review)
    assert fingerprint(review) in text_of(render_html(review, ()))


def test_several_lesions_have_a_front_page_and_sections_each() -> None:
    review = two_lesions()
    page = render_html(review, ())
    items = part_of(page, "sec-items")
    assert "Techniques (tibia) · Techniques (second)" in items
    pages = words_by_page(render_pdf(review, ()))
    assert "Lesion tibia: left tibia, shaft" in pages[0]
    assert "Lesion second: left tibia, shaft" not in pages[0]
    assert pages[1].startswith("Lesion second: left tibia, shaft")
    assert pages[2].startswith("The case ")


def two_lesions() -> Review:
    """The made-up packet with its lesion a second time."""
    review = sample_packet()
    values = review.case.model_dump(mode="json")
    values["lesions"] = [values["lesions"][0], {**values["lesions"][0], "id": "second"}]
    found = review.findings.lesions[0]
    seen = review.findings.model_copy(update={"lesions": (found, found.model_copy(update={"lesion_id": "second"}))})
    judged = review.assessments[0]
    return review.model_copy(
        update={
            "case": Case.model_validate(values),
            "findings": seen,
            "assessments": (judged, judged.model_copy(update={"lesion_id": "second"})),
        }
    )


def test_a_full_first_page_is_still_one_page() -> None:
    """Twelve techniques, pictures, and every one of the eight quantities in two lines."""
    review = example("tibia")
    told = {"value": "something that is known and takes many words to tell " * 2, "missing": ("what is asked for",) * 5}
    lines = tuple(line.model_copy(update=told) for line in SUMMARY)
    judged = review.assessments[0].model_copy(update={"summary": lines})
    pictures = tuple(
        replace(picture, key=picture.key.replace("tibia-", "tibia-shaft-"), lesion_id="tibia-shaft")
        for picture in sample_pictures()
    )
    pages = words_by_page(render_pdf(review.model_copy(update={"assessments": (judged,)}), pictures))
    assert pages[0].count("something that is known") == 16
    assert "Before scheduling a procedure: closed." in pages[0]
    assert pages[1].startswith("The case ")


def test_a_reason_that_a_rule_gave_is_named_with_the_candidate_and_told_once() -> None:
    review = sample_packet()
    told = (
        "Against ablation (ABL-01/chest): Possible injury was a reason. Because: heart near: yes",
        "For (CEM-07): A wide fill. Because: myeloma",
        "For (CEM-08): A second one. Because: myeloma",
        "The path is the shortest free one.",
    )
    plan = review.plans[0].model_copy(update={"rationale": told})
    text = text_of(render_html(review.model_copy(update={"plans": (plan,)}), ()))
    assert "The path is the shortest free one." in text
    assert "Against ablation, by rules told under Techniques: ABL-01/chest." in text
    assert "For, by rules told under Techniques: CEM-07, CEM-08." in text
    assert "A wide fill." not in text


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("rfa_monopolar", "rfa_bipolar", "microwave", "cryoablation", "cement"), "every ablation; Cement alone"),
        (("screws", "nails", "surgery"), "every fixation; Open surgery"),
    ],
)
def test_a_step_of_a_whole_group_names_the_group(keys: tuple[str, ...], words: str) -> None:
    review = sample_packet()
    judged = review.assessments[0]
    step = STEPS[0].model_copy(update={"techniques": keys})
    changed = review.model_copy(update={"assessments": (judged.model_copy(update={"steps": (step,)}),)})
    assert f"for {words}; platelets unknown" in part_of(render_html(changed, ()), "sec-tibia-steps")


def test_a_step_of_every_technique_says_so() -> None:
    review = sample_packet()
    judged = review.assessments[0]
    keys = tuple(view.key for view in judged.techniques)
    skin = tuple(view.key for view in judged.techniques if view.group != "comparator")
    for chosen, words in (
        (keys, "every technique"),
        ((*skin, "surgery"), "every technique through the skin; Open surgery"),
    ):
        step = STEPS[0].model_copy(update={"techniques": chosen})
        changed = review.model_copy(update={"assessments": (judged.model_copy(update={"steps": (step,)}),)})
        assert f"for {words}; platelets unknown" in part_of(render_html(changed, ()), "sec-tibia-steps")
