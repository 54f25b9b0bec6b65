"""Cases and reviews as text: TOML or JSON in, JSON out, and their JSON Schemas."""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from buttress.exchange.anatomy_names import check_anatomy
from buttress.exchange.document_errors import explain, nearest
from buttress.exchange.technique_names import check_techniques
from buttress.exchange.toml_lines import Path as KeyPath
from buttress.exchange.toml_lines import toml_lines
from buttress.records.case import Case
from buttress.records.document import ButtressError, Document
from buttress.records.review import Review

UNKNOWN = "unknown"
"""Written anywhere in a case in place of a value: the key is left out."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_CASE, _REVIEW = "buttress.case/1", "buttress.review/1"
_REVIEW_KEYS = {"stage", "findings", "provenance", "assessments", "plans", "case"}
_LEFT_OUT = object()

D = TypeVar("D", bound=Document)
Parsed = tuple[dict[str, Any], Mapping[KeyPath, int]]


def read_case(path: Path | None, text: str | None = None, *, name: str = "") -> Case:
    """Read a case from a TOML (or JSON) file, or from ``text``; ``"unknown"`` in place of a value leaves the key out.

    Raises ``ButtressError`` with file, line, path, what was found and what is expected.
    """
    text, name = _text_and_name(path, text, name or "the case")
    values, lines = _parse(text, name)
    return _case_from(values, name, lines)


def read_review(path: Path | None, text: str | None = None, *, name: str = "") -> Review:
    """Read a review from a JSON file, or from ``text``. Raises ``ButtressError`` as ``read_case`` does."""
    text, name = _text_and_name(path, text, name or "the review")
    values, lines = _parse(text, name)
    return _review_from(values, name, lines)


def read_document(text: str, *, name: str = "the document") -> Case | Review:
    """Read a case or a review, whichever ``text`` is, by its ``format`` or its keys."""
    values, lines = _parse(text, name)
    kind = values.get("format")
    if kind == _REVIEW or (kind is None and _REVIEW_KEYS & values.keys() and "lesions" not in values):
        return _review_from(values, name, lines)
    if kind in (None, _CASE, UNKNOWN):
        return _case_from(values, name, lines)
    raise ButtressError(
        f"the document's format is {json.dumps(kind, default=str)[:40]}",
        f'format = "{_CASE}" (a case) or "{_REVIEW}" (a review)',
        nearest(str(kind), (_CASE, _REVIEW)) or "use the buttress version that wrote it",
        where=name,
    )


def review_to_json(review: Review) -> str:
    """A review as JSON: keys in the order of the record, parameters in alphabetical order, a line feed at the end."""
    values = review.model_dump(mode="json")
    values["provenance"]["parameters"] = dict(sorted(values["provenance"]["parameters"].items()))
    return json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_review(review: Review, path: Path) -> None:
    """Write a review beside ``path`` under a temporary name, then replace: a reader never meets half a document."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
        finished = Path(folder) / "review.json"
        finished.write_text(review_to_json(review), encoding="utf-8", newline="\n")
        finished.replace(path)


def case_schema() -> dict[str, Any]:
    """JSON Schema of a case (after keys that are ``"unknown"`` were left out)."""
    return _schema(Case, "buttress case")


def review_schema() -> dict[str, Any]:
    """JSON Schema of a review."""
    return _schema(Review, "buttress review")


def _schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    return {"$schema": _DIALECT, **model.model_json_schema(), "title": title}


def _text_and_name(path: Path | None, text: str | None, name: str) -> tuple[str, str]:
    if text is not None:
        return text, str(path) if path else name
    if path is None:
        raise ValueError("give a path or a text")
    expected = "a case (.toml) or a review (.json)"
    try:
        return path.read_text("utf-8"), str(path)
    except FileNotFoundError:
        raise ButtressError(
            "there is no such file", expected, "check the path, or write one: buttress new-case", where=str(path)
        ) from None
    except UnicodeDecodeError:
        raise ButtressError("the file is not UTF-8 text", expected, "save it as UTF-8", where=str(path)) from None
    except OSError as error:
        raise ButtressError(f"the file cannot be read: {error.strerror}", expected, where=str(path)) from None


def _parse(text: str, name: str) -> Parsed:
    text = text.removeprefix("\ufeff")
    try:
        return _parse_json(text, name) if text.lstrip().startswith("{") else parse_toml(text, name)
    except RecursionError:
        raise ButtressError(
            "the document is nested too deeply", "a case or a review", "check the brackets", where=name
        ) from None


def _parse_json(text: str, name: str) -> Parsed:
    try:
        return json.loads(text), {}
    except json.JSONDecodeError as error:
        raise ButtressError(
            f"the JSON cannot be read: {error.msg} (column {error.colno})",
            "valid JSON",
            "mend this line, or the one before it",
            where=f"{name}, line {error.lineno}",
        ) from None


def parse_toml(text: str, name: str) -> Parsed:
    """The values of a TOML text, and on which line each key stands. Raises ``ButtressError`` with line and column."""
    try:
        return tomllib.loads(text), toml_lines(text)
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(str(error), text, name) from None


def _toml_error(message: str, text: str, name: str) -> ButtressError:
    place = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line = int(place[1]) if place else max(1, len(text.splitlines()))
    reason = re.sub(r"\s*\(at .*\)$", "", message)
    column = f" (column {place[2]})" if place else " (at the end of the file)"
    return ButtressError(
        f"the TOML cannot be read: {reason}{column}",
        'lines such as  key = "text"  or  key = 3.5  or  key = true',
        "mend this line: texts need quotes, true and false do not, a key stands once in a table",
        where=f"{name}, line {line}",
    )


def _without_unknown(value: Any) -> Any:
    """A copy without the keys whose value is "unknown" (or a list of just that)."""
    if isinstance(value, str):
        return _LEFT_OUT if value.strip().lower() == UNKNOWN else value
    if isinstance(value, dict):
        kept = {key: _without_unknown(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner is not _LEFT_OUT}
    if isinstance(value, list):
        if len(value) == 1 and _without_unknown(value[0]) is _LEFT_OUT:
            return _LEFT_OUT
        return [inner if _without_unknown(inner) is _LEFT_OUT else _without_unknown(inner) for inner in value]
    return value


def _case_from(values: dict[str, Any], name: str, lines: Mapping[KeyPath, int]) -> Case:
    case = _validate(Case, _without_unknown(values), name, lines)
    check_anatomy(case, name, lines)
    check_techniques(case, name, lines)
    return case


def _review_from(values: dict[str, Any], name: str, lines: Mapping[KeyPath, int]) -> Review:
    review = _validate(Review, values, name, lines)
    check_anatomy(review.case, name, lines, inside=("case",))
    check_techniques(review.case, name, lines, inside=("case",))
    return review


def _validate(model: type[D], values: dict[str, Any], name: str, lines: Mapping[KeyPath, int]) -> D:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise explain(error, model, name, lines) from None
