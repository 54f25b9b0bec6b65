"""Does the page say everything the review holds, escaped, and load nothing from anywhere?"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from buttress.evidence.source import bibliography
from buttress.records.document import ButtressError
from buttress.records.review import Review
from buttress.report.bibliography import bibliography_of
from buttress.report.html import render_html
from sample_pictures import NAMES, sample_pictures
from sample_review import sample_review


def text_of(page: str) -> str:
    """What a reader sees, white space collapsed."""
    body = re.sub(r"<style.*?</style>", "", page, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


class Tags(HTMLParser):
    """Every start tag with its attributes, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.found.append((tag, dict(attrs)))


def test_nothing_is_loaded_from_anywhere_and_links_go_to_sources_and_sections_only() -> None:
    page = render_html(sample_review(), sample_pictures())
    tags = Tags(page).found
    assert {tag for tag, _ in tags}.isdisjoint({"script", "link", "iframe", "object", "embed", "base", "form"})
    loaded = [a[key] for _, a in tags for key in ("src", "srcset", "poster", "data") if key in a]
    assert loaded
    assert all(str(uri).startswith("data:image/png;base64,") for uri in loaded)
    links = [str(a["href"]) for tag, a in tags if "href" in a]
    assert all(link.startswith(("#ref-", "#sec-", "https://doi.org/")) for link in links)
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_is_readable_by_a_machine_that_reads_aloud() -> None:
    page = render_html(sample_review(), sample_pictures())
    tags = Tags(page).found
    assert ("html", {"lang": "en"}) in tags
    images = [a for tag, a in tags if tag == "img"]
    assert len(images) >= len(NAMES)
    assert all(a.get("alt") for a in images)
    names = [tag for tag, _ in tags]
    assert names.count("table") == names.count("caption") == names.count("thead")
    levels = [int(tag[1]) for tag in names if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_links_to_sources_find_their_line_in_the_bibliography() -> None:
    page = render_html(sample_review(), ())
    targets = {a["id"] for _, a in Tags(page).found if "id" in a}
    asked = {str(a["href"])[1:] for _, a in Tags(page).found if str(a.get("href", "")).startswith("#")}
    assert asked
    assert asked <= targets


def test_what_a_user_typed_is_text_and_never_markup() -> None:
    evil = "<script>alert('x')</script> & #let x = [*bold*] {{ 7*7 }}"
    page = render_html(sample_review(title=evil), ())
    assert "<script" not in page
    assert evil in text_of(page)


@pytest.mark.parametrize(
    "words",
    [
        "34.2 mm", "32.1 to 36.0", "33.5 mm", "31.0 to 36.4", "21.7 mm", "7.4 ml", "45 HU", "41 %", "36 to 46", "62 %",
        "0.58", "0.42", "0.35 to 0.48", "0.53", "97 %", "71 %", "−1.8 mm", "−3.0 to −0.6", "16.8 ml", "5.2 ml",
        "19.0 mm", "40.6 mm", "21.4 mm", "74°", "28 mm (26 to 30)", "41 mm", "gelatine at 37 °C", "10 to 11 of 12",
        "94.0, 15.0, −300.0", "tilted 8°",
    ],
)  # fmt: skip
def test_every_number_of_the_review_stands_on_the_page(words: str) -> None:
    assert words in text_of(render_html(sample_review(), ()))


def marked(part: Any, counter: list[int], *, keys: set[str], field: str) -> Any:
    """The same document with a mark in ``field`` of every record that has all ``keys``."""
    if isinstance(part, dict):
        changed = {name: marked(value, counter, keys=keys, field=field) for name, value in part.items()}
        if keys <= part.keys():
            counter[0] += 1
            changed[field] = f"mark{counter[0]:03d}x"
        return changed
    if isinstance(part, list):
        return [marked(value, counter, keys=keys, field=field) for value in part]
    return part


@pytest.mark.parametrize(
    ("keys", "field", "least"),
    [
        ({"value", "low", "high", "status", "at_mm"}, "note", 19),
        ({"value", "low", "high", "status", "at_mm"}, "method", 10),
        ({"source", "place", "population"}, "place", 30),
        ({"rule", "technique", "effect"}, "because", 20),
        ({"rule", "technique", "effect"}, "statement", 20),
        ({"label", "finding", "origin"}, "finding", 6),
    ],
)
def test_no_remark_method_source_or_reason_is_left_out(keys: set[str], field: str, least: int) -> None:
    counter = [0]
    document = marked(sample_review().model_dump(mode="json"), counter, keys=keys, field=field)
    review = Review.model_validate(document)
    shown = set(re.findall(r"mark\d{3}x", text_of(render_html(review, ()))))
    held = {f"mark{n:03d}x" for n in range(1, counter[0] + 1)} - unmeasured_methods(document, field)
    assert counter[0] >= least
    assert held <= shown


def unmeasured_methods(part: Any, field: str) -> set[str]:
    """Marks that no reader needs: the method or note behind a number that was not computed has none but the reason."""
    if isinstance(part, list):
        return set().union(*(unmeasured_methods(value, field) for value in part))
    if not isinstance(part, dict):
        return set()
    found = set().union(*(unmeasured_methods(value, field) for value in part.values()))
    if field == "method" and part.get("status") in ("not_computed", "not_applicable"):
        found.add(part["method"])
    return found


@pytest.mark.parametrize(
    "words",
    [
        "not computed a cortex mask of the healthy side is needed",
        "not applicable no lesion voxel outside the bone",
        "width fraction within a narrower interval would narrow a score",
        "cement distribution",
        "temperature at the skin",
        "not in the field of view",
        "platelet count leaves a stop or a score undecided",
        "a review by the tumour board is not recorded",
        "Research use only",
        "A candidate to discuss, not a prescription.",
        "Does not apply: derived in the femur; this is the tibia.",
        "Dissent and its reason",
        "A computed phantom; no patient.",
        "CT header was flipped in y; put right.",
        "5e5e5e5e",
        "a1a1a1a1",
    ],
)
def test_gaps_limits_and_origins_are_said_in_words(words: str) -> None:
    assert words in text_of(render_html(sample_review(), ()))


def test_a_measured_review_says_that_judging_and_planning_were_not_run() -> None:
    text = text_of(render_html(sample_review("measured"), sample_pictures()))
    assert "Judging and planning were not run" in text
    assert "Techniques Not run in this review." in text
    assert "33.5 mm" in text


def test_an_assessed_review_says_that_planning_was_not_run() -> None:
    text = text_of(render_html(sample_review("assessed"), ()))
    assert "Planning was not run" in text
    assert "10 to 11 of 12" in text
    assert "No pictures: no images, or no mask of this lesion." in text


def test_the_page_is_the_same_text_twice() -> None:
    assert render_html(sample_review(), sample_pictures()) == render_html(sample_review(), sample_pictures())


def test_the_bibliography_lists_each_source_once_in_order_of_first_use() -> None:
    keys = [source.key for source in bibliography_of(sample_review())]
    assert keys == ["ahmed2019", "mirels1989", "vanderlinden2004", "harrington1981", "littrup2009"]
    assert bibliography_of(sample_review("measured")) == ()
    assert all(bibliography()[key].title for key in keys)


def test_a_source_nobody_knows_is_an_error_that_names_it() -> None:
    document = sample_review().model_dump(mode="json")
    document["rigidities"][0]["evidence"][0]["source"] = "nobody1900"
    with pytest.raises(ButtressError, match="nobody1900"):
        render_html(Review.model_validate(document), ())
