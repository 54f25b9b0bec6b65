"""The bibliography, and the checks that keep every number tied to it."""

from __future__ import annotations

from pathlib import Path

import pytest

import build_docs
import check_sizes
import check_sources
from buttress.evidence.source import bibliography, parse_bibliography


def test_an_entry_is_read_with_its_doi() -> None:
    fields = ("author = {Doe, Jane and others}", "title = {On {B}one}", "year = {2001}", "doi = {10.1/x}")
    text = "@article{doe2001,\n  " + ",\n  ".join(fields) + ",\n}\n"
    source = parse_bibliography(text)["doe2001"]
    assert source.authors == "Doe, Jane and others"
    assert source.citation == "Doe, Jane and others. On Bone. 2001. doi:10.1/x"


def test_authors_are_told_apart_and_an_institutes_name_is_kept_whole() -> None:
    entry = "@misc{{a,\n  author = {{{0}}},\n  title = {{t}},\n  year = {{1}},\n}}\n"
    assert parse_bibliography(entry.format("Roe A and Poe B and others"))["a"].authors == "Roe A, Poe B and others"
    institute = parse_bibliography(entry.format("{Institute of Health and Care} and Roe A"))["a"]
    assert institute.authors == "Institute of Health and Care, Roe A"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("@misc{a,\n  title = {t},\n  year = {1},\n}\n", "lacks"),
        ("@misc{a,\n  author = {n},\n  title = {t},\n  year = {1},\n}\n" * 2, "twice"),
    ],
)
def test_a_broken_bibliography_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_bibliography(text)


def test_the_paper_is_in_the_bibliography() -> None:
    assert bibliography()["ahmed2019"].doi == "10.1055/s-0039-1693117"


def test_a_number_without_a_source_is_found() -> None:
    table = {"zone": {"width": {"value": 30}}}
    assert list(check_sources.problems(table, "", covered=False)) == [".zone.width.value: 30 has no source"]
    table["zone"]["width"]["evidence"] = {"source": "ahmed2019", "place": "Heating Techniques"}  # type: ignore[assignment]
    assert list(check_sources.problems(table, "", covered=False)) == []


def test_a_source_without_a_place_or_an_entry_is_found() -> None:
    (nowhere,) = check_sources.problems({"x": 1, "source": "ahmed2019"}, "t", covered=False)
    assert "names no place" in nowhere
    (stranger,) = check_sources.problems({"x": 1, "source": "nobody1900", "place": "p"}, "t", covered=False)
    assert "not in references.bib" in stranger


def test_every_library_number_has_a_source() -> None:
    assert check_sources.main() == 0


def test_a_long_function_and_a_long_file_are_found(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    path.write_text("def tell() -> None:\n" + "    print(1)\n" * 60 + "\n" * 350)
    complaints = check_sizes.breaches(path)
    assert len(complaints) == 2
    assert "tell has 61 lines" in complaints[1]


def test_a_docstring_does_not_count_as_function_lines(tmp_path: Path) -> None:
    path = tmp_path / "documented.py"
    path.write_text('def tell() -> None:\n    """Say.\n' + "    more\n" * 70 + '    """\n' + "    print(1)\n" * 59)
    assert check_sizes.breaches(path) == []


def test_the_generated_pages_are_what_the_code_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["build_docs.py", "--check"])
    assert build_docs.main() == 0
