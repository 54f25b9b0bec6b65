"""The words on each page of a PDF that typst made, for tests: glyph numbers turned back by the file's own tables.

Enough for our reports and no general reader: compressed streams, two-byte fonts, literal strings in ``TJ`` and ``Tj``.
"""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(?<!\d)(\d+) 0 obj\s(.*?)\bendobj", re.S)
_FONT = re.compile(rb"/(f\d+) (\d+) 0 R")
_PLAIN = rb"[^\\()]|\\."
_INSIDE = rb"(?:" + _PLAIN + rb")*"
for _ in range(4):  # a string may hold brackets in pairs, unescaped
    _INSIDE = rb"(?:" + _PLAIN + rb"|\(" + _INSIDE + rb"\))*"
_SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|\((?P<text>" + _INSIDE + rb")\)|(?P<end>\bET\b)", re.S)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def words_by_page(pdf: bytes) -> list[str]:
    """The words of every page, in the order in which they are set, white space collapsed."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    kids = next(b for b in objects.values() if b"/Type/Pages" in b and b"/Kids" in b)
    pages = [int(n) for n in re.findall(rb"(\d+) 0 R", kids.partition(b"/Kids")[2].partition(b"]")[0])]
    return [_page(objects[number], objects) for number in pages]


def _page(body: bytes, objects: dict[int, bytes]) -> str:
    resources = _referred(rb"/Resources (\d+) 0 R", body, objects)
    fonts = {name: _letters(objects[int(n)], objects) for name, n in _FONT.findall(resources)}
    content = _opened(_referred(rb"/Contents (\d+) 0 R", body, objects))
    shown, font = "", {}
    for found in _SHOWN.finditer(content):
        if found[1]:
            font = fonts[found[1]]
        elif found["end"]:
            shown += " "
        else:
            raw = _ESCAPE.sub(_unescaped, found["text"])
            shown += "".join(font.get(raw[i : i + 2], "") for i in range(0, len(raw), 2))
    return " ".join(shown.split())


def _letters(font: bytes, objects: dict[int, bytes]) -> dict[bytes, str]:
    """What each glyph of a font stands for."""
    table = _opened(_referred(rb"/ToUnicode (\d+) 0 R", font, objects))
    found = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", table)
    return {bytes.fromhex(glyph.decode()): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in found}


def _referred(pattern: bytes, body: bytes, objects: dict[int, bytes]) -> bytes:
    found = re.search(pattern, body)
    return objects[int(found[1])] if found else body


def _opened(body: bytes) -> bytes:
    """A stream as it was before it was pressed; what follows its end is left alone."""
    head, found, rest = body.partition(b"stream")
    assert found, "an object without a stream"
    data = rest.removeprefix(b"\r").removeprefix(b"\n")
    return zlib.decompressobj().decompress(data) if b"FlateDecode" in head else data.rpartition(b"endstream")[0]


def _unescaped(found: re.Match[bytes]) -> bytes:
    mark = found[1]
    return bytes([int(mark, 8)]) if mark[:1].isdigit() else _LETTERS.get(mark, mark)
