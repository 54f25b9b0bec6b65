"""A device's TOML file: read from anywhere, and written again with its fitted numbers in place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from buttress.exchange.document_errors import explain
from buttress.exchange.documents import parse_toml
from buttress.records.device import Device
from buttress.records.document import ButtressError
from buttress.records.number import Fitted


def read_device(path: Path) -> tuple[Device, str]:
    """A device and the text it was read from; its key is the file's name.

    Raises ``ButtressError`` with file, line, what was found and what is expected.
    """
    expected = "a device file (.toml)"
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise ButtressError("there is no such file", expected, "check the path", where=str(path)) from None
    except UnicodeDecodeError:
        raise ButtressError("the file is not UTF-8 text", expected, "save it as UTF-8", where=str(path)) from None
    except OSError as error:
        raise ButtressError(f"the file cannot be read: {error.strerror}", expected, where=str(path)) from None
    values, lines = parse_toml(text, str(path))
    try:
        return Device.model_validate({"key": path.stem, **values}), text
    except ValidationError as error:
        raise explain(error, Device, str(path), lines) from None


def with_fitted(text: str, fitted: Mapping[str, Fitted]) -> str:
    """The file's text with the lines of fitted numbers replaced; all else stays, comments too.

    Raises ``ButtressError`` where a number does not stand on one line of its own under ``[applicator]``.
    """
    for name, number in fitted.items():
        line = re.compile(rf"^{re.escape(name)}\s*=\s*\{{.*\}}\s*$", re.MULTILINE)
        if len(line.findall(text)) != 1:
            raise ButtressError(
                f"{name} has no line of its own",
                f"{name} = {{ value = ..., unit = ... }}",
                "write it so",
            )
        start, end = next(line.finditer(text)).span()
        text = f"{text[:start]}{name} = {_inline(number)}{text[end:]}"
    return text


def _inline(number: Fitted) -> str:
    evidence = number.evidence
    source = [f"source = {_text(evidence.source)}", f"place = {_text(evidence.place)}"]
    parts = [
        f"value = {number.value:.4g}",
        f"unit = {_text(number.unit)}",
        f"fitted_to = {_text(number.fitted_to)}",
        f"misfit = {_text(number.misfit)}",
        f"evidence = {{ {', '.join(source)} }}",
    ]
    return f"{{ {', '.join(parts)} }}"


def _text(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)
