"""A policy to fill in: every choice of ours, with its value, range, reason and uses, commented out."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from buttress.exchange.policy_file import FORMAT
from buttress.library.default_uses import load_uses
from buttress.library.load_defaults import shelf_defaults
from buttress.records.policy import Default

HEAD = f"""## A site's policy: where your hospital chooses otherwise than we did. All below is a choice of ours that no
## source settles; what a source says is not in it and cannot be changed here. Take away the single # before a
## table to change it, and say why in `reason`. Then: buttress policy check FILE; buttress plan CASE --policy FILE.
## A changed value is shown as yours wherever it stands; the review keeps it with this file's name and hash.

format = "{FORMAT}"
name = "name of the site, and the date or version of this policy"
"""


def policy_template() -> str:
    """The template. Without its comment signs it is a policy that changes nothing."""
    rows = [row for row in shelf_defaults().rows.values() if row.is_for_a_site]
    return "\n".join([HEAD, *("\n".join(_entry(row)) + "\n" for row in rows)])


def _entry(row: Default) -> Iterator[str]:
    evidence = row.evidence
    source = f"{evidence.source}, {evidence.place}" if evidence else ""
    said = "; ".join(part for part in (source, evidence.note if evidence else "") if part)
    yield from _comment(f"{row.label[:1].upper()}{row.label[1:]}.")
    yield from _comment(f"Ours: {row.ours}.")
    yield from _comment(f"The source: {said}.")
    yield from _comment(f"Used by: {load_uses()[row.key].in_words()}.")
    yield from _comment(f"Allowed: {row.allowed}" + (f", not above {row.not_above}." if row.not_above else "."))
    yield f"# [defaults.{row.key}]"
    yield f'# value = "{row.value}"' if isinstance(row.value, str) else f"# value = {row.value:g}"
    if row.unit:
        yield f'# unit = "{row.unit}"'
    yield '# reason = ""'


def _comment(text: str) -> Iterator[str]:
    return (f"## {line}" for line in wrap(text, 112, break_long_words=False))
