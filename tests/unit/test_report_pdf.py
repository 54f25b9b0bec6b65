"""Is the PDF tagged, the same twice, and free of clock and markup?"""

from __future__ import annotations

import re
import zlib
from typing import Literal

import pytest

from buttress.report.pdf import render_pdf
from sample_pictures import NAMES, sample_pictures
from sample_review import sample_review


def opened(pdf: bytes) -> bytes:
    """The file with its compressed streams behind it."""
    parts = [pdf]
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            parts.append(zlib.decompress(found[1]))
        except zlib.error:
            continue
    return b"\n".join(parts)


def pages_of(pdf: bytes) -> int:
    """Number of page objects."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", opened(pdf)))


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """The PDF of the whole made-up review."""
    return render_pdf(sample_review(), sample_pictures())


def test_the_same_review_gives_the_same_bytes_without_a_date(pdf: bytes) -> None:
    assert render_pdf(sample_review(), sample_pictures()) == pdf
    assert b"CreationDate" not in opened(pdf)
    assert b"CreateDate" not in opened(pdf)


def test_the_pdf_is_tagged_and_claims_its_accessibility_standard(pdf: bytes) -> None:
    words = opened(pdf)
    assert pdf.startswith(b"%PDF-")
    assert b"/MarkInfo" in words
    assert b"pdfuaid" in words
    assert b"/Lang(en)" in words.replace(b" ", b"")
    assert words.count(b"/S/TH") + words.count(b"/S /TH") > 10


def test_every_picture_carries_its_words(pdf: bytes) -> None:
    words = opened(pdf)
    assert all(f"words for {name}".encode() in words for name in NAMES)


def test_a_summary_page_comes_first_and_the_detail_after_it(pdf: bytes) -> None:
    assert 4 <= pages_of(pdf) <= 12


@pytest.mark.parametrize("stage", ["measured", "assessed"])
def test_reviews_that_stopped_early_are_printed_too(stage: Literal["measured", "assessed"]) -> None:
    assert 2 <= pages_of(render_pdf(sample_review(stage), ())) < 12


def test_typst_markup_in_a_title_is_printed_as_it_was_typed() -> None:
    evil = '#panic("no") *bold* $x^2$ @nobody <label> `raw` \\ [ ] { } " é Ж Ω ≥'
    assert b"pdfuaid" in opened(render_pdf(sample_review(title=evil), ()))


def test_a_script_without_bundled_letters_still_gives_a_pdf() -> None:
    assert pages_of(render_pdf(sample_review(title="骨转移"), ())) >= 4
