"""``buttress codes``: the codes of a review, or the whole code book, as a table for whoever connects systems."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from buttress.library.load_codes import load_codes
from buttress.records.code import Code
from buttress.records.review import Review

out = Console(highlight=False)


def book_rows() -> list[dict[str, Any]]:
    """Every code of the library as plain data: what it is used for, scheme with its address, value, meaning."""
    book = load_codes()
    return [
        {"used_for": f"{group}: {key.replace('_', ' ')}", **_as_row(code)}
        for group, concepts in book.concept.items()
        for key, codes in concepts.items()
        for code in codes
    ]


def review_rows(review: Review) -> list[dict[str, Any]]:
    """Every coded concept of a review as plain data."""
    return [
        {"concept": one.concept, "path": one.path, "codes": [_as_row(code) for code in one.codes], "note": one.note}
        for one in review.codes
    ]


def show_book() -> None:
    """Print the code book, where its schemes were found, and what is left out and why."""
    book = load_codes()
    table = Table("used for", "scheme", "code", "meaning")
    for row in book_rows():
        table.add_row(*(escape(row[name]) for name in ("used_for", "scheme", "value", "meaning")))
    out.print(table)
    for scheme, note in book.scheme.items():
        out.print(f"[bold]{scheme}[/] {escape(note.name)}, {escape(note.uri)}: found in {escape(note.found)}")
    out.print("[bold]not used[/]")
    for name, reason in book.left_out.items():
        out.print(f"  {escape(name)}: {escape(reason)}")


def show_codes(review: Review) -> None:
    """Print the codes of a review."""
    table = Table("said of", "codes", "in the review", "note")
    for one in review.codes:
        codes = "\n".join(f"{code.scheme} {code.value}  {code.meaning}" for code in one.codes) or "none"
        table.add_row(*map(escape, (one.concept, codes, one.path, one.note)))
    out.print(table)


def _as_row(code: Code) -> dict[str, str]:
    return {**code.model_dump(), "uri": load_codes().scheme[code.scheme].uri}
