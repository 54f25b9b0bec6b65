"""The generated reference of all codes: one page from ``codes.toml``, for ``tools/build_docs.py``."""

from __future__ import annotations

from buttress.library.load_codes import CodeBook, load_codes

HEAD = """# Codes

What `review.json` carries in `codes`, so that other systems can read it: for each concept the place in the review and
its codes, the exact one first. They stand in `src/buttress/library/codes.toml`. On the terminal: `buttress codes` for
this list, `buttress codes case-2` for one case. Check them against a licensed look-up before filing anything by them.
"""


def codes_page(made: str) -> str:
    """The whole page; ``made`` is the comment that says where it comes from."""
    book = load_codes()
    lines = [
        made,
        HEAD,
        "## Schemes",
        "",
        "| scheme | name | address | where its codes were found |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{key}` | {one.name} | `{one.uri}` | {one.found} |" for key, one in book.scheme.items()]
    for group in book.concept:
        lines += ["", f"## {group.replace('_', ' ').capitalize()}", "", *group_lines(book, group)]
    lines += ["", "## Not used, and why", "", *(f"- {name}: {reason}." for name, reason in book.left_out.items())]
    return "\n".join(lines) + "\n"


def group_lines(book: CodeBook, group: str) -> list[str]:
    """One group of concepts as a table."""
    lines = ["| concept | scheme | code | meaning |", "|---|---|---|---|"]
    for key, codes in book.concept[group].items():
        lines += [f"| {key.replace('_', ' ')} | {code.scheme} | `{code.value}` | {code.meaning} |" for code in codes]
    return lines
