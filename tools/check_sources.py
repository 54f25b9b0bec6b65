"""Every library number has a source: a TOML leaf that is a number must stand under a table that names its evidence.

A table names its evidence by ``evidence`` or ``source``; the key must be in ``references.bib`` and come with a place.
A number that no source gives stands under a table that says so and why in ``ours``.
Run with ``make check``; prints every number without a source and exits 1 when there is one.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from buttress.evidence.source import bibliography

LIBRARY = Path(__file__).resolve().parents[1] / "src" / "buttress" / "library"


def evidence_of(table: dict[str, Any]) -> list[dict[str, Any]]:
    """The evidence that a table itself names: one table or a list of them, or bare ``source`` and ``place``."""
    named = table.get("evidence", [])
    found = [named] if isinstance(named, dict) else list(named)
    return [*found, table] if isinstance(table.get("source"), str) else found


def problems(node: Any, path: str, covered: bool) -> Iterator[str]:
    """Sentences about numbers without a source, and sources without a place or entry, below ``node``."""
    if isinstance(node, dict):
        named = evidence_of(node)
        for one in named:
            if one.get("source") not in bibliography():
                yield f"{path}: source {one.get('source')!r} is not in references.bib"
            elif not one.get("place"):
                yield f"{path}: source {one['source']!r} names no place"
        for key, value in node.items():
            yield from problems(value, f"{path}.{key}", covered or bool(named) or bool(node.get("ours")))
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from problems(value, f"{path}[{position}]", covered)
    elif isinstance(node, int | float) and not isinstance(node, bool) and not covered:
        yield f"{path}: {node} has no source"


def main() -> int:
    """Check every TOML file of the library but the example cases."""
    files = sorted(path for path in LIBRARY.rglob("*.toml") if "examples" not in path.parts)
    found = [
        f"{path.relative_to(LIBRARY)}{line}"
        for path in files
        for line in problems(tomllib.loads(path.read_text("utf-8")), "", covered=False)
    ]
    print("\n".join(found) or f"sources: every number of {len(files)} library files has one")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
