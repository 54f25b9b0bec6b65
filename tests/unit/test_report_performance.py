"""Does the report put a score's performance beside it, and a typed-in survival estimate with the intention?"""

from __future__ import annotations

import re
from html import unescape

import pytest

from buttress.assess.judge import judge
from buttress.library.load import load_bones
from buttress.measure.given import unmeasured
from buttress.records.case import Case
from buttress.records.review import Review
from buttress.report.html import render_html
from buttress.report.performance import share_text
from sample_review import sample_review


def review(bone: str) -> Review:
    """The sample review with the real judgement of a lesion of that bone and a typed-in estimate."""
    sample = sample_review()
    lesion = sample.case.lesions[0]
    typed = {"tool": "PATHFx", "source": "Dr A", "survival_fraction": 0.62, "at_months": 6}
    values = {"id": "c", "lesions": [{"id": lesion.id, "bone": bone}], "prognosis": [typed]}
    case = Case.model_validate(values)
    judged = judge(case, case.lesions[0], unmeasured(case.lesions[0], "no images"), load_bones()[bone])
    return sample.model_copy(update={"assessments": (judged,)})


def text_of(page: str) -> str:
    body = re.sub(r"<style.*?</style>", "", page, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.86, "86 %"), (0.145, "14.5 %"), (0.829, "82.9 %"), (1.0, "100 %"), (0.0, "0 %"), (None, "–")],
)
def test_a_share_keeps_the_digits_of_its_source(share: float | None, text: str) -> None:
    assert share_text(share) == text


@pytest.mark.parametrize(
    "words",
    [
        "Mirels' score: how it did where it was tried",
        "14.5 % 82.9 %",
        "83.6 % 79.5 %",
        "TP 12, FP 48, FN 2, TN 48; counts, and with them the number of lesions, reconstructed by us",
        "86 % 50 % 20 % 96 %",
        "n = 110; femoral lesions of 100 patients, 14 fractures",
        "No sensitivity, specificity or validation of these criteria was found.",
        "n = 808",
        "Survival by other tools: typed in, not computed here",
        "62 % alive at 6 months",
        "0.80 at 3 months, 0.77 at 12 months (n = 287; patients operated on in 13 Italian centres)",
    ],
)
def test_performance_and_typed_estimates_stand_in_the_report(words: str) -> None:
    assert words in text_of(render_html(review("femur"), ()))


def test_a_score_that_does_not_apply_brings_no_table_of_performance() -> None:
    text = text_of(render_html(review("sternum"), ()))
    assert "Mirels' score: how it did" not in text
    assert "n = 808" in text


def test_scores_that_neither_apply_nor_tell_anything_share_one_line_of_the_first_page() -> None:
    text = text_of(render_html(review("sternum"), ()))
    front = text[: text.index("Techniques: number of reasons")]
    assert "Do not apply here no – Mirels' score; Cortical involvement of the femur (van der Linden)" in front
    assert front.count("Mirels' score") == 1
