"""Pydantic's complaints about a document, in the words of someone who has to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from buttress.exchange.toml_lines import Path, line_of, path_in_words
from buttress.records.document import ButtressError

_LONGEST_VALUE = 40
_MORE_NAMED = 5
_ErrorDetails = Mapping[str, Any]


def explain(error: ValidationError, model: type[BaseModel], name: str, lines: Mapping[Path, int]) -> ButtressError:
    """The first problem in full, in the order of the text, and the places of the others."""
    details = sorted(_root_causes(error), key=lambda one: line_of(lines, _path(one)) or 0)
    found, expected, remedy = _in_words(details[0], model)
    more = [_place(_path(one), lines) for one in details[1:]]
    if more:
        named = "; ".join(more[:_MORE_NAMED]) + ("; ..." if len(more) > _MORE_NAMED else "")
        remedy += f" (and {len(more)} more to mend: {named})"
    return ButtressError(found, expected, remedy.strip(), where=f"{name}, {_place(_path(details[0]), lines)}")


def _root_causes(error: ValidationError) -> list[_ErrorDetails]:
    """The problems without those that only follow from a problem further inside (a list emptied by its bad entry)."""
    details: list[_ErrorDetails] = list(error.errors(include_url=False))
    paths = [_path(one) for one in details]
    return [
        one
        for one, path in zip(details, paths, strict=True)
        if not any(len(other) > len(path) and other[: len(path)] == path for other in paths)
    ]


def wrong_value(
    path: Path, found: str, expected: str, remedy: str, name: str, lines: Mapping[Path, int]
) -> ButtressError:
    """An error about one value of a document, with its file, line and path."""
    return ButtressError(found, expected, remedy, where=f"{name}, {_place(path, lines)}")


def nearest(word: str, known: Iterable[str]) -> str:
    """``did you mean "x"?`` for the known word that lies nearest, in any case of letters, or ``""``."""
    spelled = {one.lower(): one for one in sorted(known)}
    close = difflib.get_close_matches(word.lower(), spelled, n=1, cutoff=0.55)
    return f'did you mean "{spelled[close[0]]}"?' if close else ""


def _place(path: Path, lines: Mapping[Path, int]) -> str:
    line = line_of(lines, path)
    words = path_in_words(path) or "the document"
    return f"line {line}, {words}" if line else words


def _path(details: _ErrorDetails) -> Path:
    return tuple(details["loc"])


def _in_words(details: _ErrorDetails, model: type[BaseModel]) -> tuple[str, str, str]:
    """Found, expected, remedy of one problem."""
    kind, path = details["type"], _path(details)
    if kind == "extra_forbidden":
        return _unknown_key(path, model)
    if kind == "missing":
        return _missing_key(path, model)
    if kind == "literal_error":
        return _not_allowed(details)
    if kind == "string_pattern_mismatch":
        expected = "a name of letters, digits, '.', '_' or '-' (at most 64), without blanks"
        return (
            f"a text of {len(details['input'])} characters that is no identifier",
            expected,
            "use a pseudonym or code",
        )
    expected = details["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if kind == "value_error":
        return expected, "facts that agree", "change one of the two"
    return f"{_shown(details['input'])}", expected, 'write it so, or "unknown"'


def _unknown_key(path: Path, model: type[BaseModel]) -> tuple[str, str, str]:
    owner = model_at(model, path[:-1])
    keys = tuple(owner.model_fields) if owner else ()
    guess = nearest(str(path[-1]), keys)
    return f'unknown key "{path[-1]}"', f"one of {', '.join(keys)}", guess or "remove the key or correct its name"


def _missing_key(path: Path, model: type[BaseModel]) -> tuple[str, str, str]:
    owner = model_at(model, path[:-1])
    meaning = owner.model_fields[str(path[-1])].description if owner and path[-1] in owner.model_fields else None
    return (
        f'"{path[-1]}" is left out (or "unknown")',
        meaning or f'a value for "{path[-1]}": it is one of the few that must be given',
        f'add "{path[-1]}"',
    )


def _not_allowed(details: _ErrorDetails) -> tuple[str, str, str]:
    allowed = [part.strip("'") for part in details["ctx"]["expected"].replace(" or ", ", ").split(", ")]
    guess = nearest(str(details["input"]), allowed)
    return _shown(details["input"]), f'one of {", ".join(allowed)} (or "unknown")', guess or "choose one of these"


def _shown(value: Any) -> str:
    """A value as it was typed, short; tables and lists only by their kind."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    words = str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
    return words if len(words) <= _LONGEST_VALUE else words[:_LONGEST_VALUE] + "..."


def model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The document class that stands at a path, or ``None`` where there is none."""
    here: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int):
            continue
        field = here.model_fields.get(part) if here else None
        here = _model_in(field.annotation) if field else None
    return here


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The document class inside ``X | None`` or ``tuple[X, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(part) for part in get_args(annotation))
    return next((found for found in inner if found is not None), None)
