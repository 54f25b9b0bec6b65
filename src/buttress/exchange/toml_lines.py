"""On which line of a TOML text each key stands. The parser of the standard library does not tell."""

from __future__ import annotations

import re
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Keys and list places from the top of the document, as pydantic writes them: ``("lesions", 0, "side")``."""

_KEY_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_KEY = rf"{_KEY_PART}(?:\s*\.\s*{_KEY_PART})*"
_HEADER = re.compile(rf"^\s*(\[\[?)\s*({_KEY})\s*\]")
_ASSIGNMENT = re.compile(rf"^\s*({_KEY})\s*=(.*)$")
_TOKEN = re.compile(r'"""|\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#.*|[\[\]{}]')


def toml_lines(text: str) -> Mapping[Path, int]:
    """Line numbers (from 1) by path, of every table header and every key that starts a line.

    Keys inside an inline table or a list stand at the line where its own key does.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    open_until, depth = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not open_until and depth == 0:
            table, value = _start_of(line, number, table, lines, counts)
        else:
            value = line
        open_until, depth = _left_open(value, open_until, depth)
    return lines


def _start_of(line: str, number: int, table: Path, lines: dict[Path, int], counts: dict[Path, int]) -> tuple[Path, str]:
    """Note the header or key that a line begins with; the table now open, and the text to scan for open brackets."""
    header = _HEADER.match(line)
    if header:
        opened = _resolve(_parts(header[2]), counts)
        if header[1] == "[[":
            counts[opened] = counts.get(opened, -1) + 1
            opened = (*opened, counts[opened])
        lines.setdefault(opened, number)
        return opened, ""
    assignment = _ASSIGNMENT.match(line)
    if assignment:
        lines.setdefault(table + _parts(assignment[1]), number)
        return table, assignment[2]
    return table, ""


def _parts(key: str) -> Path:
    return tuple(part.strip("\"'") for part in re.findall(_KEY_PART, key))


def _resolve(parts: Path, counts: Mapping[Path, int]) -> Path:
    """A header's path with the place of the last entry put in after every list of tables but the last part."""
    path: Path = ()
    for place, part in enumerate(parts):
        path = (*path, part)
        if path in counts and place < len(parts) - 1:
            path = (*path, counts[path])
    return path


def _left_open(value: str, open_until: str, depth: int) -> tuple[str, int]:
    """Which multi-line quotes, and how many brackets, are still open after this piece of text."""
    place = 0
    while place < len(value):
        if open_until:
            end = value.find(open_until, place)
            if end < 0:
                return open_until, depth
            open_until, place = "", end + 3
            continue
        token = _TOKEN.search(value, place)
        if token is None:
            break
        place = token.end()
        if token[0] in ('"""', "'''"):
            open_until = token[0]
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
    return open_until, depth


def line_of(lines: Mapping[Path, int], path: Path) -> int | None:
    """The line of a path, or of the nearest thing that holds it."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def path_in_words(path: Path) -> str:
    """A path as a reader writes it: ``lesions[0].side``."""
    words = ""
    for part in path:
        words += f"[{part}]" if isinstance(part, int) else (f".{part}" if words else part)
    return words
